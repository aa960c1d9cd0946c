"""The look-ups of the records that one write adds, put into the index at its end.

A record is found under a dozen keys, which fall all over the index. Of a large write they are put in
in the order of the index, once: put in as they came they took a third of an import. Most of them are
the same few, those of tags, licences and formats; what they stand for is kept as sets, since to sort
them all took half as long as to write the rest of the catalog.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

from pyroaring import BitMap
from sqlalchemy import Connection, Executable, LargeBinary, bindparam, delete, func, insert, select

from dcip_server.store import tables as t
from dcip_server.store.driver import Driver
from dcip_server.store.keys import KEY_BYTES
from dcip_server.store.record_sets import as_text, members

_MOST_IN_MEMORY = 2000
#: A key that so many of those have is likely to come again; at most so many sets are kept.
_COMMON = 4
_MOST_SETS = 4096


class LookUpIndex:
    """The index within the writer's transaction; what is added is in it after ``finish``.

    The keys of a record are told in one piece, one after the other. Those of a small write wait in memory, those of a
    large one in a temporary table, but for common ones, so an import of any size takes little memory for them.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver = Driver(connection)
        self._latest: dict[int, bytes] = {}
        self._common: dict[bytes, BitMap] = {}
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
        pairs = [(key, number) for number in stored for key in _keys(gone[number])]
        for key, number in pairs:
            if key in self._common:
                self._common[key].discard(number)
        self._driver.run_many(_DELETE, [{"this_key": key, "this_record": number} for key, number in pairs])

    def finish(self) -> None:
        """Put into the index what was added."""
        if not self._has_table:
            rows = [(key, number) for number, keys in self._latest.items() for key in _keys(keys)]
            # Sorted, they fall into fewer pages of the index.
            self._driver.insert(t.attribute, sorted(rows))
            self._latest.clear()
            return
        self._put_away()
        dialect = self._connection.dialect.name
        for key in sorted(self._common):
            self._driver.run(_put_in_set(dialect), this_key=key, members=as_text(dialect, self._common[key]))
        self._common.clear()
        t.place.create(self._connection)
        most = self._driver.scalar(_MOST_KEYS) or 0
        self._driver.insert(t.place, [(first,) for first in range(1, most, KEY_BYTES)])
        self._connection.execute(_PUT_IN)
        for table in (t.place, t.waiting):
            table.drop(self._connection)
        self._has_table = False

    def _put_away(self) -> None:
        """Move what is in memory to the sets and the table."""
        if not self._has_table:
            t.waiting.create(self._connection)
            self._has_table = True
        rest = self._without_common({number: _keys(together) for number, together in self._latest.items()})
        again = Counter(chain.from_iterable(rest.values()))
        if new := [key for key, count in again.items() if count >= _COMMON][: _MOST_SETS - len(self._common)]:
            self._common |= {key: BitMap() for key in new}
            rest = self._without_common(rest)
        self._driver.insert(t.waiting, ((number, b"".join(keys)) for number, keys in rest.items()))
        self._latest.clear()

    def _without_common(self, records: dict[int, list[bytes]]) -> dict[int, list[bytes]]:
        """The keys that have no set; the records join the sets of the others."""
        found = self._common.get
        rest: dict[int, list[bytes]] = {}
        for number, keys in records.items():
            rest[number] = left = []
            for key in keys:
                if (its_set := found(key)) is None:
                    left.append(key)
                else:
                    its_set.add(number)
        return rest


def _keys(together: bytes) -> list[bytes]:
    return [together[first : first + KEY_BYTES] for first in range(0, len(together), KEY_BYTES)]


@lru_cache
def _put_in_set(dialect: str) -> Executable:
    found = members(dialect)
    this_key = bindparam("this_key", type_=LargeBinary)
    return insert(t.attribute).from_select(["key", "record"], select(this_key, found.c.value))


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
