"""What became of one record: its revisions, and the sources that hold it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, select

from dcip_server.store import tables as t
from dcip_server.store.change_list import ENTRY_COLUMNS, to_entry
from dcip_server.store.database import reading
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
    revision = t.revision.c
    with reading(engine) as connection:
        row = connection.execute(
            select(t.record.c.number, t.record.c.iri, *ENTRY_COLUMNS).where(t.record.c.key == key)
        ).first()
        if row is None:
            return None
        number, iri, *entry = row
        revisions = connection.execute(
            select(revision.number, revision.change_type, revision.modified, t.withdrawal.c.reason)
            .outerjoin(t.withdrawal, t.withdrawal.c.revision == revision.number)
            .where(revision.record == number)
            .order_by(revision.number.desc())
            .limit(_MOST_REVISIONS)
        )
        sources = connection.scalars(
            select(t.source.c.name)
            .join(t.delivery, t.delivery.c.source == t.source.c.number)
            .where(t.delivery.c.key == key)
            .order_by(t.source.c.number)
        )
        return History(to_entry(entry), tuple(Revision(*row) for row in revisions), tuple(sources), iri)
