"""The whole catalog as one document, for harvesters that read no DCIP: ``/data.json``."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_cors import CORS

from dcip_server.formats.feeds import DATA_JSON
from dcip_server.store import FileSlice
from dcip_server.web.ordinary_http import say_when_modified
from dcip_server.web.site import store

blueprint = Blueprint("feeds", __name__)
CORS(blueprint, send_wildcard=True)


@blueprint.get("/data.json")
def data_json() -> Response:
    """DCAT-US 1.1, complete and unpaged, since its readers read one document and delete what is not in it."""
    return _sent(store().feed(DATA_JSON))


def _sent(slice: FileSlice) -> Response:
    """A file as it lies on disk, read while it is sent."""
    response = Response(slice, content_type="application/json; charset=utf-8")
    response.headers["Content-Length"] = str(slice.size)
    response.set_etag(slice.tag)
    say_when_modified(response, slice.moment)
    response.make_conditional(request)
    return response
