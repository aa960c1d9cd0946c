"""N3 as the checker reads it: with the fast parser, and with a full one for what that is too strict for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from dcip_server.conformance.addresses import canonical, is_full_url
from dcip_server.conformance.asking import Seen
from dcip_server.entities import Json, Triple
from dcip_server.errors import SourceError
from dcip_server.formats.rdf.graph import MemoryGraph
from dcip_server.formats.rdf.parse import parse
from dcip_server.formats.rdf.terms import iri_text, is_iri, is_literal, literal_text
from dcip_server.namespaces import DCAT

#: rdflib needs about a second for so much.
_MAX_RDFLIB_BYTES = 1 << 20


def is_n3(seen: Seen) -> bool:
    """Whether an answer says that it is N3."""
    return seen.status == 200 and re.search("n3|turtle", seen.header("Content-Type"), re.IGNORECASE) is not None


def fault(seen: Seen) -> str:
    """Why an answer is not N3, or ``""``."""
    try:
        for _ in _triples(seen):
            pass
    except SourceError as error:
        return f"not N3: {error}"
    return ""


def not_named(seen: Seen, urls: set[str]) -> set[str]:
    """Those of the URLs that are no object in the answer. Raises :class:`SourceError` where it is not N3."""
    missing = {canonical(url): url for url in urls if url.encode() not in seen.body}
    if missing:
        for _, _, object in _triples(seen):
            text = literal_text(object) if is_literal(object) else iri_text(object)
            if is_full_url(text):
                missing.pop(canonical(text), None)
    return set(missing.values())


def _triples(seen: Seen) -> Iterator[Triple]:
    try:
        yield from parse(seen.body, "n3", seen.url)
    except SourceError as error:
        yield from _parse_in_full(seen, error)


def _parse_in_full(seen: Seen, strict: SourceError) -> Iterator[Triple]:
    """What rdflib understands, without formulas and variables, which say nothing about a dataset."""
    if len(seen.body) > _MAX_RDFLIB_BYTES:
        raise strict
    import rdflib  # late: it takes long to load, and the server and most commands never need it

    found = rdflib.Graph()
    try:
        found.parse(data=seen.body.decode(), format="n3", publicID=seen.url)
    except Exception:  # noqa: BLE001 - rdflib's parser fails in a dozen ways, assertions among them
        raise strict from None
    plain = rdflib.Graph()
    terms = (rdflib.URIRef, rdflib.BNode, rdflib.Literal)
    for triple in found:
        if all(isinstance(term, terms) for term in triple):
            plain.add(triple)
    yield from parse(plain.serialize(format="nt", encoding="utf-8"), "ntriples")


def dataset_fault(seen: Seen, id: str | int, title: Json) -> str:
    """What keeps an N3 answer from describing the dataset with that id and title, or ``""``."""
    try:
        triples = list(_triples(seen))
    except SourceError as error:
        return f"not N3: {error}"
    found = MemoryGraph(triples)
    datasets = list(found.instances(DCAT.Dataset))
    if not datasets:
        return "no dcat:Dataset in it"
    titles = {literal_text(object) for node in datasets for _, object in found.about(node) if is_literal(object)}
    if isinstance(title, str) and title not in titles:
        return f"no dcat:Dataset in it has the title {title!r}"
    return "" if _bear(datasets, triples, str(id)) else f"no dcat:Dataset in it has the identifier {str(id)!r}"


def _bear(datasets: list[str], triples: list[Triple], id: str) -> bool:
    """Whether a dataset's IRI is or ends in the id, or some identifier property has it."""
    for node in datasets:
        text = unquote(iri_text(node)) if is_iri(node) else ""
        if text == unquote(id) or re.search(f"[/#:]{re.escape(unquote(id))}$", text):
            return True
    return any(
        is_literal(object) and literal_text(object) == id and re.search("[/#](identifier|id)>$", predicate)
        for _, predicate, object in triples
    )
