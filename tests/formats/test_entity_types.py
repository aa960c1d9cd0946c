"""Services and series beside datasets: each is a record of its own type, and no triple gets lost between them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tests.formats.conftest import Catalog, comparable, graph_of

_X = "http://x.example/"
_TURTLE = """
<http://x.example/c> a dcat:Catalog ; dcat:dataset <http://x.example/d> ; dcat:service <http://x.example/s>, _:b .
<http://x.example/d> a dcat:Dataset ; dct:title "D" ; dcat:inSeries <http://x.example/r> ;
    dcat:distribution <http://x.example/f> .
<http://x.example/f> a dcat:Distribution ; dcat:accessURL <http://x.example/a> ; dcat:accessService
    <http://x.example/s>, <http://x.example/untitled>, [ a dcat:DataService ; dct:title "Inside" ] .
<http://x.example/s> a dcat:DataService ; dct:title "S" ; dcat:endpointURL <http://x.example/e> ;
    dcat:endpointDescription <http://x.example/e.json> ; dcat:servesDataset <http://x.example/d> .
<http://x.example/untitled> a dcat:DataService ; dcat:endpointURL <http://x.example/u> .
<http://x.example/r> a dcat:DatasetSeries ; dct:title "R" .
_:b a dcat:DataService ; dct:title "B" ; dct:identifier "b" .
"""
_TYPES = ("dataset", "dataservice", "datasetseries")


def test_services_and_series_are_records_of_their_own_types(catalog: Catalog) -> None:
    taken = catalog.take_turtle(_TURTLE)
    assert (taken.refused, taken.remarks) == ([], [])
    assert {entity: catalog.ids(entity) for entity in _TYPES} == {
        "dataset": [_X + "d"],
        "dataservice": [_X + "s", "b"],
        "datasetseries": [_X + "r"],
    }
    assert catalog.json(_X + "d")["in_series"] == [_X + "r"]
    assert "entity_type" not in catalog.json(_X + "d")
    service = catalog.json(_X + "s", "dataservice")
    due = {"entity_type": "dataservice", "endpoint_url": _X + "e", "endpoint_description": _X + "e.json"}
    assert service | due | {"serves_dataset": [_X + "d"], "resources": []} == service
    assert catalog.json(_X + "r", "datasetseries")["entity_type"] == "datasetseries"


@pytest.mark.parametrize(
    ("entity", "holder", "due"),
    [
        ("dataset", "d", set()),
        ("dataservice", "s", {"endpoint_url", "endpoint_description", "serves_dataset"}),
        # The key that the help of a series names is its datasets'.
        ("datasetseries", "d", {"in_series"}),
    ],
)
def test_what_the_help_says_of_a_type_names_keys_that_records_have(
    catalog: Catalog, entity: str, holder: str, due: set[str]
) -> None:
    catalog.take_turtle(_TURTLE)
    said = catalog.help(entity).partition("This help follows")[0]
    assert set(re.findall("`([^`]+)`", said)) == due
    assert due <= catalog.json(_X + holder, entity if entity == "dataservice" else "dataset").keys()


def test_a_dataset_keeps_what_it_says_of_services_and_those_that_are_no_records(catalog: Catalog) -> None:
    catalog.take_turtle(_TURTLE)
    dcat = "http://www.w3.org/ns/dcat#"
    links = catalog.objects(_X + "d", dcat + "accessService")
    assert {f"<{_X}s>", f"<{_X}untitled>"} < links
    assert len(links) == 3
    assert catalog.objects(_X + "d", dcat + "endpointURL") == {f"<{_X}u>"}
    assert '"Inside"' in catalog.objects(_X + "d", "http://purl.org/dc/terms/title")
    assert '"S"' not in catalog.objects(_X + "d", "http://purl.org/dc/terms/title")


@pytest.mark.parametrize("form", ["n3", "json"])
def test_every_type_comes_back_from_what_is_served(catalogs: tuple[Catalog, Catalog], form: str) -> None:
    first, second = catalogs
    first.take_turtle(_TURTLE)
    for entity in _TYPES:
        for id in first.ids(entity):
            served = first.n3(id, entity) if form == "n3" else first.json_bytes(id, entity)
            assert second.take(served, f"a.{form}").refused == []
            assert comparable(second.json(id, entity)) == comparable(first.json(id, entity))
            if form == "n3":
                assert graph_of(second.n3(id, entity)) == graph_of(first.n3(id, entity))
    assert [second.ids(entity) for entity in _TYPES] == [first.ids(entity) for entity in _TYPES]


_DCAT_US = {
    "@context": "https://resources.data.gov/dcat-us/3.0/context",
    "dataset": [{"identifier": "1", "title": "D", "keyword": ["a"]}],
    "service": [{"identifier": "1", "title": "S", "endpointURL": "http://x.example/e", "keyword": ["a"]}],
    "datasetSeries": [{"@type": "DatasetSeries", "identifier": "1", "title": "R"}],
}


def test_the_same_id_in_three_types_of_a_dcat_us_catalog_is_three_records(catalog: Catalog) -> None:
    assert catalog.take(json.dumps(_DCAT_US).encode(), "data.json").counts == (3, 0, 0, 0)
    assert [catalog.json("1", entity)["title"] for entity in _TYPES] == ["D", "S", "R"]
    assert catalog.json("1", "dataservice")["endpoint_url"] == "http://x.example/e"


@pytest.mark.parametrize("given", ["dataset", "x", 1, {"a": 1}], ids=str)
def test_a_key_entity_type_that_names_no_other_type_is_a_key_like_any(
    catalogs: tuple[Catalog, Catalog], given: Any
) -> None:
    catalogs[0].take_json({"id": "1", "title": "A", "entity_type": given})
    assert catalogs[0].json("1")["entity_type"] == given
    assert catalogs[1].take(catalogs[0].n3("1"), "a.n3").refused == []
    assert catalogs[1].json("1") == catalogs[0].json("1")


def test_a_refused_service_is_not_deleted_by_a_sync(run: Callable[..., Ran], tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for title in ("S", ""):
        path.write_text(json.dumps({"id": "1", "title": title, "license": "x", "entity_type": "dataservice"}))
        run("import", "--sync", str(path))
    assert json.loads(run("show", "--entity", "dataservice", "1").out)["title"] == "S"
    assert run("delete", "--entity", "dataservice", "1").out == "1 deleted\n"
