"""IB1's Directory: which metadata files are registered, which entries came from each, the last update's report.

A file's entries are deliveries of a source of its own, so that what it no longer holds is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, func, insert, select, update

from dcip_server.errors import CatalogError, NotFoundError
from dcip_server.protocol import times
from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.store import tables as t
from dcip_server.store.changes import Change, Outcome, Refused
from dcip_server.store.database import reading, writing
from dcip_server.store.keys import record_key, source_key
from dcip_server.store.revise import Writer


@dataclass(frozen=True, slots=True)
class MetadataFile:
    """A registered file. ``schemes`` is ``None`` where it is not known which the Member joined; times are UTC."""

    url: str
    member: str
    schemes: tuple[str, ...] | None
    registered: str
    entries: int

    @property
    def source(self) -> str:
        """The name of the source that the file's entries are deliveries of."""
        return source_name(self.url)


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """A live record that came from a file: ``id`` is the IRI of the entry, ``n3`` what is served without ``@base``."""

    entity_type: str
    id: str
    n3: bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """The registry as an update begins with it.

    ``files`` stand in the order of registration, ``unregistered`` are URLs whose entries are to go. ``last_run`` is the number of
    the last update, 0 before the first.
    """

    files: tuple[MetadataFile, ...]
    unregistered: tuple[str, ...]
    last_run: int
    owners: Mapping[bytes, str]

    def owner_of(self, subject: str) -> str | None:
        """The registered file that the entry is in the catalog from, whatever its class."""
        keys = (record_key(entity_type, subject) for entity_type in ENTITY_TYPES)
        return next((self.owners[key] for key in keys if key in self.owners), None)


def source_name(url: str) -> str:
    """The name of a registered file as a source; an import of the same URL is another source."""
    return f"directory:{url}"


def add_file(engine: Engine, member: str, url: str, schemes: tuple[str, ...] | None) -> None:
    """Register a file, or say anew which Schemes its Member joined.

    Raises :class:`CatalogError` where another Member registered it.
    """
    said = {"schemes": None if schemes is None else json.dumps(schemes), "removed": None}
    key = source_key(source_name(url))
    with writing(engine) as connection:
        _lock(connection)
        known = connection.execute(select(t.directory_file).where(t.directory_file.c.key == key)).first()
        if known is None:
            number = (connection.scalar(select(func.max(t.directory_file.c.number))) or 0) + 1
            new = {"number": number, "url": url, "key": key, "member": member, "registered": times.now()}
            connection.execute(insert(t.directory_file).values(new | said))
            return
        if known.member != member:
            wanted = (
                "remove it first" if known.removed is None else "its entries go with the next update; add it after that"
            )
            raise CatalogError(f"{url} is registered by {known.member}; {wanted}")
        this = t.directory_file.c.key == key
        connection.execute(update(t.directory_file).where(this).values(said))


def remove_file(engine: Engine, url: str) -> None:
    """Take a file off the list; its entries go with the next update. Raises :class:`NotFoundError`."""
    this = (t.directory_file.c.key == source_key(source_name(url)), t.directory_file.c.removed.is_(None))
    with writing(engine) as connection:
        if connection.execute(update(t.directory_file).where(*this).values(removed=times.now())).rowcount == 0:
            raise NotFoundError(f"no registered file {url}")


def list_files(engine: Engine) -> list[MetadataFile]:
    """The registered files in the order of their registration."""
    with reading(engine) as connection:
        return _files(connection)


def read_directory(engine: Engine) -> Directory:
    """All that an update must know before it looks at any file."""
    with reading(engine) as connection:
        files = _files(connection)
        gone = connection.scalars(select(t.directory_file.c.url).where(t.directory_file.c.removed.is_not(None)))
        held = _held(t.record.c.key, t.directory_file.c.url).where(t.directory_file.c.removed.is_(None))
        owners = {row.key: row.url for row in connection.execute(held)}
        return Directory(tuple(files), tuple(sorted(gone)), _last_number(connection), owners)


def list_held(engine: Engine, url: str) -> list[HeldEntry]:
    """The live records that came from a file, by class and IRI."""
    columns = (t.record.c.entity, t.record.c.id, t.representation.c.n3)
    query = (
        _held(*columns)
        .join(t.representation, t.representation.c.record == t.record.c.number)
        .where(t.source.c.key == source_key(source_name(url)))
        .order_by(t.record.c.entity, t.record.c.id)
    )
    with reading(engine) as connection:
        return [HeldEntry(*row) for row in connection.execute(query)]


def commit_update(
    engine: Engine,
    directory: Directory,
    changes: Iterable[Change],
    refused: Refused,
    report: Callable[[Outcome], Mapping[str, Any]],
) -> Outcome:
    """Make an update's changes, forget the files that were taken off the list, and keep its report: all in one transaction.

    As many entries go as the files say: what a valid file no longer holds is deleted, however much that is.
    Raises :class:`CatalogError` where another update was committed since ``directory`` was read.
    """
    with writing(engine) as connection:
        writer = Writer(connection, refused)
        if _last_number(connection) != directory.last_run:
            raise CatalogError("another update of the directory came first, so nothing was changed; run it again")
        writer.apply(changes)
        writer.finish(allow_mass_delete=True)
        keys = [source_key(source_name(url)) for url in directory.unregistered]
        gone = (t.directory_file.c.key.in_(keys), t.directory_file.c.removed.is_not(None))
        connection.execute(delete(t.directory_file).where(*gone))
        connection.execute(delete(t.directory_run))
        text = json.dumps(report(writer.outcome), ensure_ascii=False)
        connection.execute(insert(t.directory_run).values(number=directory.last_run + 1, report=text))
        return writer.outcome


def find_last_report(engine: Engine) -> str | None:
    """The JSON text of the report that the last :func:`commit_update` was given, ``None`` before the first."""
    with reading(engine) as connection:
        return connection.scalar(select(t.directory_run.c.report))


def has_report(engine: Engine) -> bool:
    """Whether there was an update yet."""
    with reading(engine) as connection:
        return _last_number(connection) > 0


def _files(connection: Connection) -> list[MetadataFile]:
    held = _held(t.directory_file.c.number, func.count().label("entries")).group_by(t.directory_file.c.number)
    counts = {row.number: row.entries for row in connection.execute(held)}
    query = select(t.directory_file).where(t.directory_file.c.removed.is_(None)).order_by(t.directory_file.c.number)
    return [
        MetadataFile(
            row.url,
            row.member,
            None if row.schemes is None else tuple(json.loads(row.schemes)),
            row.registered,
            counts.get(row.number, 0),
        )
        for row in connection.execute(query)
    ]


def _held(*columns: Any) -> Select[Any]:
    """Live records with the registered files that they came from."""
    return (
        select(*columns)
        .select_from(t.directory_file)
        .join(t.source, t.source.c.key == t.directory_file.c.key)
        .join(t.delivery, t.delivery.c.source == t.source.c.number)
        .join(t.record, t.record.c.key == t.delivery.c.key)
        .where(t.record.c.change_type != "delete")
    )


def _last_number(connection: Connection) -> int:
    return connection.scalar(select(func.max(t.directory_run.c.number))) or 0


def _lock(connection: Connection) -> None:
    """Two programs that register files at once take turns."""
    connection.execute(select(t.catalog).with_for_update())
