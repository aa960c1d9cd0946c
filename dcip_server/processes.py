"""Processes of this program's own that answer messages, each with whatever it has made for that when it began."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import Any, NamedTuple, Self

from dcip_server.errors import DcipError, ProcessError

LOG_FORMAT = "%(levelname)s %(message)s"
#: Begun anew, not forked: a fork would take connections and locks of other threads with it.
_SPAWN = multiprocessing.get_context("spawn")

#: What answers the messages of one process.
Answering = Callable[[Any], Any]


def look_for_garbage_seldom() -> None:
    """For a process that imports or exports: what is loaded by now stays, and records leave few circles behind.

    Looking through them again and again takes a tenth of either, and a fifth of reading RDF.
    """
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


def processors() -> int:
    """How many processors this process may run on."""
    return len(os.sched_getaffinity(0))


class _Process(NamedTuple):
    process: BaseProcess
    connection: Connection


class Processes:
    """So many processes; ``begin`` is called in each with ``arguments``, and what it returns answers the messages.

    They end with the ``with``, whatever they are at. ``ended`` says what it means where one ends before; the status
    it ended with goes in at ``{status}``.
    """

    def __init__(self, count: int, begin: Callable[..., Answering], arguments: tuple[Any, ...], ended: str) -> None:
        self._ended = ended
        self._begin = begin
        self._arguments = arguments
        self._all: list[_Process] = []
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        self._threads = ThreadPoolExecutor(count)
        self.count = count

    def __enter__(self) -> Self:
        # It lets signals through again when it begins, which would be below.
        resource_tracker.ensure_running()
        # Processes inherit that, so Ctrl-C interrupts this one alone, which ends the others.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for _ in range(self.count):
                here, there = _SPAWN.Pipe()
                process = _SPAWN.Process(target=_serve, args=(there, self._begin, self._arguments), daemon=True)
                process.start()
                there.close()
                self._all.append(_Process(process, here))
                self._idle.put(self._all[-1])
        except OSError as error:
            self.__exit__()
            raise ProcessError(f"no more processes can be begun: {error.strerror or error}") from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return self

    def __exit__(self, *_: object) -> None:
        # What they are at is of no use any more; the threads notice, and end too.
        for process, _connection in self._all:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process, connection in self._all:
            process.join()
            connection.close()

    def submit(self, message: object) -> Future[bytes]:
        """Have the next process that is idle answer; the answer is for :meth:`result`."""
        return self._threads.submit(self._ask_one, message)

    def result(self, submitted: Future[bytes]) -> Any:
        """The answer. Raises what the process raised, :class:`ProcessError` where it ended."""
        # Here and not in the thread, which would be in the way of this one.
        return _answer(submitted.result())

    def ask_each(self, message: object) -> list[Any]:
        """The answers of all processes to the same message, while none has another."""
        asked = [self._threads.submit(self._exchange, process, message) for process in self._all]
        return [_answer(future.result()) for future in asked]

    def _ask_one(self, message: object) -> bytes:
        process = self._idle.get()
        try:
            return self._exchange(process, message)
        finally:
            self._idle.put(process)

    def _exchange(self, process: _Process, message: object) -> bytes:
        try:
            process.connection.send(message)
            return process.connection.recv_bytes()
        except (EOFError, OSError) as error:
            process.process.join(10)
            raise ProcessError(self._ended.format(status=process.process.exitcode)) from error


def _answer(sent: bytes) -> Any:
    answer = pickle.loads(sent)  # noqa: S301 - from a process of ours
    if isinstance(answer, DcipError):
        raise answer
    return answer


def _serve(connection: Connection, begin: Callable[..., Answering], arguments: tuple[Any, ...]) -> None:
    """The work of a process: message after message, until whoever sends them has ended."""
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT)
    look_for_garbage_seldom()
    answering: Answering | None = None
    with suppress(EOFError, ConnectionError):
        while True:
            message = connection.recv()
            try:
                answering = answering or begin(*arguments)
                connection.send(answering(message))
            except DcipError as error:
                connection.send(error)
