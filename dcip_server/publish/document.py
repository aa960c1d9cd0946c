"""A query's bytes as one JSON object, strictly, with the place of what is wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import NoReturn

from dcip_server.entities import Json
from dcip_server.errors import UsageError

MAX_BYTES = 1 << 20
_MAX_DEPTH = 64


def read_document(data: bytes, name: str = "the query") -> Json:
    """The JSON value, of which nothing was repaired. ``name`` is what messages call the document.

    Raises :class:`UsageError` for what is no JSON (with line and column), no UTF-8, too large, nested
    too deeply, or not unambiguous: a member that occurs twice, a number that is none.
    """
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name} is larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name} is not UTF-8: byte 0x{data[error.start]:02x} in line {line}") from None
    try:
        value: Json = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise UsageError(f"invalid JSON at {place}: {error.msg}") from None
    except RecursionError:
        raise UsageError(f"{name} is nested too deeply") from None
    _check(value, name)
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            raise UsageError(f"{key!r} occurs twice in one object; which one is meant cannot be known")
        found[key] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise UsageError(f"invalid JSON: {name} is no number")


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise UsageError(f"the number {text[:20]} is too large")
    return number


def _int(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"the number {text[:20]}… has too many digits") from None


def _check(value: Json, name: str) -> None:
    """Refuse text that is no Unicode, and depths at which programs behind us may give up."""
    try:
        for text in texts(value):
            text.encode()
    except UnicodeEncodeError:
        # Not the text itself: it may be the key.
        raise UsageError(f"{name} holds text that is no Unicode: half a character, \\ud800 to \\udfff") from None
    except RecursionError:
        raise UsageError(f"{name} is nested too deeply: more than {_MAX_DEPTH} levels") from None


def texts(value: Json) -> Iterator[str]:
    """All texts in a value, and the names of all members. Raises RecursionError below 64 levels."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        yield from (item for item in level if isinstance(item, str))
        yield from (key for item in level if isinstance(item, dict) for key in item)
        objects = [child for item in level if isinstance(item, dict) for child in item.values()]
        level = objects + [child for item in level if isinstance(item, list) for child in item]
        if not level:
            return
    raise RecursionError
