"""DCAT in N3: datasets to the bytes that are served (draft section 5; surface 5).

A record that came in as RDF goes out with all its triples. One that came in as JSON is written by
the table in ``fields.py``; whatever no row can write exactly goes into one ``dcip:json`` literal, so
reading the N3 back gives the same JSON.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from hashlib import sha256

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Dataset, Json, Triple
from dcip_server.formats.dcat import id_of, text_of
from dcip_server.formats.fields import DATASET_FIELDS, RESOURCE_FIELDS, Field
from dcip_server.formats.kinds import LINK, Writer, canonical_json
from dcip_server.formats.rdf import write as n3
from dcip_server.formats.rdf.terms import JSON_DATATYPE, iri, iri_text, is_web_iri, literal, time_literal
from dcip_server.namespaces import DCAT, DCIP, DCTERMS, FOAF, RDF, XSD
from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.protocol.urls import Format, record_iri, record_path


def render_object(dataset: Dataset, value: Mapping[str, Json], times: Mapping[str, str]) -> bytes:
    """The dataset and its catalog record as DCAT in N3, without the ``@base`` line.

    ``value`` is the dataset's JSON object from :func:`dcip.to_json`. ``times`` gives ``metadata_modified`` and ``metadata_created`` where the entity has none.
    """
    own_iri = record_iri(dataset.entity_type, dataset.id)
    subject = iri(_subject(dataset, own_iri))
    triples = list(dataset.triples) or _triples_from_json(dataset, value, subject, own_iri)
    triples += _catalog_record(dataset, subject, own_iri, times)
    return n3.write(triples, subject)


def _subject(dataset: Dataset, own_iri: str) -> str:
    if dataset.iri is not None:
        return dataset.iri
    if not dataset.triples and isinstance(dataset.id, str) and is_web_iri(dataset.id):
        return dataset.id
    return own_iri


def iri_of(dataset: Dataset) -> str | None:
    """The dataset's own IRI, or ``None`` where its URL at the endpoint serves as one."""
    own_iri = record_iri(dataset.entity_type, dataset.id)
    subject = _subject(dataset, own_iri)
    return None if subject == own_iri else subject


def _triples_from_json(dataset: Dataset, value: Mapping[str, Json], subject: str, own_iri: str) -> list[Triple]:
    writer = Writer()
    written = {key: item for key, item in value.items() if key not in _WRITTEN_APART}
    apart: dict[str, Json] = {}
    if written["license"] == LICENSE_NOT_SPECIFIED:
        del written["license"]
        if any("license" in resource for resource in value["resources"]):
            # Or a reader would take the resources' licence for the dataset's.
            apart["license"] = LICENSE_NOT_SPECIFIED
    _add(
        writer,
        (subject, RDF.type, ENTITY_TYPES[dataset.entity_type].rdf_class),
        (subject, DCTERMS.identifier, _id_literal(dataset.id)),
    )
    _write_fields(writer, subject, _DATASET_FIELDS_BY_KEY, written, apart)
    document = record_path(dataset.entity_type, dataset.id, Format.N3)
    taken: dict[str, int] = defaultdict(int)
    for resource in map(dict, value["resources"]):
        digest = sha256(canonical_json(resource["url"]).encode()).hexdigest()[:12]
        taken[digest] += 1
        suffix = f"-{taken[digest]}" if taken[digest] > 1 else ""
        node = iri(f"{document}#distribution-{digest}{suffix}")
        _add(writer, (subject, DCAT.distribution, node), (node, RDF.type, DCAT.Distribution))
        _write_resource(writer, node, resource)
    return writer.triples


def _write_resource(writer: Writer, node: str, resource: dict[str, Json]) -> None:
    kind, url = resource.pop("resource_type"), resource["url"]
    _add(writer, (node, DCIP.resourceType, literal(kind)))
    if LINK.fits(url):
        del resource["url"]
        _add(writer, (node, DCAT.downloadURL if kind.startswith("file") else DCAT.accessURL, iri(url)))
    _write_fields(writer, node, _RESOURCE_FIELDS_BY_KEY, resource, {})


def _write_fields(
    writer: Writer, node: str, fields: Mapping[str, Field], value: Mapping[str, Json], left: dict[str, Json]
) -> None:
    """Write each value by its row; what no row can write joins ``left`` in one JSON literal."""
    for key, item in value.items():
        field = fields.get(key)
        if field is not None and field.kind.fits(item):
            predicate = field.predicates[0]
            writer.triples += [(node, predicate, object) for object in field.kind.write(item, writer)]
        else:
            left[key] = item
    if left:
        _add(writer, (node, DCIP.json, literal(canonical_json(left), JSON_DATATYPE)))


_WRITTEN_APART = frozenset(("id", "resources", "metadata_modified", "metadata_created"))
_DATASET_FIELDS_BY_KEY = {field.key: field for field in DATASET_FIELDS}
_RESOURCE_FIELDS_BY_KEY = {field.key: field for field in RESOURCE_FIELDS}


def _add(writer: Writer, *triples: Triple) -> None:
    writer.triples.extend(triples)


def _catalog_record(dataset: Dataset, subject: str, own_iri: str, times: Mapping[str, str]) -> list[Triple]:
    """What the catalog adds: the record's times and id, as far as the triples do not say them already."""
    record = iri(f"{record_path(dataset.entity_type, dataset.id, Format.N3)}#record")
    triples = []
    if not dataset.triples or not (dataset.metadata_modified and dataset.metadata_created):
        triples += [
            (record, DCTERMS.issued, time_literal(dataset.metadata_created or times["metadata_created"])),
            (record, DCTERMS.modified, time_literal(dataset.metadata_modified or times["metadata_modified"])),
        ]
    if dataset.triples:
        identifiers = [o for s, p, o in dataset.triples if s == subject and p == DCTERMS.identifier]
        if not identifiers and iri_text(subject) == dataset.id:
            triples.append((subject, DCTERMS.identifier, _id_literal(dataset.id)))
        elif not _tells_id(dataset, subject):
            triples.append((record, DCIP.id, _id_literal(dataset.id)))
    elif not str(dataset.id).strip():
        # Blanks are an id in JSON, but no reader of RDF takes them for one.
        triples.append((record, DCIP.id, _id_literal(dataset.id)))
    if any(subject == record for subject, _, _ in triples):
        triples += [(record, RDF.type, DCAT.CatalogRecord), (record, FOAF.primaryTopic, subject)]
    return triples


def _tells_id(dataset: Dataset, subject: str) -> bool:
    """Whether a reader of the triples alone would give the dataset the id that it has here."""
    if any(predicate == DCIP.id and text_of(object) for _, predicate, object in dataset.triples):
        return True
    bearers = {(s, o) for s, p, o in dataset.triples if p == DCTERMS.identifier}
    own = [o for s, o in bearers if s == subject and text_of(o).strip()]
    if len(own) == 1 and sum(text_of(o) == text_of(own[0]) for _, o in bearers) == 1:
        return id_of(own[0]) == dataset.id and isinstance(id_of(own[0]), type(dataset.id))
    return dataset.iri == dataset.id


def _id_literal(id: str | int) -> str:
    return literal(str(id), XSD.integer) if isinstance(id, int) else literal(id)
