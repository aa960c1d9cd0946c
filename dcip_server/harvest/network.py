"""The real network as validation sees it: concurrent, polite, cached within a run, safe."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal
from urllib.parse import urlsplit

from dcip_server.errors import CertificateError, NotPublicError, SourceError, TimedOutError, TooLargeError
from dcip_server.harvest.fetch import exchange
from dcip_server.validation.context import Answer

_Method = Literal["GET", "HEAD"]
#: At most so many requests at once, and so many to one host.
_WORKERS = 16
_PER_HOST = 2
#: For a whole answer, as liveness is judged (rule IB1-H-08).
_TIMEOUT_S = 10.0


class Network:
    """Requests without credentials or cookies; each is made once in the life of this object.

    No request goes to an address that is not public, unless ``allow_private``; the check is made on the
    address that is connected to.
    """

    def __init__(self, *, allow_private: bool = False, timeout_s: float = _TIMEOUT_S) -> None:
        self._allow_private = allow_private
        self._timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="network")
        self._lock = threading.Lock()
        self._hosts: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(_PER_HOST))
        self._cache: dict[tuple[str, str], Future[Answer]] = {}

    @property
    def allows_private(self) -> bool:
        return self._allow_private

    def request(self, method: _Method, url: str, max_bytes: int) -> Answer:
        return self._once(method, url, lambda: self._ask(method, url, {}, max_bytes))

    def first_byte(self, url: str) -> Answer:
        return self._once("byte", url, lambda: self._ask("GET", url, {"Range": "bytes=0-0"}, 1, cut=True))

    def warm(self, requests: Iterable[tuple[_Method, str, int]]) -> None:
        for method, url, max_bytes in requests:
            self._pool.submit(self.request, method, url, max_bytes)

    def _once(self, kind: str, url: str, ask: Callable[[], Answer]) -> Answer:
        with self._lock:
            future = self._cache.get((kind, url))
            mine = future is None
            if future is None:
                future = self._cache[kind, url] = Future()
            host = self._hosts[urlsplit(url).netloc.lower()] if mine else None
        if host is not None:
            with host:
                try:
                    future.set_result(ask())
                except BaseException as error:
                    future.set_exception(error)
                    raise
        return future.result()

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
