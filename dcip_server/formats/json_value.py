"""One JSON value, strictly: NaN and infinities are refused, and errors say where; and its one text."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple, NoReturn

import orjson

from dcip_server.entities import Json
from dcip_server.errors import SourceError

_NOT_BLANK = re.compile(r"[^ \t\n\r]")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class _Repeated(threading.local):
    """Keys that objects decoded by this thread had more than once."""

    def __init__(self) -> None:
        self.keys: list[str] = []


_repeated = _Repeated()
_MOST_REPEATED = 10


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) < len(pairs) and len(_repeated.keys) < _MOST_REPEATED:
        _repeated.keys += (key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
    return value


def repeated_keys() -> list[str]:
    """Keys that an object had more than once in what this thread has decoded since this was called last; each once.

    JSON leaves open what such an object means; here the last value is taken.
    """
    found, _repeated.keys = _repeated.keys, []
    return list(dict.fromkeys(found))


DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_object)


#: The place of a document's only value.
WHOLE_DOCUMENT = "document"


class Record(NamedTuple):
    """One JSON value at its place ("line 3", "record 7", "document"), or why there is none.

    A value that is not decoded yet is there as ``text``; with ``first_line`` that is several, one a line, of which the
    first has that number. ``cut_off`` is set where the rest of the document cannot be read either.
    """

    place: str
    value: Json = None
    text: bytes | None = None
    error: SourceError | None = None
    cut_off: bool = False
    first_line: int = 0

    def single(self) -> Iterator[Record]:
        """The records that it is, each by itself."""
        if not self.first_line or self.text is None:
            yield self
            return
        for number, line in enumerate(self.text.split(b"\n"), self.first_line):
            if line.strip():
                yield Record(f"line {number}", text=line)


def decode(text: str | bytes) -> Json:
    """One JSON value. Raises :class:`SourceError` saying where it is malformed."""
    _repeated.keys = []
    try:
        if isinstance(text, bytes):
            text = text.decode()
        value, end = DECODER.raw_decode(text, skip_blanks(text, 0))
    except json.JSONDecodeError as error:
        raise SourceError(_where(error)) from None
    except UnicodeDecodeError as error:
        raise SourceError(f"not UTF-8: byte 0x{error.object[error.start]:02x} at offset {error.start}") from None
    except RecursionError:
        raise SourceError("nested too deeply") from None
    except ValueError as error:
        raise SourceError(f"malformed JSON: {error}") from None
    if skip_blanks(text, end) < len(text):
        raise SourceError(f"malformed JSON: more text after the end of the value (character {end + 1})")
    return value


def _where(error: json.JSONDecodeError) -> str:
    return f"malformed JSON: {error.msg} (line {error.lineno}, column {error.colno})"


def skip_blanks(text: str, position: int) -> int:
    """The position of the next character that is no blank, or the text's length."""
    match = _NOT_BLANK.search(text, position)
    return match.start() if match else len(text)


def with_bytes_as_text(value: Json) -> Json:
    """The value with bytes that a source's tool did not know how to read taken as Windows-1252.

    Python writes such bytes as U+DC80 to U+DCFF, which are no characters; what is none of these stays
    as it is. The same object comes back where there is nothing to do.
    """
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return _with_bytes_as_text(value)
    return value


def _with_bytes_as_text(value: Json) -> Json:
    if isinstance(value, str):
        return _STRAY_BYTE.sub(lambda match: bytes([ord(match[0]) - 0xDC00]).decode("cp1252", "replace"), value)
    if isinstance(value, list):
        return [_with_bytes_as_text(item) for item in value]
    if isinstance(value, dict):
        return {_with_bytes_as_text(key): _with_bytes_as_text(item) for key, item in value.items()}
    return value


_STRAY_BYTE = re.compile("[\udc80-\udcff]")


def place_in(value: Json, is_sought: Callable[[Json], bool]) -> str:
    """Where in a value the first key or value is that is sought: ``resources, number 2, size``; ``""`` for nowhere."""
    if isinstance(value, dict):
        steps = [(_printable(key), key, item) for key, item in value.items()]
    elif isinstance(value, list):
        steps = [(f"number {number}", None, item) for number, item in enumerate(value, 1)]
    else:
        return ""
    for step, key, item in steps:
        if is_sought(key) or is_sought(item):
            return step
        if below := place_in(item, is_sought):
            return f"{step}, {below}"
    return ""


def _printable(key: str) -> str:
    return key.encode("utf-8", "backslashreplace").decode()


def canonical_json(value: Json) -> str:
    """JSON text with sorted keys and no blanks; raises ValueError for NaN and infinities."""
    # Of a text alone Python's own is as fast.
    text = None if type(value) is str else _dumped(value, _PLAIN_VALUES | orjson.OPT_SORT_KEYS)
    return _CANONICAL.encode(value) if text is None else text.decode()


def json_bytes(value: Json) -> bytes:
    """JSON in UTF-8 without blanks, keys as they come.

    Raises ValueError for NaN and infinities, and as one of its kind UnicodeEncodeError for lone surrogates.
    """
    text = _dumped(value, _PLAIN_VALUES)
    return _AS_IT_COMES.encode(value).encode() if text is None else text


def _dumped(value: Json, options: int) -> bytes | None:
    """What the library at hand for speed makes of the value; ``None`` where Python's own gives other text, or an error.

    That is so for infinities, which it takes for null, for numbers below 0.0001, which it writes 0.00001 and 1e-7 and
    not 1e-05 and 1e-07, and for integers beyond 64 bits, lone surrogates and very deep nesting, which it refuses.
    """
    try:
        text = orjson.dumps(value, option=options)
    except TypeError:
        return None
    is_doubtful = not _WRITES_NUMBERS_ALIKE or b"null" in text or b"0.0000" in text or _SMALL_NUMBER.search(text)
    return None if is_doubtful else text


_PLAIN_VALUES = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
#: Or a text that looks like one.
_SMALL_NUMBER = re.compile(rb"e-[1-9](?![0-9])")


def geojson_text(value: Json) -> str:
    """As :func:`canonical_json`. The last one is remembered: a record's outline is written twice, and can be long."""
    # What is replaced is whole, so threads do not matter.
    global _last_geojson
    last, text = _last_geojson
    if last is not value:
        text = canonical_json(value)
        _last_geojson = (value, text)
    return text


_last_geojson: tuple[Json, str] = (None, "")
_AS_IT_COMES = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_CANONICAL = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))

#: One of each way in which other numbers are written, which has changed between releases of orjson.
_NUMBERS = [0.0001, 0.1, -0.0, 1.0, 1e15, 1e16, 1e22, 123456789012345680.0, 1.5e300, 1.5e-10, 2**64 - 1, -(2**63)]
_WRITES_NUMBERS_ALIKE = orjson.dumps(_NUMBERS).decode() == _AS_IT_COMES.encode(_NUMBERS)


def json_or_none(text: str) -> Json | None:
    """The JSON object that the text is, or ``None``; numbers that JSON does not have make it none."""
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else None
        canonical_json(value)
    except (ValueError, RecursionError):
        return None
    return value


def shown(value: Json) -> str:
    """The value as a message shows it: its JSON in ASCII, of which a long one is cut.

    A number that is infinite to us was written with more digits, or a larger exponent, than we can hold.
    """
    text = _STRING_OR_INFINITY.sub(
        lambda found: found[0] if found[0].startswith('"') else f"a number beyond {found[1]}1.8e308", json.dumps(value)
    )
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


_LONGEST_SHOWN = 60
_STRING_OR_INFINITY = re.compile(r'"(?:[^"\\]|\\.)*"|(-?)Infinity')
