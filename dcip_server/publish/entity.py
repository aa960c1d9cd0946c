"""A publication as the catalog's entity (the draft's section 5), and an imported dataset as the portal's object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Dataset, Distribution, Json
from dcip_server.formats.dcip import pruned
from dcip_server.formats.frequencies import EU_FREQUENCIES, FREQUENCIES
from dcip_server.formats.kinds import is_geojson
from dcip_server.store.portal_reads import StoredDataset
from dcip_server.store.publications import Publication

_DCIP_TYPES = {"api": "api", "documentation": "doc", "main": "file", "update": "file", "code": "code", "other": "other"}
_PORTAL_TYPES = {"api": "api", "doc": "documentation", "documentation": "documentation", "code": "code", "file": "main",
                 "file.upload": "main"}  # fmt: skip
_FREQUENCIES_BY_IRI = {iri: id for id, iri in EU_FREQUENCIES.items()}


def to_entity(publication: Publication) -> Dataset:
    """The dataset that a publication is. Raises :class:`RecordError` for text that cannot be stored."""
    document = publication.document
    kept = {key: document[key] for key in ("description", "acronym", "extras")}
    kept["frequency"] = document["frequency"] if document["frequency"] != "unknown" else None
    spatial = document["spatial"] or {}
    kept["spatial_coverage"] = {key: value for key, value in spatial.items() if key != "geom"}
    return Dataset(
        id=publication.id,
        title=document["title"],
        name=publication.slug,
        license=document["license"] or LICENSE_NOT_SPECIFIED,
        author=publication.owner_name,
        tags=tuple(document["tags"]),
        spatial=spatial.get("geom"),
        temporal=_interval(document["temporal_coverage"]),
        metadata_created=publication.created,
        metadata_modified=publication.modified,
        distributions=tuple(map(_distribution, document["resources"])),
        extra=pruned(kept),
    )


def _interval(coverage: Mapping[str, Json] | None) -> str | None:
    return f"{coverage.get('start') or '..'}/{coverage.get('end') or '..'}" if coverage else None


def _distribution(resource: Mapping[str, Json]) -> Distribution:
    checksum = resource["checksum"] or {}
    kind = _DCIP_TYPES[resource["type"]]
    if kind == "file" and resource["filetype"] == "file":
        kind = "file.upload"
    kept = {key: resource[key] for key in ("id", "description", "checksum", "extras")} | {
        "issued": resource["published"]
    }
    return Distribution(
        resource_type=kind,
        url=resource["url"],
        format=resource["format"],
        size=resource["filesize"],
        title=resource["title"],
        mimetype=resource["mime"],
        hash=checksum["value"].lower() if checksum.get("type") == "md5" else None,
        last_modified=resource["last_modified"],
        extra=pruned(kept),
    )


def from_record(stored: StoredDataset) -> Publication:
    """A dataset that came by another way, as a publication that nobody owns."""
    value: dict[str, Any] = json.loads(stored.body)
    frequency = value.get("frequency")
    frequency = _FREQUENCIES_BY_IRI.get(frequency, frequency) if isinstance(frequency, str) else None
    spatial = value.get("spatial")
    document = {
        "title": value["title"],
        "acronym": value.get("acronym"),
        "description": value.get("description"),
        "frequency": frequency if frequency in FREQUENCIES else "unknown",
        "license": value["license"],
        "tags": value.get("tags", []),
        "private": False,
        "extras": {},
        "temporal_coverage": _coverage(value.get("temporal")),
        "spatial": {"geom": spatial} if is_geojson(spatial) else None,
        "resources": [_resource(stored, number, resource) for number, resource in enumerate(value["resources"])],
    }
    return Publication(
        id=stored.portal_id,
        slug=value.get("name") or stored.portal_id,
        owner=0,
        owner_name="",
        owner_id="",
        private=False,
        created=value["metadata_created"],
        modified=value["metadata_modified"],
        deleted=None,
        document=document,
    )


def _coverage(temporal: str | None) -> dict[str, Json] | None:
    start, slash, end = (temporal or "").partition("/")
    return {"start": start.strip(".") or None, "end": end.strip(".") or None} if slash else None


def _resource(stored: StoredDataset, number: int, value: Mapping[str, Json]) -> dict[str, Json]:
    digest = value.get("hash")
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{stored.portal_id}/{number}/{value['url']}")),
        "title": value.get("title") or value.get("name") or value["url"],
        "description": value.get("description"),
        "type": _PORTAL_TYPES.get(value["resource_type"], "other"),
        "filetype": "remote",
        "format": value.get("format"),
        "url": value["url"],
        "checksum": {"type": "md5", "value": digest} if isinstance(digest, str) and len(digest) == 32 else None,
        "filesize": value.get("size"),
        "mime": value.get("mimetype"),
        "published": value.get("issued"),
        "extras": {},
        "created_at": stored.created,
        "last_modified": value.get("last_modified") or stored.modified,
    }
