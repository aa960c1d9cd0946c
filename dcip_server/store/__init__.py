"""The store: one catalog in one database. The only SQL of the package is in here.

``revise`` writes; everything else reads. Errors of the database come out as
:class:`~dcip_server.errors.CatalogError`; a catalog that cannot be read never looks empty.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Self

from sqlalchemy import BigInteger, bindparam, select

from dcip_server.errors import CatalogError
from dcip_server.formats.feeds import MEMBERSHIPS, Feed
from dcip_server.protocol.entity_types import DATASET
from dcip_server.protocol.urls import Format
from dcip_server.store import tables as t
from dcip_server.store.audits import AuditFigures, LiveRecord, find_audit, live_records, write_audit
from dcip_server.store.change_list import ENTRY_COLUMNS, ChangeLists, to_entry
from dcip_server.store.changes import Change, Delete, DropUnseen, Keep, Outcome, Put, Refused
from dcip_server.store.connections import Query, ReadConnections
from dcip_server.store.database import checkpoint, close, open_engine, reading
from dcip_server.store.drafts import Before, Draft, Drafter
from dcip_server.store.driver import Driver
from dcip_server.store.entry import Entry
from dcip_server.store.facets import FACETS, MOST_VALUE, MOST_VALUES, FacetValue, top_values
from dcip_server.store.feeds import Feeds
from dcip_server.store.history import History, find_history, find_reasons
from dcip_server.store.kept_files import CatalogState, FileSlice, own_temporary_folder
from dcip_server.store.keys import attribute_key, record_key
from dcip_server.store.orders import Order
from dcip_server.store.packages import Condition, Packages
from dcip_server.store.portal_reads import StoredDataset, find_by_portal_id
from dcip_server.store.publications import Publications, T, publish
from dcip_server.store.ranking import Position
from dcip_server.store.revise import end_the_write, revise
from dcip_server.store.schema import require_newest_schema, upgrade
from dcip_server.store.search import SORTS, Found, Search, search
from dcip_server.store.statistics import Row, Statistic, Statistics, Weeks, statistics
from dcip_server.store.walk import FIRST_STEP, Step, WalkPage, part, parts, walk_page

__all__ = [
    "FACETS",
    "FIRST_STEP",
    "MOST_VALUE",
    "SORTS",
    "AuditFigures",
    "Before",
    "CatalogState",
    "Change",
    "Delete",
    "Draft",
    "Drafter",
    "DropUnseen",
    "Entry",
    "FacetValue",
    "FileSlice",
    "Found",
    "History",
    "Keep",
    "LiveRecord",
    "Outcome",
    "Position",
    "Put",
    "Refused",
    "Representation",
    "Row",
    "Search",
    "Statistic",
    "Statistics",
    "Step",
    "Store",
    "StoredDataset",
    "WalkPage",
]


# As with targets of URLs: what is made for each read is a tuple, which is made fastest.
class Representation(NamedTuple):
    """A record's stored bytes in one format; N3 without its ``@base`` line. ``modified`` is UTC."""

    body: bytes
    sha256: str
    modified: str


class Store:
    """A catalog, open for reading and writing.

    ``create`` makes the database where there is none and brings an old one up to date; without
    it such a database raises :class:`CatalogError` saying what to do.
    """

    def __init__(self, database_url: str, *, list_folder: str = "", create: bool = False) -> None:
        self.database_url = database_url
        self.engine = open_engine(database_url, create)
        try:
            if create:
                upgrade(self.engine)
            else:
                require_newest_schema(self.engine)
        except CatalogError:
            close(self.engine)
            raise
        self._written = False
        self._connections = ReadConnections(self.engine)
        self._state = Query(self.engine, _STATE)
        self._representations = {format: Query(self.engine, query) for format, query in _REPRESENTATIONS.items()}
        folder = Path(list_folder) if list_folder else own_temporary_folder()
        self._lists = ChangeLists(self.engine, folder)
        self._feeds = Feeds(self.engine, folder)
        self._packages = Packages(self.engine, folder)
        self._values = lru_cache(_VALUES_KEPT)(self._values_at)
        self._search = lru_cache(_SEARCHES_KEPT)(self._search_at)
        self._memberships = lru_cache(1)(self._memberships_at)
        self._weeks = Weeks()
        self._statistics = lru_cache(1)(self._statistics_at)

    def close(self) -> None:
        """Give the connections back; a SQLite file that was written to is left complete in itself."""
        if self._written:
            checkpoint(self.engine)
        self._connections.close()
        close(self.engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def state(self) -> CatalogState:
        """The catalog's revision, its time (UTC) and the number of its live records."""
        return CatalogState(*self._connections.first(self._state))

    def generation(self) -> object:
        """An object that is another one when a read may give something else than it gave before.

        See :meth:`ReadConnections.generation` for when that is.
        """
        return self._connections.generation()

    def find_representation(self, entity: str, id: str, format: Format) -> Representation | None:
        """The bytes of a live record, or ``None`` where there is none with that id."""
        row = self._connections.first(self._representations[format], key=record_key(entity, id))
        return None if row is None else Representation._make(row)

    def live_ids(self, entity: str, ids: Iterable[str]) -> set[str]:
        """Those of some ids that live records have."""
        keys = {record_key(entity, id): id for id in ids}
        with reading(self.engine) as connection:
            return {keys[key] for (key,) in Driver(connection).rows(_LIVE_KEYS, keys=list(keys))}

    def change_list(self, entity: str, format: Format, endpoint: str) -> FileSlice:
        """The whole change list as it is now, oldest change first."""
        return self._lists.whole(self.state(), entity, format, endpoint)

    def changes_since(self, entity: str, format: Format, endpoint: str, after: int | str) -> FileSlice:
        """The entries after a revision (int), or at or after a time (UTC text), in the same shape."""
        return self._lists.since(self.state(), entity, format, endpoint, after)

    def feed(self, feed: Feed) -> FileSlice:
        """The whole feed as it is now."""
        return self._feeds.whole(self.state(), feed)

    def feed_part(self, feed: Feed, since: str | None, offset: int, limit: int | None) -> FileSlice:
        """Some of what changed at or after a time (UTC); see :meth:`dcip_server.store.feeds.Feeds.part`."""
        return self._feeds.part(self.state(), feed, since, offset, limit)

    def memberships(self) -> dict[str, Counter[str]]:
        """How many live datasets each ``organization`` and each ``group`` of CKAN has, by its name."""
        state = self.state()
        return self._memberships(state)

    def _memberships_at(self, state: CatalogState) -> dict[str, Counter[str]]:
        organizations: Counter[str] = Counter()
        groups: Counter[str] = Counter()
        for organization, *others in json.loads(b"".join(self._feeds.whole(state, MEMBERSHIPS))):
            organizations.update([organization] if organization else [])
            groups.update(others)
        return {"organization": organizations, "group": groups}

    def look_up(
        self, entity: str, attribute: str, value: str, limit: int | None = None, offset: int = 0
    ) -> list[Entry]:
        """Live records whose attribute has exactly that value, oldest change first."""
        key = attribute_key(entity, attribute, value)
        with reading(self.engine) as connection:
            rows = Driver(connection).rows(
                _LOOK_UP, key=key, limit=_NO_LIMIT if limit is None else limit, offset=offset
            )
            return [to_entry(row) for row in rows]

    def search(self, wanted: Search) -> Found:
        """Live records that match, best first. Raises :class:`RequestError` for more words than are worth a search."""
        # Which source holds a record can change without another state.
        return self._search_now(wanted) if wanted.source else self._search(self.state(), wanted)

    def _search_at(self, _: CatalogState, wanted: Search) -> Found:
        return self._search_now(wanted)

    def _search_now(self, wanted: Search) -> Found:
        return search(self.engine, wanted, lambda: {facet: self.values(facet, MOST_VALUES) for facet in FACETS})

    def values(self, facet: str, limit: int, offset: int = 0) -> tuple[FacetValue, ...]:
        """The values of one of :data:`FACETS` in the whole catalog, most frequent first."""
        return self._values(self.state(), facet, limit, offset)

    def statistics(self) -> Statistics:
        """The catalog in figures, made once for one state of it."""
        return self._statistics(self.state())

    def _statistics_at(self, state: CatalogState) -> Statistics:
        with reading(self.engine) as connection:
            return statistics(connection, state, self._weeks)

    def _values_at(self, _: CatalogState, facet: str, limit: int, offset: int) -> tuple[FacetValue, ...]:
        with reading(self.engine) as connection:
            return top_values(connection, facet, limit, offset)

    def find_history(self, entity: str, id: str) -> History | None:
        """What became of a record, deleted or not, or ``None`` where there never was one."""
        return find_history(self.engine, entity, id)

    def find_reasons(self, revisions: Iterable[int]) -> dict[int, str]:
        """Why audits withdrew records, by the revision that deleted the record."""
        return find_reasons(self.engine, revisions)

    def newest(self, limit: int, before: int | None = None) -> list[Entry]:
        """The latest changes of all entity types, or those before a revision, newest first."""
        with reading(self.engine) as connection:
            rows = Driver(connection).rows(_NEWEST, before=_NO_LIMIT if before is None else before, limit=limit)
            return [to_entry(row) for row in rows]

    def packages(
        self, wanted: Condition, order: Sequence[Order], limit: int, offset: int
    ) -> tuple[list[StoredDataset], int]:
        """Some of the live datasets that match, and how many do; see :meth:`dcip_server.store.packages.Packages.find`."""
        return self._packages.find(self.state(), wanted, order, limit, offset)

    def find_dataset(self, id: str, key: str | None) -> StoredDataset | None:
        """The live dataset with that id, or else with that key (24 hex digits)."""
        with reading(self.engine) as connection:
            found = find_by_portal_id(connection, record_key(DATASET.name, id).hex()[:24])
            return found if found or key is None else find_by_portal_id(connection, key)

    def walk_page(self, step: Step) -> WalkPage | None:
        """A page of all live records; see :func:`dcip_server.store.walk.walk_page`."""
        with reading(self.engine) as connection:
            return walk_page(connection, step)

    def parts(self, size: int) -> list[int]:
        """The ranges of the walk that have live records; see :func:`dcip_server.store.walk.parts`."""
        with reading(self.engine) as connection:
            return parts(connection, size)

    def part(self, number: int, size: int) -> list[Entry]:
        """The live records of a range; see :func:`dcip_server.store.walk.part`."""
        with reading(self.engine) as connection:
            return part(connection, number, size)

    def revise(
        self,
        changes: Iterable[Change] | Callable[[Before], Iterable[Change]],
        *,
        allow_mass_delete: bool = False,
        dry_run: bool = False,
        fills: bool = False,
        refused: Refused = end_the_write,
    ) -> Outcome:
        """Change the catalog in one transaction; see :func:`dcip_server.store.revise.revise`."""
        self._written = True
        return revise(
            self.engine,
            changes,
            allow_mass_delete=allow_mass_delete,
            dry_run=dry_run,
            fills=fills,
            refused=refused,
        )

    def live_records(self) -> Iterator[LiveRecord]:
        """Every live record with its stored bytes, in the order of creation, as one moment has them."""
        return live_records(self.engine)

    def write_audit(self, figures: AuditFigures) -> AuditFigures:
        """Keep the figures of an audit; see :func:`dcip_server.store.audits.write_audit`."""
        self._written = True
        return write_audit(self.engine, figures)

    def find_audit(self, profile: str) -> AuditFigures | None:
        """The figures of the last audit against a profile, ``None`` where there was none."""
        return find_audit(self.engine, profile)

    @contextmanager
    def publications(self) -> Iterator[Publications]:
        """The publications as they are at one moment, to be read."""
        with reading(self.engine) as connection:
            yield Publications(connection)

    def publish(self, edit: Callable[[Publications], tuple[T, Iterable[Change]]]) -> T:
        """Change publications and their records together; see :func:`dcip_server.store.publications.publish`."""
        self._written = True
        return publish(self.engine, edit)


#: Lists of values that a worker remembers for one state of the catalog.
_VALUES_KEPT = 64
#: Searches of which a worker remembers what was found: it is asked for the page behind one, and in other languages.
_SEARCHES_KEPT = 8
_NO_LIMIT = (1 << 63) - 1
_LOOK_UP = (
    select(*ENTRY_COLUMNS)
    .join(t.attribute, t.attribute.c.record == t.record.c.number)
    .where(t.attribute.c.key == bindparam("key"))
    .order_by(t.record.c.revision)
    .limit(bindparam("limit", type_=BigInteger))
    .offset(bindparam("offset", type_=BigInteger))
)
_NEWEST = (
    select(*ENTRY_COLUMNS)
    .where(t.record.c.revision < bindparam("before", type_=BigInteger))
    .order_by(t.record.c.revision.desc())
    .limit(bindparam("limit", type_=BigInteger))
)
_LIVE_KEYS = select(t.record.c.key).where(
    t.record.c.key.in_(bindparam("keys", expanding=True)), t.record.c.change_type != "delete"
)
_STATE = select(t.catalog.c.identity, t.catalog.c.revision, t.catalog.c.modified, t.catalog.c.live_records)
_REPRESENTATIONS = {
    format: select(body, t.representation.c.json_sha256, t.representation.c.modified)
    .join(t.record, t.record.c.number == t.representation.c.record)
    .where(t.record.c.key == bindparam("key"))
    for format, body in t.BODIES.items()
}
