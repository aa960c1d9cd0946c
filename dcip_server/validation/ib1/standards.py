"""What the network tells: Scheme Catalog Requirements (rules Q), OpenAPI files (S) and downloads (H-06 to H-11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

from dcip_server.addresses import is_public_url
from dcip_server.errors import SourceError
from dcip_server.formats.plain_values import ValueRefusedError, load_json, load_yaml
from dcip_server.formats.rdf.parse import parse_as_written
from dcip_server.namespaces import DCAT, DCTERMS, RDF
from dcip_server.validation.context import Answer, Fetcher
from dcip_server.validation.ib1.checking import MAX_DOCUMENT_BYTES, Checking, one_of
from dcip_server.validation.ib1.resources import media_type
from dcip_server.validation.ib1.schemas import check_schema, schemas_to_check
from dcip_server.validation.ib1.terms import ALIASES, CLASS_BASE, IB1, is_http, plain, short

_PLACEHOLDER = "https://endpointurl-not-specified.ib1.org"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_MAX_REDIRECTS = 5


def check_online(c: Checking, fetcher: Fetcher) -> None:
    """Run the rules that ask the fetcher; all requests are announced first, so that they may go out together."""
    downloads = [
        (e, d, plain(u))
        for e in c.datasets
        for d in c.distributions(e)
        for u in c.values(d, DCAT.downloadURL)
        if is_http(u)
    ]
    predicates = (DCTERMS.conformsTo, DCAT.endpointDescription, IB1.heartbeatDescription)
    wanted = {plain(u) for e in c.datasets + c.services for p in predicates for u in c.values(e, p) if is_http(u)}
    schemas = list(schemas_to_check(c))
    wanted |= {schema.url for schema in schemas}
    fetcher.warm([("HEAD", url, 0) for _, _, url in downloads if _may_ask(fetcher, url)])
    fetcher.warm([("GET", url, MAX_DOCUMENT_BYTES) for url in sorted(wanted) if _may_ask(fetcher, url)])
    for entry, node, url in downloads:
        if _may_ask(fetcher, url):
            _check_download(c, fetcher, entry, node, url)
    for schema in schemas:
        if _may_ask(fetcher, schema.url):
            check_schema(c, fetcher, schema)
    for entry in c.datasets + c.services:
        for standard in filter(is_http, c.values(entry, DCTERMS.conformsTo)):
            if _may_ask(fetcher, plain(standard)):
                _check_standard(c, fetcher, entry, plain(standard))
    for entry in c.services:
        for predicate in (DCAT.endpointDescription, IB1.heartbeatDescription):
            for url in filter(is_http, c.values(entry, predicate)):
                if _may_ask(fetcher, plain(url)):
                    _check_api(c, fetcher, entry, predicate, plain(url))


def _may_ask(fetcher: Fetcher, url: str) -> bool:
    return is_public_url(url) or bool(getattr(fetcher, "allows_private", False))


def _check_download(c: Checking, fetcher: Fetcher, entry: str, node: str, url: str) -> None:
    def find(rule: str, message: str, refuses: bool = False) -> None:
        c.find(rule, entry if refuses else None, DCAT.downloadURL, message, url, subject=node)

    answer, at = Answer(0), url
    for _ in range(_MAX_REDIRECTS + 1):
        answer = fetcher.request("HEAD", at, 0)
        location = answer.headers.get("location")
        if not (300 <= answer.status < 400 and location):
            break
        at = urljoin(at, location)
        if not is_http(f"<{at}>") or not _may_ask(fetcher, at):
            find("IB1-H-10", f"dcat:downloadURL redirects to <{at}>, which is not a public address.", True)
            return
    if answer.error == "private":
        find("IB1-H-10", f"dcat:downloadURL <{at}> is not a public address.", True)
        return
    if at != url and not 300 <= answer.status < 400:
        find("IB1-H-09", f"dcat:downloadURL redirects to <{at}>; use a stable URL.")
    status, kind = answer.status, c.sensitivity(entry)
    if kind == "IB1-O" and status in (401, 402, 403, 407):
        find("IB1-H-06", f"Open data must be downloadable without authentication (dcat:downloadURL, {status}).", True)
    elif kind in ("IB1-SA", "IB1-SB") and status in (401, 403):
        return
    elif not 200 <= status < 300:
        byte = fetcher.first_byte(at)
        tried = f"HEAD {status or answer.error}, GET of one byte {byte.status or byte.error}"
        if status in (404, 410):
            find("IB1-H-07", f"dcat:downloadURL does not exist ({tried}).", True)
        else:
            find("IB1-H-08", f"dcat:downloadURL is not live: {tried}.")
    else:
        served = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        declared = [media_type(v) for v in c.values(node, DCAT.mediaType, DCAT.media_type)]
        if served and len(declared) == 1 and declared[0] and served != declared[0]:
            find("IB1-H-11", f"dcat:mediaType declares {declared[0]}, served is {served}.")


# --- requirements ---


def _check_standard(c: Checking, fetcher: Fetcher, entry: str, url: str) -> None:
    body = c.document(fetcher, url, entry, DCTERMS.conformsTo)
    said = {} if body is None else _read(body, url)
    kind = IB1.SchemeCatalogRequirements
    for subject, pairs in said.items():
        if (RDF.type, kind) in pairs:
            _check_requirements(c, entry, url, said, subject)


def _read(body: bytes, url: str) -> dict[str, list[tuple[str, str]]]:
    head = body[:200].lstrip()
    order = (
        ("rdfxml",)
        if (head[:1] == b"<" and b"<?xml" in head) or b"<rdf" in head
        else ("jsonld",)
        if head[:1] in (b"{", b"[")
        else ("turtle",)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    try:
        for s, p, o in parse_as_written(body, order[0], url):
            found.setdefault(s, []).append((_canonical(p), _canonical(o)))
    except SourceError:
        return {}
    return found


def _canonical(term: str) -> str:
    for alias in ALIASES:
        if term.startswith(f"<{alias}"):
            return f"<{IB1.iri}{term[len(alias) + 1 :]}"
    return term


def _comparable(predicate: str, value: str) -> str:
    """A value for comparison: the forms of a sensitivity class are equal."""
    if predicate == IB1.sensitivityClass:
        return plain(value).removeprefix(CLASS_BASE).removeprefix(IB1.iri)
    return value


_MODIFIERS = {
    IB1.requireAllAndAllowAdditional: "IB1-Q-03", IB1.requireAnyOneOf: "IB1-Q-04", IB1.requireAnyValue: "IB1-Q-05",
    IB1.requireAbsenceOf: "IB1-Q-06",
}  # fmt: skip


def _check_requirements(
    c: Checking, entry: str, url: str, said: dict[str, list[tuple[str, str]]], subject: str
) -> None:
    types = [o for p, o in said[subject] if p == IB1.requiredType]
    nodes = [o for p, o in said[subject] if p == IB1.requiredMetadata]
    if len(types) != 1 or not nodes:
        c.find(
            "IB1-Q-08", None, DCTERMS.conformsTo, f"<{url}> is an incomplete requirements document.", url, subject=entry
        )
    if types and not set(types) & c.types[entry]:
        c.find("IB1-Q-01", entry, "rdf:type", f"The standard <{url}> is for {', '.join(map(short, types))}.")
    required: dict[str, list[str]] = {}
    for node in nodes:
        for predicate, value in said.get(node, ()):
            if predicate != RDF.type:
                required.setdefault(predicate, []).append(value)
    rules = {o: rule for p, o in said[subject] if (rule := _MODIFIERS.get(p))}
    for term in dict.fromkeys([*required, *rules]):
        due = {_comparable(term, v): v for v in required.get(term, [])}
        got = {_comparable(term, v) for v in c.values(entry, term)}
        rule = rules.get(term, "IB1-Q-02")
        if term == IB1.dataSchema and due:
            nodes_ = [entry] if got or not c.distributions(entry) else c.distributions(entry)
            if any(set(c.values(n, term)) != set(due) for n in nodes_):
                c.find(
                    "IB1-Q-07",
                    entry,
                    term,
                    f"ib1:dataSchema must be the schema of the standard: {one_of(due.values())}.",
                )
            continue
        tests: dict[str, tuple[Callable[[], bool], str]] = {
            "IB1-Q-02": (lambda g=got, d=due: g == set(d), f"{short(term)} must be exactly {one_of(due.values())}."),  # type: ignore[misc]
            "IB1-Q-03": (lambda g=got, d=due: g >= set(d), f"{short(term)} lacks one of {one_of(due.values())}."),  # type: ignore[misc]
            "IB1-Q-04": (lambda g=got, d=due: len(g) == 1 and g <= set(d), f"{short(term)} must be exactly one of {one_of(due.values())}."),  # type: ignore[misc]
            "IB1-Q-05": (lambda g=got: bool(g), f"{short(term)} must be present."),  # type: ignore[misc]
            "IB1-Q-06": (lambda g=got: not g, f"{short(term)} must not be present."),  # type: ignore[misc]
        }  # fmt: skip
        holds, message = tests[rule]
        if not holds():
            c.find(rule, entry, term, message)


# --- OpenAPI ---


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _check_api(c: Checking, fetcher: Fetcher, entry: str, predicate: str, url: str) -> None:
    body = c.document(fetcher, url, entry, predicate)
    if body is None:
        return
    heartbeat = predicate == IB1.heartbeatDescription
    try:
        text = body.decode("utf-8-sig")
        api = load_json(text) if text.lstrip()[:1] == "{" else load_yaml(text)
    except (ValueRefusedError, ValueError):
        api = None
    paths = _mapping(api).get("paths")
    version = _mapping(api).get("openapi")
    if (
        not isinstance(version, str)
        or not version.startswith("3.")
        or not isinstance(api.get("info"), dict)
        or not isinstance(paths, dict)
    ):
        c.find("IB1-S-06" if heartbeat else "IB1-S-02", entry, predicate, f"<{url}> is not an OpenAPI 3 document.", url)
        return
    operations = [(p, m, _mapping(o)) for p in paths.values() for m, o in _mapping(p).items() if m in _METHODS]
    servers = api.get("servers")
    server = _mapping(servers[0]) if isinstance(servers, list) and len(servers) == 1 else {}
    default = _mapping(_mapping(server.get("variables")).get("endpointURL")).get("default")
    deeper = any("servers" in _mapping(p) for p in paths.values()) or any("servers" in o for _, _, o in operations)
    if server.get("url") != "{endpointURL}" or default != _PLACEHOLDER or deeper:
        count = len(servers) if isinstance(servers, list) else 0
        what = (
            f"must contain a single Server object, found {count}"
            if count != 1
            else "must have the server {endpointURL} with the default " + _PLACEHOLDER + " and no other"
        )
        c.find("IB1-S-06" if heartbeat else "IB1-S-03", entry, predicate, f"{short(predicate)} <{url}> {what}.", url)
    if heartbeat:
        gets = [o for _, m, o in operations if m == "get"]
        if len(paths) != 1 or not any("200" in _mapping(o.get("responses")) for o in gets):
            c.find(
                "IB1-S-06",
                entry,
                predicate,
                f"The heartbeat file <{url}> must have a single path with a GET that answers 200.",
                url,
            )
        return
    for _, _, operation in operations:
        for response in _mapping(operation.get("responses")).values():
            for kind in _mapping(_mapping(response).get("content")):
                bare = str(kind).partition(";")[0].strip().lower()
                if not (
                    bare in ("application/json", "text/json", "application/xml", "text/xml")
                    or bare.endswith(("+json", "+xml"))
                ):
                    c.find("IB1-S-04", entry, predicate, f"The response {bare} in <{url}> is not JSON or XML.", bare)
