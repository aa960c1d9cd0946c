"""DCAT: RDF graphs to Datasets (draft section 5; surface 4). The way back is ``dcat_n3``.

A record that came in as RDF keeps all its triples; its JSON is read from them by the table in
``fields.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from dcip_server.entities import DataService, Dataset, Json, Triple
from dcip_server.errors import RecordError
from dcip_server.formats import dcip, dcip_catalogs, ib1_graph
from dcip_server.formats.dates import iso8601, read_time
from dcip_server.formats.dcat_left_out import left_out
from dcip_server.formats.fields import DATASET_FIELDS, RESOURCE_FIELDS, by_predicate, read_fields, read_translations
from dcip_server.formats.generated_ids import generated_id
from dcip_server.formats.ib1_licenses import listed_url
from dcip_server.formats.item import Item
from dcip_server.formats.json_value import canonical_json
from dcip_server.formats.kinds import LINK
from dcip_server.formats.licenses import common, further_keys
from dcip_server.formats.placeholders import is_placeholder
from dcip_server.formats.rdf.canonical import canonical
from dcip_server.formats.rdf.descriptions import Descriptions
from dcip_server.formats.rdf.graph import Graph, local_name
from dcip_server.formats.rdf.terms import (
    check_languages,
    iri,
    iri_text,
    is_absolute_iri,
    is_blank,
    is_iri,
    is_literal,
    literal_datatype,
    literal_text,
    text_of,
)
from dcip_server.namespaces import DCAT, DCIP, DCTERMS, XSD
from dcip_server.protocol.entity_types import DATASET_SERIES, ENTITY_TYPES
from dcip_server.protocol.urls import record_iri

_DATASET_ROWS, _RESOURCE_ROWS = by_predicate(DATASET_FIELDS), by_predicate(RESOURCE_FIELDS)
_LICENSE_ROWS = by_predicate(field for field in RESOURCE_FIELDS if field.key == "license")
_TITLES = next(field.predicates for field in DATASET_FIELDS if field.key == "title")
#: Keys that name records, by the properties that are read, and the types of those records.
_REFERENCES = {
    "in_series": (DCAT.inSeries, DATASET_SERIES.name),
    "serves_dataset": (DCAT.servesDataset, Dataset.entity_type),
}
_SERIES = (DCAT.DatasetSeries, DCAT.DataSeries)
#: Classes whose instances are records, in the order in which their types go. The last is what IB1's pages call a
#: series in places; DCAT has no such class.
_CLASSES = (*((row.rdf_class, row.name) for row in ENTITY_TYPES.values()), (DCAT.DataSeries, DATASET_SERIES.name))


def parse_graph(graph: Graph) -> Iterator[Item]:
    """Yield one item for each record of the graph: by type, then in the order of the document."""
    reader = Reader(graph)
    reader.prepare()
    for node, entity_type in reader.records():
        yield reader.item(node, entity_type)
    yield from left_out(graph)


class Reader:
    """Reads a graph's records, each by itself."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._descriptions = Descriptions(graph, _TITLES)
        self._ib1_entries = ib1_graph.Entries(graph)

    def prepare(self) -> None:
        """Note in the graph what has to be known of all records before one of them is read."""
        self._graph.tally.update(self._identify(node) for node, _ in self._records(is_blank))

    def records(self) -> Iterator[tuple[str, str]]:
        """Each record's node and its entity type: by type, then in the order of the document.

        What has several types is of the first; a series is a dataset to DCAT, too, though not to IB1.
        """
        return self._records(lambda _: True)

    def _records(self, wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
        for position, (rdf_class, entity_type) in enumerate(_CLASSES):
            earlier = [other for other, _ in _CLASSES[:position]]
            for node in filter(wanted, self._graph.instances(rdf_class)):
                if self._is_record(node, rdf_class) and not any(
                    self._graph.is_a(node, other) and self._is_record(node, other) for other in earlier
                ):
                    yield node, entity_type

    def _is_record(self, node: str, rdf_class: str) -> bool:
        graph = self._graph
        if graph.is_a(node, *_SERIES) and graph.has_title(node) and node in self._ib1_entries:
            # To IB1 a series is no dataset, whatever other type it has.
            return rdf_class in _SERIES
        return rdf_class == DCAT.Dataset or self._descriptions.is_linked(node)

    def item(self, node: str, entity_type: str) -> Item:
        """One record, read or refused."""
        records = self._graph.records_about(node)
        try:
            triples = self._descriptions.of(node)
        except RecordError as error:
            return Item(place=iri_text(node) if is_iri(node) else "a blank node", error=error)
        remarks = []
        stated = self._stated_id(node, entity_type, records)
        if ignored := sorted(filter(is_placeholder, map(text_of, self._graph.objects(node, DCTERMS.identifier)))):
            remarks.append(f"the identifier {ignored[0]!r} is a placeholder, so it is not the id")
        id = self._generate_id(node) if stated is None else stated
        if stated is None:
            remarks.append(f"a blank node without an identifier of its own gets the id {id!r}")
        elif id == text_of(node) and is_placeholder(id):
            remarks.append(f"the IRI {id!r} is a placeholder; others use it for other things")
        place = iri_text(node) if is_iri(node) else str(id)
        try:
            entity = self._dataset(node, entity_type, id, records, triples)
        except RecordError as error:
            return Item(place=place, error=RecordError(str(error), id, entity_type))
        return Item(place=place, entity=entity, remarks=tuple(remarks))

    def _stated_id(self, node: str, entity_type: str, records: list[str]) -> str | int | None:
        """``dcip:id`` of our own catalog record, else the one identifier that means nobody else, else the IRI.

        An entry of IB1's is always known by its IRI, whatever identifier it states.
        """
        for record in records:
            for term in sorted(self._graph.objects(record, DCIP.id)):
                if text_of(term):
                    return id_of(term)
        if node in self._ib1_entries:
            return iri_text(node)
        own = sorted(term for term in self._graph.objects(node, DCTERMS.identifier) if is_identifying(term))
        if len(own) == 1 and not self._is_another(text_of(own[0]), node, entity_type):
            bearers = self._graph.subjects(DCTERMS.identifier, text_of(own[0]))
            if all(bearer == node or bearer in records for bearer in bearers):
                return id_of(own[0])
        return iri_text(node) if is_iri(node) else local_name(node)

    def _is_another(self, identifier: str, node: str, entity_type: str) -> bool:
        """Whether the identifier is the IRI of another record of the type."""
        if not is_absolute_iri(identifier) or (other := iri(identifier)) == node:
            return False
        return self._graph.is_a(other, *(rdf_class for rdf_class, name in _CLASSES if name == entity_type))

    def _generate_id(self, node: str) -> str:
        """An id from what identifies the dataset; from all that is said of it where that is not enough."""
        identifying = self._identify(node)
        if self._graph.tally[identifying] == 1:
            return identifying
        return generated_id(map(" ".join, canonical(self._descriptions.of(node))))

    def _identify(self, node: str) -> str:
        """An id from landing page, URLs of the data and title."""
        telling = (DCAT.landingPage, DCAT.downloadURL, DCAT.accessURL)
        described = self._descriptions.of(node)
        parts = sorted({object for _, predicate, object in described if predicate in telling})
        return generated_id(parts + sorted(self._graph.objects(node, DCTERMS.title)))

    def _dataset(
        self, node: str, entity_type: str, id: str | int, records: list[str], triples: list[Triple]
    ) -> Dataset:
        check_languages(triples)
        own = record_iri(entity_type, id)
        subject = node if is_iri(node) else iri(own)
        names = {o: self._nested_iri(o) for _, _, o in triples if self._descriptions.is_nested_record(o)}
        names[node] = subject
        renamed = ((names.get(s, s), p, names.get(o, o)) for s, p, o in triples)
        # Read as the JSON that will be served: what a source puts into the catalog's own terms is
        # checked like anything else it could have sent.
        value = self._value(node, entity_type, id, records)
        stranger = next((term for term in self._graph.objects(node, DCTERMS.title) if not is_literal(term)), None)
        if stranger and "title" not in value:
            shown = stranger if is_iri(stranger) else "a blank node"
            raise RecordError(f"title: a text is due, got {shown}", id, entity_type)
        dataset = dcip.parse_dataset(value | _say_type(entity_type))
        return replace(dataset, iri=iri_text(subject) if is_iri(node) else None, triples=canonical(renamed))

    def _nested_iri(self, node: str) -> str:
        """What a record that is a blank node is called by those that point to it: its IRI at the endpoint."""
        entity_type = next(name for rdf_class, name in _CLASSES if self._graph.is_a(node, rdf_class))
        return iri(record_iri(entity_type, self._nested_id(node, entity_type)))

    def _nested_id(self, node: str, entity_type: str) -> str | int:
        stated = self._stated_id(node, entity_type, self._graph.records_about(node))
        return self._generate_id(node) if stated is None else stated

    def _references(self, node: str, records: list[str]) -> dict[str, Json]:
        """The records that the node names by their IRIs, or by their ids where no source has given them one."""
        found: dict[str, Json] = {}
        for key, (predicate, entity_type) in _REFERENCES.items():
            terms = [term for term in self._graph.objects(node, predicate) if not is_literal(term)]
            found[key] = sorted(set(filter(None, (self._name(term, entity_type, records) for term in terms))))
        return {key: names for key, names in found.items() if names}

    def _name(self, term: str, entity_type: str, records: list[str]) -> str | None:
        if is_blank(term):
            nested = self._descriptions.is_nested_record(term)
            return str(self._nested_id(term, entity_type)) if nested else None
        if term in self._graph and dcip_catalogs.is_given(self._graph, term):
            return str(self._stated_id(term, entity_type, self._graph.records_about(term)))
        return dcip_catalogs.id_below(iri_text(term), entity_type, records) or iri_text(term)

    def _value(self, node: str, entity_type: str, id: str | int, records: list[str]) -> dict[str, Json]:
        """The dataset's JSON object."""
        value = read_fields(self._graph, node, _DATASET_ROWS) | read_translations(self._graph, node)
        linked, unlinked = self._distributions(node)
        if unlinked:
            value[dcip.UNLINKED] = unlinked
        value |= self._references(node, records)
        stated = dcip_catalogs.told(self._graph, node)
        value |= stated
        value.setdefault("license", self._common_license(node))
        if "license" not in stated:
            value = further_keys(value["license"]) | value
        if node in self._ib1_entries:
            times = self._record_times(dcip_catalogs.own_records(records))
            return self._ib1_value(node, entity_type, value, linked) | {"id": id} | times
        if is_iri(node) and iri_text(node) != id and not dcip_catalogs.is_given(self._graph, node):
            # By which others name it.
            value.setdefault("uri", iri_text(node))
        return value | {"id": id, "resources": linked} | self._record_times(records)

    def _ib1_value(self, node: str, entity_type: str, value: dict[str, Json], linked: list[Json]) -> dict[str, Json]:
        """As :meth:`_value`, for an entry of IB1's: a licence that is known has its URI."""
        if value["license"] is None and entity_type == DATASET_SERIES.name:
            value["license"] = self._ib1_entries.license_of_members(node)
        if isinstance(value["license"], str):
            value["license"] = listed_url(value["license"])
            value |= further_keys(value["license"])
        for resource in linked:
            if "format" not in resource and "mimetype" in resource:
                resource["format"] = ib1_graph.format_of(resource["mimetype"])
            if "title" not in resource and "description" in resource:
                resource["title"] = resource["description"]
        if entity_type == DataService.entity_type:
            linked = [*linked, *self._ib1_entries.access(node)]
        return value | self._ib1_entries.value(node) | {"resources": linked}

    def _distributions(self, node: str) -> tuple[list[Json], list[Json]]:
        """The resource objects with a URL, and those without."""
        nodes = [term for term in self._graph.objects(node, DCAT.distribution) if term in self._graph]
        resources = sorted(filter(None, map(self._distribution, nodes)), key=_sort_key)
        linked = [resource for resource in resources if resource.get("url")]
        return linked, [resource for resource in resources if not resource.get("url")]

    def _distribution(self, node: str) -> dict[str, Json]:
        """The resource object; empty where nothing is said that JSON has a key for."""
        value = read_fields(self._graph, node, _RESOURCE_ROWS) | dcip_catalogs.told(self._graph, node)
        if "last_modified" in value and not iso8601(str(value["last_modified"])):
            value["modified"] = value.pop("last_modified")
        download = LINK.read(self._graph.objects(node, DCAT.downloadURL), self._graph)
        access = LINK.read(self._graph.objects(node, DCAT.accessURL), self._graph)
        url = value.pop("url", None) or download or access
        stated = min(filter(None, map(text_of, self._graph.objects(node, DCIP.resourceType))), default=None)
        if (stated is None or stated.startswith("file")) and access and access != url:
            value.setdefault("access_url", access)
        kind = stated or ("file" if download else "api" if self._graph.objects(node, DCAT.accessService) else "link")
        if url:
            value["url"] = url
        return value and {"resource_type": kind, **value}

    def _common_license(self, node: str) -> str | None:
        """The licence that all distributions agree on, where the dataset itself states none."""
        nodes = (term for term in self._graph.objects(node, DCAT.distribution) if term in self._graph)
        return common(sorted(read_fields(self._graph, term, _LICENSE_ROWS).get("license") or "" for term in nodes))

    def _record_times(self, records: list[str]) -> dict[str, Json]:
        """The record's times, as the catalog records tell them; those of this catalog where they do not."""
        return {
            "metadata_modified": self._record_time(records, DCTERMS.modified),
            "metadata_created": self._record_time(records, DCTERMS.issued),
        }

    def _record_time(self, records: list[str], predicate: str) -> str | None:
        times = {
            time
            for record in records
            for term in self._graph.objects(record, predicate)
            if is_literal(term) and (time := read_time(literal_text(term)))
        }
        return (min if predicate == DCTERMS.issued else max)(times, default=None)


def _say_type(entity_type: str) -> dict[str, Json]:
    return {} if entity_type == Dataset.entity_type else {dcip.ENTITY_TYPE: entity_type}


def is_identifying(term: str) -> bool:
    """Whether an identifier is one: neither blank nor a placeholder."""
    text = text_of(term)
    return bool(text.strip()) and not is_placeholder(text)


def id_of(term: str) -> str | int:
    """The id that an identifier gives: an integer for one typed as such, else its text."""
    text = text_of(term)
    if is_literal(term) and literal_datatype(term) == XSD.integer and text == str(_integer(text)):
        return int(text)
    return text


def _integer(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _sort_key(resource: dict[str, Json]) -> tuple[str, str]:
    return str(resource.get("url", "")), canonical_json(resource)
