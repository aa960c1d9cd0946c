"""The box around a GeoJSON object (RFC 7946), for searches by place and for maps."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dcip_server.entities import Json

Extent = tuple[float, float, float, float]
#: Deeper nesting and more positions than any real outline has are not followed.
_MOST_POSITIONS = 1_000_000


def extent(spatial: Json) -> Extent | None:
    """West, south, east and north in degrees, or ``None`` where the object has no place on the Earth."""
    west, south, east, north = math.inf, math.inf, -math.inf, -math.inf
    for count, (x, y) in enumerate(_positions(spatial)):
        if count == _MOST_POSITIONS or not (-180 <= x <= 180 and -90 <= y <= 90):
            return None
        west, south, east, north = min(west, x), min(south, y), max(east, x), max(north, y)
    return (west, south, east, north) if west <= east else None


def _positions(value: Json) -> Iterator[tuple[float, float]]:
    """Every pair of numbers that stands where a position can stand."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += (item[key] for key in ("coordinates", "geometry", "geometries", "features") if key in item)
        elif isinstance(item, list):
            if len(item) >= 2 and all(type(number) in (int, float) for number in item[:2]):
                yield float(item[0]), float(item[1])
            else:
                waiting += item
