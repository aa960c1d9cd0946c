"""Writers that are killed: what they had not finished never was."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from dcip_server.store import Delete, Put, Store
from tests.records import dataset
from tests.store import workload
from tests.store.reading import changes, entries, read, snapshot


@pytest.mark.parametrize("records", ["1", "450"], ids=["in the first batch", "after some batches"])
@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda signal: signal.name)
def test_a_writer_that_is_killed_leaves_the_old_catalog(
    store: Store, database_url: str, kill: signal.Signals, records: str
) -> None:
    store.revise([Put(dataset("a")), Put(dataset("b"))])
    before = snapshot(store)
    writer = workload.start("stall", database_url, records)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "half-way\n"
    assert snapshot(store) == before
    os.kill(writer.pid, kill)
    writer.communicate(timeout=30)
    assert writer.returncode != 0
    assert snapshot(store) == before
    outcome = store.revise([Put(dataset("c")), Delete("dataset", "a")])
    assert (outcome.created, outcome.deleted) == (1, 1)
    assert changes(store) == [("b", "create"), ("c", "create"), ("a", "delete")]


def test_writers_killed_at_any_moment_leave_whole_writes(store: Store, database_url: str) -> None:
    records = 30
    store.revise(workload.generation(0, records))
    for _ in range(4):
        writer = workload.start("generations", database_url, str(records), "1000000")
        assert writer.stdout is not None
        assert writer.stdout.readline()
        time.sleep(random.uniform(0, 0.2))
        writer.kill()
        writer.communicate(timeout=30)
        listed = entries(store)
        first = listed[0]["revision"]
        assert first % records == 1
        assert [entry["revision"] for entry in listed] == list(range(first, first + records))
        assert len({(read(store, id) or {})["title"] for id in range(records)}) == 1
        assert store.state().live_records == records
        assert store.revise([Put(dataset(id, title="After the kill")) for id in range(records)]).updated == records
