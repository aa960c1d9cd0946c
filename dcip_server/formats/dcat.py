"""DCAT: RDF graphs to Datasets (draft section 5; surface 4). The way back is ``dcat_n3``.

A record that came in as RDF keeps all its triples; its JSON is read from them by the table in
``fields.py``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256

from dcip_server.entities import DataService, Dataset, Json, Triple
from dcip_server.errors import RecordError
from dcip_server.formats import dcip, ib1_graph
from dcip_server.formats.dates import iso8601, read_time
from dcip_server.formats.fields import DATASET_FIELDS, RESOURCE_FIELDS, Field
from dcip_server.formats.item import Item
from dcip_server.formats.kinds import LINK, canonical_json, json_or_none
from dcip_server.formats.licenses import further_keys, uri_of
from dcip_server.formats.placeholders import is_placeholder
from dcip_server.formats.rdf.canonical import canonical
from dcip_server.formats.rdf.graph import Descriptions, Graph
from dcip_server.formats.rdf.terms import (
    check_languages,
    iri,
    iri_text,
    is_blank,
    is_iri,
    is_literal,
    literal_datatype,
    literal_language,
    literal_text,
)
from dcip_server.namespaces import DCAT, DCIP, DCTERMS, XSD
from dcip_server.protocol.entity_types import DATASET_SERIES, ENTITY_TYPES
from dcip_server.protocol.urls import record_iri

_TRANSLATED = ("title", "description")


def parse_graph(graph: Graph) -> Iterator[Item]:
    """Yield one item for each record of the graph: by type, then in the order of the document."""
    reader = _Reader(graph)
    for node, entity_type in reader.nodes.items():
        yield reader.item(node, entity_type)
    if rest := reader.descriptions.rest():
        nodes = len({subject for subject, _, _ in rest})
        yield Item(
            place="",
            remarks=(f"left out, since they describe no record: {len(rest)} triples about {nodes} other nodes",),
        )


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.descriptions = Descriptions(graph)
        self._bearers: dict[str, set[str]] = defaultdict(set)
        for subject, object in graph.pairs_with(DCTERMS.identifier):
            self._bearers[text_of(object)].add(subject)
        self._ib1_entries = ib1_graph.Entries(graph)
        #: Records by node. What has several types is of the first; a series is a dataset to DCAT, too.
        self.nodes: dict[str, str] = {}
        for row in ENTITY_TYPES.values():
            for node in self.descriptions.instances(row.rdf_class):
                self.nodes.setdefault(node, row.name)
        # What IB1's pages call a series in places; DCAT has no such class.
        for node in self.descriptions.instances(DCAT.DataSeries):
            self.nodes.setdefault(node, DATASET_SERIES.name)
        self._identifying = {node: self._identify(node) for node in self.nodes if is_blank(node)}
        self._nodes_identified = Counter(self._identifying.values())

    def item(self, node: str, entity_type: str) -> Item:
        records = self.descriptions.records_about(node)
        triples = self.descriptions.of(node)
        remarks = []
        id = self._stated_id(node, records)
        if ignored := sorted(filter(is_placeholder, map(text_of, self._graph.objects(node, DCTERMS.identifier)))):
            remarks.append(f"the identifier {ignored[0]!r} is a placeholder, so it is not the id")
        if id is None:
            id = self._generate_id(node)
            remarks.append(f"a blank node without an identifier of its own gets the id {id!r}")
        place = iri_text(node) if is_iri(node) else str(id)
        try:
            entity = self._dataset(node, entity_type, id, records, triples)
        except RecordError as error:
            return Item(place=place, error=RecordError(str(error), id, entity_type))
        return Item(place=place, entity=entity, remarks=tuple(remarks))

    def _stated_id(self, node: str, records: list[str]) -> str | int | None:
        """``dcip:id`` of our own catalog record, else the one identifier nobody else bears, else the IRI.

        An entry of IB1's is always known by its IRI, whatever identifier it states.
        """
        for record in records:
            for term in sorted(self._graph.objects(record, DCIP.id)):
                if text_of(term):
                    return id_of(term)
        if node in self._ib1_entries:
            return iri_text(node)
        own = sorted(term for term in self._graph.objects(node, DCTERMS.identifier) if is_identifying(term))
        if len(own) == 1 and self._bearers[text_of(own[0])] <= {node, *records}:
            return id_of(own[0])
        return iri_text(node) if is_iri(node) else self._graph.local_names.get(node) or None

    def _generate_id(self, node: str) -> str:
        """An id from what identifies the dataset; from all that is said of it where that is not enough."""
        identifying = self._identifying[node]
        if self._nodes_identified[identifying] == 1:
            return identifying
        return _digest_id(map(" ".join, canonical(self.descriptions.of(node))))

    def _identify(self, node: str) -> str:
        """An id from landing page, URLs of the data and title."""
        telling = (DCAT.landingPage, DCAT.downloadURL, DCAT.accessURL)
        described = self.descriptions.of(node)
        parts = sorted({object for _, predicate, object in described if predicate in telling})
        return _digest_id(parts + sorted(self._graph.objects(node, DCTERMS.title)))

    def _dataset(
        self, node: str, entity_type: str, id: str | int, records: list[str], triples: list[Triple]
    ) -> Dataset:
        check_languages(triples)
        own = record_iri(entity_type, id)
        subject = node if is_iri(node) else iri(own)
        renamed = ((subject if s == node else s, p, subject if o == node else o) for s, p, o in triples)
        # Read as the JSON that will be served: what a source puts into the catalog's own terms is
        # checked like anything else it could have sent.
        dataset = dcip.parse_dataset(self._value(node, id, records) | _say_type(entity_type))
        return replace(dataset, iri=iri_text(subject) if is_iri(node) else None, triples=canonical(renamed))

    def _value(self, node: str, id: str | int, records: list[str]) -> dict[str, Json]:
        """The dataset's JSON object."""
        value = _read_fields(self._graph, node, DATASET_FIELDS) | self._translations(node)
        linked, unlinked = self._distributions(node)
        if unlinked:
            value[dcip.UNLINKED] = unlinked
        stated = _read_json(self._graph, node)
        value |= stated
        value.setdefault("license", self._common_license(node))
        if "license" not in stated:
            value = further_keys(value["license"]) | value
        if node in self._ib1_entries:
            return self._ib1_value(node, id, value, linked)
        return value | {
            "id": id,
            "resources": linked,
            "metadata_modified": self._record_time(records, DCTERMS.modified),
            "metadata_created": self._record_time(records, DCTERMS.issued),
        }

    def _ib1_value(self, node: str, id: str | int, value: dict[str, Json], linked: list[Json]) -> dict[str, Json]:
        """As :meth:`_value`, for an entry of IB1's: the times are those of this catalog, a licence that is known has its URI."""
        if isinstance(value["license"], str):
            value["license"] = uri_of(value["license"]) or value["license"]
        for resource in linked:
            if "format" not in resource and "mimetype" in resource:
                resource["format"] = ib1_graph.format_of(resource["mimetype"])
            if "title" not in resource and "description" in resource:
                resource["title"] = resource["description"]
        if self.nodes[node] == DataService.entity_type:
            linked = [*linked, *self._ib1_entries.access(node)]
        return value | self._ib1_entries.value(node) | {"id": id, "resources": linked}

    def _distributions(self, node: str) -> tuple[list[Json], list[Json]]:
        """The resource objects with a URL, and those without."""
        nodes = [term for term in self._graph.objects(node, DCAT.distribution) if term in self._graph]
        resources = sorted(filter(None, map(self._distribution, nodes)), key=_sort_key)
        linked = [resource for resource in resources if resource.get("url")]
        return linked, [resource for resource in resources if not resource.get("url")]

    def _distribution(self, node: str) -> dict[str, Json]:
        """The resource object; empty where nothing is said that JSON has a key for."""
        value = _read_fields(self._graph, node, RESOURCE_FIELDS) | _read_json(self._graph, node)
        if "last_modified" in value and not iso8601(str(value["last_modified"])):
            value["modified"] = value.pop("last_modified")
        download = LINK.read(self._graph.objects(node, DCAT.downloadURL), self._graph)
        access = LINK.read(self._graph.objects(node, DCAT.accessURL), self._graph)
        url = value.pop("url", None) or download or access
        stated = min(filter(None, map(text_of, self._graph.objects(node, DCIP.resourceType))), default=None)
        if stated is None and access and access != url:
            value["access_url"] = access
        kind = stated or ("api" if self._graph.objects(node, DCAT.accessService) else "file" if download else "link")
        if url:
            value["url"] = url
        return value and {"resource_type": kind, **value}

    def _common_license(self, node: str) -> str | None:
        """The licence that all distributions agree on, where the dataset itself states none."""
        found = {
            _read_fields(self._graph, term, RESOURCE_FIELDS).get("license")
            for term in self._graph.objects(node, DCAT.distribution)
            if term in self._graph
        }
        return found.pop() if len(found) == 1 else None

    def _translations(self, node: str) -> dict[str, Json]:
        """Texts in other languages: ``{"translations": {"title": {"de": …, "fr": …}}}``."""
        found: dict[str, Json] = {}
        for field in DATASET_FIELDS:
            if field.key in _TRANSLATED:
                terms = [term for term in self._graph.objects(node, field.predicates[0]) if is_literal(term)]
                texts = {literal_language(term): literal_text(term) for term in sorted(terms, reverse=True)}
                if len(texts) > 1:
                    found[field.key] = {tag: texts[tag] for tag in sorted(texts) if tag and texts[tag].strip()}
        return {"translations": found} if found else {}

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


def _read_fields(graph: Graph, node: str, fields: tuple[Field, ...]) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for field in fields:
        for predicate in field.predicates:
            if (value := field.kind.read(graph.objects(node, predicate), graph)) is not None:
                values[field.key] = value
                break
    return values


def _read_json(graph: Graph, node: str) -> dict[str, Json]:
    for term in sorted(graph.objects(node, DCIP.json)):
        value = json_or_none(literal_text(term)) if is_literal(term) else None
        if isinstance(value, dict):
            return value
    return {}


def _digest_id(parts: Iterable[str]) -> str:
    return "generated-" + sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def text_of(term: str) -> str:
    """What a term says: a literal's text, an IRI; nothing for a blank node, whose label is the file's own."""
    return literal_text(term) if is_literal(term) else iri_text(term) if is_iri(term) else ""


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
