"""Draft, "List Dataset API Call" and "Response Format": the change list in JSON."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from dcip_server.errors import NotFoundError
from dcip_server.store import Delete, Put
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import JSON, N3, ask, assert_bare, assert_ok, ids, read_json

LIST = "/rest/dataset/id/"


@rule("DCIP-LIST-1")
@pytest.mark.parametrize("url", ["/rest/dataset/id/", "/rest/dataset/id", "/rest/dataset/id.json"])
def test_the_list_is_a_json_array_of_objects(catalog: Site, url: str) -> None:
    answer = ask(catalog, url)
    assert_ok(answer, JSON)
    entries = json.loads(answer.data.decode("utf-8"))
    assert isinstance(entries, list)
    assert all(isinstance(entry, dict) for entry in entries)
    assert len(entries) == 5


@rule("DCIP-LIST-1", "DCIP-LIST-2", "DCIP-LIST-3", "DCIP-LIST-6")
def test_every_dataset_that_is_or_ever_was_is_listed_once_with_its_latest_change(catalog: Site) -> None:
    found = [(entry["id"], entry["change_type"], entry["revision"]) for entry in read_json(catalog, LIST)]
    assert found == [
        (123, "create", 1),
        ("wells", "create", 2),
        ("rivers", "update", 6),
        ("tides", "delete", 7),
        ("springs", "create", 9),
    ]


@rule("DCIP-LIST-2", "DCIP-LIST-3", "DCIP-LIST-4", "DCIP-LIST-5", "DCIP-LIST-6")
def test_an_entry_has_the_drafts_attributes_and_a_digest(catalog: Site) -> None:
    due = ["id", "change_type", "modified", "url", "revision", "sha256"]
    for entry in read_json(catalog, LIST):
        assert list(entry) == (due[:-1] if entry["change_type"] == "delete" else due)
        assert entry["change_type"] in ("create", "update", "delete")
        assert type(entry["revision"]) is int


@rule("DCIP-LIST-4")
def test_modified_is_the_time_of_the_change_in_utc_to_the_second(site: Site) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    site.store.revise([Put(dataset("1"))])
    (entry,) = read_json(site, LIST)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["modified"])
    assert before <= datetime.fromisoformat(entry["modified"]) <= datetime.now(UTC)


@rule("DCIP-LIST-4")
def test_modified_is_the_catalogs_time_not_the_records_own(site: Site) -> None:
    old = "2001-02-03T04:05:06Z"
    site.store.revise([Put(dataset("1", metadata_modified=old, metadata_created=old))])
    (entry,) = read_json(site, LIST)
    assert datetime.now(UTC) - datetime.fromisoformat(entry["modified"]) < timedelta(minutes=5)
    assert read_json(site, entry["url"])["metadata_modified"] == old


@rule("DCIP-LIST-4", "DCIP-LIST-6")
def test_times_and_revisions_rise_together(site: Site) -> None:
    site.store.revise([Put(dataset("1")), Put(dataset("2"))])
    time.sleep(1.1)
    site.store.revise([Put(dataset("1", title="Later"))])
    first, second = read_json(site, LIST)
    assert (first["id"], second["id"]) == ("2", "1")
    assert first["modified"] < second["modified"]


@rule("DCIP-LIST-5")
def test_the_url_is_full_and_of_the_same_serialisation(catalog: Site) -> None:
    for entry in read_json(catalog, LIST):
        assert entry["url"] == f"http://catalog.example/rest/dataset/id/{entry['id']}.json"


@rule("DCIP-LIST-5", "DCIP-LIST-7")
def test_the_digest_is_that_of_the_bytes_that_the_url_answers(catalog: Site) -> None:
    live = [entry for entry in read_json(catalog, LIST) if entry["change_type"] != "delete"]
    assert len(live) == 4
    for entry in live:
        assert sha256(ask(catalog, entry["url"]).data).hexdigest() == entry["sha256"]


@rule("DCIP-LIST-7")
def test_a_listed_dataset_is_answered_200_and_a_deleted_one_404(catalog: Site) -> None:
    for entry in read_json(catalog, LIST):
        answer = ask(catalog, entry["url"])
        if entry["change_type"] == "delete":
            assert_bare(answer, 404)
        else:
            assert_ok(answer, JSON)
            assert answer.json["id"] == entry["id"]


def test_the_list_is_the_same_at_all_its_urls(catalog: Site) -> None:
    bodies = {
        ask(catalog, f"/rest/{url}").data for url in ("dataset/id/", "dataset/id", "dataset/id.json", "DATASET/id/")
    }
    assert len(bodies) == 1


def test_the_list_has_no_pages(site: Site) -> None:
    site.store.revise([Put(dataset(number)) for number in range(1500)])
    assert ids(read_json(site, "/rest/dataset/id.json?limit=10&offset=5&page=2")) == list(range(1500))


@rule("DCIP-LIST-6")
def test_revisions_rise_strictly_over_the_whole_catalog(site: Site) -> None:
    seen: list[int] = []
    for number in range(5):
        site.store.revise([Put(dataset("a", title=str(number))), Put(dataset(number))])
        listed = [entry["revision"] for entry in read_json(site, LIST)]
        assert listed == sorted(set(listed))
        assert listed[-1] > (seen[-1] if seen else 0)
        seen = listed
    assert seen == [2, 4, 6, 8, 9, 10]


@rule("DCIP-LIST-3")
def test_the_life_of_a_dataset(site: Site) -> None:
    steps = [
        (Put(dataset("1")), "create", 1),
        (Put(dataset("1")), "create", 1),
        (Put(dataset("1", title="Other")), "update", 2),
        (Put(dataset("1", title="Other")), "update", 2),
        (Put(dataset("1", title="Third")), "update", 3),
        (Delete("dataset", "1"), "delete", 4),
        (Put(dataset("1", title="Third")), "create", 5),
        (Put(dataset("1", title="Fourth")), "update", 6),
    ]
    for change, change_type, revision in steps:
        site.store.revise([change])
        (entry,) = read_json(site, LIST)
        assert (entry["change_type"], entry["revision"]) == (change_type, revision)
        assert ("sha256" in entry) == (change_type != "delete")


@rule("DCIP-LIST-3", "DCIP-LIST-7")
def test_a_deleted_dataset_stays_in_the_change_list(site: Site) -> None:
    site.store.revise([Put(dataset("1")), Put(dataset("2"))])
    site.store.revise([Delete("dataset", "1")])
    site.store.revise([Put(dataset("3"))])
    found = [(entry["id"], entry["change_type"]) for entry in read_json(site, LIST)]
    assert found == [("2", "create"), ("1", "delete"), ("3", "create")]
    assert_bare(ask(site, "/rest/dataset/id/1.json"), 404)


def test_a_dataset_that_is_gone_cannot_be_deleted_again(site: Site) -> None:
    site.store.revise([Put(dataset("1"))])
    site.store.revise([Delete("dataset", "1")])
    with pytest.raises(NotFoundError):
        site.store.revise([Delete("dataset", "1")])
    assert [entry["revision"] for entry in read_json(site, LIST)] == [2]


def test_a_change_that_fails_half_way_is_not_listed_at_all(site: Site) -> None:
    site.store.revise([Put(dataset("1"))])
    before = ask(site, LIST).data
    with pytest.raises(NotFoundError):
        site.store.revise([Put(dataset("2")), Put(dataset("1", title="x")), Delete("dataset", "nobody")])
    assert ask(site, LIST).data == before
    assert_bare(ask(site, "/rest/dataset/id/2.json"), 404)


def test_a_dry_run_is_not_listed(site: Site) -> None:
    outcome = site.store.revise([Put(dataset("1"))], dry_run=True)
    assert outcome.created == 1
    assert read_json(site, LIST) == []


def test_the_list_names_the_host_that_was_asked(catalog: Site) -> None:
    for host in ("catalog.example", "other.example:8080", "[2001:db8::1]:8000"):
        entries = read_json(catalog, LIST, headers={"Host": host})
        assert {entry["url"].partition("/rest/")[0] for entry in entries} == {f"http://{host}"}
    assert read_json(catalog, LIST)[0]["url"].startswith("http://catalog.example/rest/")


def test_the_list_follows_many_hosts_one_after_the_other(site: Site) -> None:
    site.store.revise([Put(dataset("1"))])
    for number in range(20):
        site.store.revise([Put(dataset("1", title=str(number)))])
        for extension, content_type in (("json", JSON), ("dcat.N3", N3)):
            answer = ask(site, f"/rest/dataset/id.{extension}", headers={"Host": f"h{number % 12}.example"})
            assert_ok(answer, content_type)
            assert f"http://h{number % 12}.example/rest/dataset/id/1.{extension}" in answer.text
