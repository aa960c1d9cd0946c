"""What a record names, series and the datasets of a service, is found by what the other one says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyoxigraph
import pytest

from tests.formats.conftest import ENDPOINT, Catalog, comparable, graph_of

_X = "https://x.example/"
_DCAT = "http://www.w3.org/ns/dcat#"
_TYPES = ("dataset", "dataservice", "datasetseries")
_TURTLE = f"""
<{_X}d> a dcat:Dataset ; dct:title "D" ; dct:identifier "D-1" ; dcat:inSeries <{_X}r>, <{_X}same> .
<{_X}s> a dcat:DataService ; dct:title "S" ; dct:identifier "S-1" ; dcat:servesDataset <{_X}d> .
<{_X}r> a dcat:DatasetSeries ; dct:title "R" ; dct:identifier "R-1" .
<{_X}same> a dcat:DatasetSeries ; dct:title "Same" .
[] a dcat:Dataset ; dct:title "Blank" ; dct:identifier "B-1" ; dcat:inSeries <{_X}r> .
"""
_DCAT_US = {
    "dataset": [{"@id": _X + "d", "identifier": "D-1", "title": "D", "keyword": ["a"], "inSeries": "R-1"}],
    "service": [{"@id": _X + "s", "identifier": "S-1", "title": "S", "servesDataset": [{"@id": _X + "d"}]}],
    "datasetSeries": [{"@id": _X + "r", "@type": "DatasetSeries", "identifier": "R-1", "title": "R"}],
}
_DOCUMENTS = {
    "RDF": (_TURTLE, {"B-1": None, "D-1": _X + "d", "S-1": _X + "s", "R-1": _X + "r", _X + "same": None}),
    "DCAT-US 3": (_DCAT_US, {"D-1": _X + "d", "S-1": _X + "s", "R-1": _X + "r"}),
}


@pytest.fixture
def catalogs(new_catalog: Callable[[], Catalog]) -> tuple[Catalog, Catalog]:
    """Two empty catalogs."""
    return new_catalog(), new_catalog()


def _records(catalog: Catalog) -> dict[tuple[str, str], dict[str, Any]]:
    return {(entity, str(id)): catalog.json(id, entity) for entity in _TYPES for id in catalog.ids(entity)}


def _take(catalog: Catalog, document: Any) -> None:
    taken = catalog.take_turtle(document) if isinstance(document, str) else None
    taken = taken or catalog.take(json.dumps(document).encode(), "data.json")
    assert taken.refused == []


def _assert_found(records: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Whatever a record names is the ``uri`` of another one, or its id."""
    links = [
        (entity, link)
        for record in records.values()
        for key, entity in (("in_series", "datasetseries"), ("serves_dataset", "dataset"), ("members", "dataset"))
        for link in record.get(key, [])
    ]
    assert links
    assert [(entity, link) for entity, link in links if (entity, link) not in records and not any(
        record.get("uri") == link for (other, _), record in records.items() if other == entity
    )] == []  # fmt: skip


@pytest.mark.parametrize("kind", _DOCUMENTS)
def test_a_record_says_its_own_iri_where_that_is_not_its_id(catalogs: tuple[Catalog, Catalog], kind: str) -> None:
    document, due = _DOCUMENTS[kind]
    _take(catalogs[0], document)
    records = _records(catalogs[0])
    assert {id: record.get("uri") for (_, id), record in records.items() if id in due} == due
    _assert_found(records)


@pytest.mark.parametrize("kind", _DOCUMENTS)
@pytest.mark.parametrize("form", ["json", "n3"])
def test_a_record_keeps_its_iri_from_catalog_to_catalog(
    catalogs: tuple[Catalog, Catalog], kind: str, form: str
) -> None:
    _take(catalogs[0], _DOCUMENTS[kind][0])
    for (entity, id), record in _records(catalogs[0]).items():
        served = catalogs[0].n3(id, entity) if form == "n3" else catalogs[0].json_bytes(id, entity)
        assert catalogs[1].take(served, f"a.{form}").refused == []
        assert comparable(catalogs[1].json(id, entity)) == comparable(record)


def test_an_iri_that_ends_as_ours_do_is_another_catalogs(new_catalog: Callable[[], Catalog]) -> None:
    first, second, third = (new_catalog() for _ in range(3))
    _take(first, '<http://ckan.example/dataset/7> a dcat:Dataset ; dct:title "A" ; dct:identifier "7" .')
    assert first.json("7")["uri"] == "http://ckan.example/dataset/7"
    assert second.take(first.n3("7"), "a.n3").refused == []
    assert third.take(first.page("/catalog.ttl"), "a.ttl").refused == []
    assert second.json("7") == third.json("7") == first.json("7")


@pytest.mark.parametrize("kind", _DOCUMENTS)
def test_a_record_of_a_catalog_feed_has_the_same_iri(catalogs: tuple[Catalog, Catalog], kind: str) -> None:
    _take(catalogs[0], _DOCUMENTS[kind][0])
    assert catalogs[1].take(catalogs[0].page("/catalog.ttl"), "catalog.ttl").refused == []
    due = {key: record.get("uri") for key, record in _records(catalogs[0]).items()}
    found = {key: record.get("uri") for key, record in _records(catalogs[1]).items()}
    assert {key: found.get(key) for key in due} == due


def _by_identifier(**members: Any) -> dict[str, Any]:
    """A document with the series S-1, which has no IRI."""
    series = {"@type": "DatasetSeries", "identifier": "S-1", "title": "S"}
    dataset = {"identifier": "1", "title": "D", "keyword": ["a"]}
    further = members.pop("series", {})
    return {"datasetSeries": [{**series, **further}], "dataset": [{**dataset, **members}]}


_WITHOUT_IRI = {
    "a nested object": _by_identifier(inSeries={"@type": "DatasetSeries", "identifier": "S-1", "title": "S"}),
    "a list of one": _by_identifier(inSeries=[{"identifier": "S-1"}]),
    "the identifier": _by_identifier(inSeries="S-1"),
    "an object of an identifier": _by_identifier(inSeries={"identifier": {"notation": "S-1"}}),
    "a member": _by_identifier(series={"seriesMember": ["1"]}),
    "a nested member": _by_identifier(series={"seriesMember": [{"identifier": "1"}]}),
    "both": _by_identifier(series={"seriesMember": ["1"]}, inSeries={"identifier": "S-1"}),
}


@pytest.mark.parametrize("case", _WITHOUT_IRI)
def test_a_series_without_an_iri_is_named_by_its_id(catalogs: tuple[Catalog, Catalog], case: str) -> None:
    _take(catalogs[0], _WITHOUT_IRI[case])
    found = catalogs[0].json("1")
    assert found["in_series"] == ["S-1"]
    _assert_found(_records(catalogs[0]))
    assert catalogs[0].objects("1", _DCAT + "inSeries") == {f"<{ENDPOINT}/datasetseries/id/S-1>"}
    assert catalogs[1].take(catalogs[0].n3("1"), "a.n3").refused == []
    assert comparable(catalogs[1].json("1")) == comparable(found)
    assert '<a href="/datasetseries/S-1">S</a>' in catalogs[0].page("/dataset/1").decode()
    assert '<a href="/dataset/1">D</a>' in catalogs[0].page("/datasetseries/S-1").decode()


def test_in_a_catalog_feed_a_series_without_an_iri_has_that_of_its_page(catalogs: tuple[Catalog, Catalog]) -> None:
    _take(catalogs[0], _WITHOUT_IRI["the identifier"])
    feed = graph_of(catalogs[0].page("/catalog.ttl"), pyoxigraph.RdfFormat.TURTLE)
    named = {quad.object.value for quad in feed if quad.predicate.value == _DCAT + "inSeries"}
    assert named == {quad.subject.value for quad in feed if str(quad.object) == f"<{_DCAT}DatasetSeries>"}
    assert named == {"http://catalog.example/datasetseries/S-1"}


def test_a_dataset_that_a_service_names_by_its_identifier_is_found(catalog: Catalog) -> None:
    _take(
        catalog,
        {**_by_identifier(), "service": [{"identifier": "W", "title": "W", "servesDataset": [{"identifier": "1"}]}]},
    )
    assert catalog.json("W", "dataservice")["serves_dataset"] == ["1"]
    graph = graph_of(catalog.n3("W", "dataservice"))
    assert {str(quad.object) for quad in graph if quad.predicate.value == _DCAT + "servesDataset"} == {
        f"<{ENDPOINT}/dataset/id/1>"
    }


_NESTED = f"""
<{_X}d> a dcat:Dataset ; dct:title "D" ; dct:source [ a dcat:Dataset ; dct:title "Source" ; dct:description "Older." ] ;
    dct:relation [ a dcat:Dataset ; rdfs:label "Labelled" ; dct:identifier "L 1" ] ;
    dcat:inSeries [ a dcat:DatasetSeries ; dct:title "Years" ; dct:description "All." ] .
<{_X}e> a dcat:Dataset ; dct:title "E" ; dcat:inSeries [ a dcat:DatasetSeries ; dct:title "Years" ; dct:description "All." ] .
<{_X}s> a dcat:DataService ; dct:title "S" ; dcat:servesDataset [ a dcat:Dataset ; dct:title "Served" ] .
"""
_JSONLD = {
    "@context": {"dct": "http://purl.org/dc/terms/", "dcat": _DCAT},
    "@graph": [
        {
            "@id": f"{_X}{name}", "@type": "dcat:Dataset", "dct:title": name,
            "dcat:inSeries": {"@type": "dcat:DatasetSeries", "dct:title": "Years", "dct:identifier": "Y-1"},
        }
        for name in "de"
    ],
}  # fmt: skip


def _titled(catalog: Catalog, entity: str = "dataset") -> dict[str, str]:
    """The ids of a type's records by their titles."""
    return {catalog.json(id, entity)["title"]: str(id) for id in catalog.ids(entity)}


def test_a_nested_record_without_an_iri_is_named_by_whatever_holds_it(catalog: Catalog) -> None:
    taken = catalog.take_turtle(_NESTED)
    assert taken.refused == []
    datasets, (series,) = _titled(catalog), catalog.ids("datasetseries")
    assert set(datasets) == {"D", "E", "Source", "Labelled", "Served"}
    assert [catalog.json(_X + name)["in_series"] for name in "de"] == [[series], [series]]
    assert catalog.json(_X + "s", "dataservice")["serves_dataset"] == [datasets["Served"]]
    _assert_found(_records(catalog))
    for predicate, entity, id in (
        ("http://purl.org/dc/terms/source", "dataset", datasets["Source"]),
        ("http://purl.org/dc/terms/relation", "dataset", "L%201"),
        (_DCAT + "inSeries", "datasetseries", series),
    ):
        assert catalog.objects(_X + "d", predicate) == {f"<{ENDPOINT}/{entity}/id/{id}>"}
    assert catalog.json(datasets["Source"])["description"] == "Older."
    assert catalog.json(series, "datasetseries")["description"] == "All."
    assert catalog.take_turtle(_NESTED).outcome.updated == 0


def test_a_series_that_json_ld_nests_in_its_datasets_is_one_record(catalog: Catalog) -> None:
    assert catalog.take(json.dumps(_JSONLD).encode(), "a.jsonld").refused == []
    (series,) = catalog.ids("datasetseries")
    assert [catalog.json(_X + name)["in_series"] for name in "de"] == [[series], [series]]


def test_in_the_feeds_a_nested_record_is_named_by_its_page(catalogs: tuple[Catalog, Catalog]) -> None:
    catalogs[0].take_turtle(_NESTED)
    ids = _titled(catalogs[0])
    feed = graph_of(catalogs[0].page("/catalog.ttl"), pyoxigraph.RdfFormat.TURTLE)
    (source,) = {quad.object.value for quad in feed if quad.predicate.value == "http://purl.org/dc/terms/source"}
    assert source == f"http://catalog.example/dataset/{ids['Source']}"
    assert {quad.object.value for quad in feed if quad.subject == pyoxigraph.NamedNode(source)} > {"Source", "Older."}
    assert catalogs[1].take(catalogs[0].page("/catalog.ttl"), "catalog.ttl").refused == []
    for (entity, id), record in _records(catalogs[0]).items():
        assert comparable(catalogs[1].json(id, entity)) == comparable(record)


def test_what_names_a_nested_record_comes_back_from_its_n3(new_catalog: Callable[[], Catalog]) -> None:
    first, second, third = (new_catalog() for _ in range(3))
    first.take_turtle(_NESTED)
    for (entity, id), record in _records(first).items():
        assert second.take(first.n3(id, entity), "a.n3").refused == []
        assert third.take(second.n3(id, entity), "a.n3").refused == []
        assert comparable(third.json(id, entity)) == comparable(second.json(id, entity)) == comparable(record)


def test_an_iri_that_looks_like_ours_is_the_same_after_a_way_through_n3(catalogs: tuple[Catalog, Catalog]) -> None:
    names = [f"{ENDPOINT}/datasetseries/id/s", "http://other.example/rest/datasetseries/id/s"]
    assert catalogs[0].take_json({"id": "1", "title": "A", "in_series": names}, format="dcip").refused == []
    assert catalogs[1].take(catalogs[0].n3("1"), "a.n3").refused == []
    assert catalogs[1].json("1") == catalogs[0].json("1")
    assert catalogs[1].json("1")["in_series"] == names
