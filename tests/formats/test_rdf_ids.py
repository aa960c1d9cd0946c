"""Which id a record has that came in as RDF, and what becomes of blank nodes and relative IRIs."""

from __future__ import annotations

import json

import pyoxigraph
import pytest

from tests.formats.conftest import ENDPOINT, Catalog

IRI = "http://data.example/dataset"
DCT_IDENTIFIER = "http://purl.org/dc/terms/identifier"


_OTHER = 'dct:identifier "http://data.example/other" . :other a'


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        pytest.param(f'{_OTHER} dcat:Dataset ; dct:title "B"', [IRI, "http://data.example/other"], id="a dataset's"),
        pytest.param(
            f'{_OTHER} dcat:Dataset ; dct:title "B" ; dct:identifier "{IRI}"',
            [IRI, "http://data.example/other"],
            id="each has the other's",
        ),
        pytest.param(f'{_OTHER} dcat:DataService ; dct:title "B"', ["http://data.example/other"], id="a service's"),
        pytest.param(f"{_OTHER} foaf:Document", ["http://data.example/other"], id="a document's"),
        pytest.param('dct:identifier "http://data.example/other"', ["http://data.example/other"], id="nothing's here"),
    ],
)
def test_the_iri_of_another_record_of_the_type_is_no_identifier(catalog: Catalog, said: str, ids: list[str]) -> None:
    taken = catalog.take_turtle(f':dataset a dcat:Dataset ; dct:title "A" ; {said} .')
    assert (taken.refused, sorted(map(str, catalog.ids()))) == ([], sorted(ids))
    assert catalog.json(ids[0])["title"] == "A"


def test_an_iri_that_is_a_placeholder_is_the_id_and_remarked(catalog: Catalog) -> None:
    taken = catalog.take_turtle('<http://example.com/> a dcat:Dataset ; dct:title "A" .')
    assert catalog.ids() == ["http://example.com/"]
    (remark,) = taken.remarks
    assert remark.endswith("the IRI 'http://example.com/' is a placeholder; others use it for other things")


@pytest.mark.parametrize(
    ("said", "id"),
    [
        pytest.param('dct:identifier "d-1"', "d-1", id="one identifier"),
        pytest.param('dct:identifier "d-1"@en', "d-1", id="with a language"),
        pytest.param('dct:identifier " d-1 "', " d-1 ", id="blanks around it stay"),
        pytest.param('dct:identifier "123"', "123", id="digits in a string"),
        pytest.param("dct:identifier 123", 123, id="an integer"),
        pytest.param("dct:identifier -5", -5, id="a negative integer"),
        pytest.param('dct:identifier "0123"^^xsd:integer', "0123", id="an integer with a leading zero keeps its text"),
        pytest.param('dct:identifier "x"^^xsd:integer', "x", id="an integer that is none"),
        pytest.param('dct:identifier "1.50"^^xsd:decimal', "1.50", id="a decimal keeps its text"),
        pytest.param(
            'dct:identifier "http://other.example/1"^^xsd:anyURI', "http://other.example/1", id="typed as URI"
        ),
        pytest.param("dct:identifier <http://other.example/1>", "http://other.example/1", id="an IRI"),
        pytest.param('dct:identifier "d-1", "d-1"', "d-1", id="the same twice"),
        pytest.param('dct:identifier "d-1", "d-2"', IRI, id="several"),
        pytest.param('dct:identifier ""', IRI, id="an empty one"),
        pytest.param('dct:identifier "", "d-1"', "d-1", id="an empty one beside another"),
        pytest.param('dct:title "again"', IRI, id="none"),
        pytest.param('dct:identifier "d-1" . :agency dct:identifier "d-1"', IRI, id="another subject bears it too"),
        pytest.param('dct:identifier "7" . :agency dct:identifier 7', IRI, id="another bears it as an integer"),
        pytest.param('dct:identifier "d-1" . :agency dct:identifier "d-2"', "d-1", id="another subject bears another"),
        pytest.param(
            'dct:identifier "a/b?c=d#e %2F+\xe9\U0001f4ca"', "a/b?c=d#e %2F+\xe9\U0001f4ca", id="any characters"
        ),
        pytest.param(r'dct:identifier "tab\tline\nend"', "tab\tline\nend", id="tabs and newlines"),
    ],
)
def test_the_id_is_the_one_identifier_that_nobody_else_bears_or_else_the_iri(
    catalog: Catalog, said: str, id: str | int
) -> None:
    catalog.take_turtle(f':dataset a dcat:Dataset ; dct:title "A" ; {said} .')
    assert catalog.json(id)["id"] == id
    assert json.dumps(catalog.ids()) == json.dumps([id])


def test_two_datasets_with_one_identifier_are_known_by_their_iris(catalog: Catalog) -> None:
    taken = catalog.take_turtle(
        ':a a dcat:Dataset ; dct:title "A" ; dct:identifier "TODO" .'
        ':b a dcat:Dataset ; dct:title "B" ; dct:identifier "TODO" .'
    )
    assert taken.counts == (2, 0, 0, 0)
    assert set(catalog.ids()) == {"http://data.example/a", "http://data.example/b"}


@pytest.mark.parametrize("said", ["", 'dct:identifier "d-1"', 'dct:identifier "d-1", "d-2"', 'dct:identifier ""'])
def test_the_subject_is_the_iri_whatever_the_id(catalog: Catalog, said: str) -> None:
    catalog.take_turtle(f':dataset a dcat:Dataset ; dct:title "A" ; {said} .')
    subjects = {str(quad.subject) for quad in catalog.graph(catalog.ids()[0]) if "title" in quad.predicate.value}
    assert subjects == {f"<{IRI}>"}


def test_an_identifier_is_added_where_the_source_had_none_and_no_second_one_where_it_had(catalog: Catalog) -> None:
    catalog.take_turtle(
        ':one a dcat:Dataset ; dct:title "A" . :two a dcat:Dataset ; dct:title "B" ; dct:identifier "b" .'
    )
    assert catalog.objects("http://data.example/one", DCT_IDENTIFIER) == {'"http://data.example/one"'}
    assert catalog.objects("b", DCT_IDENTIFIER) == {'"b"'}


def test_an_id_with_a_nul_is_refused_and_the_rest_goes_on(catalog: Catalog) -> None:
    taken = catalog.take_turtle(
        r':a a dcat:Dataset ; dct:title "A" ; dct:identifier "x\u0000y" . :b a dcat:Dataset ; dct:title "B" .'
    )
    assert taken.counts == (1, 0, 0, 1)
    assert "NUL" in taken.refused[0]


# --- blank nodes ---

_BLANK = """
[] a dcat:Dataset ; dct:title "Trees" ; dct:description "%s" ;
    dcat:landingPage <http://data.example/trees> ; dcat:distribution [ dcat:downloadURL <http://data.example/trees.csv> ] .
"""


def test_a_blank_node_with_an_identifier_has_that_id(catalog: Catalog) -> None:
    taken = catalog.take_turtle('[] a dcat:Dataset ; dct:title "A" ; dct:identifier "d-1" .')
    assert catalog.ids() == ["d-1"]
    assert taken.remarks == []


def test_the_subject_of_a_blank_node_is_its_url_at_the_endpoint(catalog: Catalog) -> None:
    catalog.take_turtle('[] a dcat:Dataset ; dct:title "A" ; dct:identifier "d 1/x" .')
    subjects = {str(quad.subject) for quad in catalog.graph("d 1/x") if "title" in quad.predicate.value}
    assert subjects == {f"<{ENDPOINT}/dataset/id/d%201%2Fx>"}


def test_a_blank_node_without_identifier_gets_an_id_and_a_warning(catalog: Catalog) -> None:
    taken = catalog.take_turtle(_BLANK % "x")
    (id,) = catalog.ids()
    assert len(taken.remarks) == 1
    assert str(id) in taken.remarks[0]
    assert taken.counts == (1, 0, 0, 0)


def test_the_id_of_a_blank_node_stays_when_the_file_changes_around_it(catalog: Catalog) -> None:
    catalog.take_turtle(_BLANK % "before")
    ids = catalog.ids()
    taken = catalog.take_turtle('[] a dcat:Dataset ; dct:title "Another" .' + _BLANK % "after")
    assert taken.counts == (1, 1, 0, 0)
    assert ids[0] in catalog.ids()
    assert catalog.json(ids[0])["description"] == "after"


def test_the_id_of_a_blank_node_does_not_depend_on_the_serialisation(catalog: Catalog) -> None:
    catalog.take_turtle(_BLANK % "x")
    quads = pyoxigraph.parse(
        f"""@prefix dcat: <http://www.w3.org/ns/dcat#> .
        @prefix dct: <http://purl.org/dc/terms/> . {_BLANK % "x"}""",
        pyoxigraph.RdfFormat.TURTLE,
    )
    document = pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.RDF_XML)
    assert document is not None
    assert catalog.take(document, "records.rdf").counts == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "other",
    [
        '[] a dcat:Dataset ; dct:title "Trees" .',
        '[] a dcat:Dataset ; dct:title "Shrubs" ; dcat:landingPage <http://data.example/trees> .',
        '[] a dcat:Dataset ; dct:title "Trees" ; dcat:landingPage <http://data.example/other> .',
        # Alike in all that identifies them, so the rest has to tell them apart.
        _BLANK % "y",
    ],
    ids=["no page", "another title", "another page", "another description"],
)
def test_different_blank_nodes_are_different_records(catalog: Catalog, other: str) -> None:
    assert catalog.take_turtle(_BLANK % "x" + other).counts == (2, 0, 0, 0)
    assert catalog.take_turtle(other + _BLANK % "x").counts == (0, 0, 2, 0)


def test_blank_nodes_that_say_exactly_the_same_are_one_record(catalog: Catalog) -> None:
    taken = catalog.take_turtle(_BLANK % "x" + _BLANK % "x")
    assert taken.counts == (1, 0, 0, 0)
    assert taken.outcome.repeated == 1


@pytest.mark.parametrize(
    "said", ['dct:identifier "a", "b"', 'dct:identifier ""', 'dct:identifier "c" . :x dct:identifier "c"']
)
def test_a_blank_node_whose_identifiers_do_not_tell_gets_a_generated_id(catalog: Catalog, said: str) -> None:
    taken = catalog.take_turtle(f'[] a dcat:Dataset ; dct:title "A" ; {said} .')
    assert str(catalog.ids()[0]) in taken.remarks[0]
    assert not {"a", "b", "c", ""} & set(catalog.ids())


# --- relative IRIs ---


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ('<d/1> a dcat:Dataset ; dct:title "A" .', "d/1"),
        ('<#d1> a dcat:Dataset ; dct:title "A" .', "#d1"),
        ('<d/1> a dcat:Dataset ; dct:title "A" ; dct:identifier "x" .', "x"),
        ('@base <http://base.example/> . <d/1> a dcat:Dataset ; dct:title "A" .', "http://base.example/d/1"),
    ],
    ids=["relative", "fragment", "relative with identifier", "declared base"],
)
def test_a_file_has_no_address_so_a_relative_iri_is_not_resolved_against_one_of_ours(
    catalog: Catalog, text: str, id: str
) -> None:
    catalog.take_turtle(text)
    assert catalog.ids() == [id]
    assert catalog.take_turtle(text).counts == (0, 0, 1, 0)


def test_no_address_of_ours_leaks_into_a_record_with_relative_iris(catalog: Catalog) -> None:
    catalog.take_turtle(
        '<d> a dcat:Dataset ; dct:title "A" ; dcat:landingPage <page.html> ; dcat:distribution <d.csv> ;'
        ' dct:publisher <agency> . <d.csv> dcat:downloadURL <d.csv> . <agency> foaf:name "Agency" .'
    )
    body = catalog.n3("d") + catalog.json_bytes("d")
    assert b"invalid" not in body
    assert b"file:" not in body
    assert catalog.json("d")["maintainer"] == "Agency"
    assert catalog.json("d")["landing_page"] == "page.html"
