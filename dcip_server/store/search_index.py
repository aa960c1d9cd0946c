"""What searches need of a record, written with it by the one writer.

Besides the full text that is one row with what results are sorted and filtered by, and the
numbers of the record's facet values. How many live records have a facet value is kept current,
so that no page counts the whole catalog.
"""

from __future__ import annotations

import json
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, select, update

from dcip_server.entities import Json
from dcip_server.formats.dates import iso8601
from dcip_server.protocol.urls import Format
from dcip_server.store import tables as t
from dcip_server.store.completeness import combination
from dcip_server.store.extent import extent
from dcip_server.store.full_text import FULL_TEXT, Document, full_text
from dcip_server.store.inserts import insert_rows
from dcip_server.store.keys import facet_key
from dcip_server.store.look_ups import attribute_keys
from dcip_server.store.words import fold, fold_all

#: Facets in the order of their marks in the numbers of values; new ones go to the end. The
#: second column is the record's key for them, which look-ups use, too.
FACETS = {"tag": "tags", "license": "license", "format": "format", "publisher": "maintainer", "entity": ""}
#: Which recommended fields records have, counted like a facet's values; no search narrows down to them.
COMBINATION = "combination"
#: A facet value's number is a multiple of this plus the mark of its facet.
FACET_MARKS = 16
_COMBINATION_MARK = FACET_MARKS - 1
_BATCH = 500
_MOST_TITLE = 100
#: Longer values are none that results could be narrowed down to.
MOST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Searchable:
    """All that searches need of one record; ``facets`` are (facet, value) pairs, each once."""

    number: int
    modified: str
    title_key: str
    extent: tuple[float, float, float, float] | tuple[None, None, None, None]
    facets: tuple[tuple[str, str], ...]
    document: Document


def searchable(number: int, entity: str, value: Mapping[str, Json], modified: str) -> Searchable:
    """What searches need of a record's JSON; ``modified`` where it does not say when it was modified."""
    title = fold(value["title"])
    tags = value.get("tags", [])
    resources = value.get("resources", [])
    given = value.get("metadata_modified")
    stated = (iso8601(given) if given else None) or modified
    rest = [text for key in ("description", "name", "author", "maintainer") for text in _texts(value.get(key))]
    rest += (text for resource in resources for text in _texts(resource.get("title")))
    translations = value.get("translations")
    if isinstance(translations, dict):
        rest += (text for texts in translations.values() for text in _texts(texts))
    formats = (resource.get("format") for resource in resources)
    facets = [("tag", tag) for tag in tags]
    facets += [("license", value["license"]), ("publisher", value.get("maintainer")), ("entity", entity)]
    facets += (("format", format) for format in formats)
    facets.append((COMBINATION, combination(entity, value)))
    return Searchable(
        number,
        stated[:19] + "Z" if len(stated) > 10 else stated,
        " ".join(title)[:_MOST_TITLE],
        extent(value.get("spatial")) or (None, None, None, None),
        tuple(
            dict.fromkeys(
                (facet, text) for facet, text in facets if isinstance(text, str) and 0 < len(text) <= MOST_VALUE
            )
        ),
        Document(title, fold_all(tags), fold_all(rest)),
    )


def _texts(value: Json) -> Iterator[str]:
    """The texts of a value that may be given in several languages."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, str):
                yield item


class SearchIndex:
    """The index within the writer's transaction; ``finish`` brings the counts up to date."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._full_text = FULL_TEXT[connection.dialect.name]
        self._numbers: dict[bytes, int] = {}
        self._added: Counter[int] = Counter()
        self._next_serial: int | None = None

    def add(self, records: list[Searchable]) -> None:
        """Index records that are not in the index."""
        if not records:
            return
        numbers = self._facet_numbers([pair for record in records for pair in record.facets])
        rows = []
        for record in records:
            facets = [numbers[pair] for pair in record.facets]
            self._added.update(facets)
            rows.append((record.number, record.modified, record.title_key, *record.extent, pack(facets)))
        insert_rows(self._connection, t.listing, rows)
        self._full_text.insert(self._connection, [(record.number, record.document) for record in records])

    def remove(self, numbers: list[int]) -> None:
        """Take records out of the index."""
        found = self._connection.execute(_FACETS_OF, {"numbers": numbers})
        self._added.subtract(unpack(row.facets for row in found))
        self._full_text.remove(self._connection, numbers)
        self._connection.execute(_DELETE_LISTING, {"numbers": numbers})

    def finish(self) -> None:
        """Add to each facet value's count what this write changed."""
        changes = [{"this": number, "more": more} for number, more in sorted(self._added.items()) if more]
        if changes:
            self._connection.execute(_COUNT, changes)
        self._added.clear()

    def rebuild(self) -> None:
        """Make the index and the look-ups anew from the stored records."""
        for table in (t.attribute, t.listing, t.facet_value, full_text):
            self._connection.execute(delete(table))
        last = 0
        while rows := self._connection.execute(_STORED, {"last": last, "batch": _BATCH}).all():
            values = [json.loads(row.body) for row in rows]
            look_ups: list[tuple[bytes, int]] = []
            found = []
            for row, value in zip(rows, values, strict=True):
                look_ups += ((key, row.number) for key in attribute_keys(row.entity, value, row.iri))
                found.append(searchable(row.number, row.entity, value, row.modified))
            insert_rows(self._connection, t.attribute, sorted(look_ups))
            self.add(found)
            last = rows[-1].number
        self.finish()

    def _facet_numbers(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """The number of each (facet, value), given out where there is none yet."""
        keys = {pair: facet_key(*pair) for pair in pairs}
        unknown = sorted({key for key in keys.values() if key not in self._numbers})
        for start in range(0, len(unknown), _BATCH):
            found = self._connection.execute(_BY_KEYS, {"keys": unknown[start : start + _BATCH]})
            self._numbers |= {row.key: row.number for row in found}
        new = [(key, *pair) for pair, key in keys.items() if key not in self._numbers]
        insert_rows(self._connection, t.facet_value, [self._take(*row) for row in new])
        return {pair: self._numbers[key] for pair, key in keys.items()}

    def _take(self, key: bytes, facet: str, value: str) -> tuple[int, bytes, str, int]:
        if self._next_serial is None:
            last = self._connection.scalar(select(func.max(t.facet_value.c.number))) or 0
            self._next_serial = last // FACET_MARKS + 1
        number = self._next_serial * FACET_MARKS + facet_mark(facet)
        self._next_serial += 1
        self._numbers[key] = number
        return number, key, value, 0


def facet_mark(facet: str) -> int:
    """What is left of the numbers of that facet's values when divided by :data:`FACET_MARKS`."""
    return _COMBINATION_MARK if facet == COMBINATION else list(FACETS).index(facet)


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


_BY_KEYS = select(t.facet_value.c.key, t.facet_value.c.number).where(
    t.facet_value.c.key.in_(bindparam("keys", expanding=True))
)
_FACETS_OF = select(t.listing.c.facets).where(t.listing.c.record.in_(bindparam("numbers", expanding=True)))
_DELETE_LISTING = delete(t.listing).where(t.listing.c.record.in_(bindparam("numbers", expanding=True)))
_COUNT = (
    update(t.facet_value)
    .where(t.facet_value.c.number == bindparam("this"))
    .values(records=t.facet_value.c.records + bindparam("more"))
)
_STORED = (
    select(t.record.c.number, t.record.c.entity, t.record.c.modified, t.record.c.iri, t.representation.c.body)
    .join(t.representation, t.representation.c.record == t.record.c.number)
    .where(t.representation.c.format == Format.JSON.extension, t.record.c.number > bindparam("last"))
    .order_by(t.record.c.number)
    .limit(bindparam("batch"))
)
