"""An import job: sources in, changes out, one transaction, one report.

A refused record or document is reported and the rest goes on. A source that was not read to its
end, or from which a record without readable id was refused, drops nothing in a sync.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from dcip_server import formats
from dcip_server.errors import DcipError, SourceError
from dcip_server.formats.document import Document
from dcip_server.formats.item import Item
from dcip_server.harvest.sources import Failure, Source, documents, find_source
from dcip_server.store import Change, Delete, DropUnseen, Keep, Outcome, Put, Store


class Listener(Protocol):
    """Who wants to know how a job goes on."""

    def started(self, source: Source) -> None: ...
    def bytes_read(self, count: int) -> None: ...
    def record_done(self) -> None: ...
    def refused(self, place: str, reason: str) -> None: ...
    def remark(self, place: str, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what a source may unpack to, and on what must be in memory at once; in bytes."""

    max_bytes: int
    max_record_bytes: int


@dataclass(slots=True)
class Job:
    """Imports the arguments into the store. ``failures`` counts what was refused."""

    arguments: Iterable[str]
    limits: Limits
    listener: Listener
    format: str | None = None
    sync: bool = False
    failures: int = field(default=0, init=False)

    def run(self, store: Store, *, dry_run: bool = False, allow_mass_delete: bool = False) -> Outcome:
        """Import everything in one transaction. Raises as :meth:`Store.revise` does."""
        return store.revise(
            self._changes(), dry_run=dry_run, allow_mass_delete=allow_mass_delete, refused=self._refused_put
        )

    def _refused_put(self, change: Put | Delete, error: DcipError) -> None:
        self._fail(change.place if isinstance(change, Put) else str(change.id), str(error))

    def _fail(self, place: str, reason: str) -> None:
        self.failures += 1
        self.listener.refused(place, reason)

    def _changes(self) -> Iterator[Change]:
        for argument in self.arguments:
            try:
                source = find_source(argument)
            except SourceError as error:
                self._fail(argument, str(error))
                continue
            self.listener.started(source)
            if source.passed_over:
                self.listener.remark(argument, f"{source.passed_over} files passed over: not of a catalog's kind")
            complete = yield from self._source_changes(source)
            if self.sync and complete:
                yield DropUnseen(source.name)
            elif self.sync:
                self.listener.remark(argument, "not read whole, so nothing that it delivered before is deleted")

    def _source_changes(self, source: Source) -> Generator[Change, None, bool]:
        """Yields the source's changes; returns whether all that it holds is known."""
        complete = True
        for document in documents(source, self.limits.max_bytes, self.listener.bytes_read):
            if isinstance(document, Failure):
                self._fail(document.name, str(document.error))
                complete = False
            elif not (yield from self._document_changes(source, document)):
                complete = False
        return complete

    def _document_changes(self, source: Source, document: Document) -> Generator[Change, None, bool]:
        """As :meth:`_source_changes`, for one document."""
        complete = True
        records = 0
        items = formats.parse(document, self.format, self.limits.max_record_bytes)
        while True:
            try:
                item = next(items)
            except StopIteration:
                break
            except SourceError as error:
                self._fail(document.name, str(error))
                return False
            except MemoryError:
                self._fail(document.name, "needs more memory than there is; see IMPORT_MAX_RECORD_BYTES")
                return False
            records += item.entity is not None or item.error is not None
            place = f"{document.name}: {item.place}" if item.place else document.name
            for text in item.remarks:
                self.listener.remark(place, text)
            complete = (yield from self._item_changes(source, place, item)) and complete
        if not records:
            self.listener.remark(document.name, "no record in it")
        return complete

    def _item_changes(self, source: Source, place: str, item: Item) -> Generator[Change, None, bool]:
        """As :meth:`_source_changes`, for one record."""
        if item.entity is not None:
            self.listener.record_done()
            yield Put(item.entity, source.name, place)
        if item.error is None:
            return True
        self._fail(place, str(item.error))
        if item.error.id is None:
            return False
        yield Keep(item.error.entity_type, item.error.id, source.name)
        return True
