"""What a search page's address asks for, and one result as pages and ``/search.json`` show it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from dcip_server.errors import RequestError
from dcip_server.formats.dates import iso8601
from dcip_server.protocol.urls import Format
from dcip_server.store import FACETS, MOST_VALUE, SORTS, Entry, Position, Search, Store
from dcip_server.web.metadata_language import language_of

PAGE = 20
#: So many characters of a description, markup and all, are enough for a result.
_DESCRIPTION = 1000
MOST = 1000
#: Group, number and sort key of the last record of the page before.
_POSITION = re.compile(r"([0-9]{1,9})~([0-9]{1,15})~([^\x00]{0,200})", re.DOTALL)
PARAMETERS = ("q", *FACETS, "source", "since", "until", "bbox", "sort", "limit", "offset", "after")


def parse_search(given: MultiDict[str, str]) -> Search:
    """Read a query string. Raises :class:`RequestError` for unknown parameters and bad values:

    a filter that is not understood must not look like one that nothing passes.
    """
    for name in given:
        if name not in PARAMETERS:
            raise RequestError(f"{name!r} is no parameter of a search; there are: {', '.join(PARAMETERS)}")
    sort = given.get("sort") or "relevance"
    if sort not in SORTS:
        raise RequestError(f"sort={sort!r}: one of {', '.join(SORTS)} is due")
    words = given.get("q", "").strip()
    if sort == "date" and not words:
        # Without words relevance is by date, and such a list has one address.
        sort = "relevance"
    return Search(
        words=words or None,
        narrowed=tuple((facet, value) for facet in FACETS for value in given.getlist(facet) if value),
        source=given.get("source") or None,
        since=_moment(given, "since"),
        until=_moment(given, "until"),
        box=_box(given.get("bbox", "")),
        sort=sort,
        limit=min(_count(given, "limit", PAGE), MOST),
        offset=_count(given, "offset", 0),
        after=_position(given.get("after", "")),
        facets=True,
    )


def _moment(given: MultiDict[str, str], name: str) -> str | None:
    text = given.get(name, "")
    if not text:
        return None
    moment = iso8601(text)
    if moment is None:
        raise RequestError(f"{name}={text!r}: an ISO 8601 date or time is due")
    return moment


def _box(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise RequestError(f"bbox={text!r}: west,south,east,north in degrees is due")
    return west, south, east, north


def _count(given: MultiDict[str, str], name: str, default: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RequestError(f"{name}={text!r}: a whole number is due")
    return int(text)


def _position(text: str) -> Position | None:
    """Where the page before ended, as :func:`address` wrote it."""
    if not text:
        return None
    match = _POSITION.fullmatch(text)
    if match is None:
        raise RequestError(f"after={text!r}: what an address of a next page has is due")
    return Position(int(match[1]), int(match[2]), match[3])


def address(wanted: Search, **changed: Any) -> str:
    """The query string of a search, with a question mark; a change of anything but ``offset`` and ``after`` begins anew."""
    wanted = replace(wanted, **({"offset": 0, "after": None} | changed))
    return "?" + urlencode(_what(wanted) + _how(wanted))


def narrowing(wanted: Search) -> Callable[[str, str], str]:
    """Gives for a facet and a value the address of the search that is narrowed down to it, too."""
    what, how = urlencode(_what(wanted)), urlencode(_how(replace(wanted, offset=0, after=None)))

    def narrow(facet: str, value: str) -> str:
        return "?" + "&".join(part for part in (what, urlencode({facet: value}), how) if part)

    return narrow


_Pairs = list[tuple[str, str]]


def _what(wanted: Search) -> _Pairs:
    return [(name, value) for name, value in (("q", wanted.words or ""), *wanted.narrowed) if value]


def _how(wanted: Search) -> _Pairs:
    pairs: _Pairs = []
    pairs += (("source", wanted.source or ""), ("since", wanted.since or ""), ("until", wanted.until or ""))
    pairs.append(("bbox", ",".join(f"{degrees:g}" for degrees in wanted.box) if wanted.box else ""))
    pairs.append(("sort", wanted.sort if wanted.sort != "relevance" else ""))
    pairs.append(("limit", str(wanted.limit) if wanted.limit != PAGE else ""))
    pairs.append(("offset", str(wanted.offset or "")))
    if wanted.after:
        pairs.append(("after", f"{wanted.after.group}~{wanted.after.number}~{wanted.after.key}"))
    return [(name, value) for name, value in pairs if value]


@dataclass(frozen=True, slots=True)
class Result:
    """A record in a list: its entry and what people choose by."""

    entry: Entry
    description: str
    publisher: str
    license: str
    formats: tuple[str, ...]
    tags: tuple[str, ...]
    modified: str
    language: str | None


class Results:
    """The results for entries of a store. Some are remembered, since a record is on many pages."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._of = lru_cache(maxsize=_RESULTS_KEPT)(self._make)

    def of(self, entries: Iterable[Entry]) -> list[Result]:
        """In their order, without records that are gone meanwhile."""
        return [result for entry in entries if (result := self._of(entry))]

    def _make(self, entry: Entry) -> Result | None:
        # An entry names the record's revision.
        return _to_result(self._store, entry)


#: Each takes about two kilobytes.
_RESULTS_KEPT = 1000


def _to_result(store: Store, entry: Entry) -> Result | None:
    found = store.find_representation(entry.entity, str(entry.id), Format.JSON)
    if found is None:
        return None
    value = json.loads(found.body)
    description = value.get("description")
    formats = (resource.get("format") for resource in value.get("resources", []))
    return Result(
        entry,
        description[:_DESCRIPTION] if isinstance(description, str) else "",
        value.get("maintainer") or value.get("author") or "",
        value["license"],
        tuple(dict.fromkeys(format for format in formats if format)),
        tuple(tag for tag in value.get("tags", []) if len(tag) <= MOST_VALUE),
        value["metadata_modified"],
        language_of(value),
    )
