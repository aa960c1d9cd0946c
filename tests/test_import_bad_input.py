"""What must not break an import: bombs, files that are no files, interruption, and any terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.formats.limited import assert_refused, gzip_bomb, import_limited, run_limited
from tests.records import record

# --- bombs ---

#: What it unpacks to: a head, then 300 MB of the unit; and the limit that stops it where none is set.
_BOMBS = {
    "zeros.json.gz": (b"", b"\0", "IMPORT_MAX_RECORD_BYTES"),
    "blanks.json.gz": (b"", b" ", "IMPORT_MAX_RECORD_BYTES"),
    "array-of-blanks.json.gz": (b"[", b" ", "cut off"),
    "brackets.json.gz": (b"", b"[", "nested too deeply"),
    "one-string.json.gz": (b'[{"id": "', b"a", "IMPORT_MAX_RECORD_BYTES"),
    "comment.ttl.gz": (b"", b"#", "longer than 16 MiB"),
    "comment.rdf.gz": (b"<!-- ", b" ", "longer than 16 MiB"),
    "blanks.rdf.gz": (b'<?xml version="1.0"?>', b" ", "no element found"),
    "blanks.jsonld.gz": (b'{"@id": ', b" ", "IMPORT_MAX_RECORD_BYTES"),
}


@pytest.mark.parametrize("name", _BOMBS)
def test_a_gzip_bomb_ends_at_the_default_limits(tmp_path: Path, name: str) -> None:
    head, unit, reason = _BOMBS[name]
    assert_refused(import_limited(tmp_path, gzip_bomb(head, unit), name), name, reason)


@pytest.mark.parametrize("name", ["zeros.json.gz", "blanks.json.gz", "array-of-blanks.json.gz", "comment.ttl.gz"])
def test_a_gzip_bomb_ends_at_the_limit_that_is_set(tmp_path: Path, name: str) -> None:
    head, unit, _ = _BOMBS[name]
    ran = import_limited(tmp_path, gzip_bomb(head, unit), name, DCIP_IMPORT_MAX_BYTES="1000000")
    assert_refused(ran, name, "more than 1000000 bytes (IMPORT_MAX_BYTES)")


def test_a_text_that_takes_four_bytes_a_character_once_it_is_unpacked_ends_in_one_line(tmp_path: Path) -> None:
    ran = import_limited(tmp_path, gzip_bomb('[{"id": "\U0001f4ca'.encode(), b"a"), "wide.json.gz")
    assert_refused(ran, "wide.json.gz", "")


def test_values_that_take_more_memory_than_there_is_end_in_one_line(tmp_path: Path) -> None:
    ran = import_limited(tmp_path, gzip_bomb(b'{"id": 1, "x": [', b"[],", megabytes=90), "lists.json.gz")
    assert_refused(ran, "lists.json.gz", "")


def test_a_tar_that_unpacks_to_too_much_ends_at_the_limit(tmp_path: Path) -> None:
    (tmp_path / "bomb.json").write_bytes(b" " * 3_000_000)
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "bomb.json", "bomb.json")
    ran = run_limited(tmp_path / "catalog.db", "import", str(tmp_path / "bomb.tar.gz"), DCIP_IMPORT_MAX_BYTES="1000000")
    assert_refused(ran, "bomb.tar.gz", "more than 1000000 bytes (IMPORT_MAX_BYTES)")


# --- files that are no files ---


def test_a_pipe_in_a_folder_does_not_stop_the_import(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in" / "a.json")
    (tmp_path / "in" / "b.json").write_text(json.dumps(record("1")))
    ran = run_limited(tmp_path / "catalog.db", "import", str(tmp_path / "in"))
    assert ran.out.startswith("1 created")


@pytest.mark.parametrize("target", ["missing.json", "a.json"], ids=["dangling", "loop"])
def test_a_link_that_leads_nowhere_is_reported_and_the_rest_of_the_folder_is_read(
    tmp_path: Path, run: Callable[..., Ran], target: str
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").symlink_to(tmp_path / "in" / target)
    (tmp_path / "in" / "b.json").write_text(json.dumps(record("1")))
    ran = run("import", str(tmp_path / "in"))
    assert ran.out.startswith("1 created")
    assert (ran.status, len(ran.err.splitlines())) == (1, 1)
    assert "a.json: " in ran.err


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@contextmanager
def _as_a_user_with_limits() -> Iterator[None]:
    """Nobody keeps root from reading; where the tests run as root, go on as somebody else."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_that_must_not_be_read_is_reported_and_the_rest_of_the_folder_is_read(
    open_folder: Path, run: Callable[..., Ran]
) -> None:
    folder = open_folder / "in"
    folder.mkdir()
    (folder / "a.json").write_text("{}")
    (folder / "a.json").chmod(0)
    (folder / "b.json").write_text(json.dumps(record("1")))
    # Once before, since nobody else may load the modules of a root's Python.
    run("import", str(folder / "b.json"))
    with _as_a_user_with_limits():
        ran = run("import", str(folder), database=f"sqlite:///{open_folder}/catalog.db")
    assert ran.out.startswith("1 created")
    assert ran.status == 1
    assert ran.err.splitlines() == [f"{folder}/a.json: Permission denied"]


# --- interruption ---


def _import_of_standard_input(database: Path) -> subprocess.Popen[bytes]:
    """An import in the middle of its work: it has read five thousand records and waits for more."""
    command = [
        sys.executable,
        "-m",
        "dcip_server",
        "--database",
        f"sqlite:///{database}",
        "import",
        "-",
        "--verbose",
        "--sync",
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stderr is not None
    assert process.stderr.readline() == b"reading -\n"
    process.stdin.write(_lines(range(5_000)))
    process.stdin.flush()
    # The transaction is under way once its changes are in the write-ahead log or the lock is held.
    time.sleep(1)
    assert process.poll() is None
    return process


def _lines(numbers: range) -> bytes:
    return b"".join(json.dumps(record(f"new-{number}")).encode() + b"\n" for number in numbers)


@pytest.mark.parametrize(
    ("signal_number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGKILL, -9)],
    ids=["Ctrl-C", "SIGTERM", "SIGKILL"],
)
def test_an_import_that_is_interrupted_leaves_the_old_catalog_and_the_next_one_completes(
    tmp_path: Path, signal_number: int, status: int
) -> None:
    database = tmp_path / "catalog.db"
    import_limited(tmp_path, json.dumps([record("old-1"), record("old-2")]).encode(), "old.json")
    process = _import_of_standard_input(database)
    process.send_signal(signal_number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == status
    assert out == b""
    assert b"Traceback" not in err
    if status == 130:
        assert err.splitlines()[-1] == b"interrupted; the catalog is as it was"
    assert run_limited(database, "show", "old-1").status == 0
    assert run_limited(database, "show", "new-1").status == 1
    again = import_limited(tmp_path, _lines(range(5_000)), "new.jsonl")
    assert (again.status, again.out) == (0, "5000 created, 0 updated, 0 deleted, 0 unchanged\n")


def test_a_reader_of_the_output_who_goes_away_is_no_traceback(tmp_path: Path) -> None:
    import_limited(tmp_path, json.dumps(record("1", x="x" * 1_000_000)).encode(), "a.json")
    command = f"{sys.executable} -m dcip_server --database sqlite:///{tmp_path}/catalog.db show 1 | head -c 10"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == (b'{"id":"1",', b"")


# --- terminals ---


def _on_a_terminal(tmp_path: Path, *arguments: str, **environment: str) -> tuple[int, bytes, bytes]:
    """Import with stderr on a terminal of eighty columns; returns status, stdout and what the terminal got."""
    (tmp_path / "many.jsonl").write_bytes(_lines(range(3_000)) + b"{ \x1b]0;evil\x07\n")
    terminal, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))
    command = [
        sys.executable,
        "-m",
        "dcip_server",
        "--database",
        f"sqlite:///{tmp_path}/catalog.db",
        "import",
        *arguments,
    ]
    environment = {**os.environ, "TERM": "xterm-256color", **environment}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs, stdin=subprocess.DEVNULL, env=environment
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(terminal, 65536):
            shown += chunk
    except OSError:
        pass  # the other end is closed
    os.close(terminal)
    out, _ = process.communicate(timeout=30)
    return process.returncode, out, shown


def test_on_a_terminal_a_bar_shows_records_rate_and_time_left(tmp_path: Path) -> None:
    status, out, shown = _on_a_terminal(tmp_path, str(tmp_path / "many.jsonl"))
    assert (status, out) == (1, b"3000 created, 0 updated, 0 deleted, 0 unchanged, 1 refused\n")
    assert "\u2501".encode() in shown
    assert b"records, " in shown
    assert b" a second" in shown
    assert re.search(rb"\d+:\d\d", shown)
    assert b"line 3001: " in shown


def test_on_a_terminal_a_source_cannot_write_control_sequences(tmp_path: Path) -> None:
    (tmp_path / "a\x1b]0;evil\x07.json").write_text('{"id": "1\x1b[2J", "title": ""}')
    _, _, shown = _on_a_terminal(
        tmp_path, str(tmp_path / "many.jsonl"), str(tmp_path / "a\x1b]0;evil\x07.json"), "--verbose"
    )
    assert b"\x1b]" not in shown
    assert b"\x07" not in shown
    assert b"\x1b[2J" not in shown


def test_no_color_is_respected(tmp_path: Path) -> None:
    _, _, shown = _on_a_terminal(tmp_path, str(tmp_path / "many.jsonl"), NO_COLOR="1")
    codes = {code for sequence in re.findall(rb"\x1b\[([0-9;]*)m", shown) for code in sequence.split(b";")}
    assert not {code for code in codes if code.isdigit() and int(code) >= 30}


def test_quiet_draws_no_bar(tmp_path: Path) -> None:
    _, _, shown = _on_a_terminal(tmp_path, "--quiet", str(tmp_path / "many.jsonl"))
    assert b"\x1b" not in shown
    assert shown.count(b"\n") == 1


def test_where_stderr_is_no_terminal_there_are_no_control_sequences(tmp_path: Path) -> None:
    ran = import_limited(
        tmp_path, _lines(range(3_000)) + b"{ \x1b]0;evil\x07\n", "many.jsonl", TERM="xterm", FORCE_COLOR="1"
    )
    assert "\x1b" not in ran.err + ran.out
    assert len(ran.err.splitlines()) == 1


def test_an_interruption_while_the_program_loads_is_no_traceback() -> None:
    code = """
import sys

class Interrupt:
    def find_spec(self, name, *_):
        if name == "sqlalchemy":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
from dcip_server.__main__ import main
main()
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "interrupted; the catalog is as it was\n")
