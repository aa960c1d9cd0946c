"""A top-level JSON array of any length, decoded value by value from a window over the stream."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from io import BufferedReader

from dcip_server.entities import Json
from dcip_server.errors import SourceError
from dcip_server.formats.document import read_on
from dcip_server.formats.json_value import DECODER, Record, repeated_keys, skip_blanks

#: What tells where a value ends; a quote alone begins a string that goes on behind the window.
_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]+|[\]}]+|[",]', re.DOTALL)
_MOST_PASSED_OVER = 1 << 24


def array_records(head: bytes, stream: BufferedReader, max_bytes: int) -> Iterator[Record]:
    """Yield the values of the array that begins with ``head`` and goes on in the stream.

    A value that cannot be taken is passed over; where the array itself is malformed, it ends.
    """
    number = 0
    window = _Window(head, stream)
    try:
        window.position = window.find() + 1
        more = window.find_mark() != "]"
        while more:
            number += 1
            try:
                yield Record(f"record {number}", _value(window, max_bytes))
            except _UnfitError as error:
                more = _pass_over(window)
                yield Record(f"record {number}", error=SourceError(str(error)), cut_off=not more)
                if not more:
                    return
            mark = window.find_mark()
            if mark not in (",", "]"):
                raise SourceError(f"malformed JSON: ',' or ']' is due {window.line()}")
            window.position += 1
            more = mark == ","
            if more:
                window.find()
        if not number:
            window.position += 1
        if window.find_mark():
            raise SourceError(f"malformed JSON: more text after the array {window.line()}")
    except SourceError as error:
        yield Record(f"record {max(number, 1)}", error=error, cut_off=True)


class _UnfitError(Exception):
    """A value that is there whole, but cannot be taken."""


class _Window:
    """The part of the text that is in memory; what lies before ``position`` is done with."""

    def __init__(self, head: bytes, stream: BufferedReader) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._stream = stream
        self._bytes_read = 0
        self._lines_before = 0
        self._failure: SourceError | None = None
        self.ended = False
        self.text = ""
        self.position = 0
        self._take(head)

    def read(self) -> None:
        """Take in more text, as much again as is waiting. Raises :class:`SourceError` where it is damaged."""
        if self._failure is not None:
            raise self._failure
        if self.position:
            self._lines_before += self.text.count("\n", 0, self.position)
            self.text = self.text[self.position :]
            self.position = 0
        self._take(read_on(self._stream, len(self.text)))

    def _take(self, data: bytes) -> None:
        self._bytes_read += len(data)
        self.ended = not data
        try:
            self.text += self._decoder.decode(data, final=self.ended)
        except UnicodeDecodeError as error:
            # What comes before is sound; this is told when the reader gets here.
            self.text += error.object[: error.start].decode()
            offset = self._bytes_read - len(error.object) + error.start
            self._failure = SourceError(f"not UTF-8: byte 0x{error.object[error.start]:02x} at offset {offset}")

    def find(self) -> int:
        """Go to the next character that is no blank, reading on where needed; its position."""
        while (found := skip_blanks(self.text, self.position)) == len(self.text) and not self.ended:
            self.position = found
            self.read()
        self.position = found
        return found

    def find_mark(self) -> str:
        """The next character that is no blank, or ``""`` at the end of the text."""
        found = self.find()
        return self.text[found : found + 1]

    def line(self, position: int | None = None) -> str:
        end = self.position if position is None else position
        return f"(line {self._lines_before + self.text.count(chr(10), 0, end) + 1})"


def _value(window: _Window, max_bytes: int) -> Json:
    """The value at the window's position, which moves behind it."""
    repeated_keys()  # Those of a value before it, which was malformed.
    while True:
        try:
            value, end = DECODER.raw_decode(window.text, window.position)
            if end < len(window.text) or window.ended:
                window.position = end
                return value
        except json.JSONDecodeError as error:
            # A window's end looks like malformed text near its end; further in, it is malformed.
            near_end = error.pos > len(window.text) - 16 or error.msg.startswith("Unterminated string")
            if window.ended or not near_end:
                reason = "the document is cut off" if window.ended and near_end else error.msg
                raise SourceError(f"malformed JSON: {reason} {window.line(error.pos)}") from None
        except RecursionError:
            raise _UnfitError("nested too deeply") from None
        except ValueError as error:
            raise _UnfitError(f"malformed JSON: {error}") from None
        if len(window.text) - window.position > max_bytes:
            raise SourceError(f"longer than {max_bytes} bytes (IMPORT_MAX_RECORD_BYTES)")
        window.read()


def _pass_over(window: _Window) -> bool:
    """Go behind the value at the window's position without decoding it; whether its end was found.

    Not every end is looked for: nested brackets by the gigabyte are no value worth the time.
    """
    depth = passed = 0
    while passed <= _MOST_PASSED_OVER:
        start = window.position
        for found in _STRUCTURE.finditer(window.text, start):
            mark = found[0]
            if mark == '"':
                window.position = found.start()
                break
            window.position = found.end()
            if mark[0] in "[{":
                depth += len(mark)
            elif mark[0] != '"':
                closing = 0 if mark == "," else len(mark)
                if depth < closing or not depth:
                    window.position = found.start() + depth
                    return True
                depth -= closing
        else:
            window.position = len(window.text)
        passed += window.position - start
        if window.ended:
            window.position = len(window.text)
            return False
        window.read()
    return False
