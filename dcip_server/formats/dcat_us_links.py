"""Which series and datasets of a DCAT-US 3 document belong together, whichever of the two says so."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dcip_server.entities import Dataset, DatasetSeries, Json
from dcip_server.formats import dcat_us_shapes as us3
from dcip_server.formats import mapping
from dcip_server.formats.generated_ids import generated_id
from dcip_server.formats.rdf.terms import is_absolute_iri, is_web_iri, literal


class Node(NamedTuple):
    """An object in the place of a record, and the entity type of that."""

    entity_type: str
    record: Mapping[str, Json]


def names_of(record: Json) -> list[str]:
    """What others name a record by: its identifier and its IRI; a text names itself."""
    if isinstance(record, str):
        return [record]
    if not isinstance(record, dict):
        return []
    iri = mapping.STRING.read(record.get("@id"))
    names = (us3.stated_identifier(record), iri if iri and is_absolute_iri(iri) else None)
    return [name for name in names if name]


class SeriesIds:
    """Ids for series that are described without any, as the schema allows: those that they have as blank nodes in RDF."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        by_title: dict[str, set[str]] = {}
        for node in nodes:
            if node.entity_type == DatasetSeries.entity_type and (title := _title_of_nameless(node.record)):
                by_title.setdefault(title, set()).add(_all_of(node.record))
        self._ids = {
            text: generated_id([literal(title) if len(texts) == 1 else text])
            for title, texts in by_title.items()
            for text in texts
            if text
        }

    def identified(self, record: Mapping[str, Json]) -> Mapping[str, Json]:
        """The record, with its id where it is such a series."""
        if not self._ids or names_of(record) or not (id := self._ids.get(_all_of(record))):
            return record
        return {**record, "identifier": id}


def _title_of_nameless(record: Mapping[str, Json]) -> str | None:
    has_name = names_of(record) or record.get("identifier") not in (None, "", {}, [])
    return None if has_name else mapping.TEXT.read(record.get("title"))


def _all_of(record: Mapping[str, Json]) -> str:
    """All that is said of a record; ``""`` where it is nested too deeply to become one."""
    try:
        return json.dumps(record, sort_keys=True)
    except RecursionError:
        return ""


class Links:
    """The members of each series of a document, and the series of each member."""

    def __init__(self, nodes: Iterable[Node], records: Iterable[Node], ids: SeriesIds) -> None:
        """All that describes series, and what becomes a record."""
        self._ids = ids
        series = [node.record for node in nodes if node.entity_type == DatasetSeries.entity_type]
        self._iris: dict[str, str] = {}
        for one in series:
            if iri := _web_iri(one):
                self._iris.update(dict.fromkeys(names_of(one), iri))
        self._series: dict[str, list[str]] = {}
        for one in series:
            if name := self._name(one):
                for item in us3.listed(one.get("seriesMember")):
                    for member in names_of(item):
                        self._series.setdefault(member, []).append(name)
        self._members: dict[str, dict[str, list[str]]] = {}
        for node in records:
            if node.entity_type == Dataset.entity_type and self._may_be_in_series(node.record):
                self._note_member(node.record)

    def in_both_directions(self, node: Node) -> Mapping[str, Json]:
        """The record, a dataset with all its series and a series with all its members."""
        if node.entity_type == DatasetSeries.entity_type:
            return self._with_members(node.record)
        if node.entity_type == Dataset.entity_type and self._may_be_in_series(node.record):
            return self._with_series(node.record)
        return node.record

    def _may_be_in_series(self, dataset: Mapping[str, Json]) -> bool:
        """Whether it is worth looking: most documents have no series."""
        return bool(self._series) or "inSeries" in dataset

    def _note_member(self, dataset: Mapping[str, Json]) -> None:
        if id := us3.identifier_of(dataset):
            for name in self._all_series(dataset):
                self._members.setdefault(name, {}).setdefault(id, names_of(dataset))

    def _with_members(self, series: Mapping[str, Json]) -> Mapping[str, Json]:
        stated = us3.listed(series.get("seriesMember"))
        known = {name for item in stated for name in names_of(item)}
        members = self._members.get(self._name(series) or "", {})
        further = [id for id, names in members.items() if known.isdisjoint((id, *names))]
        return {**series, "seriesMember": stated + further} if further else series

    def _with_series(self, dataset: Mapping[str, Json]) -> Mapping[str, Json]:
        """The dataset with its series by their IRIs, or ids where they have none."""
        stated = us3.listed(dataset.get("inSeries"))
        found = [self._with_iri(item) for item in stated]
        known = {self._name(item) for item in stated}
        further = [name for name in self._naming(dataset) if name not in known]
        found += ({"@id": name} if is_web_iri(name) else name for name in further)
        return {**dataset, "inSeries": found} if found != stated else dataset

    def _all_series(self, dataset: Mapping[str, Json]) -> list[str]:
        stated = [self._name(item) for item in us3.listed(dataset.get("inSeries"))]
        return [name for name in dict.fromkeys((*stated, *self._naming(dataset))) if name]

    def _naming(self, dataset: Mapping[str, Json]) -> list[str]:
        """The series that name the dataset as a member."""
        return list(dict.fromkeys(name for own in names_of(dataset) for name in self._series.get(own, ())))

    def _name(self, series: Json) -> str | None:
        """The IRI of a series, or its id where it has none."""
        names = names_of(self._ids.identified(series) if isinstance(series, dict) else series)
        return _web_iri(series) or next((self._iris.get(name, name) for name in names), None)

    def _with_iri(self, series: Json) -> Json:
        """What names a series, as an object with its IRI where its identifier alone is given."""
        if isinstance(series, str):
            iri = self._iris.get(series, series)
            return {"@id": iri, "identifier": series} if iri != series else series
        if not isinstance(series, dict):
            return series
        name, series = self._name(series), self._ids.identified(series)
        return {**series, "@id": name} if name and "@id" not in series and is_web_iri(name) else series


def _web_iri(record: Json) -> str | None:
    stated = record.get("@id") if isinstance(record, dict) else None
    return stated if isinstance(stated, str) and is_web_iri(stated) else None
