"""Datasets by conditions, in an order, some of them: what CKAN's ``package_search`` asks for.

Without conditions a page costs the same wherever it is: the numbers of all live datasets stand in a file, one
for each order, which is made once for a catalog revision. With them the database looks for what matches.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, false, func, not_, or_, select, true

from dcip_server.protocol.entity_types import DATASET
from dcip_server.store import tables as t
from dcip_server.store.database import reading
from dcip_server.store.full_text import FULL_TEXT, full_text
from dcip_server.store.kept_files import CHUNK_BYTES, CatalogState, FileSlice, KeptFile, KeptFiles, write_all
from dcip_server.store.keys import attribute_key, record_key
from dcip_server.store.portal_reads import LIVE_DATASETS, StoredDataset, to_dataset
from dcip_server.store.words import parse_words


@dataclass(frozen=True, slots=True)
class Has:
    """An attribute has exactly that value; ``id`` is one, too."""

    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class Modified:
    """The catalog's own change of the record was in that span (UTC), its ends included; ``None`` is no end."""

    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class Created:
    """The record came into the catalog in that span, as :class:`Modified`."""

    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class Words:
    """All words occur in the record."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Every:
    """All conditions hold; without any this is always so."""

    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one condition holds; without any this is never so."""

    parts: tuple[Condition, ...] = ()


Condition = Has | Modified | Created | Words | Not | Every | Either

#: What datasets can be sorted by; records that are alike in it come by their age in the catalog.
ORDERS: dict[str, Any] = {
    "id": t.record.c.id,
    "created": t.record.c.number,
    # Time never runs backwards from one revision to the next.
    "modified": t.record.c.revision,
    "title": t.record.c.title,
}
#: One of :data:`ORDERS` and whether it descends.
Order = tuple[str, bool]


class Packages:
    """Finds datasets in the present catalog."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._files = KeptFiles(engine, folder / "orders")

    def find(
        self, state: CatalogState, wanted: Condition, order: Sequence[Order], limit: int, offset: int
    ) -> tuple[list[StoredDataset], int]:
        """The datasets from the offset on, and how many there are. Raises :class:`RequestError` for too many words."""
        if wanted == Every() and len(order) == 1:
            numbers, total = self._in_file(state, *order[0], limit, offset)
        else:
            numbers, total = self._in_database(wanted, order, limit, offset)
        with reading(self._engine) as connection:
            rows = connection.execute(LIVE_DATASETS.where(t.record.c.number.in_(numbers)))
            found = {row.number: to_dataset(row) for row in rows}
        return [found[number] for number in numbers if number in found], total

    def _in_file(
        self, state: CatalogState, key: str, descending: bool, limit: int, offset: int
    ) -> tuple[list[int], int]:
        def write(connection: Connection, file: int, _: CatalogState, __: KeptFile | None) -> int:
            return _write_numbers(connection, file, key)

        file = self._files.open(state, key, "", write)
        total = file.size // _NUMBER_BYTES
        first, last = min(offset, total), min(offset + limit, total)
        if descending:
            first, last = total - last, total - first
        slice = FileSlice(file, [(first * _NUMBER_BYTES, last * _NUMBER_BYTES)])
        numbers = array("Q", b"".join(slice)).tolist()
        slice.close()
        return numbers[::-1] if descending else numbers, total

    def _in_database(self, wanted: Condition, order: Sequence[Order], limit: int, offset: int) -> tuple[list[int], int]:
        columns = [ORDERS[key].desc() if descending else ORDERS[key] for key, descending in order]
        with reading(self._engine) as connection:
            conditions = (_IS_LIVE, _where(connection, wanted))
            query = _NUMBERS.where(*conditions).order_by(*columns, t.record.c.number).limit(limit).offset(offset)
            total = connection.scalar(select(func.count()).select_from(t.record).where(*conditions)) or 0
            return list(connection.scalars(query)), total


def _write_numbers(connection: Connection, file: int, key: str) -> int:
    numbers = array("Q")
    size = 0
    query = _NUMBERS.where(_IS_LIVE).order_by(ORDERS[key], t.record.c.number)
    for number in connection.execution_options(yield_per=1000).scalars(query):
        numbers.append(number)
        if len(numbers) * _NUMBER_BYTES >= CHUNK_BYTES:
            write_all(file, numbers.tobytes())
            size += len(numbers) * _NUMBER_BYTES
            numbers = array("Q")
    write_all(file, numbers.tobytes())
    return size + len(numbers) * _NUMBER_BYTES


def _where(connection: Connection, wanted: Condition) -> ColumnElement[bool]:
    match wanted:
        case Every(parts):
            return and_(true(), *(_where(connection, part) for part in parts))
        case Either(parts):
            return or_(false(), *(_where(connection, part) for part in parts))
        case Not(part):
            return not_(_where(connection, part))
        case Has("id", value):
            return t.record.c.key == record_key(DATASET.name, value)
        case Has(attribute, value):
            key = attribute_key(DATASET.name, attribute, value)
            return t.record.c.number.in_(select(t.attribute.c.record).where(t.attribute.c.key == key))
        case Created(first, last):
            return _between(t.record.c.created, first, last)
        case Modified(first, last):
            # By their revisions, which have an index, and in a query of their own: SQLite would go through all
            # records in the order that is asked for, to have no need to sort the few.
            changed = t.record.alias()
            span = _between(
                changed.c.revision,
                None if first is None else _revision_before(connection, first, inclusive=False) + 1,
                None if last is None else _revision_before(connection, last, inclusive=True),
            )
            return t.record.c.number.in_(select(changed.c.number).where(span))
        case Words(text):
            phrases = parse_words(text)
            if not phrases:
                return false()
            index = FULL_TEXT[connection.dialect.name]
            return t.record.c.number.in_(select(index.record).select_from(full_text).where(index.matches(phrases, 3)))
    raise TypeError(wanted)


def _between(column: ColumnElement[Any], first: Any, last: Any) -> ColumnElement[bool]:
    bounds = [] if first is None else [column >= first]
    return and_(true(), *bounds, *([] if last is None else [column <= last]))


def _revision_before(connection: Connection, time: str, *, inclusive: bool) -> int:
    """The number of the last revision before a time, or at it; found by bisection, since their times never fall."""
    number, modified = t.revision.c.number, t.revision.c.modified
    low, high = 0, connection.scalar(select(func.max(number))) or 0
    while low < high:
        middle = (low + high + 1) // 2
        found = connection.scalar(select(modified).where(number >= middle).order_by(number).limit(1))
        if found is not None and (found <= time if inclusive else found < time):
            low = middle
        else:
            high = middle - 1
    return low


_NUMBER_BYTES = 8
_IS_LIVE = (t.record.c.entity == DATASET.name) & (t.record.c.change_type != "delete")
_NUMBERS: Select[Any] = select(t.record.c.number)
