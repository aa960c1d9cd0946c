"""The legacy YAML/JSON form: content as triples, so that the same rules read it, and the blocks beside it (Y, A, P, N)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from dcip_server.formats.plain_values import Number, text_of
from dcip_server.formats.rdf.terms import literal
from dcip_server.namespaces import DCAT, RDF
from dcip_server.validation.context import Context
from dcip_server.validation.ib1.access_rules import RuleError, check_capabilities, parse_rule
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.documents import FileRefusedError, Parsed, prefixes_of
from dcip_server.validation.ib1.terms import ALIASES, DATASET, IB1, is_http_text

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PATH_ITEM = {*_METHODS, "summary", "description", "servers", "parameters", "$ref"}
_MIME = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]*/[A-Za-z0-9][\w!#$&^.+-]*")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d))?")


def check_legacy(parsed: Parsed, context: Context, file: str) -> Checking:
    """A checking whose graph is the content of the items; what concerns the form itself is found already."""
    items = parsed.legacy
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise FileRefusedError("IB1-Y-01", "The file must be a list of mappings.")
    nodes = []
    seen: set[str] = set()
    for number, item in enumerate(items, 1):
        node, repeated = _load_item(parsed, item, number, context.file_url, seen)
        nodes.append((node, item, repeated))
    checking = Checking(parsed, "M", context, file)
    checking.legacy = {node for node, _, _ in nodes}
    checking.entries = list(dict.fromkeys(node for node, _, _ in nodes))
    checking.datasets = [node for node in checking.entries if node in checking.by_subject]
    checking.find("IB1-F-02", None, "", "The file is in the legacy form; RDF is the current form.")
    for node, item, problem in nodes:
        if problem:
            checking.find("IB1-Y-04", node, "@id", problem)
        _check_item(checking, node, item)
    return checking


def _load_item(parsed: Parsed, item: Mapping[str, Any], number: int, base: str, seen: set[str]) -> tuple[str, str]:
    content = item.get("content")
    content = content if isinstance(content, dict) else {}
    context = content.get("@context")
    if isinstance(context, str) or (isinstance(context, list) and any(isinstance(c, str) for c in context)):
        raise FileRefusedError(
            "IB1-F-06", "A remote JSON-LD context is not fetched; put it into the file.", value=str(context)
        )
    prefixes = prefixes_of(context)
    stable = next(
        (text_of(v) for k, v in content.items() if k.partition(":")[2] == "dataSetStableIdentifier"), ""
    ).strip()
    id = content.get("@id")
    node, problem = f"<{base}#{stable}>", ""
    if isinstance(id, str) and is_http_text(id):
        node = f"<{id}>"
    elif id is not None or not stable:
        node, problem = (
            f"<{base}#item-{number}>",
            "There is no stable identifier: an http(s) @id or ib1:dataSetStableIdentifier.",
        )
    if node in seen:
        # What the first item says is not mixed with this one's.
        return node, f"The identifier {node[1:-1]} is there twice in the file."
    seen.add(node)
    if not isinstance(item.get("content"), dict):
        return node, ""
    pairs = parsed.by_subject.setdefault(node, {})
    if content.get("@type") in ("dcat:Dataset", DATASET[1:-1]) or content.get("@type") == ["dcat:Dataset"]:
        pairs[RDF.type, DATASET] = None
    for key, value in content.items():
        prefix, colon, name = key.partition(":")
        if key.startswith("@") or not colon:
            continue
        if prefix not in prefixes and not name.startswith("//"):
            parsed.undeclared[node, key] = None
        iri = prefixes[prefix] + name if prefix in prefixes else key
        for alias in ALIASES:
            if iri.startswith(alias):
                parsed.aliased.setdefault(node, f"<{iri}>")
                iri = IB1.iri + iri[len(alias) :]
        for one in value if isinstance(value, list) else [value]:
            target = one.get("@id") if isinstance(one, dict) else None
            text = one.get("@value") if isinstance(one, dict) else one
            if isinstance(target, str):
                pairs[f"<{iri}>", f"<{target}>"] = None
            elif text is not None and not isinstance(text, dict | list):
                language = one.get("@language") if isinstance(one, dict) else None
                pairs[f"<{iri}>", literal(text_of(text)) + (f"@{language}" if isinstance(language, str) else "")] = None
            if isinstance(one, Number) and iri == DCAT.version[1:-1] and parsed.serialisation == "yaml":
                pairs["<unquoted>", literal(one.text)] = None
    return node, problem


def _check_item(c: Checking, node: str, item: Mapping[str, Any]) -> None:
    content = item.get("content")
    for key in item:
        if key not in ("content", "access", "transport", "representation"):
            c.find(
                "IB1-Y-02",
                None,
                key,
                f"Unknown key {key!r}; known are content, access, transport, representation.",
                subject=node,
            )
    if not isinstance(content, dict):
        c.find("IB1-Y-03", node, "content", "content is missing; a mapping is due.")
    elif DATASET not in c.types.get(node, ()):
        c.find(
            "IB1-Y-03",
            node,
            "content.@type",
            "content must have the @type dcat:Dataset.",
            str(content.get("@type", "")),
        )
    unquoted = c.by_subject.get(node, {})
    for predicate, value in list(unquoted):
        if predicate == "<unquoted>":
            del unquoted[predicate, value]
            c.find("IB1-D-07", None, DCAT.version, "Quote dcat:version; unquoted it is a number.", value, subject=node)
    is_open = c.sensitivity(node) == "IB1-O"
    _check_access(c, node, item.get("access"), is_open)
    _check_transport(c, node, item, is_open)
    _check_representation(c, node, item.get("representation"))


def _check_access(c: Checking, node: str, access: Any, is_open: bool) -> None:
    if access in (None, [], ""):
        c.find("IB1-A-08", None, "access", "The access block is absent or empty.", subject=node, severity="W")
        return
    for number, row in enumerate(access if isinstance(access, list) else [access]):
        at, row = f"access[{number}]", row if isinstance(row, dict) else {}
        rule = row.get("rule")
        try:
            if not isinstance(rule, str):
                raise RuleError("IB1-A-01", "rule is missing")
            parsed = parse_rule(rule)
            for id, message in check_capabilities(parsed, is_open):
                c.find(id, node if id == "IB1-A-03" else None, f"{at}.rule", message, rule, subject=node)
        except RuleError as error:
            c.find(error.rule, node, f"{at}.rule", f"{error}.", text_of(rule))
        dates = [_date(c, node, f"{at}.{key}", key, row.get(key)) for key in ("appliesFrom", "appliesTo")]
        if dates[0] and dates[1] and dates[0] > dates[1]:
            c.find("IB1-A-07", node, f"{at}.appliesTo", "appliesTo is before appliesFrom.", text_of(row["appliesTo"]))
        elif dates[1] and c.context.today and dates[1].date() < c.context.today:
            c.find(
                "IB1-A-07",
                None,
                f"{at}.appliesTo",
                "appliesTo is in the past.",
                text_of(row["appliesTo"]),
                subject=node,
                severity="W",
            )
        if not isinstance(row.get("sufficient"), bool):
            c.find(
                "IB1-A-08",
                node,
                f"{at}.sufficient",
                "sufficient must be true or false.",
                text_of(row.get("sufficient")),
            )


def _date(c: Checking, node: str, at: str, key: str, value: Any) -> datetime.datetime | None:
    text = text_of(value)
    if _DATE.fullmatch(text):
        try:
            found = datetime.datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
            return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
        except ValueError:
            pass
    why = " (the year has 5 digits)" if re.match(r"\d{5}-", text) else ""
    c.find(
        "IB1-A-06",
        node,
        at,
        f"{key} {text!r} is not a valid date{why}." if text else f"{key} is missing; a date is due.",
        text,
    )
    return None


def _check_transport(c: Checking, node: str, item: Mapping[str, Any], is_open: bool) -> None:
    transport = item.get("transport")
    transport = transport if isinstance(transport, dict) else {}
    http = transport.get("http")
    places = {
        "transport.heartbeat_url": transport,
        "heartbeat_url": item,
        "transport.http.heartbeat_url": http,
        "content.heartbeat_url": item.get("content"),
    }
    for at, place in places.items():
        if isinstance(place, dict) and "heartbeat_url" in place:
            url = text_of(place["heartbeat_url"])
            if not is_http_text(url):
                c.find("IB1-P-05", node, at, "heartbeat_url must be a fully qualified http(s) URL.", url)
            elif at != "transport.heartbeat_url" or not url.lower().startswith("https:"):
                c.find(
                    "IB1-P-05",
                    None,
                    at,
                    "heartbeat_url is due in transport, as an https URL.",
                    url,
                    subject=node,
                    severity="W",
                )
    if not isinstance(http, dict):
        c.find("IB1-P-01", node, "transport.http", "transport.http is mandatory; an OpenAPI mapping is due.")
        return
    at = "transport.http"
    version = http.get("openapi")
    wrong = []
    if "swagger" in http or not isinstance(version, str) or not re.fullmatch(r"3\.[01]\.\d+(-.+)?", version):
        wrong.append(("openapi", "openapi must be the text of a version 3.0.x"))
    elif version.startswith("3.1"):
        c.find(
            "IB1-P-02",
            None,
            f"{at}.openapi",
            "OpenAPI 3.0 is due; 3.1 is accepted.",
            version,
            subject=node,
            severity="W",
        )
    info = http.get("info")
    texts = info if isinstance(info, dict) else {}
    missing = [key for key in ("title", "version") if not isinstance(texts.get(key), str)]
    wrong += [(f"info.{key}", f"info.{key} must be a text") for key in missing]
    paths = http.get("paths")
    if not isinstance(paths, dict):
        wrong.append(("paths", "paths must be a mapping"))
        paths = {}
    operations: list[Any] = [http]
    for path, path_item in paths.items():
        name = f"paths.{path}"
        if not path.startswith("/") and not path.startswith("x-"):
            wrong.append((name, f"{name} must start with /"))
        for key, operation in (path_item if isinstance(path_item, dict) else {"?": None}).items():
            if key not in _PATH_ITEM and not key.startswith("x-"):
                wrong.append((f"{name}.{key}", f"{name} must not hold {key!r}"))
            elif key in _METHODS:
                operations.append(operation)
                responses = operation.get("responses") if isinstance(operation, dict) else None
                if not isinstance(responses, dict) or not any(
                    re.fullmatch(r"[1-5](\d\d|XX)|default", str(code)) for code in responses
                ):
                    wrong.append((f"{name}.{key}", f"{name}.{key} has no responses"))
    if remote := _remote_reference(http):
        wrong.append(("$ref", f"$ref {remote!r} leads out of the document and is not fetched"))
    for where, message in wrong:
        c.find("IB1-P-02", node, f"{at}.{where}", f"{at} is not valid OpenAPI 3.0: {message}.")
    servers = http.get("servers")
    urls = [s.get("url") for s in servers if isinstance(s, dict)] if isinstance(servers, list) else []
    if not any(isinstance(url, str) and is_http_text(url) for url in urls):
        c.find("IB1-P-03", None, f"{at}.servers", "There are no servers with an absolute http(s) url.", subject=node)
    if is_open and any(isinstance(o, dict) and o.get("security") for o in operations):
        c.find("IB1-P-04", node, f"{at}.security", "Open data must not have security.")


def _remote_reference(value: Any) -> str:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str) and not reference.startswith("#"):
                return reference
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return ""


def _check_representation(c: Checking, node: str, block: Any) -> None:
    if block is None:
        c.find("IB1-N-01", None, "representation", "The representation block is absent.", subject=node, severity="W")
        return
    block = block if isinstance(block, dict) else {}
    mime = text_of(block.get("mime")).partition(";")[0].strip()
    if not _MIME.fullmatch(mime):
        c.find("IB1-N-01", node, "representation.mime", "representation.mime is missing or no type/subtype.", mime)
    if "csvw" not in block:
        return
    csvw = block["csvw"]
    if mime.lower() != "text/csv":
        c.find("IB1-N-02", node, "representation.csvw", "csvw is only for text/csv.", mime)
    context = csvw.get("@context") if isinstance(csvw, dict) else None
    first = context[0] if isinstance(context, list) and context else context
    if first != "http://www.w3.org/ns/csvw":
        c.find("IB1-N-03", node, "representation.csvw", "csvw needs the @context http://www.w3.org/ns/csvw.")
        return
    schema = csvw.get("tableSchema")
    columns = schema.get("columns", []) if isinstance(schema, dict) else []
    if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
        c.find("IB1-N-03", node, "representation.csvw", "tableSchema.columns must be a list of mappings.")
