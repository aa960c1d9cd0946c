"""Draft, "Entity Schema": the Dataset and its resources in JSON, as the endpoint answers them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from dcip_server.store import Put
from tests.conftest import Ran, Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import read_json
from tests.spec.sites import site_in

KEYS = [
    "id", "title", "license", "resources", "name", "author", "maintainer", "tags", "spatial", "temporal", "version",
    "metadata_modified", "metadata_created",
]  # fmt: skip
RESOURCE_KEYS = ["resource_type", "url", "format", "size", "title", "mimetype", "hash", "last_modified", "name"]

RESOURCE: dict[str, Any] = {
    "resource_type": "file.upload",
    "url": "http://data.example/gauges.csv",
    "format": "CSV",
    "size": 2048,
    "title": "All gauges",
    "mimetype": "text/csv",
    "hash": "md5:0cc175b9c0f1b6a831c399e269772661",
    "last_modified": "2020-05-06T07:08:09Z",
    "name": "gauges",
}
FULL: dict[str, Any] = {
    "id": "full",
    "title": "Gauges",
    "license": "cc-by",
    "resources": [RESOURCE],
    "name": "gauges",
    "author": "Agency",
    "maintainer": "Office",
    "tags": ["river", "lake"],
    "spatial": {"type": "Point", "coordinates": [7.5, 47.25]},
    "temporal": "2010-01-01/2020-12-31",
    "version": "1.2",
    "metadata_modified": "2021-02-03T04:05:06Z",
    "metadata_created": "2011-02-03T04:05:06Z",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for records that have nothing to do with each other."""
    with site_in(tmp_path_factory.mktemp("schema")) as site:
        yield site


def answered(site: Site, id: str = "1", **keys: Any) -> dict[str, Any]:
    """What the endpoint answers for a record with those keys."""
    site.store.revise([Put(dataset(id, **keys))])
    value: dict[str, Any] = read_json(site, f"/rest/dataset/id/{id}.json")
    return value


def imported(site: Site, run: Callable[..., Ran], record: dict[str, Any]) -> dict[str, Any]:
    """What the endpoint answers for an imported record."""
    assert run("import", "-", "--format", "dcip", stdin=json.dumps(record).encode()).status == 0
    value: dict[str, Any] = read_json(site, f"/rest/dataset/id/{record['id']}.json")
    return value


@rule("DCIP-SCHEMA-2", "DCIP-SCHEMA-3", "DCIP-SCHEMA-4", "DCIP-SCHEMA-5")
def test_a_full_record_is_answered_with_the_drafts_keys_in_its_order(site: Site, run: Callable[..., Ran]) -> None:
    value = imported(site, run, dict(reversed(FULL.items())))
    assert value == FULL
    assert list(value) == KEYS
    assert list(value["resources"][0]) == RESOURCE_KEYS


@rule("DCIP-SCHEMA-2", "DCIP-SCHEMA-3")
def test_the_required_keys_are_there_even_when_the_source_gives_the_least(site: Site, run: Callable[..., Ran]) -> None:
    value = imported(site, run, {"id": 7, "title": "Least"})
    assert list(value) == ["id", "title", "license", "resources", "metadata_modified", "metadata_created"]
    assert (value["id"], value["title"], value["license"], value["resources"]) == (7, "Least", "notspecified", [])


@rule("DCIP-SCHEMA-1")
@pytest.mark.parametrize("empty", [None, "", [], {}], ids=["null", "text", "list", "object"])
@pytest.mark.parametrize("key", [key for key in KEYS[2:] if key != "resources"] + ["description", "x_other"])
def test_an_empty_value_has_no_key(shared: Site, key: str, empty: object) -> None:
    value = answered(shared, **{key: empty})
    required = {"license": "notspecified"}
    assert value.get(key) == required.get(key) or key.startswith("metadata_")
    assert empty not in value.values()


@rule("DCIP-SCHEMA-1")
@pytest.mark.parametrize("empty", [None, "", [], {}], ids=["null", "text", "list", "object"])
def test_resources_stay_even_when_empty(shared: Site, empty: object) -> None:
    assert answered(shared, resources=empty)["resources"] == []


@rule("DCIP-SCHEMA-1")
@pytest.mark.parametrize("empty", [None, "", [], {}], ids=["null", "text", "list", "object"])
@pytest.mark.parametrize("key", [*RESOURCE_KEYS[2:], "x_other"])
def test_an_empty_value_of_a_resource_has_no_key(shared: Site, key: str, empty: object) -> None:
    (resource,) = answered(shared, resources=[{**RESOURCE, key: empty}])["resources"]
    assert resource == {name: value for name, value in RESOURCE.items() if name != key}


@rule("DCIP-SCHEMA-1")
def test_empty_values_go_at_any_depth_but_not_inside_geojson(shared: Site) -> None:
    geometry = {"type": "Feature", "geometry": None, "properties": {}, "bbox": []}
    deep = {"a": {"b": {"c": None, "d": ""}, "e": 1}, "f": [{"g": [], "h": 0}], "i": False}
    value = answered(shared, spatial=geometry, x_deep=deep, x_place=geometry)
    assert value["spatial"] == value["x_place"] == geometry
    assert value["x_deep"] == {"a": {"e": 1}, "f": [{"h": 0}], "i": False}


REFUSED: dict[str, dict[str, Any]] = {
    "no id": {"title": "x"},
    "empty id": {"id": "", "title": "x"},
    "null id": {"id": None, "title": "x"},
    "boolean id": {"id": True, "title": "x"},
    "fraction as id": {"id": 1.5, "title": "x"},
    "list as id": {"id": ["1"], "title": "x"},
    "id with NUL": {"id": "a\0b", "title": "x"},
    "id with a lone surrogate": {"id": "a\ud800", "title": "x"},
    "no title": {"id": "1", "license": "x"},
    "blank title": {"id": "1", "title": " \t ", "license": "x"},
    "title that is a list": {"id": "1", "title": ["x"]},
    "license that is an object": {"id": "1", "title": "x", "license": {"a": 1}},
    "resources that are an object": {"id": "1", "title": "x", "resources": {"url": "http://d.example"}},
    "tags that are an object": {"id": "1", "title": "x", "tags": {"a": "b"}},
    "spatial that is no GeoJSON": {"id": "1", "title": "x", "spatial": {"place": "here"}},
    "time that is none": {"id": "1", "title": "x", "metadata_modified": "soon"},
    "negative size": {"id": "1", "title": "x", "resources": [{"url": "http://d.example", "size": -1}]},
}


@rule("DCIP-SCHEMA-2", "DCIP-SCHEMA-4", "DCIP-SCHEMA-5")
def test_what_the_schema_does_not_allow_is_refused_and_never_served(site: Site, run: Callable[..., Ran]) -> None:
    lines = [json.dumps(record) for record in (*REFUSED.values(), {"id": "good", "title": "Good", "license": "x"})]
    ran = run("import", "-", "--format", "dcip", stdin="\n".join(lines).encode())
    assert ran.status == 1
    assert ran.out.startswith("1 created")
    assert f"{len(REFUSED)} refused" in ran.out
    assert [entry["id"] for entry in read_json(site, "/rest/dataset/id/")] == ["good"]


@rule("DCIP-SCHEMA-3")
@pytest.mark.parametrize("time", ["2020-01-02", "2020-01-02T03:04:05Z", "2020-01-02T03:04:05.678+02:00"])
def test_the_times_of_a_record_are_the_sources(shared: Site, time: str) -> None:
    value = answered(shared, metadata_modified=time, metadata_created=time)
    for key in ("metadata_modified", "metadata_created"):
        assert datetime.fromisoformat(value[key]) == datetime.fromisoformat(time)


@rule("DCIP-SCHEMA-3")
def test_times_that_the_source_does_not_give_are_those_of_first_import_and_latest_revision(site: Site) -> None:
    first = answered(site, title="First")
    assert first["metadata_created"] == first["metadata_modified"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["metadata_created"])
    time.sleep(1.1)
    assert answered(site, title="First") == first
    second = answered(site, title="Second")
    assert second["metadata_created"] == first["metadata_created"]
    (entry,) = read_json(site, "/rest/dataset/id/")
    assert second["metadata_modified"] == entry["modified"] > first["metadata_modified"]


@rule("DCIP-SCHEMA-4")
@pytest.mark.parametrize(
    "kind", ["Point", "Polygon", "MultiPolygon", "GeometryCollection", "Feature", "FeatureCollection"]
)
def test_spatial_is_a_geojson_object(shared: Site, kind: str) -> None:
    geometry = {"type": kind, "coordinates": [[[0.1, 51], [1e-7, 2], [3, -4.5], [0.1, 51]]], "x": {"y": None}}
    assert answered(shared, spatial=geometry)["spatial"] == geometry


@rule("DCIP-SCHEMA-5")
@pytest.mark.parametrize("size", [1, 2**31, 2**53 + 1, 10**17])
def test_size_is_an_integer_of_bytes(shared: Site, size: int) -> None:
    (resource,) = answered(shared, resources=[{**RESOURCE, "size": size}])["resources"]
    assert (resource["size"], type(resource["size"])) == (size, int)


@rule("DCIP-SCHEMA-5")
@pytest.mark.parametrize(
    "digest", ["md5:x", "sha1:da39a3ee", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "anything else"]
)
def test_hash_is_kept_as_given(shared: Site, digest: str) -> None:
    (resource,) = answered(shared, resources=[{**RESOURCE, "hash": digest}])["resources"]
    assert resource["hash"] == digest


@rule("DCIP-SCHEMA-5")
def test_every_resource_has_a_type_and_a_url(shared: Site) -> None:
    value = answered(
        shared, resources=[{"url": "http://d.example/1"}, {"title": "No address"}, {"url": "", "format": "CSV"}]
    )
    assert [list(resource) for resource in value["resources"]] == [["resource_type", "url"]]
    assert value["unlinked_resources"] == [{"title": "No address"}, {"format": "CSV"}]


@rule("DCIP-SCHEMA-4")
def test_resources_and_tags_keep_their_order(shared: Site) -> None:
    resources = [{**RESOURCE, "url": f"http://d.example/{n}"} for n in (3, 1, 2, 1)]
    value = answered(shared, resources=resources, tags=["z", "a", "M", "a"])
    assert value["resources"] == resources
    assert value["tags"] == ["z", "a", "M"]
