"""What rdflib is for here: RDF/XML that pyoxigraph is too strict for, and whether a literal is one of its datatype.

It takes as long to load as everything else that an import needs, and 17 MiB; so this module is imported where it
is called, and most processes never load it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import rdflib

from dcip_server.entities import Triple
from dcip_server.formats.rdf.terms import iri_text, literal, literal_datatype, literal_text
from dcip_server.namespaces import XSD

# rdflib warns of IRIs with illegal characters, which are repaired, and of each ill-formed literal, which is what is asked.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)


def parse_xml(data: bytes, base: str, named: Callable[[str], str]) -> Iterator[Triple]:
    """The triples of RDF/XML in UTF-8; ``named`` makes the term of an IRI. Raises whatever rdflib does, before the first."""
    graph = rdflib.Graph()
    graph.parse(data=data, format="xml", publicID=base)
    return (
        (_term(subject, named), _term(predicate, named), _term(object, named)) for subject, predicate, object in graph
    )


def _term(term: object, named: Callable[[str], str]) -> str:
    if isinstance(term, rdflib.Literal):
        if term.language:
            return f"{literal(str(term))}@{term.language.lower()}"
        datatype = f"<{term.datatype}>" if term.datatype else ""
        return literal(str(term), "" if datatype == XSD.string else datatype)
    if isinstance(term, rdflib.BNode):
        return f"_:{term}"
    return named(str(term))


def is_well_formed(term: str) -> bool:
    """Whether the text of a literal term is written as its datatype wants it; true for unknown datatypes."""
    datatype = literal_datatype(term)
    return not datatype or not rdflib.Literal(literal_text(term), datatype=rdflib.URIRef(iri_text(datatype))).ill_typed
