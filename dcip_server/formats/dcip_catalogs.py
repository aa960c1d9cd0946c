"""What a DCIP catalog, this one or another, has added to the graph of a record that it serves: addresses, and its catalog record.

A record without an IRI of its own has in N3 its URL at the endpoint, and in feeds that of its page. Neither is a fact of
the source, whereas the catalog record tells the record's times, and under ``dcip:json`` what no triple of the source says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from dcip_server.addresses import authority_of
from dcip_server.entities import Json
from dcip_server.formats.json_value import json_or_none
from dcip_server.formats.rdf.graph import Graph
from dcip_server.formats.rdf.terms import iri_text, is_iri, is_literal, literal_text, text_of
from dcip_server.namespaces import DCIP, DCTERMS
from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.protocol.urls import Format, page_path, record_iri

_END_OF_RECORD = f".{Format.N3.extension}#record"


def own_records(records: Iterable[str]) -> list[str]:
    """Of catalog records those that DCIP catalogs have written: the URL of one is that of the record's N3."""
    return [record for record in records if is_iri(record) and iri_text(record).endswith(_END_OF_RECORD)]


def is_given(graph: Graph, node: str) -> bool:
    """Whether a DCIP catalog has given the record its IRI."""
    iri = iri_text(node)
    types = [name for name in ENTITY_TYPES if f"/{name}/" in iri]
    if not types:
        return False
    records = own_records(graph.records_about(node))
    # The page is at the same host as the endpoint; CKAN's pages have such paths, too.
    is_page = any(authority_of(iri_text(record)) == authority_of(iri) for record in records)
    ends = [
        path
        for id in _ids(graph, node, records)
        for name in types
        for path in (record_iri(name, id), *([page_path(name, id)] if is_page else []))
    ]
    return any(iri.endswith(f"/{end}") for end in ends)


def id_below(iri: str, entity_type: str, records: Iterable[str]) -> str | None:
    """The id of the record that an IRI stands for at the endpoint of the catalog that wrote one of the records; ``None`` for any other."""
    for record in own_records(records):
        endpoint = _RECORD_PATH.sub("", iri_text(record))
        if iri.startswith(start := f"{endpoint}/{entity_type}/id/"):
            return unquote(iri.removeprefix(start))
    return None


_RECORD_PATH = re.compile(r"/[a-z]+/id/[^/]*$")


def _ids(graph: Graph, node: str, records: list[str]) -> Iterator[str]:
    for record in records:
        yield from map(text_of, graph.objects(record, DCIP.id))
    yield from map(text_of, graph.objects(node, DCTERMS.identifier))


def told(graph: Graph, node: str) -> dict[str, Json]:
    """What a catalog has written under ``dcip:json`` of the node."""
    for term in sorted(graph.objects(node, DCIP.json)):
        value = json_or_none(literal_text(term)) if is_literal(term) else None
        if isinstance(value, dict):
            return value
    return {}
