"""The real network as validation sees it: concurrent, polite, cached within a run, safe."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Literal
from urllib.parse import urlsplit

from dcip_server.errors import CertificateError, NotPublicError, SourceError, TimedOutError, TooLargeError
from dcip_server.harvest.fetch import exchange
from dcip_server.validation.context import Answer

_Method = Literal["GET", "HEAD"]
#: What is asked, and of which URL.
_Key = tuple[str, str]
#: At most so many requests at once, and so many to one host.
_WORKERS = 16
_PER_HOST = 2
#: For a whole answer, as liveness is judged (rule IB1-H-08).
_TIMEOUT_S = 10.0
#: Bodies that are kept for whoever asks for them again.
_MAX_HELD_BYTES = 64 << 20


class Network:
    """Requests without credentials or cookies; each is made once in the life of this object, unless its answer is let go.

    No request goes to an address that is not public, unless ``allow_private``; the check is made on the
    address that is connected to.
    """

    def __init__(self, *, allow_private: bool = False, timeout_s: float = _TIMEOUT_S) -> None:
        self._allow_private = allow_private
        self._timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="network")
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[tuple[_Key, Callable[[], Answer]]]] = defaultdict(deque)
        self._active: Counter[str] = Counter()
        self._answers: dict[_Key, Future[Answer]] = {}
        self._held_bytes = 0

    @property
    def allows_private(self) -> bool:
        return self._allow_private

    def request(self, method: _Method, url: str, max_bytes: int) -> Answer:
        return self._once(method, url, lambda: self._ask(method, url, {}, max_bytes)).result()

    def first_byte(self, url: str) -> Answer:
        return self._once("byte", url, lambda: self._ask("GET", url, {"Range": "bytes=0-0"}, 1, cut=True)).result()

    def warm(self, requests: Iterable[tuple[_Method, str, int]]) -> None:
        for method, url, max_bytes in requests:
            self._once(method, url, partial(self._ask, method, url, {}, max_bytes))

    def _once(self, kind: str, url: str, ask: Callable[[], Answer]) -> Future[Answer]:
        """The answer that is there, or that comes when it is the host's turn."""
        key = (kind, url)
        with self._lock:
            future = self._answers.get(key)
            if future is None:
                future = self._answers[key] = Future()
                host = _host(url)
                self._waiting[host].append((key, ask))
                if self._active[host] < _PER_HOST:
                    self._active[host] += 1
                    self._pool.submit(self._serve, host)
        return future

    def _serve(self, host: str) -> None:
        """Ask what waits for a host, one after the other; a slow host holds no more workers than it may have."""
        while True:
            with self._lock:
                if not self._waiting[host]:
                    del self._waiting[host]
                    self._active[host] -= 1
                    return
                key, ask = self._waiting[host].popleft()
                future = self._answers[key]
            try:
                answer = ask()
            except BaseException as error:
                future.set_exception(error)
                raise
            future.set_result(answer)
            self._let_go(len(answer.body))

    def _let_go(self, more_bytes: int) -> None:
        """Forget the oldest bodies when there are too many, so that memory does not grow with what is asked."""
        with self._lock:
            self._held_bytes += more_bytes
            for key, future in list(self._answers.items()) if self._held_bytes > _MAX_HELD_BYTES else ():
                if future.done() and (size := len(future.result().body)):
                    del self._answers[key]
                    self._held_bytes -= size
                    if self._held_bytes <= _MAX_HELD_BYTES:
                        break

    def _ask(self, method: str, url: str, headers: dict[str, str], max_bytes: int, *, cut: bool = False) -> Answer:
        try:
            found = exchange(
                method, url, headers, max_bytes=max_bytes, timeout_s=self._timeout_s, total_s=self._timeout_s,
                allow_private=self._allow_private, cut=cut,
            )  # fmt: skip
        except SourceError as error:
            kinds = {
                NotPublicError: "private",
                CertificateError: "tls",
                TimedOutError: "timeout",
                TooLargeError: "too large",
            }
            return Answer(0, error=kinds.get(type(error), "refused"))
        return Answer(found.status, dict(reversed(found.headers)), found.body)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""
