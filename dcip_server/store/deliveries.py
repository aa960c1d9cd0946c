"""Which source delivered which record, so that a sync knows what a source no longer holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import Connection, and_, delete, exists, func, insert, select

from dcip_server.store import tables as t
from dcip_server.store.keys import source_key

_BATCH = 200


class Deliveries:
    """What the present write has seen of each source, beside what earlier writes recorded.

    Records are named by their keys. What was seen lies in a temporary table, so an import of any
    size takes no memory for it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sources: dict[str, int] = {}
        t.seen.create(connection)

    def seen_before(self, keys: list[bytes]) -> set[bytes]:
        """Those of the keys that this write has met already, from whichever source."""
        return set(self._connection.scalars(select(t.seen.c.key).where(t.seen.c.key.in_(keys))))

    def mark_seen(self, marks: Iterable[tuple[bytes, str]]) -> None:
        """Remember that the sources named hold the records."""
        rows = {(key, self._number(source)) for key, source in marks}
        if not rows:
            return
        keys = [key for key, _ in rows]
        rows -= {tuple(row) for row in self._connection.execute(select(t.seen).where(t.seen.c.key.in_(keys)))}
        if rows:
            self._connection.execute(insert(t.seen), [{"key": key, "source": source} for key, source in sorted(rows)])

    def drop_unseen(self, source: str) -> Iterator[list[bytes]]:
        """Forget what the source delivered before and not now; yields the keys that no source holds any more."""
        number = self._number(source)
        seen_here = exists().where(t.seen.c.key == t.delivery.c.key, t.seen.c.source == number)
        gone = select(t.delivery.c.key).where(t.delivery.c.source == number, ~seen_here).order_by(t.delivery.c.key)
        for batch in _batches(self._connection.scalars(gone).all()):
            this = and_(t.delivery.c.source == number, t.delivery.c.key.in_(batch))
            self._connection.execute(delete(t.delivery).where(this))
            held = set(self._connection.scalars(select(t.delivery.c.key).where(t.delivery.c.key.in_(batch))))
            held |= self.seen_before(batch)
            yield [key for key in batch if key not in held]

    def record(self) -> None:
        """Write down what was seen, for the next sync."""
        known = exists().where(t.delivery.c.key == t.seen.c.key, t.delivery.c.source == t.seen.c.source)
        new = select(t.seen.c.source, t.seen.c.key).where(~known)
        self._connection.execute(insert(t.delivery).from_select(["source", "key"], new))
        t.seen.drop(self._connection)

    def _number(self, name: str) -> int:
        if name not in self._sources:
            key = source_key(name)
            number = self._connection.scalar(select(t.source.c.number).where(t.source.c.key == key))
            if number is None:
                number = (self._connection.scalar(select(func.max(t.source.c.number))) or 0) + 1
                self._connection.execute(insert(t.source), {"number": number, "name": name, "key": key})
            self._sources[name] = number
        return self._sources[name]


def _batches(keys: Iterable[bytes]) -> Iterator[list[bytes]]:
    remaining = iter(keys)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
