"""The mapping between the draft's JSON and DCAT: one row a key, read in both directions.

Order is the draft's (section 5). ``further`` rows are ours: "additional information in the
serialised Dataset" (draft, "Extensions"), documented in ``docs/mapping.rst``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

from dcip_server.entities import Json
from dcip_server.formats import coverage, kinds
from dcip_server.formats.agents import AGENT, AGENTS, CONTACT
from dcip_server.formats.kinds import Kind
from dcip_server.formats.rdf.graph import Graph
from dcip_server.formats.rdf.terms import is_literal, literal_language, literal_text
from dcip_server.namespaces import (
    ADMS,
    DCAT,
    DCIP,
    DCTERMS,
    IB1,
    IB1_ALIASES,
    OWL,
    RDFS,
    SCHEMA,
    SCHEMA_HTTPS,
    SPDX,
    Namespace,
)
from dcip_server.protocol.entity_types import DATASET, DATASET_SERIES

DC = Namespace("dc", "http://purl.org/dc/elements/1.1/")


@dataclass(frozen=True, slots=True)
class Field:
    """``predicates``: the first is written; all are read, the first that has a value wins."""

    key: str
    kind: Kind
    predicates: tuple[str, ...]
    further: bool = False


def _ib1(name: str) -> tuple[str, ...]:
    """A term of IB1's, in its own namespace and in those that older pages write."""
    return tuple(namespace[name] for namespace in (IB1, *IB1_ALIASES))


DATASET_FIELDS = (
    Field("title", kinds.TEXT, (DCTERMS.title, RDFS.label, SCHEMA.name, SCHEMA_HTTPS.name, DC.title)),
    Field("license", kinds.LICENSE, (DCTERMS.license,)),
    Field("name", kinds.TEXT, (DCIP.name,)),
    Field("author", AGENT, (DCTERMS.creator,)),
    Field("maintainer", AGENT, (DCTERMS.publisher,)),
    Field("tags", kinds.KEYWORDS, (DCAT.keyword,)),
    Field("spatial", coverage.GEOJSON, (DCTERMS.spatial,)),
    Field("temporal", coverage.TEMPORAL, (DCTERMS.temporal,)),
    Field("version", kinds.TEXT, (DCAT.version, OWL.versionInfo, ADMS.version)),
    Field("authors", AGENTS, (DCTERMS.creator,), further=True),
    Field("publishers", AGENTS, (DCTERMS.publisher,), further=True),
    Field("places", coverage.PLACES, (DCTERMS.spatial,), further=True),
    Field("description", kinds.TEXT, (DCTERMS.description,), further=True),
    Field("landing_page", kinds.LINK, (DCAT.landingPage,), further=True),
    Field("issued", kinds.DATE, (DCTERMS.issued,), further=True),
    Field("modified", kinds.DATE, (DCTERMS.modified,), further=True),
    Field("frequency", kinds.FREQUENCY, (DCTERMS.accrualPeriodicity,), further=True),
    Field("languages", kinds.LINKS_OR_TEXTS, (DCTERMS.language,), further=True),
    Field("themes", kinds.LINKS_OR_TEXTS, (DCAT.theme,), further=True),
    Field("conforms_to", kinds.LINKS_OR_TEXTS, (DCTERMS.conformsTo,), further=True),
    Field("access_rights", kinds.LINK_OR_TEXT, (DCTERMS.accessRights,), further=True),
    Field("contact_point", CONTACT, (DCAT.contactPoint,), further=True),
    Field("in_series", kinds.references(DATASET_SERIES.name), (DCAT.inSeries,), further=True),
    Field("endpoint_url", kinds.LINK, (DCAT.endpointURL,), further=True),
    Field("endpoint_description", kinds.LINK, (DCAT.endpointDescription,), further=True),
    Field("serves_dataset", kinds.references(DATASET.name), (DCAT.servesDataset,), further=True),
    Field("version_notes", kinds.TEXT, (ADMS.versionNotes, DCAT.versionNotes), further=True),
    Field("sensitivity_class", kinds.LINK_OR_TEXT, _ib1("sensitivityClass"), further=True),
    Field("trust_framework", kinds.LINK, _ib1("trustFramework"), further=True),
    Field("scheme", kinds.LINK, _ib1("scheme"), further=True),
    Field("assurance", kinds.LINK, _ib1("datasetAssurance"), further=True),
    Field("data_schema", kinds.LINK, _ib1("dataSchema"), further=True),
    Field("heartbeat_description", kinds.LINK, _ib1("heartbeatDescription"), further=True),
    Field("oauth_issuer", kinds.LINK, _ib1("oauthIssuer"), further=True),
)

#: ``resource_type`` and ``url`` are not rows: which property holds the URL depends on the type.
RESOURCE_FIELDS = (
    Field("format", kinds.FORMAT, (DCTERMS.format,)),
    Field("size", kinds.SIZE, (DCAT.byteSize,)),
    Field("title", kinds.TEXT, (DCTERMS.title, RDFS.label)),
    Field("mimetype", kinds.MEDIA_TYPE, (DCAT.mediaType, DCAT.media_type)),
    Field("hash", kinds.HASH, (SPDX.checksum,)),
    Field("last_modified", kinds.DATE, (DCTERMS.modified,)),
    Field("name", kinds.TEXT, (DCIP.name,)),
    Field("description", kinds.TEXT, (DCTERMS.description,), further=True),
    Field("license", kinds.LICENSE, (DCTERMS.license,), further=True),
    Field("issued", kinds.DATE, (DCTERMS.issued,), further=True),
    Field("conforms_to", kinds.LINKS_OR_TEXTS, (DCTERMS.conformsTo,), further=True),
    Field("schema", kinds.LINK, _ib1("dataSchema"), further=True),
)

#: A table of fields by property: which rows read it, and when it is their turn.
Rows = dict[str, list[tuple[int, Field]]]


def by_predicate(fields: Iterable[Field]) -> Rows:
    """The table of the fields, for :func:`read_fields`."""
    found: Rows = {}
    pairs = [(predicate, field) for field in fields for predicate in field.predicates]
    for row, (predicate, field) in enumerate(pairs):
        found.setdefault(predicate, []).append((row, field))
    return found


def read_fields(graph: Graph, node: str, rows: Rows) -> dict[str, Json]:
    """What a graph says of the node, by key."""
    # What is said of a node is less than what could be.
    found = sorted(
        [
            (row, field, objects)
            for predicate, objects in graph.said(node).items()
            if predicate in rows
            for row, field in rows[predicate]
        ],
        key=_ROW,
    )
    values: dict[str, Json] = {}
    for _, field, objects in found:
        if field.key not in values and (value := field.kind.read(objects, graph)) is not None:
            values[field.key] = value
    return values


_ROW = itemgetter(0)


#: The keys that ``translations`` may have, and their properties.
TRANSLATED = {field.key: field.predicates[0] for field in DATASET_FIELDS if field.key in ("title", "description")}


def read_translations(graph: Graph, node: str) -> dict[str, Json]:
    """Texts in other languages: ``{"translations": {"title": {"de": …, "fr": …}}}``."""
    found: dict[str, Json] = {}
    for key, predicate in TRANSLATED.items():
        terms = [term for term in graph.objects(node, predicate) if is_literal(term)]
        if len(terms) > 1:
            texts = {literal_language(term): literal_text(term) for term in sorted(terms, reverse=True)}
            if len(texts) > 1:
                found[key] = {tag: texts[tag] for tag in sorted(texts) if tag and texts[tag].strip()}
    return {"translations": found} if found else {}
