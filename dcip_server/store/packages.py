"""Datasets by conditions, in an order, some of them: what CKAN's ``package_search`` asks for.

A page costs the same wherever it is: what matches is a set of places in an order of all datasets
(:mod:`dcip_server.store.orders`), and the sets of the last queries are remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, Engine, Select, func, select

from dcip_server.protocol.entity_types import DATASET
from dcip_server.store import tables as t
from dcip_server.store.database import reading
from dcip_server.store.facets import records_with
from dcip_server.store.full_text import FULL_TEXT
from dcip_server.store.kept_files import CatalogState
from dcip_server.store.keys import attribute_key, record_key
from dcip_server.store.orders import Order, Ordered, Orders
from dcip_server.store.portal_reads import LIVE_DATASETS, StoredDataset, to_dataset
from dcip_server.store.record_sets import gather
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


class Packages:
    """Finds datasets in the present catalog."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._orders = Orders(engine, folder)
        #: The last ones asked for come last.
        self._places: dict[tuple[str, Condition], BitMap] = {}
        self._lock = Lock()

    def find(
        self, state: CatalogState, wanted: Condition, order: Sequence[Order], limit: int, offset: int
    ) -> tuple[list[StoredDataset], int]:
        """The datasets from the offset on, and how many there are. Raises :class:`RequestError` for too many words."""
        ordered = self._orders.open(state, order)
        places = self._remembered(ordered, wanted)
        numbers = ordered.page(places, limit, offset)
        with reading(self._engine) as connection:
            rows = connection.execute(LIVE_DATASETS.where(t.record.c.number.in_(numbers)))
            found = {row.number: to_dataset(row) for row in rows}
        return [found[number] for number in numbers if number in found], len(places)

    def _remembered(self, ordered: Ordered, wanted: Condition) -> BitMap:
        """Where what is wanted stands: looked for once, whichever of its pages is asked for."""
        key = (ordered.tag, wanted)
        with self._lock:
            if (known := self._places.pop(key, None)) is not None:
                self._places[key] = known
                return known
        if wanted == Every():
            places = ordered.all_places()
        else:
            with reading(self._engine) as connection:
                places = ordered.places(_matching(connection, wanted))
        with self._lock:
            self._places[key] = places
            while len(self._places) > _MOST_REMEMBERED:
                del self._places[next(iter(self._places))]
        return places


def _matching(connection: Connection, wanted: Condition) -> BitMap:
    """The numbers of the live datasets that fulfil a condition, and perhaps of other records."""
    match wanted:
        case Every(parts):
            found = records_with(connection, "entity", DATASET.name)
            for part in parts:
                found &= _matching(connection, part)
            return found
        case Either(parts):
            found = BitMap()
            for part in parts:
                found |= _matching(connection, part)
            return found
        case Not(part):
            return records_with(connection, "entity", DATASET.name) - _matching(connection, part)
        case Has("id", value):
            return gather(connection, _NUMBERS.where(t.record.c.key == record_key(DATASET.name, value)))
        case Has(attribute, value):
            key = attribute_key(DATASET.name, attribute, value)
            return gather(connection, select(t.attribute.c.record).where(t.attribute.c.key == key))
        case Created(first, last):
            return gather(connection, _NUMBERS.where(*_between(t.record.c.created, first, last)))
        case Modified(first, last):
            # By their revisions, which have an index.
            begin = None if first is None else _revision_before(connection, first, inclusive=False) + 1
            end = None if last is None else _revision_before(connection, last, inclusive=True)
            return gather(connection, _NUMBERS.where(*_between(t.record.c.revision, begin, end)))
        case Words(text):
            if not (phrases := parse_words(text)):
                return BitMap()
            index = FULL_TEXT[connection.dialect.name]
            return gather(connection, select(index.record).where(index.matches(phrases, 3)))
    raise TypeError(wanted)


def _between(column: ColumnElement[Any], first: Any, last: Any) -> list[ColumnElement[bool]]:
    return [*([] if first is None else [column >= first]), *([] if last is None else [column <= last])]


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


#: A bitmap of the places of 1,000,000 datasets takes 125 KB at most.
_MOST_REMEMBERED = 32
_NUMBERS: Select[Any] = select(t.record.c.number)
