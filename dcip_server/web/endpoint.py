"""The DCIP endpoint: one view for each API call of the draft (surface 1, 3 and 6).

URLs are read by ``protocol.urls``; statuses, lengths, CORS and empty bodies are seen to by the
middleware. A view looks up what the writer stored and hands it over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from urllib.parse import parse_qs

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from dcip_server.errors import NotFoundError, RequestError
from dcip_server.formats.catalog_rdf import describe
from dcip_server.formats.change_list import LIST_SYNTAX, catalog_iri
from dcip_server.formats.rdf import write as n3
from dcip_server.protocol import help as help_texts
from dcip_server.protocol.negotiation import named_format
from dcip_server.protocol.times import parse_since
from dcip_server.protocol.urls import TEXT_CONTENT_TYPE, Call, Format, Place, Target, parse_path
from dcip_server.store import Entry, FileSlice, Search
from dcip_server.web.records import read_record
from dcip_server.web.site import endpoint_url, settings, site_url, store

blueprint = Blueprint("endpoint", __name__)


class AnyPath(BaseConverter):
    """Whatever stands in a path, slashes and line breaks included: ``parse_path`` reads it."""

    regex = r"(?s:.*)"
    part_isolating = False


@blueprint.route("")
@blueprint.route("<any_path:path>")
def call(path: str = "") -> Response:
    """Answer any URL at or below the endpoint."""
    whole = request.environ["PATH_INFO"].encode("latin-1")
    if not whole.startswith(settings().endpoint_path.encode()):
        # werkzeug takes several slashes at the beginning for one; the middleware does not.
        raise NotFound
    try:
        below = whole[len(settings().endpoint_path) :].decode()
    except UnicodeDecodeError:
        raise RequestError("the URL is not UTF-8") from None
    target = parse_path(below)
    return _VIEWS[target.call](target)


@blueprint.errorhandler(RequestError)
def refuse(error: RequestError) -> Response:
    """400 or 404, as the error says."""
    return Response(status=error.status)


def _ok(body: bytes, content_type: str) -> Response:
    response = Response(body)
    response.headers["Content-Type"] = content_type
    return response


def _redirect(url: str) -> Response:
    return Response(status=301, headers={"Location": url})


# --- help ---


def _api_root(target: Target) -> Response:
    return _redirect(f"{endpoint_url()}/help.txt")


def _api_help(target: Target) -> Response:
    return _ok(help_texts.api_help(endpoint_url(), settings().catalog).encode(), TEXT_CONTENT_TYPE)


def _entity_help(target: Target) -> Response:
    assert target.entity_type is not None  # noqa: S101 - parse_path gives these calls one
    return _ok(help_texts.entity_help(endpoint_url(), target.entity_type).encode(), TEXT_CONTENT_TYPE)


def _entity_root(target: Target) -> Response:
    """Help, or the list where a client asks for a format of lists or the operator says so."""
    assert target.entity_type is not None  # noqa: S101 - as above
    if named_format(request.headers.get("Accept", "")) or settings().dataset_root == "list":
        return _list(target)
    response = _redirect(f"{endpoint_url()}/{target.entity_type.name}/help.txt")
    response.headers["Vary"] = "Accept"
    return response


# --- the catalog ---


def _catalog(target: Target) -> Response:
    """The Catalog entity (draft, "Potential Catalog Entity Attributes")."""
    if target.format is Format.JSON:
        catalog = settings().catalog
        state = store().state()
        value = {
            "id": catalog.id,
            "title": catalog.title,
            "description": catalog.description,
            "contact": catalog.contact,
            "homepage": site_url() + "/",
            "records": state.live_records,
            "revision": state.revision,
            "modified": state.modified,
        }
        body = json.dumps(value, ensure_ascii=False).encode() + b"\n"
        return _ok(body, Format.JSON.content_type)
    return _ok(_catalog_n3(), Format.N3.content_type)


def _catalog_n3() -> bytes:
    endpoint = endpoint_url()
    triples = describe(settings().catalog, Place(site_url(), endpoint), store().state().modified)
    return n3.write(triples, catalog_iri(endpoint))


# --- records and lists ---


def _read(target: Target) -> Response:
    found = read_record(store(), target, endpoint_url())
    if found is None:
        raise NotFoundError(f"nothing has the id {target.value!r}")
    body, headers = found
    return Response(body, headers=list(headers))


def _stream(slice: FileSlice, format: Format, negotiated: bool = False) -> Response:
    """A list as it lies on disk, read while it is sent."""
    response = Response(slice, direct_passthrough=True)
    response.headers["Content-Type"] = format.content_type
    response.headers["Content-Length"] = str(slice.size)
    if negotiated:
        response.headers["Vary"] = "Accept"
    return response


def _list(target: Target) -> Response:
    assert target.entity_type is not None  # noqa: S101 - as above
    format = target.format or named_format(request.headers.get("Accept", "")) or Format.JSON
    found = store().change_list(target.entity_type.name, format, endpoint_url())
    return _stream(found, format, negotiated=target.format is None)


def _since(target: Target) -> Response:
    assert target.entity_type and target.format  # noqa: S101, PT018 - as above
    after = parse_since(target.value)
    return _stream(store().changes_since(target.entity_type.name, target.format, endpoint_url(), after), target.format)


def _look_up(target: Target) -> Response:
    assert target.entity_type and target.format  # noqa: S101, PT018 - as above
    limit, offset = _count("limit"), _count("offset")
    entries = store().look_up(target.entity_type.name, target.attribute, target.value, limit, offset or 0)
    return _titled(entries, target.format)


def _search(target: Target) -> Response:
    assert target.entity_type and target.format  # noqa: S101, PT018 - as above
    if not target.value.strip():
        raise RequestError("no words to search for")
    limit, offset = _count("limit"), _count("offset")
    wanted = Search(words=target.value, entity=target.entity_type.name, limit=limit, offset=offset or 0)
    return _titled(store().search(wanted).entries, target.format)


def _titled(entries: Iterable[Entry], format: Format) -> Response:
    """A list in the change list's shape, with titles."""
    return _ok(LIST_SYNTAX[format].render(entries, endpoint_url(), with_title=True), format.content_type)


def _count(name: str) -> int | None:
    """A whole number from the query string; 400 for anything else, negative numbers too."""
    values = parse_qs(request.environ.get("QUERY_STRING", ""), keep_blank_values=True).get(name)
    if not values:
        return None
    text = values[-1]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise RequestError(f"{name}={text!r}: a whole number is due")
    return int(text)


_VIEWS: dict[Call, Callable[[Target], Response]] = {
    Call.API_ROOT: _api_root,
    Call.API_HELP: _api_help,
    Call.CATALOG: _catalog,
    Call.ENTITY_ROOT: _entity_root,
    Call.ENTITY_HELP: _entity_help,
    Call.LIST: _list,
    Call.READ: _read,
    Call.SINCE: _since,
    Call.LOOK_UP: _look_up,
    Call.SEARCH: _search,
}
