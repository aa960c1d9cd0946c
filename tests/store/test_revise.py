"""Writing: what is a create, an update, a delete, and what is no change at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dcip_server.errors import NotFoundError
from dcip_server.protocol.urls import Format
from dcip_server.store import Delete, Put, Store
from tests.records import dataset
from tests.store.reading import body, changes, entries, found_ids, read, snapshot

Clock = Callable[[str], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the time of the next writes: ``clock("2026-03-01T00:00:00Z")``."""

    def set(time: str) -> None:
        monkeypatch.setattr("dcip_server.protocol.times.now", lambda: time)

    return set


def test_an_empty_catalog_has_an_empty_list(store: Store) -> None:
    assert entries(store) == []
    assert store.state().revision == 0
    assert store.state().live_records == 0


def test_a_first_write_creates(store: Store) -> None:
    outcome = store.revise([Put(dataset("a")), Put(dataset("b"))])
    assert (outcome.created, outcome.updated, outcome.deleted, outcome.unchanged) == (2, 0, 0, 0)
    assert changes(store) == [("a", "create"), ("b", "create")]
    assert [entry["revision"] for entry in entries(store)] == [1, 2]
    assert store.state().live_records == 2


def test_a_write_of_nothing_changes_nothing(store: Store) -> None:
    store.revise([Put(dataset("a"))])
    before = snapshot(store)
    assert store.revise([]).revisions == 0
    assert snapshot(store) == before


def test_the_same_record_again_makes_no_revision(store: Store, clock: Clock) -> None:
    clock("2026-01-01T00:00:00Z")
    store.revise([Put(dataset("a")), Put(dataset("b"))])
    before = snapshot(store)
    clock("2026-02-01T00:00:00Z")
    outcome = store.revise([Put(dataset("b")), Put(dataset("a"))])
    assert (outcome.unchanged, outcome.revisions) == (2, 0)
    assert snapshot(store) == before


def test_another_content_is_an_update(store: Store) -> None:
    store.revise([Put(dataset("a")), Put(dataset("b"))])
    outcome = store.revise([Put(dataset("a", title="Another title"))])
    assert (outcome.created, outcome.updated, outcome.unchanged) == (0, 1, 0)
    assert changes(store) == [("b", "create"), ("a", "update")]
    assert entries(store)[-1]["revision"] == 3
    record = read(store, "a")
    assert record is not None
    assert record["title"] == "Another title"
    assert store.state().live_records == 2


_RESOURCE = {"resource_type": "file", "url": "https://data.example/1.csv", "format": "CSV"}
_CHANGES: dict[str, dict[str, Any]] = {
    "a title": {"title": "Other"},
    "a licence": {"license": "odbl"},
    "a further key": {"theme": "transport"},
    "a resource more": {"resources": [_RESOURCE, {"resource_type": "api", "url": "https://data.example/api"}]},
    "no resource": {"resources": []},
    "a resource's size": {"resources": [{**_RESOURCE, "size": 12}]},
    "a date of the source": {"metadata_modified": "2020-01-01"},
    "a type of the id": {"id": 1},
    "a letter's case": {"title": "dataset 1"},
}


@pytest.mark.parametrize("keys", _CHANGES.values(), ids=_CHANGES.keys())
def test_a_change_of_content_is_an_update(store: Store, keys: dict[str, Any]) -> None:
    store.revise([Put(dataset("1"))])
    assert store.revise([Put(dataset(**{"id": "1", **keys}))]).updated == 1
    assert store.revise([Put(dataset(**{"id": "1", **keys}))]).unchanged == 1


_NO_CHANGES: dict[str, dict[str, Any]] = {
    "an empty text": {"author": ""},
    "a null": {"spatial": None},
    "an empty list": {"tags": []},
    "a nested null": {"publisher": {"name": None}},
    "keys in another order": {"resources": [dict(reversed(_RESOURCE.items()))]},
}


@pytest.mark.parametrize("keys", _NO_CHANGES.values(), ids=_NO_CHANGES.keys())
def test_a_value_that_has_no_key_is_no_change(store: Store, keys: dict[str, Any]) -> None:
    store.revise([Put(dataset("1"))])
    assert store.revise([Put(dataset("1", **keys))]).unchanged == 1


def test_a_deleted_dataset_stays_in_the_change_list(store: Store) -> None:
    store.revise([Put(dataset("a", tags=["water"])), Put(dataset("b"))])
    assert store.revise([Delete("dataset", "a")]).deleted == 1
    assert changes(store) == [("b", "create"), ("a", "delete")]
    tombstone = entries(store)[-1]
    assert tombstone["revision"] == 3
    assert "sha256" not in tombstone
    assert body(store, "a") is None
    assert body(store, "a", Format.N3) is None
    assert found_ids(store, "tags", "water") == []
    assert store.state().live_records == 1


def test_a_dataset_that_comes_back_is_created(store: Store, clock: Clock) -> None:
    clock("2026-01-01T00:00:00Z")
    store.revise([Put(dataset("a", tags=["water"]))])
    clock("2026-01-02T00:00:00Z")
    store.revise([Delete("dataset", "a")])
    clock("2026-01-03T00:00:00Z")
    assert store.revise([Put(dataset("a", tags=["water"]))]).created == 1
    assert changes(store) == [("a", "create")]
    assert entries(store)[0]["revision"] == 3
    assert found_ids(store, "tags", "water") == ["a"]
    record = read(store, "a")
    assert record is not None
    # The first import's time is not moved by a later one.
    assert record["metadata_created"] == "2026-01-01T00:00:00Z"
    assert record["metadata_modified"] == "2026-01-03T00:00:00Z"
    assert store.state().live_records == 1


def test_one_write_can_delete_and_create_again(store: Store) -> None:
    store.revise([Put(dataset("a"))])
    outcome = store.revise([Delete("dataset", "a"), Put(dataset("a", title="New"))])
    assert (outcome.created, outcome.deleted) == (1, 1)
    assert changes(store) == [("a", "create")]
    assert entries(store)[0]["revision"] == store.state().revision == 3
    assert store.state().live_records == 1


@pytest.mark.parametrize("id", ["never-seen", "deleted", ""], ids=["never seen", "deleted before", "empty"])
def test_deleting_what_is_not_there_changes_nothing(store: Store, id: str) -> None:
    store.revise([Put(dataset("a")), Put(dataset("deleted"))])
    store.revise([Delete("dataset", "deleted")])
    before = snapshot(store)
    with pytest.raises(NotFoundError, match=repr(id)):
        store.revise([Put(dataset("b")), Delete("dataset", "a"), Delete("dataset", id)])
    assert snapshot(store) == before


def test_a_record_of_another_entity_type_is_another_record(store: Store) -> None:
    store.revise([Put(dataset("a"))])
    with pytest.raises(NotFoundError):
        store.revise([Delete("dataservice", "a")])
    assert store.find_representation("dataservice", "a", Format.JSON) is None


def test_revisions_rise_over_the_whole_catalog_in_the_order_of_the_changes(store: Store) -> None:
    seen: list[int] = []
    for write in range(4):
        ids = range(write, write + 3)
        store.revise([Put(dataset(id, title=f"{id} in write {write}")) for id in ids])
        latest = entries(store)[-3:]
        assert [entry["id"] for entry in latest] == list(ids)
        seen += [entry["revision"] for entry in latest]
        assert store.state().revision == seen[-1]
    assert seen == sorted(set(seen))
    listed = [entry["revision"] for entry in entries(store)]
    assert listed == sorted(set(listed))


def test_times_rise_with_revisions_even_when_the_clock_goes_back(store: Store, clock: Clock) -> None:
    for id, time in enumerate(["2026-05-01T12:00:00Z", "2026-04-01T00:00:00Z", "2026-05-01T12:00:01Z"]):
        clock(time)
        store.revise([Put(dataset(id))])
    assert [entry["modified"] for entry in entries(store)] == [
        "2026-05-01T12:00:00Z",
        "2026-05-01T12:00:00Z",
        "2026-05-01T12:00:01Z",
    ]
    assert store.state().modified == "2026-05-01T12:00:01Z"


def test_a_deletion_is_never_dated_before_the_record(store: Store, clock: Clock) -> None:
    clock("2026-05-01T12:00:00Z")
    store.revise([Put(dataset("a"))])
    clock("2020-01-01T00:00:00Z")
    store.revise([Delete("dataset", "a")])
    assert entries(store)[0]["modified"] == "2026-05-01T12:00:00Z"


def test_all_changes_of_one_write_have_one_time(store: Store) -> None:
    store.revise(Put(dataset(id)) for id in range(450))
    assert len({entry["modified"] for entry in entries(store)}) == 1


def test_123_and_123_in_quotes_are_one_record_and_the_last_import_decides_the_type(store: Store) -> None:
    store.revise([Put(dataset(123))])
    assert store.revise([Put(dataset("123"))]).updated == 1
    assert changes(store) == [("123", "update")]
    assert store.revise([Put(dataset(123))]).updated == 1
    assert changes(store) == [(123, "update")]
    record = read(store, "123")
    assert record is not None
    assert record["id"] == 123
    store.revise([Delete("dataset", 123)])
    assert changes(store) == [(123, "delete")]
    assert store.revise([Put(dataset("123"))]).created == 1
    assert changes(store) == [("123", "create")]


_IDS = [
    "a", "A", "\u00e1", "a\u0301", "\uff41", "a ", " a", "a.b", "a.json", "a/b", "a%2Fb", "a\tb", "a\nb", "a\r\nb", "a+b", "?", "#",
    "0", "00", "-1", "1e3", "'; DROP TABLE record; --", "\u200b", "\ufeff", "🚲", "\U0010fffd", "x" * 8192, "é" * 4096,
]  # fmt: skip


def test_every_id_is_a_record_of_its_own(store: Store) -> None:
    assert len(set(_IDS)) == 28
    assert store.revise([Put(dataset(id, title=f"number {number}")) for number, id in enumerate(_IDS)]).created == 28
    for number, id in enumerate(_IDS):
        record = read(store, id)
        assert record is not None
        assert (record["id"], record["title"]) == (id, f"number {number}")
    assert [entry["id"] for entry in entries(store)] == _IDS
    for id in _IDS:
        assert store.revise([Delete("dataset", id)], allow_mass_delete=True).deleted == 1
    assert store.state().live_records == 0


_INTEGERS = [0, -1, 2**31, 2**63, 10**40]


def test_integer_ids_of_any_size_stay_integers(store: Store) -> None:
    store.revise([Put(dataset(id)) for id in _INTEGERS])
    assert [entry["id"] for entry in entries(store)] == _INTEGERS
    assert [(read(store, id) or {})["id"] for id in _INTEGERS] == _INTEGERS


def test_the_newest_changes_come_newest_first(store: Store) -> None:
    store.revise([Put(dataset(id)) for id in range(5)])
    store.revise([Delete("dataset", 1)])
    assert [(entry.id, entry.change_type) for entry in store.newest(3)] == [(1, "delete"), (4, "create"), (3, "create")]
