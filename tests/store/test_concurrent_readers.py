"""Readers while a writer writes: every answer is one committed state of the catalog, and never an error.

Each write gives all records their next version, so the revisions in a list are one unbroken row.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from dcip_server.protocol.urls import Format
from dcip_server.store import Put, Store
from tests.conftest import Server
from tests.records import dataset
from tests.store import workload
from tests.store.reading import entries, entries_since, list_bytes, read

_RECORDS = 40


def _check_row(revisions: list[int]) -> int:
    """The revisions of one whole generation, whose number is returned."""
    number = revisions[0] // _RECORDS
    assert revisions == list(range(number * _RECORDS + 1, (number + 1) * _RECORDS + 1))
    return number


def _check_entries(listed: list[dict[str, Any]]) -> int:
    assert sorted(entry["id"] for entry in listed) == list(range(_RECORDS))
    return _check_row([entry["revision"] for entry in listed])


def _number(record: dict[str, Any] | None) -> int:
    assert record is not None
    return int(record["title"].split()[-1])


def _read_list(store: Store, last: int) -> int:
    number = _check_entries(entries(store))
    # What a list names is there, in that version or a later one.
    assert _number(read(store, number % _RECORDS)) >= number
    return number


def _read_list_in_n3(store: Store, last: int) -> int:
    text = list_bytes(store, Format.N3).decode()
    return _check_row([int(part.partition('"')[0]) for part in text.split('dcat:version "')[1:]])


def _read_since(store: Store, last: int) -> int:
    new = entries_since(store, (last + 1) * _RECORDS)
    return _check_entries(new) if new else last


def _look_up(store: Store, last: int) -> int:
    found = store.look_up("dataset", "tags", "all")
    return _check_row([entry.revision for entry in found])


def _read_record(store: Store, last: int) -> int:
    return _number(read(store, last % _RECORDS))


def _read_state(store: Store, last: int) -> int:
    state = store.state()
    assert (state.revision % _RECORDS, state.live_records) == (0, _RECORDS)
    return state.revision // _RECORDS - 1


def _read_newest(store: Store, last: int) -> int:
    return _check_row([entry.revision for entry in reversed(store.newest(_RECORDS))])


_READS = [_read_list, _read_list_in_n3, _read_since, _look_up, _read_record, _read_state, _read_newest]


class _Readers:
    """Threads that read on and on, each seeing the catalog go forward only."""

    def __init__(self, reads: list[Callable[[int], int]]) -> None:
        self._stop = threading.Event()
        self.faults: list[BaseException] = []
        self.counts = [0] * len(reads)
        self._threads = [threading.Thread(target=self._read, args=pair) for pair in enumerate(reads)]

    def _read(self, index: int, read: Callable[[int], int]) -> None:
        last = 0
        try:
            while not self._stop.is_set():
                number = read(last)
                assert number >= last
                last = number
                self.counts[index] += 1
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the test tells it
            self.faults.append(fault)

    def __enter__(self) -> _Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)


def _run(reads: list[Callable[[int], int]], database_url: str, writes: int) -> None:
    with _Readers(reads) as readers:
        written = workload.finish(workload.start("generations", database_url, str(_RECORDS), str(writes)))
    assert readers.faults == []
    assert len(written.split()) == writes
    assert min(readers.counts) > 0


def test_threads_see_committed_states_only(store: Store, database_url: str) -> None:
    assert len(_READS) == 7
    store.revise(workload.generation(0, _RECORDS))
    _run([lambda last, read=read: read(store, last) for read in _READS], database_url, writes=12)  # type: ignore[misc]
    assert _check_entries(entries(store)) == 12


@pytest.mark.parametrize("workers", [1, 2])
def test_clients_see_committed_states_only(
    store: Store, database_url: str, serve: Callable[..., Server], workers: int
) -> None:
    store.revise(workload.generation(0, _RECORDS))
    server = serve(database_url, "--workers", str(workers))
    address = urlsplit(server.url).netloc

    def get(path: str) -> Any:
        connection = http.client.HTTPConnection(address, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert (answer.status, answer.getheader("Content-Length")) == (200, str(len(body)))
        return json.loads(body)

    def read_list(last: int) -> int:
        number = _check_entries(get("/rest/dataset/id.json"))
        assert _number(get(f"/rest/dataset/id/{number % _RECORDS}.json")) >= number
        return number

    def read_since(last: int) -> int:
        new = get(f"/rest/dataset/since/{(last + 1) * _RECORDS}.json")
        return _check_entries(new) if new else last

    def look_up(last: int) -> int:
        return _check_entries(get("/rest/dataset/tags/all.json"))

    def catalog(last: int) -> int:
        state = get("/rest/catalog.json")
        assert (state["revision"] % _RECORDS, state["records"]) == (0, _RECORDS)
        return int(state["revision"]) // _RECORDS - 1

    _run([read_list, read_list, read_since, look_up, catalog], database_url, writes=8)
    assert _check_entries(get("/rest/dataset/id.json")) == 8
    assert "ERROR" not in server.log
    assert "Traceback" not in server.log


def test_a_file_that_is_written_to_all_the_time_is_read_all_the_same(sqlite_store: Store, sqlite_url: str) -> None:
    """A writer's checkpoints change the file under the readers, and more than once while a connection is made."""
    sqlite_store.revise([Put(dataset("a"))])
    path, ended = sqlite_url.removeprefix("sqlite:///"), threading.Event()

    def touch() -> None:
        while not ended.is_set():
            os.utime(path)

    writers = [threading.Thread(target=touch) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        with Store(sqlite_url) as store:
            for _ in range(300):
                assert store.live_ids("dataset", ["a"]) == {"a"}
    finally:
        ended.set()
        for writer in writers:
            writer.join()
