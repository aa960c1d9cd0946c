"""The entity types that the endpoint serves, one row each (draft, "Extensions").

A further type is one more row (and its help text in ``help_texts/``): URLs, views, help, lists
and look-ups all read this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from dcip_server.namespaces import DCAT


@dataclass(frozen=True, slots=True)
class EntityType:
    """``name`` as in URLs; ``label`` and ``plural`` as in help texts; ``help_text`` a file name.

    ``attributes`` are the JSON keys by which records can be looked up; ``format`` is taken from
    the record's resources.
    """

    name: str
    label: str
    plural: str
    rdf_class: str
    help_text: str
    attributes: tuple[str, ...]


DATASET = EntityType(
    name="dataset",
    label="Dataset",
    plural="Datasets",
    rdf_class=DCAT.Dataset,
    help_text="dataset.txt",
    attributes=("name", "title", "tags", "author", "maintainer", "license", "format"),
)

DATA_SERVICE = EntityType(
    name="dataservice",
    label="DataService",
    plural="DataServices",
    rdf_class=DCAT.DataService,
    help_text="dataservice.txt",
    attributes=("name", "title", "tags", "author", "maintainer", "license"),
)

DATASET_SERIES = EntityType(
    name="datasetseries",
    label="DatasetSeries",
    plural="DatasetSeries",
    rdf_class=DCAT.DatasetSeries,
    help_text="datasetseries.txt",
    attributes=("name", "title", "tags", "author", "maintainer", "license"),
)

ENTITY_TYPES: dict[str, EntityType] = {row.name: row for row in (DATASET, DATA_SERVICE, DATASET_SERIES)}
