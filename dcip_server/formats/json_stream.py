"""JSON documents as a stream of records: one object, an array, or one object a line (NDJSON).

An array of any length is read record by record. Only one record, or a document that is a single
object, has to fit into memory; ``max_bytes`` bounds that. NaN and infinities are refused.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader

from dcip_server.errors import SourceError
from dcip_server.formats.document import read_on
from dcip_server.formats.json_array import array_records
from dcip_server.formats.json_value import WHOLE_DOCUMENT, Record, decode


def records(stream: BufferedReader, max_bytes: int, *, named_lines: bool = False) -> Iterator[Record]:
    """Yield the records of a JSON document; ``named_lines`` says that its name promises one a line.

    What comes before a damaged part of the stream is yielded before its :class:`SourceError` is raised.
    """
    head = read_on(stream).removeprefix(codecs.BOM_UTF8)
    first = _NOT_BLANK.search(head)
    if first and first[0] == b"[":
        yield from array_records(head, stream, max_bytes)
        return
    if named_lines or (first and first[0] == b"{"):
        head = _read_lines(head, stream, max_bytes)
    if _is_lines(head, named_lines):
        yield from _lines(head, stream, max_bytes)
    else:
        yield _document(head, stream, max_bytes)


def _read_lines(head: bytes, stream: BufferedReader, max_bytes: int) -> bytes:
    """Read on until the first two lines are there, or all there is, or as much as one record may be."""
    # What is damaged is told when it is read again.
    with suppress(SourceError):
        while None in _first_lines(head) and len(head) <= max_bytes and (more := read_on(stream, len(head))):
            head += more
    return head


def _first_lines(head: bytes) -> tuple[bytes | None, bytes | None]:
    """The first two lines that are not blank; ``None`` for one that does not end in the head."""
    first, position = _line(head, 0)
    return first, None if first is None else _line(head, position)[0]


def _line(head: bytes, position: int) -> tuple[bytes | None, int]:
    """The line of the first character from the position on that is no blank, and where it ends."""
    begin = _NOT_BLANK.search(head, position)
    end = head.find(b"\n", begin.start()) if begin else -1
    return (head[begin.start() : end].rstrip(), end) if begin and end >= 0 else (None, end)


def _is_lines(head: bytes, named_lines: bool) -> bool:
    """Whether a line is a record: one of the first two is a complete object and the first is not left open.

    Where both are bad, the document's name decides.
    """
    first, second = _first_lines(head + b"\n")
    if first is None or second is None:
        return False
    if _is_object(first):
        return True
    if first.endswith((b"{", b"[", b",", b":")):
        return False
    return named_lines or _is_object(second)


_NOT_BLANK = re.compile(rb"[^ \t\r\n]")


def _is_object(line: bytes) -> bool:
    try:
        return line.startswith(b"{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(head: bytes, stream: BufferedReader, max_bytes: int) -> Iterator[Record]:
    """The lines, as many at once as are there; one that is too long to be held by itself."""
    rest, number, too_long = head, 1, False
    while True:
        lines, line_break, rest = rest.rpartition(b"\n")
        if line_break and too_long:
            yield _too_long(number, max_bytes)
            # The end of that line is in here, too.
            _, line_break, lines = lines.partition(b"\n")
            number, too_long = number + 1, False
        if line_break:
            yield Record(f"line {number}", text=lines, first_line=number)
            number += lines.count(b"\n") + 1
        if len(rest) > max_bytes:
            rest, too_long = b"", True
        more = read_on(stream, len(rest))
        if not more:
            break
        rest += more
    if too_long:
        yield _too_long(number, max_bytes)
    elif rest:
        yield Record(f"line {number}", text=rest, first_line=number)


def _too_long(number: int, max_bytes: int) -> Record:
    return Record(f"line {number}", error=SourceError(f"longer than {max_bytes} bytes (IMPORT_MAX_RECORD_BYTES)"))


def _document(head: bytes, stream: BufferedReader, max_bytes: int) -> Record:
    parts, size = [head], len(head)
    while chunk := read_on(stream):
        size += len(chunk)
        if size > max_bytes:
            error = SourceError(f"one object of more than {max_bytes} bytes (IMPORT_MAX_RECORD_BYTES)")
            return Record(WHOLE_DOCUMENT, error=error, cut_off=True)
        parts.append(chunk)
    try:
        return Record(WHOLE_DOCUMENT, decode(b"".join(parts)))
    except SourceError as error:
        return Record(WHOLE_DOCUMENT, error=error, cut_off=True)
