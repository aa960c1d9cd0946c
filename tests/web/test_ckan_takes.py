"""Packages as a CKAN takes them: one field that its schema refuses, and its harvester loses the dataset."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcip_server.entities import Json
from dcip_server.formats.ckan import parse_record
from dcip_server.formats.ckan_schema import fit_tag, fit_time
from dcip_server.formats.dcip import parse_dataset
from dcip_server.store import Put
from tests.clients.ckan_validators import refusals
from tests.conftest import Site


def _package(site: Site, record: dict[str, Json]) -> dict[str, Any]:
    entity = parse_record(record) if "extras" in record else parse_dataset(record)
    site.store.revise([Put(entity)])
    answer = site.get(f"/api/3/action/package_show?id={record['id']}")
    assert answer.status_code == 200
    package: dict[str, Any] = answer.json["result"]
    assert refusals(package) == []
    return package


def _extras(package: dict[str, Any]) -> dict[str, str]:
    return {extra["key"]: extra["value"] for extra in package["extras"]}


_POLYGON = '{"coordinates": [[[1, 2], [3, 2], [3, 4], [1, 2]]], "type": "Polygon"}'
_NEW = {"title": "T", "license": "cc0-1.0", "resources": []}
#: What a record says, and of the extras of its package those that are due, ``None`` where there may be none.
_MOVED: dict[str, tuple[dict[str, Json], dict[str, str | None]]] = {
    "the id of a licence": (_NEW | {"license_id": "CC0-1.0"}, {"known_license_id": "CC0-1.0", "source_license_id": None}),
    "a tag with a stroke": (_NEW | {"tags": ["water/air", "soil"]}, {"source_tags": '["water/air", "soil"]'}),
    "tags that CKAN takes": (_NEW | {"tags": ["Luft-Güte 2.5", "水质"]}, {}),
    "a tag of one letter": (_NEW | {"tags": ["x"]}, {"source_tags": '["x"]'}),
    "a tag of signs alone": (_NEW | {"tags": ["☃", "snow"]}, {"source_tags": '["☃", "snow"]'}),
    "a tag that is too long": (_NEW | {"tags": ["a" * 101]}, {"source_tags": json.dumps(["a" * 101])}),
    "a long version": (_NEW | {"version": "9" * 101}, {"source_version": "9" * 101}),
    "extras of a package's own keys": (
        {"title": "T", "extras": [{"key": "tags", "value": "a,b"}, {"key": "theme", "value": "x"}]},
        {"source_tags": "a,b", "theme": "x"},
    ),
    "an extra for the place that is a polygon": (
        {"title": "T", "extras": [{"key": "spatial", "value": _POLYGON}]}, {"spatial": _POLYGON, "spatial-text": None},
    ),
    "an extra for the place that is a name": (
        {"title": "T", "extras": [{"key": "spatial", "value": "Zürich"}]}, {"spatial": None, "spatial-text": "Zürich"},
    ),
    "extras that occur twice": (
        {"title": "T", "extras": [{"key": "k", "value": "a"}, {"key": "k", "value": "b"}, {"key": "k", "value": "a"}]},
        {"k": '["a", "b"]'},
    ),
    "extras that are no text": (
        {"title": "T", "extras": [{"key": "k", "value": True}, {"key": "l", "value": ["a", 1]}, {"key": "n", "value": None}]},
        {"k": "true", "l": '["a", 1]', "n": ""},
    ),
    "extras that are none": ({"title": "T", "extras": ["k", {"value": "v"}]}, {"source_extras": '["k", {"value": "v"}]'}),
    "two addresses in one": (
        {"title": "T", "maintainer_email": "a@b.example; c@d.example", "author_email": "mailto:a@b.example", "extras": []},
        {"source_maintainer_email": "a@b.example; c@d.example", "source_author_email": "mailto:a@b.example"},
    ),
    "an address with a backslash": (
        {"title": "T", "maintainer_email": "a\\b@c.example", "extras": []}, {"source_maintainer_email": "a\\b@c.example"},
    ),
    "an address that begins with a dot, and one with two dots": (
        {"title": "T", "maintainer_email": ".a@b.example", "author_email": "a..b@c.example", "extras": []},
        {"source_maintainer_email": ".a@b.example", "source_author_email": "a..b@c.example"},
    ),
    "relations to packages that are elsewhere": (
        {"title": "T", "relationships_as_subject": [{"type": "depends_on", "object": "x"}], "relationships_as_object": [],
         "extras": []},
        {"source_relationships_as_subject": '[{"object": "x", "type": "depends_on"}]'},
    ),
    "what plugins store, and tags in one text": (
        {"title": "T", "plugin_data": {"p": 1}, "tag_string": "a/b", "extras": []},
        {"source_plugin_data": '{"p": 1}', "source_tag_string": "a/b"},
    ),
    "an address": ({"title": "T", "maintainer_email": "a@b.example", "extras": []}, {}),
}  # fmt: skip


def test_a_licence_that_is_known_has_its_title_and_url(site: Site) -> None:
    package = _package(site, {"id": "p-1", **_NEW})
    assert (package["license_id"], package["license_title"]) == ("cc0-1.0", "CC0 1.0")
    assert package["license_url"] == "https://creativecommons.org/publicdomain/zero/1.0/"


@pytest.mark.parametrize("what", _MOVED)
def test_what_a_ckan_would_refuse_stands_among_the_extras(site: Site, what: str) -> None:
    record, due = _MOVED[what]
    extras = _extras(_package(site, {"id": "p-1", **record}))
    found = {key: value for key, value in extras.items() if key in due or key.startswith("source_")}
    found = {key: value for key, value in found.items() if not key.startswith("source_metadata")}
    assert found == {key: value for key, value in due.items() if value is not None}


@pytest.mark.parametrize("id", ["new", "edit", "search", "x"])
def test_names_that_ckan_keeps_for_itself_or_finds_too_short_are_given_to_no_package(site: Site, id: str) -> None:
    package = _package(site, {"id": id, **_NEW})
    assert package["name"] != id
    assert site.get(f"/api/3/action/package_show?id={package['name']}").json["result"]["id"] == id


def test_resources_have_ids_times_and_sizes_that_ckan_reads(site: Site) -> None:
    resources: list[Json] = [
        {
            "id": "r-1",
            "url": "https://e.example/a",
            "size": "12 KB",
            "created": None,
            "last_modified": "2024-05-05T09:33:20Z",
        },
        {
            "id": "7d1f4f2e-0000-4000-8000-000000000000",
            "url": "https://e.example/b",
            "size": 5,
            "created": "2024-05-05T11:33:20.5+02:00",
        },
        {
            "id": "é" * 8,
            "url": "https://e.example/c d.csv ",
            "created": "last week",
            "cache_last_updated": "2024-05-05",
        },
    ]
    package = _package(site, {"id": "p-1", "title": "T", "resources": resources, "extras": []})
    first, second, third = package["resources"]
    assert (first["source_id"], first["source_size"], first["size"]) == ("r-1", "12 KB", None)
    assert first["last_modified"] == "2024-05-05T09:33:20.000000"
    assert (second["id"], second["size"], second["created"]) == (
        "7d1f4f2e-0000-4000-8000-000000000000",
        5,
        "2024-05-05T09:33:20.500000",
    )
    # udata refuses a package of which a resource has no time of its making: it is here since then.
    assert (third["source_created"], third["created"]) == ("last week", package["metadata_created"])
    assert first["created"] == package["metadata_created"]
    assert third["cache_last_updated"] == "2024-05-05"
    assert [resource["url"] for resource in package["resources"]][1:] == [
        "https://e.example/b",
        "https://e.example/c%20d.csv",
    ]
    assert len({resource["id"] for resource in package["resources"]}) == 3


#: Times of a resource as portals on CKAN's API write them, and the same as CKAN reads it.
_TIMES = {
    "jeu, 19/12/2019 - 03:00": "2019-12-19T03:00:00.000000", "19.12.2019": "2019-12-19", "1576724400": "2019-12-19T03:00:00.000000",
    "Thu, 19 Dec 2019 03:00:00 +0100": "2019-12-19T02:00:00.000000", "2019-12": None, "2019": None, "03/04/2019": None,
}  # fmt: skip


@pytest.mark.parametrize("given", _TIMES)
def test_a_time_of_a_resource_that_can_be_read_is_read(site: Site, given: str) -> None:
    said: list[Json] = [{"url": "https://e.example/a", "created": given, "cache_last_updated": given}]
    package = _package(site, {"id": "p-1", "title": "T", "extras": [], "resources": said})
    (found,) = package["resources"]
    assert found["cache_last_updated"] == _TIMES[given]
    assert found["created"] == (_TIMES[given] or package["metadata_created"])
    assert (found.get("source_created") == given) is (_TIMES[given] is None)


def test_a_time_that_no_clock_shows_is_none(site: Site) -> None:
    said: list[Json] = [{"url": "https://e.example/a", "last_modified": "2024-02-30", "created": "2024-05-05T24:00:00"}]
    (found,) = _package(site, {"id": "p-1", "title": "T", "extras": [], "resources": said})["resources"]
    assert (found["last_modified"], found["source_last_modified"]) == (None, "2024-02-30")
    assert found["created"] == "2024-05-06T00:00:00.000000"


def test_a_size_that_no_database_holds_is_none(site: Site) -> None:
    said: list[Json] = [
        {"url": "https://e.example/a", "size": 2**63},
        {"url": "https://e.example/b", "size": 2**63 - 1},
    ]
    first, second = _package(site, {"id": "p-1", "title": "T", "extras": [], "resources": said})["resources"]
    assert (first["size"], first["source_size"], second["size"]) == (None, 2**63, 2**63 - 1)


def test_what_only_another_ckan_can_look_up_stands_under_a_name_that_ckan_does_not_read(site: Site) -> None:
    tags: list[Json] = [{"name": "water", "vocabulary_id": "2"}, {"name": "soil", "vocabulary_id": None}]
    record: dict[str, Json] = {"title": "T", "tags": tags, "extras": [{"id": 5, "key": "k", "value": "v"}]}
    package = _package(site, {"id": "p-1", **record})
    first, second = package["tags"]
    assert (first["source_vocabulary_id"], first.get("vocabulary_id"), second.get("vocabulary_id")) == ("2", None, None)
    assert {"source_id": 5, "key": "k", "value": "v"} in package["extras"]


def test_tags_keep_what_they_are_shown_as_and_none_comes_twice(site: Site) -> None:
    tags = _package(site, {"id": "p-1", **_NEW, "tags": ["a/b", "a,b", "c"]})["tags"]
    assert [(tag["name"], tag["display_name"]) for tag in tags] == [("a b", "a,b"), ("c_", "c")]


def test_every_package_of_real_catalogs_is_one_that_ckan_takes(real_site: Site | None) -> None:
    if real_site is None:
        return
    site = real_site
    packages: dict[str, Any] = {}
    count = 1
    while len(packages) < count:
        result = site.get(f"/api/3/action/package_search?rows=1000&start={len(packages)}&sort=id+asc").json["result"]
        for package in result["results"]:
            undated = [f"{item['url']} has no time" for item in package["resources"] if not item["created"]]
            packages[package["id"]] = refusals(package) + undated
        count = result["count"]
    assert len(packages) > 6_000
    assert {id: found for id, found in packages.items() if found} == {}


@given(st.text())
def test_every_text_is_a_tag_that_ckan_takes_or_none(text: str) -> None:
    name = fit_tag(text)
    assert name == "" or refusals({**_BARE, "tags": [{"id": "t", "name": name}]}) == []
    assert fit_tag(name) == name


@given(st.one_of(st.text(), st.datetimes().map(str), st.datetimes().map(lambda time: f"{time.isoformat()}Z")))
def test_every_text_is_a_time_that_ckan_reads_or_none(text: str) -> None:
    time = fit_time(text)
    assert time is None or fit_time(time) == time


_BARE: dict[str, Any] = {
    "name": "pp", "author_email": None, "maintainer_email": None, "version": None, "tags": [], "extras": [], "resources": []
}  # fmt: skip
