"""JSON of other vocabularies: one table for each, its rows read and written by the same shapes.

A row takes a value out of a source's object only where its shape can write exactly that value again.
Anything else stays in the object too, which the format module keeps under a key of its own. So a
table can grow or shrink, and nothing that a source says is ever lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from dcip_server.entities import Json
from dcip_server.errors import RecordError
from dcip_server.formats.dates import iso8601, read_date, read_time
from dcip_server.formats.dcip import refuse
from dcip_server.formats.geometry import is_geojson, read_geometry


def _is_same(written: Json, given: Json) -> bool:
    """Equality in JSON, where 1, 1.0 and true are three values."""
    return type(written) is type(given) and json.dumps(written, sort_keys=True) == json.dumps(given, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a vocabulary writes one kind of value.

    ``read`` gives our value, or ``None`` for what is not of the shape; ``write`` the source's.
    ``same`` says of what is written and what was given whether they say the same. ``tidy`` is what is written for a
    value of ours that no source in this vocabulary would have given.
    """

    read: Callable[[Json], Json | None]
    write: Callable[[Json], Json]
    same: Callable[[Json, Json], bool] = _is_same
    tidy: Callable[[Json], Json | None] = lambda value: value


@dataclass(frozen=True, slots=True)
class Row:
    """Our ``key`` and the ``names`` it is read from: the first that holds a value; it is written under the first."""

    key: str
    names: tuple[str, ...]
    shape: Shape


def take(rest: dict[str, Json], rows: tuple[Row, ...]) -> dict[str, Json]:
    """Move what the rows say out of ``rest``; returns it under our keys."""
    found: dict[str, Json] = {}
    for row in rows:
        for name in row.names:
            if (value := row.shape.read(rest.get(name))) is not None:
                found[row.key] = value
                if row.shape.same(row.shape.write(value), rest[name]):
                    del rest[name]
                break
    return found


#: What a record cannot be without, and what is due there.
_REQUIRED = {"id": "a text or a whole number", "title": "a text"}


def check_required(source: Mapping[str, Json], record: Mapping[str, Json], rows: tuple[Row, ...]) -> None:
    """Raise :class:`RecordError` where what a record needs is not missing, but of a kind that its row does not read."""
    for row in rows:
        if row.key in _REQUIRED and record.get(row.key) is None:
            for name in row.names:
                if not isinstance(given := source.get(name), str) and given not in (None, [], {}):
                    refuse(name, given, _REQUIRED[row.key])


def require_id(record: Mapping[str, Json], *names: str) -> None:
    """Raise :class:`RecordError` for a record without an id; ``names`` are the source's keys for one."""
    if record.get("id") in (None, ""):
        *others, last = names
        raise RecordError(
            f"id is missing; every record needs one ({' or '.join(filter(None, (', '.join(others), last)))})"
        )


def give(record: Mapping[str, Json], rows: tuple[Row, ...]) -> dict[str, Json]:
    """What the rows write of a record of ours, whatever it came from: the way back of :func:`take`.

    A value that a row could not read again as it is has no place in the vocabulary, and is left out.
    """
    written: dict[str, Json] = {}
    for row in rows:
        if row.key in record and row.names[0] not in written:
            try:
                given = row.shape.tidy(record[row.key])
                value = row.shape.write(given)
            except (AttributeError, KeyError, TypeError):
                # Not of the type that the shape is for: further keys hold whatever a source says.
                continue
            if value is not None and row.shape.read(value) == given:
                written[row.names[0]] = value
    return written


def objects(key: str, value: Json) -> Iterator[dict[str, Json]]:
    """Copies of a list's objects. Raises :class:`RecordError` naming what is no list or no object."""
    if not isinstance(value, list):
        refuse(key, value, "a list of objects")
    for number, item in enumerate(value, 1):
        if not isinstance(item, dict):
            refuse(f"{key}, number {number}", item, "an object")
        yield dict(item)


def _same(value: Json) -> Json:
    return value


def _read_text(value: Json) -> str | None:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return json.dumps(value)
    return _in_preferred_language(value)


#: What a language is named by.
LANGUAGE_TAG = re.compile("[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")


def _in_preferred_language(value: Json) -> str | None:
    """One text of ``{"en": …, "fr": …}``: English, or else the first by tag."""
    if not isinstance(value, dict):
        return None
    if not all(LANGUAGE_TAG.fullmatch(tag) for tag in value):
        return None
    texts = {tag: text for tag, text in value.items() if isinstance(text, str) and text.strip()}
    return texts.get("en") or (texts[min(texts)] if texts else None)


def translations(source: Mapping[str, Json], names: Mapping[str, tuple[str, ...]]) -> dict[str, Json]:
    """Texts by language, of ours by the names that a source has for them: ``{"translations": {"title": {"de": …, "fr": …}}}``."""
    found = {
        key: texts
        for key, given in names.items()
        if (texts := next(filter(None, (_by_language(source.get(name)) for name in given)), None))
    }
    return {"translations": found} if found else {}


def _by_language(value: Json) -> dict[str, str]:
    """The texts of an object of such alone, by tags as RDF has them."""
    if _in_preferred_language(value) is None:
        return {}
    return {
        tag.replace("_", "-").lower(): text for tag, text in value.items() if isinstance(text, str) and text.strip()
    }


def _read_id(value: Json) -> str | int | None:
    if isinstance(value, dict):
        value = value.get("@id")
    return value if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip() else None


def _read_texts(value: Json) -> list[str] | None:
    given = value if isinstance(value, list) else [value]
    return _read_keywords(given) if all(isinstance(text, str) for text in given) else None


def _read_keywords(value: Json) -> list[str] | None:
    # They are a set to the catalog: said twice is said once.
    texts = [text.strip() for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
    return list(dict.fromkeys(filter(None, texts))) or None


def _read_time(value: Json) -> str | None:
    return read_time(_written(value))


def _read_date(value: Json) -> str | None:
    text = _written(value)
    return read_date(text) or (text if text.strip() else None)


def _written(value: Json) -> str:
    """The text of a string or a number (an epoch), else none."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _is_same_time(written: Json, given: Json) -> bool:
    """Whether both are the same in ISO 8601, where a time says the same in whatever zone."""
    if not isinstance(given, str):
        return False
    return written == given or iso8601(written) == (iso8601(given) or "")


def _read_size(value: Json) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _read_geojson(value: Json) -> Json | None:
    if isinstance(value, str):
        return read_geometry(value)
    return value if is_geojson(value) else None


def is_true(value: Json) -> bool:
    """Whether a source says yes: ``true``, also with quotes, or 1."""
    return value is True or value == 1 or (isinstance(value, str) and value.strip().casefold() in ("true", "1"))


def member(name: str, shape: Shape, beside: Mapping[str, Json] | None = None) -> Shape:
    """The shape of an object that holds the value under ``name``, and usually ``beside`` next to it."""

    def read(value: Json) -> Json | None:
        return shape.read(value.get(name)) if isinstance(value, dict) else None

    return Shape(read, lambda value: {**(beside or {}), name: shape.write(value)})


def either(*shapes: Shape) -> Shape:
    """The first of the shapes that a value has; written as the first."""

    def read(value: Json) -> Json | None:
        return next((found for shape in shapes if (found := shape.read(value)) is not None), None)

    return Shape(read, shapes[0].write)


def one_of(names: Mapping[str, str]) -> Shape:
    """The shape of a word of a list; ``names`` maps the source's words to ours, one to one."""
    back = {ours: theirs for theirs, ours in names.items()}
    return Shape(lambda value: names.get(value) if isinstance(value, str) else None, lambda value: back[value])


STRING = Shape(lambda value: value if isinstance(value, str) and value.strip() else None, _same)
#: A string, or a number or text by language, of which one is shown.
TEXT = Shape(_read_text, _same)
ID = Shape(_read_id, _same)
TEXTS = Shape(_read_texts, _same)
#: The texts of a list, whatever else stands in it.
KEYWORDS = Shape(_read_keywords, _same, tidy=_read_keywords)
#: A time of the record or of its data, in UTC.
TIME = Shape(_read_time, _same, _is_same_time)
#: A date or time, a time without a zone stays without; what else stands in its place is taken as it is.
DATE = Shape(_read_date, _same)
#: A size says the same whether it has quotes or not.
SIZE = Shape(_read_size, _same, lambda written, given: str(written) == str(given))
GEOJSON = Shape(_read_geojson, _same)
