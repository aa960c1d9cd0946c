"""Exports by several processes: the same folder, of one moment, and an end in one line whatever happens."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dcip_server import settings
from dcip_server.entities import DatasetSeries
from dcip_server.errors import ProcessError
from dcip_server.export.run import Exported, export
from dcip_server.store import Delete, Put, Store
from dcip_server.store.database import freezing
from dcip_server.store.moments import freezing_together
from tests.conftest import Ran
from tests.records import dataset

_SITE = "https://data.example"


def _export(database: str, folder: Path, processes: int, hear: Callable[[str], None] = lambda _: None) -> Exported:
    found = settings.load({}, database_url=database, site_url=_SITE)
    return export(found, folder, hear, processes=processes)


def _bytes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _fill(store: Store, records: int) -> None:
    store.revise([Put(dataset(str(number), tags=["t", f"t{number % 7}"])) for number in range(records)])
    # No file can be named after one of them.
    store.revise([Put(DatasetSeries(id="series//1", title="A series")), Put(dataset(".."))])
    store.revise([Delete("dataset", "3")])


def test_any_number_of_processes_leaves_the_same_folder_of_one_moment(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    _fill(store, 20)
    alone = _export(database_url, tmp_path / "1", 1)
    heard: list[str] = []

    def write(path: str) -> None:
        heard.append(path)
        if len(heard) % 100 == 1:
            store.revise([Put(dataset("0", title=f"Title {len(heard)}")), Put(dataset(f"new {len(heard)}"))])

    several = _export(database_url, tmp_path / "3", 3, write)
    assert (several.revision, several.unplaced) == (alone.revision, alone.unplaced)
    assert several.unplaced == ("/dataset/..",)
    assert several.counts.written == alone.counts.written < len(heard)
    assert _bytes(tmp_path / "3") == _bytes(tmp_path / "1")
    # What came meanwhile comes with the next.
    brought = [_export(database_url, tmp_path / name, int(name)) for name in ("1", "3")]
    assert brought[0].counts == brought[1].counts
    assert brought[0].counts.written > 10
    assert _bytes(tmp_path / "3") == _bytes(tmp_path / "1")


@pytest.mark.parametrize(("commits", "shared"), [(0, True), (3, True), (10**6, False)], ids="{} commits".format)
def test_all_see_one_moment_or_one_is_alone(store: Store, database_url: str, commits: int, shared: bool) -> None:
    """Somebody commits each time that the others begin, so often."""
    if commits > 100 and not database_url.startswith("sqlite"):
        # A snapshot is handed on.
        shared = True
    store.revise([Put(dataset("a"))])
    seen: list[int] = []
    with Store(database_url) as reader, Store(database_url) as other:

        def begin(snapshot: str) -> None:
            if len(seen) < commits:
                store.revise([Put(dataset(f"b{len(seen)}"))])
            with freezing(other.engine, snapshot):
                seen.append(other.state().revision)

        with freezing_together(reader.engine, begin) as is_shared:
            assert is_shared is shared
            store.revise([Put(dataset("c"))])
            assert not shared or reader.state().revision == seen[-1]


def test_an_export_whose_process_is_killed_says_so_and_is_completed_by_the_next(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    _fill(sqlite_store, 20)

    def kill(_: str) -> None:
        for process in multiprocessing.active_children():
            process.kill()

    with pytest.raises(ProcessError, match="a process that asks for answers was ended"):
        _export(sqlite_url, tmp_path / "x", 2, kill)
    assert multiprocessing.active_children() == []
    _export(sqlite_url, tmp_path / "x", 2)
    _export(sqlite_url, tmp_path / "y", 1)
    assert _bytes(tmp_path / "x") == _bytes(tmp_path / "y")


def test_an_interrupted_export_says_one_line(sqlite_store: Store, sqlite_url: str, tmp_path: Path) -> None:
    _fill(sqlite_store, 60)
    command = [sys.executable, "-m", "dcip_server", "--database", sqlite_url, "export", "--processes", "2"]
    environment = {**os.environ, "DCIP_SITE_URL": _SITE}
    with subprocess.Popen(
        [*command, "--quiet", str(tmp_path / "x")], stderr=subprocess.PIPE, env=environment, start_new_session=True
    ) as process:
        while not (tmp_path / "x/_answers").exists() and process.poll() is None:
            time.sleep(0.01)
        # As a terminal does: all processes get it.
        os.killpg(process.pid, signal.SIGINT)
        # Which ends when the last process that could say something has ended.
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, b"interrupted; the catalog is as it was\n")


@pytest.mark.parametrize("processes", ["1", "2"])
def test_what_cannot_be_written_is_said_in_one_line(
    run: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: str
) -> None:
    monkeypatch.setenv("DCIP_SITE_URL", _SITE)
    run("sample")
    folder = tmp_path / "x"
    assert run("export", str(folder)).status == 0
    (folder / "_answers/data.json").unlink()
    (folder / "_answers/data.json/in-the-way").mkdir(parents=True)
    ran = run("export", "--quiet", "--all", "--processes", processes, str(folder))
    assert (ran.status, ran.err) == (
        2,
        f"dcip-server: {folder}/_answers/data.json cannot be written: Is a directory\n",
    )
