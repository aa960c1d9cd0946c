"""What searches need of a record, written with it by the one writer.

Besides the full text that is one row with what results are sorted and filtered by, and the
numbers of the record's facet values. How many live records have a facet value is kept current,
so that no page counts the whole catalog.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from sqlalchemy import Connection, bindparam, delete, func, select, update

from dcip_server.entities import Json
from dcip_server.formats.dates import iso8601
from dcip_server.formats.extent import extent
from dcip_server.formats.facets import facet_identity, facet_value
from dcip_server.store import tables as t
from dcip_server.store.completeness import combination
from dcip_server.store.driver import Driver
from dcip_server.store.facet_sets import FacetSetWriter
from dcip_server.store.facets import COMBINATION, FACET_NUMBERS, MOST_VALUE, facet_number, pack, unpack
from dcip_server.store.full_text import FULL_TEXT, Document, document, full_text
from dcip_server.store.keys import facet_key
from dcip_server.store.look_up_index import LookUpIndex
from dcip_server.store.look_ups import look_ups
from dcip_server.store.words import fold, fold_all

_BATCH = 500
#: Records after which a rebuild stores what it has counted, so that its memory does not grow with the catalog.
_STORE_EVERY = 1 << 16
_MOST_TITLE = 100


#: A record's row of the listing between its number and its facet values: when it was modified, its title key, its extent.
Listing = tuple[str, str, float | None, float | None, float | None, float | None]
#: (facet, value) pairs, each value in one spelling.
Facets = tuple[tuple[str, str], ...]
#: All that searches need of one record. Plain tuples, which go from process to process fastest.
Searchable = tuple[Listing, Facets, Document]


def searchable(entity: str, value: Mapping[str, Json], modified: str) -> Searchable:
    """What searches need of a record's JSON; ``modified`` where it does not say when it was modified."""
    title = fold(value["title"])
    tags = value.get("tags", [])
    resources = value.get("resources", [])
    given = value.get("metadata_modified")
    stated = (iso8601(given) if given else None) or modified
    rest: list[str] = []
    for said in (*map(value.get, _SEARCHED), *[resource.get("title") for resource in resources]):
        rest += (said,) if type(said) is str else _texts(said)
    translations = value.get("translations")
    if isinstance(translations, dict):
        rest += (text for texts in translations.values() for text in _texts(texts))
    formats = (resource.get("format") for resource in resources)
    facets = [("tag", tag) for tag in tags]
    facets += [("license", value["license"]), ("publisher", value.get("maintainer")), ("entity", entity)]
    facets += (("format", format) for format in formats)
    facets.append((COMBINATION, combination(entity, value)))
    shown = stated[:19] + "Z" if len(stated) > 10 else stated
    listing = (shown, title_key(title), *(extent(value.get("spatial")) or _NOWHERE))
    return listing, _facets(facets), document(title, fold_all(tags), fold_all(rest))


#: Keys besides titles and tags whose texts searches find.
_SEARCHED = ("description", "name", "author", "maintainer")
_NOWHERE = (None, None, None, None)


def title_key(words: Sequence[str]) -> str:
    """What titles are sorted by, and told to be the same by: the beginning of their words."""
    return " ".join(words)[:_MOST_TITLE]


def _facets(pairs: Iterable[tuple[str, Json]]) -> Facets:
    """The values that count, in one spelling each."""
    found = [_facet(facet, text) for facet, text in pairs if isinstance(text, str) and 0 < len(text) <= MOST_VALUE]
    return tuple(dict(found).values())


# Remembered, since values recur from record to record.
@lru_cache(maxsize=8192)
def _facet(facet: str, text: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """What tells the text from other values of the facet, and the value that it means."""
    value = facet_value(facet, text)
    return (facet, facet_identity(facet, value)), (facet, value)


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
        self._driver = Driver(connection)
        self._full_text = FULL_TEXT[connection.dialect.name]
        self._sets = FacetSetWriter(self._driver)
        self._numbers: dict[tuple[str, str], int] = {}
        self._next_serial: int | None = None

    def add(self, records: list[tuple[int, Searchable]]) -> None:
        """Index records that are not in the index, by their numbers."""
        if not records:
            return
        numbers = self._facet_numbers(facets for _, (_, facets, _) in records)
        rows = []
        for number, (listing, pairs, _) in records:
            facets = [numbers[pair] for pair in pairs]
            self._sets.add(number, facets)
            rows.append((number, *listing, pack(facets)))
        self._driver.insert(t.listing, rows)
        self._full_text.insert(self._driver, [(number, document) for number, (_, _, document) in records])

    def remove(self, numbers: list[int]) -> None:
        """Take records out of the index."""
        for number, packed in self._driver.rows(_FACETS_OF, numbers=numbers):
            self._sets.remove(number, unpack([packed]))
        self._full_text.remove(self._driver, numbers)
        self._driver.run(_DELETE_LISTING, numbers=numbers)

    def finish(self) -> None:
        """Bring each facet value's count and set up to date with what this write changed."""
        grown = self._sets.flush()
        self._driver.run_many(
            _COUNT, ({"this": number, "more": more} for number, more in sorted(grown.items()) if more)
        )

    def rebuild(self, done: Callable[[int], None]) -> None:
        """Make the index and the look-ups anew from the stored records; ``done`` hears how many were done, now and then."""
        for table in (t.attribute, t.listing, t.facet_set, t.facet_value, full_text):
            self._driver.run(delete(table))
        index = LookUpIndex(self._connection)
        last = count = 0
        while rows := self._driver.rows(_STORED, last=last, batch=_BATCH):
            keys, found = [], []
            for number, entity, modified, iri, body in rows:
                value = json.loads(body)
                keys.append((number, look_ups(entity, value, iri)))
                found.append((number, searchable(entity, value, modified)))
                last = number
            index.add(keys)
            self.add(found)
            count += len(found)
            done(count)
            if count // _STORE_EVERY > (count - len(found)) // _STORE_EVERY:
                self.finish()
                self._numbers.clear()
        index.finish()
        self.finish()

    def _facet_numbers(self, facets: Iterable[Facets]) -> dict[tuple[str, str], int]:
        """The number of each (facet, value), given out where there is none yet."""
        pairs = dict.fromkeys(chain.from_iterable(facets))
        new = {pair: facet_key(pair[0], facet_identity(*pair)) for pair in pairs if pair not in self._numbers}
        known: dict[bytes, int] = {}
        keys = sorted(set(new.values()))
        for start in range(0, len(keys), _BATCH):
            known |= dict(self._driver.rows(_BY_KEYS, keys=keys[start : start + _BATCH]))
        rows = []
        for (facet, value), key in new.items():
            if key not in known:
                known[key] = self._take_number(facet)
                rows.append((known[key], facet_number(facet), key, value, 0))
            self._numbers[facet, value] = known[key]
        self._driver.insert(t.facet_value, rows)
        return self._numbers

    def _take_number(self, facet: str) -> int:
        if self._next_serial is None:
            last = self._driver.scalar(_LAST_VALUE) or 0
            self._next_serial = last // FACET_NUMBERS + 1
        self._next_serial += 1
        return (self._next_serial - 1) * FACET_NUMBERS + facet_number(facet)


_LAST_VALUE = select(func.max(t.facet_value.c.number))
_BY_KEYS = select(t.facet_value.c.key, t.facet_value.c.number).where(
    t.facet_value.c.key.in_(bindparam("keys", expanding=True))
)
_FACETS_OF = select(t.listing.c.record, t.listing.c.facets).where(
    t.listing.c.record.in_(bindparam("numbers", expanding=True))
)
_DELETE_LISTING = delete(t.listing).where(t.listing.c.record.in_(bindparam("numbers", expanding=True)))
_COUNT = (
    update(t.facet_value)
    .where(t.facet_value.c.number == bindparam("this"))
    .values(records=t.facet_value.c.records + bindparam("more"))
)
_STORED = (
    select(t.record.c.number, t.record.c.entity, t.record.c.modified, t.record.c.iri, t.representation.c.json)
    .join(t.representation, t.representation.c.record == t.record.c.number)
    .where(t.record.c.number > bindparam("last"))
    .order_by(t.record.c.number)
    .limit(bindparam("batch"))
)
