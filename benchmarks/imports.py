"""Imports, beside what the same lines cost at least."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from benchmarks.catalogs import import_lines
from benchmarks.frame import Result, Run, part, timed


@part("imports")
def measure_imports(run: Run) -> Iterator[Result]:
    """A first import of NDJSON and the same again, beside ``json.loads`` and a bare SQLite insert of the lines."""
    lines = run.ndjson(run.records)
    database = f"sqlite:///{run.folder}/imported.db"
    first = timed(lambda: import_lines(lines, database))
    plain = timed(lambda: _plain_insert(lines, run.folder / "plain.db"))
    what = f"import of {run.records:,}"
    yield Result(what, first, "s", "json.loads, SQLite insert", plain, at_most=12)
    again = timed(lambda: import_lines(lines, database))
    yield Result(f"{what} again, nothing changed", again, "s", "the first import", first, at_most=1 / 3)


def _plain_insert(lines: Path, database: Path) -> None:
    with sqlite3.connect(database) as connection, lines.open("rb") as source:
        connection.execute("CREATE TABLE record (id TEXT PRIMARY KEY, body BLOB)")
        rows = ((json.loads(line)["id"], line) for line in source)
        connection.executemany("INSERT INTO record VALUES (?, ?)", rows)
