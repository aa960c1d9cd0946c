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
