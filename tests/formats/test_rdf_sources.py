"""A record that came in as RDF goes out with every triple it came with, and with what the catalog adds."""

from __future__ import annotations

import json
import random

import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat

from tests.formats import strategies
from tests.formats.conftest import ENDPOINT, PREFIXES, Catalog, assert_types, graph_by_rdflib, graph_of

_PROPERTY = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])

DCAT = "http://www.w3.org/ns/dcat#"
DCT = "http://purl.org/dc/terms/"
FOAF = "http://xmlns.com/foaf/0.1/"
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
DATASET = NamedNode("http://data.example/dataset")

Node = NamedNode | BlankNode

_TERMS = {
    DCAT: "distribution downloadURL accessURL contactPoint theme landingPage keyword byteSize mediaType version startDate endDate",
    DCT: "publisher creator license spatial temporal description issued modified relation format language conformsTo accessRights",
    "http://spdx.org/rdf/terms#": "checksum checksumValue algorithm",
    "http://www.w3.org/2006/vcard/ns#": "fn hasEmail",
    "http://www.w3.org/2000/01/rdf-schema#": "label",
    FOAF: "name",
    "http://spec.datacatalogs.com/#": "name resourceType",
    "http://voc.example/": "odd%20term",
    "urn:x:": "p",
}
_PREDICATES = [NamedNode(namespace + name) for namespace, names in _TERMS.items() for name in names.split()]
_DATATYPES = [
    NamedNode("http://www.w3.org/2001/XMLSchema#" + name)
    for name in ("string", "date", "dateTime", "integer", "decimal", "boolean", "gYear", "anyURI", "duration")
] + [NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral"), NamedNode("urn:x:datatype")]

_literals = st.one_of(
    st.builds(Literal, strategies.texts),
    st.builds(lambda text, tag: Literal(text, language=tag), strategies.texts, st.sampled_from(("en", "de-CH", "zh-hant-tw", "x-a"))),
    # The lexical form does not always suit the datatype: sources are like that.
    st.builds(
        lambda text, datatype: Literal(text, datatype=datatype),
        st.one_of(strategies.texts, st.sampled_from(("2011-05-09", "007", "1.50", "", "P1Y"))),
        st.sampled_from(_DATATYPES),
    ),
)  # fmt: skip
_iris = st.sampled_from(
    ("http://data.example/x", "urn:uuid:0", "http://\xe9.example/\u6771?q=1#f", "mailto:a@b.example")
).map(NamedNode)


@st.composite
def descriptions(draw: st.DrawFn) -> list[Quad]:
    """The triples of one dataset: everything can be reached from it, blank nodes may form any shape."""
    nodes: list[Node] = [DATASET]
    quads = [
        Quad(DATASET, RDF_TYPE, NamedNode(DCAT + "Dataset")),
        Quad(DATASET, NamedNode(DCT + "title"), Literal("A dataset")),
    ]
    predicates = st.sampled_from(_PREDICATES)
    for number in range(draw(st.integers(0, 6))):
        node: Node = draw(st.sampled_from((BlankNode(f"b{number}"), NamedNode(f"http://data.example/{number}"))))
        quads.append(Quad(draw(st.sampled_from(nodes)), draw(predicates), node))
        nodes.append(node)
    some_node = st.sampled_from(nodes)
    objects = st.one_of(_literals, _iris, some_node)
    quads += draw(st.lists(st.builds(Quad, some_node, predicates, objects), max_size=8))
    return quads


def ntriples(quads: list[Quad]) -> bytes:
    document = pyoxigraph.serialize((quad.triple for quad in quads), format=RdfFormat.N_TRIPLES)
    assert document is not None
    return document


def canonical(quads: list[Quad]) -> pyoxigraph.Dataset:
    return graph_of(ntriples(quads), RdfFormat.N_TRIPLES)


def without_additions(document: bytes, id: str) -> pyoxigraph.Dataset:
    """The served graph without what a catalog adds: its CatalogRecord, and an identifier where there was none."""
    added = [f"<{ENDPOINT}/dataset/id/", f'<{DATASET.value}> <{DCT}identifier> "{id}"']
    kept = [quad for quad in graph_of(document) if not str(quad.triple).startswith(tuple(added))]
    return canonical(kept)


@_PROPERTY
@given(quads=descriptions())
def test_every_triple_of_a_source_comes_out_again_and_no_other(
    catalogs: tuple[Catalog, Catalog], quads: list[Quad]
) -> None:
    assert catalogs[0].take(ntriples(quads), "records.nt").refused == []
    assert without_additions(catalogs[0].n3(DATASET.value), DATASET.value) == canonical(quads)


@_PROPERTY
@given(quads=descriptions())
def test_the_n3_of_a_record_from_rdf_read_back_gives_the_same_json_and_the_same_triples(
    catalogs: tuple[Catalog, Catalog], quads: list[Quad]
) -> None:
    first, second = catalogs
    first.take(ntriples(quads), "records.nt")
    served = first.n3(DATASET.value)
    assert graph_by_rdflib(served) == graph_of(served)
    assert_types(first.json(DATASET.value), DATASET.value)
    assert second.take(served, "records.n3").refused == []
    assert second.json(DATASET.value) == first.json(DATASET.value)
    assert graph_of(second.n3(DATASET.value)) == graph_of(served)


@_PROPERTY
@given(quads=descriptions(), seed=st.randoms(use_true_random=False))
def test_the_same_graph_with_blank_nodes_renamed_and_triples_reordered_is_no_change(
    catalogs: tuple[Catalog, Catalog], quads: list[Quad], seed: random.Random
) -> None:
    catalog = catalogs[0]
    catalog.take(ntriples(quads), "records.nt")
    before = catalog.revision, catalog.n3(DATASET.value)
    names = [f"x{number}" for number in range(10)]
    seed.shuffle(names)

    def renamed(term: Node | Literal) -> Node | Literal:
        return BlankNode(names[int(term.value[1:])]) if isinstance(term, BlankNode) else term

    again = [Quad(renamed(quad.subject), quad.predicate, renamed(quad.object)) for quad in quads]
    seed.shuffle(again)
    taken = catalog.take(ntriples(again), "records.nt")
    assert taken.counts == (0, 0, 1, 0)
    assert (catalog.revision, catalog.n3(DATASET.value)) == before


SERIALISATIONS = {
    "records.ttl": RdfFormat.TURTLE,
    "records.n3": RdfFormat.N3,
    "records.nt": RdfFormat.N_TRIPLES,
    "records.nq": RdfFormat.N_QUADS,
    "records.trig": RdfFormat.TRIG,
    "records.rdf": RdfFormat.RDF_XML,
    "records.jsonld": RdfFormat.JSON_LD,
}

_SAMPLE = (
    PREFIXES
    + """
:dataset a dcat:Dataset ;
    dct:title "Fahrpl\xe4ne"@de, "Timetables"@en-GB ; dct:issued "2011-12-05"^^xsd:date ;
    dcat:contactPoint [ foaf:name "Desk" ; foaf:mbox <mailto:desk@data.example> ] ;
    dct:spatial [ dcat:bbox [ dct:description "nested" ] ] ;
    dcat:distribution :csv, [ dct:title "no name of its own" ] .
:csv dcat:downloadURL <http://data.example/\xe9.csv> .
"""
).encode()


@pytest.mark.parametrize("name", SERIALISATIONS)
def test_every_serialisation_gives_the_same_record(catalog: Catalog, name: str) -> None:
    catalog.take(_SAMPLE, "records.ttl")
    quads = pyoxigraph.parse(_SAMPLE, RdfFormat.TURTLE)
    document = pyoxigraph.serialize(quads, format=SERIALISATIONS[name])
    assert document is not None
    assert catalog.take(document, name).counts == (0, 0, 1, 0)


@pytest.mark.parametrize("name", SERIALISATIONS)
def test_every_serialisation_is_recognised_without_its_extension(catalog: Catalog, name: str) -> None:
    document = pyoxigraph.serialize(pyoxigraph.parse(_SAMPLE, RdfFormat.TURTLE), format=SERIALISATIONS[name])
    assert document is not None
    assert catalog.take(document, "records").counts == (1, 0, 0, 0)


@pytest.mark.parametrize("text", ['"a"@en', '"a"@en-GB', '"a"@zh-hant-tw', '"a"@de-ch-1996', '"a"'])
def test_language_tags_are_kept(catalog: Catalog, text: str) -> None:
    catalog.take_turtle(f":dataset a dcat:Dataset ; dct:title {text} .")
    assert {term.lower() for term in catalog.objects(DATASET.value, DCT + "title")} == {text.lower()}


def test_datasets_inside_named_graphs_count_like_any_others(catalog: Catalog) -> None:
    trig = f"""{PREFIXES}
    :one a dcat:Dataset ; dct:title "One" .
    :g1 {{ :two a dcat:Dataset ; dct:title "Two" ; dct:publisher :agency . }}
    GRAPH :g2 {{ :three a dcat:Dataset ; dct:title "Three" . :agency foaf:name "Agency" . }}
    """
    assert catalog.take(trig.encode(), "records.trig").counts == (3, 0, 0, 0)
    assert catalog.json("http://data.example/two")["maintainer"] == "Agency"


def test_what_a_blank_node_of_one_graph_says_stays_apart_from_the_blank_nodes_of_other_records(
    catalog: Catalog,
) -> None:
    catalog.take_turtle(
        ':one a dcat:Dataset ; dct:title "One" ; dct:publisher [ foaf:name "A" ] .'
        ':two a dcat:Dataset ; dct:title "Two" ; dct:publisher [ foaf:name "B" ] .'
    )
    assert catalog.objects("http://data.example/one", FOAF + "name") == {'"A"'}
    assert catalog.objects("http://data.example/two", FOAF + "name") == {'"B"'}


@pytest.mark.parametrize(
    "name", [name for name in SERIALISATIONS if name not in ("records.rdf", "records.nq", "records.nt")]
)
def test_the_order_in_which_a_serialisation_is_read_does_not_matter(catalog: Catalog, name: str) -> None:
    quads = list(pyoxigraph.parse(_SAMPLE, RdfFormat.TURTLE))
    for order in (quads, quads[::-1]):
        document = pyoxigraph.serialize(order, format=SERIALISATIONS[name])
        assert document is not None
        catalog.take(document, name)
    assert catalog.revision == 1


#: How sources spell language tags, and what they all are.
_TAGS = {
    "en-GB": "en-gb", "EN": "en", "De-at": "de-at", "zh-Hant-TW": "zh-hant-tw", "sr-Latn": "sr-latn", "x-Own": "x-own", "fr": "fr",
}  # fmt: skip
_TITLES = NamedNode(DCT + "alternative")


def test_language_tags_are_the_same_in_every_serialisation(catalog: Catalog) -> None:
    texts = [(f"Text {number}", tag) for number, tag in enumerate(_TAGS)]
    of_graph = {
        "@id": DATASET.value,
        "@type": f"{DCAT}Dataset",
        f"{DCT}title": {"@value": "A", "@language": "en-GB"},
        _TITLES.value: [{"@value": text, "@language": tag} for text, tag in texts],
    }
    said = ", ".join(f'"{text}"@{tag}' for text, tag in texts)
    turtle = f'<{DATASET.value}> a <{DCAT}Dataset> ; <{DCT}title> "A"@en-GB ; <{_TITLES.value}> {said} .'.encode()
    quads = list(pyoxigraph.parse(turtle, RdfFormat.TURTLE))
    documents = {
        "a.jsonld": json.dumps(of_graph).encode(),
        "a.ttl": turtle,
        "a.n3": turtle,
        "a.nt": ntriples(quads),
        "a.trig": turtle,
        "a.rdf": pyoxigraph.serialize(quads, format=RdfFormat.RDF_XML),
    }
    # Another parser reads what is not valid in RDF/XML, such as text between descriptions.
    documents["b.rdf"] = documents["a.rdf"].replace(b"en-gb", b"en-GB").replace(b"</rdf:RDF>", b"text</rdf:RDF>")
    counts = {name: catalog.take(document, name).counts for name, document in documents.items()}
    assert counts == dict.fromkeys(documents, (0, 0, 1, 0)) | {"a.jsonld": (1, 0, 0, 0)}
    assert catalog.objects(DATASET.value, _TITLES.value) == {f'"{text}"@{_TAGS[tag]}' for text, tag in texts}
    assert len(counts) == 7
