"""The change list as a file: made once for a catalog revision, shared by all workers.

A file holds one entry a line, in the order of revisions. After a change the next file is the
old one without the lines of records that changed, found by bisection, plus their new lines; the
kernel copies what lies between. "What changed since" is the file's tail.
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from dcip_server.errors import CatalogError
from dcip_server.formats.change_list import LIST_SYNTAX, ListSyntax
from dcip_server.protocol.urls import Format
from dcip_server.store import tables as t
from dcip_server.store.entry import Entry
from dcip_server.store.kept_files import CHUNK_BYTES, CatalogState, FileSlice, KeptFile, KeptFiles, copy, write_all

#: More moved lines than this are not cut out one by one: the list is made anew.
_MOST_CUTS = 20_000

ENTRY_COLUMNS = (
    t.record.c.entity, t.record.c.id, t.record.c.integer_id, t.record.c.change_type, t.record.c.modified,
    t.record.c.revision, t.record.c.json_sha256, t.record.c.title, t.record.c.iri,
)  # fmt: skip


def to_entry(row: Sequence[Any]) -> Entry:
    """An entry from a row of :data:`ENTRY_COLUMNS`."""
    entity, id, integer_id, *rest = row
    return Entry(entity, int(id) if integer_id else id, *rest)


class ChangeLists:
    """Opens the present change list, making it first where it is not there yet."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._files = KeptFiles(engine, folder)

    def whole(self, state: CatalogState, entity: str, format: Format, endpoint: str) -> FileSlice:
        """The whole list at that state or a later one."""
        file = self._open(state, entity, format, endpoint)
        return FileSlice(file, [(0, file.size)])

    def since(self, state: CatalogState, entity: str, format: Format, endpoint: str, after: int | str) -> FileSlice:
        """The entries after a revision (int), or at or after a time (str), in the same shape."""
        file = self._open(state, entity, format, endpoint)
        syntax = LIST_SYNTAX[format]
        head = syntax.head(endpoint)
        lines = _Lines(file.number, len(head), file.size - len(syntax.foot))
        if isinstance(after, int):
            start = lines.first(lambda line: int(_found(syntax.revision, line)) > after)
        else:
            start = lines.first(lambda line: _found(syntax.modified, line).decode() >= after)
        empty = start == lines.end
        before = head if empty else head + syntax.first_separator
        return FileSlice(file, [(start + (0 if empty else len(syntax.separator)), file.size)], before)

    def _open(self, state: CatalogState, entity: str, format: Format, endpoint: str) -> KeptFile:
        syntax = LIST_SYNTAX[format]

        def write(connection: Connection, file: int, state: CatalogState, old: KeptFile | None) -> int:
            if old is not None and state.revision - old.revision <= _MOST_CUTS:
                _extend(connection, old, file, syntax, entity, endpoint)
            else:
                _build(connection, file, syntax, entity, endpoint)
            return os.lseek(file, 0, os.SEEK_CUR)

        return self._files.open(state, f"{entity}.{format.extension}", endpoint, write)


def _entries(connection: Connection, entity: str, after: int) -> Iterator[Entry]:
    query = select(*ENTRY_COLUMNS).where(t.record.c.revision > after, t.record.c.entity == entity)
    rows = connection.execution_options(yield_per=1000).execute(query.order_by(t.record.c.revision))
    for row in rows:
        yield to_entry(row)


def _build(connection: Connection, file: int, syntax: ListSyntax, entity: str, endpoint: str) -> None:
    """Write the whole list."""
    write_all(file, syntax.head(endpoint))
    _finish(connection, file, syntax, entity, endpoint, after=0, first_line=len(syntax.head(endpoint)))


def _finish(
    connection: Connection, file: int, syntax: ListSyntax, entity: str, endpoint: str, *, after: int, first_line: int
) -> None:
    """Write the lines after a revision and the foot, and mark the first line as first."""
    lines, size = [], 0
    for entry in _entries(connection, entity, after):
        lines.append(syntax.line(entry, endpoint))
        size += len(lines[-1])
        if size > CHUNK_BYTES:
            write_all(file, b"".join(lines))
            lines, size = [], 0
    write_all(file, b"".join(lines))
    if os.lseek(file, 0, os.SEEK_CUR) > first_line and syntax.first_separator:
        os.pwrite(file, syntax.first_separator, first_line)
    write_all(file, syntax.foot)


def _extend(connection: Connection, old: KeptFile, file: int, syntax: ListSyntax, entity: str, endpoint: str) -> None:
    """Write the old list brought up to date."""
    after = old.revision
    moved = select(t.revision.c.previous).join(t.record).where(
        t.revision.c.number > after, t.revision.c.previous <= after, t.record.c.entity == entity
    )  # fmt: skip
    head = len(syntax.head(endpoint))
    lines = _Lines(old.number, head, old.size - len(syntax.foot))
    position = 0
    for revision in connection.scalars(moved.order_by(t.revision.c.previous)).all():
        start = lines.first(lambda line, revision=revision: int(_found(syntax.revision, line)) >= revision)  # type: ignore[misc]
        copy(old.number, position, start, file)
        position = lines.end_of_line(start)
    copy(old.number, position, lines.end, file)
    if syntax.separator and os.lseek(file, 0, os.SEEK_CUR) > head:
        os.pwrite(file, syntax.separator, head)
    _finish(connection, file, syntax, entity, endpoint, after=after, first_line=head)


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
