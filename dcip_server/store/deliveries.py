"""Which source delivered which record, so that a sync knows what a source no longer holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from sqlalchemy import Connection, Dialect, and_, bindparam, delete, exists, func, insert, select

from dcip_server.store import tables as t
from dcip_server.store.driver import Driver, filled_up, insert_text
from dcip_server.store.keys import source_key

_BATCH = 200
_MOST_IN_MEMORY = 2000
_NO_SOURCE = 0


class Deliveries:
    """What the present write has seen of each source, beside what earlier writes recorded.

    Records are named by their keys. What was seen lies in a temporary table, so an import of any
    size takes no memory for it; the latest is kept in memory, so a small write makes no table.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver = Driver(connection)
        self._sources: dict[str, int] = {}
        self._latest: dict[tuple[bytes, int], bool] = {}
        self._has_table = False

    def taken_before(self, keys: list[bytes]) -> set[bytes]:
        """Those of the keys under which this write has taken a record already, from whichever source."""
        if not keys:
            return set()
        wanted = set(keys)
        found = {key for (key, _), taken in self._latest.items() if taken and key in wanted}
        if self._has_table:
            found |= {key for (key,) in self._driver.rows(_TAKEN, keys=filled_up(keys))}
        return found

    def mark(self, marks: Iterable[tuple[bytes, str | None]], *, taken: bool) -> None:
        """Remember that the sources (``None``: no source) hold the records, and whether they were taken."""
        for key, source in marks:
            mark = (key, self._number(source))
            self._latest[mark] = taken or self._latest.get(mark, False)
        if len(self._latest) >= _MOST_IN_MEMORY:
            self._put_away()

    def _put_away(self) -> None:
        """Move what is in memory to the table."""
        if not self._has_table:
            t.seen.create(self._connection)
            self._has_table = True
        latest = list(self._latest.items())
        self._latest = {}
        # Sorted, they fall into fewer pages.
        self._driver.many(_merge_text(self._connection.dialect), sorted((*mark, taken) for mark, taken in latest))

    def drop_unseen(self, source: str) -> Iterator[list[bytes]]:
        """Forget what the source delivered before and not now; yields the keys that no source holds any more."""
        number = self._number(source)
        self._put_away()
        seen_here = exists().where(t.seen.c.key == t.delivery.c.key, t.seen.c.source == number)
        gone = select(t.delivery.c.key).where(t.delivery.c.source == number, ~seen_here).order_by(t.delivery.c.key)
        for batch in _batches(self._connection.scalars(gone).all()):
            this = and_(t.delivery.c.source == number, t.delivery.c.key.in_(batch))
            self._connection.execute(delete(t.delivery).where(this))
            held = set(self._connection.scalars(select(t.delivery.c.key).where(t.delivery.c.key.in_(batch))))
            held |= set(self._connection.scalars(select(t.seen.c.key).where(t.seen.c.key.in_(batch))))
            yield [key for key in batch if key not in held]

    def record(self) -> None:
        """Write down what was seen, for the next sync."""
        if not self._has_table and all(source == _NO_SOURCE for _, source in self._latest):
            return
        self._put_away()
        known = exists().where(t.delivery.c.key == t.seen.c.key, t.delivery.c.source == t.seen.c.source)
        new = select(t.seen.c.source, t.seen.c.key).where(~known, t.seen.c.source != _NO_SOURCE)
        self._connection.execute(insert(t.delivery).from_select(["source", "key"], new))
        t.seen.drop(self._connection)

    def _number(self, name: str | None) -> int:
        if name is None:
            return _NO_SOURCE
        if name not in self._sources:
            key = source_key(name)
            number = self._connection.scalar(select(t.source.c.number).where(t.source.c.key == key))
            if number is None:
                number = (self._connection.scalar(select(func.max(t.source.c.number))) or 0) + 1
                self._connection.execute(insert(t.source), {"number": number, "name": name, "key": key})
            self._sources[name] = number
        return self._sources[name]


@lru_cache
def _merge_text(dialect: Dialect) -> str:
    return (
        f"{insert_text(t.seen, dialect)} ON CONFLICT (key, source) DO UPDATE SET taken = seen.taken OR excluded.taken"
    )


_TAKEN = select(t.seen.c.key).where(t.seen.c.key.in_(bindparam("keys", expanding=True)), t.seen.c.taken)


def _batches(keys: Iterable[bytes]) -> Iterator[list[bytes]]:
    remaining = iter(keys)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
