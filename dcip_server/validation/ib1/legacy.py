"""The legacy YAML/JSON form: the content of its items as triples, so that the same rules read it (rules F-02, D-07, Y)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dcip_server.formats.ib1_content import STABLE_IDENTIFIER, InlineContext, plain, term, values
from dcip_server.formats.plain_values import Number, text_of
from dcip_server.namespaces import DCAT, IB1, RDF
from dcip_server.validation.context import Context
from dcip_server.validation.ib1.blocks import check_blocks
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.documents import FileRefusedError, Parsed
from dcip_server.validation.ib1.terms import ALIASES, DATASET, is_http_text

_BLOCKS = ("content", "access", "transport", "representation")


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of the list, the node that its content is about, and what is wrong with its identifier."""

    node: str
    value: Mapping[str, Any]
    problem: str
    unquoted_version: str = ""


def read_legacy(parsed: Parsed, context: Context, file: str) -> Checking:
    """A checking whose graph is the content of the items; what concerns the form itself is found already."""
    found = parsed.legacy
    if not isinstance(found, list):
        raise FileRefusedError("IB1-Y-01", "The file must be a list of mappings.")
    for number, value in enumerate(found, 1):
        if not isinstance(value, dict):
            what = "a list" if isinstance(value, list) else repr(text_of(value)[:60]) if value is not None else "empty"
            raise FileRefusedError("IB1-Y-01", f"The file must be a list of mappings; item {number} is {what}.")
    seen: set[str] = set()
    items = [_read_item(parsed, value, number, context.file_url, seen) for number, value in enumerate(found, 1)]
    c = Checking(parsed, "M", context, file)
    c.legacy = dict.fromkeys(item.node for item in items)
    # What the type of an item should be is Y-03's; one without content is an entry, too.
    c.datasets = [node for node in c.legacy if node in c.by_subject]
    c.services, c.series, c.lookalikes = [], {}, []
    c.empty = [node for node in c.legacy if node not in c.by_subject]
    c.find("IB1-F-02", c.file, "", "The file is in the legacy form; RDF is the current form.")
    for item in items:
        _check_item(c, item)
        check_blocks(c, item.node, item.value)
    return c


def _read_item(parsed: Parsed, value: Mapping[str, Any], number: int, base: str, seen: set[str]) -> _Item:
    content = value.get("content")
    content = content if isinstance(content, dict) else {}
    context = content.get("@context")
    if isinstance(context, str) or (isinstance(context, list) and any(isinstance(c, str) for c in context)):
        remote = context if isinstance(context, str) else next(c for c in context if isinstance(c, str))
        said = f"The remote JSON-LD context <{remote}> is not fetched; put it into the file."
        raise FileRefusedError("IB1-F-06", said, value=remote)
    node, problem = _identify(content, number, base)
    if node in seen:
        # What the first item says is not mixed with this one's.
        return _Item(node, value, f"The identifier {node[1:-1]} is there twice in the file.")
    seen.add(node)
    if not isinstance(value.get("content"), dict):
        return _Item(node, value, problem)
    parsed.by_subject[node] = {}
    if content.get("@type") in ("dcat:Dataset", DATASET[1:-1], ["dcat:Dataset"], [DATASET[1:-1]]):
        parsed.add(node, RDF.type, DATASET)
    declared = InlineContext.of(context)
    unquoted = ""
    for key, iri in _properties(parsed, node, content, declared):
        for one in values(content[key], declared):
            if found := term(key, one, declared):
                parsed.add(node, f"<{iri}>", found)
            if isinstance(one, Number) and f"<{iri}>" == DCAT.version and parsed.serialisation == "yaml":
                unquoted = one.text
    return _Item(node, value, problem, unquoted)


def _identify(content: Mapping[str, Any], number: int, base: str) -> tuple[str, str]:
    """The node of an item: its @id, else its stable identifier below the file's URL; and what is wrong with it."""
    keys = [key for key in content if key.rpartition(":")[2] == STABLE_IDENTIFIER]
    stable = text_of(plain(content[keys[0]])).strip() if keys else ""
    id = content.get("@id")
    if isinstance(id, str) and is_http_text(id):
        return f"<{id}>", ""
    if id is None and stable:
        return f"<{base}#{stable}>", ""
    problem = "There is no stable identifier: an http(s) @id or ib1:dataSetStableIdentifier is due."
    return f"<{base}#item-{number}>", problem


def _properties(
    parsed: Parsed, node: str, content: Mapping[str, Any], declared: InlineContext
) -> Iterator[tuple[str, str]]:
    """The keys that are properties, each with its IRI; what is wrong with prefixes is noted."""
    for key in content:
        iri = declared.resolve(key)
        if key.startswith("@") or ":" not in iri:
            continue
        prefix, _, name = key.partition(":")
        if iri == key and prefix not in declared.names and not name.startswith("//"):
            parsed.undeclared[node, key] = None
        for alias in ALIASES:
            if iri.startswith(alias):
                parsed.aliased.setdefault(node, f"<{iri}>")
                iri = IB1.iri + iri[len(alias) :]
        yield key, iri


def _check_item(c: Checking, item: _Item) -> None:
    """Rules Y and D-07 of one item."""
    node = item.node
    if item.problem:
        c.find("IB1-Y-04", node, "@id", item.problem)
    for key in item.value:
        if key not in _BLOCKS:
            c.find("IB1-Y-02", node, key, f"Unknown key {key!r}; known are {', '.join(_BLOCKS)}.")
    content = item.value.get("content")
    if not isinstance(content, dict):
        c.find("IB1-Y-03", node, "content", "content is missing; a mapping is due.")
    elif DATASET not in c.types(node):
        found = str(content.get("@type", ""))
        c.find("IB1-Y-03", node, "content.@type", "content must have the @type dcat:Dataset.", found)
    if item.unquoted_version:
        said = f"Quote dcat:version; {item.unquoted_version} without quotes is a number."
        c.find("IB1-D-07", node, DCAT.version, said, item.unquoted_version)
