"""The box around a GeoJSON object (RFC 7946), for searches by place and for maps."""

from __future__ import annotations

from dcip_server.entities import Json

Extent = tuple[float, float, float, float]
#: Deeper nesting and more positions than any real outline has are not followed.
_MOST_POSITIONS = 1_000_000
_NUMBERS = (int, float)
#: Under which keys positions can stand, or objects that have some.
_KEYS = ("coordinates", "geometry", "geometries", "features")


def extent(spatial: Json) -> Extent | None:
    """West, south, east and north in degrees, or ``None`` where the object has no place on the Earth.

    Every pair of numbers counts that stands where a position can stand.
    """
    xs: list[float] = []
    ys: list[float] = []
    waiting = [[spatial]]
    while waiting:
        for item in waiting.pop():
            if isinstance(item, list):
                if len(item) >= 2 and type(item[0]) in _NUMBERS and type(item[1]) in _NUMBERS:
                    xs.append(item[0])
                    ys.append(item[1])
                else:
                    waiting.append(item)
            elif isinstance(item, dict):
                waiting.append([item[key] for key in _KEYS if key in item])
        if len(xs) > _MOST_POSITIONS:
            return None
    if not xs:
        return None
    west, south, east, north = min(xs), min(ys), max(xs), max(ys)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return None
    return float(west), float(south), float(east), float(north)
