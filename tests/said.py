"""What a source says, worked out without the project's own formats: values of JSON, triples of RDF."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph
import rdflib
import yaml

_DCAT = "http://www.w3.org/ns/dcat#"
_TITLE = "http://purl.org/dc/terms/title"
_RECORDS = {_DCAT + name for name in ("Dataset", "DataService", "DatasetSeries")}
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")

Triples = list[tuple[Any, ...]]


def unpacked(document: bytes) -> bytes:
    return gzip.decompress(document) if document.startswith(b"\x1f\x8b") else document


# --- JSON ---


def records(document: bytes, name: str) -> list[Any]:
    """The records of a JSON or YAML document, whatever they come in."""
    if name.endswith(".yaml"):
        items: list[Any] = yaml.load(document, yaml.BaseLoader)
        return items
    if ".jsonl" in name:
        return [json.loads(line) for line in document.splitlines() if line.strip()]
    value = json.loads(document)
    if isinstance(value, dict):
        value = value.get("result", value)
    if isinstance(value, dict):
        found = value.get("results", value.get("dataset", value.get("datasets", [value])))
        return found if isinstance(found, list) else []
    return value if isinstance(value, list) else []


def id_of(record: dict[str, Any]) -> Any:
    """The id that a record says it has."""
    inside = record.get("dataset") or record.get("content") or record
    names = ("identifier", "id", "name", "oe:dataSetStableIdentifier")
    return next((inside[name] for name in names if inside.get(name)), None)


def served_values(record: dict[str, Any]) -> set[str]:
    """The values that a served record holds, and those that the tables of docs/mapping.rst write from one of them."""
    found = set(values(record))
    joined = {part for text in found for mark in ":/" for part in text.partition(mark)[::2]}
    usual = {"vcard:Contact", "org:Organization", "spatial", "main"}
    return found | joined | usual | {f"mailto:{text}" for text in found if "@" in text}


def values(said: Any) -> Iterator[str]:
    """The texts, numbers and booleans in a JSON value; GeoJSON that is written as text by what is in it."""
    if isinstance(said, dict):
        for item in said.values():
            yield from values(item)
    elif isinstance(said, list):
        for item in said:
            yield from values(item)
    elif isinstance(said, str) and said.startswith('{"') and '"coordinates"' in said:
        yield from values(json.loads(said))
    elif said is not None and said != "":
        text = said if isinstance(said, str) else json.dumps(said)
        yield text[:16].replace(" ", "T") if _TIME.fullmatch(text) else text


# --- RDF ---


def due(triples: Triples) -> set[tuple[str, str, str]]:
    """What the records of a graph have to say, as :func:`patterns`.

    All that can be reached from a record with a title, and from the catalog records about it, but
    for what other records and catalogs say, and for what a node that names more than fifty other records says of them.
    """
    by_subject = defaultdict(list)
    for triple in triples:
        by_subject[triple[0]].append(triple)
    types = {s: {o.value for _, p, o in said if p.value.endswith("#type")} for s, said in by_subject.items()}
    titled = {
        s for s, said in by_subject.items() if any(p.value == _TITLE and str(o.value).strip() for _, p, o in said)
    }
    stops = {s for s, found in types.items() if found & {_DCAT + "Dataset", _DCAT + "Catalog"}}
    reached = {s for s, found in types.items() if found & _RECORDS and s in titled}
    starts = set(reached)
    stops |= starts
    reached |= {s for s, p, o in triples if p.value.endswith("/primaryTopic") and o in reached and s in types}
    waiting = list(reached)
    while waiting:
        for _, _, o in by_subject[waiting.pop()]:
            if o in by_subject and o not in reached and o not in stops:
                reached.add(o)
                waiting.append(o)
    shared = {s for s in reached if len({o for _, _, o in by_subject[s] if o in stops}) > 50}
    wanted = (t for s in reached for t in by_subject[s] if s in starts or s not in shared or t[2] not in stops)
    return patterns(t for t in wanted if not any(_is_relative(term) for term in t))


def patterns(triples: Iterable[tuple[Any, ...]]) -> set[tuple[str, str, str]]:
    """Triples in which blank nodes, and the catalog's own IRIs for them, are all alike."""
    return {(_shape(s), str(p), _shape(o)) for s, p, o in triples}


def _shape(term: Any) -> str:
    own = isinstance(term, pyoxigraph.NamedNode) and term.value.startswith("http://catalog.example/")
    # Blanks in an IRI are percent-encoded, so that it is one.
    iri = str(term).replace(" ", "%20") if isinstance(term, pyoxigraph.NamedNode) else str(term)
    return "_" if own or isinstance(term, pyoxigraph.BlankNode) else iri


def _is_relative(term: Any) -> bool:
    return isinstance(term, pyoxigraph.NamedNode) and (term.value.startswith(NO_BASE) or ":" not in term.value)


def triples_by_rdflib(document: bytes) -> Triples:
    """The triples of a document in RDF/XML that a strict reader refuses, as rdflib takes them."""
    graph = rdflib.Graph().parse(data=document, format="xml", publicID=NO_BASE)
    return [(_term(s), _term(p), _term(o)) for s, p, o in graph]


def _term(term: Any) -> Any:
    if isinstance(term, rdflib.URIRef):
        return pyoxigraph.NamedNode(str(term).replace(" ", "%20"))
    if isinstance(term, rdflib.BNode):
        return pyoxigraph.BlankNode(str(term))
    datatype = None if term.datatype is None else pyoxigraph.NamedNode(str(term.datatype))
    # The text as it is written: rdflib would write a number anew.
    return pyoxigraph.Literal(str(term), language=term.language or None, datatype=None if term.language else datatype)


NO_BASE = "http://no-base.example/"


def triples_of(document: bytes, format: pyoxigraph.RdfFormat) -> Triples:
    """The triples of a document, named graphs merged."""
    quads = pyoxigraph.parse(document, format, base_iri=NO_BASE, lenient=True)
    return [(quad.subject, quad.predicate, quad.object) for quad in quads]
