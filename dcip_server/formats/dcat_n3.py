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
from dcip_server.formats.dcat import id_of, is_identifying
from dcip_server.formats.dcip import ENTITY_TYPE
from dcip_server.formats.fields import DATASET_FIELDS, RESOURCE_FIELDS, Field
from dcip_server.formats.kinds import LINK, canonical_json
from dcip_server.formats.rdf import write as n3
from dcip_server.formats.rdf.terms import JSON_DATATYPE, iri, iri_text, is_web_iri, literal, text_of, time_literal
from dcip_server.formats.rdf.write import Object, Said
from dcip_server.namespaces import DCAT, DCIP, DCTERMS, FOAF, RDF, XSD
from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.protocol.urls import Format, record_iri, record_path


def render_object(dataset: Dataset, value: Mapping[str, Json], times: Mapping[str, str]) -> bytes:
    """The dataset and its catalog record as DCAT in N3, without the ``@base`` line.

    ``value`` is the dataset's JSON object from :func:`dcip.to_json`. ``times`` gives ``metadata_modified`` and ``metadata_created`` where the entity has none.
    """
    subject = iri(_subject(dataset, record_iri(dataset.entity_type, dataset.id)))
    record = iri(f"{record_path(dataset.entity_type, dataset.id, Format.N3)}#record")
    added = _catalog_record(dataset, subject, record, times)
    if dataset.triples:
        return n3.write((*dataset.triples, *added), subject)
    # Written as it is said, since JSON has no graph that would have to be sorted out first.
    blocks = _blocks_from_json(dataset, value, subject)
    for s, p, o in added:
        blocks.setdefault(s, {})[p] = [o]
    rest = sorted(node for node in blocks if node != subject)
    return n3.render((node, blocks[node]) for node in (subject, *rest))


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


def _blocks_from_json(dataset: Dataset, value: Mapping[str, Json], subject: str) -> dict[str, Said]:
    """What the JSON object says of the dataset and of each of its distributions."""
    written = {key: item for key, item in value.items() if key not in _WRITTEN_APART}
    resources = value["resources"]
    apart: dict[str, Json] = {}
    if written["license"] == LICENSE_NOT_SPECIFIED:
        del written["license"]
        if any("license" in resource for resource in resources):
            # Or a reader would take the resources' licence for the dataset's.
            apart["license"] = LICENSE_NOT_SPECIFIED
    said: Said = {
        RDF.type: [ENTITY_TYPES[dataset.entity_type].rdf_class],
        DCTERMS.identifier: [_id_literal(dataset.id)],
    }
    _write_fields(said, _DATASET_FIELDS_BY_KEY, written, apart)
    blocks = {subject: said}
    document = record_path(dataset.entity_type, dataset.id, Format.N3)
    taken: dict[str, int] = defaultdict(int)
    nodes: list[Object] = []
    for resource in resources:
        digest = sha256(canonical_json(resource["url"]).encode()).hexdigest()[:12]
        taken[digest] += 1
        suffix = f"-{taken[digest]}" if taken[digest] > 1 else ""
        node = f"<{document}#distribution-{digest}{suffix}>"
        nodes.append(node)
        blocks[node] = _resource(resource)
    if nodes:
        said[DCAT.distribution] = sorted(nodes)  # type: ignore[type-var]  # terms alone
    return blocks


def _resource(value: Mapping[str, Json]) -> Said:
    kind, url = value["resource_type"], value["url"]
    said: Said = {RDF.type: [DCAT.Distribution], DCIP.resourceType: [literal(kind)]}
    rest = {key: item for key, item in value.items() if key != "resource_type"}
    if LINK.fits(url):
        del rest["url"]
        said[DCAT.downloadURL if kind.startswith("file") else DCAT.accessURL] = LINK.write(url)
    _write_fields(said, _RESOURCE_FIELDS_BY_KEY, rest, {})
    return said


def _write_fields(said: Said, fields: Mapping[str, Field], value: Mapping[str, Json], left: dict[str, Json]) -> None:
    """Write each value by its row; what no row can write joins ``left`` in one JSON literal."""
    for key, item in value.items():
        field = fields.get(key)
        if field is None or not field.kind.fits(item):
            left[key] = item
            continue
        said[field.predicates[0]] = field.kind.write(item)
        if not field.kind.exact(item):
            left[key] = item
    if left:
        said[DCIP.json] = [literal(canonical_json(left), JSON_DATATYPE)]


_WRITTEN_APART = frozenset(("id", "resources", "metadata_modified", "metadata_created", ENTITY_TYPE))
_DATASET_FIELDS_BY_KEY = {field.key: field for field in DATASET_FIELDS}
_RESOURCE_FIELDS_BY_KEY = {field.key: field for field in RESOURCE_FIELDS}


def _catalog_record(dataset: Dataset, subject: str, record: str, times: Mapping[str, str]) -> list[Triple]:
    """What the catalog adds: the record's times and id, as far as the triples do not say them already."""
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
    elif not is_identifying(_id_literal(dataset.id)):
        # Blanks and placeholders are an id in the draft's JSON, but no reader of RDF takes them for one.
        triples.append((record, DCIP.id, _id_literal(dataset.id)))
    if any(subject == record for subject, _, _ in triples):
        triples += [(record, RDF.type, DCAT.CatalogRecord), (record, FOAF.primaryTopic, subject)]
    return triples


def _tells_id(dataset: Dataset, subject: str) -> bool:
    """Whether a reader of the triples alone would give the dataset the id that it has here."""
    if any(predicate == DCIP.id and text_of(object) for _, predicate, object in dataset.triples):
        return True
    bearers = {(s, o) for s, p, o in dataset.triples if p == DCTERMS.identifier}
    own = [o for s, o in bearers if s == subject and is_identifying(o)]
    if len(own) == 1 and sum(text_of(o) == text_of(own[0]) for _, o in bearers) == 1:
        return id_of(own[0]) == dataset.id and isinstance(id_of(own[0]), type(dataset.id))
    return dataset.iri == dataset.id


def _id_literal(id: str | int) -> str:
    return literal(str(id), XSD.integer) if isinstance(id, int) else literal(id)
