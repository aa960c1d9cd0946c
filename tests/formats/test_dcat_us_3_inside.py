"""DCAT-US 3: what a record describes inside itself, series, datasets and services, is a record, too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.formats.conftest import Catalog, comparable

_X = "https://x.example/"
_TYPES = ("dataset", "dataservice", "datasetseries")


def _take(catalog: Catalog, /, **members: Any) -> None:
    document = {"@type": "Catalog", "dataset": [], **members}
    assert catalog.take(json.dumps(document).encode(), "data.json").refused == []


def _dataset(identifier: str, **further: Any) -> dict[str, Any]:
    return {"@type": "Dataset", "identifier": {"notation": identifier}, "title": f"T {identifier}", **further}


def _series(**further: Any) -> dict[str, Any]:
    return {"@type": "DatasetSeries", "@id": _X + "s", "title": "Yearly", "description": "Issues", **further}


def _service(identifier: str, **further: Any) -> dict[str, Any]:
    return {"identifier": identifier, "title": f"T {identifier}", "endpointURL": [_X + "e"], **further}


def _ids(catalog: Catalog) -> dict[str, list[str]]:
    return {entity: sorted(map(str, found)) for entity in _TYPES if (found := catalog.ids(entity))}


_ONLY_NAMED = {"@id": _X + "s"}
#: What the first and the second dataset say of their series, what the catalog lists, and the members of the series.
_IN_SERIES: dict[str, tuple[Any, Any, dict[str, Any], list[str]]] = {
    "in one dataset": ([_series()], None, {}, ["1"]),
    "in one that is no list": (_series(), None, {}, ["1"]),
    "in both": ([_series()], [_series(description="Again")], {}, ["1", "2"]),
    "in one and named in the other": ([_ONLY_NAMED], [_series()], {}, ["1", "2"]),
    "and names a member": ([_series(seriesMember=["2"])], None, {}, ["2", "1"]),
    "and describes its members": (
        [_series(seriesMember=[_dataset("1"), _dataset("2"), _dataset("3")])],
        None,
        {},
        ["1", "2", "3"],
    ),
    "and on the list": ([_series(title="Other")], [_ONLY_NAMED], {"datasetSeries": [_series()]}, ["1", "2"]),
    "and on the list of a catalog inside": (
        [_series(title="Other")],
        None,
        {"catalog": [{"dataset": [_dataset("4", inSeries=[_ONLY_NAMED])], "datasetSeries": [_series()]}]},
        ["1", "4"],
    ),
    "and among the datasets": ([_series(title="Other")], None, {"service": [], "dataset": [_series()]}, ["1"]),
}


@pytest.mark.parametrize("case", _IN_SERIES)
def test_a_series_that_datasets_describe_is_a_record_once_with_its_members(catalog: Catalog, case: str) -> None:
    first, second, listed, members = _IN_SERIES[case]
    datasets = [_dataset("1", inSeries=first), _dataset("2", **({"inSeries": second} if second else {}))]
    _take(catalog, **{**listed, "dataset": [*datasets, *listed.get("dataset", [])]})
    assert catalog.ids("datasetseries") == [_X + "s"]
    found = catalog.json(_X + "s", "datasetseries")
    assert (found["title"], found["members"]) == ("Yearly", members)
    named_by = {id: catalog.json(id).get("in_series") for id in catalog.ids()}
    assert {id for id, series in named_by.items() if series == [_X + "s"]} == set(members)
    assert catalog.json("1")["pod"].get("inSeries") in (first, first if isinstance(first, list) else [first])
    assert f'<a href="/datasetseries/{_X}s' in catalog.page("/dataset/1").decode().replace("%3A", ":").replace(
        "%2F", "/"
    )


_NAMELESS = {"@type": "DatasetSeries", "title": "Yearly", "description": "Issues"}
_TURTLE = """
<https://x.example/1> a dcat:Dataset ; dct:title "T 1" ; dcat:inSeries [ a dcat:DatasetSeries ; dct:title "Yearly" ; dct:description "Issues" ] .
"""


def test_a_series_without_an_identifier_has_the_id_that_it_has_in_rdf(
    catalogs: tuple[Catalog, Catalog],
) -> None:
    datasets = [_dataset("1", inSeries=[_NAMELESS]), _dataset("2", inSeries=[_NAMELESS, {"@id": _X + "other"}])]
    _take(catalogs[0], dataset=datasets)
    (series,) = catalogs[0].ids("datasetseries")
    found = catalogs[0].json(series, "datasetseries")
    assert (found["title"], found["description"], found["members"]) == ("Yearly", "Issues", ["1", "2"])
    assert [catalogs[0].json(id)["in_series"] for id in "12"] == [[series], [series, _X + "other"]]
    assert catalogs[1].take_turtle(_TURTLE).refused == []
    assert catalogs[1].ids("datasetseries") == [series]
    assert catalogs[1].take(catalogs[0].n3("2"), "a.n3").refused == []
    assert comparable(catalogs[1].json("2")) == comparable(catalogs[0].json("2"))


def test_different_series_without_an_identifier_are_that_many(catalog: Catalog) -> None:
    same = {"title": "Yearly", "description": "Of another office"}
    _take(
        catalog, dataset=[_dataset("1", inSeries=[_NAMELESS]), _dataset("2", inSeries=same), _dataset("3", inSeries={})]
    )
    assert [catalog.json(id, "datasetseries")["members"] for id in catalog.ids("datasetseries")] == [["1"], ["2"]]
    assert "in_series" not in catalog.json("3")


@pytest.mark.parametrize(
    "named", [{"@id": _X + "1"}, {"@id": _X + "1", "title": "Short"}, _X + "1", "1", {"identifier": "1"}], ids=str
)
def test_a_member_is_found_by_its_iri_and_by_its_identifier(catalog: Catalog, named: Any) -> None:
    _take(catalog, dataset=[_dataset("1", **{"@id": _X + "1"})], datasetSeries=[_series(seriesMember=[named])])
    assert _ids(catalog) == {"dataset": ["1"], "datasetseries": [_X + "s"]}
    assert catalog.json("1")["in_series"] == [_X + "s"]
    assert len(catalog.json(_X + "s", "datasetseries")["members"]) == 1


_INSIDE_A_DATASET = (
    "first",
    "hasCurrentVersion",
    "hasPart",
    "hasVersion",
    "previousVersion",
    "replaces",
    "source",
    "supportedSchema",
)
_INSIDE = {
    **{name: ({"dataset": [_dataset("1", **{name: _dataset("2")})]}, {"dataset": ["1", "2"]}) for name in _INSIDE_A_DATASET},
    "a list": ({"dataset": [_dataset("1", hasVersion=[_dataset("2"), _dataset("3")])]}, {"dataset": ["1", "2", "3"]}),
    "one in another": ({"dataset": [_dataset("1", previousVersion=_dataset("2", previousVersion=_dataset("3")))]}, {"dataset": ["1", "2", "3"]}),
    "one that is on the list": ({"dataset": [_dataset("1", hasVersion=[_dataset("2", description="Short")]), _dataset("2")]}, {"dataset": ["1", "2"]}),
    "each names the other": ({"dataset": [_dataset("1", first=_dataset("2", first=_dataset("1")))]}, {"dataset": ["1", "2"]}),
    "servesDataset": ({"service": [_service("a", servesDataset=[_dataset("2")])]}, {"dataset": ["2"], "dataservice": ["a"]}),
    "a version of no stated class": ({"dataset": [_dataset("1", hasVersion=[_dataset("2", **{"@type": None})])]}, {"dataset": ["1", "2"]}),
    "last of a series": ({"datasetSeries": [_series(last=_dataset("2"))]}, {"dataset": ["2"], "datasetseries": [_X + "s"]}),
    "accessService without an IRI": (
        {"dataset": [_dataset("1", distribution=[{"title": "D", "accessService": [_service("a")]}])]}, {"dataset": ["1"], "dataservice": ["a"]},
    ),
    "no title": ({"dataset": [_dataset("1", first=_dataset("2", title=" "))]}, {"dataset": ["1"]}),
    "no identifier": ({"dataset": [_dataset("1", first={"@type": "Dataset", "title": "T"}, inSeries=[{"description": "S"}, {"title": "S", "identifier": 5}])]}, {"dataset": ["1"]}),
    "a blank node": ({"dataset": [_dataset("1", first={"@type": "Dataset", "@id": "_:s", "title": "T"})]}, {"dataset": ["1"]}),
    "a source that is not said to be a dataset": ({"dataset": [_dataset("1", source={"@id": _X, "title": "The office"})]}, {"dataset": ["1"]}),
    "a source of another class": ({"dataset": [_dataset("1", source=_dataset("2", **{"@type": "Document"}))]}, {"dataset": ["1"]}),
}  # fmt: skip


@pytest.mark.parametrize("case", _INSIDE)
def test_what_is_described_inside_a_record_is_a_record_once(catalog: Catalog, case: str) -> None:
    document, due = _INSIDE[case]
    _take(catalog, **document)
    assert _ids(catalog) == due
    assert "description" not in catalog.json(due["dataset"][-1])


def test_what_a_service_serves_is_there(catalog: Catalog) -> None:
    _take(catalog, service=[_service("a", servesDataset=[_dataset("9", keyword=["k"])])])
    assert catalog.json("a", "dataservice")["serves_dataset"] == ["9"]
    assert catalog.json("9")["tags"] == ["k"]


@pytest.mark.parametrize(
    ("member", "stated", "entity"),
    [
        ("service", "Service", "dataservice"),
        ("service", "dcat:DataService", "dataservice"),
        ("service", ["DataService", "schema:WebAPI"], "dataservice"),
        ("service", "http://www.w3.org/ns/dcat#DataService", "dataservice"),
        ("service", None, "dataservice"),
        ("service", {}, "dataservice"),
        ("service", "Dataset", "dataset"),
        ("datasetSeries", "Series", "datasetseries"),
        ("datasetSeries", ["dcat:Dataset", "dcat:DatasetSeries"], "datasetseries"),
        ("dataset", ["dcat:Dataset", "dcat:DatasetSeries"], "datasetseries"),
        ("dataset", "Thing", "dataset"),
    ],
    ids=str,
)
def test_a_record_of_a_class_that_is_none_of_ours_is_what_its_list_is_of(
    catalog: Catalog, member: str, stated: Any, entity: str
) -> None:
    _take(catalog, **{member: [{"@type": stated, "identifier": "1", "title": "T", "keyword": ["k"]}]})
    assert _ids(catalog) == {entity: ["1"]}
    said = json.dumps(catalog.json("1", entity)["pod"].get("@type", ""))
    assert all(text in said for text in ([stated] if isinstance(stated, str) else stated or []))


def _nested(depth: int, name: str) -> str:
    """A dataset that describes a dataset, and so on; written as text, which no depth is too much for."""
    opening = (f'{{"@type": "Dataset", "identifier": "{number}", "title": "T", "{name}": ' for number in range(depth))
    return "".join(opening) + "null" + "}" * depth


def test_records_that_are_nested_deeply_are_no_more_records_than_anybody_writes(catalog: Catalog) -> None:
    assert catalog.take(f'{{"dataset": [{_nested(60, "first")}]}}'.encode(), "data.json").refused == []
    assert sorted(catalog.ids(), key=int) == [str(number) for number in range(9)]
    assert json.dumps(catalog.json("8")["pod"]).count('"title"') == 51


def test_a_series_without_an_id_that_is_nested_too_deeply_is_no_traceback(catalog: Catalog) -> None:
    for depth in range(900, 1000, 2):
        series = f'{{"title": "S", "x": {"[" * depth}{"]" * depth}}}'
        text = f'{{"dataset": [{{"identifier": "{depth}", "title": "A", "inSeries": [{series}]}}]}}'
        taken = catalog.take(text.encode(), "data.json")
        assert depth in map(int, catalog.ids()) or any("nested too deeply" in line for line in taken.refused)
