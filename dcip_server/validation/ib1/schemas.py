"""Whether a schema is of the kind that the media type needs (IB1-T-07): JSON Schema, XSD or CSVW."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from dcip_server.formats.plain_values import ValueRefusedError, load_json
from dcip_server.namespaces import DCAT, IB1
from dcip_server.validation.context import Fetcher
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.terms import is_http, media_type, plain

_JSON_SCHEMA, _XSD, _CSVW = "JSON Schema", "XSD", "CSVW"
_BY_TYPE = {
    "application/json": _JSON_SCHEMA, "application/xml": _XSD, "text/xml": _XSD,
    "text/csv": _CSVW, "text/tab-separated-values": _CSVW,
}  # fmt: skip
_BY_SUFFIX = {"+json": _JSON_SCHEMA, "+xml": _XSD}
_CSVW_CONTEXT = "http://www.w3.org/ns/csvw"
_JSON_SCHEMA_KEYS = {"$schema", "type", "properties", "$ref", "oneOf", "anyOf", "allOf"}
_XSD_ROOT = "http://www.w3.org/2001/XMLSchema schema"


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema that a distribution's media type says something about; ``kind`` is what is due."""

    entry: str
    distribution: str
    media_type: str
    kind: str
    url: str


def schemas_to_check(c: Checking) -> Iterator[Schema]:
    """The schemas of all distributions whose media type has a kind of schema.

    A distribution without one has its dataset's, if it is the only distribution there: several cannot
    share what describes one of them.
    """
    for entry in c.datasets:
        distributions = c.distributions(entry)
        for node in distributions:
            types = {media_type(v) for v in c.values(node, DCAT.mediaType, DCAT.media_type)}
            (declared,) = types if len(types) == 1 else ("",)
            kind = _BY_TYPE.get(declared) or _BY_SUFFIX.get(declared[declared.rfind("+") :] if "+" in declared else "")
            schemas = c.values(node, IB1.dataSchema) or (
                c.values(entry, IB1.dataSchema) if len(distributions) == 1 else []
            )
            if kind and len(schemas) == 1 and is_http(schemas[0]):
                yield Schema(entry, node, declared, kind, plain(schemas[0]))


def check_schema(c: Checking, fetcher: Fetcher, schema: Schema) -> None:
    """Fetch a schema and compare its kind with the one that is due."""
    body = c.document(fetcher, schema.url, schema.entry, IB1.dataSchema)
    if body is None:
        return
    found = find_kind(body)
    if found != schema.kind:
        message = f"{schema.media_type} needs a schema of the kind {schema.kind}, found {found or 'none'}."
        c.find("IB1-T-07", schema.distribution, IB1.dataSchema, message, schema.url, entry=schema.entry)


def find_kind(body: bytes) -> str:
    """``JSON Schema``, ``XSD`` or ``CSVW``, or ``""`` where a document is none of them."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" or body[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return _XSD if _root_of(body) == _XSD_ROOT else ""
    try:
        value = load_json(body.decode("utf-8-sig"))
    except (ValueRefusedError, ValueError):
        return ""
    if not isinstance(value, dict):
        return ""
    context = value.get("@context")
    if _CSVW_CONTEXT in (context if isinstance(context, list) else [context]):
        return _CSVW
    return _JSON_SCHEMA if _JSON_SCHEMA_KEYS & value.keys() else ""


class _RootFoundError(Exception):
    """Ends the reading of an XML document at its first element."""


def _root_of(body: bytes) -> str:
    """``namespace name`` of an XML document's root element, ``""`` where there is none."""

    def start(name: str, _: object) -> None:
        raise _RootFoundError(name)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    try:
        parser.Parse(body, True)
    except _RootFoundError as found:
        return str(found)
    except (expat.ExpatError, LookupError, ValueError):
        pass
    return ""
