"""An import job: sources in, changes out, one transaction, one report.

A refused record or document is reported and the rest goes on. A source that was not read to its
end, or from which a record without readable id was refused, drops nothing in a sync.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from dcip_server import formats
from dcip_server.errors import DcipError, RecordError, SourceError, WithheldError
from dcip_server.formats.document import Document
from dcip_server.formats.item import OUT_OF_MEMORY, Piece
from dcip_server.harvest.drafting import Drafting, Read, read_here
from dcip_server.harvest.sources import Failure, Source, documents, find_source
from dcip_server.store import Before, Change, Delete, DropUnseen, Keep, Outcome, Put, Store

#: How much of an id a message has.
_LONGEST_ID = 200


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
class _Delivery:
    """A source that is being read; ``complete`` is whether all that it holds is known."""

    source: Source
    complete: bool = True


@dataclass(slots=True)
class _Reading:
    """A document that is being read, and the records that came of it so far."""

    delivery: _Delivery
    name: str
    records: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    """Some pieces of a document, and the bytes of its source that were read meanwhile."""

    reading: _Reading
    pieces: list[Piece]
    size_bytes: int
    bytes_read: int


#: What is done in turn: a part is taken into the catalog, or something is told or concluded.
_Step = _Part | Callable[[], Iterable[Change]]


def _wait() -> Iterable[Change]:
    """The step before which all earlier ones are done, and only then the next is asked for."""
    return ()


@dataclass(slots=True)
class Job:
    """Imports the arguments into the store. ``failures`` counts what was refused.

    ``processes`` is how many may read, 0 one for each processor; see :class:`Drafting`.
    """

    arguments: Iterable[str]
    limits: Limits
    listener: Listener
    format: str | None = None
    sync: bool = False
    processes: int = 1
    failures: int = field(default=0, init=False)
    _bytes_read: int = field(default=0, init=False)

    def run(self, store: Store, *, dry_run: bool = False, allow_mass_delete: bool = False) -> Outcome:
        """Import everything in one transaction. Raises as :meth:`Store.revise` does."""
        with Drafting(store.database_url, self.processes) as drafting:
            return store.revise(
                partial(self._changes, drafting),
                dry_run=dry_run,
                allow_mass_delete=allow_mass_delete,
                fills=True,
                refused=self._refused_put,
            )

    def _refused_put(self, change: Put | Delete, error: DcipError) -> None:
        self._refuse(change.place if isinstance(change, Put) else str(change.id), error)

    def _refuse(self, place: str, error: DcipError) -> None:
        """Tell that a record is refused: where it stands, and by its id where that is known and not told yet."""
        reason = str(error)
        if isinstance(error, RecordError) and error.id is not None and not place.endswith(f": {error.id}"):
            named = f"id {error.id!r}"
            reason = reason if named in reason else f"{named[:_LONGEST_ID]}: {reason}"
        self._fail(place, reason)

    def _fail(self, place: str, reason: str) -> None:
        self.failures += 1
        self.listener.refused(place, reason)

    # --- what is read, ahead of what is written ---

    def _changes(self, drafting: Drafting, before: Before) -> Iterator[Change]:
        steps = self._steps(drafting, before)
        waiting: deque[tuple[_Step, Future[bytes] | None]] = deque()
        while True:
            while len(waiting) <= drafting.parts_ahead and not (waiting and waiting[-1][0] is _wait):
                step = next(steps, None)
                if step is None:
                    break
                begun = drafting.begin(step.pieces, step.size_bytes, before) if isinstance(step, _Part) else None
                waiting.append((step, begun))
            if not waiting:
                # Before the write ends: where nobody else has the catalog open, its connection is the last one then and
                # brings the log into the file once. Processes that end later leave a log to be read and copied again.
                drafting.end()
                return
            step, future = waiting.popleft()
            if isinstance(step, _Part):
                yield from self._take(step, read_here(step.pieces) if future is None else drafting.result(future))
            else:
                yield from step()

    def _steps(self, drafting: Drafting, before: Before) -> Iterator[_Step]:
        for argument in self.arguments:
            try:
                source = find_source(argument)
            except SourceError as error:
                yield partial(self._fail_at, argument, str(error))
                continue
            yield partial(self._begin, source)
            drafting.expect(source.bytes_total or 0, before)
            delivery = _Delivery(source)
            for document in documents(source, self.limits.max_bytes, self._count):
                if isinstance(document, Failure):
                    yield partial(self._fail_at, document.name, str(document.error), delivery)
                else:
                    yield from self._document_steps(drafting, _Reading(delivery, document.name), document)
            yield partial(self._end, delivery)

    def _document_steps(self, drafting: Drafting, reading: _Reading, document: Document) -> Iterator[_Step]:
        waiting: list[Piece] = []
        records = size_bytes = 0
        failure = ""
        pieces = formats.pieces(document, self.format, self.limits.max_record_bytes)
        while True:
            try:
                piece = next(pieces, None)
            except SourceError as error:
                failure = str(error)
                break
            except MemoryError:
                failure = OUT_OF_MEMORY
                break
            if piece is None:
                break
            if piece.alone:
                yield self._part(reading, waiting, size_bytes)
                yield _wait
                yield self._part(reading, [piece], piece.size_bytes)
                yield _wait
                waiting, records, size_bytes = [], 0, 0
                continue
            waiting.append(piece)
            records += piece.records
            size_bytes += piece.size_bytes
            if drafting.is_full(records, size_bytes):
                yield self._part(reading, waiting, size_bytes)
                waiting, records, size_bytes = [], 0, 0
        yield self._part(reading, waiting, size_bytes)
        if failure:
            yield partial(self._fail_at, document.name, failure, reading.delivery)
        else:
            yield partial(self._end_document, reading)

    def _count(self, bytes_read: int) -> None:
        self._bytes_read += bytes_read

    def _part(self, reading: _Reading, pieces: list[Piece], size_bytes: int) -> _Part:
        part = _Part(reading, pieces, size_bytes, self._bytes_read)
        self._bytes_read = 0
        return part

    # --- what comes of it, in order ---

    def _begin(self, source: Source) -> Iterable[Change]:
        self.listener.started(source)
        if source.passed_over:
            self.listener.remark(source.argument, f"{source.passed_over} files passed over: not of a catalog's kind")
        return ()

    def _fail_at(self, place: str, reason: str, delivery: _Delivery | None = None) -> Iterable[Change]:
        self._fail(place, reason)
        if delivery is not None:
            delivery.complete = False
        return ()

    def _end_document(self, reading: _Reading) -> Iterable[Change]:
        if not reading.records:
            self.listener.remark(reading.name, "no record in it")
        return ()

    def _end(self, delivery: _Delivery) -> Iterable[Change]:
        if self.sync and delivery.complete:
            return (DropUnseen(delivery.source.name),)
        if self.sync:
            text = "not read whole, so nothing that it delivered before is deleted"
            self.listener.remark(delivery.source.argument, text)
        return ()

    def _take(self, part: _Part, items: Iterable[Read]) -> Iterator[Change]:
        """The changes that the part's records are."""
        self.listener.bytes_read(part.bytes_read)
        name, source = part.reading.name, part.reading.delivery.source.name
        for place_there, record, error, remarks in items:
            place = f"{name}: {place_there}" if place_there else name
            for text in remarks:
                self.listener.remark(place, text)
            if record is not None or error is not None:
                part.reading.records += 1
            if record is not None:
                self.listener.record_done()
                yield Put(record, source, place)
            if error is not None:
                yield from self._refused_item(part.reading.delivery, place, error)

    def _refused_item(self, delivery: _Delivery, place: str, error: RecordError) -> Iterator[Change]:
        self._refuse(place, error)
        if error.id is None:
            delivery.complete = False
        elif not isinstance(error, WithheldError):
            yield Keep(error.entity_type, error.id, delivery.source.name)
