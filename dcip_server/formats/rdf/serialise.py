"""Triples to bytes in each serialisation of RDF that the site offers outside the endpoint.

The same triples in the same order give the same bytes in every process.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph

from dcip_server.entities import Triple
from dcip_server.formats.rdf import jsonld, rdfxml, write

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

    def name(label: str) -> str:
        return names.get(label) or names.setdefault(label, f"_:{blank_prefix}{len(names)}")

    # Each term as text by itself takes longer.
    quads = pyoxigraph.parse(n3, pyoxigraph.RdfFormat.N3, lenient=True)
    lines = pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.N_TRIPLES) or b""
    found: list[Triple] = []
    for line in lines.decode().split("\n")[:-1]:
        subject, predicate, object = line[:-2].split(" ", 2)
        subject = name(subject) if subject[0] == "_" else subject
        found.append((subject, predicate, name(object) if object[0] == "_" else object))
    return found


def serialise(triples: Iterable[Triple], extension: str, main_subject: str, left_out: list[str] | None = None) -> bytes:
    """The triples as one of :data:`CONTENT_TYPES`, in UTF-8.

    In RDF/XML, characters that no XML document can hold are U+FFFD. Raises :class:`RecordError` for a triple that it has no
    way to say; where there is a list ``left_out``, the triple is left out instead and the list gets the reason.
    """
    if extension in ("ttl", "n3"):
        return write.write(triples, main_subject)
    if extension == "jsonld":
        return jsonld.write(triples)
    return rdfxml.write(triples, left_out)
