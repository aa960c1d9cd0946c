"""A record's triples as DCAT-AP 3.0.1 has them: what is said stays, in the kind of value that the profile takes.

Text where a node is due becomes a node that is called so, a number gets the datatype that its text
has, a date that can be read one form and the datatype of that, and a distribution without an IRI gets one, since harvesters know it by that. What the source does not
say is not made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from dcip_server.entities import Triple
from dcip_server.formats import licenses
from dcip_server.formats.authorities import (
    ACCESS_RIGHT,
    DATA_THEME,
    FILE_TYPE,
    FREQUENCY,
    LANGUAGE,
    find_file_type,
    find_term,
)
from dcip_server.formats.dates import read_date
from dcip_server.formats.rdf.terms import (
    iri,
    iri_text,
    is_blank,
    is_literal,
    is_web_iri,
    literal,
    literal_datatype,
    literal_text,
    time_literal,
)
from dcip_server.namespaces import DCAT, DCTERMS, FOAF, MEDIA_TYPE_BASE, RDF, RDFS, SKOS, SPDX, XSD

#: The address of something on the web, perhaps with what an IRI may not hold; that is percent-encoded.
_WEB = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[a-z]+/[\w.+-]+")
_WHOLE_NUMBER = re.compile(r"\+?(\d+)(?:\.0*)?")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True)
class _Node:
    """What a text stands for: a thing of a class, and the property that holds its name. No class: an address or nothing."""

    rdf_class: str = ""
    naming: str = RDFS.label


_ADDRESS = _Node()
#: Properties that take a node.
_NODES = {
    DCAT.accessURL: _ADDRESS, DCAT.downloadURL: _ADDRESS, DCAT.landingPage: _ADDRESS, DCAT.endpointURL: _ADDRESS,
    DCAT.endpointDescription: _ADDRESS, FOAF.page: _ADDRESS, FOAF.homepage: _ADDRESS,
    DCAT.mediaType: _Node(DCTERMS.MediaType), DCAT.compressFormat: _Node(DCTERMS.MediaType),
    DCAT.packageFormat: _Node(DCTERMS.MediaType), DCTERMS.format: _Node(DCTERMS.MediaTypeOrExtent),
    DCTERMS.license: _Node(DCTERMS.LicenseDocument), DCTERMS.accessRights: _Node(DCTERMS.RightsStatement),
    DCTERMS.rights: _Node(DCTERMS.RightsStatement), DCTERMS.accrualPeriodicity: _Node(DCTERMS.Frequency),
    DCTERMS.language: _Node(DCTERMS.LinguisticSystem), DCTERMS.spatial: _Node(DCTERMS.Location),
    DCTERMS.temporal: _Node(DCTERMS.PeriodOfTime), DCTERMS.conformsTo: _Node(DCTERMS.Standard),
    DCTERMS.provenance: _Node(DCTERMS.ProvenanceStatement), DCTERMS.publisher: _Node(FOAF.Agent, FOAF.name),
    DCTERMS.creator: _Node(FOAF.Agent, FOAF.name), DCAT.theme: _Node(SKOS.Concept, SKOS.prefLabel),
}  # fmt: skip
#: Properties whose values have their terms in tables of the EU.
_AUTHORITIES = {
    DCTERMS.format: FILE_TYPE, DCTERMS.language: LANGUAGE, DCTERMS.accrualPeriodicity: FREQUENCY,
    DCTERMS.accessRights: ACCESS_RIGHT, DCAT.theme: DATA_THEME,
}  # fmt: skip
_TYPE_PROPERTIES = {DCTERMS.format, DCAT.mediaType, DCAT.compressFormat, DCAT.packageFormat}
_IANA = re.compile(r"https?://www\.iana\.org/assignments/media-types/([a-z]+/[\w.+-]+)")
_TIMES = {DCTERMS.issued, DCTERMS.modified, DCAT.startDate, DCAT.endDate}
#: Properties that take a datatype, and how the text is written that has it.
_DATATYPES = {
    DCAT.byteSize: (XSD.nonNegativeInteger, _WHOLE_NUMBER),
    DCAT.spatialResolutionInMeters: (XSD.decimal, _DECIMAL),
    SPDX.checksumValue: (XSD.hexBinary, _HEX),
}
_LOOKED_AT = {DCAT.media_type, *_NODES, *_TIMES, *_DATATYPES}


def conform(triples: Iterable[Triple], place: str) -> list[Triple]:
    """The record's triples, in their order; ``place`` is the catalog's URL, below which new nodes get their IRIs."""
    said = list(triples)
    names = _name_distributions(said, place)
    # Of a format or a media type its source may say the name already, and once is enough.
    labelled = {s for s, p, _ in said if p == RDFS.label}
    named: set[tuple[str, str]] = set()
    kept: list[Triple] = []
    for triple in said:
        node = triple[0]
        if names:
            triple = names.get(triple[0], triple[0]), triple[1], names.get(triple[2], triple[2])
        object = triple[2]
        if object[0] == '"' and object[-1] == ">" and not literal_text(object).strip():
            # No date, number or address is said.
            continue
        # Most are as they are due.
        if triple[1] not in _LOOKED_AT:
            kept.append(triple)
            continue
        if triple[1] == DCAT.media_type:
            # IB1's older name of the property, which no harvester looks for.
            kept.append(triple)
            if any(s == node and p == DCAT.mediaType for s, p, _ in said):
                continue
            triple = triple[0], DCAT.mediaType, object
        found = _conforming(triple, place)
        kept += found
        if triple[1] in _TYPE_PROPERTIES and len(found) == 1 and (what := found[0][1:]) not in named:
            named.add(what)
            if what[1] not in labelled:
                kept += _named_type(*what)
    return kept


def _conforming(triple: Triple, place: str) -> list[Triple]:
    subject, predicate, object = triple
    if not is_literal(object):
        return [triple]
    if node := _NODES.get(predicate):
        return _as_node(triple, node, place)
    return [(subject, predicate, _typed(predicate, object))]


def _as_node(triple: Triple, node: _Node, place: str) -> list[Triple]:
    subject, predicate, object = triple
    text = literal_text(object).strip()
    if not text:
        # Nothing is said.
        return []
    if known := _iri_of(predicate, text):
        return [(subject, predicate, known)]
    if not node.rdf_class:
        return [triple]
    name = genid(place, predicate, object)
    if predicate == DCTERMS.format:
        return [(subject, predicate, name), *_format_node(name, _plain(object), _plain(object))]
    return [(subject, predicate, name), (name, RDF.type, node.rdf_class), (name, node.naming, _plain(object))]


def _iri_of(predicate: str, text: str) -> str:
    """The IRI that a text is or surely means, or ``""``."""
    if predicate == DCTERMS.license and (uri := licenses.uri_of(text)):
        return iri(uri)
    if is_web_iri(text) or (_NODES[predicate] is _ADDRESS and _WEB.match(text)):
        return iri(text)
    if predicate in (DCAT.mediaType, DCTERMS.format) and _MEDIA_TYPE.fullmatch(text):
        return iri(MEDIA_TYPE_BASE + text)
    if (authority := _AUTHORITIES.get(predicate)) and (term := find_term(authority, text)):
        return iri(term.iri)
    return ""


def _named_type(predicate: str, object: str) -> list[Triple]:
    """Of a format or a media type that has an IRI its name, which harvesters show.

    Some of them read names only where DCMI's older class stands first.
    """
    if is_blank(object):
        return []
    text = iri_text(object)
    media_type = match[1] if (match := _IANA.fullmatch(text)) else ""
    term = find_file_type(text)
    if not media_type and not term:
        return []
    if predicate != DCTERMS.format:
        return [(object, RDF.type, DCTERMS.MediaType), (object, RDFS.label, literal(media_type))] if media_type else []
    label = term.label if term else media_type
    value = (term.media_type if term else media_type) or label
    return _format_node(object, literal(label), literal(value))


def _format_node(node: str, label: str, value: str) -> list[Triple]:
    return [
        (node, RDF.type, DCTERMS.IMT),
        (node, RDF.type, DCTERMS.MediaTypeOrExtent),
        (node, RDFS.label, label),
        (node, RDF.value, value),
    ]


def _typed(predicate: str, object: str) -> str:
    if predicate in _TIMES:
        return _time(object)
    if predicate in _DATATYPES:
        text = literal_text(object).strip()
        datatype, pattern = _DATATYPES[predicate]
        if literal_datatype(object) != datatype and (match := pattern.fullmatch(text)):
            return literal(match[1] if predicate == DCAT.byteSize else text, datatype)
    return object


@lru_cache(maxsize=4096)
def _time(object: str) -> str:
    """The date in the form that the record's JSON has, of the datatype that this form is of; else as it is said.

    A day, month or year that RDF takes as it stands may have a zone, which JSON has no place for: it stays.
    """
    text = literal_text(object).strip()
    time = time_literal(text)
    if literal_datatype(time) in ("", XSD.dateTime):
        time = time_literal(read_date(text) or text)
    return time if literal_datatype(time) else object


def _plain(object: str) -> str:
    """The text without a datatype, which names do not have; a language stays."""
    return literal(literal_text(object)) if literal_datatype(object) else object


def _name_distributions(said: list[Triple], place: str) -> dict[str, str]:
    """IRIs for the distributions that have none, by what they offer, and by title where several offer the same.

    They are the same after every edit of other things.
    """
    blank = {o: s for s, p, o in said if p == DCAT.distribution and is_blank(o)}
    offers: dict[str, list[str]] = {}
    titles: dict[str, list[str]] = {}
    for s, p, o in said:
        if s in blank and p in (DCAT.downloadURL, DCAT.accessURL) and not is_blank(o):
            offers.setdefault(s, []).append(o)
        elif s in blank and p == DCTERMS.title:
            titles.setdefault(s, []).append(o)
    names: dict[str, str] = {}
    taken: dict[str, int] = {}
    # Their labels follow from all that they say.
    for node, dataset in sorted(blank.items(), key=lambda item: sorted(titles.get(item[0], ()))):
        name = genid(place, dataset, *sorted(offers.get(node, ())))
        taken[name] = taken.get(name, 0) + 1
        names[node] = name if taken[name] == 1 else f"{name[:-1]}-{taken[name]}>"
    return names


def genid(place: str, *parts: str) -> str:
    """An IRI that stands for a node without one (RDF 1.1 Concepts, 3.5)."""
    return iri(f"{place}/.well-known/genid/{sha256(' '.join(parts).encode()).hexdigest()[:20]}")
