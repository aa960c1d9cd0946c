"""The site's pages for people. The home page points to the endpoint (draft, "API Endpoint")."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask_cors import CORS
from werkzeug.exceptions import HTTPException

from dcip_server.errors import RequestError
from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.protocol.urls import Format, record_url
from dcip_server.web.site import endpoint_url, settings, site_url, store

_NEWEST = 20

blueprint = Blueprint("pages", __name__, static_folder="static", template_folder="templates")
# The endpoint's answers get this header from the middleware, with the rest of the rules.
CORS(blueprint, send_wildcard=True)


@blueprint.get("/")
def home() -> Response:
    """What the catalog is, its newest changes, and where machines go on."""
    endpoint = endpoint_url()
    newest = [
        {
            "entry": entry,
            "json": record_url(endpoint, entry.entity, entry.id, Format.JSON),
            "n3": record_url(endpoint, entry.entity, entry.id, Format.N3),
        }
        for entry in store().newest(_NEWEST)
    ]
    page = render_template(
        "home.html",
        catalog=settings().catalog,
        site=site_url(),
        endpoint=endpoint,
        entity_types=ENTITY_TYPES.values(),
        state=store().state(),
        newest=newest,
    )
    response = Response(page)
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.app_context_processor
def root() -> dict[str, str]:
    """The path that the site is below; ``url_for`` does not work where the Host header names no host."""
    return {"root": request.script_root}


@blueprint.app_errorhandler(HTTPException)
def show_error(error: HTTPException) -> Response:
    """A page that says what is wrong; under the endpoint the middleware takes the body away."""
    body = render_template("error.html", error=error, catalog=settings().catalog)
    response = Response(body, status=error.code)
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


@blueprint.errorhandler(RequestError)
def refuse(error: RequestError) -> Response:
    """400 for a request whose Host header names no host."""
    return Response(f"{error}\n", status=error.status, content_type="text/plain; charset=utf-8")
