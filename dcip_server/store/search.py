"""Searches: which live records match, in which order, and how they divide into facets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, case, func, or_, select

from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.store import tables as t
from dcip_server.store.change_list import ENTRY_COLUMNS, to_entry
from dcip_server.store.database import reading
from dcip_server.store.entry import Entry
from dcip_server.store.extent import Extent
from dcip_server.store.full_text import FULL_TEXT, FullText, full_text
from dcip_server.store.keys import attribute_key, source_key
from dcip_server.store.search_index import FACET_MARKS, FACETS, facet_mark, unpack
from dcip_server.store.words import Phrase, parse_words

#: Relevance is by date where no words are searched for.
SORTS = ("relevance", "date", "title")
_MOST_VALUES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for. ``narrowed`` are (facet, value) pairs that all must hold, of ``FACETS``.

    ``words`` as people type them, ``None`` for all records. ``since`` and ``until`` bound the time
    a record was modified, ISO 8601, both inclusive; a date in ``until`` includes its whole day.
    ``box`` is west, south, east, north; west is greater than east across the 180th meridian.
    """

    words: str | None = None
    entity: str | None = None
    narrowed: tuple[tuple[str, str], ...] = ()
    source: str | None = None
    since: str | None = None
    until: str | None = None
    box: Extent | None = None
    sort: str = "relevance"
    limit: int | None = None
    offset: int = 0
    facets: bool = False


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value and how many records of the result have it."""

    value: str
    records: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a result and, where facets were asked for, its whole size and they, each most frequent first."""

    entries: tuple[Entry, ...]
    total: int = 0
    facets: dict[str, tuple[FacetValue, ...]] = field(default_factory=dict)


def search(engine: Engine, wanted: Search, live_records: int) -> Found:
    """Look into the catalog. Raises :class:`RequestError` for more words than are worth a search."""
    phrases = parse_words(wanted.words) if wanted.words is not None else ()
    if wanted.words is not None and not phrases:
        return Found(())
    with reading(engine) as connection:
        question = _Question(connection, wanted, phrases)
        entries = question.entries()
        if not wanted.facets:
            return Found(entries)
        if not question.conditions:
            return Found(entries, live_records, {facet: top_values(connection, facet) for facet in FACETS})
        total, facets = question.facets()
        return Found(entries, total, facets)


class _Question:
    """A search as statements: all of them select from the same records."""

    def __init__(self, connection: Connection, wanted: Search, phrases: tuple[Phrase, ...]) -> None:
        self._connection = connection
        self._full_text = FULL_TEXT[connection.dialect.name]
        self._wanted = wanted
        self._phrases = phrases
        self.conditions = list(_conditions(wanted))
        if phrases:
            self.conditions.append(self._full_text.matches(phrases, 3))

    def entries(self) -> tuple[Entry, ...]:
        """The page that is asked for, in its order."""
        limit = self._wanted.limit
        if limit is None and self._wanted.offset and self._connection.dialect.name == "sqlite":
            limit = -1
        numbers = self._select(t.listing.c.record).order_by(*self._order()).limit(limit).offset(self._wanted.offset)
        ordered = list(self._connection.scalars(numbers))
        found: dict[int, Entry] = {}
        for start in range(0, len(ordered), 500):
            rows = select(t.record.c.number, *ENTRY_COLUMNS).where(t.record.c.number.in_(ordered[start : start + 500]))
            found |= {number: to_entry(row) for number, *row in self._connection.execute(rows)}
        return tuple(found[number] for number in ordered)

    def facets(self) -> tuple[int, dict[str, tuple[FacetValue, ...]]]:
        """How many records match, and how many of them have each value."""
        rows = self._connection.scalars(self._select(t.listing.c.facets)).all()
        return len(rows), _most_frequent(self._connection, Counter(unpack(rows)))

    def _select(self, *columns: Any) -> Select[Any]:
        query = select(*columns).select_from(t.listing)
        if self._phrases:
            query = query.join(full_text, self._full_text.record == t.listing.c.record)
        if self._wanted.entity or self._wanted.source:
            query = query.join(t.record, t.record.c.number == t.listing.c.record)
        return query.where(*self.conditions)

    def _order(self) -> list[ColumnElement[Any]]:
        newest: list[ColumnElement[Any]] = [t.listing.c.modified.desc(), t.listing.c.record.desc()]
        if self._wanted.sort == "title":
            return [t.listing.c.title_key, t.listing.c.record]
        if self._wanted.sort == "date" or not self._phrases:
            return newest
        return [_tier(self._full_text, self._phrases), self._full_text.score(self._phrases).desc(), *newest]


def _tier(full_text: FullText, phrases: tuple[Phrase, ...]) -> ColumnElement[int]:
    """All words in the title come before all in title and tags, and these before the rest."""
    return case((full_text.matches(phrases, 1), 0), (full_text.matches(phrases, 2), 1), else_=2)


def _conditions(wanted: Search) -> Iterable[ColumnElement[bool]]:
    listing = t.listing.c
    if wanted.entity:
        yield t.record.c.entity == wanted.entity
    for facet, value in wanted.narrowed:
        if facet == "entity":
            yield listing.record.in_(select(t.record.c.number).where(t.record.c.entity == value))
            continue
        keys = [attribute_key(entity, FACETS[facet], value) for entity in ENTITY_TYPES]
        yield listing.record.in_(select(t.attribute.c.record).where(t.attribute.c.key.in_(keys)))
    if wanted.source:
        delivered = select(t.delivery.c.key).join(t.source, t.source.c.number == t.delivery.c.source)
        yield t.record.c.key.in_(delivered.where(t.source.c.key == source_key(wanted.source)))
    if wanted.since:
        yield listing.modified >= wanted.since
    if wanted.until:
        # Whatever is more precise than the bound begins with it, and "~" comes after all of that.
        yield listing.modified <= wanted.until.removesuffix("Z") + "~"
    if wanted.box:
        yield _overlaps(wanted.box)


def _overlaps(box: Extent) -> ColumnElement[bool]:
    west, south, east, north = box
    listing = t.listing.c
    left, right = listing.west <= east, listing.east >= west
    across = and_(left, right) if west <= east else or_(left, right)
    return and_(across, listing.south <= north, listing.north >= south)


def _most_frequent(connection: Connection, counts: Counter[int]) -> dict[str, tuple[FacetValue, ...]]:
    """The most frequent values of each facet, from the counts of all by their numbers."""
    found: dict[str, tuple[FacetValue, ...]] = {}
    for facet in FACETS:
        mark = facet_mark(facet)
        of_facet = ((number, count) for number, count in counts.items() if number % FACET_MARKS == mark)
        top = sorted(of_facet, key=lambda pair: (-pair[1], pair[0]))[:_MOST_VALUES]
        rows = select(t.facet_value.c.number, t.facet_value.c.value).where(
            t.facet_value.c.number.in_([number for number, _ in top])
        )
        values = {row.number: row.value for row in connection.execute(rows)}
        found[facet] = tuple(FacetValue(values[number], count) for number, count in top)
    return found


def top_values(
    connection: Connection, facet: str, limit: int = _MOST_VALUES, offset: int = 0
) -> tuple[FacetValue, ...]:
    """The values of a facet in the whole catalog, most frequent first."""
    c = t.facet_value.c
    query = select(c.value, c.records).where(c.number % FACET_MARKS == facet_mark(facet), c.records > 0)
    rows = connection.execute(query.order_by(c.records.desc(), c.number).limit(limit).offset(offset))
    return tuple(FacetValue(value, records) for value, records in rows)


def count_values(connection: Connection, facet: str) -> int:
    """How many values of a facet are on live records."""
    c = t.facet_value.c
    query = select(func.count()).where(c.number % FACET_MARKS == facet_mark(facet), c.records > 0)
    return connection.scalar(query) or 0
