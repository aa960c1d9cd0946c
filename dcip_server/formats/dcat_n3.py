"""DCAT in N3: datasets to the bytes that are served (draft section 5; surface 5).

A record that came in as RDF goes out with all its triples. One that came in as JSON is written by
the table in ``fields.py``; whatever no row can write exactly goes into one ``dcip:json`` literal, so
reading the N3 back gives the same JSON.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Dataset, Json
from dcip_server.formats.agents import AGENTS, is_named_among
from dcip_server.formats.catalog_record import catalog_record, id_literal
from dcip_server.formats.dcat import is_identifying
from dcip_server.formats.dcip import ENTITY_TYPE
from dcip_server.formats.fields import DATASET_FIELDS, RESOURCE_FIELDS, TRANSLATED, Field
from dcip_server.formats.json_value import canonical_json
from dcip_server.formats.kinds import KEYWORDS, LINK, SIZE, TEXT, Kind, preferred
from dcip_server.formats.rdf import write as n3
from dcip_server.formats.rdf.terms import (
    address_of,
    iri,
    is_absolute_iri,
    is_language,
    is_web_iri,
    json_literal,
    literal,
    time_literal,
)
from dcip_server.namespaces import DCAT, DCIP, DCTERMS, FOAF, RDF, XSD
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
    blocks = _distributions(page, value, document)
    page.add(subject, _said_from_json(page, dataset, value, sorted(blocks)))
    blocks[record] = _catalog_record_of_json(page, dataset, subject, times)
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
    written = {key: item for key, item in value.items() if key not in _WRITTEN_APART}
    if dataset.entity_type == Dataset.entity_type and ENTITY_TYPE in value:
        # A key like any other there, which says nothing of the record's type.
        written[ENTITY_TYPE] = value[ENTITY_TYPE]
    apart: dict[str, Json] = {}
    if written["license"] == LICENSE_NOT_SPECIFIED:
        del written["license"]
        if any("license" in resource for resource in value["resources"]):
            # Or a reader would take the resources' licence for the dataset's.
            apart["license"] = LICENSE_NOT_SPECIFIED
    said: _Shown = {
        RDF.type: page.show([ENTITY_TYPES[dataset.entity_type].rdf_class]),
        DCTERMS.identifier: page.show([id_literal(dataset.id)]),
    }
    _take_names_of_several(written, apart)
    _write_fields(page, said, _DATASET_ROWS, written, apart)
    if "translations" in value:
        said |= _in_languages(value)
    if "sensitivity_class" in written and DCIP.json not in said:
        # By this a reader tells the record from an entry of IB1's RDF, which has its id and keys in another way.
        _write_apart(page, said, {})
    if distributions:
        said[DCAT.distribution] = ", ".join(distributions)
        page.prefixes.add(DCAT.prefix)
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
    said = {RDF.type: _DISTRIBUTION, DCIP.resourceType: literal(kind)}
    link = _write_link(LINK, url)
    if link is not None:
        said[DCAT.downloadURL if kind.startswith("file") else DCAT.accessURL], prefixes, exact = link
        page.prefixes |= prefixes
        if exact:
            del rest["url"]
    access = rest.get("access_url", url)
    # Of what is no file the URL itself is the access URL; of the same URL twice a reader of the graph could not tell which is which.
    if access != url and kind.startswith("file") and (link := _write_link(LINK, access)) is not None:
        said[DCAT.accessURL], prefixes, exact = link
        page.prefixes |= prefixes
        if exact:
            del rest["access_url"]
    _write_fields(page, said, _RESOURCE_ROWS, rest, {})
    return said


_DISTRIBUTION = n3.Page().show([DCAT.Distribution])


def _write_fields(
    page: n3.Page, said: _Shown, rows: Mapping[str, _Row], value: Mapping[str, Json], left: dict[str, Json]
) -> None:
    """Write each value by its row; what no row can write joins ``left`` in one JSON literal."""
    for key, item in value.items():
        row = rows.get(key)
        written = row.write(item) if row is not None else None
        if row is None or written is None:
            left[key] = item
            continue
        shown, prefixes, exact = written
        # Rows of one property read values of different kinds: of dcterms:spatial geometries and names.
        said[row.predicate] = f"{said[row.predicate]}, {shown}" if row.predicate in said else shown
        if prefixes:
            page.prefixes |= prefixes
        if not exact:
            left[key] = item
    if left:
        _write_apart(page, said, left)


def _write_apart(page: n3.Page, said: _Shown, left: Mapping[str, Json]) -> None:
    """Write what is kept as JSON."""
    text = canonical_json(left)
    said[DCIP.json], prefixes = _shown_json(text) if len(text) <= _LONGEST_REMEMBERED else _shown([json_literal(text)])
    page.prefixes |= prefixes


#: The objects that a value is written as, the prefixes that they need, and whether they say exactly the value.
_Written = tuple[str, frozenset[str], bool]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of ``fields.py`` as it is written; ``write`` gives ``None`` for a value that does not fit."""

    predicate: str
    write: Callable[[Json], _Written | None]


def _row(field: Field) -> _Row:
    kind = field.kind
    write = partial(_DIRECT.get(kind, _write), kind)
    if not kind.recurs:
        return _Row(field.predicates[0], write)
    remembered = lru_cache(_MOST_REMEMBERED)(write)

    def write_what_recurs(item: Json) -> _Written | None:
        return remembered(item) if type(item) is str and len(item) <= _LONGEST_REMEMBERED else write(item)

    return _Row(field.predicates[0], write_what_recurs)


def _write_plain(kind: Kind, item: Json) -> _Written | None:
    """As :func:`_write` for kinds of plain literals alone."""
    return (", ".join(kind.write(item)), _NONE, True) if kind.fits(item) else None  # type: ignore[arg-type]  # terms alone


def _write_text(kind: Kind, item: Json) -> _Written | None:
    """As :func:`_write` for text."""
    return (literal(item), _NONE, True) if kind.fits(item) else None


def _write_link(kind: Kind, item: Json) -> _Written | None:
    """As :func:`_write` for IRIs, of which few belong to a vocabulary."""
    if not isinstance(item, str):
        return None
    is_iri = is_absolute_iri(item)
    if not (address := item if is_iri else address_of(item)):
        return None
    return _write(kind, item) if n3.is_of_vocabulary(address) else (f"<{address}>", _NONE, is_iri)


def _write_size(kind: Kind, item: Json) -> _Written | None:
    return (f'"{item}"^^xsd:nonNegativeInteger', _XSD, True) if kind.fits(item) else None


_NONE: frozenset[str] = frozenset()
_XSD = frozenset((XSD.prefix,))
#: Kinds that are written without going through terms.
_DIRECT = {TEXT: _write_text, KEYWORDS: _write_plain, LINK: _write_link, SIZE: _write_size}


def _write(kind: Kind, item: Json) -> _Written | None:
    if not kind.fits(item):
        return None
    return *_shown(kind.write(item)), kind.exact(item)


def _shown(objects: list[n3.Object]) -> tuple[str, frozenset[str]]:
    """The objects of a property as they stand in a block, and the prefixes that they need."""
    page = n3.Page()
    return page.show(objects), frozenset(page.prefixes)


#: Values of so many characters at most, and so many of a row, are remembered with what they are written as.
_LONGEST_REMEMBERED = 200
_MOST_REMEMBERED = 2048


@lru_cache(_MOST_REMEMBERED)
def _shown_json(text: str) -> tuple[str, frozenset[str]]:
    """As :func:`_shown` for what is kept as JSON: often the source's word for a licence alone."""
    return _shown([json_literal(text)])


# Most records of one write have the times of that.
@lru_cache(_MOST_REMEMBERED)
def _shown_time(text: str) -> tuple[str, frozenset[str]]:
    """As :func:`_shown` for a date or time."""
    return _shown([time_literal(text)])


_WRITTEN_APART = frozenset(("id", "resources", "metadata_modified", "metadata_created", ENTITY_TYPE))
_DATASET_ROWS = {field.key: _row(field) for field in DATASET_FIELDS}
_RESOURCE_ROWS = {field.key: _row(field) for field in RESOURCE_FIELDS}


def _catalog_record_of_json(page: n3.Page, dataset: Dataset, subject: str, times: Mapping[str, str]) -> _Shown:
    """As :func:`catalog_record` for a record that came in as JSON, which says nothing of that."""
    issued, its_prefixes = _shown_time(dataset.metadata_created or times["metadata_created"])
    modified, prefixes = _shown_time(dataset.metadata_modified or times["metadata_modified"])
    page.prefixes |= its_prefixes | prefixes
    said = {
        RDF.type: _CATALOG_RECORD,
        DCTERMS.issued: issued,
        DCTERMS.modified: modified,
        FOAF.primaryTopic: page.show([subject]),
    }
    identifier = id_literal(dataset.id)
    if not is_identifying(identifier):
        # Blanks and placeholders are an id in the draft's JSON, but no reader of RDF takes them for one.
        said[DCIP.id] = page.show([identifier])
    return said


_CATALOG_RECORD = n3.Page().show([DCAT.CatalogRecord])
