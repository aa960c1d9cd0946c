"""Wire formats: what bytes are, and the entities in them.

``parse`` detects; a format is one row of :data:`FORMATS`. Rendering is in ``dcip`` (JSON) and
``dcat_n3``: both are made once, when a record is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from dcip_server.entities import Dataset, Json
from dcip_server.errors import RecordError, SourceError
from dcip_server.formats import ckan, dcat, dcat_n3, dcip, ib1, json_stream, pod, sniff, udata
from dcip_server.formats.document import Document
from dcip_server.formats.item import Item
from dcip_server.formats.json_value import with_bytes_as_text
from dcip_server.formats.placeholders import is_placeholder
from dcip_server.formats.rdf.graph import MemoryGraph
from dcip_server.formats.rdf.parse import parse as parse_rdf


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """A JSON vocabulary: how its records and what they come in are known, and how they are read.

    ``unwrap`` raises :class:`SourceError`, ``parse_record`` :class:`RecordError`.
    """

    is_record: Callable[[Mapping[str, Json]], bool]
    parse_record: Callable[[Mapping[str, Json]], Dataset]
    is_envelope: Callable[[Mapping[str, Json]], bool] = lambda _: False
    unwrap: Callable[[Mapping[str, Json]], Iterator[Json]] = lambda _: iter(())


#: In the order in which they are tried; the draft's own JSON is what is none of these.
_JSON_FORMATS = {
    "udata": JsonFormat(udata.is_record, udata.parse_record, udata.is_envelope, udata.unwrap),
    "ckan": JsonFormat(ckan.is_record, ckan.parse_record, ckan.is_envelope, ckan.unwrap),
    "pod": JsonFormat(pod.is_record, pod.parse_record, pod.is_envelope, pod.unwrap),
    "ib1": JsonFormat(ib1.is_record, ib1.parse_record),
}

#: Formats that ``--format`` may name.
FORMATS = ("dcip", "dcat", *_JSON_FORMATS)

_NO_CATALOGS = (
    ("a DCIP change list: it names datasets but does not hold them", {"change_type", "url"}),
    ("a MISP query, not a catalog", {"returnFormat"}),
)
_DCIP_MARKS = {"title", "resources", "license"}


def parse(document: Document, format: str | None, max_record_bytes: int) -> Iterator[Item]:
    """Yield the records of a document in order; ``format`` is one of :data:`FORMATS` or ``None`` to detect.

    Raises :class:`SourceError` where the document as a whole cannot be read, or not to its end.
    """
    serialisation = sniff.serialisation(document, format)
    if serialisation == "yaml":
        for number, item in enumerate(ib1.load_yaml(_read_whole(document.stream, max_record_bytes)), 1):
            yield _parse_record(f"record {number}", item, "ib1")
    elif serialisation == "json":
        yield from _parse_json(document, format, max_record_bytes)
    else:
        data = _read_whole(document.stream, max_record_bytes)
        yield from dcat.parse_graph(MemoryGraph(parse_rdf(data, serialisation, document.address)))


def _read_whole(stream: BinaryIO, max_bytes: int) -> bytes:
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise SourceError(f"an RDF or YAML document of more than {max_bytes} bytes (IMPORT_MAX_RECORD_BYTES)")
    return data


def _parse_json(document: Document, format: str | None, max_record_bytes: int) -> Iterator[Item]:
    named_lines = sniff.is_named_lines(document)
    for record in json_stream.records(document.stream, max_record_bytes, named_lines=named_lines):
        if record.error is not None:
            if record.cut_off:
                raise SourceError(f"{record.place}: {record.error}")
            yield Item(record.place, error=RecordError(str(record.error)))
            continue
        for item, detected in _parse_value(record.place, record.value, format):
            format = format or detected
            yield item


def _parse_value(place: str, value: Json, format: str | None) -> Iterator[tuple[Item, str | None]]:
    """The records of one JSON value, each with its format."""
    candidates = _JSON_FORMATS if format is None else _JSON_FORMATS.keys() & {format}
    for name in candidates:
        if isinstance(value, dict) and _JSON_FORMATS[name].is_envelope(value):
            for number, record in enumerate(_JSON_FORMATS[name].unwrap(value), 1):
                yield _parse_record(f"record {number}", record, name), name
            return
    detected = format or _detect(value)
    yield _parse_record(place, value, detected), detected


def _detect(value: Json) -> str | None:
    if not isinstance(value, dict):
        return None
    for name, format in _JSON_FORMATS.items():
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


def _parse_record(place: str, value: Json, format: str | None) -> Item:
    if not isinstance(value, dict):
        kind = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}.get(type(value), "a number")
        return Item(place, error=RecordError(f"an object is due, got {kind}"))
    if format is None:
        return Item(place, error=RecordError(_describe(value) or ""))
    try:
        if format == "dcip":
            return Item(place, entity=dcip.parse_dataset(value))
        repaired = with_bytes_as_text(value)
        remarks = () if repaired is value else ("bytes that were no UTF-8 are read as Windows-1252",)
        entity = _JSON_FORMATS[format].parse_record(repaired)
        if isinstance(entity.id, str) and is_placeholder(entity.id):
            reason = f"id {entity.id!r} is a placeholder and identifies nothing; give the record an id of its own"
            raise RecordError(reason, entity.id, entity.entity_type)
        return Item(place, entity=entity, remarks=remarks)
    except RecordError as error:
        return Item(place, error=error)
    except RecursionError:
        return Item(place, error=RecordError("nested too deeply"))


@dataclass(frozen=True, slots=True)
class Content:
    """What a source says of one dataset, ready to be compared and rendered.

    ``value`` is the draft's JSON object without the catalog's own times, ``members`` its text.
    ``sha256`` is over that and the triples: where it stays the same, the record did not change
    (DESIGN 1).
    """

    dataset: Dataset
    value: Mapping[str, Json]
    members: dcip.Members
    sha256: bytes

    def render_json(self, times: dict[str, str]) -> bytes:
        """The JSON that is served; ``times`` (of ``dcip.TIME_KEYS``) are used where the source gives none."""
        return dcip.render_members(self.members, times | dcip.stated_times(self.dataset))

    def render_n3(self, times: Mapping[str, str]) -> bytes:
        """The N3 that is served, without its ``@base`` line."""
        return dcat_n3.render_object(self.dataset, self.value, times)


def content(dataset: Dataset) -> Content:
    """The dataset's content. Raises :class:`RecordError` for what JSON or UTF-8 cannot hold."""
    try:
        value = dcip.to_json(dataset)
    except RecursionError:
        raise RecordError("nested too deeply", dataset.id) from None
    members = dcip.encode_members(value)
    digest = sha256(members.draft + b"\n" + members.further)
    digest.update(repr((dataset.iri, *dcip.stated_times(dataset).items())).encode("utf-8", "surrogatepass"))
    for triple in dataset.triples:
        digest.update("\n".join(triple).encode("utf-8", "surrogatepass"))
    return Content(dataset, value, members, digest.digest())
