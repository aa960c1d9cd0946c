"""Triples to JSON-LD with its context in the document: compact, and the same bytes for the same triples.

Properties, classes and datatypes of the vocabularies we know are shortened by their prefixes; nothing is nested
and every literal is written as it stands, so that the document says exactly the triples.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from dcip_server.entities import Json, Triple
from dcip_server.formats.rdf.terms import iri_text, is_blank, is_literal, literal_datatype, literal_text
from dcip_server.formats.rdf.write import shorten
from dcip_server.namespaces import PREFIXES, RDF

_IRI_OF = {namespace.prefix: namespace.iri for namespace in PREFIXES}
#: The scheme of an IRI, be it a term or a literal's datatype.
_SCHEME = re.compile(r'(?:^|"\^\^)<([A-Za-z][A-Za-z0-9+.-]*):')


def write(triples: Iterable[Triple]) -> bytes:
    """Render the triples, subjects and what is said of them in the order in which they come. UTF-8."""
    said = list(dict.fromkeys(triples))
    # In an IRI such a scheme would be taken for the prefix.
    schemes = {match[1] for triple in said for term in triple if (match := _SCHEME.search(term))}
    writer = _Writer(schemes & _IRI_OF.keys())
    nodes: dict[str, dict[str, Json]] = {}
    for subject, predicate, object in said:
        node = nodes.setdefault(subject, {"@id": _id(subject)})
        if predicate == RDF.type and not is_literal(object):
            _add(node, "@type", _id(object) if is_blank(object) else writer.name(object))
        else:
            _add(node, writer.name(predicate), writer.value(object))
    context = {prefix: _IRI_OF[prefix] for prefix in sorted(writer.prefixes)}
    lines = ",\n".join(_json(node) for node in nodes.values())
    return f'{{"@context":{_json(context)},"@graph":[\n{lines}\n]}}\n'.encode()


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _add(node: dict[str, Json], key: str, value: Json) -> None:
    """One value stands alone, several in a list."""
    if key not in node:
        node[key] = value
    elif isinstance(node[key], list):
        node[key].append(value)
    else:
        node[key] = [node[key], value]


def _id(term: str) -> str:
    return term if is_blank(term) else iri_text(term)


class _Writer:
    def __init__(self, taken: set[str]) -> None:
        self.prefixes: set[str] = set()
        self._taken = taken

    def name(self, term: str) -> str:
        """A property, class or datatype, with its prefix where it has one of ours."""
        short, prefix = shorten(term)
        if not prefix or prefix in self._taken:
            return iri_text(term)
        self.prefixes.add(prefix)
        return short

    def value(self, term: str) -> Json:
        if not is_literal(term):
            return {"@id": _id(term)}
        text = literal_text(term)
        if datatype := literal_datatype(term):
            return {"@type": self.name(datatype), "@value": text}
        language = term[term.rindex('"') + 2 :]
        return {"@language": language, "@value": text} if language else text
