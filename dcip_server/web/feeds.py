"""The whole catalog as one document, for harvesters of other protocols: ``/data.json``, ``/dcip.json``, ``/data.rdf``."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request
from flask_cors import CORS

from dcip_server.errors import RequestError
from dcip_server.formats.feeds import DATA_JSON, DCIP_JSON, Feed, data_rdf
from dcip_server.formats.rdf.serialise import CONTENT_TYPES
from dcip_server.protocol.times import parse_since
from dcip_server.protocol.urls import Place
from dcip_server.store import FileSlice
from dcip_server.web.ordinary_http import say_when_modified
from dcip_server.web.site import endpoint_url, settings, site_url, store

_LOG = logging.getLogger("dcip_server")

blueprint = Blueprint("feeds", __name__)
CORS(blueprint, send_wildcard=True)


@blueprint.get("/data.json")
def data_json() -> Response:
    """DCAT-US 1.1, complete and unpaged, since its readers read one document and delete what is not in it."""
    return send_file(store().feed(DATA_JSON), "application/json; charset=utf-8")


@blueprint.get("/dcip.json")
def dcip_json() -> Response:
    """DCIP 1.0-beta-3: complete, or what changed since a time of the catalog; in pages only where a size is asked for.

    Its clients ask for one page more than there are, and delete what they did not see: that page is empty, and
    what is not understood is refused.
    """
    return _parts(DCIP_JSON, "application/json; charset=utf-8")


@blueprint.get("/data.rdf")
def in_rdf() -> Response:
    """The same in RDF/XML, with the same parameters: DCIP 1.0-beta-3 has both."""
    place = Place(site_url(), endpoint_url())

    def left_out(fault: str) -> None:
        _LOG.warning("/data.rdf leaves out a triple of %s", fault)

    return _parts(data_rdf(settings().catalog, place, left_out), CONTENT_TYPES["rdf"])


def _parts(feed: Feed, content_type: str) -> Response:
    """The feed, or the part of it that the request's parameters ask for."""
    given = request.args
    for name, values in given.lists():
        if name not in _PARAMETERS or len(values) > 1:
            raise RequestError(f"{name}={', '.join(values)}: once each, there are: {', '.join(_PARAMETERS)}")
    since = parse_since(given["modified_since"]) if "modified_since" in given else None
    if isinstance(since, int):
        raise RequestError(f"modified_since={given['modified_since']!r}: an ISO 8601 date or time is due")
    page_size = _number("page_size", given["page_size"], _MOST_ON_PAGE) if "page_size" in given else None
    page = _number("page", given.get("page", "1"), _MOST_PAGES)
    if since is None and page_size is None and page == 1:
        return send_file(store().feed(feed), content_type)
    # Without a size the first page has all.
    offset, limit = (page - 1) * page_size if page_size else 0, page_size if page_size or page == 1 else 0
    return send_file(store().feed_part(feed, since, offset, limit), content_type)


_PARAMETERS = ("modified_since", "page", "page_size")
_MOST_ON_PAGE = 10_000
_MOST_PAGES = 999_999_999


def _number(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise RequestError(f"{name}={text!r}: a whole number from 1 to {most} is due")
    return int(text)


def send_file(slice: FileSlice, content_type: str) -> Response:
    """A file as it lies on disk, read while it is sent."""
    response = Response(slice, content_type=content_type)
    response.headers["Content-Length"] = str(slice.size)
    response.set_etag(slice.tag)
    return say_when_modified(response, slice.moment)
