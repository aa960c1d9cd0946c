"""A first import: where nobody has the empty catalog open it is written without SQLite's log, as safely as any other."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dcip_server.errors import CatalogError
from dcip_server.store import Put, Store
from tests.records import dataset, record

#: Begins an import; see the fixture.
Begin = Callable[..., subprocess.Popen[bytes]]
#: More than the writer keeps in memory, so that much of it is in the file, or the log, before the end.
_RECORDS = 3000
_LONG = "x" * 30_000


@pytest.fixture
def catalog(tmp_path: Path) -> str:
    """The path of an empty catalog."""
    path = str(tmp_path / "catalog.db")
    with Store(f"sqlite:///{path}", create=True):
        return path


@pytest.fixture
def begin(catalog: str) -> Iterator[Begin]:
    """Begins imports that have written much to the catalog's file, or to its log, and wait for their last record.

    ``_finish`` gives them that.
    """
    begun = []

    def start(written: str = "") -> subprocess.Popen[bytes]:
        process = _import(catalog)
        begun.append(process)
        _give(process, [record(f"a{number}", description=_LONG) for number in range(_RECORDS)])
        _await(lambda: _has_written(catalog + written))
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def _import(catalog: str) -> subprocess.Popen[bytes]:
    """An import that reads what it is given."""
    command = [sys.executable, "-m", "dcip_server", "--database", f"sqlite:///{catalog}", "import", "--quiet", "-"]
    environment = {**os.environ, "DCIP_IMPORT_PROCESSES": "1"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)


def _give(process: subprocess.Popen[bytes], values: list[dict[str, Any]]) -> None:
    assert process.stdin is not None
    for value in values:
        process.stdin.write(json.dumps(value).encode() + b"\n")
    process.stdin.flush()


def _finish(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    _give(process, [record("last")])
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def _await(what: Callable[[], bool]) -> None:
    for _ in range(600):
        if what():
            return
        time.sleep(0.1)
    raise AssertionError("nothing is written")


def _has_written(path: str) -> bool:
    return os.path.exists(path) and os.path.getsize(path) > 20_000_000


def _journal_mode(path: str) -> str:
    with closing(sqlite3.connect(path)) as connection:
        mode: str = connection.execute("PRAGMA journal_mode").fetchone()[0]
        return mode


_DONE = (0, b"%d created, 0 updated, 0 deleted, 0 unchanged\n" % (_RECORDS + 1), b"")


def test_what_fills_an_empty_catalog_is_written_once(catalog: str, begin: Begin) -> None:
    process = begin()
    assert not os.path.exists(catalog + "-wal")
    assert _finish(process) == _DONE
    assert not os.path.exists(catalog + "-journal")
    assert _journal_mode(catalog) == "wal"
    with Store(f"sqlite:///{catalog}") as store:
        assert store.state().live_records == _RECORDS + 1


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda kill: kill.name)
def test_one_that_is_ended_leaves_the_empty_catalog(catalog: str, begin: Begin, kill: signal.Signals) -> None:
    process = begin()
    process.send_signal(kill)
    _, err = process.communicate(timeout=60)
    assert b"Traceback" not in err
    with Store(f"sqlite:///{catalog}") as store:
        assert (store.state().revision, store.state().live_records) == (0, 0)
    assert _finish(begin()) == _DONE
    assert _journal_mode(catalog) == "wal"


def test_after_one_that_was_killed_any_writer_goes_back_to_the_log(catalog: str, begin: Begin) -> None:
    process = begin()
    process.kill()
    process.communicate(timeout=60)
    # As the server has it, for the calls of the portal API.
    with Store(f"sqlite:///{catalog}") as store:
        assert store.revise([Put(dataset("a"))]).created == 1
        assert _journal_mode(catalog) == "wal"


def test_who_has_the_catalog_open_reads_on(catalog: str, begin: Begin) -> None:
    with Store(f"sqlite:///{catalog}") as store:
        assert store.state().revision == 0
        process = begin("-wal")
        began = time.monotonic()
        assert store.state().revision == 0
        assert store.find_history("dataset", "a1") is None
        assert time.monotonic() - began < 1
        assert _finish(process) == _DONE
        assert store.state().live_records == _RECORDS + 1


def test_a_second_import_waits_for_the_first(catalog: str, begin: Begin) -> None:
    first, second = begin(), _import(catalog)
    _give(second, [record(f"b{number}") for number in range(3)])
    assert second.stdin is not None
    second.stdin.close()
    second.stdin = None
    # Longer than the driver waits by itself.
    time.sleep(7)
    assert second.poll() is None
    assert _finish(first) == _DONE
    out, err = second.communicate(timeout=60)
    assert (second.returncode, out, err) == (0, b"3 created, 0 updated, 0 deleted, 0 unchanged\n", b"")
    assert _journal_mode(catalog) == "wal"


def test_who_comes_meanwhile_is_told_why_there_is_nothing_to_read(catalog: str, begin: Begin) -> None:
    process = begin()
    with pytest.raises(CatalogError) as caught:
        Store(f"sqlite:///{catalog}")
    assert str(caught.value) == f"database sqlite:///{catalog}: database is locked by another program; try again later"
    assert _finish(process) == _DONE


@pytest.mark.parametrize("dry_run", [False, True], ids=["", "dry run"])
def test_a_write_that_fills_nothing_leaves_the_log_on(sqlite_store: Store, sqlite_url: str, dry_run: bool) -> None:
    sqlite_store.revise([Put(dataset("a"))], fills=True, dry_run=dry_run)
    assert _journal_mode(sqlite_url.removeprefix("sqlite:///")) == "wal"
    assert sqlite_store.revise([Put(dataset("b"))], fills=True).created == 1
    assert sqlite_store.state().live_records == (1 if dry_run else 2)
