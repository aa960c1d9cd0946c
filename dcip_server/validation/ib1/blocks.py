"""The blocks beside the content in the legacy form: access (rules A), transport (P) and representation (N)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from dcip_server.addresses import is_public_url
from dcip_server.formats.plain_values import text_of
from dcip_server.validation.ib1.access_rules import RuleError, check_capabilities, parse_rule
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.openapi import find_problems, list_operations, mapping
from dcip_server.validation.ib1.terms import is_http_text, is_media_type

_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d))?", re.ASCII)
_CSVW = "http://www.w3.org/ns/csvw"


def check_blocks(c: Checking, node: str, item: Mapping[str, Any]) -> None:
    """All blocks of one item."""
    is_open = c.sensitivity(node) == "IB1-O"
    _check_access(c, node, item.get("access"), is_open)
    _check_heartbeat(c, node, item)
    _check_transport(c, node, mapping(item.get("transport")).get("http"), is_open)
    _check_representation(c, node, item.get("representation"))


# --- access ---


def _check_access(c: Checking, node: str, access: Any, is_open: bool) -> None:
    if access in (None, [], ""):
        c.find("IB1-A-08", node, "access", "The access block is absent or empty.", severity="W")
        return
    for number, row in enumerate(access if isinstance(access, list) else [access]):
        at, row = f"access[{number}]", mapping(row)
        _check_rule(c, node, f"{at}.rule", row.get("rule"), is_open)
        _check_period(c, node, at, row)
        if not isinstance(row.get("sufficient"), bool):
            found = text_of(row.get("sufficient"))
            said = f"sufficient must be true or false, not {found!r}." if found else "sufficient must be true or false."
            c.find("IB1-A-08", node, f"{at}.sufficient", said, found)


def _check_rule(c: Checking, node: str, at: str, rule: Any, is_open: bool) -> None:
    """A-01 to A-05."""
    try:
        if not isinstance(rule, str):
            raise RuleError("IB1-A-01", "rule is missing; a text such as 'grants ib1:use_any' is due")
        for id, message in check_capabilities(parse_rule(rule), is_open):
            c.find(id, node, at, message, rule)
    except RuleError as error:
        c.find(error.rule, node, at, f"{error}.", text_of(rule))


def _check_period(c: Checking, node: str, at: str, row: Mapping[str, Any]) -> None:
    """A-06 and A-07."""
    begin, end = (_date(c, node, at, key, row.get(key)) for key in ("appliesFrom", "appliesTo"))
    at = f"{at}.appliesTo"
    if begin and end and begin > end:
        c.find("IB1-A-07", node, at, "appliesTo is before appliesFrom.", text_of(row["appliesTo"]))
    elif end and c.context.today and end.date() < c.context.today:
        c.find("IB1-A-07", node, at, "appliesTo is in the past.", text_of(row["appliesTo"]), severity="W")


def _date(c: Checking, node: str, at: str, key: str, value: Any) -> datetime.datetime | None:
    text = text_of(value)
    if _DATE.fullmatch(text):
        try:
            found = datetime.datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
            return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
        except ValueError:
            pass
    why = " (the year has 5 digits)" if re.match(r"\d{5}-", text) else ""
    said = f"{key} {text!r} is not a valid date{why}" if text else f"{key} is missing"
    c.find("IB1-A-06", node, f"{at}.{key}", f"{said}; a date such as 2025-04-22 is due.", text)
    return None


# --- transport ---


def _check_heartbeat(c: Checking, node: str, item: Mapping[str, Any]) -> None:
    """P-05; the key is read in any place where it may have been meant."""
    transport = mapping(item.get("transport"))
    places = {
        "transport.heartbeat_url": transport,
        "heartbeat_url": item,
        "transport.http.heartbeat_url": mapping(transport.get("http")),
        "content.heartbeat_url": mapping(item.get("content")),
    }
    for at, place in places.items():
        if "heartbeat_url" in place:
            url = text_of(place["heartbeat_url"])
            if not is_http_text(url):
                c.find("IB1-P-05", node, at, "heartbeat_url must be a fully qualified http(s) URL.", url)
            elif not is_public_url(url):
                c.find("IB1-H-10", node, at, f"heartbeat_url <{url}> is not a public address.", url)
            elif at != "transport.heartbeat_url" or not url.lower().startswith("https:"):
                said = "heartbeat_url is due in transport, as an https URL."
                c.find("IB1-P-05", node, at, said, url, severity="W")


def _check_transport(c: Checking, node: str, http: Any, is_open: bool) -> None:
    """P-01 to P-04."""
    at = "transport.http"
    if not isinstance(http, dict):
        c.find("IB1-P-01", node, at, "transport.http is mandatory; an OpenAPI mapping is due.")
        return
    # A heartbeat's place is P-05's.
    document = {key: value for key, value in http.items() if key != "heartbeat_url"}
    for where, said in find_problems(document):
        c.find("IB1-P-02", node, f"{at}.{where}", f"{at} is not valid OpenAPI 3.0: {said}.")
    version = http.get("openapi")
    if isinstance(version, str) and version.startswith("3.1"):
        said = f"OpenAPI 3.0 is due; {version} is accepted."
        c.find("IB1-P-02", node, f"{at}.openapi", said, version, severity="W")
    servers = http.get("servers")
    urls = [mapping(server).get("url") for server in servers] if isinstance(servers, list) else []
    if not any(isinstance(url, str) and is_http_text(url) for url in urls):
        c.find("IB1-P-03", node, f"{at}.servers", "There are no servers with an absolute http(s) url.")
    operations = [operation for _, _, operation in list_operations(http)]
    if is_open and any(place.get("security") for place in (http, *operations)):
        c.find("IB1-P-04", node, f"{at}.security", "Open data must not have security.")


# --- representation ---


def _check_representation(c: Checking, node: str, block: Any) -> None:
    """N-01 to N-03."""
    if block is None:
        c.find("IB1-N-01", node, "representation", "The representation block is absent.", severity="W")
        return
    block = mapping(block)
    mime = text_of(block.get("mime")).partition(";")[0].strip()
    if not is_media_type(mime):
        said = f"representation.mime {mime!r} is no type/subtype." if mime else "representation.mime is missing."
        c.find("IB1-N-01", node, "representation.mime", said, mime)
    if "csvw" in block:
        if mime.lower() != "text/csv":
            said = f"csvw is only for text/csv, not for {mime or 'nothing'}."
            c.find("IB1-N-02", node, "representation.csvw", said, mime)
        _check_csvw(c, node, block["csvw"])


def _check_csvw(c: Checking, node: str, csvw: Any) -> None:
    context = mapping(csvw).get("@context")
    first = context[0] if isinstance(context, list) and context else context
    if first != _CSVW:
        c.find("IB1-N-03", node, "representation.csvw", f"csvw needs the @context {_CSVW}.", text_of(first))
        return
    columns = mapping(csvw.get("tableSchema")).get("columns", [])
    if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
        c.find("IB1-N-03", node, "representation.csvw", "tableSchema.columns must be a list of mappings.")
