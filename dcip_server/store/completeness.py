"""Which recommended fields a record has: one mark a record, counted as facet values are.

The mark names the whole combination ("dataset description license"). Few combinations occur in a
catalog, so a page learns the share of each field from a few rows that the writer keeps current.
"""

from __future__ import annotations

from collections.abc import Mapping

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Json
from dcip_server.protocol.entity_types import DATASET

#: Keys of the draft's JSON with what people call them: what DCAT-AP 3 asks of a dataset or recommends
#: for it and its distributions, besides the title and the id, which no record is without.
RECOMMENDED = {
    "description": "Description",
    "resources": "Files and services",
    "format": "Format",
    "license": "Licence",
    "maintainer": "Publisher",
    "contact_point": "Contact",
    "tags": "Tags",
    "themes": "Themes",
    "spatial": "Area covered",
    "temporal": "Time covered",
}


def combination(entity: str, value: Mapping[str, Json]) -> str:
    """The record's type, and the keys of :data:`RECOMMENDED` that have a value in its JSON."""
    said = {**value, "format": any(resource.get("format") for resource in value.get("resources", []))}
    if said.get("license") == LICENSE_NOT_SPECIFIED:
        del said["license"]
    return " ".join([entity, *[key for key in RECOMMENDED if said.get(key)]])


def count(combinations: Mapping[str, int]) -> tuple[int, dict[str, int]]:
    """How many datasets there are, and how many of them have each field, from the records of each combination."""
    datasets = 0
    having = dict.fromkeys(RECOMMENDED, 0)
    for text, records in combinations.items():
        entity, *keys = text.split(" ")
        if entity != DATASET.name:
            continue
        datasets += records
        for key in keys:
            # A key that a later version no longer counts is in catalogs until their records are indexed anew.
            if key in having:
                having[key] += records
    return datasets, having
