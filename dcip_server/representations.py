"""A record in any serialisation: JSON and N3 as stored, the others made from the N3."""

from __future__ import annotations

from functools import lru_cache

from dcip_server.entities import Triple
from dcip_server.formats.catalog_rdf import read_record_at_page
from dcip_server.formats.rdf.serialise import CONTENT_TYPES, serialise
from dcip_server.formats.rdf.write import base_line
from dcip_server.protocol.urls import FORMATS, Format, Place
from dcip_server.store import Store

SERIALISATIONS = (*FORMATS, *CONTENT_TYPES)


def represent(store: Store, entity: str, id: str, serialisation: str, place: Place) -> bytes | None:
    """The bytes that the site answers for a live record, or ``None`` where there is none.

    ``serialisation`` is one of :data:`SERIALISATIONS`: ``json`` and ``dcat.N3`` are the endpoint's, the others
    those of the record's page, whose URL is the record's IRI where its source gave it none. Raises
    :class:`RecordError` for a record that RDF/XML has no way to say.
    """
    format = FORMATS.get(serialisation, Format.N3)
    found = store.find_representation(entity, id, format)
    if found is None or format is Format.JSON:
        return None if found is None else found.body
    if serialisation == Format.N3.extension:
        return base_line(place.endpoint) + found.body
    triples = _triples(place, found.body)
    # A stored document begins with what it is about.
    return serialise(triples, serialisation, triples[0][0])


# Who wants one serialisation of a record often wants the others, too.
@lru_cache(maxsize=1)
def _triples(place: Place, n3: bytes) -> tuple[Triple, ...]:
    return tuple(read_record_at_page(place, n3))
