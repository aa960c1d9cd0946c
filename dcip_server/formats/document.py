"""A document: bytes with a name, as a source delivers them, before anyone knows the format."""

from __future__ import annotations

import io
from dataclasses import dataclass

from dcip_server.errors import SourceError

_CHUNK_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Document:
    """``name`` is what messages call it; ``address`` its URL where it has one.

    ``extension`` is lower case without dot or compression (``"ttl"``), ``content_type`` without
    parameters; both may be empty.
    """

    name: str
    stream: io.BufferedReader
    extension: str = ""
    content_type: str = ""
    address: str = ""


def read_on(stream: io.BufferedReader, waiting_bytes: int = 0) -> bytes:
    """The next bytes, ``b""`` at the end: what is there, but as much again as is waiting.

    Doubling keeps the work for one long record in proportion to its length. Of a damaged stream
    all that is sound comes first, then its :class:`SourceError`.
    """
    parts: list[bytes] = []
    missing = max(waiting_bytes, 1)
    while missing > 0:
        try:
            part = stream.read1(max(missing, _CHUNK_BYTES))
        except SourceError:
            if parts:
                break
            raise
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
