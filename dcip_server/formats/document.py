"""A document: bytes with a name, as a source delivers them, before anyone knows the format."""

from __future__ import annotations

import io
from dataclasses import dataclass


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
