"""Which portals there are, and how one is asked: a small interface with a remote and a local side."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from dcip_server.entities import Json
from dcip_server.errors import UsageError
from dcip_server.publish.files import Upload

#: What ``portal-url`` calls our own catalog.
LOCAL = "local"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a portal answered: its status, the body as text (at least of errors), and as JSON (``None`` where it is none)."""

    status: int
    text: str
    value: Json = None


class PortalClient(Protocol):
    """One portal, asked with one key or none. ``site`` is its address without final slash."""

    site: str
    has_key: bool

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, upload: Upload | None = None
    ) -> Reply:
        """Do one call, with a JSON object or a file; ``path`` is below ``/api/1/``, percent-encoded.

        Raises :class:`SourceError` naming the host where no whole answer comes.
        """
        ...


def read_portals(value: Json, name: str) -> tuple[str, ...]:
    """The base URLs of a list, without final slash. Raises :class:`UsageError` saying what in ``name`` is wrong."""
    if not isinstance(value, list) or not value:
        raise UsageError(f"{name} must be a list of the portals' base URLs")
    return tuple(portal_base(item) if isinstance(item, str) else _refuse(item, name) for item in value)


def _refuse(value: Json, name: str) -> str:
    raise UsageError(f"{name} must be a list of the portals' base URLs, not hold {json.dumps(value)[:80]}")


def portal_base(text: str) -> str:
    """An address as one base URL without final slash: https unless it says otherwise or is this machine's own.

    Raises :class:`UsageError` for what is no address of a portal.
    """
    try:
        parts = _split(text)
        fit = parts.hostname and text.isascii() and text.isprintable() and not any(c in text for c in ' <>"{}|\\^`?#@')
    except ValueError:
        fit = False
    if not fit or parts.scheme not in _PORTS:
        shown = repr(text) if "@" not in text else "one with a user's name or password"
        raise UsageError(f"a portal's base URL is an http or https address without query or fragment, not {shown}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def choose_portal(wanted: str, portals: Iterable[str]) -> str:
    """The listed portal that ``wanted`` names: same host, port and path, with or without scheme.

    Raises :class:`UsageError` with the list where there is none.
    """
    portals = tuple(portals)
    for portal in portals:
        if _names(wanted, portal):
            return portal
    raise UsageError(
        "The provided portal url is not supported yet (or misspelled). Supported portals: " + ", ".join(portals)
    )


def _names(wanted: str, portal: str) -> bool:
    try:
        given, listed = _split(wanted), urlsplit(portal)
        port = given.port or (_PORTS.get(given.scheme) if "://" in wanted else _PORTS[listed.scheme])
        same_port = port == (listed.port or _PORTS[listed.scheme]) or (not given.port and not listed.port)
    except ValueError:
        return False
    same_path = given.path.rstrip("/") == listed.path.rstrip("/")
    return (
        same_port
        and same_path
        and given.hostname == listed.hostname
        and not (given.query or given.fragment or given.username)
        and given.scheme in _PORTS
    )


def _split(text: str) -> SplitResult:
    if "://" in text:
        parts = urlsplit(text)
    else:
        parts = urlsplit(f"https://{text}")
        if _is_own_machine(parts.hostname or ""):
            parts = parts._replace(scheme="http")
    parts.port  # noqa: B018 - raises for a port that is no number
    return parts


def _is_own_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
