"""The one writer: everything that changes the catalog goes through :func:`revise`.

One transaction: all of it becomes visible at once, or nothing. Revisions are numbered in commit
order, since writers lock the catalog's row. Where nothing changed, nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, delete, func, select, update

from dcip_server.entities import Dataset
from dcip_server.errors import DcipError, MassDeleteError, NotFoundError, RecordError
from dcip_server.protocol import times
from dcip_server.store import tables as t
from dcip_server.store.changes import Change, Delete, DropUnseen, Keep, Outcome, Put, Refused
from dcip_server.store.database import expect_much, writing
from dcip_server.store.deliveries import Deliveries
from dcip_server.store.drafts import Before, Draft, Rendered, draft
from dcip_server.store.driver import Driver, filled_up
from dcip_server.store.keys import record_key
from dcip_server.store.look_up_index import LookUpIndex
from dcip_server.store.look_ups import look_ups
from dcip_server.store.search_index import Searchable, SearchIndex

_BATCH = 500
#: Smallest number of deletions that can be suspicious.
_MASS_DELETE_MINIMUM = 10


class _DryRunError(Exception):
    """Ends the transaction of a dry run without committing it."""


def end_the_write(change: Put | Delete, error: DcipError) -> None:
    """The default, for callers whose changes are known to be sound."""
    raise error


def revise(
    engine: Engine,
    changes: Iterable[Change] | Callable[[Before], Iterable[Change]],
    *,
    allow_mass_delete: bool = False,
    dry_run: bool = False,
    fills: bool = False,
    refused: Refused = end_the_write,
) -> Outcome:
    """Apply the changes in order, in one transaction; a function makes them of what the write finds.

    A record that occurs twice in one write is taken once: the first stays, a second with other
    content is refused. ``refused`` hears of each change that cannot be made, and the rest goes on;
    without it the first one ends the write. ``dry_run`` does everything but commit. ``fills`` says that
    an empty catalog is likely to get much; see :func:`writing`.
    Raises :class:`MassDeleteError` where more than half of the live records, and at least ten,
    would go and ``allow_mass_delete`` is not set; nothing is changed then.
    """
    with_outcome: list[Outcome] = []
    try:
        with writing(engine, fills=fills) as connection:
            writer = Writer(connection, refused)
            with_outcome.append(writer.outcome)
            writer.apply(changes(writer.before) if callable(changes) else changes)
            writer.finish(allow_mass_delete)
            if dry_run:
                raise _DryRunError
    except _DryRunError:
        pass
    return with_outcome[0]


@dataclass(slots=True)
class _Rows:
    """What one batch inserts, and what it takes away first."""

    new_records: list[tuple[Any, ...]] = field(default_factory=list)
    changed_records: list[dict[str, Any]] = field(default_factory=list)
    representations: list[tuple[Any, ...]] = field(default_factory=list)
    look_ups: list[tuple[int, bytes]] = field(default_factory=list)
    revisions: list[tuple[Any, ...]] = field(default_factory=list)
    searchable: list[tuple[int, Searchable]] = field(default_factory=list)


class Writer:
    """Applies changes within a transaction of :func:`writing`; it has the catalog's lock from the beginning.

    ``now`` is the time of all revisions that it makes, ``before`` what it finds.
    """

    def __init__(self, connection: Connection, refused: Refused = end_the_write) -> None:
        self._connection = connection
        self._driver = Driver(connection)
        self._refused = refused
        self._is_large = False
        self.outcome = Outcome()
        ((revision, modified, self._live_before),) = self._driver.rows(_STATE)
        self._first_revision: int = revision
        self._revision: int = revision
        # Never before the last revision, whatever the clock says: times rise with revisions.
        self.now: str = max(times.now(), modified)
        self._next_number = (self._driver.scalar(_LAST_NUMBER) or 0) + 1
        self.before = Before(self.now, is_empty=self._next_number == 1)
        self._deliveries = Deliveries(connection)
        self._look_ups = LookUpIndex(connection)
        self._search_index = SearchIndex(connection)

    def apply(self, changes: Iterable[Change]) -> None:
        """Make the changes, in order."""
        puts: list[Put] = []
        whole: list[str] = []
        for change in changes:
            if isinstance(change, Put):
                puts.append(change)
                if len(puts) < _BATCH:
                    continue
                if not self._is_large:
                    self._is_large = True
                    expect_much(self._connection)
            self._put(puts)
            puts = []
            if isinstance(change, Keep):
                self._deliveries.mark([(record_key(change.entity_type, change.id), change.source)], taken=False)
            elif isinstance(change, Delete):
                self._delete_one(change)
            elif isinstance(change, DropUnseen):
                whole.append(change.source)
        self._put(puts)
        # Only now is it known what all sources hold: a record may have moved from one to another.
        for source in whole:
            self._drop_unseen(source)

    def finish(self, allow_mass_delete: bool = False) -> None:
        """Judge the whole write and count it; the transaction can be committed then."""
        deleted = self.outcome.deleted
        if deleted >= _MASS_DELETE_MINIMUM and deleted * 2 > self._live_before and not allow_mass_delete:
            raise MassDeleteError(
                f"this would delete {deleted} of {self._live_before} live records, so nothing was changed;"
                " if it is meant, repeat with --allow-mass-delete"
            )
        self._deliveries.record()
        self._look_ups.finish()
        self._search_index.finish()
        if self._revision > self._first_revision:
            live = self._live_before + self.outcome.created - deleted
            self._driver.run(_COUNT, new_revision=self._revision, now=self.now, live=live)

    # --- creating and updating ---

    def _put(self, puts: list[Put]) -> None:
        if not puts:
            return
        keys = [_key_of(put.entity) for put in puts]
        # What is known to be stored as it is said need not be looked for.
        existing = self._existing([key for key, put in zip(keys, puts, strict=True) if not _is_stored(put.entity)])
        rows = _Rows()
        changed: list[_Existing] = []
        for said in self._without_repeats(puts, keys, existing):
            row = existing.get(said.key)
            if said.rendered is None:
                self.outcome.unchanged += 1
                continue
            self._add(rows, said, said.rendered, row)
            if row is not None:
                changed.append(row)
        self._take_away(changed)
        self._write(rows)

    def _without_repeats(
        self, puts: list[Put], keys: list[bytes], existing: Mapping[bytes, _Existing]
    ) -> Iterable[Draft]:
        """The draft of the first Put of each record in this write."""
        first: dict[bytes, Draft] = {}
        marks: list[tuple[bytes, str | None]] = []
        repeated: list[tuple[Put, Draft]] = []
        unsound: list[tuple[bytes, str | None]] = []
        # Taken before in this write are only records that are stored by now.
        stored = [key for key, put in zip(keys, puts, strict=True) if key in existing or _is_stored(put.entity)]
        before = self._deliveries.taken_before(stored)
        for key, put in zip(keys, puts, strict=True):
            entity = put.entity
            said = entity if isinstance(entity, Draft) else draft(entity, key, existing.get(key), self.now)
            if said.error is not None:
                self._refuse(put, said.error)
                unsound.append((key, put.source))
                continue
            marks.append((key, put.source))
            if key in before or key in first:
                repeated.append((put, said))
            else:
                first[key] = said
        self._deliveries.mark(unsound, taken=False)
        self._deliveries.mark(marks, taken=True)
        if repeated:
            self._judge_repeats(repeated, first)
        return first.values()

    def _judge_repeats(self, repeated: list[tuple[Put, Draft]], first: Mapping[bytes, Draft]) -> None:
        """Count what says the same as the first record of this write with its id, and refuse the rest."""
        # Those taken before this batch are stored by now.
        stored = self._existing([said.key for _, said in repeated if said.key not in first])
        for put, said in repeated:
            if said.content_sha256 == (first.get(said.key) or stored[said.key]).content_sha256:
                self.outcome.repeated += 1
            else:
                reason = f"the id {said.id!r} occurs more than once; the first record with it is kept"
                self._refuse(put, RecordError(reason, said.id))

    def _refuse(self, change: Put | Delete, error: DcipError) -> None:
        self.outcome.refused += 1
        self._refused(change, error)

    def _existing(self, keys: list[bytes]) -> dict[bytes, _Existing]:
        if not keys:
            return {}
        return {row[0]: _Existing(*row) for row in self._driver.rows(_BY_KEYS, keys=filled_up(keys))}

    def _add(self, rows: _Rows, said: Draft, rendered: Rendered, row: _Existing | None) -> None:
        """Add all that the record's new revision writes."""
        alive = row is not None and row.change_type != "delete"
        number = row.number if row is not None else self._take_number()
        change_type = "update" if alive else "create"
        # In the order of the table's columns, all but the number.
        values = (
            said.key,
            said.entity_type,
            str(said.id),
            isinstance(said.id, int),
            self._take_revision(rows, number, change_type, row),
            change_type,
            self.now,
            row.created if row is not None else self.now,
            said.content_sha256,
            rendered.json_sha256,
            rendered.title,
            rendered.iri,
        )
        if row is None:
            rows.new_records.append((number, *values))
        else:
            rows.changed_records.append({"this": number, **dict(zip(_REVISED_COLUMNS, values, strict=True))})
        rows.representations.append((number, rendered.json_sha256, self.now, rendered.json, rendered.n3))
        rows.look_ups.append((number, rendered.look_ups))
        rows.searchable.append((number, rendered.searchable))
        if alive:
            self.outcome.updated += 1
        else:
            self.outcome.created += 1

    def _take_number(self) -> int:
        self._next_number += 1
        return self._next_number - 1

    def _take_revision(self, rows: _Rows, number: int, change_type: str, row: _Existing | None) -> int:
        self._revision += 1
        previous = row.revision if row is not None else None
        rows.revisions.append((self._revision, number, change_type, self.now, previous))
        return self._revision

    def _take_away(self, rows: list[_Existing]) -> None:
        """Take representations, look-ups and index entries of the records' previous revisions away."""
        numbers = [row.number for row in rows if row.change_type != "delete"]
        if not numbers:
            return
        old = self._driver.rows(_JSON_BODIES, numbers=numbers)
        self._look_ups.remove((number, look_ups(entity, json.loads(body), iri)) for number, entity, iri, body in old)
        self._driver.run(_DELETE_REPRESENTATIONS, numbers=numbers)
        self._search_index.remove(numbers)

    def _write(self, rows: _Rows) -> None:
        self._driver.insert(t.record, rows.new_records)
        self._driver.run_many(_UPDATE_RECORD, rows.changed_records)
        self._driver.insert(t.representation, rows.representations)
        self._look_ups.add(rows.look_ups)
        self._driver.insert(t.revision, rows.revisions)
        self._search_index.add(rows.searchable)

    # --- deleting ---

    def _delete_one(self, change: Delete) -> None:
        rows = self._existing([record_key(change.entity_type, change.id)])
        live = [row for row in rows.values() if row.change_type != "delete"]
        if not live:
            self._refuse(change, NotFoundError(f"no {change.entity_type} with the id {str(change.id)!r}"))
            return
        if change.revision not in (None, live[0].revision):
            reason = f"the {change.entity_type} {str(change.id)!r} has changed since revision {change.revision}"
            self._refuse(change, RecordError(reason, change.id))
            return
        self._delete(live)
        if change.reason:
            self._driver.insert(t.withdrawal, [(self._revision, change.reason)])

    def _delete(self, live: list[_Existing]) -> None:
        self._take_away(live)
        rows = _Rows()
        for row in live:
            revision = self._take_revision(rows, row.number, "delete", row)
            rows.changed_records.append(
                {"this": row.number, "revision": revision, "change_type": "delete", "modified": self.now}
            )
        self._driver.run_many(_BURY_RECORD, rows.changed_records)
        numbers = [row.number for row in live]
        self._driver.run(_FORGET_RESOURCES, numbers=numbers)
        self._driver.run(_BURY_PUBLICATION, numbers=numbers, now=self.now)
        self._driver.insert(t.revision, rows.revisions)
        self.outcome.deleted += len(live)

    def _drop_unseen(self, source: str) -> None:
        for keys in self._deliveries.drop_unseen(source):
            rows = self._existing(keys)
            if live := [row for row in rows.values() if row.change_type != "delete"]:
                self._delete(sorted(live, key=lambda row: row.number))


def _key_of(entity: Dataset | Draft) -> bytes:
    return entity.key if isinstance(entity, Draft) else record_key(entity.entity_type, entity.id)


def _is_stored(entity: Dataset | Draft) -> bool:
    """Whether this is the draft of a record that is stored with the same content."""
    return isinstance(entity, Draft) and entity.rendered is None and entity.error is None


class _Existing(NamedTuple):
    """A record, dead or alive, before this write changes it."""

    key: bytes
    number: int
    entity: str
    revision: int
    change_type: str
    created: str
    content_sha256: bytes | None


_BY_KEYS = select(*(t.record.c[name] for name in _Existing._fields)).where(
    t.record.c.key.in_(bindparam("keys", expanding=True))
)
_STATE = select(t.catalog.c.revision, t.catalog.c.modified, t.catalog.c.live_records).with_for_update()
_LAST_NUMBER = select(func.max(t.record.c.number))
_COUNT = update(t.catalog).values(
    revision=bindparam("new_revision"), modified=bindparam("now"), live_records=bindparam("live")
)
_JSON_BODIES = (
    select(t.record.c.number, t.record.c.entity, t.record.c.iri, t.representation.c.json)
    .join(t.representation, t.representation.c.record == t.record.c.number)
    .where(t.record.c.number.in_(bindparam("numbers", expanding=True)))
)
_DELETE_REPRESENTATIONS = delete(t.representation).where(
    t.representation.c.record.in_(bindparam("numbers", expanding=True))
)
_REVISED_COLUMNS = t.record.columns.keys()[1:]
_UPDATE_RECORD = (
    update(t.record)
    .where(t.record.c.number == bindparam("this"))
    .values({name: bindparam(name) for name in _REVISED_COLUMNS})
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
