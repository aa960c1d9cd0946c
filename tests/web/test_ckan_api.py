"""CKAN's action API as its harvesters call it, and what leads search engines to the pages."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import pytest

from dcip_server.formats.ckan import parse_record
from dcip_server.store import Delete, Put, Store
from tests.conftest import Server, Site
from tests.records import dataset

_ACTION = "/api/3/action"


def _result(site: Site, call: str) -> Any:
    answer = site.get(f"{_ACTION}/{call}")
    assert (answer.status_code, answer.json["success"]) == (200, True)
    return answer.json["result"]


def _walk(site: Site, rows: int = 2, fq: str = "") -> list[str]:
    """All ids, as ckanext-harvest pages: until a page adds none."""
    ids: list[str] = []
    while True:
        query = f"package_search?rows={rows}&start={len(ids)}&sort=id+asc" + (f"&fq={quote(fq)}" if fq else "")
        page = [package["id"] for package in _result(site, query)["results"]]
        if not page:
            return ids
        ids += page


@pytest.fixture
def on_each(store: Store, make_site: Callable[..., Site]) -> Site:
    store.revise([Put(dataset(id)) for id in ("b", "d", "a", "c/Ä", 5)])
    return make_site(store)


def test_a_walk_gives_every_dataset_once_and_another_one_what_is_left(on_each: Site) -> None:
    assert _walk(on_each) == sorted(["a", "b", "c/Ä", "d", "5"])
    on_each.store.revise([Delete("dataset", "b"), Put(dataset("e"))])
    assert set(_walk(on_each)) == {"a", "c/Ä", "d", "e", "5"}
    assert _result(on_each, "package_search?rows=2&start=900") | {"sort": ""} == {
        "count": 5, "sort": "", "facets": {}, "search_facets": {}, "results": []
    }  # fmt: skip


def test_each_name_of_the_list_shows_its_package(on_each: Site) -> None:
    names = _result(on_each, "package_list")
    assert len(set(names)) == 5
    shown = [_result(on_each, f"package_show?id={name}") for name in names]
    assert [package["name"] for package in shown] == names
    assert {package["id"] for package in shown} == {"a", "b", "c/Ä", "d", "5"}
    assert on_each.get(f"{_ACTION}/package_show?id=none").status_code == 404


def test_what_was_changed_since_is_the_answer_to_an_incremental_harvest(on_each: Site) -> None:
    stated = dataset("old", metadata_modified="1999-01-01T00:00:00Z")
    on_each.store.revise([Put(stated)])
    assert "old" in _walk(on_each, fq="metadata_modified:[2026-01-01T00:00:00.123456Z TO *]")
    assert _walk(on_each, fq="metadata_modified:[* TO 2001-01-01T00:00:00Z]") == []
    package = _result(on_each, "package_show?id=old")
    assert package["metadata_modified"] > "2026"
    assert len(package["metadata_modified"]) == 26
    assert {"key": "source_metadata_modified", "value": "1999-01-01T00:00:00Z"} in package["extras"]


@pytest.mark.parametrize(
    "call",
    ["package_search?fq=organization:x", "package_search?q=trees", "package_search?rows=-1", "package_search?foo=1",
     "package_search?fq=metadata_modified:[yesterday TO *]", "package_search?sort=size+asc", "no_such_action",
     "package_search?fq=-tags:x"],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused_in_the_shape_of_ckan(site: Site, call: str) -> None:
    answer = site.get(f"{_ACTION}/{call}")
    assert (answer.status_code, answer.json["success"]) == (400, False)
    assert answer.json["error"]["message"]


def test_a_package_of_ckan_keeps_its_fields_and_has_those_that_udata_requires(site: Site) -> None:
    given = {
        "id": "p1", "name": "trees", "title": "Trees", "notes": "All of them", "license_id": "cc-by",
        "tags": [{"name": "tree"}], "groups": [{"name": "nature"}], "extras": [{"key": "k", "value": "v"}],
        "owner_org": "town", "resources": [{"url": "https://data.example/t.csv", "name": "CSV", "format": "CSV"}],
    }  # fmt: skip
    site.store.revise([Put(parse_record(given))])
    for path in ("/api/3/action/package_show?id=p1", "/api/action/package_show/?id=p1"):
        package = site.get(path).json["result"]
        assert {key: package[key] for key in ("id", "title", "notes", "license_id", "groups", "owner_org")} == {
            key: given[key] for key in ("id", "title", "notes", "license_id", "groups", "owner_org")
        }
        assert {"key": "k", "value": "v"} in package["extras"]
        assert (package["private"], package["type"], package["organization"]) == (False, "dataset", None)
        assert package["tags"][0].keys() >= {"id", "name"}
        resource = package["resources"][0]
        assert (resource["url"], resource["name"], resource["position"], resource["resource_type"]) == (
            "https://data.example/t.csv", "CSV", 0, "file"
        )  # fmt: skip
        assert resource["created"]
        assert resource["id"]


def test_a_head_says_what_a_get_would_and_what_is_known_is_not_sent_again(
    sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]
) -> None:
    sqlite_store.revise([Put(dataset("a"))])
    with closing(HTTPConnection(serve(sqlite_url).url.removeprefix("http://"))) as connection:
        path = f"{_ACTION}/package_list"
        answers = []
        for method, headers in (("GET", {}), ("HEAD", {}), ("GET", None)):
            headers = {"If-None-Match": answers[0].headers["ETag"]} if headers is None else headers
            connection.request(method, path, headers=headers)
            answers.append(connection.getresponse())
            answers[-1].read()
    assert [answer.status for answer in answers] == [200, 200, 304]
    assert answers[1].headers["Content-Length"] == answers[0].headers["Content-Length"]


def test_the_sitemap_leads_to_each_live_record_under_the_public_address(
    sqlite_store: Store, make_site: Callable[..., Site]
) -> None:
    sqlite_store.revise([Put(dataset("a&b")), Put(dataset("gone"))])
    sqlite_store.revise([Delete("dataset", "gone")])
    site = make_site(sqlite_store, site_url="https://data.example/cat")
    assert "Sitemap: https://data.example/cat/sitemap.xml" in site.get("/robots.txt").text
    assert "<loc>https://data.example/cat/sitemap-1.xml</loc>" in site.get("/sitemap.xml").text
    part = site.get("/sitemap-1.xml").text
    assert part.count("<loc>") == 1
    assert "<loc>https://data.example/cat/dataset/a%26b</loc><lastmod>20" in part
    assert site.get("/sitemap-2.xml").status_code == 404
