"""Worker processes of granian, with two kinds of threads.

Threads that run Python at once take the interpreter from each other whenever the database is asked, which costs
more than reading a record does. So few of granian's own threads answer what can be answered at once; all else, pages,
searches and lists for slow readers, is handed over to threads of ours, of which there are many.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from granian.server import mp

from dcip_server.web.briefly import BRIEFLY, NotBriefly

#: Requests whose body is read, at once: by a thread of granian, which lets go of the body when the thread comes back.
_BODIES = 2
#: Where one kind of threads does all, this part of them may read bodies at once: one that never ends holds its thread.
_BODIES_PART = 2
#: Two more, so that one read that has to wait for a disk does not keep all others waiting.
BRIEF_THREADS = 2 + _BODIES
#: How long such a request waits for the others before it is refused.
_FOR_A_BODY_S = 0.05
_IDLE_S = 30.0
_WITHOUT_BODY = ("GET", "HEAD", "OPTIONS")


class _Threads:
    """Runs calls in threads; one is started where none is free, and ends after a while without a call."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._calls: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._free = 0

    def run(self, call: Callable[[], object]) -> None:
        with self._lock:
            start = self._free <= self._calls.qsize() and self._threads < self._most
            self._threads += start
            self._calls.put(call)
        if start:
            threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._free += 1
            try:
                call = self._calls.get(timeout=_IDLE_S)
            except Empty:
                with self._lock:
                    self._free -= 1
                    if self._calls.empty():
                        self._threads -= 1
                        return
                continue
            with self._lock:
                self._free -= 1
            call()


def _briefly_or_elsewhere(wrap: Callable[..., Any], requests: int, *arguments: Any) -> Callable[[Any, Any], object]:
    """What granian calls for each request: with an object that takes the answer, and the environment."""
    answer = wrap(*arguments)
    threads = _Threads(requests)
    answer_body = _few_at_once(answer, _BODIES)

    def call(protocol: Any, environ: dict[str, Any]) -> object:
        try:
            return answer(protocol, {**environ, BRIEFLY: True})
        except NotBriefly as later:
            again = {**environ, **later.known}
        if not _has_body(environ):
            threads.run(lambda: answer(protocol, again))
            return None
        return answer_body(protocol, again)

    return call


def _all_in_one_kind(wrap: Callable[..., Any], requests: int, *arguments: Any) -> Callable[[Any, Any], object]:
    """As above, for a worker whose threads are of one kind."""
    answer = wrap(*arguments)
    answer_body = _few_at_once(answer, requests // _BODIES_PART)

    def call(protocol: Any, environ: dict[str, Any]) -> object:
        return (answer_body if _has_body(environ) else answer)(protocol, environ)

    return call


def _few_at_once(answer: Callable[[Any, Any], object], most: int) -> Callable[[Any, Any], object]:
    """Answers so many requests at once and tells others to come again: who sends slowly must not hold every thread."""
    under_way = threading.BoundedSemaphore(most)

    def call(protocol: Any, environ: dict[str, Any]) -> object:
        if not under_way.acquire(timeout=_FOR_A_BODY_S):
            return protocol.response_bytes(429, [("Content-Length", "0"), ("Retry-After", "1")], b"")
        try:
            return answer(protocol, environ)
        finally:
            under_way.release()

    return call


def _has_body(environ: dict[str, Any]) -> bool:
    """Whether there is one that the application may want to read."""
    sent = environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ
    return sent and environ["REQUEST_METHOD"] not in _WITHOUT_BODY


def spawn(requests: int, two_kinds: bool, *arguments: Any) -> None:
    """A worker process that has at most so many requests under way; for granian's ``spawn_target``.

    ``two_kinds`` says whether its threads are of two kinds, where granian has ``BRIEF_THREADS``, or all granian's own.
    """
    granian: Any = mp
    answering = _briefly_or_elsewhere if two_kinds else _all_in_one_kind
    granian._wsgi_call_wrap = partial(answering, granian._wsgi_call_wrap, requests)  # noqa: SLF001 - see can_spawn
    mp.MPServer._spawn_wsgi_worker(*arguments)  # noqa: SLF001 - as above


def can_spawn() -> bool:
    """Whether granian is built as we know it; if it is not, a worker of its own does all in many threads."""
    return hasattr(mp, "_wsgi_call_wrap") and hasattr(mp.MPServer, "_spawn_wsgi_worker")
