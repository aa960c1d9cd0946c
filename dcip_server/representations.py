"""A record in any serialisation: JSON and N3 as stored, the others made from the N3 (DESIGN 2)."""

from __future__ import annotations

from dcip_server.formats.rdf.serialise import CONTENT_TYPES, read_stored, serialise
from dcip_server.formats.rdf.write import base_line
from dcip_server.protocol.urls import FORMATS, Format
from dcip_server.store import Store

SERIALISATIONS = (*FORMATS, *(extension for extension in CONTENT_TYPES if extension != "n3"))


def represent(store: Store, entity: str, id: str, serialisation: str, endpoint: str) -> bytes | None:
    """The bytes that the site answers for a live record, or ``None`` where there is none.

    ``serialisation`` is one of :data:`SERIALISATIONS`. Raises :class:`RecordError` for a record
    that RDF/XML has no way to say.
    """
    format = FORMATS.get(serialisation, Format.N3)
    found = store.find_representation(entity, id, format)
    if found is None or format is Format.JSON:
        return None if found is None else found.body
    n3 = base_line(endpoint) + found.body
    if serialisation == Format.N3.extension:
        return n3
    triples = read_stored(n3)
    # A stored document begins with what it is about.
    return serialise(triples, serialisation, triples[0][0])
