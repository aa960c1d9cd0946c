"""Random writes, compared with a catalog that is a dictionary and with readers that follow it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dcip_server.entities import Dataset
from dcip_server.errors import NotFoundError
from dcip_server.store import Change, Delete, DropUnseen, Put, Store
from tests.records import dataset
from tests.store.reading import entries, entries_since, found_ids, read

_IDS = ["a", "b/c", "ü", "a.json", "7", "\U0001f6b2", "line\nbreak", "x" * 300]
_SOURCES = ["one", "two"]
_TIMES = [f"2026-01-0{day}T00:00:00Z" for day in range(1, 6)]


@dataclass(frozen=True)
class Write:
    """Puts and deletes by hand, or a delivery of a source that drops the rest or does not."""

    contents: dict[str, int | None]
    source: str | None = None
    drops: bool = False
    ends: str = "commit"
    time: str = _TIMES[0]

    def changes(self) -> list[Change]:
        puts_and_deletes: list[Change] = [
            Delete("dataset", id) if variant is None else Put(_version(id, variant), self.source)
            for id, variant in self.contents.items()
        ]
        return puts_and_deletes + ([DropUnseen(self.source)] if self.source and self.drops else [])


def _version(id: str, variant: int) -> Dataset:
    return dataset(id, title=f"Version {variant}", tags=[f"tag {variant}"])


@dataclass
class Model:
    """What the catalog must look like: ``log`` holds the latest revision of each record, oldest first."""

    live: dict[str, int] = field(default_factory=dict)
    log: list[tuple[int, str, str]] = field(default_factory=list)
    delivered: dict[str, set[str]] = field(default_factory=lambda: {source: set() for source in _SOURCES})

    def expect(self, write: Write) -> tuple[list[tuple[str, str]], set[str]]:
        """The puts and deletes that the write makes, in order, and then what it drops; ``KeyError`` for none."""
        ordered = []
        for id, variant in write.contents.items():
            if variant is None:
                del self.live[id]
                ordered.append((id, "delete"))
            elif self.live.get(id) != variant:
                ordered.append((id, "update" if id in self.live else "create"))
                self.live[id] = variant
        dropped: set[str] = set()
        if write.source:
            others = set[str]().union(*(ids for name, ids in self.delivered.items() if name != write.source))
            gone = self.delivered[write.source] - set(write.contents) if write.drops else set()
            self.delivered[write.source] = self.delivered[write.source] - gone | set(write.contents)
            dropped = {id for id in gone - others if id in self.live}
            for id in dropped:
                del self.live[id]
        return ordered, dropped

    def record(self, new: list[tuple[int, str, str]]) -> None:
        moved = {id for _, id, _ in new}
        self.log = [entry for entry in self.log if entry[1] not in moved] + new


class Reader:
    """Another catalog that copies this one by asking for changes since the highest revision it saw."""

    def __init__(self) -> None:
        self.revision = 0
        self.copy: dict[str, str] = {}

    def poll(self, store: Store) -> None:
        for entry in entries_since(store, self.revision):
            assert entry["revision"] > self.revision
            self.revision = entry["revision"]
            if entry["change_type"] == "delete":
                self.copy.pop(entry["id"], None)
            else:
                self.copy[entry["id"]] = (read(store, entry["id"]) or {})["title"]


def _apply(store: Store, model: Model, write: Write) -> None:
    before = store.state()
    planned = Model(dict(model.live), list(model.log), {name: set(ids) for name, ids in model.delivered.items()})
    try:
        ordered, dropped = planned.expect(write)
    except KeyError:
        with pytest.raises(NotFoundError):
            store.revise(write.changes())
        assert store.state() == before
        return
    if write.ends == "dry run":
        assert store.revise(write.changes(), dry_run=True).revisions == len(ordered) + len(dropped)
        assert store.state() == before
        return
    assert store.revise(write.changes()).revisions == len(ordered) + len(dropped)
    new = [(entry["revision"], entry["id"], entry["change_type"]) for entry in entries_since(store, before.revision)]
    assert [(id, change) for _, id, change in new[: len(ordered)]] == ordered
    assert {(id, change) for _, id, change in new[len(ordered) :]} == {(id, "delete") for id in dropped}
    model.live, model.delivered = planned.live, planned.delivered
    model.record(new)


def _assert_same(store: Store, model: Model) -> None:
    if store.engine.dialect.name == "sqlite":
        # Its writer does not look up what each row names.
        with store.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    listed = entries(store)
    assert [(entry["revision"], entry["id"], entry["change_type"]) for entry in listed] == model.log
    assert store.state().live_records == len(model.live)
    assert [entry["modified"] for entry in listed] == sorted(entry["modified"] for entry in listed)
    for revision in range(store.state().revision + 2):
        assert entries_since(store, revision) == [entry for entry in listed if entry["revision"] > revision]
    for time in _TIMES:
        assert entries_since(store, time) == [entry for entry in listed if entry["modified"] >= time]
    for id in _IDS:
        record = read(store, id)
        assert (record and record["title"]) == (f"Version {model.live[id]}" if id in model.live else None)
    for variant in range(3):
        live_with_tag = {id for id, found in model.live.items() if found == variant}
        assert set(found_ids(store, "tags", f"tag {variant}")) == live_with_tag


_contents = st.dictionaries(st.sampled_from(_IDS), st.sampled_from([0, 1, 2, None]), max_size=5)
_deliveries = st.dictionaries(st.sampled_from(_IDS), st.sampled_from([0, 1, 2]), max_size=6)
_common: dict[str, Any] = {
    "ends": st.sampled_from(["commit", "commit", "commit", "dry run"]),
    "time": st.sampled_from(_TIMES),
}
_writes = st.one_of(
    st.builds(Write, contents=_contents, **_common),
    st.builds(Write, contents=_deliveries, source=st.sampled_from(_SOURCES), drops=st.booleans(), **_common),
)
_sequences = st.lists(st.tuples(_writes, st.booleans()), min_size=1, max_size=8)


def _write_all(
    store: Store, model: Model, reader: Reader, sequence: list[tuple[Write, bool]], clock: list[str]
) -> None:
    """Store and model live through the same; the reader looks where it is told to."""
    for write, polls in sequence:
        clock[0] = write.time
        _apply(store, model, write)
        if polls:
            reader.poll(store)


def _copy_of(store: Store, reader: Reader) -> dict[str, str]:
    """What the reader has once it has looked again."""
    reader.poll(store)
    return reader.copy


def _titles(model: Model) -> dict[str, str]:
    return {id: f"Version {variant}" for id, variant in model.live.items()}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The present time is what stands in this list."""
    now = [_TIMES[0]]
    monkeypatch.setattr("dcip_server.protocol.times.now", lambda: now[0])
    return now


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=_sequences)
def test_a_new_catalog_is_what_its_writes_say(sequence: list[tuple[Write, bool]], clock: list[str]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(f"sqlite:///{folder}/catalog.db", list_folder=folder, create=True) as store,
    ):
        model, reader = Model(), Reader()
        _write_all(store, model, reader, sequence, clock)
        _assert_same(store, model)
        assert _copy_of(store, reader) == _copy_of(store, Reader()) == _titles(model)


def test_an_old_catalog_is_what_its_writes_say(store: Store, clock: list[str]) -> None:
    model, reader = Model(), Reader()

    @settings(max_examples=60, deadline=None, database=None)
    @given(sequence=_sequences)
    def live_on(sequence: list[tuple[Write, bool]]) -> None:
        # Far-off revisions are asked for in the other test; here the catalog grows old.
        _write_all(store, model, reader, sequence, clock)

    live_on()
    _assert_same(store, model)
    assert _copy_of(store, reader) == _copy_of(store, Reader()) == _titles(model)
