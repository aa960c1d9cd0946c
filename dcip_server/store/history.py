"""What became of one record: its revisions, and the sources that hold it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, select

from dcip_server.store import tables as t
from dcip_server.store.change_list import ENTRY_COLUMNS, to_entry
from dcip_server.store.database import reading
from dcip_server.store.driver import Driver
from dcip_server.store.entry import Entry
from dcip_server.store.keys import record_key

_MOST_REVISIONS = 50


@dataclass(frozen=True, slots=True)
class Revision:
    """One committed change of the record; ``modified`` is UTC, ``reason`` is there where an audit withdrew it."""

    number: int
    change_type: str
    modified: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """``entry`` is the record as the change list has it, deleted or not; ``revisions`` the latest, newest first."""

    entry: Entry
    revisions: tuple[Revision, ...]
    sources: tuple[str, ...]
    iri: str | None


def find_reasons(engine: Engine, revisions: Iterable[int]) -> dict[int, str]:
    """Why audits withdrew records, by the revision that deleted the record."""
    withdrawal = t.withdrawal.c
    query = select(withdrawal.revision, withdrawal.reason).where(withdrawal.revision.in_(list(revisions)))
    with reading(engine) as connection:
        return {row.revision: row.reason for row in connection.execute(query)}


def find_history(engine: Engine, entity: str, id: str) -> History | None:
    """The record's history, or ``None`` where there never was one with that id."""
    key = record_key(entity, id)
    with reading(engine) as connection:
        driver = Driver(connection)
        rows = driver.rows(_RECORD, key=key)
        if not rows:
            return None
        number, iri, *entry = rows[0]
        revisions = driver.rows(_REVISIONS, record=number)
        sources = driver.rows(_SOURCES, key=key)
        return History(
            to_entry(entry), tuple(Revision(*row) for row in revisions), tuple(name for (name,) in sources), iri
        )


# Made once: to build a statement takes longer than to run one of these.
_RECORD = select(t.record.c.number, t.record.c.iri, *ENTRY_COLUMNS).where(t.record.c.key == bindparam("key"))
_REVISIONS = (
    select(t.revision.c.number, t.revision.c.change_type, t.revision.c.modified, t.withdrawal.c.reason)
    .outerjoin(t.withdrawal, t.withdrawal.c.revision == t.revision.c.number)
    .where(t.revision.c.record == bindparam("record"))
    .order_by(t.revision.c.number.desc())
    .limit(_MOST_REVISIONS)
)
_SOURCES = (
    select(t.source.c.name)
    .join(t.delivery, t.delivery.c.source == t.source.c.number)
    .where(t.delivery.c.key == bindparam("key"))
    .order_by(t.source.c.number)
)
