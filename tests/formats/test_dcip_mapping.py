"""The draft's own JSON, key by key: what a source writes, what is served (Entity Schema, "Dataset")."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.formats.conftest import Catalog
from tests.records import record

_POINT = {"type": "Point", "coordinates": [4.35, 50.85]}
_FEATURE = {"type": "Feature", "geometry": None, "properties": {"name": None}}

#: What the source says beside id and title, and what of it is served; ``...`` where there is no such key.
_DATASET_CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "title with blanks around": ({"title": " A "}, {"title": " A "}),
    "title as a number": ({"title": 2011}, {"title": "2011"}),
    "license as given": ({"license": "CC BY 4.0"}, {"license": "CC BY 4.0"}),
    "license missing": ({}, {"license": "notspecified"}),
    "license null": ({"license": None}, {"license": "notspecified"}),
    "license empty": ({"license": ""}, {"license": "notspecified"}),
    "resources missing": ({}, {"resources": []}),
    "resources null": ({"resources": None}, {"resources": []}),
    "resources empty": ({"resources": []}, {"resources": []}),
    "name": ({"name": "a-slug"}, {"name": "a-slug"}),
    "author": ({"author": "Ada"}, {"author": "Ada"}),
    "maintainer": ({"maintainer": "Bob"}, {"maintainer": "Bob"}),
    "tags in their order": ({"tags": ["b", "a"]}, {"tags": ["b", "a"]}),
    "tags once each": ({"tags": ["b", "a", "b"]}, {"tags": ["b", "a"]}),
    "tags with null and empty": ({"tags": ["a", None, ""]}, {"tags": ["a"]}),
    "tags as numbers": ({"tags": [2011, "a"]}, {"tags": ["2011", "a"]}),
    "tags empty": ({"tags": []}, {"tags": ...}),
    "tags only empty ones": ({"tags": ["", None]}, {"tags": ...}),
    "spatial": ({"spatial": _POINT}, {"spatial": _POINT}),
    "spatial keeps what GeoJSON requires": ({"spatial": _FEATURE}, {"spatial": _FEATURE}),
    "spatial empty": ({"spatial": {}}, {"spatial": ...}),
    "temporal interval": ({"temporal": "2011/2012"}, {"temporal": "2011/2012"}),
    "temporal prose": ({"temporal": "the sixties"}, {"temporal": "the sixties"}),
    "version": ({"version": "1.0"}, {"version": "1.0"}),
    "version as a number": ({"version": 1.0}, {"version": "1.0"}),
    "version zero": ({"version": 0}, {"version": "0"}),
    "null and empty optional keys": (
        {"name": None, "author": "", "maintainer": [], "version": {}},
        {"name": ..., "author": ..., "maintainer": ..., "version": ...},
    ),
    "a further key": ({"description": "Trees"}, {"description": "Trees"}),
    "a further key of any shape": ({"x": [1, {"y": [True, 1.5]}]}, {"x": [1, {"y": [True, 1.5]}]}),
    "a further key that is false": ({"x": False}, {"x": False}),
    "a further key that is zero": ({"x": 0}, {"x": 0}),
    "null and empty further keys": ({"x": None, "y": "", "z": [], "w": {}}, {"x": ..., "y": ..., "z": ..., "w": ...}),
    "null and empty values far down": ({"x": {"a": {"b": None, "c": 1}, "d": [{"e": ""}]}}, {"x": {"a": {"c": 1}, "d": [{}]}}),
    "an object empty but for empty values": ({"x": {"a": {"b": None}}}, {"x": ...}),
}  # fmt: skip


@pytest.mark.parametrize("case", _DATASET_CASES)
def test_each_key_of_a_dataset(catalog: Catalog, case: str) -> None:
    given, due = _DATASET_CASES[case]
    assert catalog.take_json({"id": "1", "title": "A", **given}, format="dcip").refused == []
    found = catalog.json("1")
    assert {key: found.get(key, ...) for key in due} == due


_RESOURCE_CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "type as given": ({"resource_type": "api"}, {"resource_type": "api"}),
    "type missing": ({}, {"resource_type": "file"}),
    "type empty": ({"resource_type": ""}, {"resource_type": "file"}),
    "size": ({"size": 10}, {"size": 10}),
    "size zero": ({"size": 0}, {"size": 0}),
    "size as digits": ({"size": "1024"}, {"size": 1024}),
    "size null": ({"size": None}, {"size": ...}),
    "size empty": ({"size": ""}, {"size": ...}),
    "size of more than 64 bits": ({"size": 10**20}, {"size": 10**20}),
    "hash with algorithm": ({"hash": "sha1:DA39"}, {"hash": "sha1:DA39"}),
    "hash without algorithm": ({"hash": "D41D"}, {"hash": "D41D"}),
    "format as given": ({"format": "csv "}, {"format": "csv "}),
    "mimetype as given": ({"mimetype": "Text/CSV; header=present"}, {"mimetype": "Text/CSV; header=present"}),
    "title and name": ({"title": "T", "name": "n"}, {"title": "T", "name": "n"}),
    "last modified day": ({"last_modified": "2011-05-09"}, {"last_modified": "2011-05-09"}),
    "last modified with zone": ({"last_modified": "2011-05-09T10:00:00+02:00"}, {"last_modified": "2011-05-09T08:00:00Z"}),
    "last modified as the draft writes it": ({"last_modified": "2011-05-09 10:00"}, {"last_modified": "2011-05-09T10:00:00Z"}),
    "a further key": ({"language": ["en"]}, {"language": ["en"]}),
    "null and empty further keys": ({"a": None, "b": {"c": ""}}, {"a": ..., "b": ...}),
}  # fmt: skip


@pytest.mark.parametrize("case", _RESOURCE_CASES)
def test_each_key_of_a_resource(catalog: Catalog, case: str) -> None:
    given, due = _RESOURCE_CASES[case]
    resource = {"url": "https://data.example/a.csv", **given}
    assert catalog.take_json({"id": "1", "title": "A", "resources": [resource]}).refused == []
    (found,) = catalog.json("1")["resources"]
    assert {key: found.get(key, ...) for key in due} == due


#: What the source says, and what a refusal has to name.
_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"id": None}, "id is missing"),
    "an empty id": ({"id": ""}, "id is missing"),
    "an id that is true": ({"id": True}, "id: a string or an integer is due, got true"),
    "an id that is a fraction": ({"id": 1.5}, "id: a string or an integer is due, got 1.5"),
    "an id that is a list": ({"id": ["1"]}, 'id: a string or an integer is due, got ["1"]'),
    "an id with a NUL": ({"id": "a\0b"}, "NUL"),
    "an id with a lone surrogate": ({"id": "a\ud800"}, "lone surrogate"),
    "no title": ({"title": None}, "title is missing"),
    "a blank title": ({"title": " \n"}, "title is missing"),
    "a title that is an object": ({"title": {"en": "A"}}, 'title: a string is due, got {"en": "A"}'),
    "a name that is true": ({"name": True}, "name: a string is due, got true"),
    "tags that are a string": ({"tags": "a, b"}, 'tags: a list of strings is due, got "a, b"'),
    "a tag that is an object": ({"tags": [{"name": "a"}]}, 'tags: a string is due, got {"name": "a"}'),
    "spatial that is prose": ({"spatial": "Belgium"}, 'spatial: a GeoJSON object is due, got "Belgium"'),
    "spatial of no GeoJSON type": ({"spatial": {"type": "Circle"}}, "spatial: a GeoJSON object is due"),
    "a time that is prose": ({"metadata_modified": "last year"}, 'metadata_modified: an ISO 8601 date or time is due, got "last year"'),
    "a day that does not exist": ({"metadata_created": "2011-02-30"}, "metadata_created: an ISO 8601 date or time is due"),
    "resources that are an object": ({"resources": {"url": "x"}}, "resources: a list of objects is due"),
    "a resource that is a string": ({"resources": ["x"]}, "resources, number 1: an object is due"),
    "a URL that is a list": ({"resources": [{"url": ["x"]}]}, "resource 1: url: a string is due"),
    "a size that is prose": ({"resources": [{"url": "x", "size": "1 MB"}]}, 'resource 1: size: a number of bytes is due, got "1 MB"'),
    "a negative size": ({"resources": [{"url": "x", "size": -1}]}, "resource 1: size: a number of bytes is due"),
    "a fractional size": ({"resources": [{"url": "x", "size": 1.5}]}, "resource 1: size: a number of bytes is due"),
}  # fmt: skip


@pytest.mark.parametrize("case", _REFUSED)
def test_a_value_of_the_wrong_type_is_refused_by_key_and_value_and_the_rest_goes_on(
    catalog: Catalog, case: str
) -> None:
    given, reason = _REFUSED[case]
    taken = catalog.take_json(record("before"), {**record("1"), **given}, record("after"), format="dcip")
    assert catalog.ids() == ["before", "after"]
    assert len(taken.refused) == 1
    assert "record 2: " in taken.refused[0]
    assert reason in taken.refused[0]


def test_keys_come_in_the_draft_s_order_and_further_ones_after_them_sorted(catalog: Catalog) -> None:
    dataset_keys = ["id", "title", "license", "resources", "name", "author", "maintainer", "tags", "spatial", "temporal",
                    "version", "metadata_modified", "metadata_created"]  # fmt: skip
    resource_keys = ["resource_type", "url", "format", "size", "title", "mimetype", "hash", "last_modified", "name"]
    values: dict[str, Any] = dict.fromkeys((*dataset_keys, *resource_keys, "aaa", "zzz", "Zzz"), "2011")
    values |= {"tags": ["2011"], "spatial": _POINT, "resource_type": "api"}
    values["resources"] = [{key: values[key] for key in reversed([*resource_keys, "aaa", "zzz"])}]
    given = {key: values[key] for key in reversed([*dataset_keys, "aaa", "zzz", "Zzz"])}
    catalog.take_json(given, format="dcip")
    found = catalog.json(2011)
    assert list(found) == [*dataset_keys, "Zzz", "aaa", "zzz"]
    assert list(found["resources"][0]) == [*resource_keys, "aaa", "zzz"]


def test_the_same_record_with_its_keys_in_another_order_is_no_change(catalog: Catalog) -> None:
    given = record("1", name="n", x={"b": 1, "a": [{"d": 1, "c": 2}]}, spatial=_FEATURE)
    catalog.take_json(given)
    again = json.loads(json.dumps(given, sort_keys=True))
    assert catalog.take_json(dict(reversed(again.items()))).counts == (0, 0, 1, 0)


@pytest.mark.parametrize("ids", [(123, "123"), ("123", 123), (-5, "-5")], ids=str)
def test_an_integer_and_its_digits_are_one_record_and_the_last_import_decides_the_type(
    catalog: Catalog, ids: tuple[str | int, str | int]
) -> None:
    catalog.take_json(record(ids[0]))
    assert catalog.take_json(record(ids[1])).counts == (0, 1, 0, 0)
    assert catalog.ids() == [ids[1]]
    assert type(catalog.json(ids[1])["id"]) is type(ids[1])


@pytest.mark.parametrize("other", ["0123", " 123", "123.0", "+123"])
def test_digits_written_otherwise_are_another_record(catalog: Catalog, other: str) -> None:
    assert catalog.take_json(record(123), record(other)).counts == (2, 0, 0, 0)


def test_a_resource_without_url_is_kept_apart_from_those_that_have_one(catalog: Catalog) -> None:
    catalog.take_json(
        record("1", resources=[{"url": "", "title": "soon"}, {"url": "https://data.example/a"}, {"url": None}])
    )
    found = catalog.json("1")
    assert [resource["url"] for resource in found["resources"]] == ["https://data.example/a"]
    assert found["unlinked_resources"] == [{"title": "soon"}]
