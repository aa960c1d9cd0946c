"""Which live records have each facet value, as stored bitmaps: the counts of a result are intersections.

A value's records are stored in chunks of 65,536 numbers, so that a write of one record changes a few
kilobytes however large the catalog is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pyroaring import BitMap
from sqlalchemy import Connection, bindparam, delete, select

from dcip_server.store import tables as t
from dcip_server.store.driver import Driver

#: Records by value, by chunk.
_Changes = defaultdict[int, defaultdict[int, BitMap]]

_CHUNK_BITS = 16
_BATCH = 500


class FacetSetWriter:
    """Changes of the sets within one write, stored by ``flush``: what is taken away and put back is none."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._added: _Changes = defaultdict(lambda: defaultdict(BitMap))
        self._removed: _Changes = defaultdict(lambda: defaultdict(BitMap))

    def add(self, record: int, values: Iterable[int]) -> None:
        """The record, new or removed before, has these values."""
        self._change(record, values, self._added, self._removed)

    def remove(self, record: int, values: Iterable[int]) -> None:
        """The record, added before this write or in it, has these values no longer."""
        self._change(record, values, self._removed, self._added)

    def _change(self, record: int, values: Iterable[int], changes: _Changes, opposite: _Changes) -> None:
        chunk = record >> _CHUNK_BITS
        here, there = changes[chunk], opposite[chunk]
        for value in values:
            if there and value in there and record in there[value]:
                there[value].remove(record)
            else:
                here[value].add(record)

    def flush(self) -> dict[int, int]:
        """Bring the stored sets up to date. By how many records those that changed have grown, by value."""
        grown: dict[int, int] = defaultdict(int)
        for chunk in sorted({*self._added, *self._removed}):
            added, removed = self._added[chunk], self._removed[chunk]
            values = sorted({value for changes in (added, removed) for value, records in changes.items() if records})
            for start in range(0, len(values), _BATCH):
                self._store(chunk, values[start : start + _BATCH], added, removed)
            for value in values:
                grown[value] += len(added[value]) - len(removed[value])
        self._added.clear()
        self._removed.clear()
        return grown

    def _store(self, chunk: int, values: list[int], added: dict[int, BitMap], removed: dict[int, BitMap]) -> None:
        nothing = BitMap()
        stored = self._driver.rows(_CHUNK, chunk=chunk, values=values)
        before = {value: BitMap.deserialize(records) for value, records in stored}
        if before:
            self._driver.run(_DELETE, chunk=chunk, values=list(before))
        after = (
            (value, (before.get(value, nothing) - removed.get(value, nothing)) | added.get(value, nothing))
            for value in values
        )
        self._driver.insert(t.facet_set, [(value, chunk, records.serialize()) for value, records in after if records])


def read_sets(connection: Connection, values: list[int]) -> dict[int, BitMap]:
    """The live records that have each of the values, by the values' numbers; values that none has are left out."""
    found: dict[int, BitMap] = {}
    for value, records in Driver(connection).rows(_SETS, values=values):
        part = BitMap.deserialize(records)
        found[value] = found[value] | part if value in found else part
    return found


_CHUNK = select(t.facet_set.c.value, t.facet_set.c.records).where(
    t.facet_set.c.chunk == bindparam("chunk"), t.facet_set.c.value.in_(bindparam("values", expanding=True))
)
_DELETE = delete(t.facet_set).where(
    t.facet_set.c.chunk == bindparam("chunk"), t.facet_set.c.value.in_(bindparam("values", expanding=True))
)
_SETS = select(t.facet_set.c.value, t.facet_set.c.records).where(
    t.facet_set.c.value.in_(bindparam("values", expanding=True))
)
