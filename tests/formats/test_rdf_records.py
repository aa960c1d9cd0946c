"""How a file that describes many things is cut into records."""

from __future__ import annotations

import time

import pytest

from tests.formats.conftest import ENDPOINT, Catalog, graph_of

FOAF_NAME = "http://xmlns.com/foaf/0.1/name"
DCT = "http://purl.org/dc/terms/"
DCAT = "http://www.w3.org/ns/dcat#"

_SHARED = """
:one a dcat:Dataset ; dct:title "One" ; dct:publisher :agency ; dcat:contactPoint _:desk .
:two a dcat:Dataset ; dct:title "Two" ; dct:publisher :agency ; dcat:contactPoint _:desk .
:agency foaf:name "%s" ; dct:spatial [ rdfs:label "here" ] .
_:desk foaf:name "Desk" .
"""


def test_what_several_datasets_share_is_in_each_of_them(catalog: Catalog) -> None:
    catalog.take_turtle(_SHARED % "Agency")
    for id in ("http://data.example/one", "http://data.example/two"):
        assert catalog.objects(id, FOAF_NAME) == {'"Agency"', '"Desk"'}
        assert catalog.objects(id, "http://www.w3.org/2000/01/rdf-schema#label") == {'"here"'}
        assert catalog.json(id)["maintainer"] == "Agency"


def test_a_change_of_what_they_share_changes_all_of_them(catalog: Catalog) -> None:
    catalog.take_turtle(_SHARED % "Agency")
    assert catalog.take_turtle(_SHARED % "Office").counts == (0, 2, 0, 0)


def test_a_change_of_one_changes_no_other(catalog: Catalog) -> None:
    catalog.take_turtle(_SHARED % "Agency")
    assert catalog.take_turtle(_SHARED % "Agency" + ':one dct:description "new" .').counts == (0, 1, 1, 0)


def test_a_link_to_another_dataset_is_kept_without_its_description(catalog: Catalog) -> None:
    catalog.take_turtle(
        ':one a dcat:Dataset ; dct:title "One" ; dct:relation :two ; dct:source :far .'
        ':two a dcat:Dataset ; dct:title "Two" ; dct:relation :one .'
    )
    one = "http://data.example/one"
    assert catalog.objects(one, DCT + "relation") == {"<http://data.example/two>"}
    assert catalog.objects(one, DCT + "source") == {"<http://data.example/far>"}
    assert catalog.objects(one, DCT + "title") == {'"One"'}


def test_datasets_that_are_blank_nodes_and_link_each_other_can_be_served(catalog: Catalog) -> None:
    catalog.take_turtle(
        '_:a a dcat:Dataset ; dct:title "A" ; dct:identifier "a" ; dct:relation _:b .'
        '_:b a dcat:Dataset ; dct:title "B" ; dct:identifier "b" ; dct:relation _:a, _:b .'
    )
    assert catalog.objects("a", DCT + "title") == {'"A"'}
    # What a dataset says of itself is said of its URL at the endpoint.
    assert f"<{ENDPOINT}/dataset/id/b>" in catalog.objects("b", DCT + "relation")


def test_a_link_between_blank_node_datasets_is_no_change_at_the_next_import(catalog: Catalog) -> None:
    text = (
        '_:%s a dcat:Dataset ; dct:title "A" ; dct:identifier "a" ; dct:relation _:%s .'
        '_:%s a dcat:Dataset ; dct:title "B" ; dct:identifier "b" ; dct:relation _:%s .'
    )
    catalog.take_turtle(text % ("x", "y", "y", "x"))
    assert catalog.take_turtle(text % ("q", "p", "p", "q")).counts == (0, 0, 2, 0)


@pytest.mark.parametrize("title", ["", 'dct:title "Service" ;'], ids=["described with them", "a record"])
def test_a_service_for_many_datasets_is_not_copied_whole_into_each(catalog: Catalog, title: str) -> None:
    count = 1_000
    served = ", ".join(f":d{number}" for number in range(count))
    datasets = "".join(
        f':d{n} a dcat:Dataset ; dct:title "D" ; dcat:distribution [ dcat:accessURL :x{n} ; dcat:accessService :service ] .\n'
        for n in range(count)
    )
    began = time.monotonic()
    service = f":service a dcat:DataService ; {title} dcat:endpointURL :api ; dcat:servesDataset {served} ."
    taken = catalog.take_turtle(datasets + service)
    assert taken.counts == (count + bool(title), 0, 0, 0)
    assert time.monotonic() - began < 30
    id = "http://data.example/d7"
    assert catalog.objects(id, DCAT + "accessService") == {"<http://data.example/service>"}
    if not title:
        assert catalog.objects(id, DCAT + "servesDataset") == {f"<{id}>"}
        assert catalog.objects(id, DCAT + "endpointURL") == {"<http://data.example/api>"}
    assert len(catalog.n3(id)) < 2_000


def test_a_catalog_that_lists_its_datasets_is_no_part_of_any(catalog: Catalog) -> None:
    catalog.take_turtle(
        ':catalog a dcat:Catalog ; dct:title "Catalog" ; dcat:dataset :one, :two ; dct:publisher :agency .'
        ':one a dcat:Dataset ; dct:title "One" ; dct:isPartOf :catalog . :two a dcat:Dataset ; dct:title "Two" .'
    )
    assert catalog.ids() == ["http://data.example/one", "http://data.example/two"]
    assert catalog.objects("http://data.example/one", DCT + "title") == {'"One"'}
    assert catalog.objects("http://data.example/one", DCT + "isPartOf") == {"<http://data.example/catalog>"}


# --- catalog records ---

_RECORD = """
:one a dcat:Dataset ; dct:title "One" .
:record a dcat:CatalogRecord ; foaf:primaryTopic :one ; dct:issued "2011-01-02"^^xsd:date ;
    dct:modified "2012-03-04T10:00:00+02:00"^^xsd:dateTime ; dct:conformsTo :profile .
"""


def test_the_source_s_catalog_record_tells_the_record_s_times(catalog: Catalog) -> None:
    catalog.take_turtle(_RECORD)
    found = catalog.json("http://data.example/one")
    assert found["metadata_created"] == "2011-01-02"
    assert found["metadata_modified"] == "2012-03-04T08:00:00Z"
    assert "issued" not in found


def test_the_source_s_catalog_record_comes_out_again(catalog: Catalog) -> None:
    catalog.take_turtle(_RECORD)
    assert catalog.objects("http://data.example/one", DCT + "conformsTo") == {"<http://data.example/profile>"}
    assert '"2012-03-04T10:00:00+02:00"^^<http://www.w3.org/2001/XMLSchema#dateTime>' in catalog.objects(
        "http://data.example/one", DCT + "modified"
    )


def test_without_a_catalog_record_the_dataset_s_own_dates_are_not_the_record_s(catalog: Catalog) -> None:
    catalog.take_turtle(
        ':one a dcat:Dataset ; dct:title "One" ; dct:issued "2001"^^xsd:gYear ; dct:modified "2002"^^xsd:gYear .'
    )
    found = catalog.json("http://data.example/one")
    assert (found["issued"], found["modified"]) == ("2001", "2002")
    assert found["metadata_created"].startswith("20")
    assert len(found["metadata_created"]) == len("2026-11-21T13:34:00Z")


def test_every_served_dataset_has_a_catalog_record_with_both_times(catalog: Catalog) -> None:
    catalog.take_turtle(
        ':one a dcat:Dataset ; dct:title "One" .' + _RECORD.replace(":one", ":two").replace(":record", ":r")
    )
    for id in catalog.ids():
        for predicate in ("issued", "modified"):
            assert len(catalog.objects(id, DCT + predicate)) == 1
        assert catalog.objects(id, "http://xmlns.com/foaf/0.1/primaryTopic") == {f"<{id}>"}


# --- what is no dataset, and what cannot be served ---


def test_what_describes_no_dataset_is_left_out_with_a_note(catalog: Catalog) -> None:
    taken = catalog.take_turtle(':one a dcat:Dataset ; dct:title "One" . :x dct:title "x" ; dct:description "y" .')
    assert taken.counts == (1, 0, 0, 0)
    assert len(taken.remarks) == 1
    assert "2 triples about 1 other nodes: http://data.example/x" in taken.remarks[0]


_NO_RECORDS: dict[str, tuple[str, list[str]]] = {
    "a few nodes": (":b dct:title 'b' . :a dct:title 'a' .", ["2 triples about 2 other nodes: http://data.example/a, http://data.example/b"]),
    "many nodes": (
        " ".join(f":n{n} dct:title 'x' ." for n in (3, 5, 1, 2, 4)),
        ["5 triples about 5 other nodes: http://data.example/n1, http://data.example/n2, http://data.example/n3 and 2 more"],
    ),
    "blank nodes": ("[] dct:title 'x' . [] dct:title 'x', 'y' .", ["3 triples about 2 other nodes"]),
    "a blank node beside another": ("[] dct:title 'x' . :a dct:title 'a' .", ["2 triples about 2 other nodes: http://data.example/a and 1 more"]),
    "a class in lower case": (
        ":b a dcat:dataset . :a a dcat:dataset .",
        [
            "2 triples about 2 other nodes: http://data.example/a, http://data.example/b",
            "no record, since http://www.w3.org/ns/dcat#dataset is not a class of records (http://www.w3.org/ns/dcat#Dataset is): http://data.example/a, http://data.example/b",
        ],
    ),
    "a class of another scheme": (
        ":a a <https://www.w3.org/ns/dcat#DataService> .",
        [
            "1 triples about 1 other nodes: http://data.example/a",
            "no record, since https://www.w3.org/ns/dcat#DataService is not a class of records (http://www.w3.org/ns/dcat#DataService is): http://data.example/a",
        ],
    ),
    "a blank node of such a class": (
        "[] a schema:Dataset .",
        [
            "1 triples about 1 other nodes",
            "no record, since http://schema.org/Dataset is not a class of records (http://www.w3.org/ns/dcat#Dataset is): 1 blank node",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", _NO_RECORDS)
def test_what_is_left_out_is_named(catalog: Catalog, case: str) -> None:
    said, due = _NO_RECORDS[case]
    taken = catalog.take_turtle(f':one a dcat:Dataset ; dct:title "One" . {said}')
    texts = [remark.partition("records.ttl: ")[2] for remark in taken.remarks]
    assert texts == [f"left out, since they describe no record: {due[0]}", *due[1:]]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('dct:description "x"', "title is missing"), ('dct:title ""', "title is missing"), ('dct:title "  "', "title is missing"),
        ("dct:title :x", "title: a text is due, got <http://data.example/x>"),
    ],
)  # fmt: skip
def test_a_dataset_without_title_is_refused_by_its_iri_and_the_rest_goes_on(
    catalog: Catalog, said: str, reason: str
) -> None:
    taken = catalog.take_turtle(f':one a dcat:Dataset ; {said} . :two a dcat:Dataset ; dct:title "Two" .')
    assert catalog.ids() == ["http://data.example/two"]
    assert len(taken.refused) == 1
    assert f"http://data.example/one: {reason}" in taken.refused[0]


_WRONG_IRIS = (
    "http://data.example/a b", "http://data.example/%zz", "http://data.example/a[1].csv", "http://data.example:port/",
    "http://data.example/#a#b", "http://data.example/{id}", "http://data.example/a|b", "http://data.example/\x7f",
)  # fmt: skip


@pytest.mark.parametrize("wrong", _WRONG_IRIS, ids=ascii)
@pytest.mark.parametrize("place", ["object", "subject", "datatype", "predicate"])
def test_an_invalid_iri_in_a_source_leaves_n3_that_every_parser_reads(catalog: Catalog, wrong: str, place: str) -> None:
    said = {
        "object": f'<dataset> a dcat:Dataset ; dct:title "A" ; dcat:landingPage <{wrong}> .',
        "subject": f'<{wrong}> a dcat:Dataset ; dct:title "A" .',
        "datatype": f'<dataset> a dcat:Dataset ; dct:title "A" ; dct:issued "2011"^^<{wrong}> .',
        "predicate": f'<dataset> a dcat:Dataset ; dct:title "A" ; <{wrong}> "x" .',
    }[place]
    taken = catalog.take_turtle("@base <http://data.example/> .\n" + said)
    if taken.refused:
        assert catalog.ids() == []
        return
    (id,) = catalog.ids()
    document = catalog.n3(id)
    assert len(graph_of(document)) >= 5
    assert catalog.take(document, "again.n3").refused == []
    assert catalog.ids() == [id]


@pytest.mark.parametrize(("others", "kept"), [(1, 1), (50, 50), (51, 0)])
def test_a_node_of_a_record_keeps_its_links_to_other_records_unless_they_are_many(
    catalog: Catalog, others: int, kept: int
) -> None:
    links = ", ".join(f":other{number}" for number in range(others))
    datasets = "".join(f':other{number} a dcat:Dataset ; dct:title "{number}" .\n' for number in range(others))
    catalog.take_turtle(
        f""":one a dcat:Dataset ; dct:title "One" ; dcat:qualifiedRelation [ a dcat:Relationship ; dct:relation {links} ] ;
        dct:provenance :how . :how dct:source :other0 .
        {datasets}"""
    )
    relations = catalog.objects("http://data.example/one", "http://purl.org/dc/terms/relation")
    assert len(relations) == kept
    assert catalog.objects("http://data.example/one", "http://purl.org/dc/terms/source") == {
        "<http://data.example/other0>"
    }
    assert catalog.objects("http://data.example/other0", "http://purl.org/dc/terms/title") == {'"0"'}
