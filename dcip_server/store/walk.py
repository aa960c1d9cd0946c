"""Walking the whole catalog page by page, while it changes.

A record keeps its number for ever, and new ones get higher numbers. So page N is a fixed range of
numbers: an edit or a deletion moves nothing from one page to another, and what is new comes at the
end. A page costs the same wherever it is: its records and the next one's number are index look-ups.
Of records so large that a client could not take so many at once, a page has less; it leads on to the
rest of its range, which begins at a record's number, so that is as fixed as the ranges are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from dcip_server.formats.catalog_rdf import StoredRecord
from dcip_server.store import tables as t
from dcip_server.store.change_list import ENTRY_COLUMNS, to_entry
from dcip_server.store.entry import Entry
from dcip_server.store.shared_iris import without_iri

RECORDS_A_PAGE = 100
#: Of the stored N3. A feed's page is up to four times as long, and needs some thirty times as much memory while it is made.
_MOST_BYTES = 2 << 20


class Step(NamedTuple):
    """A page, from 1, and the number of the record from which on it is wanted, where that is not its first."""

    page: int
    since: int | None = None

    def __str__(self) -> str:
        return f"{self.page}" if self.since is None else f"{self.page}-{self.since}"


FIRST_STEP = Step(1)


@dataclass(frozen=True, slots=True)
class WalkPage:
    """The live records of a page by number, the next step that has any (``None``: none has), and the
    number of live records in all and the time (UTC) of the catalog's latest change, all at one moment."""

    records: tuple[StoredRecord, ...]
    next: Step | None
    total: int
    modified: str


def walk_page(connection: Connection, step: Step) -> WalkPage | None:
    """A page; empty where its records are gone, ``None`` where there never were any. Page 1 is always there."""
    last = step.page * RECORDS_A_PAGE
    first = last - RECORDS_A_PAGE + 1
    since = step.since or first
    if step != FIRST_STEP and (connection.scalar(select(func.max(t.record.c.number))) or 0) < since:
        return None
    if not first <= since <= last:
        return None
    c = t.representation.c
    in_range = c.record.between(since, last)
    following = _cut(connection.execute(select(c.record, func.length(c.n3)).where(in_range).order_by(c.record)))
    r = t.record.c
    rows = connection.execute(
        select(r.number, r.entity, r.id, r.title, r.iri, c.n3)
        .join(t.representation, c.record == r.number)
        .where(in_range, c.record < (following or last + 1))
        .order_by(r.number)
    ).all()
    without = without_iri(connection, ((row.number, row.iri) for row in rows))
    records = tuple(
        StoredRecord(row.number, row.entity, row.id, row.title, bytes(row.n3), has_iri=row.number not in without)
        for row in rows
    )
    if following is not None:
        next_step: Step | None = Step(step.page, following)
    else:
        # A deleted record has no representation, so what lies between costs nothing.
        later = connection.scalar(select(c.record).where(c.record > last).order_by(c.record).limit(1))
        next_step = None if later is None else Step((later - 1) // RECORDS_A_PAGE + 1)
    total, modified = connection.execute(select(t.catalog.c.live_records, t.catalog.c.modified)).one()
    return WalkPage(records, next_step, total, modified)


def _cut(sizes: Iterable[tuple[int, int]]) -> int | None:
    """The first record that has no place on a page any more, ``None`` where all have; a page has one at least."""
    room = _MOST_BYTES
    for position, (number, size) in enumerate(sizes):
        room -= size
        if position and room < 0:
            return number
    return None


def parts(connection: Connection, size: int) -> list[int]:
    """The numbers, from 1, of the ranges of that many record numbers in which there are live records."""
    found: list[int] = []
    column = t.representation.c.record
    while True:
        last = found[-1] * size if found else 0
        following = connection.scalar(select(column).where(column > last).order_by(column).limit(1))
        if following is None:
            return found
        found.append((following - 1) // size + 1)


def part(connection: Connection, number: int, size: int) -> list[Entry]:
    """The live records of one of these ranges, oldest first."""
    c = t.record.c
    of_part = c.number.between((number - 1) * size + 1, number * size)
    query = select(*ENTRY_COLUMNS).where(of_part, c.change_type != "delete").order_by(c.number)
    return [to_entry(row) for row in connection.execute(query)]
