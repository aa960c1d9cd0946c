"""A publication as the catalog's entity (the draft's section 5)."""

from __future__ import annotations

from collections.abc import Mapping

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Dataset, Distribution, Json
from dcip_server.formats.dcip import pruned
from dcip_server.store.publications import Publication

#: What the draft calls a resource of each type.
DCIP_TYPES = {"api": "api", "documentation": "doc", "main": "file", "update": "file", "code": "code", "other": "other"}


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
        temporal=interval(document["temporal_coverage"]),
        metadata_created=publication.created,
        metadata_modified=publication.modified,
        distributions=tuple(map(_distribution, document["resources"])),
        extra=pruned(kept),
    )


def interval(coverage: Mapping[str, Json] | None) -> str | None:
    """The coverage as ``start/end``; an open end is ``..``."""
    return f"{coverage.get('start') or '..'}/{coverage.get('end') or '..'}" if coverage else None


def _distribution(resource: Mapping[str, Json]) -> Distribution:
    checksum = resource["checksum"] or {}
    kind = DCIP_TYPES[resource["type"]]
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
