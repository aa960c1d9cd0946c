"""Pieces of documents to drafts of records: in processes of their own where an import is worth them.

The import's own process reads on and writes; the others parse, map and render. Everything comes
back in the order in which it was read, so an import does the same with any number of processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple, Self

from dcip_server.entities import Dataset
from dcip_server.errors import RecordError
from dcip_server.formats.item import Piece, items_of
from dcip_server.processes import Processes, processors
from dcip_server.store import Before, Draft, Drafter

#: Where an import has so many records, or a source so many bytes, processes begin. That takes them as long as it takes to
#: read twice as many more, so those are read here meanwhile, unless they have begun before; all later ones are for them.
_RECORDS_BEFORE = 1000
_BYTES_BEFORE = 1 << 24
_RECORDS_ALONE = 3000
#: What is sent at once. A part that is larger because of its last piece is not: it would be in memory twice.
_PART_RECORDS = 200
_PART_BYTES = 1 << 19
_MOST_PART_BYTES = 1 << 20
_PARTS_AHEAD = 3


class Read(NamedTuple):
    """An :class:`Item` whose entity may be a draft already."""

    place: str
    record: Dataset | Draft | None
    error: RecordError | None
    remarks: tuple[str, ...]


def read_here(pieces: Iterable[Piece]) -> Iterator[Read]:
    """As :meth:`Drafting.result`, read in this process; the drafts are left to the write."""
    return (Read(*item) for piece in pieces for item in items_of(piece))


class Drafting:
    """The processes of one import; none is begun before it is clear that the import is large.

    ``processes`` is how many there may be, 0 one for each processor; with 1 there are none beside this one.
    """

    def __init__(self, database_url: str, processes: int) -> None:
        self._database_url = database_url
        self._count = processes or processors()
        self._records = 0
        self._begun = ExitStack()
        self._processes: Processes | None = None
        self._beginning: list[Future[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End the processes; there is nothing more to read, or nobody wants it."""
        self._begun.close()

    @property
    def parts_ahead(self) -> int:
        """How many parts may be read before the first of them is written."""
        return self._count * _PARTS_AHEAD if self._is_worth_it() else 0

    def is_full(self, records: int, size_bytes: int) -> bool:
        """Whether nothing should be added any more to a part of so many records."""
        return records >= _PART_RECORDS or size_bytes >= _PART_BYTES or not self._is_worth_it()

    def begin(self, pieces: list[Piece], size_bytes: int, before: Before) -> Future[bytes] | None:
        """Give a part to a process, or ``None`` where it is to be read here, when its turn comes.

        What comes of it is for :meth:`result`. Raises :class:`ProcessError` where no process can be begun.
        """
        self._records += sum(piece.records for piece in pieces)
        if not pieces or size_bytes > _MOST_PART_BYTES or not self._is_worth_it():
            return None
        if self._processes is None:
            self._processes = self._begin_processes(before)
        if self._records <= _RECORDS_ALONE and not all(future.done() for future in self._beginning):
            return None
        return self._processes.submit(pieces)

    def expect(self, size_bytes: int, before: Before) -> None:
        """Hear that a source has so many bytes. Raises :class:`ProcessError` where no process can be begun."""
        if size_bytes >= _BYTES_BEFORE and self._count > 1 and self._processes is None:
            self._processes = self._begin_processes(before)

    def _begin_processes(self, before: Before) -> Processes:
        processes = self._begun.enter_context(Processes(self._count, _begin, (self._database_url, before), _ENDED))
        self._beginning = [processes.submit([]) for _ in range(self._count)]
        return processes

    def result(self, begun: Future[bytes]) -> list[Read]:
        """What a process made of a part. Raises what it raised, :class:`ProcessError` where it ended."""
        assert self._processes is not None  # noqa: S101 - it has begun
        return list(map(Read._make, self._processes.result(begun)))

    def _is_worth_it(self) -> bool:
        return self._processes is not None or (self._count > 1 and self._records > _RECORDS_BEFORE)


_ENDED = (
    "a process that reads records was ended (status {status}), so nothing was changed; where memory is short,"
    " IMPORT_PROCESSES=1 imports without it"
)


#: The fields of a :class:`Read`; plain tuples go from process to process faster.
_Sent = tuple[str, Draft | None, RecordError | None, tuple[str, ...]]


def _begin(database_url: str, before: Before) -> Callable[[list[Piece]], list[_Sent]]:
    return partial(_draft, Drafter(database_url, before))


def _draft(drafter: Drafter, pieces: list[Piece]) -> list[_Sent]:
    items = [item for piece in pieces for item in items_of(piece)]
    drafts = iter(drafter.drafts(item.entity for item in items if item.entity is not None))
    return [(item.place, None if item.entity is None else next(drafts), item.error, item.remarks) for item in items]
