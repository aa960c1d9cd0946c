"""Searches against a plain reading of the specification: every record looked at, sorted and counted one by one."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy import insert

from dcip_server.store import Change, Delete, Put, Search, Store
from dcip_server.store import tables as t
from dcip_server.store.driver import Driver
from dcip_server.store.facet_sets import FacetSetWriter, read_sets
from tests.records import dataset

#: More than are counted one by one, of which the most frequent words find nearly all.
_RECORDS = 2300
_COMMON = ["Air", "wäter", "of"]
_WORDS = [*_COMMON, "quality", "qual", "river", "straße", "Łódź", "水質", "map", "maps", "west"]
_TAGS = [f"tag {number}" for number in range(60)] + _WORDS
_LICENSES = ["on request", "for free", "by law"]
#: Two spellings of one format, and one of another.
_FORMATS = {"csv": "CSV", "text/csv": "CSV", "pdf": "PDF"}
_FOLDED = {"wäter": "water", "straße": "strasse", "Łódź": "lodz", "水質": "水 質"}


def _folded(text: str) -> list[str]:
    """The words of a text; what is not plain in the vocabulary is folded by hand."""
    return [part for word in text.split() for part in _FOLDED.get(word, word.lower()).split()]


class _Reference:
    """All live records as they were put, in the order of their creation."""

    def __init__(self) -> None:
        self.records: dict[int, dict[str, Any]] = {}

    def found(self, wanted: Search) -> list[int]:
        phrases = _phrases(wanted.words) if wanted.words is not None else []
        if wanted.words is not None and not phrases:
            return []
        kept = [id for id, record in self.records.items() if _passes(record, wanted, phrases)]
        # Python's sort is stable: from the last criterion to the first. The id is the number of the record, too.
        if wanted.sort == "title":
            return sorted(kept, key=lambda number: (" ".join(_folded(self.records[number]["title"])), number))
        kept.sort(key=lambda number: (self.records[number]["metadata_modified"], number), reverse=True)
        if phrases and wanted.sort == "relevance":
            kept.sort(key=lambda number: _relevance(self.records[number], phrases, wanted.words or ""))
        return kept

    def facets(self, ids: list[int]) -> dict[str, Counter[str]]:
        """How many of the records have each value."""
        counted: dict[str, Counter[str]] = {facet: Counter() for facet in ("tag", "license", "format")}
        for id in ids:
            record = self.records[id]
            counted["tag"].update(set(record["tags"]))
            counted["license"][record["license"]] += 1
            counted["format"].update({_FORMATS[resource["format"]] for resource in record["resources"]})
        return counted


def _phrases(words: str) -> list[tuple[list[str], bool]]:
    """Phrases of folded words, and whether the last word is a beginning."""
    parts = words.split('"')
    found = []
    for number, part in enumerate(parts):
        texts = [part] if number % 2 else part.split()
        found += [(_folded(text), bool(number % 2)) for text in texts if text.strip()]
    ends = not words.endswith('"')
    return [(texts, not quoted and ends and place == len(found)) for place, (texts, quoted) in enumerate(found, 1)]


def _occurs(phrase: tuple[list[str], bool], texts: list[str]) -> bool:
    words, prefix = phrase
    for text in texts:
        among = _folded(text)
        for start in range(len(among) - len(words) + 1):
            part = among[start : start + len(words)]
            if part == words or (prefix and part[:-1] == words[:-1] and part[-1].startswith(words[-1])):
                return True
    return False


def _passes(record: dict[str, Any], wanted: Search, phrases: list[tuple[list[str], bool]]) -> bool:
    texts = [record["title"], *record["tags"], record["description"]]
    formats = {_FORMATS[resource["format"]] for resource in record["resources"]}
    values = {"tag": set(record["tags"]), "license": {record["license"]}, "format": formats}
    modified = record["metadata_modified"]
    west, south, east, north = wanted.box or (0, 0, 0, 0)
    place = record.get("spatial")
    return (
        all(_occurs(phrase, texts) for phrase in phrases)
        and all(_FORMATS.get(value, value) in values[facet] for facet, value in wanted.narrowed)
        and (wanted.since is None or modified >= wanted.since)
        and (wanted.until is None or modified[: len(wanted.until)] <= wanted.until)
        and (
            wanted.box is None
            or (
                place is not None
                and west <= place["coordinates"][0] <= east
                and south <= place["coordinates"][1] <= north
            )
        )
    )


def _relevance(record: dict[str, Any], phrases: list[tuple[list[str], bool]], words: str) -> tuple[int, ...]:
    # What is asked for twice counts once.
    phrases = [phrase for place, phrase in enumerate(phrases) if phrase not in phrases[:place]]
    in_title = [_occurs(phrase, [record["title"]]) for phrase in phrases]
    in_tags = [_occurs(phrase, [record["title"], *record["tags"]]) for phrase in phrases]
    return (
        _folded(record["title"]) != _folded(words.replace('"', " ")),
        not all(in_title),
        not all(in_tags),
        -sum(in_title),
        -sum(in_tags),
    )


def _record(chance: random.Random) -> dict[str, Any]:
    words = [*_WORDS, *_COMMON * 4]
    resources = [
        {"resource_type": "file", "url": f"https://data.example/{place}", "format": format}
        for place, format in enumerate(chance.choices(list(_FORMATS), k=chance.randint(0, 3)))
    ]
    record: dict[str, Any] = {
        "title": " ".join(chance.choices(words, k=chance.randint(1, 3))),
        "tags": sorted({chance.choice(_TAGS[: chance.randint(1, len(_TAGS))]) for _ in range(chance.randint(0, 4))}),
        "description": " ".join(chance.choices(words, k=chance.randint(2, 12))),
        "license": chance.choice(_LICENSES),
        "resources": resources,
        "metadata_modified": f"20{chance.randint(10, 25)}-{chance.randint(1, 12):02}-01",
    }
    if chance.random() < 0.3:
        record["spatial"] = {"type": "Point", "coordinates": [chance.randint(-9, 9), chance.randint(-9, 9)]}
    return record


@pytest.fixture
def both(store: Store) -> tuple[Store, _Reference]:
    """A catalog that was written in several ways, and what is in it by then."""
    chance = random.Random(22)
    reference = _Reference()
    changes: list[Change] = []
    for id in range(_RECORDS):
        reference.records[id] = _record(chance)
        changes.append(Put(dataset(id, **reference.records[id])))
    store.revise(changes)
    for id in chance.sample(range(_RECORDS), 20):
        reference.records[id] = _record(chance)
        store.revise([Put(dataset(id, **reference.records[id]))])
    gone = chance.sample(range(_RECORDS), 40)
    store.revise([Delete("dataset", id) for id in gone])
    store.revise([Put(dataset(_RECORDS, title="air")), Delete("dataset", _RECORDS)])
    back = gone.pop()
    store.revise([Put(dataset(back, **reference.records[back]))])
    for id in gone:
        del reference.records[id]
    return store, reference


_TYPED = st.lists(
    st.sampled_from(_WORDS) | st.sampled_from(["a", "o", "qua", "r", "水", "WATER", "Strasse"]), max_size=3
).map(" ".join)
_QUOTED = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=2).map(lambda words: f'"{" ".join(words)}"')
_SEARCHES = st.builds(
    Search,
    words=st.none() | _TYPED | _QUOTED | st.tuples(_QUOTED, _TYPED).map(" ".join),
    narrowed=st.lists(
        st.sampled_from(_TAGS[:4] + _WORDS).map(lambda value: ("tag", value))
        | st.sampled_from(_LICENSES).map(lambda value: ("license", value))
        | st.sampled_from([*_FORMATS, "CSV"]).map(lambda value: ("format", value)),
        max_size=2,
    ).map(tuple),
    since=st.none() | st.integers(2009, 2026).map(str),
    until=st.none() | st.integers(2009, 2026).map(str),
    box=st.none() | st.tuples(st.integers(-9, 0), st.integers(-9, 0), st.integers(0, 9), st.integers(0, 9)),
    sort=st.sampled_from(["relevance", "relevance", "date", "title"]),
    limit=st.none() | st.integers(0, 60),
    offset=st.sampled_from([0, 0, 1, 20, 500, 5000]),
    facets=st.just(True),
)


@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(wanted=_SEARCHES)
@example(Search(words="air", limit=20, facets=True))
@example(Search(words="air of water", limit=20, facets=True))
@example(Search(words="of", limit=20, offset=500, facets=True))
@example(Search(words='"air of" w', facets=True))
@example(Search(words="Air Air wäter", facets=True))
@example(Search(words="air", sort="title", limit=20, facets=True))
@example(Search(until="2020", limit=20, facets=True))
def test_a_result_is_what_the_specification_says_in_its_order_with_its_counts(
    both: tuple[Store, _Reference], wanted: Search
) -> None:
    store, reference = both
    due = reference.found(wanted)
    found = store.search(wanted)
    end = None if wanted.limit is None else wanted.offset + wanted.limit
    assert [entry.id for entry in found.entries] == due[wanted.offset : end]
    assert found.total == len(due)
    if 0 < wanted.offset < len(due):
        before = store.search(replace(wanted, limit=wanted.offset, offset=0))
        assert store.search(replace(wanted, offset=0, after=before.end)).entries == found.entries
    for facet, counts in reference.facets(due).items():
        told = {value.value: value.records for value in found.facets.get(facet, ())}
        assert sorted(told.values(), reverse=True) == sorted(counts.values(), reverse=True)[:20], facet
        assert told.items() <= counts.items(), facet


def test_sets_of_records_are_kept_whatever_their_numbers(store: Store) -> None:
    chance = random.Random(3)
    due: dict[int, set[int]] = {1: set(), 2: set(), 3: set()}
    with store.engine.begin() as connection:
        rows = [{"number": value, "facet": 0, "key": bytes([value]) * 16, "value": "v", "records": 0} for value in due]
        connection.execute(insert(t.facet_value), rows)
        for _ in range(6):
            writer = FacetSetWriter(Driver(connection))
            for _ in range(300):
                record, value = (
                    chance.choice((5, 65_535, 65_536, 200_000, 2**32 - 1)) - chance.randrange(3),
                    chance.choice(list(due)),
                )
                if record in due[value]:
                    writer.remove(record, [value])
                    due[value].discard(record)
                else:
                    writer.add(record, [value])
                    due[value].add(record)
            writer.flush()
            assert read_sets(connection, list(due)) == {
                value: BitMap(records) for value, records in due.items() if records
            }
