"""What a validation knows beside the file: who submits it, what was accepted before, the network."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from dcip_server.errors import UsageError

#: Largest file that is read, in bytes (rule IB1-F-09).
MAX_FILE_BYTES = 10 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request. Redirects are not followed.

    ``status`` is 0 where there is no answer, and ``error`` says why: ``refused``, ``timeout``, ``tls``
    (the certificate does not verify), ``private`` (the address is not public, so nothing was sent) or
    ``too large``. Header names are in lower case.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str = ""


class Fetcher(Protocol):
    """The network as validation sees it; every request goes through it."""

    @property
    def allows_private(self) -> bool:
        """Whether addresses that are not public may be asked."""

    def request(self, method: Literal["GET", "HEAD"], url: str, max_bytes: int) -> Answer:
        """One request without credentials or cookies; never raises."""

    def first_byte(self, url: str) -> Answer:
        """GET of the first byte alone, to see whether a document is there after all; never raises."""

    def warm(self, requests: Iterable[tuple[Literal["GET", "HEAD"], str, int]]) -> None:
        """These requests will be made: they may go out at the same time."""


@dataclass(frozen=True, slots=True)
class Context:
    """All that a validation may be told (ib1-rules 1, "Context"); everything is optional.

    ``file_url`` is where the file is published; ``hosted`` whether it must be fetched from there through the ``fetcher``.
    ``member`` is the submitting Member's URL, ``schemes`` the Schemes it joined (``None``: not known).
    ``owner_of`` names for a subject the file that publishes it already, or ``None``. ``previous`` is the last accepted
    version of the file as bytes with its extension. Without ``today`` the day is not known to the rules.
    """

    file_url: str = ""
    hosted: bool = False
    member: str = ""
    schemes: frozenset[str] | None = None
    owner_of: Callable[[str], str | None] = lambda _: None
    previous: tuple[bytes, str] | None = None
    today: datetime.date | None = None
    fetcher: Fetcher | None = None
    max_bytes: int = MAX_FILE_BYTES
    #: URLs of licenses that the operator adds to those that meet the Open Definition.
    open_licenses: frozenset[str] = frozenset()
    #: URLs for which a request would be a failure: none is sent, and the report has an error that names it.
    must_not_fetch: frozenset[str] = frozenset()


class CannedNetwork:
    """A network of answers written down: what is not listed is refused. ``asked`` tells what was requested."""

    allows_private = False

    def __init__(self, http: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
        self._http = http
        self._folder = folder
        self.asked: list[str] = []

    def __contains__(self, url: str) -> bool:
        return url in self._http

    def request(self, method: Literal["GET", "HEAD"], url: str, max_bytes: int) -> Answer:
        """The answer that is written down for the URL."""
        self.asked.append(url)
        row = self._http.get(url)
        if row is None:
            return Answer(0, error="refused")
        if row.get("error"):
            return Answer(0, error=str(row["error"]))
        headers = {str(name).lower(): str(value) for name, value in (row.get("headers") or {}).items()}
        if row.get("type") is not None:
            headers["content-type"] = str(row["type"])
        status = int(row["head"] if method == "HEAD" and row.get("head") is not None else row.get("status", 200))
        body = b""
        if method == "GET" and row.get("body"):
            body = (self._folder / str(row["body"])).read_bytes()
        if len(body) > max_bytes:
            return Answer(status, headers, body[: max_bytes + 1], "too large")
        return Answer(status, headers, body)

    def first_byte(self, url: str) -> Answer:
        return self.request("GET", url, MAX_FILE_BYTES)

    def warm(self, requests: Iterable[tuple[Literal["GET", "HEAD"], str, int]]) -> None:
        """Nothing to prepare."""


class GuardedNetwork:
    """Another network without some addresses: nothing is sent to them, and ``asked`` tells who tried."""

    def __init__(self, network: Fetcher, forbidden: frozenset[str]) -> None:
        self._network = network
        self._forbidden = forbidden
        self.allows_private = network.allows_private
        self.asked: dict[str, None] = {}

    def _refuses(self, url: str) -> bool:
        if url in self._forbidden:
            self.asked[url] = None
            return True
        return False

    def request(self, method: Literal["GET", "HEAD"], url: str, max_bytes: int) -> Answer:
        """The network's answer, or ``refused`` for an address that must not be asked."""
        return Answer(0, error="refused") if self._refuses(url) else self._network.request(method, url, max_bytes)

    def first_byte(self, url: str) -> Answer:
        return Answer(0, error="refused") if self._refuses(url) else self._network.first_byte(url)

    def warm(self, requests: Iterable[tuple[Literal["GET", "HEAD"], str, int]]) -> None:
        """Announce the requests that may be made."""
        self._network.warm([request for request in requests if not self._refuses(request[1])])


def load_context(path: Path) -> Context:
    """Read a context file; files named in it lie beside it. Raises :class:`UsageError` saying what is wrong."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"context file {path} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise UsageError(f"context file {path}: an object is due")
    return context_of(value, path.parent, str(path))


#: Keys of a context file, each with the type that is due.
_KEYS: dict[str, tuple[type, ...]] = {
    "file_url": (str,), "member": (str,), "schemes": (list,), "owner_of": (dict,), "previous": (str,), "today": (str,),
    "http": (dict,), "must_not_fetch": (list,),
}  # fmt: skip


def context_of(value: Mapping[str, Any], folder: Path, name: str = "context") -> Context:
    """The context that a JSON object describes. Raises :class:`UsageError` naming the key and what is due."""
    for key, found in value.items():
        if key not in _KEYS:
            raise UsageError(f"{name}: {key!r} is no key of a context; there are: {', '.join(_KEYS)}")
        if found is not None and not isinstance(found, _KEYS[key]):
            raise UsageError(f"{name}: {key} must be {_KEYS[key][0].__name__}, not {type(found).__name__}")
    try:
        previous = _previous(value.get("previous"), folder)
        today = datetime.date.fromisoformat(value["today"]) if value.get("today") else None
    except (OSError, ValueError) as error:
        raise UsageError(f"{name}: {error}") from None
    file_url = value.get("file_url") or ""
    http = value.get("http")
    fetcher = CannedNetwork(_checked_answers(http, folder, name), folder) if http is not None else None
    owners = value.get("owner_of") or {}
    schemes = value.get("schemes")
    return Context(
        file_url=file_url,
        hosted=fetcher is not None and file_url in fetcher,
        member=value.get("member") or "",
        schemes=None if schemes is None else frozenset(map(str, schemes)),
        owner_of=owners.get,
        previous=previous,
        today=today,
        fetcher=fetcher,
        must_not_fetch=frozenset(map(str, value.get("must_not_fetch") or ())),
    )


def _previous(name: str | None, folder: Path) -> tuple[bytes, str] | None:
    if not name:
        return None
    path = folder / name
    return path.read_bytes(), path.suffix.removeprefix(".").lower()


def _checked_answers(http: Mapping[str, Any], folder: Path, name: str) -> Mapping[str, Mapping[str, Any]]:
    for url, row in http.items():
        if not isinstance(row, dict):
            raise UsageError(f"{name}: http: {url}: an object with status, type, headers, body is due")
        if row.get("body") and not (folder / str(row["body"])).is_file():
            raise UsageError(f"{name}: http: {url}: no file {row['body']!r} beside the context")
        for key in ("status", "head"):
            if row.get(key) is not None and not isinstance(row[key], int):
                raise UsageError(f"{name}: http: {url}: {key} must be a number")
        if not isinstance(row.get("headers") or {}, dict):
            raise UsageError(f"{name}: http: {url}: headers must be an object")
    return http
