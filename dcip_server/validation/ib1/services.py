"""The OpenAPI files of data services (rules S-02 to S-04 and S-06)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dcip_server.formats.plain_values import ValueRefusedError, load_json, load_yaml
from dcip_server.namespaces import IB1
from dcip_server.validation.context import Fetcher
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.openapi import list_operations, mapping
from dcip_server.validation.ib1.terms import short

_PLACEHOLDER = "https://endpointurl-not-specified.ib1.org"
_STRUCTURED = ("application/json", "text/json", "application/xml", "text/xml")


def check_api(c: Checking, fetcher: Fetcher, entry: str, predicate: str, url: str) -> None:
    """Fetch the file that dcat:endpointDescription or ib1:heartbeatDescription names, and check it."""
    body = c.document(fetcher, url, entry, predicate)
    if body is None:
        return
    is_heartbeat = predicate == IB1.heartbeatDescription

    def find(rule: str, message: str, value: str = url) -> None:
        c.find("IB1-S-06" if is_heartbeat else rule, entry, predicate, f"{short(predicate)} {message}", value)

    api = _read(body)
    if api is None:
        find("IB1-S-02", f"<{url}> is not an OpenAPI 3 document.")
        return
    if said := _wrong_server(api):
        find("IB1-S-03", f"<{url}> {said}.")
    if is_heartbeat:
        if not _is_heartbeat(api):
            find("IB1-S-06", f"<{url}> must have a single path, with a GET that answers 200.")
    else:
        for kind in _other_types(api):
            find("IB1-S-04", f"<{url}>: the response {kind} is not JSON or XML.", kind)


def _read(body: bytes) -> Mapping[str, Any] | None:
    """An OpenAPI 3 document in JSON or YAML, ``None`` where it is none (IB1-S-02)."""
    try:
        text = body.decode("utf-8-sig")
        api = load_json(text) if text.lstrip()[:1] == "{" else load_yaml(text)
    except (ValueRefusedError, ValueError):
        return None
    version = mapping(api).get("openapi")
    is_3 = isinstance(version, str) and version.startswith("3.")
    has_parts = isinstance(mapping(api).get("info"), dict) and isinstance(mapping(api).get("paths"), dict)
    return mapping(api) if is_3 and has_parts else None


def _wrong_server(api: Mapping[str, Any]) -> str:
    """What is wrong with the servers (IB1-S-03), or ``""``."""
    servers = api.get("servers")
    servers = servers if isinstance(servers, list) else []
    if len(servers) != 1:
        return f"must contain a single Server object, found {len(servers)}"
    server = mapping(servers[0])
    default = mapping(mapping(server.get("variables")).get("endpointURL")).get("default")
    if server.get("url") != "{endpointURL}":
        return f"must have a server with the url {{endpointURL}}, not {server.get('url')!r}"
    if default != _PLACEHOLDER:
        return f"must have {_PLACEHOLDER} as the default of endpointURL, not {default!r}"
    items = mapping(api.get("paths")).values()
    if any("servers" in mapping(item) for item in items) or any("servers" in o for _, _, o in list_operations(api)):
        return "must have no servers on a path or an operation"
    return ""


def _is_heartbeat(api: Mapping[str, Any]) -> bool:
    gets = [operation for _, method, operation in list_operations(api) if method == "get"]
    return len(mapping(api.get("paths"))) == 1 and any("200" in mapping(get.get("responses")) for get in gets)


def _other_types(api: Mapping[str, Any]) -> list[str]:
    """Media types of responses that are neither JSON nor XML."""
    found: dict[str, None] = {}
    for _, _, operation in list_operations(api):
        for response in mapping(operation.get("responses")).values():
            for kind in mapping(mapping(response).get("content")):
                bare = str(kind).partition(";")[0].strip().lower()
                if bare not in _STRUCTURED and not bare.endswith(("+json", "+xml")):
                    found[bare] = None
    return list(found)
