"""Wire formats: what bytes are, and the entities in them.

``parse`` detects; a format is one row of :data:`FORMATS`. Rendering is in ``dcip`` (JSON) and
``dcat_n3``: both are made once, when a record is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from dcip_server.entities import Dataset, Json
from dcip_server.errors import RecordError, SourceError
from dcip_server.formats import dcat_n3, dcat_pieces, dcip, ib1, sniff
from dcip_server.formats.document import Document
from dcip_server.formats.item import Item, Piece
from dcip_server.formats.json_records import FORMATS, JsonPiece, json_pieces
from dcip_server.formats.rdf.documents import graph_of

__all__ = ["FORMATS", "Content", "content", "parse", "pieces"]


def parse(document: Document, format: str | None, max_record_bytes: int) -> Iterator[Item]:
    """Yield the records of a document in order; ``format`` is one of :data:`FORMATS` or ``None`` to detect.

    Raises :class:`SourceError` where the document as a whole cannot be read, or not to its end.
    """
    for piece in pieces(document, format, max_record_bytes):
        yield from piece.items()


def pieces(document: Document, format: str | None, max_record_bytes: int) -> Iterator[Piece]:
    """As :func:`parse`, in pieces that can be read in other processes."""
    serialisation = sniff.serialisation(document, format)
    if serialisation == "yaml":
        for number, value in enumerate(ib1.load_yaml(_read_whole(document.stream, max_record_bytes)), 1):
            yield JsonPiece(f"record {number}", value, "ib1")
    elif serialisation == "json":
        yield from json_pieces(document, format, max_record_bytes)
    else:
        with graph_of(document.stream, serialisation, document.address, max_record_bytes) as graph:
            yield from dcat_pieces.pieces(graph)


def _read_whole(stream: BinaryIO, max_bytes: int) -> bytes:
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise SourceError(f"a YAML document of more than {max_bytes} bytes (IMPORT_MAX_RECORD_BYTES)")
    return data


@dataclass(frozen=True, slots=True)
class Content:
    """What a source says of one dataset, ready to be compared and rendered.

    ``value`` is the draft's JSON object without the catalog's own times, ``members`` its text.
    ``sha256`` is over that and the triples: where it stays the same, the record did not change.
    """

    dataset: Dataset
    value: Mapping[str, Json]
    members: dcip.Members
    sha256: bytes

    def render_json(self, times: dict[str, str]) -> bytes:
        """The JSON that is served; ``times`` (of ``dcip.TIME_KEYS``) are used where the source gives none."""
        stated = dcip.stated_times(self.dataset)
        return dcip.render_members(self.members, times | stated if stated else times)

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
