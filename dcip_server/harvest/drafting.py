"""Pieces of documents to drafts of records: in processes of their own where an import is worth them.

The import's own process reads on and writes; the others parse, map and render. Everything comes
back in the order in which it was read, so an import does the same with any number of processes.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import NamedTuple, Self

from dcip_server.entities import Dataset
from dcip_server.errors import DcipError, ProcessError, RecordError, SourceError
from dcip_server.formats.item import Item, Piece
from dcip_server.store import Draft, Drafter

#: A process takes about a second to begin: so many records are read before the first one does.
_PIECES_ALONE = 1000
#: What is sent at once. A part that is larger because of its last piece is not: it would be in memory twice.
_PART_PIECES = 100
_PART_BYTES = 1 << 18
_MOST_PART_BYTES = 1 << 20
_PARTS_AHEAD = 3


class Read(NamedTuple):
    """An :class:`Item` whose entity may be a draft already."""

    place: str
    record: Dataset | Draft | None
    error: RecordError | None
    remarks: tuple[str, ...]


def read_items(pieces: Iterable[Piece]) -> Iterator[Item]:
    """The items of the pieces; what keeps a piece from being read to its end comes as an item without a place."""
    for piece in pieces:
        try:
            yield from piece.items()
        except SourceError as error:
            yield Item("", error=RecordError(str(error)))
        except MemoryError:
            yield Item("", error=RecordError(OUT_OF_MEMORY))


def read_here(pieces: Iterable[Piece]) -> Iterator[Read]:
    """As :meth:`Drafting.result`, read in this process; the drafts are left to the write."""
    return (Read(*item) for item in read_items(pieces))


OUT_OF_MEMORY = "needs more memory than there is; see IMPORT_MAX_RECORD_BYTES"


class Drafting:
    """The processes of one import; none is begun before it is clear that the import is large.

    ``processes`` is how many there may be, 0 one for each processor; with 1 there are none beside this one.
    """

    def __init__(self, database_url: str, processes: int) -> None:
        self._database_url = database_url
        self._count = processes or len(os.sched_getaffinity(0))
        self._pieces = 0
        self._threads: ThreadPoolExecutor | None = None
        self._processes: list[BaseProcess] = []
        self._own = threading.local()
        self._now = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # What they are at is of no use any more; the threads notice, and end too.
        for process in self._processes:
            if process.pid is not None:
                process.kill()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)

    @property
    def parts_ahead(self) -> int:
        """How many parts may be read before the first of them is written."""
        return self._count * _PARTS_AHEAD if self._is_worth_it() else 0

    def is_full(self, pieces: int, size_bytes: int) -> bool:
        """Whether nothing should be added any more to a part of so many pieces."""
        return pieces >= _PART_PIECES or size_bytes >= _PART_BYTES or not self._is_worth_it()

    def begin(self, pieces: list[Piece], size_bytes: int, now: str) -> Future[bytes] | None:
        """Give a part to a process, or ``None`` where it is to be read here, when its turn comes.

        What comes of it is for :meth:`result`.
        """
        self._pieces += len(pieces)
        if not pieces or size_bytes > _MOST_PART_BYTES or not self._is_worth_it():
            return None
        if self._threads is None:
            self._now = now
            self._threads = ThreadPoolExecutor(self._count)
        return self._threads.submit(self._ask, pieces)

    def result(self, begun: Future[bytes]) -> list[Read]:
        """What a process made of a part. Raises what it raised, :class:`ProcessError` where it ended."""
        # Here and not in the thread, which would be in the way of the one that writes.
        answer: list[Read] | DcipError = pickle.loads(begun.result())  # noqa: S301 - from a process of ours
        if isinstance(answer, DcipError):
            raise answer
        return answer

    def _is_worth_it(self) -> bool:
        return self._count > 1 and self._pieces > _PIECES_ALONE

    # --- in a thread for each process ---

    def _ask(self, pieces: list[Piece]) -> bytes:
        """A process's answer for the pieces."""
        own = self._own
        try:
            if not hasattr(own, "connection"):
                own.process, own.connection = self._begin_process()
            own.connection.send(pieces)
            answer: bytes = own.connection.recv_bytes()
        except (EOFError, OSError) as error:
            own.process.join(10)
            raise ProcessError(_ENDED.format(status=own.process.exitcode)) from error
        return answer

    def _begin_process(self) -> tuple[BaseProcess, Connection]:
        # The process inherits that, so Ctrl-C interrupts this one alone, which ends the others.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        here, there = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_serve, args=(there, self._database_url, self._now), daemon=True)
        self._processes.append(process)
        process.start()
        there.close()
        return process, here


_ENDED = (
    "a process that reads records was ended (status {status}), so nothing was changed; where memory is short,"
    " IMPORT_PROCESSES=1 imports without it"
)
#: Begun anew, not forked: a fork would take connections and locks of other threads with it.
_SPAWN = multiprocessing.get_context("spawn")


def look_for_garbage_seldom() -> None:
    """For a process that imports: what is loaded by now stays, and records leave no circles behind.

    Looking through them again and again takes a tenth of an import, and a fifth of reading RDF.
    """
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def _serve(connection: Connection, database_url: str, now: str) -> None:
    """The work of a process: part after part, until the import that wants them has ended."""
    look_for_garbage_seldom()
    drafter: Drafter | None = None
    with suppress(EOFError, ConnectionError):
        while True:
            pieces = connection.recv()
            try:
                drafter = drafter or Drafter(database_url, now)
                connection.send(_draft(drafter, pieces))
            except DcipError as error:
                connection.send(error)


def _draft(drafter: Drafter, pieces: list[Piece]) -> list[Read]:
    items = list(read_items(pieces))
    drafts = iter(drafter.drafts(item.entity for item in items if item.entity is not None))
    return [Read(item.place, None if item.entity is None else next(drafts), item.error, item.remarks) for item in items]
