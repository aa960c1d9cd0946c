"""Walking the whole catalog page by page, while it changes.

A record keeps its number for ever, and new ones get higher numbers. So page N is a fixed range of
numbers: an edit or a deletion moves nothing from one page to another, and what is new comes at the
end. A page costs the same wherever it is: its records and the next one's number are index look-ups.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from dcip_server.formats.catalog_rdf import StoredRecord
from dcip_server.protocol.urls import Format
from dcip_server.store import tables as t
from dcip_server.store.change_list import ENTRY_COLUMNS, to_entry
from dcip_server.store.entry import Entry

RECORDS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class WalkPage:
    """The live records of a page by number, the next page that has any (``None``: none has), and the
    number of live records in all and the time (UTC) of the catalog's latest change, all at one moment."""

    records: tuple[StoredRecord, ...]
    next: int | None
    total: int
    modified: str


def walk_page(connection: Connection, page: int) -> WalkPage | None:
    """A page, from 1; empty where its records are gone, ``None`` where there never were any. Page 1 is always there."""
    last = page * RECORDS_A_PAGE
    first = last - RECORDS_A_PAGE + 1
    if page > 1 and (connection.scalar(select(func.max(t.record.c.number))) or 0) < first:
        return None
    representation = t.representation.c
    rows = connection.execute(
        select(t.record.c.number, t.record.c.id, t.record.c.title, representation.body)
        .join(t.representation, representation.record == t.record.c.number)
        .where(t.record.c.number.between(first, last), representation.format == Format.N3.extension)
        .order_by(t.record.c.number)
    )
    records = tuple(StoredRecord(row.number, row.id, row.title, bytes(row.body)) for row in rows)
    # A deleted record has no representation, so what lies between costs nothing.
    following = connection.scalar(
        select(representation.record).where(representation.record > last).order_by(representation.record).limit(1)
    )
    total, modified = connection.execute(select(t.catalog.c.live_records, t.catalog.c.modified)).one()
    return WalkPage(records, None if following is None else (following - 1) // RECORDS_A_PAGE + 1, total, modified)


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
