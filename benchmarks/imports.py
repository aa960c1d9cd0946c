"""Imports, beside what the same lines cost at least, and writes of single records."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.catalogs import import_lines
from benchmarks.frame import Result, Run, part, timed
from dcip_server.formats.dcip import parse_dataset
from dcip_server.store import Put, Store

_WRITES = 1000


@part("imports")
def measure_imports(run: Run) -> Iterator[Result]:
    """A first import of NDJSON and the same again, beside ``json.loads`` and a bare SQLite insert of the lines.

    And a first one into a catalog that somebody has open, which goes through SQLite's log.
    """
    lines = run.ndjson(run.records)
    rounds = []
    for number in range(run.rounds):
        database = f"sqlite:///{run.folder}/imported-{number}.db"
        plain = run.folder / f"plain-{number}.db"
        works = (
            partial(import_lines, lines, database),
            partial(_plain_insert, lines, plain),
            partial(import_lines, lines, database),
            partial(_import_while_open, lines, f"sqlite:///{run.folder}/open-{number}.db"),
        )
        rounds.append([_timed(work) for work in works])
    (first, first_processor), (bare, bare_processor), (again, again_processor), (opened, _) = (
        [median(figures) for figures in zip(*times, strict=True)] for times in zip(*rounds, strict=True)
    )
    what, peer = f"import of {run.records:,}", "json.loads, SQLite insert"
    yield Result(what, first, "s", peer, bare, at_most=12)
    # Beside other work the time that passes says little; an import shares this among its processes.
    yield Result(f"{what}: processor time", first_processor, "s", peer, bare_processor)
    yield Result(f"{what} again, nothing changed", again, "s", "the first import", first, at_most=1 / 3)
    yield Result(f"{what} again: processor time", again_processor, "s", "the first import", first_processor)
    yield Result(f"{what} while the catalog is open", opened, "s", peer, bare)


def _import_while_open(lines: Path, database: str) -> None:
    with Store(database, create=True) as store:
        store.state()
        import_lines(lines, database)


@part("writes")
def measure_writes(run: Run) -> Iterator[Result]:
    """Single records written one after the other, each in a transaction of its own, with nobody reading."""
    with Store(f"sqlite:///{run.folder}/written-alone.db", create=True) as store:
        _write(store, 50)
        rounds = [_timed(lambda: _write(store, _WRITES)) for _ in range(run.rounds)]
    took, processor = (median(figures) for figures in zip(*rounds, strict=True))
    yield Result("one record a commit, alone: writes", _WRITES / took, "/s", at_least=1000)
    yield Result("one record a commit, alone: processor time of a write", processor / _WRITES * 1000, "ms")


def _write(store: Store, count: int) -> None:
    for version in range(count):
        record = {"id": "written", "title": "Written again and again", "license": "cc0-1.0", "version": str(version)}
        store.revise([Put(parse_dataset(record))])


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """How many seconds it takes, and how many of a processor, here and in processes that it waits for."""
    before = _processor_s()
    return timed(work), _processor_s() - before


def _processor_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _plain_insert(lines: Path, database: Path) -> None:
    with sqlite3.connect(database) as connection, lines.open("rb") as source:
        connection.execute("CREATE TABLE record (id TEXT PRIMARY KEY, body BLOB)")
        rows = ((json.loads(line)["id"], line) for line in source)
        connection.executemany("INSERT INTO record VALUES (?, ?)", rows)
