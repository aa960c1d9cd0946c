"""Which IRIs in a graph are addresses that a DCIP catalog, this one or another, has given: those say nothing of the source.

A record without an IRI of its own has in N3 its URL at the endpoint, and in feeds that of its page; the catalog record
about it has the URL of its N3.
"""

from __future__ import annotations

from collections.abc import Iterable

from dcip_server.formats.rdf.terms import iri_text, is_iri
from dcip_server.protocol.urls import Format, page_path, record_iri, record_path


def is_catalog_record(node: str, entity_type: str, id: str | int) -> bool:
    """Whether the dcat:CatalogRecord is what a DCIP catalog says of the record with that id."""
    return is_iri(node) and iri_text(node).endswith(f"/{record_path(entity_type, id, Format.N3)}#record")


def is_given(iri: str, entity_type: str, id: str | int, records: Iterable[str]) -> bool:
    """Whether a DCIP catalog has given the record its IRI; ``records`` are the catalog records about it."""
    if iri.endswith(f"/{record_iri(entity_type, id)}"):
        return True
    is_page = iri.endswith(f"/{page_path(entity_type, id)}")
    return is_page and any(is_catalog_record(record, entity_type, id) for record in records)
