"""Dates and times as sources write them, to ISO 8601 of one form, precision kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_PARTIAL = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def iso8601(text: str) -> str | None:
    """The date or time in ISO 8601, or ``None`` where the text is none that exists.

    A year, month or day stays as it is. A time comes back in UTC with ``T`` and ``Z``, to the
    second, with the fraction of a second that was given; one without a zone is taken as UTC,
    which is what CKAN and the draft's example mean.
    """
    text = text.strip()
    if _PARTIAL.fullmatch(text):
        return text if _exists(text + "-01-01"[len(text) - 4 :]) else None
    match = _TIME.fullmatch(text)
    if not match:
        return None
    day, minutes, seconds, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{minutes}:{seconds or '00'}{zone or 'Z'}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + (f".{fraction}" if fraction and int(fraction) else "") + "Z"


def _exists(day: str) -> bool:
    try:
        datetime.fromisoformat(day)
    except ValueError:
        return False
    return True
