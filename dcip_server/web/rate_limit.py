"""One rate limit for a client address, counted over all worker processes of the server.

flask-limiter decides; this module gives it a store that worker processes of one machine share: a
small memory-mapped file. Several machines share a limit through Redis instead.
"""

from __future__ import annotations

import fcntl
import logging
import mmap
import os
import struct
import threading
import time
from hashlib import blake2b
from pathlib import Path
from typing import Any

from flask import Flask
from flask_limiter import Limiter
from limits import RateLimitItem, parse_many
from limits.storage import Storage

from dcip_server.web.briefly import NotBriefly

_LOG = logging.getLogger("dcip_server")
_SLOT = struct.Struct("=QdI")
_SLOTS = 1 << 14
_PROBES = 8
#: Limits of at least so many requests a second slow a client down before it is refused.
_SLOWED_DOWN_FROM = 100
#: Requests that may wait at once; each holds a thread for up to a second.
_MOST_WAITING = 8


class SharedFileStorage(Storage):
    """Fixed-window counters in a file, ``shared-file:///path``; the oldest of a few slots gives way."""

    STORAGE_SCHEME = ["shared-file"]  # noqa: RUF012 - as limits declares it

    def __init__(self, uri: str, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        path = uri.partition("://")[2]
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, _SLOTS * _SLOT.size)
        self._map = mmap.mmap(self._file, _SLOTS * _SLOT.size)
        self._lock = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return OSError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count one more under the key; the window of ``expiry`` seconds begins with its first."""
        digest, offsets = _place(key)
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                now = time.time()
                offset, expires, count = self._find(digest, offsets, now, now + expiry)
                count += amount
                _SLOT.pack_into(self._map, offset, digest, expires or now + expiry, count)
                return count
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _find(
        self, digest: int, offsets: list[int], now: float, latest: float = float("inf")
    ) -> tuple[int, float, int]:
        """The key's slot with its expiry and count, or the slot to begin a window in.

        A window that ends after ``latest`` was begun by a clock that has since been set back.
        """
        oldest = (offsets[0], float("inf"))
        for offset in offsets:
            found, expires, count = _SLOT.unpack_from(self._map, offset)
            if found == digest and now < expires <= latest:
                return offset, expires, count
            if expires < oldest[1]:
                oldest = (offset, expires)
        return oldest[0], 0.0, 0

    def get(self, key: str) -> int:
        return self._find(*_place(key), time.time())[2]

    def get_expiry(self, key: str) -> float:
        return self._find(*_place(key), time.time())[1] or time.time()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        self._map[:] = bytes(len(self._map))
        return None

    def clear(self, key: str) -> None:
        offset, expires, _ = self._find(*_place(key), time.time())
        if expires:
            _SLOT.pack_into(self._map, offset, 0, 0.0, 0)


def _place(key: str) -> tuple[int, list[int]]:
    digest = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")
    return digest, [(digest + probe) % _SLOTS * _SLOT.size for probe in range(_PROBES)]


class RateLimit:
    """Says whether a client address may make another request now.

    ``limit`` is in flask-limiter's notation ("1000 per second"), empty for none. ``storage`` is
    ``"memory"``, a file in ``folder`` that all workers of the server share, or a Redis URL.
    """

    def __init__(self, limit: str, storage: str, folder: Path) -> None:
        self._limits = parse_many(limit) if limit else []
        self._waiting = threading.BoundedSemaphore(_MOST_WAITING)
        self._on_this_machine = storage == "memory"
        uri = f"shared-file://{folder / 'rate-limit'}" if self._on_this_machine else storage
        # On an application of its own: the middleware asks, before Flask does anything for the
        # request, and flask-limiter's hooks would cost as much again as reading the record.
        self._limiter = Limiter(key_func=lambda: "", app=Flask(__name__), storage_uri=uri, strategy="fixed-window")

    def allows(self, address: str, may_wait: bool = True) -> bool:
        """Count one request; ``False`` where the address made too many. A limiter out of reach allows all.

        A client that reads one record after the other as fast as it can is slowed down to a large
        limit rather than refused: only one that asks for many things at once gets to a refusal.
        Where it may not wait, :class:`NotBriefly` is raised.
        """
        if not self._limits:
            return True
        if not may_wait and not self._on_this_machine:
            raise NotBriefly
        try:
            return all(self._hit(limit, address, may_wait) for limit in self._limits)
        except NotBriefly:
            raise
        except Exception:  # noqa: BLE001 - whatever the storage's client raises
            _LOG.exception("the rate limit's storage cannot be reached; requests are not counted")
            return True

    def _hit(self, limit: RateLimitItem, address: str, may_wait: bool) -> bool:
        limiter = self._limiter.limiter
        if limiter.hit(limit, address):
            return True
        if limit.get_expiry() > 1 or limit.amount < _SLOWED_DOWN_FROM:
            return False
        if not may_wait:
            raise NotBriefly
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            time.sleep(max(0.0, min(1.0, limiter.get_window_stats(limit, address).reset_time - time.time())))
            return limiter.hit(limit, address)
        finally:
            self._waiting.release()
