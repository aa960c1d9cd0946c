"""What there is in the catalog, by which a copy of the site knows which answers there are."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import Engine, bindparam, func, or_, select

from dcip_server.protocol.entity_types import DATASET
from dcip_server.store import tables as t
from dcip_server.store.database import reading
from dcip_server.store.facet_sets import read_sets
from dcip_server.store.facets import MOST_VALUE, facet_number
from dcip_server.store.keys import attribute_key, record_key
from dcip_server.store.look_ups import attribute_values

_BATCH = 500


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A record, live or deleted; ``portal_id`` is what the portal API calls a dataset, and CKAN packages' names end in."""

    number: int
    entity: str
    id: str
    is_live: bool
    portal_id: str | None


@dataclass(frozen=True, slots=True)
class LookUp:
    """A value of an attribute that live records of that type have.

    ``key`` and ``state`` are hex: where both are the same, so are the records, at the same revisions.
    """

    key: str
    state: str
    entity: str
    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A facet's value that live records have; ``key`` and ``state`` (ASCII) are as those of a :class:`LookUp`."""

    key: str
    state: str
    facet: str
    value: str
    records: int


@dataclass(frozen=True, slots=True)
class PublicDataset:
    """A publication's id and slug, and of each uploaded file the resource's id and the file's name.

    A deleted one has its id alone.
    """

    id: str
    slug: str | None
    files: tuple[tuple[str, str], ...]


def list_known(engine: Engine) -> Iterator[KnownRecord]:
    """Every record that is or was in the catalog, in the order of creation; a few are in memory at once."""
    after = 0
    with reading(engine) as connection:
        while rows := connection.execute(_KNOWN, {"after": after}).all():
            for number, entity, id, change_type, key in rows:
                portal_id = key.hex()[:24] if entity == DATASET.name else None
                yield KnownRecord(number, entity, id, change_type != "delete", portal_id)
            after = rows[-1].number


def list_extended(engine: Engine, endings: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Entity type and id of each live record whose id is that of another one with one of these (``.ttl``) behind it."""
    ends = or_(*(_record.id.endswith(ending, autoescape=True) for ending in endings))
    query = select(_record.entity, _record.id).where(_record.change_type != "delete", ends).order_by(_record.number)
    with reading(engine) as connection:
        for rows in connection.execute(query).partitions(_BATCH):
            # For SQLite capitals make no difference.
            ended = [(entity, id) for entity, id in rows if id.endswith(tuple(endings))]
            keys = [record_key(entity, id.rpartition(".")[0]) for entity, id in ended]
            live = set(connection.scalars(_LIVE, {"keys": keys}))
            yield from (record for record, key in zip(ended, keys, strict=True) if key in live)


def list_look_ups(engine: Engine) -> Iterator[LookUp]:
    """Every look-up that finds something, in the order of its key."""
    after = b""
    with reading(engine) as connection:
        while rows := connection.execute(_KEYS, {"after": after}).all():
            after = rows[-1].key
            holders = connection.execute(_BODIES, {"numbers": [row.record for row in rows]})
            values = {number: (entity, json.loads(body)) for number, entity, body in holders}
            for row in rows:
                entity, value = values[row.record]
                for attribute, text in attribute_values(entity, value):
                    if attribute_key(entity, attribute, text) == row.key:
                        # A record that came has a later revision; where one went and none came, there are less.
                        yield LookUp(row.key.hex(), f"{row.count:x}-{row.newest:x}", entity, attribute, text)
                        break


def list_facet_values(engine: Engine, facets: Sequence[str]) -> Iterator[KnownValue]:
    """Every value of these facets that can be narrowed down to, in the order of its key."""
    c = t.facet_value.c
    with reading(engine) as connection:
        revisions = array("q", [0]) * ((connection.scalar(select(func.max(_record.number))) or 0) + 1)
        for number, revision in connection.execute(select(_record.number, _record.revision)):
            revisions[number] = revision
        for facet in sorted(facets):
            query = select(c.value, c.number, c.records).where(c.facet == facet_number(facet), c.records > 0)
            rows = sorted(
                (quote(value, safe=""), value, number, records) for value, number, records in connection.execute(query)
            )
            for start in range(0, len(rows), _BATCH):
                batch = rows[start : start + _BATCH]
                sets = read_sets(connection, [number for _, _, number, _ in batch])
                for spelled, value, number, records in batch:
                    if len(value) <= MOST_VALUE:
                        newest = max(revisions[member] for member in sets[number])
                        yield KnownValue(f"{facet}-{spelled}", f"{records:x}-{newest:x}", facet, value, records)


def list_publications(engine: Engine) -> Iterator[PublicDataset]:
    """Every publication of the portal API that is public, or was deleted, oldest first."""
    c = t.publication.c
    shown = or_(c.private.is_(False), c.deleted.is_not(None))
    query = select(c.id, c.slug, c.document).where(shown).order_by(c.number)
    with reading(engine) as connection:
        for id, slug, document in connection.execute(query):
            files = (
                (resource["id"], resource["url"].rpartition("/")[2])
                for resource in json.loads(document).get("resources", [])
                if resource.get("file")
            )
            yield PublicDataset(id, slug, tuple(files))


_record = t.record.c
_KNOWN = (
    select(_record.number, _record.entity, _record.id, _record.change_type, _record.key)
    .where(_record.number > bindparam("after"))
    .order_by(_record.number)
    .limit(_BATCH)
)
_LIVE = select(_record.key).where(_record.key.in_(bindparam("keys", expanding=True)), _record.change_type != "delete")
_KEYS = (
    select(
        t.attribute.c.key,
        func.min(t.attribute.c.record).label("record"),
        func.count().label("count"),
        func.max(t.record.c.revision).label("newest"),
    )
    .join(t.record, t.record.c.number == t.attribute.c.record)
    .where(t.attribute.c.key > bindparam("after"))
    .group_by(t.attribute.c.key)
    .order_by(t.attribute.c.key)
    .limit(_BATCH)
)
_BODIES = (
    select(_record.number, _record.entity, t.representation.c.json)
    .join(t.representation, t.representation.c.record == _record.number)
    .where(_record.number.in_(bindparam("numbers", expanding=True)))
)
