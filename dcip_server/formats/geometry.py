"""Places that a source writes as text: GeoJSON, WKT or a box of four numbers, as GeoJSON (RFC 7946); and names of places."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from dcip_server.entities import Json
from dcip_server.formats.extent import extent
from dcip_server.formats.json_value import canonical_json, json_or_none

GEOJSON_TYPES = frozenset(
    (
        "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection", "Feature",
        "FeatureCollection",
    )
)  # fmt: skip
#: What is no geometry but says something about one, so it can be no part of a collection of geometries.
_FEATURES = frozenset(("Feature", "FeatureCollection"))


def is_geojson(value: Json) -> bool:
    """Whether a JSON value is an object of one of GeoJSON's types (RFC 7946)."""
    if not isinstance(value, dict):
        return False
    kind = value.get("type")
    return isinstance(kind, str) and kind in GEOJSON_TYPES


def read_geometry(text: str) -> Json | None:
    """The GeoJSON object that a text is or says, or ``None``: for a box, WKT in degrees that GeoJSON can say, or JSON.

    WKT and boxes that are not on the Earth are none.
    """
    if text.lstrip().startswith("{"):
        value = json_or_none(text)
        return value if is_geojson(value) else None
    found = _read_box(text) or _read_wkt(text)
    return found if found and extent(found) else None


def is_place_name(text: str) -> bool:
    """Whether a text can be what a place is called, and is neither a geometry, readable or not, nor numbers alone."""
    text = text.strip()
    has_letter = any(character.isalpha() for character in _ANY_NUMBER.sub("", text))
    return has_letter and not text.startswith(("{", "[", "<")) and not _LIKE_WKT.match(text)


def together(geometries: Iterable[Json]) -> Json | None:
    """One object for all, each once: a collection where they are several and all are geometries, else the first."""
    found = list({canonical_json(geometry): geometry for geometry in geometries}.items())
    found.sort(key=lambda item: item[0])
    objects = [geometry for _, geometry in found]
    if len(objects) < 2 or any(geometry["type"] in _FEATURES for geometry in objects):
        return objects[0] if objects else None
    return {"type": "GeometryCollection", "geometries": objects}


_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_ANY_NUMBER = re.compile(_NUMBER, re.ASCII)
_BOX = re.compile(rf"\s*({_NUMBER})\s*,\s*({_NUMBER})\s*,\s*({_NUMBER})\s*,\s*({_NUMBER})\s*", re.ASCII)
_ENVELOPE = re.compile(rf"\s*ENVELOPE\s*\({_BOX.pattern}\)\s*", re.ASCII | re.IGNORECASE)


def _read_box(text: str) -> Json | None:
    """West, south, east, north; in an envelope of WKT west, east, north, south."""
    if match := _BOX.fullmatch(text):
        west, south, east, north = map(_number, match.groups())
    elif match := _ENVELOPE.fullmatch(text):
        west, east, north, south = map(_number, match.groups())
    else:
        return None
    if west > east or south > north:
        return None
    if west == east or south == north:
        ends = [[west, south], [east, north]]
        return (
            {"type": "Point", "coordinates": ends[0]}
            if ends[0] == ends[1]
            else {"type": "LineString", "coordinates": ends}
        )
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("+-").isdigit() else float(text)


#: The types of WKT by name, with GeoJSON's name and how many lists are around a position there.
_TYPES = {
    "POINT": ("Point", 0), "LINESTRING": ("LineString", 1), "POLYGON": ("Polygon", 2), "MULTIPOINT": ("MultiPoint", 1),
    "MULTILINESTRING": ("MultiLineString", 2), "MULTIPOLYGON": ("MultiPolygon", 3),
}  # fmt: skip
_WKT = re.compile(rf"({'|'.join(_TYPES)})\s*Z?\s*(\(.*\))", re.ASCII | re.IGNORECASE | re.DOTALL)
_REFERENCE = re.compile(r"\s*(?:<([^<>]*)>|SRID=(\d+);)?\s*", re.ASCII | re.IGNORECASE)
_LIKE_WKT = re.compile(
    r"(SRID=\d+;\s*)?(MULTI)?(POINT|LINESTRING|CURVE|POLYGON|SURFACE|GEOMETRY\w*|ENVELOPE|BOX)\s*[ZM]*\s*(\(|EMPTY)",
    re.IGNORECASE,
)
_POSITION = re.compile(rf"({_NUMBER})\s+({_NUMBER})(?:\s+({_NUMBER}))?", re.ASCII)
_LONGITUDE_FIRST = re.compile(r"https?://www\.opengis\.net/def/crs/OGC/(?:1\.3|0)/CRS84/?", re.IGNORECASE)
_EPSG = re.compile(r"https?://(?:www\.opengis\.net/def/crs/EPSG/[\d.]+|epsg\.io)/(\d+)/?", re.IGNORECASE)
#: WGS 84 with latitude first, and what differs from it by less than two metres: ETRS89 and GDA94.
_LATITUDE_FIRST = frozenset(("4326", "4258", "4283"))


def _read_wkt(text: str) -> Json | None:
    """By GeoSPARQL: longitude first where no reference system is named, else the order that it has."""
    text = text.strip()
    reference = _REFERENCE.match(text)
    match = _WKT.fullmatch(text, reference.end()) if reference else None
    if not match or not reference:
        return None
    system, number = reference.groups()
    epsg = _EPSG.fullmatch(system) if system else None
    latitude_first = bool(epsg and epsg[1] in _LATITUDE_FIRST)
    # PostGIS puts longitude first whatever the number.
    if (system and not latitude_first and not _LONGITUDE_FIRST.fullmatch(system)) or number not in (
        None,
        *_LATITUDE_FIRST,
    ):
        return None
    name, depth = _TYPES[match[1].upper()]
    try:
        lists = json.loads(_as_lists(match[2], latitude_first))
    except (ValueError, RecursionError):
        return None
    if name == "Point":
        lists = lists[0] if len(lists) == 1 else None
    elif name == "MultiPoint":
        lists = [item[0] if _is_nested(item, 1) and len(item) == 1 else item for item in lists]
    if not _is_nested(lists, depth):
        return None
    return {"type": name, "coordinates": _closed(lists, depth) if name.endswith("Polygon") else lists}


def _as_lists(parentheses: str, latitude_first: bool) -> str:
    def position(match: re.Match[str]) -> str:
        numbers = [_number(part) for part in match.groups() if part is not None]
        if latitude_first:
            numbers[:2] = numbers[1], numbers[0]
        return json.dumps(numbers, allow_nan=False)

    return _POSITION.sub(position, parentheses).replace("(", "[").replace(")", "]")


def _is_nested(value: Json, depth: int) -> bool:
    """Whether there are so many lists around positions, none of them empty."""
    if not isinstance(value, list) or not value:
        return False
    if depth:
        return all(_is_nested(item, depth - 1) for item in value)
    return len(value) in (2, 3) and all(isinstance(number, int | float) for number in value)


def _closed(value: list[Json], depth: int) -> list[Json]:
    """The rings, each ending where it begins, as a ring does."""
    if depth > 1:
        return [_closed(item, depth - 1) for item in value]
    return value if value[0] == value[-1] else [*value, value[0]]
