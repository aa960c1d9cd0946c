"""Checks of what records and the catalog say of themselves (draft, section 5 and its appendix)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from dcip_server.conformance.checks_list import NO_LIVE, is_date
from dcip_server.conformance.evidence import Check, Finding, free_of, shown, some_of
from dcip_server.conformance.observations import Entry, Observations
from dcip_server.entities import Json
from dcip_server.formats.geometry import is_geojson


@dataclass(frozen=True, slots=True)
class Type:
    """A type of the draft's tables: its name, and whether a value is of it."""

    name: str
    fits: Callable[[Json], bool]


def _is_integer(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_geojson(value: Json) -> bool:
    """As the formats see it, but a type may be anything here."""
    return isinstance(value, dict) and isinstance(value.get("type"), str) and is_geojson(value)


_TEXT = Type("a string", lambda value: isinstance(value, str))
_LIST = Type("a list", lambda value: isinstance(value, list))
_TEXTS = Type("a list of strings", lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value))
_INTEGER = Type("an integer", _is_integer)
_ID = Type("a string or an integer", lambda value: _is_integer(value) or (isinstance(value, str) and value != ""))
_TIME = Type("an ISO 8601 date or time", is_date)
_GEOJSON = Type("a GeoJSON object", _is_geojson)

Table = Mapping[str, Type]
DATASET_REQUIRED: Table = {"id": _ID, "title": _TEXT, "license": _TEXT, "resources": _LIST}
DATASET_OPTIONAL: Table = {
    "name": _TEXT,
    "author": _TEXT,
    "maintainer": _TEXT,
    "tags": _TEXTS,
    "spatial": _GEOJSON,
    "temporal": _TEXT,
    "version": _TEXT,
}
DATASET_TIMES: Table = {"metadata_modified": _TIME, "metadata_created": _TIME}
RESOURCE_REQUIRED: Table = {"resource_type": _TEXT, "url": _TEXT}
RESOURCE_OPTIONAL: Table = {
    "format": _TEXT,
    "size": _INTEGER,
    "title": _TEXT,
    "mimetype": _TEXT,
    "hash": _TEXT,
    "last_modified": _TIME,
    "name": _TEXT,
}
_CATALOG_REQUIRED = ("id", "description", "contact")


def _missing(value: Entry, table: Table) -> list[str]:
    return [f"{key} is missing" for key in table if value.get(key) is None]


def _mistyped(value: Entry, table: Table) -> list[str]:
    """Attributes of another type. A null is none: it has a rule of its own."""
    return [
        f"{key} is {shown(value[key])}, {type.name} is due"
        for key, type in table.items()
        if value.get(key) is not None and not type.fits(value[key])
    ]


def _resource_faults(dataset: Entry) -> list[str]:
    resources = dataset.get("resources")
    faults: list[str] = []
    for number, resource in enumerate(resources if isinstance(resources, list) else [], 1):
        if isinstance(resource, dict):
            found = _missing(resource, RESOURCE_REQUIRED)
            found += _mistyped(resource, {**RESOURCE_REQUIRED, **RESOURCE_OPTIONAL})
        else:
            found = [f"{shown(resource)}, an object is due"]
        faults += [f"resource {number}: {fault}" for fault in found]
    return faults


def _empty(dataset: Json) -> list[str]:
    """Where null and empty values are; GeoJSON and IB1's blocks may hold such, and ``resources`` may be empty."""
    found: list[str] = []
    waiting: list[tuple[str, Json]] = [("", dataset)]
    while waiting:
        place, value = waiting.pop()
        if value in (None, "", [], {}) and not (place == "resources" and value == []):
            found.append(f"{place} is {shown(value)}")
        elif place != "ib1" and isinstance(value, dict) and not _is_geojson(value):
            waiting += [(f"{place}.{key}".lstrip("."), item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{place}[{number}]", item) for number, item in enumerate(value)]
    return found


def _each_dataset(o: Observations, due: str, faults_of: Callable[[Entry], list[str]]) -> Iterator[Finding]:
    found = False
    for sample in o.samples:
        if (dataset := sample.dataset) is not None:
            found = True
            faults = faults_of(dataset)
            yield free_of(sample.record, some_of(faults, len(faults)), due, "200, as due")
    if not found:
        yield "no record came as a JSON object" if o.samples else NO_LIVE


def no_empty_values(o: Observations) -> Iterator[Finding]:
    yield from _each_dataset(o, "no key with a null or empty value", _empty)


def _has(table: Table) -> Check:
    """The check that a record has all attributes of a table, of their types."""

    def check(o: Observations) -> Iterator[Finding]:
        due = ", ".join(f"{key}: {type.name}" for key, type in table.items())
        yield from _each_dataset(o, due, lambda dataset: _missing(dataset, table) + _mistyped(dataset, table))

    return check


def optional_attributes_typed(o: Observations) -> Iterator[Finding]:
    due = ", ".join(f"{key}: {type.name}" for key, type in DATASET_OPTIONAL.items())
    yield from _each_dataset(o, f"where they are there: {due}", lambda dataset: _mistyped(dataset, DATASET_OPTIONAL))


def resources_complete(o: Observations) -> Iterator[Finding]:
    due = "each resource: resource_type and url, strings; optional attributes of their types"
    yield from _each_dataset(o, due, _resource_faults)


def attributes_keep_meaning(o: Observations) -> Iterator[Finding]:
    """From outside a new meaning shows only in another type."""
    known = {**DATASET_REQUIRED, **DATASET_OPTIONAL}
    due = "the draft's attributes have the draft's types"
    yield from _each_dataset(o, due, lambda dataset: _mistyped(dataset, known))


def catalog_described(o: Observations) -> Iterator[Finding]:
    due = f"200 and a JSON object with {', '.join(_CATALOG_REQUIRED)}"
    value, fault = o.catalog.json
    if o.catalog.status != 200:
        fault = o.catalog.describe()
    elif not fault and not isinstance(value, dict):
        fault = f"no object: {shown(value)}"
    elif not fault:
        fault = ", ".join(f"{key} is missing" for key in _CATALOG_REQUIRED if value.get(key) in (None, ""))
    yield free_of(o.catalog, fault, due)


CHECKS: dict[str, Check] = {
    "DCIP-SCHEMA-1": no_empty_values,
    "DCIP-SCHEMA-2": _has(DATASET_REQUIRED),
    "DCIP-SCHEMA-3": _has(DATASET_TIMES),
    "DCIP-SCHEMA-4": optional_attributes_typed,
    "DCIP-SCHEMA-5": resources_complete,
    "DCIP-SCHEMA-6": catalog_described,
    "DCIP-EXT-2": attributes_keep_meaning,
}
