"""Periods of time as texts: ``start/end`` in ISO 8601, an open end is ``..``; of several, ``; `` stands between them.

One text holds all that a source says of the time covered, since the draft has one for it. What is no interval is
a text like any other.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from dcip_server.formats.dates import iso8601, read_date
from dcip_server.formats.rdf.terms import literal_datatype, time_literal

OPEN = ".."
_BETWEEN = "; "


def interval(start: str, end: str) -> str | None:
    """The text of an interval, of which one end may be empty: it is open. ``None`` where both are."""
    start, end = (_date(part) or part.strip() or OPEN for part in (start, end))
    return None if start == end == OPEN else f"{start}/{end}"


def normal(text: str) -> str:
    """One period as a source writes it, an interval as :func:`interval` does."""
    start, slash, end = (part.strip() for part in text.partition("/"))
    ends = [part.replace(OPEN, "") for part in (start, end)]
    is_interval = slash and all(part == "" or _date(part) for part in ends)
    return (interval(*ends) if is_interval else None) or text


def joined(texts: Iterable[str]) -> str | None:
    """One text for all periods, each once, in order; ``None`` where none says anything."""
    return _BETWEEN.join(sorted({text for text in texts if text.strip()})) or None


def several(text: str) -> list[str]:
    """The texts that :func:`joined` has put into one, where all are intervals; else the text itself."""
    found = text.split(_BETWEEN)
    return found if all(map(ends, found)) and found == sorted(set(found)) else [text]


def ends(text: str) -> tuple[str, str] | None:
    """Start and end of an interval as it stands, an open end is ``""``; ``None`` for any other text."""
    start, slash, end = text.partition("/")
    start, end = ("" if part == OPEN else part for part in (start, end))
    fits = slash and (start or end) and all(part == "" or literal_datatype(time_literal(part)) for part in (start, end))
    return (start, end) if fits else None


def whole(text: str) -> tuple[str, str] | None:
    """Start and end of all that is covered, an open end is ``""``: of one interval, or of several without a gap.

    A year, a month or a day by itself is covered from its beginning to its end. ``None`` for what is no such time.
    """
    if not ends(text) and (day := _date(text)) and "T" not in day:
        return day, day
    found = [ends(part) for part in several(text)]
    if len(found) == 1:
        return found[0]
    intervals = [pair for pair in found if pair]
    # Between two times of one day nobody can tell whether there is a gap.
    if not all(part == "" or (iso8601(part) and "T" not in part) for pair in intervals for part in pair):
        return None
    intervals.sort(key=lambda pair: _first_day(pair[0]))
    start, end = intervals[0]
    for further_start, further_end in intervals[1:]:
        if _first_day(further_start) > _last_day(end) + 1:
            return None
        end = max(end, further_end, key=_last_day)
    return start, end


def _date(text: str) -> str | None:
    """A date or time in the form of the record's other dates; one that RDF alone has, such as of a year before 1, as it is."""
    text = text.strip()
    return read_date(text) or (text if literal_datatype(time_literal(text)) else None)


def _first_day(start: str) -> int:
    return date.fromisoformat(start + "-01-01"[len(start) - 4 :]).toordinal() if start else 0


def _last_day(end: str) -> int:
    if not end:
        return date.max.toordinal()
    year, month = int(end[:4]), int(end[5:7] or 12)
    return date(year, month, int(end[8:10] or monthrange(year, month)[1])).toordinal()
