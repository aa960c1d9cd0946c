"""The feeds of :mod:`dcip_server.formats.feeds` as files, one entry (a "line") a live dataset, by age in the catalog.

Behind what is sent stands an index of the lines, so that a page, or what changed, is found without
reading the lines. The next file copies the lines of records that did not change from the one before.
"""

from __future__ import annotations

import heapq
import mmap
import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from dcip_server.formats.feeds import Feed, FeedRecord
from dcip_server.protocol.entity_types import DATASET
from dcip_server.store import tables as t
from dcip_server.store.kept_files import CHUNK_BYTES, CatalogState, FileSlice, KeptFile, KeptFiles, copy, write_all
from dcip_server.store.shared_iris import changed_hands, without_iri


class Feeds:
    """Opens feeds as they are at the present revision of the catalog, making them first where they are not there yet."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._files = KeptFiles(engine, folder / "feeds")

    def whole(self, state: CatalogState, feed: Feed) -> FileSlice:
        """The feed at that state or a later one."""
        file = self._open(state, feed)
        return FileSlice(file, [(0, file.size)])

    def part(
        self, state: CatalogState, feed: Feed, since: str | None = None, offset: int = 0, limit: int | None = None
    ) -> FileSlice:
        """The records that changed at or after a time (UTC), of these some in order, in the same shape.

        The offset counts the records that there are: while one is deleted, a later one moves up. It costs the same
        for every offset.
        """
        file = self._open(state, feed)
        index = _Index(file, feed)
        lines: Sequence[int] = range(len(index.numbers))
        if since is not None:
            earliest = _digits(since)
            lines = [line for line, time in enumerate(index.times) if time >= earliest]
        lines = lines[offset : None if limit is None else offset + limit]
        spans = [*index.spans(lines), (index.end, file.size)]
        first = spans[0][0]
        if lines:
            spans[0] = (first + 1, spans[0][1])
        return FileSlice(file, spans, before=feed.head + (b" " if lines else b""))

    def _open(self, state: CatalogState, feed: Feed) -> KeptFile:
        def write(connection: Connection, file: int, state: CatalogState, old: KeptFile | None) -> int:
            return _Maker(file, feed).make(connection, old)

        return self._files.open(state, feed.name, feed.place, write)


class _Index:
    """The lines of a file: each with the record's number, the time of its change, where the line starts, and whether
    the record stands there without the IRI that it has, since that is another's."""

    def __init__(self, file: KeptFile, feed: Feed) -> None:
        self.end = file.size - len(feed.foot)
        columns = memoryview(mmap.mmap(file.number, 0, access=mmap.ACCESS_READ))[file.size : file.end].cast("Q")
        lines = len(columns) // 4
        self.numbers, self.times, self.starts, self.without = (columns[i * lines : (i + 1) * lines] for i in range(4))

    def start(self, line: int) -> int:
        """Where a line starts, or where the last one ends."""
        return self.starts[line] if line < len(self.starts) else self.end

    def spans(self, lines: Sequence[int]) -> list[tuple[int, int]]:
        """Where lines stand, given in order; neighbours are one span."""
        found: list[tuple[int, int]] = []
        for line in lines:
            start, end = self.start(line), self.start(line + 1)
            if found and found[-1][1] == start:
                start = found.pop()[0]
            found.append((start, end))
        return found


class _Maker:
    """Writes one file, its lines in the order of the records' numbers."""

    def __init__(self, file: int, feed: Feed) -> None:
        self._file = file
        self._feed = feed
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self._position = 0
        self._numbers, self._times, self._starts, self._without = array("Q"), array("Q"), array("Q"), array("Q")

    def make(self, connection: Connection, old: KeptFile | None) -> int:
        """Write the present feed with the lines of the old one that still hold; returns how much of it is sent."""
        self._add(self._feed.head)
        index = _Index(old, self._feed) if old else None
        next_line = 0
        for number, modified, record in self._changed(connection, old, index):
            if index and old:
                found = bisect_left(index.numbers, number, next_line)
                self._keep(old, index, next_line, found)
                next_line = found + (found < len(index.numbers) and index.numbers[found] == number)
            if record is not None:
                self._mark(number, modified, record)
                self._add(self._feed.separator + self._feed.entry(record))
        if index and old:
            self._keep(old, index, next_line, len(index.numbers))
        self._add(self._feed.foot)
        size = self._position
        for column in (self._numbers, self._times, self._starts, self._without):
            self._add(column.tobytes())
        self._flush()
        if self._starts:
            os.pwrite(self._file, b" ", self._starts[0])
        return size

    def _changed(
        self, connection: Connection, old: KeptFile | None, index: _Index | None
    ) -> Iterator[tuple[int, str, FeedRecord | None]]:
        """Number, time and record of the datasets whose lines are to be made, by number; no record of those deleted."""
        after = old.revision if old else 0
        changed = _records(connection, self._feed, after)
        if index is None or not self._feed.by_iri:
            return changed
        without = {number for number, is_without in zip(index.numbers, index.without, strict=True) if is_without}
        others = changed_hands(connection, after, without)
        return heapq.merge(changed, _records(connection, self._feed, after, others), key=itemgetter(0))

    def _mark(self, number: int, modified: str, record: FeedRecord) -> None:
        self._numbers.append(number)
        self._times.append(_digits(modified))
        self._starts.append(self._position)
        self._without.append(not record.has_iri)

    def _add(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_size += len(data)
        self._position += len(data)
        if self._waiting_size > CHUNK_BYTES:
            self._flush()

    def _flush(self) -> None:
        write_all(self._file, b"".join(self._waiting))
        self._waiting, self._waiting_size = [], 0

    def _keep(self, old: KeptFile, index: _Index, first: int, last: int) -> None:
        """Copy the old lines from the first up to before the last."""
        if first == last:
            return
        self._flush()
        start, end = index.start(first), index.start(last)
        moved = self._position - start
        self._numbers.extend(index.numbers[first:last])
        self._times.extend(index.times[first:last])
        self._starts.extend(place + moved for place in index.starts[first:last])
        self._without.extend(index.without[first:last])
        copy(old.number, start, end, self._file)
        self._position += end - start
        # It may have been the first line, which has a blank there.
        os.pwrite(self._file, self._feed.separator, start + moved)


def _records(
    connection: Connection, feed: Feed, after: int, unchanged: Iterable[int] | None = None
) -> Iterator[tuple[int, str, FeedRecord | None]]:
    """Number, time and record of the datasets that changed after a revision, or of some that did not, by number."""
    c = t.record.c
    query = (
        select(c.number, c.modified, c.id, c.title, c.key, c.iri, c.change_type)
        .where(c.entity == DATASET.name)
        .order_by(c.number)
    )
    if feed.format is not None:
        joined = t.representation.c.record == c.number
        query = query.add_columns(t.BODIES[feed.format].label("body")).outerjoin_from(
            t.record, t.representation, joined
        )
    if unchanged is not None:
        numbers = iter(unchanged)
        while batch := list(islice(numbers, _BATCH)):
            rows = connection.execute(query.where(c.number.in_(batch))).all()
            yield from _of_rows(connection, feed, rows)
        return
    if after:
        query = query.where(c.revision > after)
    result = connection.execution_options(yield_per=_BATCH).execute(query)
    for rows in result.partitions():
        yield from _of_rows(connection, feed, rows)


_BATCH = 200


def _of_rows(connection: Connection, feed: Feed, rows: Sequence[Any]) -> Iterator[tuple[int, str, FeedRecord | None]]:
    live = [(row.number, row.iri) for row in rows if row.change_type != "delete"]
    without = without_iri(connection, live) if feed.by_iri else set()
    for row in rows:
        if row.change_type == "delete":
            yield row.number, row.modified, None
            continue
        body = b"" if feed.format is None else bytes(row.body)
        key = row.key.hex()[:24]
        yield row.number, row.modified, FeedRecord(row.number, row.id, row.title, key, body, row.number not in without)


def _digits(time: str) -> int:
    """A time of the catalog as a number that sorts as the time does: ``20261121133400``."""
    return int("".join(filter(str.isdigit, time)))
