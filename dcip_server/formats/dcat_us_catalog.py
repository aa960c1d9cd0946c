"""The records in a data.json document: what its catalogs list, and what is described inside those records alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dcip_server.entities import DataService, Dataset, DatasetSeries, Json
from dcip_server.formats import dcat_us_shapes as us3
from dcip_server.formats import mapping
from dcip_server.formats.dcat_us_links import Links, Node, SeriesIds, names_of
from dcip_server.formats.dcip import refuse
from dcip_server.namespaces import DCAT

#: The classes of records; where a record states several, the first of these is meant.
_ENTITY_TYPES = {
    "DataService": DataService.entity_type,
    "DatasetSeries": DatasetSeries.entity_type,
    "Dataset": Dataset.entity_type,
}
#: As a class may be written.
_SPELLINGS = {
    prefix + name: type for name, type in _ENTITY_TYPES.items() for prefix in ("", f"{DCAT.prefix}:", DCAT.iri)
}
#: Where a record describes others, and of which type these are; ``None`` where they have to state it, since anything
#: may stand there.
_INSIDE = {
    "inSeries": DatasetSeries.entity_type,
    **dict.fromkeys(("seriesMember", "servesDataset", "first", "last"), Dataset.entity_type),
    **dict.fromkeys(("hasVersion", "hasCurrentVersion", "previousVersion"), Dataset.entity_type),
    **dict.fromkeys(("hasPart", "replaces", "source", "supportedSchema"), None),
}
#: So deep inside another one a record is looked for. Each is kept whole in all that it stands in, so without a bound a
#: document could come to as many times its size as it is deep.
_DEEPEST = 8


def type_of(record: Mapping[str, Json]) -> str:
    """The entity type of a record, by the class that it states."""
    return _stated_type(record) or Dataset.entity_type


def _stated_type(record: Mapping[str, Json]) -> str | None:
    stated = record.get("@type")
    if isinstance(stated, str):
        return _SPELLINGS.get(stated)
    types = {_SPELLINGS.get(text) for text in us3.listed(stated) if isinstance(text, str)}
    return next((name for name in _ENTITY_TYPES.values() if name in types), None)


def unwrap(catalog: Mapping[str, Json]) -> Iterator[Json]:
    """The records of a document. Raises :class:`SourceError` where there can be none."""
    listed = list(_listed(catalog))
    nodes = [Node(type_of(record), record) if isinstance(record, dict) else None for record in listed]
    records = [node for node in nodes if node is not None]
    described = list(_all_inside(records))
    ids = SeriesIds(described)
    inside = [node._replace(record=ids.identified(node.record)) for node in described]
    alone = list(_alone(inside, records)) if inside else []
    links = Links(records + inside, records + alone, ids)
    for record, node in zip(listed, nodes, strict=True):
        yield record if node is None else links.in_both_directions(node)
    for node in alone:
        yield links.in_both_directions(node._replace(record=_typed(node.record, node.entity_type)))


def _listed(catalog: Mapping[str, Json]) -> Iterator[Json]:
    """What the catalog and those inside it list, of the type that a list is of where a record states none."""
    waiting: list[Json] = [catalog]
    while waiting:
        outer = waiting.pop()
        if not isinstance(outer, dict):
            yield outer
            continue
        datasets = outer.get("dataset", [])
        if not isinstance(datasets, list):
            refuse('the member "dataset" of this data.json', datasets, "a list")
        yield from datasets
        for name, entity_type in (("service", DataService.entity_type), ("datasetSeries", DatasetSeries.entity_type)):
            for record in _records(outer, name):
                yield _typed(record, entity_type) if isinstance(record, dict) else record
        waiting += reversed(_records(outer, "catalog") + _parts(outer))


def _typed(record: Mapping[str, Json], entity_type: str) -> Mapping[str, Json]:
    """The record with a class that says of which type it is, beside those of other vocabularies that it states."""
    if entity_type == Dataset.entity_type or _stated_type(record):
        return record
    rdf_class = next(name for name, due in _ENTITY_TYPES.items() if due == entity_type)
    stated = us3.listed(record.get("@type"))
    return {**record, "@type": [rdf_class, *stated] if stated else rdf_class}


def _records(catalog: Mapping[str, Json], name: str) -> list[Json]:
    """What a catalog has under that name, be it one or a list. A null is no empty list: nobody said that all are gone."""
    if name in catalog and catalog[name] is None:
        refuse(f'the member "{name}" of this data.json', None, "a list")
    return us3.listed(catalog.get(name))


def _parts(catalog: Mapping[str, Json]) -> list[Json]:
    """The catalogs that it has as parts; one that is only named has no records here."""
    return [part for part in us3.listed(catalog.get("hasPart")) if isinstance(part, dict)]


def _all_inside(records: Iterable[Node]) -> Iterator[Node]:
    """What stands in the place of a record inside the records, and inside that."""
    for node in records:
        waiting = [_inside(node.record)]
        while waiting:
            if found := next(waiting[-1], None):
                yield found
                waiting.append(_inside(found.record) if len(waiting) < _DEEPEST else iter(()))
            else:
                waiting.pop()


def _inside(record: Mapping[str, Json]) -> Iterator[Node]:
    for name in () if _INSIDE.keys().isdisjoint(record) else _INSIDE:
        for item in us3.listed(record.get(name)):
            if isinstance(item, dict) and (entity_type := _stated_type(item) or _INSIDE[name]):
                yield Node(entity_type, item)
    for distribution in us3.listed(record.get("distribution")):
        if isinstance(distribution, dict) and "accessService" in distribution:
            services = us3.listed(distribution["accessService"])
            yield from (Node(DataService.entity_type, item) for item in services if isinstance(item, dict))


def _alone(inside: Iterable[Node], records: Iterable[Node]) -> Iterator[Node]:
    """What is described inside records and listed nowhere, each as it was described first."""
    taken = {(node.entity_type, name) for node in records for name in names_of(node.record)}
    for node in inside:
        names = {(node.entity_type, name) for name in names_of(node.record)}
        if names and mapping.TEXT.read(node.record.get("title")) and taken.isdisjoint(names):
            yield node
            taken |= names
