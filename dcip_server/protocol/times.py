"""Times as the protocol writes and reads them: UTC, whole seconds, ``2026-11-21T13:34:00Z``.

Text of that one form sorts as the times do, so the store keeps it as it is.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from dcip_server.errors import RequestError

_REVISION = re.compile(r"[0-9]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)

#: ISO 8601 may write the end of a day as 24:00.
_END_OF_DAY = re.compile(r"(.{10}[ T])24:00((?::00(?:[.,]0+)?)?(?:Z|[+-]\d\d:?\d\d)?)", re.ASCII)

#: No catalog reaches this revision; asking for changes after a larger one finds none either.
MAX_REVISION = 2**62


def render_time(moment: datetime) -> str:
    """An aware datetime as the protocol writes it; fractions of a second are cut off."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


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
    midnight = _END_OF_DAY.fullmatch(value)
    try:
        moment = datetime.fromisoformat((midnight[1] + "00:00" + midnight[2] if midnight else value).replace(",", "."))
    except ValueError as error:
        raise RequestError(f"{value!r} is no time that exists: {error}") from None
    try:
        moment += timedelta(days=1 if midnight else 0)
        return render_time(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except OverflowError:
        # Outside the years 1 to 9999: before, or after, all that a catalog can hold.
        return render_time(datetime.min.replace(tzinfo=UTC) if moment.year == 1 else datetime.max.replace(tzinfo=UTC))
