"""The look-ups of the records that one write adds, put into the index at its end.

A record is found under a dozen keys, which fall all over the index. Of a large write they are put in
in the order of the index, once: put in as they came they took a third of an import.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from dcip_server.store import tables as t
from dcip_server.store.driver import Driver
from dcip_server.store.keys import KEY_BYTES

_MOST_IN_MEMORY = 2000


class LookUpIndex:
    """The index within the writer's transaction; what is added is in it after ``finish``.

    The keys of a record are told in one piece, one after the other. Those of a small write wait in memory, those of a
    large one in a temporary table, so an import of any size takes no memory for them.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver = Driver(connection)
        self._latest: dict[int, bytes] = {}
        self._has_table = False

    def add(self, records: Iterable[tuple[int, bytes]]) -> None:
        """Have records found under their keys, by their numbers."""
        self._latest.update(records)
        if len(self._latest) >= _MOST_IN_MEMORY:
            self._put_away()

    def remove(self, records: Iterable[tuple[int, bytes]]) -> None:
        """Have records found no more under the keys that they have, whether this write added them or an earlier one."""
        gone = dict(records)
        stored = [number for number in gone if self._latest.pop(number, None) is None]
        if self._has_table:
            self._driver.run(_DELETE_WAITING, numbers=stored)
        rows = [{"this_key": key, "this_record": number} for number in stored for key in _keys(gone[number])]
        self._driver.run_many(_DELETE, rows)

    def finish(self) -> None:
        """Put into the index what was added."""
        if not self._has_table:
            rows = [(key, number) for number, keys in self._latest.items() for key in _keys(keys)]
            # Sorted, they fall into fewer pages of the index.
            self._driver.insert(t.attribute, sorted(rows))
            self._latest.clear()
            return
        self._put_away()
        t.place.create(self._connection)
        most = self._driver.scalar(_MOST_KEYS) or 0
        self._driver.insert(t.place, [(first,) for first in range(1, most, KEY_BYTES)])
        self._connection.execute(_PUT_IN)
        for table in (t.place, t.waiting):
            table.drop(self._connection)
        self._has_table = False

    def _put_away(self) -> None:
        """Move what is in memory to the table."""
        if not self._has_table:
            t.waiting.create(self._connection)
            self._has_table = True
        self._driver.insert(t.waiting, self._latest.items())
        self._latest.clear()


def _keys(together: bytes) -> list[bytes]:
    return [together[first : first + KEY_BYTES] for first in range(0, len(together), KEY_BYTES)]


_DELETE = delete(t.attribute).where(
    t.attribute.c.key == bindparam("this_key"), t.attribute.c.record == bindparam("this_record")
)
_DELETE_WAITING = delete(t.waiting).where(t.waiting.c.record.in_(bindparam("numbers", expanding=True)))
_MOST_KEYS = select(func.max(func.length(t.waiting.c.together)))
_KEY = func.substr(t.waiting.c.together, t.place.c.first, KEY_BYTES)
_PUT_IN = insert(t.attribute).from_select(
    ["key", "record"],
    select(_KEY, t.waiting.c.record)
    .join(t.place, t.place.c.first < func.length(t.waiting.c.together))
    .order_by(_KEY, t.waiting.c.record),
)
