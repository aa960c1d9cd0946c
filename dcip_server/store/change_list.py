"""The change list as a file: made once for a catalog revision, shared by all workers (DESIGN 3).

A file holds one entry a line, in the order of revisions. After a change the next file is the
old one without the lines of records that changed, found by bisection, plus their new lines; the
kernel copies what lies between. "What changed since" is the file's tail.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import re
import shutil
import stat
import struct
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from dcip_server import __version__
from dcip_server.errors import CatalogError
from dcip_server.formats.change_list import LIST_SYNTAX, ListSyntax
from dcip_server.protocol.urls import Format
from dcip_server.store import tables as t
from dcip_server.store.database import reading
from dcip_server.store.entry import Entry

_CHUNK_BYTES = 1 << 18
#: More moved lines than this are not cut out one by one: the list is made anew.
_MOST_CUTS = 20_000
#: At the end of a file, after the list: that it was written to its end, and how long the list is.
_TRAILER = struct.Struct(">8sQ")
_MAGIC = b"DCIPLIST"
#: Lists kept for different public addresses of one catalog; more would let a client fill the disk.
_MOST_ADDRESSES = 8

ENTRY_COLUMNS = (
    t.record.c.entity, t.record.c.id, t.record.c.integer_id, t.record.c.change_type, t.record.c.modified,
    t.record.c.revision, t.record.c.json_sha256, t.record.c.title, t.record.c.iri,
)  # fmt: skip


def to_entry(row: Sequence[Any]) -> Entry:
    """An entry from a row of :data:`ENTRY_COLUMNS`."""
    entity, id, integer_id, *rest = row
    return Entry(entity, int(id) if integer_id else id, *rest)


@dataclass(frozen=True, slots=True)
class CatalogState:
    """``revision`` and ``modified`` are those of the last committed change."""

    identity: str
    revision: int
    modified: str
    live_records: int


class FileSlice:
    """Bytes of an open file between two positions, behind a few bytes of their own.

    Iterating reads in chunks, so a slow reader costs one chunk of memory; ``close`` ends it.
    """

    def __init__(self, file: int, start: int, end: int, before: bytes = b"") -> None:
        self._file = file
        self._position, self._end = start, end
        self._before = before
        self.size = len(before) + end - start

    def __iter__(self) -> Iterator[bytes]:
        if self._before:
            yield self._before
        while self._position < self._end:
            chunk = os.pread(self._file, min(_CHUNK_BYTES, self._end - self._position), self._position)
            if not chunk:
                raise CatalogError("a change list on disk is shorter than it was")
            self._position += len(chunk)
            yield chunk

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        self.close()


class ChangeLists:
    """Opens the present change list, making it first where it is not there yet."""

    def __init__(self, engine: Engine, folder: str) -> None:
        self._engine = engine
        self._folder = Path(folder) if folder else own_temporary_folder()

    def whole(self, state: CatalogState, entity: str, format: Format, endpoint: str) -> FileSlice:
        """The whole list at that state or a later one."""
        file, size = self._open(state, entity, format, endpoint)
        return FileSlice(file, 0, size)

    def since(self, state: CatalogState, entity: str, format: Format, endpoint: str, after: int | str) -> FileSlice:
        """The entries after a revision (int), or at or after a time (str), in the same shape."""
        file, size = self._open(state, entity, format, endpoint)
        syntax = LIST_SYNTAX[format]
        head = syntax.head(endpoint)
        lines = _Lines(file, len(head), size - len(syntax.foot))
        if isinstance(after, int):
            start = lines.first(lambda line: int(_found(syntax.revision, line)) > after)
        else:
            start = lines.first(lambda line: _found(syntax.modified, line).decode() >= after)
        empty = start == lines.end
        before = head if empty else head + syntax.first_separator
        return FileSlice(file, start + (0 if empty else len(syntax.separator)), size, before)

    # --- making files ---

    def _open(self, state: CatalogState, entity: str, format: Format, endpoint: str) -> tuple[int, int]:
        """The present list's file and the size of the list in it."""
        folder = self._folder_for(state, endpoint)
        if (found := _open_whole(folder / self._name(state, entity, format))) is not None:
            return found
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.parent / "lock"), reading(self._engine) as connection:
            # Another worker may have made it meanwhile, or the catalog may have moved on.
            state = read_state(connection)
            path = folder / self._name(state, entity, format)
            if (found := _open_whole(path)) is None:
                if not folder.is_dir():
                    folder.mkdir()
                    _drop_oldest(folder.parent, keep=_MOST_ADDRESSES)
                path.unlink(missing_ok=True)
                self._make(connection, folder, state, entity, format, endpoint)
                found = _open_whole(path)
            if found is None:
                raise CatalogError(f"the change list {path} cannot be kept")
            return found

    def _folder_for(self, state: CatalogState, endpoint: str) -> Path:
        # Files are not synchronised with the disk, so those of before a restart of the machine do not count.
        digest = hashlib.sha256(f"{__version__} {_boot_id()} {endpoint}".encode()).hexdigest()[:16]
        return self._folder / state.identity / digest

    def _name(self, state: CatalogState, entity: str, format: Format) -> str:
        moment = state.modified.replace(":", "").replace("-", "")
        return f"{entity}.{format.extension}.{state.revision}.{moment}"

    def _make(
        self, connection: Connection, folder: Path, state: CatalogState, entity: str, format: Format, endpoint: str
    ) -> None:
        syntax = LIST_SYNTAX[format]
        stem = f"{entity}.{format.extension}."
        old = sorted(
            (path for path in folder.glob(f"{stem}[0-9]*")), key=lambda path: int(path.name[len(stem) :].split(".")[0])
        )
        with tempfile.NamedTemporaryFile(dir=folder, prefix="making-", delete=False) as file:
            try:
                if not (old and _extend(connection, old[-1], file.fileno(), stem, syntax, entity, endpoint)):
                    os.ftruncate(file.fileno(), 0)
                    os.lseek(file.fileno(), 0, os.SEEK_SET)
                    _build(connection, file.fileno(), syntax, entity, endpoint)
                _write(file.fileno(), _TRAILER.pack(_MAGIC, os.fstat(file.fileno()).st_size))
                os.replace(file.name, folder / self._name(state, entity, format))
            except BaseException:
                os.unlink(file.name)
                raise
        for path in old:
            path.unlink(missing_ok=True)


def _open_whole(path: Path) -> tuple[int, int] | None:
    """A list's file and the size of the list, or ``None`` where there is none that was written to its end."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    size = os.fstat(file).st_size - _TRAILER.size
    if size >= 0 and os.pread(file, _TRAILER.size, size) == _TRAILER.pack(_MAGIC, size):
        return file, size
    os.close(file)
    return None


@lru_cache(maxsize=1)
def _boot_id() -> str:
    """Differs from one start of the machine to the next, where the system tells."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def read_state(connection: Connection) -> CatalogState:
    """The catalog's state in the connection's transaction."""
    c = t.catalog.c
    return CatalogState(*connection.execute(select(c.identity, c.revision, c.modified, c.live_records)).one())


def _entries(connection: Connection, entity: str, after: int) -> Iterator[Entry]:
    query = select(*ENTRY_COLUMNS).where(t.record.c.revision > after, t.record.c.entity == entity)
    rows = connection.execution_options(yield_per=1000).execute(query.order_by(t.record.c.revision))
    for row in rows:
        yield to_entry(row)


def _build(connection: Connection, file: int, syntax: ListSyntax, entity: str, endpoint: str) -> None:
    """Write the whole list."""
    _write(file, syntax.head(endpoint))
    _finish(connection, file, syntax, entity, endpoint, after=0, first_line=len(syntax.head(endpoint)))


def _finish(
    connection: Connection, file: int, syntax: ListSyntax, entity: str, endpoint: str, *, after: int, first_line: int
) -> None:
    """Write the lines after a revision and the foot, and mark the first line as first."""
    lines, size = [], 0
    for entry in _entries(connection, entity, after):
        lines.append(syntax.line(entry, endpoint))
        size += len(lines[-1])
        if size > _CHUNK_BYTES:
            _write(file, b"".join(lines))
            lines, size = [], 0
    _write(file, b"".join(lines))
    if os.lseek(file, 0, os.SEEK_CUR) > first_line and syntax.first_separator:
        os.pwrite(file, syntax.first_separator, first_line)
    _write(file, syntax.foot)


def _extend(
    connection: Connection, old: Path, file: int, stem: str, syntax: ListSyntax, entity: str, endpoint: str
) -> bool:
    """Write the old list brought up to date; ``False`` where making it anew is the better way."""
    after = int(old.name[len(stem) :].split(".")[0])
    latest = connection.scalar(select(t.catalog.c.revision)) or 0
    still_there = connection.scalar(select(t.revision.c.modified).where(t.revision.c.number == after))
    moment = old.name.rpartition(".")[2]
    if after > latest or (still_there or "").replace(":", "").replace("-", "") != moment or latest - after > _MOST_CUTS:
        return False
    moved = select(t.revision.c.previous).join(t.record).where(
        t.revision.c.number > after, t.revision.c.previous <= after, t.record.c.entity == entity
    )  # fmt: skip
    found = _open_whole(old)
    if found is None:
        return False
    source, size = found
    try:
        head = len(syntax.head(endpoint))
        lines = _Lines(source, head, size - len(syntax.foot))
        position = 0
        for revision in connection.scalars(moved.order_by(t.revision.c.previous)).all():
            start = lines.first(lambda line, revision=revision: int(_found(syntax.revision, line)) >= revision)  # type: ignore[misc]
            _copy(source, position, start, file)
            position = lines.end_of_line(start)
        _copy(source, position, lines.end, file)
        if syntax.separator and os.lseek(file, 0, os.SEEK_CUR) > head:
            os.pwrite(file, syntax.separator, head)
        _finish(connection, file, syntax, entity, endpoint, after=after, first_line=head)
    finally:
        os.close(source)
    return True


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _copy(source: int, start: int, end: int, target: int) -> None:
    while start < end:
        copied = os.sendfile(target, source, start, end - start)
        if not copied:
            raise CatalogError("a change list on disk is shorter than it was")
        start += copied


class _Lines:
    """The entry lines of a list file, searched by bisection."""

    def __init__(self, file: int, first: int, end: int) -> None:
        self.start = first
        self.end = end
        self._map = mmap.mmap(file, 0, access=mmap.ACCESS_READ)

    def end_of_line(self, start: int) -> int:
        """The position after the line break of the line that starts there."""
        return self._map.find(b"\n", start) + 1 or self.end

    def first(self, wanted: Callable[[bytes], bool]) -> int:
        """Where the first line starts that is wanted, given that all after it are; the end if none is."""
        low, high = self.start, self.end
        while low < high:
            middle = self._map.rfind(b"\n", self.start, (low + high) // 2) + 1 or self.start
            middle = max(middle, low)
            end = self.end_of_line(middle)
            if wanted(self._map[middle:end]):
                high = middle
            else:
                low = end
        return low


def _found(pattern: re.Pattern[bytes], line: bytes) -> bytes:
    match = pattern.search(line)
    if match is None:
        raise CatalogError("a change list on disk is damaged; remove the folder of lists")
    return match[1]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One maker at a time, over all processes of this machine."""
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def own_temporary_folder() -> Path:
    """A folder below the system's temporary one that only this user can have made."""
    folder = Path(tempfile.gettempdir()) / f"dcip-server-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or not stat.S_ISDIR(status.st_mode):
        raise CatalogError(f"{folder} is not this user's alone; set LIST_FOLDER to a folder for change lists")
    return folder


def _drop_oldest(parent: Path, keep: int) -> None:
    """Remove all but the addresses used last; whoever calls this holds the lock."""
    folders = sorted((path for path in parent.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for folder in folders[:-keep]:
        shutil.rmtree(folder, ignore_errors=True)
