"""An answer that is to be kept, and answers that depend on the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from dcip_server.export.places import place_of_query
from dcip_server.web.translations import LANGUAGES


@dataclass(frozen=True, slots=True)
class Wanted:
    """An answer and its place, ``None`` where it can have none. ``path`` is decoded, below the site.

    ``or_else`` are statuses with which there is nothing to keep.
    """

    path: str
    place: str | None
    query: str = ""
    language: str = ""
    status: int = 200
    or_else: tuple[int, ...] = ()
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Part:
    """Answers that depend on the same; where ``state`` is what it was, so are they. An empty one says nothing."""

    name: str
    state: str
    wanted: Iterable[Wanted]


def in_languages(path: str, place: Callable[[str], str | None], query: str = "", **how: Any) -> Iterator[Wanted]:
    """A page in each language of the interface; ``place`` gives that for the end of a file's name."""
    for language in LANGUAGES:
        yield Wanted(path, place(f".{language}.html"), query, language, **how)


def queried(path: str, name: str, query: str) -> Iterator[Wanted]:
    """A page with a query, spelled as the site's own links spell it, in each language; ``name`` is that of its place."""
    return in_languages(path, partial(place_of_query, name, query), query)
