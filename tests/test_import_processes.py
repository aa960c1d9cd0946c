"""Large imports, which several processes read: the same comes of them as of one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dcip_server.store import Store
from tests.records import record
from tests.store.reading import entries, list_bytes, read

#: More than are read before processes have parts of their own to read.
_RECORDS = 4500


def _import(database: str, processes: int, *arguments: str) -> tuple[int, bytes, bytes]:
    command = [sys.executable, "-m", "dcip_server", "--database", database, "import", *arguments]
    environment = {**os.environ, "DCIP_IMPORT_PROCESSES": str(processes)}
    done = subprocess.run(command, capture_output=True, env=environment, timeout=120, check=False)
    # How far it is depends on the machine.
    return (
        done.returncode,
        done.stdout,
        b"".join(line for line in done.stderr.splitlines(keepends=True) if not line.endswith(b" a second\n")),
    )


def _lines(values: list[Any]) -> bytes:
    return b"".join(value if isinstance(value, bytes) else json.dumps(value).encode() + b"\n" for value in values)


def _mixed(folder: Path) -> None:
    """Documents of several formats, with all that is told of records, before and behind where processes begin."""
    faults = [
        b"{broken\n",
        b'{"id": "no-title"}\n',
        record("bad", resources=5),
        record("7"),
        record("7", title="Other"),
    ]
    wide = record("wide", description="é\u2028\U0001f4ca" * 500_000)
    lines = [*faults, *(record(f"a{number}") for number in range(_RECORDS)), *faults, wide]
    (folder / "a.ndjson").write_bytes(_lines([record("first"), *lines, record("a3"), record("a4", title="Other")]))
    packages = [
        {"id": f"c{number}", "name": f"c-{number}", "title": "C \udc80", "resources": []} for number in range(50)
    ]
    (folder / "b.json").write_text(json.dumps({"success": True, "result": {"results": packages}}))
    (folder / "c.json").write_text(json.dumps([record(number) for number in range(300)]) + "x")
    turtle = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n"
    turtle += "".join(f'<https://e.example/{n}> a dcat:Dataset ; dct:title "T {n}" .\n' for n in range(120))
    (folder / "d.ttl").write_text(turtle)
    (folder / "e.json").write_text("{}")


def test_any_number_of_processes_does_what_one_does(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    _mixed(folder)
    found = []
    for processes in (1, 3):
        database = f"sqlite:///{tmp_path}/{processes}.db"
        ran = [_import(database, processes, "--sync", str(folder)), _import(database, processes, str(folder))]
        with Store(database) as store:
            urls = [entry["url"] for entry in entries(store)]
            wide, package = read(store, "wide") or {}, read(store, "c7") or {}
            found.append((ran, urls, wide["description"], package["title"]))
    first, again = found[0][0]
    assert first[1].startswith(b"4972 created, 0 updated, 0 deleted, 0 unchanged, 2 repeated, "), first[1]
    assert again[1].startswith(b"0 created, 0 updated, 0 deleted, 4972 unchanged, 2 repeated, "), again[1]
    assert first[2].count(b"\n") > 10
    assert found[1] == found[0]


def test_records_that_changed_are_updated_by_processes_too(tmp_path: Path) -> None:
    database, source = f"sqlite:///{tmp_path}/catalog.db", tmp_path / "a.ndjson"
    source.write_bytes(_lines([record(f"a{number}") for number in range(_RECORDS)]))
    assert _import(database, 2, "--sync", str(source))[0] == 0
    changed = [
        record(f"a{number}", title="New" if number % 100 == 0 else f"Dataset a{number}")
        for number in range(1, _RECORDS + 100)
    ]
    source.write_bytes(_lines(changed))
    status, out, err = _import(database, 2, "--sync", str(source))
    assert (status, out, err) == (0, b"100 created, 44 updated, 1 deleted, 4455 unchanged\n", b"")
    with Store(database) as store:
        assert store.state().live_records == len(changed)
        assert (read(store, "a4400") or {})["title"] == "New"
        assert b"a4599" in list_bytes(store)


# --- processes that end ---


def _waiting_import(database: str) -> subprocess.Popen[bytes]:
    """An import that has read enough for its processes to be at work, and waits for more."""
    command = [sys.executable, "-m", "dcip_server", "--database", database, "import", "-"]
    environment = {**os.environ, "DCIP_IMPORT_PROCESSES": "2"}
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    assert process.stdin is not None
    process.stdin.write(_lines([record(f"a{number}") for number in range(4000)]))
    process.stdin.flush()
    return process


def _readers(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that read for an import, once they are there."""
    for _ in range(600):
        tasks = Path(f"/proc/{process.pid}/task").iterdir()
        children = [child for task in tasks for child in (task / "children").read_text().split()]
        found = [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
        if len(found) == 2:
            return found
        time.sleep(0.1)
    raise AssertionError("no processes read")


def _is_gone(pid: int) -> bool:
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False


def test_a_process_that_is_killed_is_reported_and_nothing_is_changed(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/catalog.db"
    process = _waiting_import(database)
    for reader in _readers(process):
        os.kill(reader, signal.SIGKILL)
    out, err = process.communicate(_lines([record(f"b{number}") for number in range(4000)]), timeout=60)
    assert (process.returncode, out) == (1, b"")
    assert err.splitlines()[-1].startswith(b"dcip-server: a process that reads records was ended (status -9)")
    assert b"Traceback" not in err
    with Store(database) as store:
        assert store.state().live_records == 0


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda kill: kill.name)
def test_an_import_that_is_ended_leaves_no_process_behind(tmp_path: Path, kill: signal.Signals) -> None:
    process = _waiting_import(f"sqlite:///{tmp_path}/catalog.db")
    readers = _readers(process)
    process.send_signal(kill)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if kill == signal.SIGINT else -kill)
    assert b"Traceback" not in err
    assert [reader for reader in readers if not _is_gone(reader)] == []
