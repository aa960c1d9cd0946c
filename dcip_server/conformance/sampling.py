"""Which entries of a list are looked at more closely."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dcip_server.conformance.observations import Entry
from dcip_server.entities import Json

MAX_LIVE = 8
MAX_DELETED = 3
_MAX_UNUSUAL = 4
_UNUSUAL = re.compile(r"[^A-Za-z0-9_-]")


def choose_live(entries: Iterable[Json]) -> list[Entry]:
    """At most eight entries that are not deleted: unusual ids first, then spread over the list."""
    live = [entry for entry in entries if _has_id(entry) and entry.get("change_type") != "delete"]
    chosen = {str(entry["id"]): entry for entry in [*_unusual(live), *_spread(live)]}
    return list(chosen.values())[:MAX_LIVE]


def choose_deleted(entries: Iterable[Json]) -> list[Entry]:
    """At most three deleted entries, spread over the list."""
    deleted = [entry for entry in entries if _has_id(entry) and entry.get("change_type") == "delete"]
    return _spread(deleted)[:MAX_DELETED]


def _has_id(entry: Json) -> bool:
    """Whether an entry has an id that a URL can carry."""
    id = entry.get("id") if isinstance(entry, dict) else None
    if isinstance(id, bool) or not isinstance(id, str | int) or id == "":
        return False
    return not re.search(r"[\0\ud800-\udfff]", str(id))


def _unusual(entries: Sequence[Entry]) -> list[Entry]:
    """Entries whose ids hold characters that servers stumble over, a new one each."""
    chosen: list[Entry] = []
    known: set[str] = set()
    for entry in entries:
        found = set(_UNUSUAL.findall(str(entry["id"])))
        if found - known:
            known |= found
            chosen.append(entry)
            if len(chosen) == _MAX_UNUSUAL:
                break
    return chosen


def _spread(entries: Sequence[Entry]) -> list[Entry]:
    """The first, the last, the middle, and what lies between."""
    count = len(entries)
    positions = [0, count - 1, *(count * eighths // 8 for eighths in (4, 2, 6, 1, 3, 5, 7))] if count else []
    return [entries[position] for position in dict.fromkeys(positions)]
