"""The nouns of DCAT as plain values: no format, no database, no network in here.

A DCIP "resource" is a :class:`Distribution`. Values are checked once, when an entity is made;
what comes out of a format module is therefore fit to be stored and served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dcip_server.errors import RecordError

Json = Any
#: Subject, predicate, object as N-Triples terms; blank nodes are ``_:label``.
Triple = tuple[str, str, str]

#: The licence of a record whose source states none (CKAN's id for it; surface 4).
LICENSE_NOT_SPECIFIED = "notspecified"

#: Longest id in UTF-8 bytes. Percent-encoded it triples, and HTTP servers take URLs up to 64 KiB.
MAX_ID_BYTES = 8192


# These two are not frozen, though nobody changes one: to make a frozen one takes three times as long, and imports make many.
@dataclass(slots=True, kw_only=True)
class Distribution:
    """One way to get the data (dcat:Distribution; draft section 5, "Resources").

    ``size`` is in bytes, ``last_modified`` ISO 8601. ``extra`` holds further JSON keys.
    """

    resource_type: str
    url: str
    format: str | None = None
    size: int | None = None
    title: str | None = None
    mimetype: str | None = None
    hash: str | None = None
    last_modified: str | None = None
    name: str | None = None
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Dataset:
    """A dataset's metadata (dcat:Dataset and its dcat:CatalogRecord; draft section 5, "Dataset").

    ``metadata_modified`` and ``metadata_created`` are ISO 8601 as the source states them, or
    ``None`` where it does not: the store then fills in the times of its own revisions.
    ``iri`` is the dataset's own IRI where its source gave one. ``triples`` holds every triple a
    record in RDF came with, canonically labelled and sorted; it is empty for a record in JSON.
    Raises :class:`RecordError` when the id or the title cannot be served.
    """

    entity_type = "dataset"

    id: str | int
    title: str
    license: str = LICENSE_NOT_SPECIFIED
    distributions: tuple[Distribution, ...] = ()
    name: str | None = None
    author: str | None = None
    maintainer: str | None = None
    tags: tuple[str, ...] = ()
    spatial: Mapping[str, Json] | None = None
    temporal: str | None = None
    version: str | None = None
    metadata_modified: str | None = None
    metadata_created: str | None = None
    extra: Mapping[str, Json] = field(default_factory=dict)
    iri: str | None = None
    triples: tuple[Triple, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.id)
        if not self.title.strip():
            raise RecordError("title is missing or blank; every record needs one", self.id)
        check_text(self.title, "title")


class DataService(Dataset):
    """A service that gives data (dcat:DataService): served and stored as a dataset is, as a type of its own."""

    __slots__ = ()
    entity_type = "dataservice"


class DatasetSeries(Dataset):
    """Datasets that are published one after the other (dcat:DatasetSeries, a kind of dataset)."""

    __slots__ = ()
    entity_type = "datasetseries"


#: By the name that URLs have for the type.
ENTITIES: dict[str, type[Dataset]] = {entity.entity_type: entity for entity in (Dataset, DataService, DatasetSeries)}


def check_id(id: str | int) -> None:
    """Raise :class:`RecordError` for an id that no URL can carry (surface 4)."""
    text = str(id)
    if not text:
        raise RecordError("id is empty; every record needs one")
    if "\0" in text:
        raise RecordError(f"id {text!r} holds a NUL character, which no URL can carry")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise RecordError(f"id {text!a} holds a lone surrogate, which is no character") from None
    if size > MAX_ID_BYTES:
        raise RecordError(f"id {text[:60]!r}… has {size} bytes; at most {MAX_ID_BYTES} are allowed")


def check_text(value: str, key: str) -> None:
    """Raise :class:`RecordError` for text that is no Unicode text or that a database refuses."""
    if "\0" in value:
        raise RecordError(f"{key} holds a NUL character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise RecordError(f"{key} holds a lone surrogate, which is no character") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """What the catalog says of itself (draft, "Potential Catalog Entity Attributes")."""

    id: str
    title: str
    description: str
    contact: str
