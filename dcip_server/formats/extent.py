"""The box around a GeoJSON object (RFC 7946), for searches by place and for maps."""

from __future__ import annotations

from collections.abc import Iterator

from dcip_server.entities import Json

Extent = tuple[float, float, float, float]
#: Deeper nesting and more positions than any real outline has are not followed.
_MOST_POSITIONS = 1_000_000
_NUMBERS = (int, float)


def extent(spatial: Json) -> Extent | None:
    """West, south, east and north in degrees, or ``None`` where the object has no place on the Earth."""
    xs: list[float] = []
    ys: list[float] = []
    for x, y in _positions(spatial):
        xs.append(x)
        ys.append(y)
        if len(xs) > _MOST_POSITIONS:
            return None
    if not xs:
        return None
    west, south, east, north = min(xs), min(ys), max(xs), max(ys)
    return (west, south, east, north) if -180 <= west <= east <= 180 and -90 <= south <= north <= 90 else None


def _positions(value: Json) -> Iterator[tuple[float, float]]:
    """Every pair of numbers that stands where a position can stand."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += (item[key] for key in ("coordinates", "geometry", "geometries", "features") if key in item)
        elif isinstance(item, list):
            if len(item) >= 2 and type(item[0]) in _NUMBERS and type(item[1]) in _NUMBERS:
                yield float(item[0]), float(item[1])
            else:
                waiting += item
