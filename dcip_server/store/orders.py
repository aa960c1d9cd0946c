"""The live datasets in each order that they can be asked for in: files of their numbers, and of each one's place.

By these a page costs the same wherever it is, and the places of any set of datasets are found without sorting it. A
file is made once for a catalog revision and shared by all workers; where few datasets changed since the one before,
they alone are put in their places.
"""

from __future__ import annotations

import mmap
import os
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection, Engine, collate, select

from dcip_server.protocol.entity_types import DATASET
from dcip_server.store import tables as t
from dcip_server.store.kept_files import CatalogState, KeptFile, KeptFiles, write_all

#: What datasets can be sorted by.
ORDERS: dict[str, Any] = {
    "id": t.record.c.id,
    "created": t.record.c.number,
    # Time never runs backwards from one revision to the next.
    "modified": t.record.c.revision,
    "title": t.record.c.title,
}
#: One of :data:`ORDERS` and whether it descends.
Order = tuple[str, bool]
#: Two datasets can be alike in these.
_NOT_UNIQUE = ("title",)
_TEXTS = ("id", "title")
#: To put one dataset in its place takes as long as to sort some thousand.
_SORTED_MEANWHILE = 2000


class Orders:
    """Opens orders as they are at the present revision of the catalog, making them first where they are not there yet."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._files = KeptFiles(engine, folder / "orders")

    def open(self, state: CatalogState, order: Sequence[Order]) -> Ordered:
        """The datasets at that state or a later one, by the first key, where alike by the second, and at last by age."""
        keys, backwards = _shortest(order)

        def write(connection: Connection, file: int, _: CatalogState, old: KeptFile | None) -> int:
            numbers = _put_in_place(connection, keys, old) if old else None
            return _write(file, _sorted(connection, keys) if numbers is None else numbers)

        name = "-".join(key + ("-desc" if descending else "") for key, descending in keys)
        file = self._files.open(state, name, "", write)
        try:
            return Ordered(file, backwards)
        finally:
            os.close(file.number)


class Ordered:
    """One order at one revision of the catalog; ``tag`` is another one where :meth:`places` may be others."""

    def __init__(self, file: KeptFile, backwards: bool) -> None:
        self.tag = file.tag
        self._backwards = backwards
        self._numbers, self._places = _read(file)

    def places(self, records: BitMap) -> BitMap:
        """Where those of some records stand that are live datasets, from 1."""
        places = self._places
        return BitMap([place for number in records if number < len(places) and (place := places[number])])

    def all_places(self) -> BitMap:
        """The places of all."""
        return BitMap(range(1, len(self._numbers) + 1))

    def page(self, places: BitMap, limit: int, offset: int) -> list[int]:
        """The numbers of the datasets in some places, of these some in order."""
        first, last = min(offset, len(places)), min(offset + limit, len(places))
        if self._backwards:
            first, last = len(places) - last, len(places) - first
        numbers = [self._numbers[place - 1] for place in places[first:last]]
        return numbers[::-1] if self._backwards else numbers


def _shortest(order: Sequence[Order]) -> tuple[list[Order], bool]:
    """The shortest list of keys, the first ascending, that says the same, and whether it is to be read backwards.

    So there are no more files than these keys have orders.
    """
    keys: list[Order] = []
    for key, descending in [*order, ("created", False)]:
        if all(key != before for before, _ in keys):
            keys.append((key, descending))
        if key not in _NOT_UNIQUE:
            break
    backwards = keys[0][1]
    return [(key, descending != backwards) for key, descending in keys], backwards


def _read(file: KeptFile) -> tuple[memoryview[int], memoryview[int]]:
    """The numbers in order, and by number one more than the place, 0 for what is no live dataset."""
    content = memoryview(mmap.mmap(file.number, 0, access=mmap.ACCESS_READ))
    return content[: file.size].cast("I"), content[file.size : file.end].cast("I")


def _write(file: int, numbers: array[int]) -> int:
    places = array("I", bytes(numbers.itemsize * (max(numbers, default=0) + 1)))
    for place, number in enumerate(numbers, start=1):
        places[number] = place
    write_all(file, numbers.tobytes())
    write_all(file, places.tobytes())
    return len(numbers) * numbers.itemsize


def _sorted(connection: Connection, keys: Sequence[Order]) -> array[int]:
    columns = [column.desc() if descending else column for column, descending in _columns(connection, keys)]
    query = select(t.record.c.number).where(_IS_LIVE).order_by(*columns)
    return array("I", connection.execution_options(yield_per=_BATCH).scalars(query))


def _columns(connection: Connection, keys: Sequence[Order]) -> list[tuple[Any, bool]]:
    """The keys' columns; texts are compared by character, whatever the database's own language is."""
    by_character = "C" if connection.dialect.name == "postgresql" else "BINARY"
    return [
        (collate(ORDERS[key], by_character) if key in _TEXTS else ORDERS[key], descending) for key, descending in keys
    ]


def _put_in_place(connection: Connection, keys: Sequence[Order], old: KeptFile) -> array[int] | None:
    """The old order with what changed since then in its place; ``None`` where that takes longer than to sort anew."""
    if len(keys) > 1:
        return None
    numbers, places = _read(old)
    found = array("I", numbers)
    column, c = ORDERS[keys[0][0]], t.record.c
    changed = select(c.number, c.change_type, column.label("key"))
    changed = changed.where(c.entity == DATASET.name, c.revision > old.revision)
    rows = connection.execute(changed.limit(len(found) // _SORTED_MEANWHILE + 1)).all()
    if len(rows) > len(found) // _SORTED_MEANWHILE:
        return None
    stood = {places[row.number] for row in rows if row.number < len(places)} - {0}
    for place in sorted(stood, reverse=True):
        del found[place - 1]

    def key_of(number: int) -> Any:
        return connection.scalar(select(column).where(c.number == number))

    for row in rows:
        if row.change_type != "delete":
            found.insert(bisect_left(found, row.key, key=key_of), row.number)
    return found


_IS_LIVE = (t.record.c.entity == DATASET.name) & (t.record.c.change_type != "delete")
_BATCH = 10_000
