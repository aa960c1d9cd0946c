"""Searching and browsing: results with facets, ``/search.json``, OpenSearch, and lists of values."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from flask_cors import CORS
from werkzeug.exceptions import NotFound

from dcip_server.formats.facets import facet_identity
from dcip_server.protocol.urls import Format, record_url
from dcip_server.store import FACETS, Found, Search
from dcip_server.web.rendering import record_page, render, render_text
from dcip_server.web.searching import Results, address, narrowing, parse_search
from dcip_server.web.site import endpoint_url, site_url, store

#: Facets whose values have pages of their own.
BROWSED = tuple(facet for facet in FACETS if facet != "entity")
VALUES_A_PAGE = 200

blueprint = Blueprint("search", __name__)
CORS(blueprint, send_wildcard=True)


@blueprint.record_once
def _set_up(state: BlueprintSetupState) -> None:
    extensions = state.app.extensions
    extensions["dcip_results"] = Results(extensions["dcip_store"])


@blueprint.get("/search")
def search() -> Response:
    """Results with facets."""
    wanted = parse_search(request.args)
    return _results(wanted, store().search(wanted))


def _results(wanted: Search, found: Found, heading: tuple[str, str] | None = None) -> Response:
    kept: Results = current_app.extensions["dcip_results"]
    active = {(facet, facet_identity(facet, value)) for facet, value in wanted.narrowed}
    return render(
        "search.html",
        wanted=wanted,
        found=found,
        results=kept.of(found.entries),
        address=address,
        narrowed_to=narrowing(wanted),
        heading=heading,
        is_active=lambda facet, value: (facet, facet_identity(facet, value)) in active,
    )


@blueprint.get("/search.json")
def search_json() -> Response:
    """The same for programs: the results' addresses, the whole number, facets and the next page."""
    wanted = parse_search(request.args)
    found = store().search(wanted)
    endpoint, site = endpoint_url(), site_url()
    value = {
        "total": found.total,
        "offset": wanted.offset,
        "results": [
            {
                "id": entry.id,
                "entity": entry.entity,
                "title": entry.title,
                "modified": entry.modified,
                "page": site + record_page(entry.entity, entry.id).removeprefix(request.script_root),
                "url": record_url(endpoint, entry.entity, entry.id, Format.JSON),
            }
            for entry in found.entries
        ],
        "facets": {
            facet: [{"value": value.value, "records": value.records} for value in values]
            for facet, values in found.facets.items()
        },
    }
    after = wanted.offset + len(found.entries)
    if found.entries and after < found.total:
        value["next"] = f"{site}/search.json{address(wanted, offset=after, after=found.end)}"
    return Response(json.dumps(value, ensure_ascii=False), content_type="application/json; charset=utf-8")


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """Tells browsers and programs how to search here (OpenSearch 1.1)."""
    body = render_text("opensearch.xml", site=site_url())
    return Response(body, content_type="application/opensearchdescription+xml; charset=utf-8")


@blueprint.get(f"/<any({','.join(BROWSED)}):facet>/<any_path:value>")
def browse(facet: str, value: str) -> Response:
    """The records with one value of a facet; without a value the list of all values."""
    if value:
        wanted = parse_search(request.args)
        wanted = replace(wanted, narrowed=tuple(dict.fromkeys(((facet, value), *wanted.narrowed))))
        found = store().search(wanted)
        if not found.total and not store().search(Search(narrowed=((facet, value),), limit=1)).entries:
            raise NotFound
        return _results(wanted, found, heading=(facet, value))
    before = request.args.get("offset", "0")
    offset = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else 0
    values = store().values(facet, VALUES_A_PAGE + 1, offset)
    more = offset + VALUES_A_PAGE if len(values) > VALUES_A_PAGE else None
    return render("values.html", facet=facet, values=list(islice(values, VALUES_A_PAGE)), more=more)
