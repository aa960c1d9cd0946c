"""The full-text index in the words of each database: FTS5 in SQLite, tsvector in PostgreSQL.

Both hold the words of :mod:`dcip_server.store.words`, in three parts: title, tags, and the rest.
``FULL_TEXT`` gives the dialect's row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Delete, Integer, bindparam, cast, column, delete, literal, table
from sqlalchemy.dialects.postgresql import TSQUERY

from dcip_server.store.driver import Driver
from dcip_server.store.words import GAP, Phrase

#: Words of one record that are indexed: of a title of a megabyte the beginning will do.
MOST_WORDS = 10_000
_PARTS = ("title", "tags", "rest")

#: One row a live record, made by a migration; its columns differ from one database to the other.
full_text = table("full_text", column("rowid", Integer), column("record", Integer), column("document"))


#: The words of one record by part, title, tags and rest, with blanks between them.
Document = tuple[str, str, str]


def document(title: Sequence[str], tags: Sequence[str], rest: Sequence[str]) -> Document:
    """A record's document: altogether at most :data:`MOST_WORDS` words."""
    if len(title) + len(tags) + len(rest) > MOST_WORDS:
        title = title[:MOST_WORDS]
        tags = tags[: MOST_WORDS - len(title)]
        rest = rest[: MOST_WORDS - len(title) - len(tags)]
    return " ".join(title), " ".join(tags), " ".join(rest)


@dataclass(frozen=True, slots=True)
class FullText:
    """``record`` is the column with the record's number; ``insert`` takes (number, document) rows.

    ``matches(phrases, parts)`` is the condition that all phrases occur in the first ``parts`` of
    title, tags and rest.
    """

    record: ColumnElement[int]
    insert: Callable[[Driver, list[tuple[int, Document]]], None]
    matches: Callable[[tuple[Phrase, ...], int], ColumnElement[bool]]

    def remove(self, driver: Driver, numbers: list[int]) -> None:
        """Take records out of the index."""
        driver.run(_delete_from(self.record), numbers=numbers)


@lru_cache
def _delete_from(record: ColumnElement[int]) -> Delete:
    return delete(full_text).where(record.in_(bindparam("numbers", expanding=True)))


# --- SQLite ---


def _insert_fts5(driver: Driver, rows: list[tuple[int, Document]]) -> None:
    values = [(number, *document) for number, document in rows]
    driver.many("INSERT INTO full_text (rowid, title, tags, rest) VALUES (?, ?, ?, ?)", values)


def _matches_fts5(phrases: tuple[Phrase, ...], parts: int) -> ColumnElement[bool]:
    words = " AND ".join(f'"{" ".join(phrase.words)}"{" *" if phrase.prefix else ""}' for phrase in phrases)
    if parts < len(_PARTS):
        words = f"{{{' '.join(_PARTS[:parts])}}} : ({words})"
    return column("full_text").op("MATCH")(literal(words))


# --- PostgreSQL ---

#: Positions beyond this one are not kept apart, and a word has at most so many.
_LAST_POSITION = 16_383
_MOST_POSITIONS = 255


def _insert_tsvector(driver: Driver, rows: list[tuple[int, Document]]) -> None:
    statement = "INSERT INTO full_text (record, document) VALUES (%s, CAST(%s AS tsvector))"
    driver.many(statement, [(number, _tsvector(document)) for number, document in rows])


def _tsvector(document: Document) -> str:
    found: dict[str, list[str]] = {}
    position = 0
    for weight, part in zip("ABC", document, strict=True):
        # No phrase goes from one part to the next.
        position += 1
        for word in part.split():
            position = min(position + 1, _LAST_POSITION)
            if word != GAP:
                found.setdefault(word, []).append(f"{position}{weight}")
    return " ".join(f"'{word}':{','.join(places[:_MOST_POSITIONS])}" for word, places in found.items())


def _tsquery(phrases: tuple[Phrase, ...], parts: int) -> ColumnElement[Any]:
    where = "ABC"[:parts] if parts < 3 else ""
    wanted = []
    for phrase in phrases:
        words = [f"'{word}':{where}" if where else f"'{word}'" for word in phrase.words]
        if phrase.prefix:
            words[-1] += "*" if where else ":*"
        wanted.append("(" + " <-> ".join(words) + ")")
    return cast(literal(" & ".join(wanted)), TSQUERY)


def _matches_tsvector(phrases: tuple[Phrase, ...], parts: int) -> ColumnElement[bool]:
    return full_text.c.document.op("@@")(_tsquery(phrases, parts))


FULL_TEXT = {
    "sqlite": FullText(full_text.c.rowid, _insert_fts5, _matches_fts5),
    "postgresql": FullText(full_text.c.record, _insert_tsvector, _matches_tsvector),
}
