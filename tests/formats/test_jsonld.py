"""JSON-LD as it is served: compact, with its context in it, and exactly the triples."""

from __future__ import annotations

import json

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcip_server.entities import Triple
from dcip_server.formats.rdf.serialise import serialise
from tests.formats.conftest import graph_by_rdflib, graph_of

_TITLE, _TYPE = "<http://purl.org/dc/terms/title>", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_DATASET = "<http://www.w3.org/ns/dcat#Dataset>"


def _graph(triples: list[Triple]) -> pyoxigraph.Dataset:
    return graph_of("".join(f"{' '.join(triple)} .\n" for triple in triples).encode(), pyoxigraph.RdfFormat.N_TRIPLES)


def test_it_is_short_and_its_context_is_in_it() -> None:
    triples = [
        ("<https://a.example/1>", _TYPE, _DATASET),
        ("<https://a.example/1>", _TITLE, '"Bäume"@de-AT'),
        ("<https://a.example/1>", _TITLE, '"Trees"'),
        ("<https://a.example/1>", "<http://www.w3.org/ns/dcat#byteSize>", f'"012"^^<{_XSD}integer>'),
        ("<https://a.example/1>", "<https://a.example/own>", "_:b0"),
    ]
    assert json.loads(serialise(triples, "jsonld", triples[0][0])) == {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#", "dcterms": "http://purl.org/dc/terms/", "xsd": _XSD,
        },
        "@graph": [
            {
                "@id": "https://a.example/1",
                "@type": "dcat:Dataset",
                "dcterms:title": [{"@language": "de-AT", "@value": "Bäume"}, "Trees"],
                "dcat:byteSize": {"@type": "xsd:integer", "@value": "012"},
                "https://a.example/own": {"@id": "_:b0"},
            }
        ],
    }  # fmt: skip


_NODES = st.sampled_from([
    "<https://a.example/1>", "<urn:x:y>", "_:b0", "_:b1", "<dcat:Dataset>", "<dcterms:title>", "<mailto:a@b.example>", _DATASET,
])  # fmt: skip
_PROPERTIES = st.sampled_from([
    _TYPE, _TITLE, "<http://www.w3.org/ns/dcat#byteSize>", "<dcterms:title>", "<https://a.example/p>", "<xsd:p>",
    "<http://www.w3.org/1999/02/22-rdf-syntax-ns#first>",
])  # fmt: skip
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(lambda text: str(pyoxigraph.Literal(text)))
_LITERALS = st.builds(
    lambda text, suffix: text + suffix,
    _TEXTS,
    st.sampled_from([
        "", "@en", "@de-AT", f"^^<{_XSD}date>", f"^^<{_XSD}boolean>", f"^^<{_XSD}double>", "^^<xsd:date>", "^^<https://a.example/t>",
        "^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>",
    ]),
)  # fmt: skip


@given(st.lists(st.tuples(_NODES, _PROPERTIES, _NODES | _LITERALS), min_size=1, max_size=8))
def test_a_reader_finds_the_very_triples(triples: list[Triple]) -> None:
    document = serialise(triples, "jsonld", triples[0][0])
    assert document == serialise(triples, "jsonld", triples[0][0])
    assert graph_of(document, pyoxigraph.RdfFormat.JSON_LD) == _graph(triples)


@pytest.mark.parametrize(
    "literal", ['"true"', f'"1.0"^^<{_XSD}double>', '"a"@en-GB', f'"2025"^^<{_XSD}gYear>', '"@type"']
)
def test_rdflib_finds_them_too(literal: str) -> None:
    triples = [("<https://a.example/1>", _TITLE, literal), ("_:b0", _TYPE, "_:b1"), ("_:b1", _TYPE, _DATASET)]
    assert graph_by_rdflib(serialise(triples, "jsonld", triples[0][0]), "json-ld") == _graph(triples)
