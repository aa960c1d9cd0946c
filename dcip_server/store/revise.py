"""The one writer: everything that changes the catalog goes through :func:`revise`.

One transaction: all of it becomes visible at once, or nothing. Revisions are numbered in commit
order, since writers lock the catalog's row. Where nothing changed, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import compress
from operator import not_

from sqlalchemy import Connection, Engine, bindparam, func, select, update

from dcip_server.entities import Dataset
from dcip_server.errors import DcipError, MassDeleteError, NotFoundError, RecordError
from dcip_server.protocol import times
from dcip_server.store import tables as t
from dcip_server.store.changes import Change, Delete, DropUnseen, Keep, Outcome, Put, Refused
from dcip_server.store.database import expect_much, writing
from dcip_server.store.deliveries import Deliveries
from dcip_server.store.drafts import Before, Draft, Rendered, draft
from dcip_server.store.driver import Driver
from dcip_server.store.keys import record_key
from dcip_server.store.record_rows import REVISED_COLUMNS, Existing, RecordRows, Rows

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
        self._records = RecordRows(connection)

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
        self._records.finish()
        if self._revision > self._first_revision:
            live = self._live_before + self.outcome.created - deleted
            self._driver.run(_COUNT, new_revision=self._revision, now=self.now, live=live)

    # --- creating and updating ---

    def _put(self, puts: list[Put]) -> None:
        if not puts:
            return
        keys = [_key_of(put.entity) for put in puts]
        are_stored = [_is_stored(put.entity) for put in puts]
        # What is known to be stored as it is said need not be looked for.
        existing = self._records.existing(list(compress(keys, map(not_, are_stored))))
        rows = Rows()
        changed: list[Existing] = []
        # Taken before in this write are only records that are stored by now.
        before = self._deliveries.taken_before([*compress(keys, are_stored), *existing])
        for said in self._without_repeats(puts, keys, existing, before):
            row = existing.get(said.key)
            if said.rendered is None:
                self.outcome.unchanged += 1
                continue
            self._add(rows, said, said.rendered, row)
            if row is not None:
                changed.append(row)
        self._records.write(rows, changed)

    def _without_repeats(
        self, puts: list[Put], keys: list[bytes], existing: Mapping[bytes, Existing], before: set[bytes]
    ) -> Iterable[Draft]:
        """The draft of the first Put of each record in this write, but for those ``before``."""
        first: dict[bytes, Draft] = {}
        marks: list[tuple[bytes, str | None]] = []
        repeated: list[tuple[Put, Draft]] = []
        unsound: list[tuple[bytes, str | None]] = []
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
        stored = self._records.existing([said.key for _, said in repeated if said.key not in first])
        for put, said in repeated:
            if said.content_sha256 == (first.get(said.key) or stored[said.key]).content_sha256:
                self.outcome.repeated += 1
            else:
                reason = f"the id {said.id!r} occurs more than once; the first record with it is kept"
                self._refuse(put, RecordError(reason, said.id))

    def _refuse(self, change: Put | Delete, error: DcipError) -> None:
        self.outcome.refused += 1
        self._refused(change, error)

    def _add(self, rows: Rows, said: Draft, rendered: Rendered, row: Existing | None) -> None:
        """Add all that the record's new revision writes."""
        alive = row is not None and row.is_alive
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
            rows.changed_records.append({"this": number, **dict(zip(REVISED_COLUMNS, values, strict=True))})
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

    def _take_revision(self, rows: Rows, number: int, change_type: str, row: Existing | None) -> int:
        self._revision += 1
        previous = row.revision if row is not None else None
        rows.revisions.append((self._revision, number, change_type, self.now, previous))
        return self._revision

    # --- deleting ---

    def _delete_one(self, change: Delete) -> None:
        rows = self._records.existing([record_key(change.entity_type, change.id)])
        live = [row for row in rows.values() if row.is_alive]
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

    def _delete(self, live: list[Existing]) -> None:
        rows = Rows()
        for row in live:
            revision = self._take_revision(rows, row.number, "delete", row)
            rows.changed_records.append(
                {"this": row.number, "revision": revision, "change_type": "delete", "modified": self.now}
            )
        self._records.bury(rows, live, self.now)
        self.outcome.deleted += len(live)

    def _drop_unseen(self, source: str) -> None:
        for keys in self._deliveries.drop_unseen(source):
            rows = self._records.existing(keys)
            if live := [row for row in rows.values() if row.is_alive]:
                self._delete(sorted(live, key=lambda row: row.number))


def _key_of(entity: Dataset | Draft) -> bytes:
    return entity.key if isinstance(entity, Draft) else record_key(entity.entity_type, entity.id)


def _is_stored(entity: Dataset | Draft) -> bool:
    """Whether this is the draft of a record that is stored with the same content."""
    return isinstance(entity, Draft) and entity.rendered is None and entity.error is None


_STATE = select(t.catalog.c.revision, t.catalog.c.modified, t.catalog.c.live_records).with_for_update()
_LAST_NUMBER = select(func.max(t.record.c.number))
_COUNT = update(t.catalog).values(
    revision=bindparam("new_revision"), modified=bindparam("now"), live_records=bindparam("live")
)
