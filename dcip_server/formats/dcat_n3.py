"""DCAT in N3: datasets to the bytes that are served (draft section 5; surface 5).

A record that came in as RDF goes out with all its triples. One that came in as JSON is written by
the table in ``fields.py``; whatever no row can write exactly goes into one ``dcip:json`` literal, so
reading the N3 back gives the same JSON.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from hashlib import sha256

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Dataset, Json
from dcip_server.formats.agents import AGENTS, is_named_among
from dcip_server.formats.catalog_record import catalog_record, id_literal
from dcip_server.formats.dcat import is_identifying
from dcip_server.formats.dcat_n3_rows import DATASET_ROWS, RESOURCE_ROWS, Row, shown_json, shown_time, write_link
from dcip_server.formats.dcip import ENTITY_TYPE
from dcip_server.formats.fields import TRANSLATED
from dcip_server.formats.json_value import canonical_json
from dcip_server.formats.kinds import TEXT, preferred
from dcip_server.formats.rdf import write as n3
from dcip_server.formats.rdf.terms import iri, is_language, is_web_iri, literal
from dcip_server.namespaces import DCAT, DCIP, DCTERMS, FOAF, RDF
from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.protocol.urls import Format, record_iri, record_path


def render_object(dataset: Dataset, value: Mapping[str, Json], times: Mapping[str, str]) -> bytes:
    """The dataset and its catalog record as DCAT in N3, without the ``@base`` line.

    ``value`` is the dataset's JSON object from :func:`dcip.to_json`. ``times`` gives ``metadata_modified`` and ``metadata_created`` where the entity has none.
    """
    own_iri = record_iri(dataset.entity_type, dataset.id)
    named = _subject(dataset, own_iri)
    # Our own is one as it is.
    subject = f"<{own_iri}>" if named == own_iri else iri(named)
    document = record_path(dataset.entity_type, dataset.id, Format.N3)
    record = f"<{document}#record>"
    if dataset.triples:
        return n3.write((*dataset.triples, *catalog_record(dataset, subject, record, times)), subject)
    # Written as it is said, since JSON has no graph that would have to be sorted out first.
    page = n3.Page()
    page.prefixes.add(DCAT.prefix)
    blocks = _distributions(page, value, document)
    shown = page.term(subject)
    page.add(shown, _said_from_json(page, dataset, value, sorted(blocks)))
    blocks[record] = _catalog_record_of_json(page, dataset, shown, times)
    for node in sorted(blocks):
        page.add(node, blocks[node])
    return page.render()


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


#: What is said of a node: by predicate its objects, as they are shown.
_Shown = dict[str, str]


def _said_from_json(page: n3.Page, dataset: Dataset, value: Mapping[str, Json], distributions: list[str]) -> _Shown:
    """What the JSON object says of the dataset."""
    written = dict(value)
    for key in _WRITTEN_APART:
        written.pop(key, None)
    if dataset.entity_type != Dataset.entity_type:
        # Of a dataset it is a key like any other, which says nothing of its type.
        written.pop(ENTITY_TYPE, None)
    apart: dict[str, Json] = {}
    if written["license"] == LICENSE_NOT_SPECIFIED:
        del written["license"]
        if any("license" in resource for resource in value["resources"]):
            # Or a reader would take the resources' licence for the dataset's.
            apart["license"] = LICENSE_NOT_SPECIFIED
    said: _Shown = {
        RDF.type: _CLASSES[dataset.entity_type],
        DCTERMS.identifier: page.term(id_literal(dataset.id)),
    }
    _take_names_of_several(written, apart)
    _write_fields(page, said, DATASET_ROWS, written, apart)
    if "translations" in value:
        said |= _in_languages(value)
    if "sensitivity_class" in written and DCIP.json not in said:
        # By this a reader tells the record from an entry of IB1's RDF, which has its id and keys in another way.
        _write_apart(page, said, {})
    if distributions:
        said[DCAT.distribution] = ", ".join(distributions)
    return said


def _distributions(page: n3.Page, value: Mapping[str, Json], document: str) -> dict[str, _Shown]:
    """What the JSON object says of each distribution, by node."""
    blocks: dict[str, _Shown] = {}
    taken: dict[str, int] = defaultdict(int)
    for resource in value["resources"]:
        digest = sha256(canonical_json(resource["url"]).encode()).hexdigest()[:12]
        taken[digest] += 1
        suffix = f"-{taken[digest]}" if taken[digest] > 1 else ""
        blocks[f"<{document}#distribution-{digest}{suffix}>"] = _resource(page, resource)
    return blocks


def _in_languages(value: Mapping[str, Json]) -> _Shown:
    """Texts of which ``translations`` has further ones or the language: all of them, and the text itself where it would not be chosen of these."""
    translations = value.get("translations")
    said: _Shown = {}
    for key, predicate in TRANSLATED.items():
        texts = translations.get(key) if isinstance(translations, dict) else None
        if not isinstance(texts, dict) or key not in value or not TEXT.fits(value[key]):
            continue
        terms = [
            f"{literal(text)}@{tag}" for tag, text in sorted(texts.items()) if TEXT.fits(text) and is_language(tag)
        ]
        if terms:
            said[predicate] = ", ".join(terms if preferred(terms) == value[key] else [literal(value[key]), *terms])
    return said


def _take_names_of_several(written: dict[str, Json], apart: dict[str, Json]) -> None:
    """Where several agents are listed, the text that names them all is no agent; ``apart`` keeps what a reader would say otherwise."""
    for key, several in (("author", "authors"), ("maintainer", "publishers")):
        names = written.get(several)
        if key not in written or not isinstance(names, list) or not AGENTS.fits(names):
            continue
        apart |= {key: written[key], several: names}
        if is_named_among(written[key], names):
            del written[key]


def _resource(page: n3.Page, value: Mapping[str, Json]) -> _Shown:
    rest = dict(value)
    kind, url = rest.pop("resource_type"), rest["url"]
    is_file = kind.startswith("file")
    said = {RDF.type: _DISTRIBUTION, DCIP.resourceType: literal(kind)}
    if _write_url(page, said, DCAT.downloadURL if is_file else DCAT.accessURL, url):
        del rest["url"]
    access = rest.get("access_url", url)
    # Of what is no file the URL itself is the access URL; of the same URL twice a reader of the graph could not tell which is which.
    if is_file and access != url and _write_url(page, said, DCAT.accessURL, access):
        del rest["access_url"]
    _write_fields(page, said, RESOURCE_ROWS, rest, {})
    return said


def _write_url(page: n3.Page, said: _Shown, predicate: str, url: Json) -> bool:
    """Write a URL; whether that says exactly what it is."""
    if (link := write_link(url)) is None:
        return False
    said[predicate], prefixes, exact = link
    if prefixes:
        page.prefixes |= prefixes
    return exact


_DISTRIBUTION = n3.Page().term(DCAT.Distribution)


def _write_fields(
    page: n3.Page, said: _Shown, rows: Mapping[str, Row], value: Mapping[str, Json], left: dict[str, Json]
) -> None:
    """Write each value by its row; what no row can write joins ``left`` in one JSON literal."""
    for key, item in value.items():
        if (row := rows.get(key)) is None:
            left[key] = item
            continue
        predicate, write, known = row
        written = (known.get(item) if type(item) is str else None) or write(item)
        if written is None:
            left[key] = item
            continue
        shown, prefixes, exact = written
        # Rows of one property read values of different kinds: of dcterms:spatial geometries and names.
        said[predicate] = f"{said[predicate]}, {shown}" if predicate in said else shown
        if prefixes:
            page.prefixes |= prefixes
        if not exact:
            left[key] = item
    if left:
        _write_apart(page, said, left)


def _write_apart(page: n3.Page, said: _Shown, left: Mapping[str, Json]) -> None:
    """Write what is kept as JSON."""
    said[DCIP.json], prefixes = shown_json(left)
    page.prefixes |= prefixes


_WRITTEN_APART = ("id", "resources", "metadata_modified", "metadata_created")


def _catalog_record_of_json(page: n3.Page, dataset: Dataset, subject: str, times: Mapping[str, str]) -> _Shown:
    """As :func:`catalog_record` for a record that came in as JSON, which says nothing of that; the subject as it is shown."""
    issued, its_prefixes = shown_time(dataset.metadata_created or times["metadata_created"])
    modified, prefixes = shown_time(dataset.metadata_modified or times["metadata_modified"])
    page.prefixes |= its_prefixes | prefixes
    said = {
        RDF.type: _CATALOG_RECORD,
        DCTERMS.issued: issued,
        DCTERMS.modified: modified,
        FOAF.primaryTopic: subject,
    }
    identifier = id_literal(dataset.id)
    if not is_identifying(identifier):
        # Blanks and placeholders are an id in the draft's JSON, but no reader of RDF takes them for one.
        said[DCIP.id] = page.term(identifier)
    return said


# Their prefix is on every page.
_CLASSES = {name: n3.Page().term(entity_type.rdf_class) for name, entity_type in ENTITY_TYPES.items()}
_CATALOG_RECORD = n3.Page().term(DCAT.CatalogRecord)
