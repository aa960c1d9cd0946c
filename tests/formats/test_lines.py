"""NDJSON line by line: each line is told by its number, however the bytes come and whatever the others are."""

from __future__ import annotations

import io
import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from dcip_server.formats import parse
from dcip_server.formats.document import Document

_MOST_BYTES = 200


class _Pieces(io.RawIOBase):
    """A stream that gives so many bytes at once, again and again."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._left = data
        self._sizes = sizes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = self._sizes[0]
        self._sizes = [*self._sizes[1:], size]
        part, self._left = self._left[: min(size, len(buffer))], self._left[min(size, len(buffer)) :]
        buffer[: len(part)] = part
        return len(part)


def _record(id: str) -> bytes:
    return json.dumps({"id": id, "title": "T"}).encode()


#: A line, and what is said of it: the record's id, or the beginning of the error.
_LINES = {
    _record("a"): "a",
    _record("b") + b"\r": "b",
    b'  {"id": "c", "title": "T"} ': "c",
    b"": None,
    b" \t\r": None,
    b"{broken": "malformed JSON",
    b"[]": "an object is due",
    b'{"id": "no title"}': "title is missing",
    json.dumps({"id": "long", "title": "T" * 1000}).encode(): "longer than",
}


_BEGINNING = {_record("first"): "first", _record("second"): "second"}


def _said(data: bytes, sizes: list[int], format: str | None) -> list[tuple[str, str]]:
    document = Document("catalog.ndjson", io.BufferedReader(_Pieces(data, sizes), 64), "ndjson")
    items = parse(document, format, _MOST_BYTES)
    return [(item.place, str(item.entity.id if item.entity else item.error)) for item in items]


@given(
    st.lists(st.sampled_from(sorted(_LINES)), max_size=30),
    st.lists(st.integers(1, 700), min_size=1, max_size=5),
    st.booleans(),
    st.sampled_from(["dcip", None]),
)
@example([_record("a")] * 3, [1], True, "dcip")
def test_each_line_is_a_record_or_an_error_at_its_number(
    lines: list[bytes], sizes: list[int], ends: bool, format: str | None
) -> None:
    # What the document is, is told by its first two lines.
    lines = [*_BEGINNING, *lines]
    said = _said(b"\n".join(lines) + (b"\n" if ends else b""), sizes, format)
    found = [({**_LINES, **_BEGINNING}[line], f"line {number}") for number, line in enumerate(lines, 1)]
    due = [(place, text) for text, place in found if text is not None]
    assert [place for place, _ in said] == [place for place, _ in due]
    for (place, text), (_, beginning) in zip(said, due, strict=True):
        # A long line that is there at once is as good as any.
        assert text.startswith(beginning) or (beginning == "longer than" and text == "long"), place
