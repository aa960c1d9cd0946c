"""IB1's older YAML and JSON lists: items with content, access, transport and representation blocks.

The content block is JSON-LD and is read by the table in ``fields.py``, as RDF is. All blocks are kept and served under ``ib1`` as they are. (IB1's RDF is DCAT and is
read as such.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from dcip_server.entities import Dataset, Json
from dcip_server.errors import RecordError, SourceError
from dcip_server.formats import mapping, plain_values
from dcip_server.formats.dcip import ENTITY_TYPE, IB1_BLOCKS, parse_dataset
from dcip_server.formats.fields import DATASET_FIELDS, by_predicate, read_fields, read_translations
from dcip_server.formats.ib1_content import (
    STABLE_IDENTIFIER,
    SUBJECT,
    InlineContext,
    context_of,
    entity_type,
    identify,
    remark_on_id,
    triples,
)
from dcip_server.formats.ib1_graph import class_url, maintainer_of, title_of
from dcip_server.formats.ib1_licenses import listed_url
from dcip_server.formats.json_value import shown
from dcip_server.formats.kinds import read_links
from dcip_server.formats.licenses import further_keys
from dcip_server.formats.rdf.graph import MemoryGraph
from dcip_server.formats.rdf.terms import address_of, iri_text, is_literal, literal_text
from dcip_server.namespaces import DCAT, DCTERMS

_CONTENT_ROWS = by_predicate(DATASET_FIELDS)


def is_record(value: Mapping[str, Json]) -> bool:
    """Whether a JSON object looks like an item of such a list."""
    content = value.get("content")
    if not isinstance(content, dict):
        return False
    # The other blocks may be missing.
    has_block = not {"access", "transport", "representation"}.isdisjoint(value)
    return has_block or "@context" in content or any(key.rpartition(":")[2] == STABLE_IDENTIFIER for key in content)


def parse_record(value: Mapping[str, Json]) -> Dataset:
    """Read one item. Raises :class:`RecordError` naming the key, the value and what is due."""
    content = value.get("content")
    if not isinstance(content, dict):
        raise RecordError("the content block is missing")
    context = context_of(content)
    identified = identify(content, context)
    try:
        kind = entity_type(content, context)
    except RecordError as error:
        raise RecordError(str(error), identified.get("id")) from None
    mapping.require_id(identified, "@id", STABLE_IDENTIFIER)
    record = identified | _said(MemoryGraph(triples(content, context)))
    if "title" not in record:
        _refuse_title(content, context, record.get("id"))
    if "license" not in record and (license := _open_license(value)):
        record["license"] = license
    if isinstance(stated := record.get("license"), str):
        license = listed_url(stated)
        record |= further_keys(license) | {"license": license}
    record[ENTITY_TYPE] = kind
    if isinstance(said := record.get("sensitivity_class"), str):
        record["sensitivity_class"] = class_url(said) or said
    record["resources"] = list(_resources(value))
    record[IB1_BLOCKS] = dict(value)
    return parse_dataset(record)


def _said(graph: MemoryGraph) -> dict[str, Json]:
    """What the content block says, by key: as of any entry of IB1's, but that tags stay as they are listed."""
    record = read_fields(graph, SUBJECT, _CONTENT_ROWS) | read_translations(graph, SUBJECT)
    if title := title_of(graph.objects(SUBJECT, DCTERMS.title)):
        record["title"] = title
    if publishers := read_links(graph.objects(SUBJECT, DCTERMS.publisher), graph):
        record = {"publishers": publishers} | record | {"maintainer": maintainer_of(publishers)}
    keywords = [literal_text(term).strip() for term in graph.objects(SUBJECT, DCAT.keyword) if is_literal(term)]
    record["tags"] = list(dict.fromkeys(filter(None, keywords)))
    return record


def _refuse_title(content: Mapping[str, Json], context: InlineContext, id: Json) -> None:
    """Raise :class:`RecordError` where what looks like a title has a prefix that stands for nothing, or is no text."""
    own = id if isinstance(id, str | int) else None
    for key, value in content.items():
        if context.resolve(key) == iri_text(DCTERMS.title) and isinstance(value, dict | list) and value:
            raise RecordError(f"{key}: a text is due, got {shown(value)}", own)
        if key.endswith(":title") and "//" not in key and key.partition(":")[0] not in context.names:
            raise RecordError(f"title is missing or blank; {key}: @context does not declare the prefix", own)


#: Licenses by the names of capabilities in ``open:``; ``{v}`` is the version behind the name.
_OPEN_LICENSES = {
    "cc_by": "https://creativecommons.org/licenses/by/{v}/",
    "cc_by_sa": "https://creativecommons.org/licenses/by-sa/{v}/",
    "cc0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "gfdl": "https://spdx.org/licenses/GFDL-{v}",
    "fal": "https://artlibre.org/licence/lal/en/",
}
_OPEN = re.compile(r"\bopen:(cc_by_sa|cc_by|cc0|gfdl|fal)(?:_(\d\.\d))?(?![\w.])")


def _open_license(value: Mapping[str, Json]) -> str | None:
    """The license that the access rules grant as an ``open:`` capability, where they grant one and no other."""
    access = value.get("access")
    rules = [_object(row).get("rule") for row in (access if isinstance(access, list) else [access])]
    granted = {
        _OPEN_LICENSES[found[1]].replace("{v}", found[2] or "")
        for rule in rules
        if isinstance(rule, str)
        for found in _OPEN.finditer(rule.partition("grants ")[2].partition(" requires ")[0])
        if found[2] or found[1] == "cc0"
    }
    return granted.pop() if len(granted) == 1 else None


def remarks(value: Mapping[str, Json]) -> tuple[str, ...]:
    """What an import says of an item that it takes."""
    content = _object(value.get("content"))
    return remark_on_id(content, context_of(content)) + _remark_on_paths(value)


#: More paths than these are counted.
_MOST_PATHS = 5


def _remark_on_paths(value: Mapping[str, Json]) -> tuple[str, ...]:
    missing: dict[str, list[str]] = {}
    for path, server, address in _addresses(value):
        if not address_of(address):
            missing.setdefault(server, []).append(path)
    said = [f"{_first(list(dict.fromkeys(paths)))} of {server}" for server, paths in missing.items()]
    return (f"left out, since they have no http address: {'; '.join(said)}",) if said else ()


def _first(paths: list[str]) -> str:
    further = f" and {len(paths) - _MOST_PATHS} more" if len(paths) > _MOST_PATHS else ""
    return ", ".join(paths[:_MOST_PATHS]) + further


def _resources(value: Mapping[str, Json]) -> Iterator[Json]:
    """One for each path of each server in the transport block."""
    mime = _object(value.get("representation")).get("mime")
    paths = _paths(value)
    for path, _, url in _addresses(value):
        if not address_of(url):
            continue
        title = _object(_object(paths[path]).get("get")).get("summary")
        yield {
            "resource_type": "api",
            "url": url,
            "title": title if isinstance(title, str) else None,
            "mimetype": mime if isinstance(mime, str) else None,
        }


def _addresses(value: Mapping[str, Json]) -> Iterator[tuple[str, str, str]]:
    """Each path, each server that it is at, and what that makes of it: perhaps no address.

    A path is at the block's servers, but one that has servers of its own at those.
    """
    paths = _paths(value)
    own = {path: said["servers"] for path, said in paths.items() if isinstance(said, dict) and "servers" in said}
    shared = [path for path in paths if path not in own]
    for servers, below in ((_http(value).get("servers"), shared), *((said, [path]) for path, said in own.items())):
        bases = list(map(_base, servers)) if isinstance(servers, list) else []
        named = [(f"the server {base!r}" if base else "a server without URL", base) for base in bases]
        for server, base in named or [("no server", "")]:
            yield from ((path, server, base.rstrip("/") + path) for path in below)


def _base(server: Json) -> str:
    """A server's URL, its variables being what OpenAPI's description says that they usually are; ``""`` for none."""
    url, variables = _object(server).get("url"), _object(_object(server).get("variables"))
    base = url if isinstance(url, str) else ""
    for name, said in variables.items():
        if isinstance(usual := _object(said).get("default"), str):
            base = base.replace(f"{{{name}}}", usual)
    return base


def _paths(value: Mapping[str, Json]) -> Mapping[str, Json]:
    return _object(_http(value).get("paths"))


def _http(value: Mapping[str, Json]) -> Mapping[str, Json]:
    return _object(_object(value.get("transport")).get("http"))


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def load_yaml(data: bytes) -> list[Json]:
    """The items of a YAML list as JSON values. Raises :class:`SourceError` for anything else.

    Dates and decimal numbers stay the text that they are written as, so that ``1.10`` is no 1.1.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"malformed YAML: not valid UTF-8 at byte {error.start + 1}") from None
    # The file is in memory already: only what aliases make of it has to be bounded.
    try:
        value = plain_values.load_yaml(text, count_aliases_only=True)
    except plain_values.ValueRefusedError as error:
        place = f" (line {error.line})" if error.line and "line " not in str(error) else ""
        raise SourceError(str(error).removesuffix(".") + place) from None
    if not isinstance(value, list):
        raise SourceError('a YAML document that is no list: a list of objects is due, each with a block "content"')
    return [_to_json(item) for item in value]


_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")


def _to_json(value: Any) -> Json:
    if isinstance(value, dict):
        return {key: _to_json(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_to_json(below) for below in value]
    if isinstance(value, plain_values.Number):
        return int(value.text) if _INTEGER.fullmatch(value.text) else value.text
    return cast(Json, value)
