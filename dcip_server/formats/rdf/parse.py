"""RDF documents in any serialisation to triples, safely.

pyoxigraph parses; rdflib takes what pyoxigraph is too strict for in RDF/XML. Nothing here opens
a socket: a remote JSON-LD context is refused, and RDF/XML must not have a DOCTYPE, so entities
cannot expand. Relative IRIs of a document without an address stay relative.
"""

from __future__ import annotations

import codecs
import json
import mmap
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pyoxigraph

from dcip_server.entities import Json, Triple
from dcip_server.errors import SourceError
from dcip_server.formats.rdf.terms import cached_iri, is_relative, literal
from dcip_server.formats.rdf.xml_documents import RefusedError, check_xml, chunks, size_bytes, without_interruptions
from dcip_server.namespaces import XSD

#: Stands in for the address of a document that has none; ".invalid" can never be a real host.
NO_BASE = "https://relative.invalid/"

#: What is read whole a second time where the first reading failed: by rdflib, or to name a context.
_MAX_RDFLIB_BYTES = 64 << 20
_MAX_TRIPLE_TERM_DEPTH = 100

#: A document's bytes, or the file that holds them.
_Data = TypeVar("_Data", bytes, Path)

_FORMULAE = "N3 formulae, rules and variables are not data"

SERIALISATIONS: dict[str, pyoxigraph.RdfFormat] = {
    "turtle": pyoxigraph.RdfFormat.TURTLE,
    "n3": pyoxigraph.RdfFormat.N3,
    "ntriples": pyoxigraph.RdfFormat.N_TRIPLES,
    "nquads": pyoxigraph.RdfFormat.N_QUADS,
    "trig": pyoxigraph.RdfFormat.TRIG,
    "rdfxml": pyoxigraph.RdfFormat.RDF_XML,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
}

#: Serialisations whose parser holds the whole document, and what to call one.
READ_WHOLE = {"jsonld": "a JSON-LD document"}


def parse(data: _Data, serialisation: str, base: str = "") -> Iterator[Triple]:
    """Yield the triples of a document; ``serialisation`` is a key of :data:`SERIALISATIONS`.

    A document in a file is read in parts, and memory does not grow with it, but for what :data:`READ_WHOLE`
    names. Then a byte order mark has been taken off already, and RDF/XML in an encoding other than UTF-8 is
    written anew beside the file. ``base`` is the document's address. Raises :class:`SourceError` with line and
    column where known.
    """
    if serialisation == "rdfxml":
        data = check_xml(data)
        if size_bytes(data) <= _MAX_RDFLIB_BYTES and (fault := _fault_of_xml(data)):
            yield from _parse_xml_leniently(b"".join(chunks(data)), base or NO_BASE, fault)
            return
    else:
        if isinstance(data, bytes):
            data = data.removeprefix(codecs.BOM_UTF8)
        _check_triple_terms(data)
    try:
        yield from _parse_strictly(data, serialisation, base or NO_BASE)
    except (SyntaxError, ValueError, OSError, MemoryError) as error:
        if isinstance(error, MemoryError) and "maximal size" not in str(error):
            raise
        raise SourceError(_explain(error, data, serialisation)) from None


def parse_as_written(data: bytes, serialisation: str, base: str = "") -> Iterator[Triple]:
    """Yield the triples of a document with every IRI as it is written, legal or not; nothing is repaired.

    Language tags are in lower case, as RDF compares them.

    Relative IRIs of a document without a ``base`` begin with :data:`NO_BASE`. Raises :class:`SourceError`
    with line and column where known, :class:`RefusedError` for what is not read on purpose.
    """
    if serialisation == "rdfxml":
        data = check_xml(data)
        if _fault_of_xml(data) and not _fault_of_xml(whole := without_interruptions(data)):
            data = whole
    else:
        data = data.removeprefix(codecs.BOM_UTF8)
        _check_triple_terms(data)
    try:
        for quad in pyoxigraph.parse(
            data, SERIALISATIONS[serialisation], base_iri=base or NO_BASE, lenient=True, rename_blank_nodes=False
        ):
            if serialisation == "n3" and isinstance(quad.graph_name, pyoxigraph.BlankNode):
                raise RefusedError(_place_of_formula(data) + _FORMULAE, "formula")
            if isinstance(quad.object, pyoxigraph.Triple):
                raise SourceError("RDF 1.2 triple terms are not supported")
            yield str(quad.subject), str(quad.predicate), _with_tag_in_lower_case(str(quad.object))
    except (SyntaxError, ValueError, OSError) as error:
        reason = _explain(error, data, serialisation)
        if reason.endswith(_FORMULAE):
            raise RefusedError(reason, "formula") from None
        raise (RefusedError(reason, "context") if "is not fetched" in reason else SourceError(reason)) from None


def _parse_strictly(data: bytes | Path, serialisation: str, base: str) -> Iterator[Triple]:
    quads = pyoxigraph.parse(
        format=SERIALISATIONS[serialisation], base_iri=base, lenient=True, rename_blank_nodes=False, **_input(data)
    )
    # N3's only graphs are formulae: what they hold is quoted, not said.
    formulae = serialisation == "n3"
    named = pyoxigraph.NamedNode
    predicates: dict[str, str] = {}
    last_subject = subject = ""
    for quad in quads:
        if formulae and isinstance(quad.graph_name, pyoxigraph.BlankNode):
            raise RefusedError(_place_of_formula(data) + _FORMULAE, "formula")
        # Triples about one subject mostly stand together, and properties are few.
        if type(node := quad.subject) is named:
            text = node.value
            if text != last_subject:
                last_subject, subject = text, _named(text)
        else:
            last_subject, subject = "", _term(node)
        text = quad.predicate.value
        if (predicate := predicates.get(text)) is None:
            if len(predicates) >= _REMEMBERED_PREDICATES:
                predicates.clear()
            predicate = predicates[text] = cached_iri(text.removeprefix(NO_BASE))
        yield subject, predicate, _term(quad.object)


def _input(data: bytes | Path) -> dict[str, Any]:
    return {"input": data} if isinstance(data, bytes) else {"path": data}


_REMEMBERED_PREDICATES = 1024


def _named(text: str) -> str:
    """The term of a node; one whose host nobody can read stays as it is written: encoded, it would name another."""
    as_written = f"<{text.removeprefix(NO_BASE)}>"
    term = cached_iri(as_written[1:-1])
    return as_written if term != as_written and is_relative(as_written) else term


def _term(term: object) -> str:
    kind = type(term)
    if kind is pyoxigraph.NamedNode:
        return _named(term.value)  # type: ignore[attr-defined]  # it is one
    if kind is pyoxigraph.Triple:
        raise SourceError("RDF 1.2 triple terms are not supported")
    text = str(term)
    if kind is pyoxigraph.Literal and text[-1] != '"' and text[text.rindex('"') + 1 :] not in _SOUND_SUFFIXES:
        return _literal(term)  # type: ignore[arg-type]  # it is one
    return text


#: Types and languages of most literals, as they stand behind the text.
_SOUND_SUFFIXES = frozenset(
    (
        *(f"^^{datatype}" for datatype in (XSD.date, XSD.dateTime, XSD.gYear, XSD.integer, XSD.decimal, XSD.boolean)),
        *(f"^^{datatype}" for datatype in (XSD.nonNegativeInteger, XSD.anyURI, XSD.duration, XSD.double)),
        *(f"@{language}" for language in ("en", "de", "fr", "it", "es", "pt", "nl", "pl", "cs", "sv", "da", "fi")),
    )
)


def _literal(term: pyoxigraph.Literal) -> str:
    if term.direction:
        # RDF 1.1 has no direction of a text.
        return f"{literal(term.value)}@{str(term.language).lower()}"
    datatype = f"<{term.datatype.value}>"
    if datatype != (repaired := cached_iri(term.datatype.value)):
        return literal(term.value, repaired)
    language = term.language
    if language == "":
        # In RDF/XML an empty tag takes the outer one away.
        return literal(term.value)
    if language and "_" in language:
        # Some write en_GB for en-GB.
        return f"{literal(term.value)}@{language.replace('_', '-').lower()}"
    return _with_tag_in_lower_case(str(term))


def _with_tag_in_lower_case(term: str) -> str:
    """The literal as all serialisations have it: in JSON-LD alone the parser leaves ``en-GB`` as it is, which says the same."""
    if term[0] != '"' or term[-1] in '">':
        return term
    mark = term.rindex('"')
    return term[:mark] + term[mark:].lower()


def _check_triple_terms(data: bytes | Path) -> None:
    """pyoxigraph recurses into nested triple terms and would take the process down with it."""
    depth = 0
    cut = b""
    for chunk in chunks(data):
        chunk = cut + chunk
        # A mark may be cut in two.
        cut = chunk[-1:] if chunk.endswith((b"<", b">")) and not chunk.endswith((b"<<", b">>")) else b""
        if b"<<" not in chunk and not depth:
            continue
        for mark in re.finditer(rb"<<|>>", chunk):
            depth = depth + 1 if mark[0] == b"<<" else max(0, depth - 1)
            if depth > _MAX_TRIPLE_TERM_DEPTH:
                raise SourceError("RDF 1.2 triple terms are not supported")


def _fault_of_xml(data: bytes | Path) -> Exception | None:
    """What pyoxigraph finds wrong with RDF/XML. It is read once for that: another parser calls blank nodes otherwise."""
    try:
        for _ in pyoxigraph.parse(format=pyoxigraph.RdfFormat.RDF_XML, base_iri=NO_BASE, lenient=True, **_input(data)):
            pass
    except (SyntaxError, ValueError, OSError, MemoryError) as error:
        if isinstance(error, MemoryError) and "maximal size" not in str(error):
            raise
        return error
    return None


def _parse_xml_leniently(data: bytes, base: str, fault: Exception) -> Iterator[Triple]:
    whole = without_interruptions(data)
    if not _fault_of_xml(whole):
        yield from _parse_strictly(whole, "rdfxml", base)
        return
    # rdflib takes longer to load than all else here, and most processes never need it.
    from dcip_server.formats.rdf import by_rdflib

    try:
        triples = by_rdflib.parse_xml(data, base, _named)
    except Exception:  # noqa: BLE001 - rdflib's RDF/XML reader raises all kinds; the first parser's reason is clearer
        raise SourceError(_explain(fault, data, "rdfxml")) from None
    yield from triples


def _explain(error: Exception, data: bytes | Path, serialisation: str) -> str:
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    if "LoadDocumentCallback" in reason:
        return f"remote JSON-LD context {_named_context(data)}is not fetched; put the context into the file"
    if "maximal size" in reason:
        place = _place_of_long_term(data)
        return f"{place}a single literal or term is longer than 16 MiB, which RDF is not read with"
    if "not allowed in regular RDF" in reason:
        line = error.lineno if isinstance(error, SyntaxError) else None
        return f"line {line}: {_FORMULAE}" if line else _place_of_formula(data) + _FORMULAE
    reason = re.sub(r"^Parser error at ", "", re.sub(r" \(line \d+\)$", "", reason))
    return f"not well-formed {serialisation}: {reason}"


def _place_of_long_term(data: bytes | Path) -> str:
    return _place_of(data, _LONG_TERM.finditer)


def _place_of_formula(data: bytes | Path) -> str:
    return _place_of(data, lambda text: (token for token in _BRACE_OR_TEXT.finditer(text) if token[0] == b"{"))


def _place_of(data: bytes | Path, find: Callable[[bytes | mmap.mmap], Iterator[re.Match[bytes]]]) -> str:
    """``line 3: `` where something is found, else nothing."""
    if isinstance(data, bytes):
        found = next(find(data), None)
        return f"line {data.count(_LINE_BREAK, 0, found.start()) + 1}: " if found else ""
    with data.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        found = next(find(mapped), None)
        if not found:
            return ""
        left = found.start()
    lines = 1
    for chunk in chunks(data):
        lines += chunk[:left].count(_LINE_BREAK)
        left -= len(chunk)
        if left <= 0:
            break
    return f"line {lines}: "


_LINE_BREAK = b"\n"
_LONG_TERM = re.compile(rb'["<>][^"<>]{16777216}')
#: A brace, or what may hold one that is none: texts, IRIs and comments.
_BRACE_OR_TEXT = re.compile(
    rb'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"'
    rb"|'''(?:[^'\\]|\\.|'(?!''))*'''|'(?:[^'\\\n]|\\.)*'"
    rb'|<[^<>"{}\s]*>|#[^\n]*|\{',
    re.DOTALL,
)


def _named_context(data: bytes | Path) -> str:
    """The remote context of a JSON-LD document for a message, or nothing where none is found."""
    if size_bytes(data) > _MAX_RDFLIB_BYTES:
        return ""
    try:
        remote = remote_context(json.loads(b"".join(chunks(data))))
    except (ValueError, RecursionError):
        return ""
    return "" if remote is None else f"<{remote}> "


def remote_context(value: Json) -> str | None:
    """The first context, at any depth of parsed JSON-LD, that would have to be fetched; ``None`` where there is none."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            contexts = value.get("@context", [])
            for context in contexts if isinstance(contexts, list) else [contexts]:
                remote = context.get("@import") if isinstance(context, dict) else context
                if isinstance(remote, str):
                    return remote
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return None
