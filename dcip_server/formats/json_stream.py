"""JSON documents as a stream of records: one object, an array, or one object a line (NDJSON).

An array of any length is read record by record. Only one record, or a document that is a single
object, has to fit into memory; ``max_bytes`` bounds that. NaN and infinities are refused.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from dcip_server.entities import Json
from dcip_server.errors import SourceError

_CHUNK_BYTES = 1 << 18
_BLANKS = " \t\n\r"
_NOT_BLANK = re.compile(r"[^ \t\n\r]")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON value at its place ("line 3", "record 7", "document"), or why there is none.

    ``cut_off`` is set where the rest of the document cannot be read either.
    """

    place: str
    value: Json = None
    error: SourceError | None = None
    cut_off: bool = False


def records(stream: BinaryIO, max_bytes: int) -> Iterator[Record]:
    """Yield the records of a JSON document."""
    head = stream.read(_CHUNK_BYTES)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield Record("document", error=SourceError("UTF-16 is not allowed; JSON is UTF-8"), cut_off=True)
        return
    head = head.removeprefix(codecs.BOM_UTF8)
    if head.lstrip()[:1] == b"[":
        yield from _Array(head, stream, max_bytes).records()
    elif _is_lines(head):
        yield from _lines(head, stream, max_bytes)
    else:
        yield _document(head, stream, max_bytes)


def _is_lines(head: bytes) -> bool:
    """Whether one of the first two lines is a complete object with more to come after the first."""
    first, newline, rest = head.lstrip().partition(b"\n")
    second = rest.lstrip().partition(b"\n")[0]
    if not newline:
        return False
    return bool(rest.strip()) and (_is_object(first) or (second.startswith(b"{") and _is_object(second)))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def decode(text: str | bytes) -> Json:
    """One JSON value. Raises :class:`SourceError` saying where it is malformed."""
    try:
        if isinstance(text, bytes):
            text = text.decode()
        value, end = _DECODER.raw_decode(text, _skip_blanks(text, 0))
    except json.JSONDecodeError as error:
        raise SourceError(_where(error)) from None
    except UnicodeDecodeError as error:
        raise SourceError(f"not UTF-8: byte 0x{error.object[error.start]:02x} at offset {error.start}") from None
    except RecursionError:
        raise SourceError("nested too deeply") from None
    except ValueError as error:
        raise SourceError(f"malformed JSON: {error}") from None
    if _skip_blanks(text, end) < len(text):
        raise SourceError(f"malformed JSON: more text after the end of the value (character {end + 1})")
    return value


def _where(error: json.JSONDecodeError) -> str:
    return f"malformed JSON: {error.msg} (line {error.lineno}, column {error.colno})"


def _skip_blanks(text: str, position: int) -> int:
    match = _NOT_BLANK.search(text, position)
    return match.start() if match else len(text)


def _lines(head: bytes, stream: BinaryIO, max_bytes: int) -> Iterator[Record]:
    for number, line in enumerate(_split_lines(head, stream, max_bytes), 1):
        if line is None:
            error = SourceError(f"longer than {max_bytes} bytes (IMPORT_MAX_RECORD_BYTES)")
            yield Record(f"line {number}", error=error)
        elif line.strip():
            try:
                yield Record(f"line {number}", decode(line))
            except SourceError as error:
                yield Record(f"line {number}", error=error)


def _split_lines(head: bytes, stream: BinaryIO, max_bytes: int) -> Iterator[bytes | None]:
    """The lines; ``None`` for one that is too long to be held."""
    buffer, too_long = head, False
    while True:
        *lines, buffer = buffer.split(b"\n")
        for line in lines:
            yield None if too_long else line
            too_long = False
        if len(buffer) > max_bytes:
            buffer, too_long = b"", True
        chunk = stream.read(max(_CHUNK_BYTES, len(buffer)))
        if not chunk:
            break
        buffer += chunk
    if buffer or too_long:
        yield None if too_long else buffer


def _document(head: bytes, stream: BinaryIO, max_bytes: int) -> Record:
    parts, size = [head], len(head)
    while chunk := stream.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > max_bytes:
            error = SourceError(f"one object of more than {max_bytes} bytes (IMPORT_MAX_RECORD_BYTES)")
            return Record("document", error=error, cut_off=True)
        parts.append(chunk)
    try:
        return Record("document", decode(b"".join(parts)))
    except SourceError as error:
        return Record("document", error=error, cut_off=True)


class _Array:
    """A top-level array, decoded value by value from a window over the stream."""

    def __init__(self, head: bytes, stream: BinaryIO, max_bytes: int) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._stream = stream
        self._max_bytes = max_bytes
        self._ended = False
        self._bytes_read = 0
        self._lines_before = 0
        self._text = ""
        self._take(head)

    def records(self) -> Iterator[Record]:
        number = 0
        try:
            self._drop(self._skip(0) + 1)
            while True:
                position = self._skip(0)
                if self._text[position : position + 1] == "]" and number == 0:
                    self._drop(position + 1)
                    break
                number += 1
                self._drop(position)
                value = self._value()
                yield Record(f"record {number}", value)
                position = self._skip(0)
                mark = self._text[position : position + 1]
                self._drop(position + 1)
                if mark == "]":
                    break
                if mark != ",":
                    raise SourceError(f"malformed JSON: ',' or ']' is due {self._line(0)}")
            if self._skip(0) < len(self._text):
                raise SourceError(f"malformed JSON: more text after the array {self._line(0)}")
        except UnicodeDecodeError as error:
            offset = self._bytes_read - len(error.object) + error.start
            yield self._failed(number, f"not UTF-8: byte 0x{error.object[error.start]:02x} at offset {offset}")
        except SourceError as error:
            yield self._failed(number, str(error))

    def _failed(self, number: int, reason: str) -> Record:
        return Record(f"record {max(number, 1)}", error=SourceError(reason), cut_off=True)

    def _take(self, data: bytes) -> None:
        self._bytes_read += len(data)
        self._ended = not data
        self._text += self._decoder.decode(data, final=self._ended)

    def _drop(self, count: int) -> None:
        self._lines_before += self._text.count("\n", 0, count)
        self._text = self._text[count:]

    def _line(self, position: int) -> str:
        return f"(line {self._lines_before + self._text.count(chr(10), 0, position) + 1})"

    def _skip(self, position: int) -> int:
        """The position of the next character that is no blank; reads on, and forgets blanks."""
        while (found := _skip_blanks(self._text, position)) == len(self._text) and not self._ended:
            self._drop(found)
            position = 0
            self._take(self._stream.read(_CHUNK_BYTES))
        return found

    def _value(self) -> Json:
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text)
                if end < len(self._text) or self._ended:
                    self._drop(end)
                    return value
            except json.JSONDecodeError as error:
                # A window's end looks like malformed text near its end; further in, it is malformed.
                near_end = error.pos > len(self._text) - 16 or error.msg.startswith("Unterminated string")
                if self._ended or not near_end:
                    reason = "the document is cut off" if self._ended and near_end else error.msg
                    raise SourceError(f"malformed JSON: {reason} {self._line(error.pos)}") from None
            except RecursionError:
                raise SourceError("nested too deeply") from None
            except ValueError as error:
                raise SourceError(f"malformed JSON: {error}") from None
            if len(self._text) > self._max_bytes:
                raise SourceError(f"longer than {self._max_bytes} bytes (IMPORT_MAX_RECORD_BYTES)")
            self._take(self._stream.read(max(_CHUNK_BYTES, len(self._text))))
