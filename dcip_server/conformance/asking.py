"""One request after the other, politely: nothing that a server does gets past here as an exception."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import NoReturn

from dcip_server.entities import Json
from dcip_server.errors import SourceError
from dcip_server.harvest.fetch import Exchange, exchange

TIMEOUT_S = 30.0
MAX_REQUESTS = 120
MAX_BYTES = 64 << 20
#: All the time that a server gets, in timeouts, for requests that come to nothing.
_PATIENCE = 3
#: All the time that is waited because of 429.
_MAX_PAUSES_S = 120.0


@dataclass(frozen=True)
class Seen:
    """One request and what came of it.

    ``content_types`` are those that a 200 may have, empty where none is due. ``exchange`` is
    ``None`` where no whole answer came; ``failure`` then says why. ``asked`` is false where the
    request was never sent.
    """

    method: str
    url: str
    sent: Mapping[str, str]
    content_types: tuple[str, ...]
    exchange: Exchange | None
    failure: str = ""
    asked: bool = True

    @property
    def status(self) -> int | None:
        """The answer's status, or ``None`` where no whole answer came."""
        return self.exchange.status if self.exchange else None

    def values(self, name: str) -> list[str]:
        """The values of all headers of that name."""
        return [value for found, value in self.exchange.headers if found == name.lower()] if self.exchange else []

    def header(self, name: str) -> str:
        """The first header of that name, or ``""``."""
        return next(iter(self.values(name)), "")

    @property
    def body(self) -> bytes:
        return self.exchange.body if self.exchange else b""

    @cached_property
    def digest(self) -> bytes:
        """Tells whether two answers have the same body."""
        return sha256(self.body).digest()

    @cached_property
    def text(self) -> tuple[str, str]:
        """The body as text, and why it is none (``""`` where it is)."""
        try:
            return self.body.decode(), ""
        except UnicodeDecodeError as error:
            return "", f"not UTF-8: {error.reason} at byte {error.start}"

    @cached_property
    def json(self) -> tuple[Json, str]:
        """The body as a JSON value, and why it is none (``""`` where it is)."""
        text, fault = self.text
        if fault:
            return None, fault
        try:
            return json.loads(text, parse_constant=_refuse_constant), ""
        except (ValueError, RecursionError) as error:
            return None, f"not JSON: {error}"

    def describe(self) -> str:
        """What came, in a few words."""
        if self.exchange is None:
            return self.failure
        words = [str(self.status)]
        words += [self.header("Content-Type")] if self.header("Content-Type") else []
        words += [f"Location: {self.header('Location')}"] if self.header("Location") else []
        words += [f"{len(self.body)} bytes"] if self.body else []
        return ", ".join(words)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


class Asker:
    """Sends requests and remembers what came. ``on_request`` hears of each before it is sent."""

    def __init__(self, timeout_s: float, on_request: Callable[[str, str], None]) -> None:
        self.log: list[Seen] = []
        self._timeout_s = timeout_s
        self._on_request = on_request
        self._lost_s = 0.0
        self._paused_s = 0.0

    def ask(
        self,
        url: str,
        *content_types: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        http_version: int = 11,
        max_bytes: int = MAX_BYTES,
    ) -> Seen:
        """One request; it is sent again after a pause where the server says 429, as long as patience lasts."""
        request = Seen(method, url, headers or {}, content_types, None)
        while True:
            seen = self._send(request, http_version, max_bytes)
            self.log.append(seen)
            if seen.status != 429 or not self._pause(seen.header("Retry-After")):
                return seen

    def _send(self, request: Seen, http_version: int, max_bytes: int) -> Seen:
        if why := self._why_not():
            return replace(request, failure=f"not asked: {why}", asked=False)
        method, url = request.method, request.url
        self._on_request(method, url)
        began = time.monotonic()
        try:
            answer = exchange(
                method, url, request.sent, http_version=http_version, max_bytes=max_bytes, timeout_s=self._timeout_s
            )
        except SourceError as error:
            self._lost_s += time.monotonic() - began
            reason = " ".join(str(error).removeprefix(f"{url}: ").split())
            return replace(request, failure=f"no answer: {reason}")
        return replace(request, exchange=answer)

    def _why_not(self) -> str:
        if len(self.log) >= MAX_REQUESTS:
            return f"{MAX_REQUESTS} requests are enough"
        if self._lost_s >= _PATIENCE * self._timeout_s:
            return "the server kept too many requests waiting"
        return ""

    def _pause(self, retry_after: str) -> bool:
        pause_s = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 1.0
        if self._paused_s + pause_s > _MAX_PAUSES_S or self._why_not():
            return False
        self._paused_s += max(pause_s, 0.2)
        time.sleep(max(pause_s, 0.2))
        return True
