"""A small map of what a record covers: its outline on that of land, in degrees, north up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dcip_server.entities import Json
from dcip_server.formats.extent import extent

#: The map is twice as wide as high, and shows at least so many degrees from west to east.
_LEAST_WIDTH = 24.0
_MARGIN = 1.8
_STEPS = (1, 2, 5, 10, 15, 30)
#: More positions than these would not be seen: of more only the box around them is drawn.
_MOST_POSITIONS = 2000
_MOST_NESTING = 8
#: How deep in ``coordinates`` the lists of positions are.
_LINES = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}
_POINTS = ("Point", "MultiPoint")


@dataclass(frozen=True, slots=True)
class Map:
    """SVG coordinates: degrees east, and degrees south. ``stroke`` is a line's width, ``radius`` a dot's.

    ``outline`` is the data of a path; what is too small to be seen, and points, are ``dots``.
    """

    view: tuple[float, float, float, float]
    meridians: tuple[int, ...]
    parallels: tuple[int, ...]
    outline: str
    dots: tuple[tuple[float, float], ...]
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
    lines, dots = _shapes(spatial) or (
        [[(west, south), (east, south), (east, north), (west, north), (west, south)]],
        [],
    )
    seen = width / 80
    small = [line for line in lines if max(_span(line, 0), _span(line, 1)) < seen]
    return Map(
        view=(left, top, width, height),
        meridians=tuple(range(-180, 181, step)),
        parallels=tuple(range(-90, 91, step)),
        outline="".join(_path(line) for line in lines if line not in small),
        dots=tuple((_round(x), _round(-y)) for x, y in (*dots, *(line[0] for line in small))),
        stroke=width / 500,
        radius=width / 70,
        west=west,
        south=south,
        east=east,
        north=north,
    )


_Position = tuple[float, float]


def _shapes(spatial: Json) -> tuple[list[list[_Position]], list[_Position]] | None:
    """Lines, those of areas closed, and points of a GeoJSON object; ``None`` where it is too much, or not understood."""
    lines: list[list[_Position]] = []
    points: list[_Position] = []
    left = _MOST_POSITIONS
    try:
        for kind, coordinates in _geometries(spatial, _MOST_NESTING):
            into = lines if kind in _LINES else [points]
            for positions in _at_depth(coordinates if kind != "Point" else [coordinates], _LINES.get(kind, 0)):
                line = [(float(position[0]), float(position[1])) for position in positions]
                left -= len(line)
                if left < 0:
                    return None
                if into is lines:
                    lines.append(line)
                else:
                    points += line
    except (TypeError, ValueError, LookupError):
        return None
    lines = [line for line in lines if line]
    return (lines, points) if lines or points else None


def _geometries(value: Json, nesting: int) -> Iterator[tuple[str, list[Json]]]:
    """The simple geometries of an object (RFC 7946, sections 3.1 to 3.3): their types and coordinates."""
    if not isinstance(value, dict) or not nesting:
        raise ValueError
    if isinstance(coordinates := value.get("coordinates"), list):
        kind = value["type"]
        if kind not in _LINES and kind not in _POINTS:
            raise ValueError
        yield str(kind), coordinates
        return
    inside = [value["geometry"]] if "geometry" in value else value.get("geometries", value.get("features"))
    if not isinstance(inside, list):
        raise ValueError
    for part in inside:
        yield from _geometries(part, nesting - 1)


def _at_depth(coordinates: list[Json], depth: int) -> Iterator[list[Any]]:
    """The lists of positions that stand so deep."""
    if not depth:
        yield coordinates
        return
    for part in coordinates:
        if not isinstance(part, list):
            raise ValueError
        yield from _at_depth(part, depth - 1)


def _span(line: list[_Position], axis: int) -> float:
    return max(position[axis] for position in line) - min(position[axis] for position in line)


def _path(line: list[_Position]) -> str:
    steps = "L".join(f"{_round(x):g} {_round(-y):g}" for x, y in line)
    return f"M{steps}"


def _round(degrees: float) -> float:
    # No minus before zero.
    return round(degrees, 3) + 0.0
