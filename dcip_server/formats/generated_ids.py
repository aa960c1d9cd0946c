"""Ids for records to which their source gives none: what is the same comes to the same id, in every format."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256


def generated_id(parts: Iterable[str]) -> str:
    """The id of a record by what tells it from others, terms as N-Triples has them."""
    return "generated-" + sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
