"""The values that results are narrowed down to, and how often each occurs: in a result, in the whole catalog."""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from typing import Any

from pyroaring import BitMap
from sqlalchemy import BigInteger, Connection, Select, bindparam, func, select

from dcip_server.formats.facets import facet_identity
from dcip_server.store import tables as t
from dcip_server.store.driver import Driver
from dcip_server.store.facet_sets import read_sets
from dcip_server.store.keys import facet_key
from dcip_server.store.record_sets import as_text, members

#: Facets in the order of their numbers; new ones go to the end.
FACETS = ("tag", "license", "format", "publisher", "entity")
#: Which recommended fields records have, counted like a facet's values; no search narrows down to them.
COMBINATION = "combination"
#: A facet value's number is a multiple of this plus the number of its facet.
FACET_NUMBERS = 16
#: Longer values are none that results could be narrowed down to.
MOST_VALUE = 300
#: So many values of a facet are told with a result.
MOST_VALUES = 20
#: Up to so many records are counted one by one; the values of more are compared as sets.
_COUNT_ONE_BY_ONE = 2000
_BLOCK = 50


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value and how many records of the result have it."""

    value: str
    records: int


def facet_number(facet: str) -> int:
    """What is left of the numbers of that facet's values when divided by :data:`FACET_NUMBERS`."""
    return FACET_NUMBERS - 1 if facet == COMBINATION else FACETS.index(facet)


def records_with(connection: Connection, facet: str, value: str) -> BitMap:
    """The live records that have a value, in whichever spelling."""
    number = Driver(connection).scalar(_NUMBER, key=facet_key(facet, facet_identity(facet, value)))
    return BitMap() if number is None else read_sets(connection, [number]).get(number, BitMap())


def top_values(connection: Connection, facet: str, limit: int = MOST_VALUES, offset: int = 0) -> tuple[FacetValue, ...]:
    """The values of a facet in the whole catalog, most frequent first, then by their numbers."""
    rows = Driver(connection).rows(_TOP, facet=facet_number(facet), limit=limit, offset=offset)
    return tuple(FacetValue(value, records) for value, records in rows)


def count_values(connection: Connection, facet: str) -> int:
    """How many values of a facet are on live records."""
    c = t.facet_value.c
    query = select(func.count()).where(c.facet == facet_number(facet), c.records > 0)
    return connection.scalar(query) or 0


def count_facets(connection: Connection, records: BitMap) -> dict[str, tuple[FacetValue, ...]]:
    """The most frequent values of each facet in a set of live records, in the order of :func:`top_values`."""
    driver = Driver(connection)
    if len(records) <= _COUNT_ONE_BY_ONE:
        dialect = connection.dialect.name
        rows = driver.rows(_values_among(dialect), members=as_text(dialect, records))
        counts = Counter(unpack(packed for (packed,) in rows))
        top = {
            facet: _top(
                (number, count) for number, count in counts.items() if number % FACET_NUMBERS == facet_number(facet)
            )
            for facet in FACETS
        }
    else:
        top = {facet: _top_of_sets(connection, facet, records) for facet in FACETS}
    numbers = [number for pairs in top.values() for number, _ in pairs]
    values: dict[int, str] = dict(driver.rows(_VALUES, numbers=numbers))
    return {facet: tuple(FacetValue(values[number], count) for number, count in pairs) for facet, pairs in top.items()}


def _top_of_sets(connection: Connection, facet: str, records: BitMap) -> list[tuple[int, int]]:
    """The most frequent values: no value occurs more often in the set than in the whole catalog, so few are looked at."""
    c = t.facet_value.c
    query = select(c.number, c.records).where(c.facet == facet_number(facet), c.records > 0)
    query = query.order_by(c.records.desc(), c.number).limit(_BLOCK)
    top: list[tuple[int, int]] = []
    offset = 0
    while block := connection.execute(query.offset(offset)).all():
        if len(top) == MOST_VALUES and block[0].records < top[-1][1]:
            break
        sets = read_sets(connection, [row.number for row in block])
        counts = ((number, records.intersection_cardinality(found)) for number, found in sets.items())
        top = _top([*top, *((number, count) for number, count in counts if count)])
        offset += _BLOCK
    return top


def _top(counts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return nsmallest(MOST_VALUES, counts, key=lambda pair: (-pair[1], pair[0]))


def pack(numbers: list[int]) -> bytes:
    """Numbers of facet values as they are stored: four bytes each, the least first."""
    packed = array("I", numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def unpack(packed: Iterable[bytes]) -> array[int]:
    """All numbers of several records' facet values."""
    numbers = array("I", b"".join(packed))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


_TOP = (
    select(t.facet_value.c.value, t.facet_value.c.records)
    .where(t.facet_value.c.facet == bindparam("facet"), t.facet_value.c.records > 0)
    .order_by(t.facet_value.c.records.desc(), t.facet_value.c.number)
    .limit(bindparam("limit", type_=BigInteger))
    .offset(bindparam("offset", type_=BigInteger))
)
_NUMBER = select(t.facet_value.c.number).where(t.facet_value.c.key == bindparam("key"))
_VALUES = select(t.facet_value.c.number, t.facet_value.c.value).where(
    t.facet_value.c.number.in_(bindparam("numbers", expanding=True))
)


@lru_cache
def _values_among(dialect: str) -> Select[Any]:
    found = members(dialect)
    return select(t.listing.c.facets).join(found, found.c.value == t.listing.c.record)
