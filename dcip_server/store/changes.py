"""What a write is made of, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from dcip_server.entities import Dataset
from dcip_server.errors import DcipError
from dcip_server.store.drafts import Draft


# A tuple, which is made fastest: a large import makes many.
class Put(NamedTuple):
    """Create or update a record. ``source`` names where it came from, ``place`` where in there.

    A draft of the entity must have been made while this write had the catalog's lock, and no other change of the record
    come before it.
    """

    entity: Dataset | Draft
    source: str | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Keep:
    """The source still holds a record with this id, though it cannot be read: do not drop it."""

    entity_type: str
    id: str | int
    source: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete one record; refused with :class:`NotFoundError` where there is no live one.

    ``reason`` is kept with the revision and shown in the record's history. With ``revision`` a record that has
    another one by now is refused with :class:`RecordError`.
    """

    entity_type: str
    id: str | int
    reason: str = ""
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class DropUnseen:
    """Delete what this source delivered before and not in this write, unless another source holds it."""

    source: str


Change = Put | Keep | Delete | DropUnseen
Refused = Callable[[Put | Delete, DcipError], None]


@dataclass(slots=True)
class Outcome:
    """How many records a write created, updated, deleted, found unchanged or refused."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    refused: int = 0
    repeated: int = 0

    @property
    def revisions(self) -> int:
        """How many revisions the write made."""
        return self.created + self.updated + self.deleted
