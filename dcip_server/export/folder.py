"""The folder of an export: only what differs is written, and what is gone is removed.

What the answers of a part depend on is kept as the part's state, so that the next run need not ask for what
cannot have changed. A file is written under another name first and then put in place; the lists come last. Whatever
interrupts a run, each file is whole, old or new; the next one finds the mark of it, trusts no state and puts all in order.
"""

from __future__ import annotations

import fcntl
import filecmp
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from dcip_server.errors import UsageError

#: All files but these three, as ``sha256sum --check`` reads them.
SUMS = "SHA256SUMS"
#: Parts in their order: name, state, and how many of the lines of the sums are theirs.
_PARTS = "parts.tsv"
#: What was exported last; it is there after a complete run alone.
STATE = "export.json"
#: Where files are made; what lies there is of a run that goes on, or was interrupted.
_WORK = ".making"
_OURS = "made by dcip-server export"


@dataclass(slots=True)
class Counts:
    """Files of a run: put there or changed, left as they were, removed."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0


class Before(NamedTuple):
    """A part as an earlier run left it: its files are lines of the sums. An empty state says nothing of them."""

    name: str
    state: str
    lines: tuple[bytes, ...]


class Kept(NamedTuple):
    """A file that is in place: its line of the sums, and whether it was put there just now."""

    line: bytes
    is_new: bool


class Writer:
    """Puts files of a folder in place; a process has its own. Raises :class:`UsageError` where that cannot be done."""

    def __init__(self, path: Path) -> None:
        self._root = os.fsencode(path)
        self._made = os.fsencode(path / _WORK / f"file-{os.getpid()}")

    def write(self, place: str, body: Iterable[bytes], modified: float | None = None) -> Kept:
        """Put a file in place, if it is not there already with these bytes; ``modified`` is its time, where it has one."""
        target = os.path.join(self._root, place.encode())
        pieces = iter(body)
        first = next(pieces, b"")
        second = next(pieces, None)
        try:
            if second is None:
                digest = hashlib.sha256(first)
                if not (same := _holds(target, first)):
                    with open(self._made, "wb") as file:
                        file.write(first)
            else:
                digest = hashlib.sha256()
                with open(self._made, "wb") as file:
                    for piece in _chain(first, second, pieces):
                        digest.update(piece)
                        file.write(piece)
                same = os.path.isfile(target) and filecmp.cmp(self._made, target, shallow=False)
            if not same:
                _put(self._made, target, modified)
        except OSError as error:
            raise UsageError(f"{os.fsdecode(target)} cannot be written: {error.strerror or error}") from None
        return Kept(f"{digest.hexdigest()}  {place}\n".encode(), not same)


class Folder:
    """A folder that one run writes with :class:`Writer`, part after part in the order of their names; :meth:`complete` ends it.

    ``last`` is what the last complete run left, ``walked`` begins the places of pages of which each leads to the next. Raises :class:`UsageError` for a folder that holds anything else
    than an export, or that another run is writing.
    """

    def __init__(self, path: Path, walked: Sequence[str] = ()) -> None:
        self._path = path
        self._root = os.fsencode(path)
        self._work = path / _WORK
        self.counts = Counts()
        self.last: dict[str, str | int] = {}
        self._old: Iterator[Before] = iter(())
        self._next: Before | None = None
        #: Lines of the sums.
        self._gone: list[bytes] = []
        self._walked = tuple(place.encode() for place in walked)
        #: Places of pages of walks that are there now.
        self._led_to: set[bytes] = set()
        #: Digests of all places, where a run was interrupted and nobody knows what it left.
        self._placed: set[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            self.last = self._read_last()
            if self._work.is_dir():
                self._placed = set()
            self._work.mkdir(exist_ok=True)
            self._lock = open(self._work / "lock", "w")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._lock.close()
                raise UsageError(f"another export is writing {self._path}") from None
            _require_names(self._work)
            self._sums = open(self._work / SUMS, "wb")
            self._parts = open(self._work / _PARTS, "w", encoding="ascii")
        except OSError as error:
            raise UsageError(f"{error.filename or self._path}: {error.strerror or error}") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in (self._sums, self._parts, self._lock):
            file.close()

    def _read_last(self) -> dict[str, str | int]:
        """What the last run left. A folder with our mark, or nothing in it, is one that may be written to."""
        try:
            last = json.loads((self._path / STATE).read_bytes())
            if isinstance(last, dict) and last.get("made") == _OURS:
                return last
        except FileNotFoundError:
            if set(os.listdir(self._path)) <= {_WORK} or self._work.is_dir():
                return {}
        except ValueError:
            pass
        raise UsageError(f"{self._path} is not empty and no export of ours: give another folder, or empty it")

    def begin(self, inputs: str, whole: bool) -> None:
        """Say what all answers depend on; where that is another than last time, or ``whole``, no state counts."""
        trusted = not whole and self._placed is None and self.last.get("inputs") == inputs
        self._old = self._read_parts(trusted) if self._placed is None and self.last else iter(())
        self._next = next(self._old, None)
        if whole and self._placed is None:
            self._placed = set()

    def _read_parts(self, trusted: bool) -> Iterator[Before]:
        with open(self._path / _PARTS, encoding="ascii") as parts, open(self._path / SUMS, "rb") as sums:
            for line in parts:
                name, state, count = line.rstrip("\n").split("\t")
                lines = tuple(sums.readline() for _ in range(int(count)))
                yield Before(name, state if trusted else "", lines)

    def before(self, name: str) -> Before | None:
        """A part as the last run left it. Names come in ascending order: what is passed over is no part any more."""
        self._drop_before(name)
        if self._next is None or self._next.name != name:
            return None
        found, self._next = self._next, next(self._old, None)
        return found

    def keep(self, part: Before) -> None:
        """The part's files stay as they are."""
        self.counts.unchanged += len(part.lines)
        self._list(part.name, part.state, part.lines)

    def end_part(self, name: str, state: str, before: Before | None, kept: Sequence[Kept]) -> None:
        """All files of the part are there; what it had before and no longer has is removed at the end."""
        written = sum(file.is_new for file in kept)
        self.counts.written += written
        self.counts.unchanged += len(kept) - written
        lines = [file.line for file in kept]
        if before is not None:
            now = set(map(_place, lines))
            self._gone += (line for line in before.lines if _place(line) not in now)
        self._list(name, state, lines)

    def keep_former(self, name: str) -> None:
        """Leave the pages of walks that went last in place, as a part: a reader of the last export may be on the way to them.

        All other parts come before it.
        """
        before = self.before(name)
        gone = [line for line in self._gone if _place(line).startswith(self._walked)]
        former = gone or ([] if before is None else before.lines)
        staying = [line for line in former if _place(line) not in self._led_to]
        kept = set(map(_place, staying)) | self._led_to
        self._gone += () if before is None else before.lines
        self._gone = [line for line in self._gone if _place(line) not in kept]
        self.counts.unchanged += len(staying)
        if staying:
            self._list(name, "", staying)

    def _list(self, name: str, state: str, lines: Sequence[bytes]) -> None:
        self._sums.writelines(lines)
        self._parts.write(f"{name}\t{state}\t{len(lines)}\n")
        self._led_to.update(place for place in map(_place, lines) if place.startswith(self._walked))
        if self._placed is not None:
            self._placed.update(map(_digest, map(_place, lines)))

    def _drop_before(self, name: str | None) -> None:
        while self._next is not None and (name is None or self._next.name < name):
            self._gone += self._next.lines
            self._next = next(self._old, None)

    def complete(self, state: dict[str, str | int]) -> None:
        """Remove what is gone, and leave the lists and the state."""
        self._drop_before(None)
        for line in self._gone:
            self._remove(_place(line))
        if self._placed is not None:
            self._remove_others()
        self._sums.close()
        self._parts.close()
        for name in (SUMS, _PARTS):
            made, target = os.fsencode(self._work / name), os.fsencode(self._path / name)
            if not (os.path.isfile(target) and filecmp.cmp(made, target, shallow=False)):
                _put(made, target, None)
        # Before the run counts as complete, all of it is on the disk.
        os.sync()
        text = json.dumps({"made": _OURS, **state}, indent=1) + "\n"
        if not _holds(os.fsencode(self._path / STATE), text.encode()):
            (self._work / STATE).write_text(text, encoding="utf-8")
            _put(os.fsencode(self._work / STATE), os.fsencode(self._path / STATE), None)
        shutil.rmtree(self._work)

    def _remove(self, place: bytes) -> None:
        """Remove a file, and the folders that are empty then."""
        path = os.path.join(self._root, place)
        with suppress(FileNotFoundError):
            os.unlink(path)
            self.counts.removed += 1
        with suppress(OSError):
            while (path := os.path.dirname(path)) != self._root:
                os.rmdir(path)

    def _remove_others(self) -> None:
        """Remove whatever this run has not placed."""
        assert self._placed is not None  # noqa: S101 - the caller looked
        kept = {name.encode() for name in (SUMS, _PARTS, STATE)}
        for folder, names, files in os.walk(self._root):
            if folder == self._root:
                names[:] = [name for name in names if name != _WORK.encode()]
            for name in files:
                place = os.path.relpath(os.path.join(folder, name), self._root)
                if place not in kept and _digest(place) not in self._placed:
                    self._remove(place)


def _place(line: bytes) -> bytes:
    """The place in a line of the sums."""
    return line[66:-1]


def _digest(place: bytes) -> bytes:
    return hashlib.blake2b(place, digest_size=8).digest()


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


def _put(made: bytes, target: bytes, modified: float | None) -> None:
    """Move a file in place. Validators are made of time and length, so one of them differs from the old file's."""
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
        raise UsageError(f"{folder}: this file system does not tell ids apart that differ in case or in accents")
    probe.unlink()
