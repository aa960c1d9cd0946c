"""The fields of the portal API's objects: what each may hold, and what it becomes.

One row a field. A reader raises ValueError saying what is due; ``None`` clears an optional field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from dcip_server.addresses import is_loopback_host
from dcip_server.entities import Json
from dcip_server.formats.dates import iso8601
from dcip_server.formats.frequencies import FREQUENCIES, OLD_FREQUENCIES
from dcip_server.formats.geometry import is_geojson

RESOURCE_TYPES = ("main", "documentation", "update", "api", "code", "other")
_CHECKSUM_TYPES = ("sha1", "sha2", "sha256", "md5", "crc")
_MAX_SIZE = 10**18


@dataclass(frozen=True, slots=True)
class Field:
    """``default`` is what an absent or cleared field holds; a required one can be neither."""

    key: str
    read: Callable[[Json], Json]
    required: bool = False
    default: Json = None


def _text(max_length: int) -> Callable[[Json], Json]:
    def read(value: Json) -> Json:
        if not isinstance(value, str) or not value.strip():
            raise ValueError("a text that is not blank is due")
        if len(value) > max_length:
            raise ValueError(f"at most {max_length} characters are allowed, got {len(value)}")
        return value

    return read


def _optional_text(max_length: int) -> Callable[[Json], Json]:
    read = _text(max_length)
    return lambda value: None if value == "" else read(value)


def _one_of(*allowed: str) -> Callable[[Json], Json]:
    def read(value: Json) -> Json:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)} is due")
        return value

    return read


def _frequency(value: Json) -> Json:
    return _one_of(*FREQUENCIES)(OLD_FREQUENCIES.get(value, value) if isinstance(value, str) else value)


def _format(value: Json) -> Json:
    text = _text(100)(value)
    return text.strip().lower()


def _tags(value: Json) -> Json:
    if not isinstance(value, list) or not all(isinstance(tag, str) and tag.strip() for tag in value):
        raise ValueError("a list of texts is due")
    return list(dict.fromkeys(value))


def _boolean(value: Json) -> Json:
    if not isinstance(value, bool):
        raise ValueError("true or false is due")
    return value


def _object(value: Json) -> Json:
    if not isinstance(value, dict):
        raise ValueError("an object is due")
    return value


def _temporal_coverage(value: Json) -> Json:
    for key in ("start", "end"):
        moment = _object(value).get(key)
        if moment is not None and (not isinstance(moment, str) or iso8601(moment) is None):
            raise ValueError(f"{key}: an ISO 8601 date is due")
    if not value.get("start") and not value.get("end"):
        raise ValueError("a start or an end is due")
    return value


def _spatial(value: Json) -> Json:
    geometry = _object(value).get("geom")
    if geometry is not None and not is_geojson(geometry):
        raise ValueError("geom: a GeoJSON object is due")
    return value


def _size(value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MAX_SIZE:
        raise ValueError("a number of bytes is due")
    return value


def _time(value: Json) -> Json:
    text = iso8601(value) if isinstance(value, str) else None
    if text is None:
        raise ValueError("an ISO 8601 date or time is due")
    return text


def _checksum(value: Json) -> Json:
    kind, digest = _object(value).get("type", "sha1"), value.get("value")
    if kind not in _CHECKSUM_TYPES:
        raise ValueError(f"type: one of {', '.join(_CHECKSUM_TYPES)} is due")
    return {"type": kind, "value": _text(200)(digest)}


def read_url(value: Json, allow_local: bool = False) -> str:
    """A resource's URL as it is stored: what no URL may hold is percent-encoded, the rest is as it was.

    Raises ValueError for other schemes, for a URL without host, and for this machine's own addresses.
    """
    due = "an http, https, ftp or ftps URL with a host is due"
    if not isinstance(value, str):
        raise ValueError(due)
    try:
        parts = urlsplit(value.strip())
        host = parts.hostname
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError:
        raise ValueError(due) from None
    if parts.scheme not in ("http", "https", "ftp", "ftps") or not host:
        raise ValueError(due)
    if not allow_local and is_loopback_host(host):
        raise ValueError("a URL of this machine itself is not allowed")
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), value.strip())


_UNSAFE = re.compile(r'[\x00-\x20"<>\\^`{|}\x7f]|[^\x00-\x7f]|%(?![0-9A-Fa-f]{2})')


DATASET_FIELDS = (
    Field("title", _text(350), required=True),
    Field("acronym", _optional_text(350)),
    Field("description", _text(100_000), required=True),
    Field("frequency", _frequency, default="unknown"),
    Field("license", _optional_text(350)),
    Field("tags", _tags, default=[]),
    Field("private", _boolean, default=False),
    Field("extras", _object, default={}),
    Field("temporal_coverage", _temporal_coverage),
    Field("spatial", _spatial),
)

#: ``url`` is not in here: whether a local one is allowed is a setting.
RESOURCE_FIELDS = (
    Field("title", _text(350), required=True),
    Field("description", _optional_text(100_000)),
    Field("type", _one_of(*RESOURCE_TYPES), required=True),
    Field("filetype", _one_of("remote", "file"), default="remote"),
    Field("format", _format),
    Field("checksum", _checksum),
    Field("filesize", _size),
    Field("mime", _optional_text(200)),
    Field("published", _time),
    Field("extras", _object, default={}),
)


def read_fields(
    fields: tuple[Field, ...], given: Mapping[str, Json], before: Mapping[str, Json] | None
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The fields' values after a change of ``before`` (``None``: a creation), and what is wrong, by field."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for field in fields:
        if field.key not in given and before is not None:
            values[field.key] = before.get(field.key, field.default)
        elif given.get(field.key) is None:
            values[field.key] = field.default
            if field.required:
                errors[field.key] = ["this field is required"]
        else:
            try:
                values[field.key] = field.read(given[field.key])
            except ValueError as error:
                errors[field.key] = [str(error)]
    return values, errors
