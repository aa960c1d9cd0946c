"""What publishers own: their keys, and the datasets that came through the portal API.

A publication is written in the same transaction as the record that it shows; both are in the
hands of the one writer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from dcip_server.entities import Json
from dcip_server.store import tables as t
from dcip_server.store.changes import Change
from dcip_server.store.database import writing
from dcip_server.store.revise import Writer

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A dataset of a publisher. Times are UTC; a deleted one has a time there, and no slug.

    ``owner`` numbers the publisher, ``owner_name`` and ``owner_id`` name them in public.
    ``document`` holds the publisher's fields, ``resources`` among them.
    """

    id: str
    slug: str | None
    owner: int
    owner_name: str
    owner_id: str
    private: bool
    created: str
    modified: str
    deleted: str | None
    document: dict[str, Json]


class Publications:
    """The publications as one transaction sees them; ``now`` is the time that it writes."""

    def __init__(self, connection: Connection, now: str = "") -> None:
        self.connection = connection
        self.now = now

    def find(self, id: str) -> Publication | None:
        """The publication with that id, deleted or not."""
        return self._first(t.publication.c.id == id)

    def find_slug(self, slug: str) -> Publication | None:
        """The live publication with exactly that slug."""
        return self._first(t.publication.c.slug == slug)

    def list_titled(self, title_key: str) -> list[Publication]:
        """Live publications with that title key, oldest first."""
        return self._all(t.publication.c.title_key == _digest(title_key))

    def find_resource(self, resource_id: str) -> Publication | None:
        """The live publication that holds the resource."""
        holder = select(t.published_resource.c.publication).where(t.published_resource.c.id == resource_id)
        return self._first(t.publication.c.number.in_(holder))

    def list_owned(self, owner: int) -> list[Publication]:
        """The live publications of a publisher, newest first."""
        return self._all(t.publication.c.owner == owner, t.publication.c.slug.is_not(None))[::-1]

    def list_by_id(self, ids: Iterable[str]) -> dict[str, Publication]:
        """The publications with those ids, deleted or not."""
        return {found.id: found for found in self._all(t.publication.c.id.in_(list(ids)))}

    def add(self, publication: Publication, title_key: str) -> None:
        """Write a new publication down."""
        number = (self.connection.scalar(select(func.max(t.publication.c.number))) or 0) + 1
        row = {"number": number, "id": publication.id, "created": publication.created}
        self.connection.execute(insert(t.publication).values(row | _row(publication, title_key)))
        self._write_resources(number, publication)

    def change(self, publication: Publication, title_key: str) -> None:
        """Write down what a publication is now."""
        this = t.publication.c.id == publication.id
        self.connection.execute(update(t.publication).where(this).values(_row(publication, title_key)))
        number = self.connection.scalar(select(t.publication.c.number).where(this))
        held = t.published_resource.c.publication == number
        self.connection.execute(delete(t.published_resource).where(held))
        self._write_resources(number, publication)

    def _write_resources(self, number: Any, publication: Publication) -> None:
        if rows := [{"id": r["id"], "publication": number} for r in publication.document.get("resources", [])]:
            self.connection.execute(insert(t.published_resource), rows)

    def _first(self, *conditions: Any) -> Publication | None:
        return next(iter(self._all(*conditions)), None)

    def _all(self, *conditions: Any) -> list[Publication]:
        query = _PUBLICATIONS.where(*conditions).order_by(t.publication.c.number)
        return [_publication(row) for row in self.connection.execute(query)]


_PUBLICATIONS = select(t.publication, t.api_key.c.name.label("owner_name"), t.api_key.c.publisher).join(
    t.api_key, t.api_key.c.number == t.publication.c.owner
)


def _row(publication: Publication, title_key: str) -> dict[str, Any]:
    """The columns that change."""
    return {
        "slug": publication.slug,
        "title_key": None if publication.deleted else _digest(title_key),
        "owner": publication.owner,
        "private": publication.private,
        "modified": publication.modified,
        "deleted": publication.deleted,
        "document": json.dumps(publication.document, ensure_ascii=False),
    }


def _publication(row: Any) -> Publication:
    return Publication(
        id=row.id,
        slug=row.slug,
        owner=row.owner,
        owner_name=row.owner_name,
        owner_id=row.publisher,
        private=row.private,
        created=row.created,
        modified=row.modified,
        deleted=row.deleted,
        document=json.loads(row.document),
    )


def _digest(title_key: str) -> bytes:
    return sha256(title_key.encode()).digest()[:16]


def publish(engine: Engine, edit: Callable[[Publications], tuple[T, Iterable[Change]]]) -> T:
    """Run ``edit`` under the one writer's lock: it changes publications, and says how records follow.

    Returns what ``edit`` returns first; where it raises, nothing is changed.
    """
    with writing(engine) as connection:
        writer = Writer(connection)
        result, changes = edit(Publications(connection, writer.now))
        writer.apply(changes)
        writer.finish()
        return result
