"""A record in any serialisation: JSON and N3 as stored, the others made from the N3 (DESIGN 2)."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph

from dcip_server.errors import RecordError
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

    ``serialisation`` is one of :data:`SERIALISATIONS`. Raises :class:`RecordError` for a record
    that RDF/XML has no way to say.
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
    triples = [quad.triple for quad in pyoxigraph.parse(n3, pyoxigraph.RdfFormat.N3, lenient=True)]
    if serialisation == "rdf":
        _check_rdfxml(triples)
    rendered = pyoxigraph.serialize(triples, format=_FROM_N3[serialisation], prefixes=_PREFIXES) or b""
    # XML readers make a line break of a bare carriage return.
    return rendered.replace(b"\r", b"&#13;") if serialisation == "rdf" else rendered


def _check_rdfxml(triples: Iterable[pyoxigraph.Triple]) -> None:
    """Raise for characters that XML does not have, and for predicates that no element name can end."""
    for triple in triples:
        if not _XML_NAME_AT_END.search(triple.predicate.value):
            raise RecordError(f"RDF/XML cannot say the property <{triple.predicate.value}>; the other formats can")
        if isinstance(triple.object, pyoxigraph.Literal) and (found := _NOT_IN_XML.search(triple.object.value)):
            raise RecordError(f"RDF/XML cannot hold the character U+{ord(found[0]):04X}; the other formats can")


_XML_NAME_AT_END = re.compile(r"[^\W\d][\w.-]*$")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PREFIXES = {namespace.prefix: namespace.iri for namespace in PREFIXES}
