"""A write is one transaction: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dcip_server.entities import Dataset
from dcip_server.errors import DcipError, RecordError, SourceError
from dcip_server.store import Change, Delete, DropUnseen, Keep, Put, Store
from tests.records import dataset
from tests.store.reading import Heard, changes, read, snapshot


def _unsound(id: str | int) -> Dataset:
    """A dataset that JSON cannot hold."""
    return Dataset(id=id, title="Not a number", extra={"value": float("nan")})


def test_a_dry_run_says_what_would_happen_and_leaves_nothing(store: Store) -> None:
    store.revise([Put(dataset(id), "source") for id in range(5)])
    before = snapshot(store)
    write: list[Change] = [
        Put(dataset(0), "source"),
        Put(dataset(1, title="Other"), "source"),
        Put(dataset("new"), "source"),
        Delete("dataset", 2),
        DropUnseen("source"),
    ]
    promised = store.revise(write, dry_run=True)
    assert (promised.created, promised.updated, promised.deleted, promised.unchanged) == (1, 1, 3, 1)
    assert snapshot(store) == before
    assert store.revise(write) == promised


def test_a_dry_run_forgets_what_the_source_delivered(store: Store) -> None:
    store.revise([Put(dataset("a"), "source")])
    store.revise([Put(dataset("b"), "source")], dry_run=True)
    store.revise([Put(dataset("b"))])
    assert store.revise([Put(dataset("a"), "source"), DropUnseen("source")]).deleted == 0


_ENDS: dict[str, BaseException] = {
    "an error": ValueError("broken"),
    "a source that is cut off": SourceError("cut off"),
    "an interruption": KeyboardInterrupt(),
    "an exit": SystemExit(3),
    "no memory": MemoryError(),
}


@pytest.mark.parametrize("end", _ENDS.values(), ids=_ENDS.keys())
@pytest.mark.parametrize("after", [0, 1, 450], ids=["at once", "after the first", "after some batches"])
def test_a_write_that_ends_in_the_middle_leaves_nothing(store: Store, end: BaseException, after: int) -> None:
    store.revise([Put(dataset("a"), "source"), Put(dataset("b"), "source")])
    before = snapshot(store)

    def write() -> Iterator[Change]:
        for id in range(after):
            yield Put(dataset(id), "source")
        yield Delete("dataset", "a")
        raise end

    with pytest.raises(type(end)):
        store.revise(write())
    assert snapshot(store) == before
    assert store.revise([Put(dataset("c"))]).created == 1
    assert changes(store) == [("a", "create"), ("b", "create"), ("c", "create")]


def test_a_listener_that_fails_ends_the_write(store: Store) -> None:
    def refused(change: Put | Delete, error: DcipError) -> None:
        raise KeyboardInterrupt

    before = snapshot(store)
    with pytest.raises(KeyboardInterrupt):
        store.revise([Put(dataset("a")), Put(_unsound("b"))], refused=refused)
    assert snapshot(store) == before


def test_without_a_listener_the_first_record_that_cannot_be_stored_ends_the_write(store: Store) -> None:
    before = snapshot(store)
    with pytest.raises(RecordError):
        store.revise([Put(dataset("a")), Put(_unsound("b")), Put(dataset("c"))])
    assert snapshot(store) == before


def test_a_record_that_cannot_be_stored_is_reported_and_the_rest_goes_on(store: Store) -> None:
    store.revise([Put(dataset("b"))])
    heard = Heard()
    unsound = Put(_unsound("b"), "s", "line 2")
    outcome = store.revise([Put(dataset("a"), "s"), unsound, Put(dataset("c"), "s")], refused=heard)
    assert heard.refused == [unsound]
    assert "number" in heard.reasons[0]
    assert (outcome.created, outcome.refused, outcome.revisions) == (2, 1, 2)
    # The old version of the refused record stays.
    assert changes(store) == [("b", "create"), ("a", "create"), ("c", "create")]
    assert (read(store, "b") or {})["title"] == "Dataset b"


def test_a_delete_that_finds_nothing_is_reported_and_the_rest_goes_on(store: Store) -> None:
    store.revise([Put(dataset("a"))])
    heard = Heard()
    outcome = store.revise([Delete("dataset", "b"), Delete("dataset", "a"), Delete("dataset", "a")], refused=heard)
    assert heard.refused == [Delete("dataset", "b"), Delete("dataset", "a")]
    assert (outcome.deleted, outcome.refused) == (1, 2)
    assert changes(store) == [("a", "delete")]


# --- records that occur twice in one write ---


@pytest.mark.parametrize("source", ["source", None], ids=["from a source", "from nowhere"])
@pytest.mark.parametrize("between", [0, 1, 199, 200, 450])
@pytest.mark.parametrize("same", [True, False], ids=["same content", "other content"])
def test_of_a_record_that_occurs_twice_the_first_is_taken(
    store: Store, source: str | None, between: int, same: bool
) -> None:
    store.revise([Put(dataset("a", title="Old"))])
    heard = Heard()
    second = dataset("a", title="First" if same else "Second")
    others = [Put(dataset(id), source) for id in range(between)]
    repeated = Put(second, source, "the second")
    outcome = store.revise([Put(dataset("a", title="First"), source), *others, repeated], refused=heard)
    assert (read(store, "a") or {})["title"] == "First"
    assert (outcome.created, outcome.updated) == (between, 1)
    assert (outcome.repeated, outcome.refused) == ((1, 0) if same else (0, 1))
    assert heard.refused == ([] if same else [repeated])


def test_a_repeated_record_among_other_changes_is_taken_once(store: Store) -> None:
    store.revise([Put(dataset("gone"))])
    outcome = store.revise(
        [Put(dataset("a"), "s"), Delete("dataset", "gone"), Put(dataset("a", title="Second"), "s")],
        refused=Heard(),
    )
    assert (outcome.created, outcome.updated, outcome.refused) == (1, 0, 1)
    assert (read(store, "a") or {})["title"] == "Dataset a"


@pytest.mark.parametrize("between", [0, 450], ids=["in one batch", "batches apart"])
def test_a_sound_record_after_an_unsound_one_of_the_same_id_is_taken(store: Store, between: int) -> None:
    others = [Put(dataset(id), "s") for id in range(between)]
    outcome = store.revise([Put(_unsound("a"), "s"), *others, Put(dataset("a"), "s")], refused=Heard())
    assert (outcome.created, outcome.refused) == (between + 1, 1)
    assert (read(store, "a") or {})["title"] == "Dataset a"


def test_a_record_that_could_not_be_read_is_not_in_the_way_of_one_that_can(store: Store) -> None:
    heard = Heard()
    outcome = store.revise([Keep("dataset", "a", "one"), Put(dataset("a"), "two")], refused=heard)
    assert heard.reasons == []
    assert outcome.created == 1
