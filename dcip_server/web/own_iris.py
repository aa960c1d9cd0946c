"""IRIs below the site that a source gave its records: who asks for one is led to the record's page."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, request

from dcip_server.errors import CatalogError
from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.store import Entry
from dcip_server.web.rendering import record_page
from dcip_server.web.site import endpoint_url, site_url, store


def lead_to_page() -> Response | None:
    """303 to the page of the record that has the address asked for as its IRI, if there is one."""
    address = f"{site_url()}{request.path}"
    if request.method not in ("GET", "HEAD") or address.startswith(f"{endpoint_url()}/"):
        return None
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    # How the path was escaped is not known any more.
    for path in dict.fromkeys((request.path, quote(request.path, safe="/:@!$&'()*+,;=~"), quote(request.path))):
        for entity in ENTITY_TYPES:
            for entry in _named(entity, f"{site_url()}{path}{query}"):
                page = site_url() + record_page(entity, entry.id).removeprefix(request.script_root)
                return Response(status=303, headers={"Location": page})
    return None


def _named(entity: str, iri: str) -> list[Entry]:
    try:
        return store().look_up(entity, "iri", iri, 1)
    except CatalogError:
        # What is not found is not found, whether or not there is a catalog.
        return []
