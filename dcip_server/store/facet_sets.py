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
from dcip_server.store.inserts import insert_rows

_CHUNK_BITS = 16
_BATCH = 500


class FacetSetWriter:
    """Changes of the sets within one write, stored by ``flush``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._added: defaultdict[int, defaultdict[int, BitMap]] = defaultdict(lambda: defaultdict(BitMap))
        self._removed: defaultdict[int, defaultdict[int, BitMap]] = defaultdict(lambda: defaultdict(BitMap))

    def add(self, record: int, values: Iterable[int]) -> None:
        """The record has these values."""
        chunk = self._added[record >> _CHUNK_BITS]
        for value in values:
            chunk[value].add(record)

    def remove(self, record: int, values: Iterable[int]) -> None:
        """The record, added before this write or in it, has these values no longer."""
        number = record >> _CHUNK_BITS
        for value in values:
            self._removed[number][value].add(record)
            if value in self._added[number]:
                self._added[number][value].discard(record)

    def flush(self) -> None:
        """Bring the stored sets up to date."""
        for chunk in sorted({*self._added, *self._removed}):
            added, removed = self._added[chunk], self._removed[chunk]
            values = sorted({*added, *removed})
            for start in range(0, len(values), _BATCH):
                self._store(chunk, values[start : start + _BATCH], added, removed)
        self._added.clear()
        self._removed.clear()

    def _store(self, chunk: int, values: list[int], added: dict[int, BitMap], removed: dict[int, BitMap]) -> None:
        nothing = BitMap()
        changed = {"chunk": chunk, "values": values}
        before = {value: BitMap.deserialize(records) for value, records in self._connection.execute(_CHUNK, changed)}
        if before:
            self._connection.execute(_DELETE, {"chunk": chunk, "values": list(before)})
        after = (
            (value, (before.get(value, nothing) - removed.get(value, nothing)) | added.get(value, nothing))
            for value in values
        )
        insert_rows(
            self._connection, t.facet_set, [(value, chunk, records.serialize()) for value, records in after if records]
        )


def read_sets(connection: Connection, values: list[int]) -> dict[int, BitMap]:
    """The live records that have each of the values, by the values' numbers; values that none has are left out."""
    found: dict[int, BitMap] = {}
    for value, records in connection.execute(_SETS, {"values": values}):
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
