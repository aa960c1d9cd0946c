"""Records in JSON of any vocabulary: which one it is, what they come in, and the entities in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dcip_server.entities import Dataset, Json
from dcip_server.errors import RecordError, SourceError, WithheldError
from dcip_server.formats import ckan, dcat_us_catalog, dcip, ib1, json_stream, pod, sniff, udata
from dcip_server.formats.document import Document
from dcip_server.formats.item import Item, Piece, items_of
from dcip_server.formats.json_value import WHOLE_DOCUMENT, Record, decode, repeated_keys, shown, with_bytes_as_text
from dcip_server.formats.placeholders import is_placeholder


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """A JSON vocabulary: how its records and what they come in are known, and how they are read.

    ``withheld`` says by what a record is declared not to be public, if it is, ``remarks`` what is to be said of one
    that is taken. ``unwrap`` raises :class:`SourceError`, ``parse_record`` :class:`RecordError`.
    """

    is_record: Callable[[Mapping[str, Json]], bool]
    parse_record: Callable[[Mapping[str, Json]], Dataset]
    is_envelope: Callable[[Mapping[str, Json]], bool] = lambda _: False
    unwrap: Callable[[Mapping[str, Json]], Iterator[Json]] = lambda _: iter(())
    withheld: Callable[[Mapping[str, Json]], str | None] = lambda _: None
    remarks: Callable[[Mapping[str, Json]], tuple[str, ...]] = lambda _: ()


#: In the order in which they are tried; the draft's own JSON is what is none of these.
JSON_FORMATS = {
    "udata": JsonFormat(
        udata.is_record, udata.parse_record, udata.is_envelope, udata.unwrap, udata.withheld, udata.remarks
    ),
    "ckan": JsonFormat(ckan.is_record, ckan.parse_record, ckan.is_envelope, ckan.unwrap, ckan.withheld, ckan.remarks),
    "pod": JsonFormat(pod.is_record, pod.parse_record, pod.is_envelope, dcat_us_catalog.unwrap),
    "ib1": JsonFormat(ib1.is_record, ib1.parse_record, remarks=ib1.remarks),
}

#: Formats that ``--format`` may name.
FORMATS = ("dcip", "dcat", *JSON_FORMATS)

_NO_CATALOGS = (
    ("a DCIP change list: it names datasets but does not hold them", {"change_type", "url"}),
    ("a MISP query, not a catalog", {"returnFormat"}),
)
_DCIP_MARKS = {"title", "resources", "license"}
#: What a decoded record is taken to need where the length of its text is not known.
_RECORD_BYTES = 1 << 12


class JsonPiece(NamedTuple):
    """A decoded record and its format, ``None`` where it is of none that we read."""

    place: str
    value: Json
    format: str | None
    size_bytes: int = _RECORD_BYTES
    records: int = 1
    alone: bool = False

    def items(self) -> Iterable[Item]:
        """The record."""
        return (parse_record(self.place, self.value, self.format),)


class TextPiece(NamedTuple):
    """The text of one JSON value in a document whose format is known already."""

    place: str
    text: bytes
    format: str
    records: int = 1
    alone: bool = False

    @property
    def size_bytes(self) -> int:
        """The text's length."""
        return len(self.text)

    def items(self) -> Iterator[Item]:
        """The value's records, or why there is none. Raises :class:`SourceError` as ``unwrap`` does."""
        try:
            value = decode(self.text)
        except SourceError as error:
            yield Item(self.place, error=RecordError(str(error)))
            return
        yield from _repeated(self.place)
        for piece in _pieces_of_value(self.place, value, self.format):
            yield from piece.items()


class LinesPiece(NamedTuple):
    """The text of some lines, one JSON value each, in a document whose format is known already."""

    first_line: int
    text: bytes
    format: str
    alone: bool = False

    @property
    def size_bytes(self) -> int:
        """The text's length."""
        return len(self.text)

    @property
    def records(self) -> int:
        """One a line."""
        return self.text.count(b"\n") + 1

    def items(self) -> Iterator[Item]:
        """The records, line by line, or why there is none."""
        for line in Record("", text=self.text, first_line=self.first_line).single():
            yield from items_of(TextPiece(line.place, line.text or b"", self.format))


def json_pieces(document: Document, format: str | None, max_record_bytes: int) -> Iterator[Piece]:
    """The records of a JSON document in order. The first that is of a known format says what all of them are.

    Raises :class:`SourceError` where the document cannot be read to its end.
    """
    named_lines = sniff.is_named_lines(document)
    for some in json_stream.records(document.stream, max_record_bytes, named_lines=named_lines):
        if some.first_line and format is not None:
            yield LinesPiece(some.first_line, some.text or b"", format)
            continue
        for record in some.single():
            for piece in _pieces_of_record(record, format):
                if isinstance(piece, JsonPiece):
                    format = format or piece.format
                yield piece


def _pieces_of_record(record: Record, format: str | None) -> Iterator[JsonPiece | TextPiece | Item]:
    """The records of one value of a document. Raises :class:`SourceError` where the rest of that cannot be read either."""
    try:
        if record.error is not None:
            raise record.error
        if record.text is not None and format is not None:
            yield TextPiece(record.place, record.text, format)
            return
        value = record.value if record.text is None else decode(record.text)
    except SourceError as error:
        if record.cut_off:
            raise SourceError(f"{record.place}: {error}") from None
        yield Item(record.place, error=RecordError(str(error)))
        return
    yield from _repeated(record.place)
    yield from _pieces_of_value(record.place, value, format)


def _repeated(place: str) -> Iterator[Item]:
    """What is to be said of the value that was decoded just now, at its place."""
    if keys := repeated_keys():
        named = ", ".join(map(shown, keys))
        yield Item(place, remarks=(f"more than once in one object: {named}; the last value is taken",))


def _pieces_of_value(place: str, value: Json, format: str | None) -> Iterator[JsonPiece]:
    """The records of one JSON value, each with its format."""
    candidates = JSON_FORMATS if format is None else JSON_FORMATS.keys() & {format}
    for name in candidates:
        if isinstance(value, dict) and JSON_FORMATS[name].is_envelope(value):
            # Of several in one document, which of them it is has to be told.
            outer = "" if place == WHOLE_DOCUMENT else f"{place}, "
            for number, record in enumerate(JSON_FORMATS[name].unwrap(value), 1):
                yield JsonPiece(f"{outer}record {number}", record, name)
            return
    yield JsonPiece(place, value, format or _detect(value))


def _detect(value: Json) -> str | None:
    if not isinstance(value, dict):
        return None
    for name, format in JSON_FORMATS.items():
        if format.is_record(value):
            return name
    return None if _describe(value) else "dcip"


def _describe(value: Mapping[str, Json]) -> str | None:
    """What an object is that no format of ours reads, or ``None`` for what looks like the draft's."""
    for description, keys in _NO_CATALOGS:
        if keys <= value.keys() and not {"title", "resources"} <= value.keys():
            return description
    if _DCIP_MARKS.isdisjoint(value):
        return f"not recognised as any of: {', '.join(FORMATS)}"
    return None


def parse_record(place: str, value: Json, format: str | None) -> Item:
    """The record that a JSON value is in that format, or why it is none."""
    if not isinstance(value, dict):
        kind = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}.get(type(value), "a number")
        return Item(place, error=RecordError(f"an object is due, got {kind}"))
    if format is None:
        return Item(place, error=RecordError(_describe(value) or ""))
    try:
        if format == "dcip":
            return _public(Item(place, entity=dcip.parse_dataset(value)), dcip.withheld(value))
        return _parse(place, value, JSON_FORMATS[format])
    except RecordError as error:
        return _public(Item(place, error=error), _withheld(value, format))
    except RecursionError:
        return Item(place, error=RecordError("nested too deeply"))


def _parse(place: str, value: dict[str, Json], format: JsonFormat) -> Item:
    repaired = with_bytes_as_text(value)
    remarks = () if repaired is value else ("bytes that were no UTF-8 are read as Windows-1252",)
    entity = format.parse_record(repaired)
    if isinstance(entity.id, str) and is_placeholder(entity.id):
        reason = f"id {entity.id!r} is a placeholder and identifies nothing; give the record an id of its own"
        raise RecordError(reason, entity.id, entity.entity_type)
    return _public(Item(place, entity=entity, remarks=remarks + format.remarks(repaired)), format.withheld(repaired))


def _withheld(value: Mapping[str, Json], format: str) -> str | None:
    return dcip.withheld(value) if format == "dcip" else JSON_FORMATS[format].withheld(value)


def _public(item: Item, withheld: str | None) -> Item:
    """The item, refused where its source declares the record not to be public: not even an error may keep it alive."""
    said = item.entity or item.error
    if not withheld or said is None or said.id is None:
        return item
    reason = f"id {said.id!r} is not published: its source says that it is not public ({withheld})"
    return Item(item.place, error=WithheldError(reason, said.id, said.entity_type))
