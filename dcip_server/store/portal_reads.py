"""Reads that the portal API needs of records, whichever way they came into the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from dcip_server.protocol.entity_types import DATASET
from dcip_server.store import tables as t
from dcip_server.store.keys import attribute_key

#: What a list of datasets can be sorted by.
SORTS = {
    "created": t.record.c.number,
    "last_update": t.record.c.revision,
    "last_modified": t.record.c.revision,
    "title": t.record.c.title,
}


@dataclass(frozen=True, slots=True)
class StoredDataset:
    """A live dataset: its id, the id that the portal API gives it, its times (UTC), its latest revision, its JSON.

    ``content_sha256`` is over what its source says; see :class:`dcip_server.formats.Content`.
    """

    id: str
    portal_id: str
    created: str
    modified: str
    revision: int
    content_sha256: bytes
    body: bytes


def find_by_portal_id(connection: Connection, portal_id: str) -> StoredDataset | None:
    """The live dataset whose key begins with these 24 hex digits: the key is stored, indexed and stays."""
    query = LIVE_DATASETS.where(_has_portal_id(portal_id))
    return next((to_dataset(row) for row in connection.execute(query)), None)


def is_deleted(connection: Connection, portal_id: str) -> bool:
    """Whether a dataset that had this id was deleted and did not come back."""
    query = select(t.record.c.number).where(
        t.record.c.entity == DATASET.name, t.record.c.change_type == "delete", _has_portal_id(portal_id)
    )
    return connection.scalar(query) is not None


def _has_portal_id(portal_id: str) -> ColumnElement[bool]:
    first = bytes.fromhex(portal_id)
    return t.record.c.key.between(first + bytes(4), first + b"\xff" * 4)


def find_by_text(connection: Connection, text: str) -> StoredDataset | None:
    """The first live dataset with that name or, else, with exactly that title."""
    for attribute in ("name", "title"):
        key = attribute_key(DATASET.name, attribute, text)
        query = (
            LIVE_DATASETS.join(t.attribute, t.attribute.c.record == t.record.c.number)
            .where(t.attribute.c.key == key)
            .order_by(t.record.c.number)
            .limit(1)
        )
        for row in connection.execute(query):
            return to_dataset(row)
    return None


def list_datasets(
    connection: Connection, wanted: Mapping[str, str], sort: str, limit: int, offset: int
) -> tuple[list[StoredDataset], int]:
    """A page of live datasets, and how many there are.

    ``wanted`` may hold ``q``, ``tag`` and ``owner``.

    ``sort`` is a key of :data:`SORTS`, with ``-`` in front for descending.
    """
    conditions: list[ColumnElement[bool]] = [_IS_LIVE]
    if "q" in wanted:
        conditions += [t.record.c.title.icontains(word, autoescape=True) for word in wanted["q"].split()]
    if "tag" in wanted:
        tagged = select(t.attribute.c.record).where(
            t.attribute.c.key == attribute_key(DATASET.name, "tags", wanted["tag"])
        )
        conditions.append(t.record.c.number.in_(tagged))
    if "owner" in wanted:
        owned = (
            select(t.publication.c.id)
            .join(t.api_key, t.api_key.c.number == t.publication.c.owner)
            .where(t.api_key.c.publisher == wanted["owner"])
        )
        conditions.append(t.record.c.id.in_(owned))
    column = SORTS[sort.lstrip("-")]
    order: Any = column.desc() if sort.startswith("-") else column
    # Which records: without their bodies, so that what is left out before and after the page is not read.
    page = select(t.record.c.number).where(*conditions).order_by(order, t.record.c.number).limit(limit).offset(offset)
    query = LIVE_DATASETS.where(t.record.c.number.in_(page.scalar_subquery())).order_by(order, t.record.c.number)
    total = connection.scalar(select(func.count()).select_from(t.record).where(*conditions)) or 0
    return [to_dataset(row) for row in connection.execute(query)], total


_IS_LIVE = (t.record.c.entity == DATASET.name) & (t.record.c.change_type != "delete")
#: All live datasets; :func:`to_dataset` reads its rows.
LIVE_DATASETS: Select[Any] = (
    select(
        t.record.c.number,
        t.record.c.id,
        t.record.c.key,
        t.record.c.created,
        t.record.c.modified,
        t.record.c.revision,
        t.record.c.content_sha256,
        t.representation.c.json,
    )
    .join(t.representation, t.representation.c.record == t.record.c.number)
    .where(_IS_LIVE)
)


def to_dataset(row: Any) -> StoredDataset:
    """A dataset from a row of :data:`LIVE_DATASETS`."""
    digest, body = bytes(row.content_sha256), bytes(row.json)
    return StoredDataset(row.id, row.key.hex()[:24], row.created, row.modified, row.revision, digest, body)
