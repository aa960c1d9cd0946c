"""A record in any serialisation: JSON and N3 as stored, the others made from the N3 (DESIGN 2)."""

from __future__ import annotations

import pyoxigraph

from dcip_server.formats.rdf.write import base_line
from dcip_server.namespaces import PREFIXES
from dcip_server.protocol.urls import FORMATS, Format
from dcip_server.store import Store

_FROM_N3 = {
    "ttl": pyoxigraph.RdfFormat.TURTLE,
    "rdf": pyoxigraph.RdfFormat.RDF_XML,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
}
SERIALISATIONS = (*FORMATS, *_FROM_N3)


def represent(store: Store, entity: str, id: str, serialisation: str, endpoint: str) -> bytes | None:
    """The bytes that the endpoint answers for a live record, or ``None`` where there is none.

    ``serialisation`` is one of :data:`SERIALISATIONS`.
    """
    if serialisation == Format.JSON.extension:
        found = store.find_representation(entity, id, Format.JSON)
        return None if found is None else found.body
    found = store.find_representation(entity, id, Format.N3)
    if found is None:
        return None
    n3 = base_line(endpoint) + found.body
    if serialisation == Format.N3.extension:
        return n3
    quads = pyoxigraph.parse(n3, pyoxigraph.RdfFormat.N3, lenient=True)
    prefixes = {namespace.prefix: namespace.iri for namespace in PREFIXES}
    rendered = pyoxigraph.serialize((quad.triple for quad in quads), format=_FROM_N3[serialisation], prefixes=prefixes)
    return rendered if isinstance(rendered, bytes) else b""
