"""Triples to RDF/XML: one element a subject, flat, and the same bytes for the same triples.

What RDF/XML has no way to say is named, never written so that the document could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from dcip_server.entities import Triple
from dcip_server.errors import RecordError
from dcip_server.formats.rdf.terms import iri_text, literal_datatype, literal_language, literal_text
from dcip_server.namespaces import PREFIXES, RDF, XSD

#: What stands around the elements of subjects; the vocabularies' prefixes are all declared there.
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF {}>\n'.format(
    " ".join(f'xmlns:{namespace.prefix}="{namespace.iri}"' for namespace in PREFIXES)
)
FOOT = "</rdf:RDF>\n"

#: Characters that no XML document can hold.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PREFIX_OF = {namespace.iri: namespace.prefix for namespace in PREFIXES}
_NAME_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_STARTS_NAME = re.compile(f"[{_NAME_START}]")
_IN_NAME = re.compile(f"[-.0-9\u00b7\u0300-\u036f\u203f-\u2040{_NAME_START}]")
#: Names of the syntax itself, and namespaces that none may declare.
_RESERVED = {
    f"{RDF.iri}{name}"
    for name in ("RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "Description", "li", "aboutEach",
                 "aboutEachPrefix", "bagID")
}  # fmt: skip
_UNDECLARED = ("", "http://www.w3.org/2000/xmlns/", "http://www.w3.org/XML/1998/namespace")
# XML readers make a line break of a bare carriage return.
_ESCAPE = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;", "'": "&apos;", '"': "&quot;", "\r": "&#13;"})


class _Element(NamedTuple):
    """The start tag up to where attributes can follow, and the end tag."""

    start: str
    end: str


_DESCRIPTION = _Element("<rdf:Description", "</rdf:Description>")


def write(triples: Iterable[Triple], left_out: list[str] | None = None) -> bytes:
    """Render the triples in UTF-8; see :func:`elements`."""
    return f"{HEAD}{elements(triples, left_out)}{FOOT}".encode()


def elements(triples: Iterable[Triple], left_out: list[str] | None = None) -> str:
    """What stands between :data:`HEAD` and :data:`FOOT`: subjects, and of each what is said, in the order in which they come.

    Raises :class:`RecordError` for a property that RDF/XML has no name for; where there is a list ``left_out``, the triple
    is left out instead and the list gets the reason. Characters that no XML document can hold are U+FFFD: a title with an odd
    character is better than none.
    """
    nodes: dict[str, _Node] = {}
    for subject, predicate, object in triples:
        if (element := _element(predicate)) is None:
            fault = f"RDF/XML cannot say the property {predicate}; the other formats can"
            if left_out is None:
                raise RecordError(fault)
            left_out.append(f"{subject}: {fault}")
            continue
        if (node := nodes.get(subject)) is None:
            node = nodes[subject] = _node(subject, predicate, object)
        node.lines[_property(element, object)] = None
    return "".join([node.render() for node in nodes.values()])


@dataclass(slots=True)
class _Node:
    """What is said of a subject, its lines in order; ``is_class`` where its element says what the first of them does."""

    start: str
    end: str
    is_class: bool
    lines: dict[str, None] = field(default_factory=dict)

    def render(self) -> str:
        lines = islice(self.lines, 1, None) if self.is_class else self.lines
        return f"{self.start}{''.join(lines)}{self.end}"


def _node(subject: str, predicate: str, object: str) -> _Node:
    element = _element(object) if predicate == RDF.type and object[0] == "<" else None
    start, end = element or _DESCRIPTION
    name = f'rdf:nodeID="{subject[2:]}"' if subject[0] == "_" else f'rdf:about="{_escaped(subject[1:-1])}"'
    return _Node(f"\t{start} {name}>\n", f"\t{end}\n", element is not None)


def _property(element: _Element, object: str) -> str:
    """One line with what is said of a subject."""
    start, end = element
    if object[0] == "<":
        return f'\t\t{start} rdf:resource="{_escaped(object[1:-1])}"/>\n'
    if object[0] == "_":
        return f'\t\t{start} rdf:nodeID="{object[2:]}"/>\n'
    kind = "" if object[-1] == '"' else _kind(object)
    return f"\t\t{start}{kind}>{_escaped(literal_text(object))}{end}\n"


def _kind(object: str) -> str:
    """The attribute with a literal's language or datatype."""
    if language := literal_language(object):
        return f' xml:lang="{language}"'
    datatype = literal_datatype(object)
    return "" if datatype == XSD.string else f' rdf:datatype="{_escaped(datatype[1:-1])}"'


def _escaped(text: str) -> str:
    # Character by character in C, one after the other, is faster than an expression for all.
    if text.isprintable() and not ("&" in text or "<" in text or ">" in text or "'" in text or '"' in text):
        return text
    return NOT_IN_XML.sub("\ufffd", text).translate(_ESCAPE)


@lru_cache(maxsize=4096)
def _element(term: str) -> _Element | None:
    """The element for a property or a class: its name is the longest that can end the IRI; ``None`` where none can."""
    text = iri_text(term)
    end = len(text)
    while end and _IN_NAME.match(text, end - 1):
        end -= 1
    found = _STARTS_NAME.search(text, end)
    if found is None or text in _RESERVED or NOT_IN_XML.search(text):
        return None
    namespace, name = text[: found.start()], text[found.start() :]
    if namespace in _UNDECLARED:
        return None
    if prefix := _PREFIX_OF.get(namespace):
        return _Element(f"<{prefix}:{name}", f"</{prefix}:{name}>")
    return _Element(f'<{name} xmlns="{_escaped(namespace)}"', f"</{name}>")
