"""Drafts: all that a write stores of a record, made before its turn comes, also in other processes.

A write changes a record at most once by what a source says of it. So a draft needs to know only what
was stored before the write, and any process can read that, since the writer has the catalog's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from sqlalchemy import bindparam, select

from dcip_server.entities import Dataset
from dcip_server.errors import RecordError
from dcip_server.formats import content, dcat_n3, dcip
from dcip_server.store import tables as t
from dcip_server.store.database import explained, open_engine
from dcip_server.store.driver import Driver
from dcip_server.store.keys import record_key
from dcip_server.store.look_ups import look_ups
from dcip_server.store.search_index import Searchable, searchable


class Before(NamedTuple):
    """What a write finds: the time that its revisions get, and whether the catalog never had a record."""

    now: str
    is_empty: bool


class Rendered(NamedTuple):
    """What is stored of a record's new revision, but for what numbers it."""

    json: bytes
    json_sha256: str
    n3: bytes
    title: str
    iri: str | None
    look_ups: bytes
    searchable: Searchable


class Draft(NamedTuple):
    """A record as a source has it; ``rendered`` is ``None`` where the stored one says the same.

    With an ``error`` it cannot be stored, and has no content.
    """

    key: bytes
    entity_type: str
    id: str | int
    content_sha256: bytes = b""
    rendered: Rendered | None = None
    error: RecordError | None = None


class Stored(Protocol):
    """What is known of a record, dead or alive, before the write; a dead one has no content."""

    @property
    def content_sha256(self) -> bytes | None: ...
    @property
    def created(self) -> str: ...


def draft(entity: Dataset, key: bytes, stored: Stored | None, now: str) -> Draft:
    """The draft of an entity; ``now`` is the time of the write's revisions."""
    try:
        said = content(entity)
        if stored is not None and stored.content_sha256 == said.sha256:
            return Draft(key, entity.entity_type, entity.id, said.sha256)
        times = {"metadata_created": stored.created if stored else now, "metadata_modified": now}
        body = said.render_json(times)
        iri = dcat_n3.iri_of(entity)
        rendered = Rendered(
            body,
            dcip.sha256_hex(body),
            said.render_n3(times),
            entity.title,
            iri,
            look_ups(entity.entity_type, said.value, iri),
            searchable(entity.entity_type, said.value, now),
        )
        return Draft(key, entity.entity_type, entity.id, said.sha256, rendered)
    except RecordError as error:
        return Draft(key, entity.entity_type, entity.id, error=error)


class Drafter:
    """Makes drafts for a write of another process, which has the catalog's lock and says what it found.

    Raises :class:`CatalogError` where the catalog cannot be read; one that was empty is not looked at.
    """

    def __init__(self, database_url: str, before: Before) -> None:
        self._now = before.now
        self._is_empty = before.is_empty
        if not self._is_empty:
            self._engine = open_engine(database_url)
            with explained(self._engine):
                self._connection = self._engine.connect()

    def drafts(self, entities: Iterable[Dataset]) -> list[Draft]:
        """The drafts of some records, in order. Raises :class:`CatalogError` where the catalog cannot be read."""
        keyed = [(record_key(entity.entity_type, entity.id), entity) for entity in entities]
        stored = self._stored([key for key, _ in keyed])
        return [draft(entity, key, stored.get(key), self._now) for key, entity in keyed]

    def _stored(self, keys: list[bytes]) -> Mapping[bytes, Stored]:
        if self._is_empty:
            return {}
        with explained(self._engine), self._connection.begin():
            return {row[0]: _Known(*row) for row in Driver(self._connection).rows(_STORED, keys=keys)}


class _Known(NamedTuple):
    """A record as :class:`Stored` has it."""

    key: bytes
    content_sha256: bytes | None
    created: str


_STORED = select(*(t.record.c[name] for name in _Known._fields)).where(
    t.record.c.key.in_(bindparam("keys", expanding=True))
)
