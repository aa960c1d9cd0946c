"""The rows of records, as the one writer reads and changes them: many at a time, by the driver."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from dcip_server.store import tables as t
from dcip_server.store.driver import Driver, filled_up
from dcip_server.store.look_up_index import LookUpIndex
from dcip_server.store.look_ups import look_ups
from dcip_server.store.search_index import Searchable, SearchIndex


class Existing(NamedTuple):
    """A record, dead or alive, before this write changes it."""

    key: bytes
    number: int
    entity: str
    revision: int
    change_type: str
    created: str
    content_sha256: bytes | None

    @property
    def is_alive(self) -> bool:
        """Whether there is such a record now, or there only was one."""
        return self.change_type != "delete"


@dataclass(slots=True)
class Rows:
    """What one batch inserts and changes; tuples have a table's columns in their order, objects ``this`` record's columns by name."""

    new_records: list[tuple[Any, ...]] = field(default_factory=list)
    changed_records: list[dict[str, Any]] = field(default_factory=list)
    representations: list[tuple[Any, ...]] = field(default_factory=list)
    look_ups: list[tuple[int, bytes]] = field(default_factory=list)
    revisions: list[tuple[Any, ...]] = field(default_factory=list)
    searchable: list[tuple[int, Searchable]] = field(default_factory=list)


class RecordRows:
    """Records with their representations, look-ups, revisions and entries of the index, within the writer's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._driver = Driver(connection)
        self._look_ups = LookUpIndex(connection)
        self._search_index = SearchIndex(connection)

    def existing(self, keys: list[bytes]) -> dict[bytes, Existing]:
        """Those that there are, dead or alive, by their keys."""
        if not keys:
            return {}
        return {row[0]: Existing(*row) for row in self._driver.rows(_BY_KEYS, keys=filled_up(keys))}

    def write(self, rows: Rows, replaced: Iterable[Existing]) -> None:
        """Write new records, and change those that are ``replaced``."""
        self._take_away(replaced)
        self._driver.insert(t.record, rows.new_records)
        self._driver.run_many(_UPDATE_RECORD, rows.changed_records)
        self._driver.insert(t.representation, rows.representations)
        self._look_ups.add(rows.look_ups)
        self._driver.insert(t.revision, rows.revisions)
        self._search_index.add(rows.searchable)

    def bury(self, rows: Rows, gone: list[Existing], now: str) -> None:
        """Have records deleted that were alive."""
        self._take_away(gone)
        self._driver.run_many(_BURY_RECORD, rows.changed_records)
        numbers = [row.number for row in gone]
        self._driver.run(_FORGET_RESOURCES, numbers=numbers)
        self._driver.run(_BURY_PUBLICATION, numbers=numbers, now=now)
        self._driver.insert(t.revision, rows.revisions)

    def finish(self) -> None:
        """Bring the indexes up to date with all that was written."""
        self._look_ups.finish()
        self._search_index.finish()

    def _take_away(self, rows: Iterable[Existing]) -> None:
        """Take representations, look-ups and index entries of the records' previous revisions away."""
        numbers = [row.number for row in rows if row.is_alive]
        if not numbers:
            return
        old = self._driver.rows(_JSON_BODIES, numbers=numbers)
        self._look_ups.remove((number, look_ups(entity, json.loads(body), iri)) for number, entity, iri, body in old)
        self._driver.run(_DELETE_REPRESENTATIONS, numbers=numbers)
        self._search_index.remove(numbers)


_BY_KEYS = select(*(t.record.c[name] for name in Existing._fields)).where(
    t.record.c.key.in_(bindparam("keys", expanding=True))
)
_JSON_BODIES = (
    select(t.record.c.number, t.record.c.entity, t.record.c.iri, t.representation.c.json)
    .join(t.representation, t.representation.c.record == t.record.c.number)
    .where(t.record.c.number.in_(bindparam("numbers", expanding=True)))
)
_DELETE_REPRESENTATIONS = delete(t.representation).where(
    t.representation.c.record.in_(bindparam("numbers", expanding=True))
)
#: The columns of a record that a revision of it gives.
REVISED_COLUMNS = t.record.columns.keys()[1:]
_UPDATE_RECORD = (
    update(t.record)
    .where(t.record.c.number == bindparam("this"))
    .values({name: bindparam(name) for name in REVISED_COLUMNS})
)
_BURY_RECORD = (
    update(t.record)
    .where(t.record.c.number == bindparam("this"))
    .values(
        revision=bindparam("revision"),
        change_type=bindparam("change_type"),
        modified=bindparam("modified"),
        content_sha256=None,
        json_sha256=None,
    )
)

#: A publication goes with its record, whoever deletes that; one that became private stays.
_OF_RECORDS = (
    t.publication.c.id.in_(select(t.record.c.id).where(t.record.c.number.in_(bindparam("numbers", expanding=True)))),
    t.publication.c.private.is_(False),
)
_FORGET_RESOURCES = delete(t.published_resource).where(
    t.published_resource.c.publication.in_(select(t.publication.c.number).where(*_OF_RECORDS))
)
_BURY_PUBLICATION = (
    update(t.publication)
    .where(*_OF_RECORDS)
    .values(slug=None, title_key=None, deleted=bindparam("now"), modified=bindparam("now"), document="{}")
)
