"""Searches: which live records match, in which order, and how they divide into facets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, or_, select

from dcip_server.formats.extent import Extent
from dcip_server.store import tables as t
from dcip_server.store.change_list import ENTRY_COLUMNS, to_entry
from dcip_server.store.database import reading
from dcip_server.store.driver import Driver
from dcip_server.store.entry import Entry
from dcip_server.store.facets import FACETS, FacetValue, count_facets, records_with
from dcip_server.store.full_text import FULL_TEXT
from dcip_server.store.keys import source_key
from dcip_server.store.ranking import BY_TITLE, NEWEST, Position, Sorting, groups_by_relevance, page_of_groups
from dcip_server.store.record_sets import as_text, gather, members
from dcip_server.store.search_index import title_key
from dcip_server.store.words import Phrase, fold, parse_words

#: Relevance is by date where no words are searched for.
SORTS = ("relevance", "date", "title")
Facets = dict[str, tuple[FacetValue, ...]]
_BATCH = 500
#: Whether so many records fulfil a condition is sooner known of each of them than of all records.
_LOOK_AT_EACH = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for. ``narrowed`` are (facet, value) pairs that all must hold, of ``FACETS``.

    ``words`` as people type them, ``None`` for all records. ``since`` and ``until`` bound the time
    a record was modified, ISO 8601, both inclusive; a date in ``until`` includes its whole day.
    ``box`` is west, south, east, north; west is greater than east across the 180th meridian.
    ``after`` is where the page before ended; without it a page begins after ``offset`` records.
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
    after: Position | None = None
    facets: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a result and, where facets were asked for, its whole size and they, each most frequent first.

    ``end`` is where the page ends, for the page behind it.
    """

    entries: tuple[Entry, ...]
    total: int = 0
    facets: Facets = field(default_factory=dict)
    end: Position | None = None


def search(engine: Engine, wanted: Search, facets_of_all: Callable[[], Facets]) -> Found:
    """Look into the catalog. Raises :class:`RequestError` for more words than are worth a search.

    ``facets_of_all`` gives the most frequent values of each facet in the whole catalog.
    """
    phrases = parse_words(wanted.words) if wanted.words is not None else ()
    if wanted.words is not None and not phrases:
        return Found(())
    with reading(engine) as connection:
        live_records = Driver(connection).scalar(_LIVE_RECORDS) or 0
        records = _matching(connection, wanted, phrases)
        if records is not None and not records:
            return Found((), 0, dict.fromkeys(FACETS, ()) if wanted.facets else {})
        numbers, end = _page(connection, wanted, phrases, records, live_records)
        entries = _entries(connection, numbers)
        if not wanted.facets:
            return Found(entries, end=end)
        if records is None:
            return Found(entries, live_records, facets_of_all(), end)
        return Found(entries, len(records), count_facets(connection, records), end)


def _matching(connection: Connection, wanted: Search, phrases: tuple[Phrase, ...]) -> BitMap | None:
    """The records that match; ``None`` where nothing is asked for that any would not."""
    found: BitMap | None = None
    for records in _sets(connection, wanted, phrases):
        found = records if found is None else found & records
        if not found:
            return found
    if not (conditions := list(_conditions(wanted))):
        return found
    query = select(t.listing.c.record).where(*conditions)
    if found is None or len(found) > _LOOK_AT_EACH:
        records = gather(connection, query)
        return records if found is None else found & records
    dialect = connection.dialect.name
    among = members(dialect)
    query = query.join(among, among.c.value == t.listing.c.record)
    return gather(connection, query.params(members=as_text(dialect, found)))


def _sets(connection: Connection, wanted: Search, phrases: tuple[Phrase, ...]) -> Iterator[BitMap]:
    """One set of records for each condition that is not one of :func:`_conditions`; all must hold."""
    for facet, value in wanted.narrowed:
        yield records_with(connection, facet, value)
    if phrases:
        full_text = FULL_TEXT[connection.dialect.name]
        yield gather(connection, select(full_text.record).where(full_text.matches(phrases, 3)))
    if wanted.entity:
        yield records_with(connection, "entity", wanted.entity)
    if wanted.source:
        delivered = select(t.delivery.c.key).join(t.source, t.source.c.number == t.delivery.c.source)
        delivered = delivered.where(t.source.c.key == source_key(wanted.source))
        query = select(t.record.c.number).join(t.listing, t.listing.c.record == t.record.c.number)
        yield gather(connection, query.where(t.record.c.key.in_(delivered)))


def _conditions(wanted: Search) -> Iterable[ColumnElement[bool]]:
    """What is asked of columns of ``listing``."""
    listing = t.listing.c
    if wanted.since:
        yield listing.modified >= wanted.since
    if wanted.until:
        # Whatever is more precise than the bound begins with it, and "~" comes after all of that.
        yield listing.modified <= wanted.until.removesuffix("Z") + "~"
    if wanted.box:
        west, south, east, north = wanted.box
        left, right = listing.west <= east, listing.east >= west
        yield and_(left, right) if west <= east else or_(left, right)
        yield and_(listing.south <= north, listing.north >= south)


def _page(
    connection: Connection, wanted: Search, phrases: tuple[Phrase, ...], records: BitMap | None, live_records: int
) -> tuple[list[int], Position | None]:
    """The numbers of the records on the page that is asked for, in its order, and where it ends."""
    order = BY_TITLE if wanted.sort == "title" else NEWEST
    query = select(t.listing.c.record).where(*_conditions(wanted))
    sorting = Sorting(order, query, live_records)
    if records is None:
        limit = -1 if wanted.limit is None and connection.dialect.name == "sqlite" else wanted.limit
        query = query.order_by(*order).limit(limit)
        query = query.where(sorting.behind(wanted.after)) if wanted.after else query.offset(wanted.offset)
        numbers = list(connection.scalars(query))
        return numbers, sorting.position(connection, 0, numbers[-1]) if numbers else None
    groups: Iterable[BitMap] = (records,)
    if phrases and wanted.sort == "relevance":
        groups = groups_by_relevance(connection, phrases, title_key(fold(wanted.words or "")), records)
    return page_of_groups(connection, groups, sorting, wanted.limit, wanted.offset, wanted.after)


def _entries(connection: Connection, numbers: list[int]) -> tuple[Entry, ...]:
    found: dict[int, Entry] = {}
    driver = Driver(connection)
    for start in range(0, len(numbers), _BATCH):
        rows = driver.rows(_ENTRIES, numbers=numbers[start : start + _BATCH])
        found |= {number: to_entry(row) for number, *row in rows}
    return tuple(found[number] for number in numbers)


_LIVE_RECORDS = select(t.catalog.c.live_records)
_ENTRIES = select(t.record.c.number, *ENTRY_COLUMNS).where(t.record.c.number.in_(bindparam("numbers", expanding=True)))
