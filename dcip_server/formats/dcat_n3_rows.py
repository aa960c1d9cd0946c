"""The table in ``fields.py`` as rows that write N3: what a value of JSON is written as, and what need not be written twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

from dcip_server.entities import Json
from dcip_server.formats.coverage import GEOJSON
from dcip_server.formats.fields import DATASET_FIELDS, RESOURCE_FIELDS, Field
from dcip_server.formats.json_value import canonical_json, geojson_text
from dcip_server.formats.kinds import KEYWORDS, LINK, SIZE, TEXT, Kind
from dcip_server.formats.rdf import write as n3
from dcip_server.formats.rdf.terms import address_of, is_absolute_iri, json_literal, literal, time_literal
from dcip_server.namespaces import DCTERMS, GEOJSON_DATATYPE, LOCN, RDF, XSD

#: The objects that a value is written as, the prefixes that they need, and whether they say exactly the value.
Written = tuple[str, frozenset[str], bool]


class Row(NamedTuple):
    """A row of ``fields.py`` as it is written; ``write`` gives ``None`` for a value that does not fit.

    ``known`` has what was written of texts that recur, so that most need no call.
    """

    predicate: str
    write: Callable[[Json], Written | None]
    known: dict[str, Written]


def _row(field: Field) -> Row:
    kind = field.kind
    write = partial(_DIRECT.get(kind, _write), kind)
    known: dict[str, Written] = {}
    if not kind.recurs:
        return Row(field.predicates[0], write, known)

    def write_and_remember(item: Json) -> Written | None:
        written = write(item)
        if written is not None and type(item) is str and len(item) <= _LONGEST_REMEMBERED:
            if len(known) >= _MOST_REMEMBERED:
                known.clear()
            known[item] = written
        return written

    return Row(field.predicates[0], write_and_remember, known)


def _write_plain(kind: Kind, item: Json) -> Written | None:
    """As :func:`_write` for kinds of plain literals alone."""
    return (", ".join(kind.write(item)), _NONE, True) if kind.fits(item) else None  # type: ignore[arg-type]  # terms alone


def _write_text(kind: Kind, item: Json) -> Written | None:
    """As :func:`_write` for text."""
    return (literal(item), _NONE, True) if kind.fits(item) else None


def _write_link(kind: Kind, item: Json) -> Written | None:
    """As :func:`_write` for IRIs, of which few belong to a vocabulary."""
    if not isinstance(item, str):
        return None
    is_iri = is_absolute_iri(item)
    if not (address := item if is_iri else address_of(item)):
        return None
    return _write(kind, item) if n3.is_of_vocabulary(address) else (f"<{address}>", _NONE, is_iri)


def _write_size(kind: Kind, item: Json) -> Written | None:
    return (f'"{item}"^^xsd:nonNegativeInteger', _XSD, True) if kind.fits(item) else None


def _write_geojson(kind: Kind, item: Json) -> Written | None:
    """As :func:`_write` for outlines, of which only the text differs."""
    before, prefixes, after = _place()
    return (f"{before}{literal(geojson_text(item))}{after}", prefixes, True) if kind.fits(item) else None


@lru_cache
def _place() -> tuple[str, frozenset[str], str]:
    """What a place with an outline is written as, before the literal and after it."""
    marker = literal("outline")
    shown, prefixes = _shown([{RDF.type: [DCTERMS.Location], LOCN.geometry: [f"{marker}^^{GEOJSON_DATATYPE}"]}])
    before, _, after = shown.partition(marker)
    return before, prefixes, after


_NONE: frozenset[str] = frozenset()
_XSD = frozenset((XSD.prefix,))
#: Kinds that are written without going through terms.
_DIRECT = {TEXT: _write_text, KEYWORDS: _write_plain, LINK: _write_link, SIZE: _write_size, GEOJSON: _write_geojson}


def _write(kind: Kind, item: Json) -> Written | None:
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


def shown_json(value: Json) -> tuple[str, frozenset[str]]:
    """What is kept as JSON as it stands in a block, and the prefixes that it needs: often the source's word for a licence alone."""
    text = canonical_json(value)
    return _shown_json(text) if len(text) <= _LONGEST_REMEMBERED else _shown([json_literal(text)])


@lru_cache(_MOST_REMEMBERED)
def _shown_json(text: str) -> tuple[str, frozenset[str]]:
    return _shown([json_literal(text)])


# Most records of one write have the times of that.
@lru_cache(_MOST_REMEMBERED)
def shown_time(text: str) -> tuple[str, frozenset[str]]:
    """A date or time as it stands in a block, and the prefixes that it needs."""
    return _shown([time_literal(text)])


write_link = partial(_write_link, LINK)
DATASET_ROWS = {field.key: _row(field) for field in DATASET_FIELDS}
RESOURCE_ROWS = {field.key: _row(field) for field in RESOURCE_FIELDS}
