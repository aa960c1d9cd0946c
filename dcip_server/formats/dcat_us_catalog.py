"""The records in a data.json document: those of catalogs inside it too, series with their members, services of distributions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dcip_server.entities import DataService, DatasetSeries, Json
from dcip_server.formats import dcat_us_shapes as us3
from dcip_server.formats import mapping
from dcip_server.formats.dcip import refuse
from dcip_server.formats.rdf.terms import is_web_iri

_SERVICE, _SERIES = "DataService", "DatasetSeries"
_ENTITY_TYPES = {_SERVICE: DataService.entity_type, _SERIES: DatasetSeries.entity_type}


def entity_type_of(record: Mapping[str, Json]) -> str | None:
    """The entity type of a record that says that it is no dataset."""
    return _ENTITY_TYPES.get(_type(record))


def _type(record: Mapping[str, Json]) -> str:
    stated = record.get("@type")
    if isinstance(stated, list) and len(stated) == 1:
        stated = stated[0]
    return stated.removeprefix("dcat:") if isinstance(stated, str) else ""


def unwrap(catalog: Mapping[str, Json]) -> Iterator[Json]:
    """The records of a document. Raises :class:`SourceError` where there can be none."""
    waiting: list[Json] = [catalog]
    services = _Services()
    while waiting:
        outer = waiting.pop()
        if not isinstance(outer, dict):
            yield outer
            continue
        datasets = outer.get("dataset", [])
        if not isinstance(datasets, list):
            refuse('the member "dataset" of this data.json', datasets, "a list")
        series = _records(outer, "datasetSeries")
        for record in _with_series(datasets, series):
            services.note(record)
            yield record
        for rdf_class, records in ((_SERVICE, _records(outer, "service")), (_SERIES, series)):
            for record in records:
                typed = {"@type": rdf_class, **record} if isinstance(record, dict) else record
                services.note(typed)
                yield typed
        waiting += reversed(_records(outer, "catalog") + _parts(outer))
    yield from services.of_distributions()


def _records(catalog: Mapping[str, Json], name: str) -> list[Json]:
    """What a catalog has under that name, be it one or a list. A null is no empty list: nobody said that all are gone."""
    if name in catalog and catalog[name] is None:
        refuse(f'the member "{name}" of this data.json', None, "a list")
    return us3.listed(catalog.get(name))


def _parts(catalog: Mapping[str, Json]) -> list[Json]:
    """The catalogs that it has as parts; one that is only named has no records here."""
    return [part for part in us3.listed(catalog.get("hasPart")) if isinstance(part, dict)]


class _Services:
    """The services of a document: those that only distributions describe are records, too."""

    def __init__(self) -> None:
        self._stated: set[str] = set()
        self._of_distributions: dict[str, Json] = {}

    def note(self, record: Json) -> None:
        """Hear of a record: a service, or what may have distributions."""
        if not isinstance(record, dict):
            return
        if _type(record) == _SERVICE and (identifier := us3.identifier_of(record)):
            self._stated.add(identifier)
        for distribution in us3.listed(record.get("distribution")):
            for service in us3.listed(distribution.get("accessService")) if isinstance(distribution, dict) else []:
                if _iri(service) and mapping.TEXT.read(service.get("title")):
                    self._of_distributions.setdefault(us3.identifier_of(service) or "", service)

    def of_distributions(self) -> Iterator[Json]:
        """Those that no catalog of the document lists, each as it was described first."""
        for identifier, service in self._of_distributions.items():
            if identifier not in self._stated:
                yield {**service, "@type": _SERVICE}


def _iri(record: Json) -> str | None:
    stated = record.get("@id") if isinstance(record, dict) else None
    return stated if isinstance(stated, str) and is_web_iri(stated) else None


def _with_series(datasets: list[Json], series: list[Json]) -> Iterator[Json]:
    """The datasets, each with the series that name it as a member; and the members that are described there alone."""
    among = [record for record in datasets if isinstance(record, dict) and _type(record) == _SERIES]
    iris: dict[str, str] = {}
    named: dict[str, list[str]] = {}
    members: dict[str, Json] = {}
    for one in (*series, *among):
        iri, own = _iri(one), us3.identifier_of(one)
        if iri:
            iris[own or iri] = iri
        if not (name := iri or own):
            continue
        for item in us3.listed(one.get("seriesMember")):
            if identifier := item if isinstance(item, str) else us3.identifier_of(item):
                named.setdefault(identifier, []).append(name)
                if isinstance(item, dict):
                    members.setdefault(identifier, item)
    for dataset in datasets:
        identifier = us3.identifier_of(dataset) or ""
        members.pop(identifier, None)
        yield _in_series(dataset, named.get(identifier, ()), iris)
    yield from (_in_series(item, named[key], iris) for key, item in members.items() if item.get("title"))


def _in_series(dataset: Json, named_by: Iterable[str], iris: Mapping[str, str]) -> Json:
    """The dataset with its series by their IRIs, or ids where they have none: those that name it, and those that it names by their identifiers."""
    if not isinstance(dataset, dict):
        return dataset
    stated = us3.listed(dataset.get("inSeries"))
    found = [_with_iri(item, iris) for item in stated]
    known = [item.get("@id") or us3.identifier_of(item) if isinstance(item, dict) else item for item in found]
    found += ({"@id": name} if is_web_iri(name) else name for name in dict.fromkeys(named_by) if name not in known)
    return {**dataset, "inSeries": found} if found != stated else dataset


def _with_iri(series: Json, iris: Mapping[str, str]) -> Json:
    """What names a series, as an object with its IRI where its identifier alone is given."""
    if isinstance(series, str):
        return {"@id": iris[series], "identifier": series} if iris.get(series, series) != series else series
    iri = iris.get(us3.identifier_of(series) or "")
    return {**series, "@id": iri} if iri and "@id" not in series else series
