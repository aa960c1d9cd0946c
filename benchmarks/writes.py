"""Imports, and what a write costs those who read."""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchmarks.loads import get
from dcip_server.entities import Dataset
from dcip_server.formats.dcip import parse_dataset
from dcip_server.store import Put, Store

_WRITES = 2000
_READERS = 4


def measure_imports(lines: Path, database: str, datasets: int, folder: Path) -> None:
    """A first import, the same again, and what bare SQLite takes for the same lines."""
    first = _timed(lambda: _import(lines, database))
    again = _timed(lambda: _import(lines, database))
    peer = _timed(lambda: _plain_insert(lines, folder / "plain.db"))
    print(f"import of {datasets:,} lines: {first:.1f} s, {datasets / first:,.0f} datasets/s")
    print(f"json.loads and one SQLite insert a line: {peer:.1f} s; ratio {first / peer:.1f}")
    print(f"the same import again, nothing changed: {again:.1f} s; ratio to the first {again / first:.2f}")


def measure_list_after_a_change(database: str, site: str, whole_s: float) -> None:
    """The first request of the list after one record changed."""
    found = []
    for number in range(3):
        with Store(database) as store:
            store.revise([Put(_record(number))])
        found.append(_timed(lambda: get(f"{site}/rest/dataset/id.json")))
    plain = statistics.median(_timed(lambda: get(f"{site}/rest/dataset/id.json")) for _ in range(3))
    made = max(0.0, statistics.median(found) - plain)
    print(
        f"change list after one changed record: {made:.3f} s more than a warm one; of the first: {made / whole_s:.3f}"
    )


def measure_reads_beside_a_writer(database: str, site: str) -> None:
    """How old an answer can be while another connection writes as fast as it can."""
    url = f"{site}/rest/dataset/id/beside-a-writer.json"
    commits: list[float] = []
    reads: list[tuple[float, int]] = []
    ended = threading.Event()
    with Store(database) as store:
        store.revise([Put(_numbered(0))])
        readers = [threading.Thread(target=_read, args=(url, reads, ended)) for _ in range(_READERS)]
        for reader in readers:
            reader.start()
        begun = time.perf_counter()
        for number in range(1, _WRITES + 1):
            store.revise([Put(_numbered(number))])
            commits.append(time.monotonic())
        took = time.perf_counter() - begun
        ended.set()
        for reader in readers:
            reader.join()
    # An answer that says "number" was right until the next commit.
    late = [asked - commits[number] for asked, number in reads if number < _WRITES and asked > commits[number]]
    print(
        f"{_WRITES / took:,.0f} writes/s beside {_READERS} readers: {len(reads):,} reads, no error;"
        f" the oldest answer was {max(late, default=0.0) * 1000:.0f} ms old"
    )


def _read(url: str, reads: list[tuple[float, int]], ended: threading.Event) -> None:
    while not ended.is_set():
        asked = time.monotonic()
        with urllib.request.urlopen(url, timeout=10) as answer:
            reads.append((asked, json.load(answer)["number"]))


def _record(number: int) -> Dataset:
    return parse_dataset({"id": "dataset-0000001", "title": f"Changed {number}", "license": "cc0-1.0"})


def _numbered(number: int) -> Dataset:
    return parse_dataset({"id": "beside-a-writer", "title": "A", "license": "cc0-1.0", "number": number})


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _import(lines: Path, database: str) -> None:
    command = [sys.executable, "-m", "dcip_server", "--database", database, "import", "--quiet", str(lines)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _plain_insert(lines: Path, database: Path) -> None:
    with sqlite3.connect(database) as connection, lines.open("rb") as source:
        connection.execute("CREATE TABLE record (id TEXT PRIMARY KEY, body BLOB)")
        rows = ((json.loads(line)["id"], line) for line in source)
        connection.executemany("INSERT INTO record VALUES (?, ?)", rows)
