"""Times as the protocol writes and reads them: UTC, whole seconds, ``2026-11-21T13:34:00Z``.

Text of that one form sorts as the times do, so the store keeps it as it is.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from dcip_server.errors import RequestError

_REVISION = re.compile(r"[0-9]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)

#: No catalog reaches this revision; asking for changes after a larger one finds none either.
MAX_REVISION = 2**62


def render_time(moment: datetime) -> str:
    """An aware datetime as the protocol writes it; fractions of a second are cut off."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> str:
    """The present time as the protocol writes it."""
    return render_time(datetime.now(UTC))


def parse_since(value: str) -> int | str:
    """Read the point in time of a ``since`` call (surface 3).

    Returns a revision number, or a time in the form of :func:`render_time` (a bare date is
    midnight UTC, a time without zone is UTC, fractions are cut off so that nothing is missed).
    Raises :class:`RequestError` (400) for anything else.
    """
    if _REVISION.fullmatch(value):
        digits = value.lstrip("0") or "0"
        return int(digits) if len(digits) < 19 else MAX_REVISION
    if not _TIME.fullmatch(value):
        raise RequestError(f"{value!r} is neither a revision number nor an ISO 8601 time")
    try:
        moment = datetime.fromisoformat(value.replace(",", "."))
    except ValueError as error:
        raise RequestError(f"{value!r} is no time that exists: {error}") from None
    try:
        return render_time(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except OverflowError:
        raise RequestError(f"{value!r} is outside the years 1 to 9999") from None
