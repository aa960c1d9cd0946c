"""Input that is made to hurt ends in bounded time and memory, in one clear line, with exit status 1."""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
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
    "comment.ttl.gz": (b"", b"#", "IMPORT_MAX_RECORD_BYTES"),
    "blanks.rdf.gz": (b'<?xml version="1.0"?>', b" ", "IMPORT_MAX_RECORD_BYTES"),
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
    ran = run_limited(
        tmp_path / "catalog.db", "import", str(tmp_path / "bomb.tar.gz"), DCIP_IMPORT_MAX_BYTES="1000000"
    )
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
