"""The draft's own JSON (section 5): values to entities and entities to bytes.

The same entity always gives the same bytes: the draft's keys in its order, then the record's
times, then further keys sorted. A value that is null or empty has no key.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn

from dcip_server.entities import ENTITIES, LICENSE_NOT_SPECIFIED, Dataset, Distribution, Json, check_text
from dcip_server.errors import RecordError
from dcip_server.formats.dates import read_time
from dcip_server.formats.geometry import is_geojson
from dcip_server.formats.json_value import geojson_text, json_bytes, place_in, shown

_TEXT_KEYS = ("name", "author", "maintainer", "temporal", "version")
#: The record's times; the catalog fills in its own where a source gives none.
TIME_KEYS = ("metadata_modified", "metadata_created")
_RESOURCE_TEXT_KEYS = ("format", "title", "mimetype", "hash", "name")
#: Says in JSON that a record is no dataset; a dataset has no such key of ours.
ENTITY_TYPE = "entity_type"
_DATASET_KEYS = frozenset(("id", "title", "license", "resources", "tags", "spatial", *_TEXT_KEYS, *TIME_KEYS))
_RESOURCE_KEYS = frozenset(("resource_type", "url", "size", "last_modified", *_RESOURCE_TEXT_KEYS))

#: Resources for which the source gives no URL: the draft requires one, so they stand apart.
UNLINKED = "unlinked_resources"
#: The blocks of IB1's older lists, kept as they are.
IB1_BLOCKS = "ib1"


def parse_dataset(value: Mapping[str, Json]) -> Dataset:
    """Read one Dataset object, or one of another type where it says so. Raises :class:`RecordError` naming the key, the value and what is due."""
    id = _id(value)
    entity = _entity(value.get(ENTITY_TYPE))
    try:
        linked, unlinked = _resources(value)
        texts: dict[str, Any] = {key: _text(value, key) for key in _TEXT_KEYS if key in value}
        return entity(
            id=id,
            title=_text(value, "title") or "",
            license=_text(value, "license") or LICENSE_NOT_SPECIFIED,
            distributions=linked,
            tags=_tags(value),
            spatial=_spatial(value),
            metadata_modified=_time(value, "metadata_modified"),
            metadata_created=_time(value, "metadata_created"),
            extra=_extra(value, unlinked, entity),
            **texts,
        )
    except RecordError as error:
        raise RecordError(str(error), id, entity.entity_type) from None


def withheld(value: Mapping[str, Json]) -> str | None:
    """What keeps a record from being public, or ``None``: the draft has no word for it, many catalogs have this one."""
    return "private is true" if value.get("private") is True else None


def _entity(name: Json) -> type[Dataset]:
    return ENTITIES.get(name, Dataset) if isinstance(name, str) else Dataset


def _id(value: Mapping[str, Json]) -> str | int:
    id = value.get("id")
    if id is None or id == "":
        raise RecordError("id is missing; every record needs one")
    if isinstance(id, bool) or not isinstance(id, str | int):
        refuse("id", id, "a string or an integer")
    return id


def _text(value: Mapping[str, Json], key: str) -> str | None:
    """A string; numbers are taken by their JSON text, since sources leave out the quotes."""
    text = value.get(key)
    if type(text) is str and text and text.isascii() and "\0" not in text:
        return text
    if text is None or text in ("", [], {}):
        return None
    if isinstance(text, int | float) and not isinstance(text, bool):
        text = json.dumps(text)
    if not isinstance(text, str):
        refuse(key, text, "a string")
    check_text(text, key)
    return text


def _time(value: Mapping[str, Json], key: str) -> str | None:
    text = _text(value, key)
    if text is None:
        return None
    return read_time(text) or refuse(key, text, "an ISO 8601 date or time")


def _tags(value: Mapping[str, Json]) -> tuple[str, ...]:
    tags = value.get("tags")
    if tags in (None, "", {}):
        return ()
    if not isinstance(tags, list):
        refuse("tags", tags, "a list of strings")
    texts = (_text({"tags": tag}, "tags") for tag in tags)
    return tuple(dict.fromkeys(tag for tag in texts if tag))


def _spatial(value: Mapping[str, Json]) -> Mapping[str, Json] | None:
    spatial: dict[str, Json] | None = value.get("spatial")
    if spatial is None or spatial in ("", {}, []):
        return None
    if not is_geojson(spatial):
        refuse("spatial", spatial, "a GeoJSON object")
    return spatial


def _resources(value: Mapping[str, Json]) -> tuple[tuple[Distribution, ...], list[Json]]:
    resources = value.get("resources")
    if resources in (None, "", {}):
        return (), []
    if not isinstance(resources, list):
        refuse("resources", resources, "a list of objects")
    linked: list[Distribution] = []
    unlinked: list[Json] = []
    for number, resource in enumerate(resources, 1):
        if not isinstance(resource, dict):
            refuse(f"resources, number {number}", resource, "an object")
        try:
            if url := _text(resource, "url"):
                linked.append(_distribution(resource, url))
            elif rest := pruned(resource):
                unlinked.append(rest)
        except RecordError as error:
            raise RecordError(f"resource {number}: {error}") from None
    return tuple(linked), unlinked


def _distribution(value: Mapping[str, Json], url: str) -> Distribution:
    size = value.get("size")
    if size in (None, "", [], {}):
        size = None
    elif isinstance(size, str) and size.isascii() and size.isdigit():
        size = int(size)
    elif isinstance(size, bool) or not isinstance(size, int) or size < 0:
        refuse("size", size, "a number of bytes")
    texts: dict[str, Any] = {key: _text(value, key) for key in _RESOURCE_TEXT_KEYS if key in value}
    return Distribution(
        resource_type=_text(value, "resource_type") or "file",
        url=url,
        size=size,
        last_modified=_time(value, "last_modified"),
        extra=_further(value, _RESOURCE_KEYS),
        **texts,
    )


def _extra(value: Mapping[str, Json], unlinked: list[Json], entity: type[Dataset]) -> dict[str, Json]:
    extra = _further(value, _DATASET_KEYS)
    if entity is not Dataset:
        del extra[ENTITY_TYPE]
    if unlinked:
        given = extra.get(UNLINKED, [])
        extra[UNLINKED] = unlinked + [item for item in given if item not in unlinked]
    return extra


def _further(value: Mapping[str, Json], known: frozenset[str]) -> dict[str, Json]:
    """The other keys' values, without empty ones."""
    return {} if value.keys() <= known else pruned({key: value[key] for key in value.keys() - known})


def refuse(key: str, value: Json, due: str) -> NoReturn:
    """Raise :class:`RecordError` for a value of the wrong type."""
    raise RecordError(f"{key}: {due} is due, got {shown(value)}")


def pruned(value: Mapping[str, Json]) -> dict[str, Json]:
    """The object without keys whose value is null or empty, at any depth (draft, "Empty or Missing Values")."""
    return {key: kept for key, item in value.items() if (kept := _prune(key, item)) not in (None, "", [], {})}


def _prune(key: str, item: Json) -> Json:
    # An empty list of OpenAPI's says that nothing is needed, and one in a list that a key is.
    if key == IB1_BLOCKS:
        return item
    if isinstance(item, dict):
        return item if is_geojson(item) else pruned(item)
    if isinstance(item, list):
        return [_prune("", member) for member in item]
    return item


@dataclass(frozen=True, slots=True)
class Members:
    """A Dataset object as JSON text without braces: the draft's members but its times, and the others.

    Both are in their final order, so the object is put together without encoding anything again.
    """

    draft: bytes
    further: bytes


def encode_members(value: Mapping[str, Json]) -> Members:
    """Encode an object from :func:`to_json`.

    Raises :class:`RecordError` for what JSON or UTF-8 cannot hold (NaN, lone surrogates).
    """
    try:
        draft = [_members(value, _BEFORE_SPATIAL), _members(value, _AFTER_SPATIAL)]
        if "spatial" in value:
            draft.insert(1, b'"spatial":' + geojson_text(value["spatial"]).encode())
        further = _members(value, [key for key in value if key not in _DATASET_KEYS])
        return Members(b",".join(filter(None, draft)), further)
    except UnicodeEncodeError as error:
        what = f"text holds a lone surrogate ({error.object[error.start]!a}), which is no character"
        reason = f"{place_in(value, _has_no_utf8)}: {what}"
    except ValueError:
        reason = f"{place_in(value, _is_infinite)}: a number up to 1.8e308 is due, got a larger one"
    except RecursionError:
        reason = "nested too deeply"
    raise RecordError(reason, value["id"])


def _members(value: Mapping[str, Json], keys: Iterable[str]) -> bytes:
    """Those of the members that there are, in that order."""
    return json_bytes({key: value[key] for key in keys if key in value})[1:-1]


def _has_no_utf8(value: Json) -> bool:
    try:
        return isinstance(value, str) and not value.encode()
    except UnicodeEncodeError:
        return True


def _is_infinite(value: Json) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def render_members(members: Members, times: Mapping[str, str]) -> bytes:
    """The object in UTF-8 with a final line break; ``times`` gives both of :data:`TIME_KEYS`."""
    stated = ",".join(f'"{key}":"{times[key]}"' for key in TIME_KEYS).encode()
    return b"{" + b",".join(filter(None, (members.draft, stated, members.further))) + b"}\n"


_BEFORE_SPATIAL = ("id", "title", "license", "resources", "name", "author", "maintainer", "tags")
_AFTER_SPATIAL = ("temporal", "version")


def stated_times(dataset: Dataset) -> dict[str, str]:
    """Those of :data:`TIME_KEYS` that the source gives."""
    given = {"metadata_modified": dataset.metadata_modified, "metadata_created": dataset.metadata_created}
    return {key: time for key, time in given.items() if time}


def to_json(dataset: Dataset) -> dict[str, Json]:
    """The Dataset object as the entity states it: without times that the source does not give.

    The draft's keys come first, in its order, then further keys sorted.
    """
    value: dict[str, Json] = {
        "id": dataset.id,
        "title": dataset.title,
        "license": dataset.license,
        "resources": [resource_to_json(distribution) for distribution in dataset.distributions],
        "name": dataset.name,
        "author": dataset.author,
        "maintainer": dataset.maintainer,
        "tags": list(dataset.tags),
        "spatial": dataset.spatial,
        "temporal": dataset.temporal,
        "version": dataset.version,
        "metadata_modified": dataset.metadata_modified,
        "metadata_created": dataset.metadata_created,
    }
    value = {key: item for key, item in value.items() if item or key in ("id", "resources")}
    if dataset.entity_type != Dataset.entity_type:
        value[ENTITY_TYPE] = dataset.entity_type
    return _with_extra(value, dataset.extra)


def resource_to_json(distribution: Distribution) -> dict[str, Json]:
    """The resource object, the draft's keys in its order."""
    value: dict[str, Json] = {
        "resource_type": distribution.resource_type,
        "url": distribution.url,
        "format": distribution.format,
        "size": distribution.size,
        "title": distribution.title,
        "mimetype": distribution.mimetype,
        "hash": distribution.hash,
        "last_modified": distribution.last_modified,
        "name": distribution.name,
    }
    value = {key: item for key, item in value.items() if item is not None and item != ""}
    return _with_extra(value, distribution.extra)


def _with_extra(value: dict[str, Json], extra: Mapping[str, Json]) -> dict[str, Json]:
    """The object with further keys behind its own, sorted."""
    if extra:
        value |= {key: item if type(item := extra[key]) is str else _sorted(item) for key in sorted(extra)}
    return value


def _sorted(value: Json) -> Json:
    """The value with the keys of its objects in order: order is no difference between records."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def sha256_hex(body: bytes) -> str:
    """The digest by which a change list says what ``url`` answers."""
    return sha256(body).hexdigest()
