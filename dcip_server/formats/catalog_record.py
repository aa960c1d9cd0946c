"""What a catalog adds to a record that came in as RDF: a dcat:CatalogRecord with its times and its id here."""

from __future__ import annotations

from collections.abc import Mapping

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Dataset, Json, Triple
from dcip_server.formats.dcat import id_of, is_identifying
from dcip_server.formats.json_value import canonical_json
from dcip_server.formats.rdf.terms import iri_text, json_literal, literal, text_of, time_literal
from dcip_server.namespaces import DCAT, DCIP, DCTERMS, FOAF, RDF, XSD


def catalog_record(dataset: Dataset, subject: str, record: str, times: Mapping[str, str]) -> list[Triple]:
    """What the catalog adds: the record's times and id, as far as the triples do not say them already."""
    triples = []
    if not (dataset.metadata_modified and dataset.metadata_created):
        triples += [
            (record, DCTERMS.issued, time_literal(dataset.metadata_created or times["metadata_created"])),
            (record, DCTERMS.modified, time_literal(dataset.metadata_modified or times["metadata_modified"])),
        ]
    identifiers = [o for s, p, o in dataset.triples if s == subject and p == DCTERMS.identifier]
    if not identifiers and iri_text(subject) == dataset.id:
        triples.append((subject, DCTERMS.identifier, id_literal(dataset.id)))
    elif not _tells_id(dataset, subject):
        triples.append((record, DCIP.id, id_literal(dataset.id)))
    if told := _told_by_members(dataset):
        triples.append((record, DCIP.json, json_literal(canonical_json(told))))
    if any(subject == record for subject, _, _ in triples):
        triples += [(record, RDF.type, DCAT.CatalogRecord), (record, FOAF.primaryTopic, subject)]
    return triples


def _told_by_members(dataset: Dataset) -> Mapping[str, Json]:
    """What only the members of a series of IB1's say: that they are in it, and the licence that they agree on."""
    members = dataset.extra.get("members")
    if not members or any(p == DCIP.json for _, p, _ in dataset.triples):
        return {}
    licensed = dataset.license != LICENSE_NOT_SPECIFIED and not any(p == DCTERMS.license for _, p, _ in dataset.triples)
    return {"members": members, **({"license": dataset.license} if licensed else {})}


def _tells_id(dataset: Dataset, subject: str) -> bool:
    """Whether a reader of the triples alone would give the dataset the id that it has here."""
    if any(predicate == DCIP.id and text_of(object) for _, predicate, object in dataset.triples):
        return True
    bearers = {(s, o) for s, p, o in dataset.triples if p == DCTERMS.identifier}
    own = [o for s, o in bearers if s == subject and is_identifying(o)]
    if len(own) == 1 and sum(text_of(o) == text_of(own[0]) for _, o in bearers) == 1:
        return id_of(own[0]) == dataset.id and isinstance(id_of(own[0]), type(dataset.id))
    return dataset.iri == dataset.id


def id_literal(id: str | int) -> str:
    """The term for an id: a number where it is one."""
    return literal(str(id), XSD.integer) if isinstance(id, int) else literal(id)
