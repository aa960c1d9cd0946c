"""The whole catalog in RDF, page by page: ``/catalog.ttl?page=2``, ``.rdf``, ``.jsonld``, ``.n3``."""

from __future__ import annotations

import logging
import re

from flask import Blueprint, Response, request
from flask_cors import CORS
from werkzeug.exceptions import NotFound

from dcip_server.errors import RequestError
from dcip_server.formats.catalog_rdf import Paging, page_of_records
from dcip_server.formats.change_list import catalog_iri
from dcip_server.formats.rdf.serialise import CONTENT_TYPES, serialise
from dcip_server.protocol.urls import Place
from dcip_server.store import Step
from dcip_server.web.ordinary_http import say_when_modified
from dcip_server.web.site import endpoint_url, settings, site_url, store

_LOG = logging.getLogger("dcip_server")
_STEP = re.compile("([1-9][0-9]{0,11})(?:-([1-9][0-9]{0,11}))?")

blueprint = Blueprint("catalog_feed", __name__)
CORS(blueprint, send_wildcard=True)


@blueprint.get(f"/catalog.<any({','.join(CONTENT_TYPES)}):extension>")
def page(extension: str) -> Response:
    """A page of the catalog; 404 beyond its last. Other parameters are refused, since a harvester deletes what it does not see."""
    step = _step()
    found = store().walk_page(step)
    if found is None:
        raise NotFound
    place = Place(site_url(), endpoint_url())
    url = f"{place.site}/catalog.{extension}?page="
    paging = Paging(f"{url}{step}", None if found.next is None else f"{url}{found.next}", found.total)
    triples = page_of_records(settings().catalog, place, found.modified, paging, found.records)
    left_out: list[str] = []
    body = serialise(triples, extension, catalog_iri(place.endpoint), left_out)
    for fault in left_out:
        # One odd property must not keep a harvester from the rest.
        _LOG.warning("%s leaves out a triple of %s", request.path, fault)
    return say_when_modified(Response(body, content_type=CONTENT_TYPES[extension]), found.modified)


def _step() -> Step:
    """Where a client is on its walk, as the page before told it: ``page=2``, or ``page=2-150`` for the rest of a page."""
    unknown = [name for name in request.args if name != "page"]
    text = request.args.get("page", "1")
    if unknown or len(request.args.getlist("page")) > 1:
        raise RequestError(
            f"{', '.join(unknown) or 'page twice'}: the catalog is given whole; the only parameter is page"
        )
    match = _STEP.fullmatch(text)
    if not match:
        raise RequestError(f"page={text!r}: a page's number is due, from 1")
    page, since = match.groups()
    return Step(int(page), int(since) if since else None)
