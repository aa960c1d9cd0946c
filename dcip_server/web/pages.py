"""The site's pages for people. The home page points to the endpoint (draft, "API Endpoint")."""

from __future__ import annotations

from uuid import UUID, uuid5

from flask import Blueprint, Response, request
from flask_cors import CORS
from werkzeug.exceptions import HTTPException

from dcip_server.errors import RequestError
from dcip_server.protocol import help as help_texts
from dcip_server.protocol.entity_types import DATASET, ENTITY_TYPES
from dcip_server.protocol.urls import Format, record_url
from dcip_server.store import Entry
from dcip_server.store.directory import has_report
from dcip_server.web.markup import to_html
from dcip_server.web.middleware import log_failure
from dcip_server.web.ordinary_http import say_when_modified
from dcip_server.web.own_iris import lead_to_page
from dcip_server.web.rendering import record_page, render, render_text
from dcip_server.web.search_pages import BROWSED
from dcip_server.web.site import endpoint_url, settings, site_url, store

_NEWEST = 10
CHANGES_A_PAGE = 100
_VALUES = 8

blueprint = Blueprint("pages", __name__, static_folder="static", template_folder="templates")
# The endpoint's answers get this header from the middleware, with the rest of the rules.
CORS(blueprint, send_wildcard=True)


@blueprint.get("/")
def home() -> Response:
    """What the catalog is, its newest changes, and where machines go on."""
    newest = store().newest(_NEWEST)
    endpoint = endpoint_url()
    shown = next((entry for entry in newest if entry.entity == DATASET.name and entry.sha256), None)
    return render(
        "home.html",
        site=site_url(),
        endpoint=endpoint,
        entity_types=ENTITY_TYPES.values(),
        kinds=[value for value in store().values("entity", len(ENTITY_TYPES)) if value.records],
        state=store().state(),
        newest=newest,
        example=shown and record_url(endpoint, DATASET.name, shown.id, Format.N3),
        top={facet: store().values(facet, _VALUES) for facet in BROWSED},
    )


@blueprint.get("/changes")
def changes() -> Response:
    """The latest change of each record, newest first, in pages by revision."""
    entries, older, _ = _latest()
    reasons = store().find_reasons(_deletions(entries))
    return render("changes.html", entries=entries, older=older, endpoint=endpoint_url(), reasons=reasons)


@blueprint.get("/changes.atom")
def feed() -> Response:
    """The same for feed readers (Atom, RFC 4287), in the pages of RFC 5005, section 3.

    A record is one entry, whose id stays through all its changes and wherever the site is; the catalog's is
    drawn when its database is made.
    """
    entries, older, before = _latest()
    identity = UUID(store().state().identity)
    site = site_url()
    modified = entries[0].modified if entries else store().state().modified
    text = render_text(
        "changes.xml",
        feed_id=identity.urn,
        updated=modified,
        site=site,
        endpoint=endpoint_url(),
        before=before,
        older=older,
        reasons=store().find_reasons(_deletions(entries)),
        entries=[
            (
                uuid5(identity, f"{entry.entity}/{entry.id}").urn,
                site + record_page(entry.entity, entry.id).removeprefix(request.script_root),
                entry,
            )
            for entry in entries
        ],
    )
    return say_when_modified(Response(text, content_type="application/atom+xml; charset=utf-8"), modified)


def _deletions(entries: list[Entry]) -> list[int]:
    return [entry.revision for entry in entries if entry.change_type == "delete"]


def _latest() -> tuple[list[Entry], int | None, int | None]:
    """A page of changes before a revision, the one that the next page is before, and the one that this is before."""
    text = request.args.get("before", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise RequestError(f"before={text!r}: a revision number is due")
    before = int(text) if text else None
    entries = store().newest(CHANGES_A_PAGE + 1, before)
    return (
        entries[:CHANGES_A_PAGE],
        entries[CHANGES_A_PAGE - 1].revision if len(entries) > CHANGES_A_PAGE else None,
        before,
    )


@blueprint.get("/about")
def about() -> Response:
    """The help texts, for people."""
    endpoint = endpoint_url()
    texts = [help_texts.api_help(endpoint, settings().catalog)]
    texts += (help_texts.entity_help(endpoint, entity_type) for entity_type in ENTITY_TYPES.values())
    return render(
        "about.html",
        texts=[to_html(text) for text in texts],
        endpoint=endpoint,
        has_directory=has_report(store().engine),
    )


#: Why an address is answered with a status, for people; the rest of the statuses say it with their names.
_EXPLANATIONS = {
    400: "The address says something that is not understood here.",
    404: "There is nothing at this address. Perhaps it was mistyped, or what was here has moved.",
    405: "What is here can be read, but not changed in this way.",
    410: "What was here was deleted.",
    500: "Something went wrong in the server, and its operator can read in the log what it was. Please try again later.",
}


def _error_page(status: int, name: str, detail: str = "") -> Response:
    return render("error.html", status=status, name=name, explanation=_EXPLANATIONS.get(status), detail=detail)


@blueprint.app_errorhandler(HTTPException)
def show_error(error: HTTPException) -> Response:
    """A page that says what is wrong; under the endpoint the middleware takes the body away."""
    try:
        if error.code == 404 and (led := lead_to_page()):
            return led
        response = _error_page(error.code or 500, error.name)
    except RequestError as unfit:
        return refuse(unfit)
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


@blueprint.app_errorhandler(RequestError)
def refuse(error: RequestError) -> Response:
    """A page for a request that is not understood, without repeating it as markup."""
    try:
        site_url()
    except RequestError:
        # The Host header names no host: no page has links that work.
        return Response(f"{error}\n", status=error.status, content_type="text/plain; charset=utf-8")
    return _error_page(error.status, "Bad Request", str(error))


@blueprint.app_errorhandler(Exception)
def show_failure(error: Exception) -> Response:
    """A page for a failure of ours, without a word of why; the endpoint's failures go on to the middleware."""
    if request.blueprint == "endpoint":
        raise error
    log_failure(request.environ)
    return _error_page(500, "Internal Server Error")
