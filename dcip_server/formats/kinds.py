"""Kinds of values: how each is written as RDF and read back from it.

For every kind, what ``fits`` is written so that ``read`` gives back exactly that value; a value
that does not fit is kept as JSON instead (see ``dcat.py``). That is what makes the round trip
JSON, N3, JSON exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dcip_server.entities import Json
from dcip_server.formats import licenses
from dcip_server.formats.dates import read_date
from dcip_server.formats.frequencies import EU_FREQUENCIES
from dcip_server.formats.rdf.graph import Graph
from dcip_server.formats.rdf.terms import (
    address_of,
    iri,
    iri_text,
    is_absolute_iri,
    is_iri,
    is_literal,
    is_web_iri,
    literal,
    literal_datatype,
    literal_language,
    literal_text,
    time_literal,
)
from dcip_server.formats.rdf.write import Object, Said
from dcip_server.namespaces import (
    DCTERMS,
    FOAF,
    LOCN,
    MEDIA_TYPE_BASE,
    RDF,
    RDFS,
    SCHEMA,
    SCHEMA_HTTPS,
    SPDX,
    VCARD,
    XSD,
    Namespace,
)
from dcip_server.protocol.urls import record_iri

SKOS = Namespace("skos", "http://www.w3.org/2004/02/skos/core#")
_NAMES = (
    FOAF.name, VCARD.fn, VCARD["organization-name"], RDFS.label, SCHEMA.name, SCHEMA_HTTPS.name, SKOS.prefLabel,
    DCTERMS.title, LOCN.geographicName, RDF.value, DCTERMS.identifier,
)  # fmt: skip
_FORMAT_BASES = (
    MEDIA_TYPE_BASE,
    MEDIA_TYPE_BASE.replace("https", "http"),
    "http://publications.europa.eu/resource/authority/file-type/",
)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&_.+-]*")


@dataclass(frozen=True, slots=True)
class Kind:
    """``read`` takes the objects of a property and gives the value, or ``None`` for nothing usable.

    ``write`` gives the objects sorted, and only for a value that ``fits``. Where ``exact`` says that
    ``read`` would give another spelling of the value, it is kept as JSON beside them. Values of a
    kind that ``recurs`` are the same in many records, so what is written of them is remembered.
    """

    fits: Callable[[Json], bool]
    write: Callable[[Json], list[Object]]
    read: Callable[[list[str], Graph], Json | None]
    exact: Callable[[Json], bool] = lambda _: True
    recurs: bool = False


def preferred(texts: list[str]) -> str | None:
    """The literal shown where only one can be: without language, then English, then by tag."""
    found = [term for term in texts if is_literal(term) and literal_text(term).strip()]
    if not found:
        return None
    return literal_text(min(found, key=_language_order))


def _language_order(term: str) -> tuple[int, str, str]:
    language = literal_language(term)
    primary = language.partition("-")[0]
    return (0 if not language else 1 if primary == "en" else 2, language, term)


def label(term: str, graph: Graph) -> str | None:
    """What a node is called: its text, its name, or else its IRI."""
    if is_literal(term):
        return literal_text(term).strip() and literal_text(term)
    for predicate in _NAMES:
        if name := preferred(graph.objects(term, predicate)):
            return name
    return iri_text(term) if is_iri(term) else None


def is_text(value: Json) -> bool:
    """Whether a value is a text that says something."""
    return isinstance(value, str) and bool(value.strip())


def _read_text(objects: list[str], graph: Graph) -> Json | None:
    return preferred(objects)


def _is_iri(value: Json) -> bool:
    return isinstance(value, str) and is_absolute_iri(value)


def read_link(objects: list[str], graph: Graph) -> Json | None:
    """The first IRI among the nodes, else the preferred text."""
    iris = sorted(iri_text(term) for term in objects if is_iri(term))
    return iris[0] if iris else preferred(objects)


def _is_references(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_text, value))


def read_links(objects: list[str], graph: Graph) -> list[str] | None:
    """The IRIs among the objects, sorted; ``None`` where there is none."""
    return sorted({iri_text(term) for term in objects if is_iri(term)}) or None


def _link_or_text(value: str) -> str:
    return f"<{value}>" if is_web_iri(value) else literal(value)


def _read_link_or_text(objects: list[str], graph: Graph) -> Json | None:
    iris = sorted(iri_text(term) for term in objects if is_iri(term))
    if iris:
        return iris[0]
    return preferred(objects) or next(filter(None, (label(term, graph) for term in sorted(objects))), None)


def is_sorted_texts(value: Json) -> bool:
    """Whether a value is a list of such texts, sorted, each once."""
    return isinstance(value, list) and all(map(is_text, value)) and value == sorted(set(value))


def read_texts(objects: list[str], graph: Graph) -> list[str] | None:
    """What the nodes are called, sorted, each once; ``None`` where none is called anything."""
    return sorted({name for term in objects if (name := label(term, graph))}) or None


def _read_literals(objects: list[str], graph: Graph) -> Json | None:
    return sorted({text for term in objects if is_literal(term) and (text := literal_text(term)).strip()}) or None


def _is_size(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18


def _read_size(objects: list[str], graph: Graph) -> Json | None:
    sizes = [match[1] for term in objects if (match := re.fullmatch(r"\+?0*(\d{1,18})(\.0*)?", lexical(term)))]
    return min(map(int, sizes), default=None)


def lexical(term: str) -> str:
    """A literal's text without blanks around it; nothing for any other term."""
    return literal_text(term).strip() if is_literal(term) else ""


def _read_date(objects: list[str], graph: Graph) -> Json | None:
    return min((read_date(text) or text for term in objects if (text := lexical(term))), default=None)


def _date(value: str) -> str:
    """The date in the form that has a datatype: as it is, or as it is read; else the text."""
    as_given = time_literal(value)
    return as_given if literal_datatype(as_given) else time_literal(read_date(value) or value)


def _is_media_type(value: Json) -> bool:
    return isinstance(value, str) and _MEDIA_TYPE.fullmatch(value) is not None


def _is_format(value: Json) -> bool:
    return is_text(value) and not value.startswith(_FORMAT_BASES)


def _read_format(objects: list[str], graph: Graph) -> Json | None:
    value = _read_link_or_text(objects, graph)
    for base in _FORMAT_BASES:
        if isinstance(value, str) and value.startswith(base):
            return value.removeprefix(base) or None
    return value


_ALGORITHM = SPDX.checksumAlgorithm_md5[:-4]


def _write_hash(value: str) -> list[Object]:
    algorithm, colon, digest = value.partition(":")
    if colon and re.fullmatch(r"[a-z][a-z0-9]*", algorithm) and digest.strip():
        named: Said = {SPDX.algorithm: [f"{_ALGORITHM}{algorithm}>"], SPDX.checksumValue: [literal(digest)]}
    else:
        named = {SPDX.checksumValue: [literal(value)]}
    return [{RDF.type: [SPDX.Checksum], **named}]


def _read_hash(objects: list[str], graph: Graph) -> Json | None:
    found = []
    for term in objects:
        digest = preferred([term] if is_literal(term) else graph.objects(term, SPDX.checksumValue))
        if digest:
            algorithms = sorted(graph.objects(term, SPDX.algorithm))
            known = [algorithm for algorithm in algorithms if algorithm.startswith(_ALGORITHM)]
            found.append(f"{known[0][len(_ALGORITHM) : -1]}:{digest}" if known else digest)
    return min(found, default=None)


def _one(to_term: Callable[[str], str]) -> Callable[[Json], list[Object]]:
    return lambda value: [to_term(value)]


def _several(to_term: Callable[[str], str]) -> Callable[[Json], list[Object]]:
    return lambda value: [*sorted(set(map(to_term, value)))]


TEXT = Kind(is_text, _one(literal), _read_text)
#: An address that is no IRI as it is written is one in RDF, too; the text is kept beside it.
LINK = Kind(
    lambda value: isinstance(value, str) and bool(is_absolute_iri(value) or address_of(value)),
    _one(lambda value: f"<{value if is_absolute_iri(value) else address_of(value)}>"),
    read_link,
    exact=_is_iri,
)


def references(entity_type: str) -> Kind:
    """Records of the type by their IRIs, or by their ids where they have none: those have a URL at the endpoint.

    Lists are sets in RDF; the order of one that is not sorted is kept beside it, as ids are.
    """
    return Kind(
        _is_references,
        _several(lambda name: f"<{name if is_absolute_iri(name) else record_iri(entity_type, name)}>"),
        read_links,
        # What looks like the URL of a record at an endpoint, a reader of the N3 takes for that.
        exact=lambda value: (
            is_sorted_texts(value) and all(_is_iri(name) and f"/{entity_type}/id/" not in name for name in value)
        ),
    )


LINK_OR_TEXT = Kind(is_text, _one(_link_or_text), _read_link_or_text, recurs=True)
#: A licence that the table knows is its URI in RDF, whatever the source calls it; that is kept beside it always,
#: so that a reader knows who said it.
LICENSE = Kind(
    is_text,
    _one(lambda value: _link_or_text(licenses.uri_of(value) or value)),
    _read_link_or_text,
    exact=lambda value: licenses.uri_of(value) is None,
    recurs=True,
)
FREQUENCY = Kind(
    is_text,
    _one(lambda value: _link_or_text(EU_FREQUENCIES.get(value, value))),
    _read_link_or_text,
    exact=lambda value: value not in EU_FREQUENCIES,
    recurs=True,
)
KEYWORDS = Kind(lambda value: isinstance(value, list) and all(map(is_text, value)), _several(literal), _read_literals)
LINKS_OR_TEXTS = Kind(
    lambda value: isinstance(value, list) and bool(value) and all(map(is_text, value)),
    _several(_link_or_text),
    read_texts,
    exact=is_sorted_texts,
)
#: As a licence, a date that can be read has one form in RDF, and the source's own spelling beside it.
DATE = Kind(
    lambda value: is_text(value) and value == value.strip(),
    _one(_date),
    _read_date,
    exact=lambda value: read_date(value) in (None, value),
    recurs=True,
)
SIZE = Kind(_is_size, _one(lambda value: literal(str(value), XSD.nonNegativeInteger)), _read_size)
MEDIA_TYPE = Kind(_is_media_type, _one(lambda value: iri(MEDIA_TYPE_BASE + value)), _read_format, recurs=True)
FORMAT = Kind(_is_format, _one(literal), _read_format, recurs=True)
HASH = Kind(is_text, _write_hash, _read_hash)
