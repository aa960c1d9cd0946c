"""A small map of what a record covers: a box on the outlines of land, in degrees, north up."""

from __future__ import annotations

from dataclasses import dataclass

from dcip_server.entities import Json
from dcip_server.store.extent import extent

#: The map is twice as wide as high, and shows at least so many degrees from west to east.
_LEAST_WIDTH = 24.0
_MARGIN = 1.8
_STEPS = (1, 2, 5, 10, 15, 30)


@dataclass(frozen=True, slots=True)
class Map:
    """SVG coordinates: degrees east, and degrees south. ``stroke`` is a line's width, ``radius`` a dot's."""

    view: tuple[float, float, float, float]
    meridians: tuple[int, ...]
    parallels: tuple[int, ...]
    box: tuple[float, float, float, float]
    is_dot: bool
    stroke: float
    radius: float
    west: float
    south: float
    east: float
    north: float


def coverage(spatial: Json) -> Map | None:
    """The map of a GeoJSON object, or ``None`` where it has no place on the Earth."""
    found = extent(spatial)
    if found is None:
        return None
    west, south, east, north = found
    width = min(360.0, max(_LEAST_WIDTH, (east - west) * _MARGIN, (north - south) * _MARGIN * 2))
    height = width / 2
    left = min(max((west + east - width) / 2, -180.0), 180 - width)
    top = min(max((-north - south - height) / 2, -90.0), 90 - height)
    step = next(step for step in _STEPS if width / step <= 12)
    return Map(
        view=(left, top, width, height),
        meridians=tuple(range(-180, 181, step)),
        parallels=tuple(range(-90, 91, step)),
        box=(west, -north, east - west, north - south),
        is_dot=max(east - west, north - south) < width / 80,
        stroke=width / 500,
        radius=width / 70,
        west=west,
        south=south,
        east=east,
        north=north,
    )
