"""How DCAT-US 3 writes values for which Project Open Data 1.1 has a text: as objects, and in lists of them.

Each shape gives the text that is in there; what it says beyond that stays in the source's own object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dcip_server.entities import Json
from dcip_server.formats import mapping, periods
from dcip_server.formats.geometry import is_geojson, is_place_name, together
from dcip_server.formats.mapping import Shape
from dcip_server.namespaces import MEDIA_TYPE_BASE


def listed(value: Json) -> list[Json]:
    """The items of a list; one value stands for a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def first_of(*members: str) -> Callable[[Json], str | None]:
    """Reads the first of an object's members that is a text."""

    def read(value: Json) -> str | None:
        if not isinstance(value, dict):
            return None
        return next((text for name in members if (text := mapping.STRING.read(value.get(name)))), None)

    return read


def _alone(read: Callable[[Json], Json | None]) -> Callable[[Json], Json | None]:
    """Reads the value itself, or the only one of a list."""
    return lambda value: read(value[0] if isinstance(value, list) and len(value) == 1 else value)


def _first(read: Callable[[Json], Json | None]) -> Callable[[Json], Json | None]:
    """Reads the value itself, or the first of a list that says something."""

    def read_first(value: Json) -> Json | None:
        items = value if isinstance(value, list) else [value]
        return next((found for item in items if (found := read(item)) is not None), None)

    return read_first


def _names(value: Json) -> list[str]:
    """The names of one agent or of several, each once; none where one of them has none."""
    items = value if isinstance(value, list) else [value]
    names = [mapping.STRING.read(item) or first_of("name", "prefLabel")(item) for item in items]
    return list(dict.fromkeys(name for name in names if name)) if all(names) else []


def _read_names(value: Json) -> str | None:
    """As DCAT's are joined."""
    return "; ".join(_names(value)) or None


def _read_several(value: Json) -> list[str] | None:
    names = _names(value)
    return names if len(names) > 1 else None


def _each(read: Callable[[Json], str | None]) -> Callable[[Json], list[str] | None]:
    """Reads a list of which each item is a text or an object with one; a list with anything else says none."""

    def read_all(value: Json) -> list[str] | None:
        items = value if isinstance(value, list) else [value]
        texts = [item if isinstance(item, str) and item.strip() else read(item) for item in items]
        found = list(dict.fromkeys(text for text in texts if text))
        return found if found and all(texts) else None

    return read_all


def _read_period(value: Json) -> str | None:
    """A PeriodOfTime, or the text of one, as :mod:`periods` writes it."""
    if isinstance(value, str):
        return periods.normal(value)
    if not isinstance(value, dict):
        return None
    start, end = (mapping.STRING.read(value.get(name)) or "" for name in ("startDate", "endDate"))
    return periods.interval(start, end)


def _read_periods(value: Json) -> str | None:
    return periods.joined(filter(None, map(_read_period, _listed(value))))


def _read_place(value: Json) -> Json | None:
    """The geometry of a Location, else its box or centre; or what a text says of one."""
    if isinstance(value, dict) and not is_geojson(value):
        geometries = (mapping.GEOJSON.read(value.get(name)) for name in ("geometry", "bbox", "centroid"))
        return next(filter(None, geometries), None)
    return mapping.GEOJSON.read(value)


def _read_places(value: Json) -> Json | None:
    """The geometries of one place or of several."""
    return together(found for item in _listed(value) if (found := _read_place(item)) is not None)


def _read_place_names(value: Json) -> list[str] | None:
    """What places are called, sorted: names as texts, or those of Locations, else their IRIs."""
    names = {item if isinstance(item, str) else first_of("prefLabel", "@id")(item) for item in _listed(value)}
    return sorted(name for name in names if name and is_place_name(name)) or None


def _write_place_names(value: Json) -> Json:
    return value[0] if len(value) == 1 else value


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _read_checksum(value: Json) -> str | None:
    """A Checksum as ``md5:…``; its algorithm may be an IRI of SPDX's."""
    if not isinstance(value, dict):
        return None
    kind, digest = (mapping.STRING.read(value.get(name)) for name in ("algorithm", "checksumValue"))
    if not kind or not digest:
        return None
    name = kind.rpartition("#")[2].removeprefix("checksumAlgorithm_").removeprefix("spdx:")
    return f"{name.lower().replace('-', '')}:{digest}"


def _write_checksum(value: Json) -> Json:
    kind, _, digest = value.partition(":")
    return {"algorithm": kind, "checksumValue": digest}


def _read_media_type(value: Json) -> str | None:
    """A media type, also of its IRI at IANA."""
    text = mapping.TEXT.read(value)
    return text.removeprefix(MEDIA_TYPE_BASE).removeprefix(MEDIA_TYPE_BASE.replace("https", "http")) if text else None


def _written_as_it_is(value: Json) -> Json:
    return value


def identifier_of(value: Json) -> str | None:
    """What a record is identified by: its identifier, a text or an object, else its IRI."""
    if not isinstance(value, dict):
        return None
    return stated_identifier(value) or mapping.STRING.read(value.get("@id"))


def stated_identifier(record: Mapping[str, Json]) -> str | None:
    """The identifier of a record, a text or an object."""
    stated = record.get("identifier")
    return mapping.STRING.read(stated) or first_of("@id", "notation")(stated)


def _shape(read: Callable[[Json], Json | None]) -> Shape:
    return Shape(read, _written_as_it_is)


IDENTIFIER = _shape(first_of("@id", "notation"))
CONCEPTS = _shape(_each(first_of("prefLabel", "@id", "notation")))
STANDARDS = _shape(_each(first_of("@id", "identifier", "title")))
PERIODS = _shape(_read_periods)
PLACES = _shape(_read_places)
PLACE_NAMES = Shape(_read_place_names, _write_place_names)
LICENSE = _shape(first_of("@id", "title", "name"))
#: As JSON-LD may write it: an object, or a list of one.
URL = _shape(_alone(lambda value: mapping.STRING.read(value) or first_of("@id")(value)))
#: Where a Distribution or a Document is, in the place of its URL.
URL_OF = first_of("accessURL", "downloadURL", "@id")
DOCUMENT = _shape(_alone(URL_OF))
MEDIA_TYPE = _shape(_read_media_type)
AGENT = _shape(_read_names)
#: Where there is more than one; the row of :data:`AGENT` reads the same, so both leave it where it is.
AGENTS = Shape(_read_several, _written_as_it_is, same=lambda _, __: False)
FIRST_TEXT = _shape(_first(mapping.STRING.read))
MEMBERS = _shape(_each(identifier_of))
CHECKSUM = Shape(_read_checksum, _write_checksum)


def first(shape: Shape) -> Shape:
    """The shape of the value itself, or of the first in a list that has it."""
    return Shape(_first(shape.read), shape.write)
