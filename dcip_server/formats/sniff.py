"""What a document is, from its first bytes; its name and Content-Type decide only what these leave open."""

from __future__ import annotations

import codecs
import json
import re

from dcip_server.errors import SourceError
from dcip_server.formats.document import Document

_HEAD_BYTES = 1 << 16

_BY_EXTENSION = {
    "ttl": "turtle", "turtle": "turtle", "n3": "n3", "nt": "ntriples", "nq": "nquads", "trig": "trig",
    "rdf": "rdfxml", "owl": "rdfxml", "xml": "rdfxml", "jsonld": "jsonld",
    "json": "json", "jsonl": "json", "ndjson": "json", "geojson": "json", "yaml": "yaml", "yml": "yaml",
}  # fmt: skip
_BY_CONTENT_TYPE = {
    "text/turtle": "turtle", "application/x-turtle": "turtle", "text/n3": "n3", "text/rdf+n3": "n3",
    "application/n-triples": "ntriples", "application/n-quads": "nquads", "application/trig": "trig",
    "application/rdf+xml": "rdfxml", "application/ld+json": "jsonld",
    "application/yaml": "yaml", "application/x-yaml": "yaml", "text/yaml": "yaml", "text/x-yaml": "yaml",
}  # fmt: skip
#: Files with these extensions are read when a folder is imported.
CATALOG_EXTENSIONS = frozenset(_BY_EXTENSION) - {"geojson"}
#: What a document has to be in UTF-8 for; RDF/XML says its encoding itself.
_NAMES = {
    "json": "JSON", "jsonld": "JSON-LD", "yaml": "YAML", "turtle": "Turtle", "n3": "N3 or Turtle", "ntriples": "N-Triples",
    "nquads": "N-Quads", "trig": "TriG",
}  # fmt: skip
_TEXT_SERIALISATIONS = ("turtle", "n3", "ntriples", "nquads", "trig")

_XML = re.compile(rb"<\?xml|<!--|<!DOCTYPE\s|<[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?(\s|/?>|\Z)", re.IGNORECASE)
_HTML = re.compile(rb"<!DOCTYPE\s+html|<html", re.IGNORECASE)
_JSON = re.compile(rb'[\[{]\s*["{\[\]}0-9tfn-]|[\[{]\s*$')
_YAML = re.compile(rb"(#[^\n]*\n\s*)*(---[^\n]*\n\s*)?-\s+['\"]?content['\"]?\s*:")
_TURTLE = re.compile(rb"@prefix|@base|prefix\s|base\s|#|<[^<>\s]*>|_:|\[|\(|[\w.-]*:", re.IGNORECASE)


def serialisation(document: Document, format: str | None) -> str:
    """``"json"``, ``"yaml"`` or a key of ``rdf.parse.SERIALISATIONS``.

    ``format`` is what the operator says it is, if anything. Raises :class:`SourceError` for an
    empty document, an HTML page and for bytes that are nothing we know.
    """
    head = document.stream.peek(_HEAD_BYTES)[:_HEAD_BYTES]
    if not head:
        raise SourceError("empty")
    hint = _BY_CONTENT_TYPE.get(document.content_type) or _BY_EXTENSION.get(document.extension, "")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        found = _of_text(head.decode("utf-16", "ignore").encode().lstrip(), hint, format)
        if found != "rdfxml":
            raise SourceError(f"UTF-16 is not read; {_NAMES[found]} is due in UTF-8")
        return found
    return _of_text(head.removeprefix(codecs.BOM_UTF8).lstrip(), hint, format)


def _of_text(text: bytes, hint: str, format: str | None) -> str:
    """What the beginning of a document in UTF-8 is; ``hint`` is what its name or Content-Type says."""
    if _HTML.match(text):
        raise SourceError("an HTML page, not a catalog")
    if _JSON.match(text) and not (hint in _TEXT_SERIALISATIONS or _is_blank_node(text)):
        return _json_or_jsonld(text, hint, format)
    if text.startswith(b"<?xml") or (_XML.match(text) and hint not in _TEXT_SERIALISATIONS):
        return "rdfxml"
    if hint in _TEXT_SERIALISATIONS:
        return hint
    if hint == "yaml" or _YAML.match(text):
        return "yaml"
    if hint == "json" or format not in (None, "dcat", "ib1"):
        return "json"
    if _TURTLE.match(text):
        return "n3"
    if not text:
        raise SourceError("empty but for blanks")
    if hint in ("rdfxml", "jsonld"):
        # Its reader says what is wrong, and where.
        return hint
    raise SourceError("neither JSON nor RDF in any serialisation we read")


def is_named_lines(document: Document) -> bool:
    """Whether the document's name or Content-Type says that it holds one JSON value a line."""
    return document.extension in ("jsonl", "ndjson") or document.content_type in _LINES_CONTENT_TYPES


_LINES_CONTENT_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")


def _is_blank_node(text: bytes) -> bool:
    """``[] a dcat:Dataset`` is Turtle, ``[]`` alone is JSON."""
    return re.match(rb"\[\s*\]\s*[^\s,]", text) is not None


def _json_or_jsonld(text: bytes, hint: str, format: str | None) -> str:
    if hint == "jsonld" or format == "dcat":
        return "jsonld"
    if format in (None, "ib1") and any(key.startswith("@") for key in _first_keys(text)):
        return "jsonld"
    return "json"


_OPENING = re.compile(r"\[?\s*\{?\s*")
_COLON = re.compile(r"\s*:\s*")
_COMMA = re.compile(r"\s*,?\s*")


def _first_keys(head: bytes) -> set[str]:
    """The keys of the document's object, or of its array's first object, as far as the head shows them."""
    text = head.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    position = len(_OPENING.match(text)[0])  # type: ignore[index]  # matches always
    keys: set[str] = set()
    try:
        while text[position] == '"':
            key, position = decoder.raw_decode(text, position)
            keys.add(key)
            position = _COLON.match(text, position).end()  # type: ignore[union-attr]  # see except
            _, position = decoder.raw_decode(text, position)
            position = _COMMA.match(text, position).end()  # type: ignore[union-attr]  # matches always
    except (ValueError, IndexError, AttributeError, RecursionError):
        pass
    # A data.json catalog borrows "@context" and "@type" but is read by its own format.
    is_data_json = not keys.isdisjoint(("dataset", "conformsTo")) and any(name in text for name in _DATA_JSON)
    # Without a context "dataset" is no term of JSON-LD.
    return set() if is_data_json or ("dataset" in keys and "@context" not in keys) else keys


#: Parts of the addresses in the head of a data.json, 1.1 and 3.
_DATA_JSON = ("project-open-data", "dcat-us")
