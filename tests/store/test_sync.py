"""Sources: what each delivered, and what goes when it no longer does."""

from __future__ import annotations

import pytest

from dcip_server.entities import Dataset
from dcip_server.store import Change, Delete, DropUnseen, Keep, Put, Store
from tests.records import dataset
from tests.store.reading import Heard, changes, entries, read, snapshot


def _delivery(source: str, *ids: str | int) -> list[Change]:
    return [*(Put(dataset(id), source) for id in ids), DropUnseen(source)]


def test_what_a_source_no_longer_holds_is_deleted(store: Store) -> None:
    store.revise(_delivery("source", "a", "b", "c"))
    assert store.revise(_delivery("source", "a", "c")).deleted == 1
    assert changes(store) == [("a", "create"), ("c", "create"), ("b", "delete")]


def test_an_import_that_is_no_sync_deletes_nothing(store: Store) -> None:
    store.revise(_delivery("source", "a", "b"))
    store.revise([Put(dataset("a"), "source")])
    assert changes(store) == [("a", "create"), ("b", "create")]


def test_what_an_import_delivered_a_later_sync_can_drop(store: Store) -> None:
    store.revise([Put(dataset("a"), "source"), Put(dataset("b"), "source")])
    assert store.revise(_delivery("source", "a")).deleted == 1


def test_what_came_from_elsewhere_stays(store: Store) -> None:
    store.revise([Put(dataset("by hand")), Put(dataset("other"), "other"), Put(dataset("a"), "source")])
    store.revise([DropUnseen("source")])
    assert changes(store) == [("by hand", "create"), ("other", "create"), ("a", "delete")]


def test_what_two_sources_hold_stays_until_both_have_dropped_it(store: Store) -> None:
    store.revise(_delivery("one", "a", "both"))
    store.revise(_delivery("two", "b", "both"))
    assert store.revise(_delivery("one", "a")).deleted == 0
    assert read(store, "both") is not None
    assert store.revise(_delivery("two", "b")).deleted == 1
    assert read(store, "both") is None


def test_two_sources_that_drop_it_in_one_write_delete_it_once(store: Store) -> None:
    store.revise([*_delivery("one", "a", "both"), *_delivery("two", "b", "both")])
    assert store.revise([*_delivery("one", "a"), *_delivery("two", "b")]).deleted == 1
    assert changes(store) == [("a", "create"), ("b", "create"), ("both", "delete")]


@pytest.mark.parametrize("order", [("from", "to"), ("to", "from")], ids=["dropped first", "delivered first"])
def test_a_record_that_moves_from_one_source_to_another_does_not_change(store: Store, order: tuple[str, str]) -> None:
    store.revise([*_delivery("from", "a", "moving"), *_delivery("to", "b")])
    before = entries(store)
    deliveries = {"from": _delivery("from", "a"), "to": _delivery("to", "b", "moving")}
    outcome = store.revise([change for source in order for change in deliveries[source]])
    assert outcome.revisions == 0
    assert entries(store) == before
    assert store.revise(_delivery("to", "b")).deleted == 1


def test_a_record_that_the_source_holds_but_nobody_can_read_stays(store: Store) -> None:
    store.revise(_delivery("source", "a", 5))
    before = snapshot(store)
    store.revise([Keep("dataset", "a", "source"), Keep("dataset", "5", "source"), DropUnseen("source")])
    assert snapshot(store) == before


def test_a_record_that_is_refused_stays(store: Store) -> None:
    store.revise(_delivery("source", "a", "b"))
    before = snapshot(store)
    unsound = Dataset(id="a", title="Not a number", extra={"value": float("nan")})
    heard = Heard()
    store.revise([Put(unsound, "source"), Put(dataset("b"), "source"), DropUnseen("source")], refused=heard)
    assert len(heard.refused) == 1
    assert snapshot(store) == before


def test_a_source_that_never_delivered_drops_nothing(store: Store) -> None:
    store.revise(_delivery("source", "a"))
    before = snapshot(store)
    assert store.revise([DropUnseen("never heard of")]).revisions == 0
    assert snapshot(store) == before


def test_a_record_deleted_by_hand_comes_back_while_its_source_holds_it(store: Store) -> None:
    store.revise(_delivery("source", "a", "b"))
    store.revise([Delete("dataset", "a")])
    assert store.revise(_delivery("source", "a", "b")).created == 1
    assert changes(store) == [("b", "create"), ("a", "create")]


def test_a_record_deleted_by_hand_is_not_deleted_again(store: Store) -> None:
    store.revise(_delivery("source", "a", "b"))
    store.revise([Delete("dataset", "a")])
    before = snapshot(store)
    assert store.revise(_delivery("source", "b")).deleted == 0
    assert snapshot(store) == before


def test_a_record_that_was_dropped_and_comes_back_is_created_and_can_be_dropped_again(store: Store) -> None:
    store.revise(_delivery("source", "a", "b"))
    store.revise(_delivery("source", "a"))
    assert store.revise(_delivery("source", "a", "b")).created == 1
    assert store.revise(_delivery("source", "a")).deleted == 1
    assert changes(store) == [("a", "create"), ("b", "delete")]


def test_the_second_of_two_equal_syncs_does_nothing(store: Store) -> None:
    store.revise(_delivery("source", *range(300)))
    before = snapshot(store)
    outcome = store.revise(_delivery("source", *reversed(range(300))))
    assert (outcome.unchanged, outcome.revisions) == (300, 0)
    assert snapshot(store) == before


def test_many_records_are_dropped_at_once(store: Store) -> None:
    store.revise(_delivery("source", *range(900)))
    assert store.revise(_delivery("source", *range(450, 900))).deleted == 450
    assert sorted(id for id, change in changes(store) if change == "delete") == list(range(450))
    assert store.state().live_records == 450


_NAMES = ["a", "A", "a ", "á", "https://data.example/catalog.ttl?page=1", "x" * 20_000, "x" * 19_999 + "y", "-"]


def test_sources_are_told_apart_by_their_whole_name(store: Store) -> None:
    assert len(set(_NAMES)) == 8
    store.revise([Put(dataset(number), name) for number, name in enumerate(_NAMES)])
    for number, name in enumerate(_NAMES):
        assert store.revise([DropUnseen(name)]).deleted == 1
        assert read(store, number) is None


def test_what_was_seen_long_ago_in_a_write_is_still_known_at_its_end(store: Store) -> None:
    """More records than a write remembers outside the database."""
    heard = Heard()
    many = [*range(2100)]
    again = [Put(dataset(0), "other"), Put(dataset(1, title="Another"), "source")]
    outcome = store.revise([*(Put(dataset(id), "source") for id in many), *again], refused=heard)
    assert (outcome.created, outcome.repeated, len(heard.refused)) == (2100, 1, 1)
    outcome = store.revise(_delivery("source", *many[100:]))
    assert (outcome.unchanged, outcome.deleted) == (2000, 99), "the other source holds one of the hundred"
