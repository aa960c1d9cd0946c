"""The folder of an export: what it holds is known by a list of SHA-256 sums, and only what differs is written.

A file is written under another name first and then put in place; the list comes last. Whatever interrupts an
export, each file is whole, old or new, and the next run finds the mark of the one before and puts all in order.
"""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from dcip_server.errors import CatalogError, UsageError

#: The list, as ``sha256sum --check`` reads it.
SUMS = "SHA256SUMS"
#: What was exported last; it is there after a complete run alone.
STATE = "export.json"
#: Where files are made; what lies there is of a run that goes on, or was interrupted.
_WORK = ".making"
_OURS = "made by dcip-server export"
_CHUNK_BYTES = 1 << 18


@dataclass(slots=True)
class Counts:
    """Files of a run: put there or changed, left as they were, removed."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0


class Folder:
    """A folder that one run writes; leaving it without an error completes the run.

    ``state`` is what the last complete run left with :meth:`complete`. Raises :class:`UsageError` for a
    folder that holds anything else than an export, or that another run is writing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.counts = Counts()
        self._written: set[bytes] = set()
        self.state: dict[str, str | int] = {}

    def __enter__(self) -> Self:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            self.state = self._read_state()
            self._work = self._path / _WORK
            self._work.mkdir(exist_ok=True)
            _require_names(self._work)
            self._sums = open(self._work / SUMS, "wb")
        except OSError as error:
            raise UsageError(f"{error.filename or self._path}: {error.strerror or error}") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._sums.close()

    def _read_state(self) -> dict[str, str | int]:
        """What the last run left. A folder with our mark, or nothing in it, is one that may be written to."""
        try:
            state = json.loads((self._path / STATE).read_bytes())
            if isinstance(state, dict) and state.get("made") == _OURS:
                return state
        except FileNotFoundError:
            if set(os.listdir(self._path)) <= {_WORK} or (self._path / _WORK).is_dir():
                return {}
        except ValueError:
            pass
        raise UsageError(f"{self._path} is not empty and no export of ours: give another folder, or empty it")

    def write(self, place: str, body: Iterable[bytes], modified: float | None = None) -> None:
        """Put a file in place, if it is not there already with these bytes; ``modified`` is its time, where it has one."""
        target = os.path.join(os.fsencode(self._path), place.encode())
        made = os.fsencode(self._work / "file")
        digest = hashlib.sha256()
        pieces = iter(body)
        first = next(pieces, b"")
        second = next(pieces, None)
        if second is None:
            digest.update(first)
            same = _holds(target, first)
            if not same:
                with open(made, "wb") as file:
                    file.write(first)
        else:
            with open(made, "wb") as file:
                for piece in _chain(first, second, pieces):
                    digest.update(piece)
                    file.write(piece)
            same = os.path.isfile(target) and filecmp.cmp(made, target, shallow=False)
        if same:
            self.counts.unchanged += 1
        else:
            _put(made, target, modified)
            self.counts.written += 1
        self._sums.write(f"{digest.hexdigest()}  {place}\n".encode())
        self._written.add(hashlib.blake2b(place.encode(), digest_size=8).digest())

    def complete(self, state: dict[str, str | int]) -> None:
        """Remove what this run did not write, and leave the list and the state."""
        self._sums.close()
        with os.scandir(self._path) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        for name in names:
            if name != _WORK:
                self._remove_others(os.fsencode(self._path), name.encode())
        _put(os.fsencode(self._work / SUMS), os.fsencode(self._path / SUMS), None, keep=True)
        made = self._work / STATE
        made.write_text(json.dumps({"made": _OURS, **state}, indent=1) + "\n", encoding="utf-8")
        _put(os.fsencode(made), os.fsencode(self._path / STATE), None, keep=True)
        shutil.rmtree(self._work)

    def _remove_others(self, root: bytes, place: bytes) -> bool:
        """Remove the files below that are not of this run; whether the folder is empty now and gone."""
        path = os.path.join(root, place)
        is_empty = True
        with os.scandir(path) as entries:
            found = list(entries)
        for entry in found:
            below = place + b"/" + entry.name
            if entry.is_dir(follow_symlinks=False):
                is_empty &= self._remove_others(root, below)
            elif hashlib.blake2b(below, digest_size=8).digest() in self._written:
                is_empty = False
            else:
                os.unlink(os.path.join(root, below))
                self.counts.removed += 1
        if is_empty:
            os.rmdir(path)
        return is_empty


def _chain(first: bytes, second: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from rest


def _holds(path: bytes, data: bytes) -> bool:
    """Whether there is a file with just these bytes."""
    try:
        if os.stat(path).st_size != len(data):
            return False
        with open(path, "rb") as file:
            return file.read() == data
    except (FileNotFoundError, NotADirectoryError):
        return False


def _put(made: bytes, target: bytes, modified: float | None, keep: bool = False) -> None:
    """Move a file in place. Validators are made of time and length, so one of them differs from the old file's."""
    if keep and os.path.isfile(target) and filecmp.cmp(made, target, shallow=False):
        return
    if modified is None:
        modified = os.stat(made).st_mtime
    with suppress(FileNotFoundError, NotADirectoryError):
        old = os.stat(target)
        if int(old.st_mtime) == int(modified) and old.st_size == os.stat(made).st_size:
            modified += 1
    os.utime(made, (modified, modified))
    try:
        os.replace(made, target)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(made, target)


def _require_names(folder: Path) -> None:
    """Raise where the file system takes two ids for one."""
    probe = folder / "é"
    probe.touch()
    names = os.listdir(folder)
    if (folder / "É").exists() or "é" not in names:
        raise CatalogError(f"{folder}: this file system does not tell ids apart that differ in case or in accents")
    probe.unlink()
