"""Several writers at once: each writes all of it, one after the other."""

from __future__ import annotations

import threading
import time

from dcip_server.store import Put, Store
from tests.records import dataset
from tests.store import workload
from tests.store.reading import changes, entries, entries_since


def test_two_writers_at_once_both_write_all_of_it(store: Store, database_url: str) -> None:
    names = ("one", "two", "three")
    writers = [workload.start("own_records", database_url, name, "20", "8") for name in names]
    revisions = sum(int(workload.finish(writer)) for writer in writers)
    assert store.state().revision == revisions == 3 * 8 * 21
    listed = entries(store)
    due = {f"{name}-{write}-{number}" for name in names for write in range(8) for number in range(20)} | {"shared"}
    assert {entry["id"] for entry in listed} == due
    numbers = [entry["revision"] for entry in listed]
    assert numbers == sorted(set(numbers))
    times = [entry["modified"] for entry in listed]
    assert times == sorted(times)
    # The records of one write have their revisions in one row.
    place = {entry["id"]: entry["revision"] for entry in listed}
    for name in names:
        for write in range(8):
            first = place[f"{name}-{write}-0"]
            assert [place[f"{name}-{write}-{number}"] for number in range(20)] == list(range(first, first + 20))


def test_threads_that_write_through_one_store_all_write(store: Store) -> None:
    outcomes: list[int] = []

    def write(name: str) -> None:
        for number in range(8):
            puts = [Put(dataset(f"{name}-{number}-{record}")) for record in range(5)]
            outcomes.append(store.revise([*puts, Put(dataset("shared", title=f"{name} {number}"))]).revisions)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two", "three", "four")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [6] * 32
    assert store.state().revision == 192
    assert len(entries(store)) == store.state().live_records == 161


def test_a_reader_that_follows_several_writers_misses_nothing(store: Store, database_url: str) -> None:
    writers = [workload.start("own_records", database_url, name, "5", "12") for name in ("one", "two")]
    seen: set[str] = set()
    revision = 0
    while any(writer.poll() is None for writer in writers) or entries_since(store, revision):
        for entry in entries_since(store, revision):
            assert entry["revision"] > revision
            revision = entry["revision"]
            seen.add(entry["id"])
    assert [writer.returncode for writer in writers] == [0, 0]
    for writer in writers:
        workload.finish(writer)
    assert seen == {entry["id"] for entry in entries(store)}
    assert len(seen) == 2 * 12 * 5 + 1


def test_writers_that_begin_with_no_catalog_at_all_both_write(database_url: str) -> None:
    writers = [workload.start("own_records", database_url, name, "3", "2") for name in ("one", "two", "three", "four")]
    assert [int(workload.finish(writer)) for writer in writers] == [8] * 4
    with Store(database_url) as store:
        assert store.state().revision == 32


def test_a_writer_waits_for_another_one(store: Store, database_url: str) -> None:
    slow = workload.start("stall", database_url, "10")
    try:
        assert slow.stdout is not None
        assert slow.stdout.readline() == "half-way\n"
        waiting = workload.start("own_records", database_url, "waiting", "1", "1")
        time.sleep(1.5)
        assert waiting.poll() is None
        # Readers do not wait.
        assert entries(store) == []
        assert store.state().revision == 0
    finally:
        slow.kill()
        slow.communicate()
    assert int(workload.finish(waiting)) == 2
    assert [id for id, _ in changes(store)] == ["waiting-0-0", "shared"]
