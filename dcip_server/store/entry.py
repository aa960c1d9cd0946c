"""One entry of the change list: a record at its latest revision."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """``sha256`` (hex, of the JSON) is ``None`` for a deleted record; ``iri`` the dataset's own IRI, if any."""

    entity: str
    id: str | int
    change_type: str
    modified: str
    revision: int
    sha256: str | None
    title: str
    iri: str | None
