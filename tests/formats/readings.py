"""What a file says, record by record: from memory, and as a large document is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dcip_server import formats
from dcip_server.errors import SourceError
from dcip_server.formats.rdf import disk_writer, documents
from dcip_server.harvest.sources import Failure, find_source
from dcip_server.harvest.sources import documents as documents_of

_LIMIT_BYTES = 1 << 28


def readings(path: Path, format: str | None = None) -> list[Any]:
    """All that an import would hear of the file: records, refusals and remarks, in order."""
    found: list[Any] = []
    for document in documents_of(find_source(str(path)), _LIMIT_BYTES):
        if isinstance(document, Failure):
            found.append(str(document.error))
            continue
        try:
            for item in formats.parse(document, format, _LIMIT_BYTES):
                said = item.entity and (item.entity, item.entity.triples, item.entity.extra)
                error = item.error and (str(item.error), item.error.id, item.error.entity_type)
                found.append((item.place, said, error, item.remarks))
        except SourceError as error:
            found.append(str(error))
    return found


@contextmanager
def kept_on_disk(segment_triples: int = 3) -> Iterator[None]:
    """RDF of any size is read as large documents are, in segments so small that nearly every record is in several."""
    with (
        patch.object(documents, "IN_MEMORY_BYTES", 0),
        patch.object(disk_writer, "SEGMENT_TRIPLES", segment_triples),
    ):
        yield


def assert_read_alike_from_disk(path: Path, format: str | None) -> None:
    """A document in RDF says the same in memory and on disk."""
    in_memory = readings(path, format)
    with kept_on_disk():
        assert readings(path, format) == in_memory
