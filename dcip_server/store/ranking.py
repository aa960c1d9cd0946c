"""The order of results: groups by where the words are, and within each the newest first; the same on every database.

A page of a large result must not cost a look at all of it. So a group is a set of records, the groups that a
page does not reach are never made, and of the one that it ends in only the page's records are sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pyroaring import BitMap
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, bindparam, select, tuple_

from dcip_server.store import tables as t
from dcip_server.store.driver import Driver
from dcip_server.store.full_text import FULL_TEXT
from dcip_server.store.record_sets import as_text, gather, members
from dcip_server.store.words import Phrase

Order = Sequence[ColumnElement[object]]
_COLUMNS_OF_NEWEST = (t.listing.c.modified, t.listing.c.record)
_COLUMNS_BY_TITLE = (t.listing.c.title_key, t.listing.c.record)
NEWEST: Order = tuple(column.desc() for column in _COLUMNS_OF_NEWEST)
BY_TITLE: Order = _COLUMNS_BY_TITLE
_TITLE_KEY = select(t.listing.c.title_key).where(t.listing.c.record == bindparam("number"))
_MODIFIED = select(t.listing.c.modified).where(t.listing.c.record == bindparam("number"))

_NO_LIMIT = 1 << 62


def groups_by_relevance(
    connection: Connection, phrases: tuple[Phrase, ...], title_key: str, found: BitMap
) -> Iterator[BitMap]:
    """The records in groups, most relevant first.

    A title that is just what was searched for; all phrases in the title; all in title and tags; then the
    others. The last two by how many are in the title, and then by how many are in title or tags.
    """
    rest = found.copy()

    def take(group: BitMap) -> BitMap:
        nonlocal rest
        group = group & rest
        rest = rest - group
        return group

    yield take(gather(connection, select(t.listing.c.record).where(t.listing.c.title_key == title_key)))
    yield take(_having(connection, phrases, 1))
    in_tags = take(_having(connection, phrases, 2))
    if len(phrases) == 1:
        yield from (in_tags, rest)
        return
    titles = [_having(connection, (phrase,), 1) for phrase in phrases] if in_tags or rest else []
    yield from _most_first(in_tags, titles)
    tags = [_having(connection, (phrase,), 2) for phrase in phrases] if rest else []
    for group in _most_first(rest, titles):
        yield from _most_first(group, tags)


def _having(connection: Connection, phrases: tuple[Phrase, ...], parts: int) -> BitMap:
    """The records with all phrases in the first ``parts`` of title, tags and rest."""
    full_text = FULL_TEXT[connection.dialect.name]
    return gather(connection, select(full_text.record).where(full_text.matches(phrases, parts)))


def _most_first(records: BitMap, sets: Sequence[BitMap]) -> Iterator[BitMap]:
    """The records that are in all of the sets, then those in all but one, and so on."""
    groups = [records] + [BitMap()] * len(sets)
    for number, having in enumerate(sets, start=1):
        for count in range(number, 0, -1):
            risen = groups[count - 1] & having
            groups[count - 1] = groups[count - 1] - risen
            groups[count] = groups[count] | risen
    return reversed(groups)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: in which group, with which record, and what that was sorted by.

    The page behind it begins with the next record as the catalog is then: of records that were not written
    meanwhile none comes twice and none is left out.
    """

    group: int
    number: int
    key: str


@dataclass(frozen=True, slots=True)
class Sorting:
    """The order within groups; ``all_records`` selects the numbers of records among which all groups are, about ``count``."""

    order: Order
    all_records: Select[Any]
    count: int

    def behind(self, position: Position) -> ColumnElement[bool]:
        """The condition that a record of the position's group comes after it."""
        columns = _COLUMNS_BY_TITLE if self.order is BY_TITLE else _COLUMNS_OF_NEWEST
        other = tuple_(position.key, position.number)
        return tuple_(*columns) > other if self.order is BY_TITLE else tuple_(*columns) < other

    def position(self, connection: Connection, group: int, number: int) -> Position:
        """Where a record of a group is."""
        key = _TITLE_KEY if self.order is BY_TITLE else _MODIFIED
        return Position(group, number, Driver(connection).scalar(key, number=number) or "")


def page_of_groups(
    connection: Connection,
    groups: Iterable[BitMap],
    sorting: Sorting,
    limit: int | None,
    offset: int,
    after: Position | None = None,
) -> tuple[list[int], Position | None]:
    """The numbers of the records on one page of the groups after each other, each in its order, and where it ends.

    The page begins behind a position where one is given, else after so many records.
    """
    page: list[int] = []
    last = 0
    limit = _NO_LIMIT if limit is None else limit
    for place, group in enumerate(groups):
        if len(page) >= limit:
            break
        if after is not None and place <= after.group:
            # So far the offset is what the position says.
            offset = 0
            if place < after.group or not group:
                continue
            part = _part(connection, group, sorting, limit, 0, sorting.behind(after))
        else:
            part = _part(connection, group, sorting, limit - len(page), offset) if len(group) > offset else []
            offset = max(0, offset - len(group))
        if part:
            page += part
            last = place
    return page, sorting.position(connection, last, page[-1]) if page else None


def _part(
    connection: Connection,
    group: BitMap,
    sorting: Sorting,
    limit: int,
    offset: int,
    behind: ColumnElement[bool] | None = None,
) -> list[int]:
    """Part of one group, in order."""
    conditions = () if behind is None else (behind,)
    wanted = min(offset + limit, len(group))
    # So many of all records, in order, hold the page if the group is spread over them as by chance, and some more.
    likely = wanted * sorting.count // len(group) * 3 // 2 + 100
    if likely < len(group):
        query = sorting.all_records.where(*conditions).order_by(*sorting.order)
        among = [number for number in connection.scalars(query.limit(likely)) if number in group]
        if len(among) >= wanted:
            return among[offset:wanted]
    dialect = connection.dialect.name
    query = _in_order(dialect, sorting.order is BY_TITLE)
    values = {"members": as_text(dialect, group), "limit": wanted - offset, "offset": offset}
    if conditions:
        return list(connection.scalars(query.where(*conditions), values))
    return [number for (number,) in Driver(connection).rows(query, **values)]


@lru_cache
def _in_order(dialect: str, by_title: bool) -> Select[Any]:
    """The members of a set, in order: made once, since that takes longer than to run it."""
    numbers = members(dialect)
    query = select(t.listing.c.record).join(numbers, numbers.c.value == t.listing.c.record)
    query = query.order_by(*(BY_TITLE if by_title else NEWEST))
    return query.limit(bindparam("limit", type_=BigInteger)).offset(bindparam("offset", type_=BigInteger))
