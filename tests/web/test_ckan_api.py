"""CKAN's action API as its harvesters call it, and what leads search engines to the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import pytest

from dcip_server.entities import Json
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
    assert {"key": "source_metadata_modified", "value": "1999-01-01T00:00:00Z"} in package["extras"]


def test_each_change_has_a_later_time_which_a_client_that_stores_it_writes_in_the_same_way(on_each: Site) -> None:
    # CKAN's harvester compares the text with that of the time it stored, and takes what is later for changed.
    on_each.store.revise([Put(dataset("earlier")), Put(dataset("later"))])
    times = [_result(on_each, f"package_show?id={id}")["metadata_modified"] for id in ("earlier", "later")]
    assert times[0] < times[1]
    assert [datetime.fromisoformat(time).isoformat() for time in times] == times


@pytest.mark.parametrize(
    "call",
    ["package_search?rows=-1", "package_search?foo=1", "package_search?fq=metadata_modified:[yesterday TO *]",
     "package_search?fq=metadata_modified:{2026-01-01 TO *]", "package_search?fq=metadata_modified:2026-01-01",
     "package_search?sort=size+asc", "package_search?sort=id+asc,size+desc", "no_such_action",
     "package_search?fq=res_size:3", "package_search?fq=tags:t*", "package_search?fq=tags:t?", "package_search?q=tr*s",
     "package_search?fq=tags:", "package_search?fq=tags:+x", "package_search?fq=(tags:x", "package_search?fq=tags:x)",
     "package_search?fq=tags:x+OR", "package_search?fq=AND+tags:x", "package_search?fq=tags:x+AND", "package_search?fq=%22x",
     "package_search?fq=tags:[a+TO+b]", "package_search?fq=x~2", "package_search?fq=tags:x^3", "package_search?fq=a:b",
     "package_search?facet=true", "package_search?include_private=true", "package_search?q=" + "w+" * 5000,
     "package_search?fq=" + "(" * 50 + "tags:x" + ")" * 50,
     "package_show", "organization_show", "organization_list?sort=size", "package_list?limit=x", "package_show?id=a&x=1"],
    ids=lambda call: call[:60],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused_in_the_shape_of_ckan(site: Site, call: str) -> None:
    answer = site.get(f"{_ACTION}/{call}")
    assert (answer.status_code, answer.json["success"]) == (400, False)
    assert answer.json["error"]["message"]


#: Records of CKAN and of another source.
_PACKAGES = [
    {"id": "p1", "title": "Trees of the town", "tags": [{"name": "tree"}, {"name": "big city"}], "license_id": "cc-by",
     "owner_org": "o-1", "organization": {"id": "o-1", "name": "town", "title": "The Town", "description": "A town"},
     "groups": [{"id": "g-1", "name": "nature", "title": "Nature"}], "resources": [{"url": "https://a.example/1", "format": "CSV"}]},
    {"id": "p2", "title": "Lakes", "tags": [{"name": "lake"}], "license_id": "cc-zero",
     "owner_org": "o-2", "organization": {"id": "o-2", "name": "county", "title": "The County"},
     "groups": [{"id": "g-1", "name": "nature"}, {"name": "water"}], "resources": []},
    {"id": "p3", "title": "Roads", "notes": "Trees beside them", "owner_org": "o-2",
     "organization": {"id": "o-2", "name": "county", "title": "The County"}, "resources": []},
    {"id": "p4", "title": "Budget", "owner_org": "o-3", "license_id": "cc-by", "resources": []},
]  # fmt: skip


@pytest.fixture
def filled(store: Store, make_site: Callable[..., Site]) -> Site:
    store.revise([*(Put(parse_record(package)) for package in _PACKAGES), Put(dataset("d1", maintainer="Office of Ä"))])
    return make_site(store)


#: Filters and the ids of the packages that they leave.
_FILTERS = {
    "organization:town": "p1", "organization:o-2": "p2 p3", "owner_org:o-3": "p4", "-organization:county": "d1 p1 p4",
    "organization:town OR organization:county": "p1 p2 p3", "organization:(town OR county)": "p1 p2 p3",
    "organization:town OR organization:county metadata_modified:[2020-01-01T00:00:00Z TO *]": "p1 p2 p3",
    "organization:town metadata_modified:[2999-01-01T00:00:00Z TO *]": "",
    "-organization:town -organization:county": "d1 p4", "groups:nature": "p1 p2", "groups:nature AND -groups:water": "p1",
    "NOT groups:nature": "d1 p3 p4", "groups:g-1 groups:water": "p2", '+tags:"big city"': "p1", "tags:big city": "",
    "tags:(tree OR lake)": "p1 p2", "license_id:cc-zero": "p2", "license_id:cc-by": "d1 p1 p4", "res_format:CSV": "d1 p1",
    "id:p3": "p3", "name:p3 OR name:none": "p3", 'title:"Lakes"': "p2", 'maintainer:"Office of Ä"': "d1",
    "(tags:tree OR license_id:cc-zero) AND organization:county": "p2", "!tags:tree !tags:lake": "d1 p3 p4",
    "type:dataset state:active": "d1 p1 p2 p3 p4", "dataset_type:harvest": "", "-dataset_type:harvest": "d1 p1 p2 p3 p4",
    "capacity:public": "d1 p1 p2 p3 p4", "*:*": "d1 p1 p2 p3 p4", "": "d1 p1 p2 p3 p4",
    "metadata_created:[* TO 2001-01-01]": "", 'metadata_created:["2001-01-01" TO *]': "d1 p1 p2 p3 p4",
    "tags:none": "", "lakes": "p2", "trees": "p1 p3", "trees town": "p1", "trees -tags:tree": "p3",
}  # fmt: skip


@pytest.mark.parametrize("name", ["fq", "q"])
def test_a_filter_leaves_what_it_says(filled: Site, name: str) -> None:
    for text, due in _FILTERS.items():
        result = _result(filled, f"package_search?sort=id+asc&{name}={quote(text)}")
        assert (text, " ".join(package["id"] for package in result["results"])) == (text, due)
        assert result["count"] == len(due.split())
    assert len(_FILTERS) > 30


@pytest.mark.parametrize(
    ("sort", "due"),
    [("id asc", "d1 p1 p2 p3 p4"), ("id desc", "p4 p3 p2 p1 d1"), ("title_string asc", "p4 d1 p2 p3 p1"),
     ("metadata_modified desc", "d1 p4 p3 p2 p1"), ("score desc, metadata_modified asc", "p1 p2 p3 p4 d1"),
     ("metadata_created", "p1 p2 p3 p4 d1"), ("title asc, id desc", "p4 d1 p2 p3 p1")],
)  # fmt: skip
def test_packages_come_in_the_order_that_is_asked_for_and_in_pages(filled: Site, sort: str, due: str) -> None:
    for fq in ("", "-id:none"):
        ids: list[str] = []
        for start in range(0, 8, 2):
            page = _result(filled, f"package_search?rows=2&start={start}&sort={quote(sort)}&fq={quote(fq)}")
            assert page["count"] == 5
            ids += [package["id"] for package in page["results"]]
        assert ids == due.split()


def test_the_organization_of_each_package_can_be_shown_as_its_harvesters_do(filled: Site) -> None:
    names = _result(filled, "organization_list")
    assert len(names) == 4
    packages = _result(filled, "package_search?rows=100")["results"]
    assert {package["organization"]["name"] for package in packages} == set(names)
    for package in packages:
        for id in (package["owner_org"], package["organization"]["name"]):
            shown = _result(filled, f"organization_show?id={quote(id)}")
            assert shown["id"] == package["owner_org"]
            assert shown["title"] == package["organization"]["title"]
    county = _result(filled, "organization_show?id=county&include_datasets=True")
    assert (county["package_count"], [package["id"] for package in county["packages"]]) == (2, ["p2", "p3"])
    assert _result(filled, "organization_show?id=town")["description"] == "A town"
    described = _result(filled, "organization_list?all_fields=true&sort=package_count+desc&limit=1")
    assert [(item["name"], item["package_count"]) for item in described] == [("county", 2)]
    assert filled.get(f"{_ACTION}/organization_show?id=none").status_code == 404


def test_groups_are_listed_and_shown(filled: Site) -> None:
    assert _result(filled, "group_list") == ["nature", "water"]
    assert _result(filled, "group_list?sort=name+desc&limit=1") == ["water"]
    assert _result(filled, "group_show?id=g-1")["title"] == "Nature"
    filled.store.revise([Delete("dataset", "p2")])
    assert _result(filled, "group_list") == ["nature"]
    assert filled.get(f"{_ACTION}/group_show?id=water").status_code == 404


def test_groups_and_organizations_have_names_that_a_ckan_can_create_them_by(site: Site) -> None:
    groups: list[Json] = [{"id": "g-1", "name": "group/région", "title": "Région"}, {"title": "Big City"}]
    organization: Json = {"id": "o-1", "name": "The Town", "title": "The town"}
    site.store.revise(
        [Put(parse_record({"id": "p", "title": "T", "groups": groups, "organization": organization, "resources": []}))]
    )
    names = _result(site, "group_list") + _result(site, "organization_list")
    assert all(re.fullmatch("[a-z0-9_-]{2,100}", name) for name in names)
    assert [name.rpartition("-")[0] for name in names] == ["big-city", "group-region", "the-town"]
    assert [_result(site, f"group_show?id={id}")["source_name"] for id in ("g-1", names[1])] == ["group/région"] * 2
    package = _result(site, f"package_search?fq=groups:{names[1]}")["results"][0]
    assert [group.get("name") for group in package["groups"]] == [names[1], None]
    assert (package["organization"]["name"], package["organization"]["source_name"]) == (names[2], "The Town")


def test_parameters_may_come_as_a_json_object(filled: Site) -> None:
    body = {"fq": "tags:lake", "rows": 5, "include_private": False}
    answer = filled.request("POST", f"{_ACTION}/package_search", json=body)
    assert [package["id"] for package in answer.json["result"]["results"]] == ["p2"]
    assert (
        filled.request("POST", f"{_ACTION}/package_show", data={"id": "p1"}).json["result"]["title"]
        == "Trees of the town"
    )
    for wrong in ("[]", "{", '{"rows": []}', "[" * 100_000):
        answer = filled.request("POST", f"{_ACTION}/package_search", data=wrong, content_type="application/json")
        assert (answer.status_code, answer.json["success"]) == (400, False)


def test_the_list_of_names_follows_changes_and_is_cut_where_a_limit_says(filled: Site) -> None:
    assert _result(filled, "package_list") == ["p1", "p2", "p3", "p4", "d1"]
    filled.store.revise([Delete("dataset", "p1"), Put(dataset("d2"))])
    assert _result(filled, "package_list") == ["p2", "p3", "p4", "d1", "d2"]
    assert _result(filled, "package_list?limit=2&offset=2") == ["p4", "d1"]
    assert _result(filled, "package_list?limit=2&offset=9") == []


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
        assert (package["private"], package["type"], package["organization"]["id"]) == (False, "dataset", "town")
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


def test_the_parts_of_the_sitemap_are_those_that_have_records(
    sqlite_store: Store, make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcip_server.web.discovery.MOST_URLS", 3)
    sqlite_store.revise([Put(dataset(f"d{number}")) for number in range(11)])
    sqlite_store.revise([Delete("dataset", f"d{number}") for number in (3, 4, 5, 10)])
    sqlite_store.revise([Put(dataset("d0", title="New"))])
    site = make_site(sqlite_store)
    parts = re.findall("<loc>http://catalog.example/(.*?)</loc>", site.get("/sitemap.xml").text)
    assert parts == ["sitemap-1.xml", "sitemap-3.xml", "sitemap-4.xml"]
    pages = [page for part in parts for page in re.findall("<loc>(.*?)</loc>", site.get(f"/{part}").text)]
    assert sorted(pages) == sorted(f"http://catalog.example/dataset/d{number}" for number in (0, 1, 2, 6, 7, 8, 9))
    for number in ("0", "2", "5", "9" * 30):
        assert site.get(f"/sitemap-{number}.xml").status_code == 404
