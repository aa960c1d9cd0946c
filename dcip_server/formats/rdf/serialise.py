"""Triples to bytes in each serialisation of RDF that the site offers outside the endpoint.

The same triples in the same order give the same bytes in every process: pyoxigraph names anonymous nodes at
random, so that is not left to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph

from dcip_server.entities import Triple
from dcip_server.errors import RecordError
from dcip_server.formats.rdf import jsonld, write
from dcip_server.formats.rdf.terms import is_blank
from dcip_server.namespaces import PREFIXES

#: Extensions and their types. N3 and Turtle have the same bytes: what is written is in both languages.
CONTENT_TYPES = {
    "ttl": "text/turtle; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
    "jsonld": "application/ld+json; charset=utf-8",
    "n3": "text/n3; charset=utf-8",
}


def read_stored(n3: bytes, blank_prefix: str = "b") -> list[Triple]:
    """The triples of a stored document behind its ``@base`` line, in its order.

    Blank nodes are numbered in that order behind ``blank_prefix``.
    """
    names: dict[str, str] = {}

    def term(value: object) -> str:
        text = str(value)
        return names.setdefault(text, f"_:{blank_prefix}{len(names)}") if is_blank(text) else text

    quads = pyoxigraph.parse(n3, pyoxigraph.RdfFormat.N3, lenient=True)
    return [(term(quad.subject), term(quad.predicate), term(quad.object)) for quad in quads]


def serialise(triples: Iterable[Triple], extension: str, main_subject: str, left_out: list[str] | None = None) -> bytes:
    """The triples as one of :data:`CONTENT_TYPES`, in UTF-8.

    In RDF/XML, characters that no XML document can hold are U+FFFD. Raises :class:`RecordError` for a triple that it has no
    way to say; where there is a list ``left_out``, the triple is left out instead and the list gets the reason.
    """
    if extension in ("ttl", "n3"):
        return write.write(triples, main_subject)
    if extension == "jsonld":
        return jsonld.write(triples)
    by_subject: dict[str, list[Triple]] = {}
    for triple in triples:
        by_subject.setdefault(triple[0], []).append(triple)
    lines = "".join(f"{s} {p} {o} .\n" for about in by_subject.values() for s, p, o in dict.fromkeys(about))
    quads = pyoxigraph.parse(lines.encode(), pyoxigraph.RdfFormat.N_TRIPLES, lenient=True, rename_blank_nodes=False)
    said = [_in_xml(quad.triple) for quad in quads]
    faults = {triple: fault for triple in said if (fault := _unsayable_in_xml(triple))}
    if faults and left_out is None:
        raise RecordError(next(iter(faults.values())))
    if left_out is not None:
        left_out += (f"{triple.subject}: {fault}" for triple, fault in faults.items())
        said = [triple for triple in said if triple not in faults]
    xml = pyoxigraph.serialize(said, format=pyoxigraph.RdfFormat.RDF_XML, prefixes=_PREFIXES) or b""
    # XML readers make a line break of a bare carriage return.
    return xml.replace(b"\r", b"&#13;")


def _in_xml(triple: pyoxigraph.Triple) -> pyoxigraph.Triple:
    """The triple with text that XML can hold: a title with an odd character is better than none."""
    text = triple.object
    if not isinstance(text, pyoxigraph.Literal) or not NOT_IN_XML.search(text.value):
        return triple
    shown = NOT_IN_XML.sub("\ufffd", text.value)
    datatype = None if text.language else text.datatype
    literal = pyoxigraph.Literal(shown, language=text.language, datatype=datatype)
    return pyoxigraph.Triple(triple.subject, triple.predicate, literal)


def _unsayable_in_xml(triple: pyoxigraph.Triple) -> str:
    """Why RDF/XML cannot say the triple, or ``""``: its elements are named by properties."""
    if not _XML_NAME_AT_END.search(triple.predicate.value):
        return f"RDF/XML cannot say the property <{triple.predicate.value}>; the other formats can"
    return ""


_XML_NAME_AT_END = re.compile(r"[^\W\d][\w.-]*$")
#: Characters that no XML document can hold.
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PREFIXES = {namespace.prefix: namespace.iri for namespace in PREFIXES}
