"""What a record names, series and the datasets of a service, is found by what the other one says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.formats.conftest import Catalog, comparable

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
