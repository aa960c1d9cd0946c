"""Datasets that came by another way: as publications that nobody owns, and as an admin changes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Dataset, Json
from dcip_server.errors import PortalRefusalError
from dcip_server.formats import content, periods
from dcip_server.formats.dcip import TIME_KEYS, parse_dataset
from dcip_server.formats.frequencies import EU_FREQUENCIES, FREQUENCIES
from dcip_server.formats.geometry import is_geojson
from dcip_server.formats.licenses import further_keys
from dcip_server.publish.entity import DCIP_TYPES, interval
from dcip_server.store.portal_reads import StoredDataset
from dcip_server.store.publications import Publication

_PORTAL_TYPES = {"api": "api", "doc": "documentation", "documentation": "documentation", "code": "code", "file": "main",
                 "file.upload": "main"}  # fmt: skip
_FREQUENCIES_BY_IRI = {iri: id for id, iri in EU_FREQUENCIES.items()}


def from_record(stored: StoredDataset) -> Publication:
    """The dataset as a publication that nobody owns."""
    value: dict[str, Any] = json.loads(stored.body)
    frequency = value.get("frequency")
    frequency = _FREQUENCIES_BY_IRI.get(frequency, frequency) if isinstance(frequency, str) else None
    spatial, extras = value.get("spatial"), value.get("extras")
    document = {
        "title": value["title"],
        "acronym": value.get("acronym"),
        "description": value.get("description"),
        "frequency": frequency if frequency in FREQUENCIES else "unknown",
        "license": value["license"],
        "tags": value.get("tags", []),
        "private": False,
        "extras": extras if isinstance(extras, dict) else {},
        "temporal_coverage": coverage_of(value.get("temporal")),
        "spatial": {"geom": spatial} if is_geojson(spatial) else None,
        "resources": [
            _resource(stored, id, resource)
            for id, resource in zip(_resource_ids(stored, value["resources"]), value["resources"], strict=True)
        ],
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


def coverage_of(temporal: str | None) -> dict[str, Json] | None:
    """The portal's one coverage, where what is covered has no gap; an open end is ``None``."""
    covered = periods.whole(temporal or "")
    return {"start": covered[0] or None, "end": covered[1] or None} if covered else None


def _resource_ids(stored: StoredDataset, resources: list[dict[str, Json]]) -> list[str]:
    """A uuid for each resource: its own where its source gives one, else one made of what tells it from the others."""
    ids: list[str] = []
    for number, resource in enumerate(resources):
        own = _own_id(resource)
        distinct = own or f"{number}/{resource['url']}"
        id = _uuid(own) or str(uuid5(NAMESPACE_URL, f"{stored.portal_id}/{distinct}"))
        ids.append(str(uuid5(NAMESPACE_URL, f"{stored.portal_id}/{number}/{id}")) if id in ids else id)
    return ids


def _own_id(resource: Mapping[str, Json]) -> Json:
    """The id that the source gives it, which CKAN's and udata's records keep among what is theirs."""
    for said in (resource, resource.get("ckan"), resource.get("udata")):
        if isinstance(said, dict) and said.get("id"):
            return said["id"]
    return None


def _uuid(text: Json) -> str | None:
    try:
        return str(UUID(text)) if isinstance(text, str) and len(text) == 36 else None
    except ValueError:
        return None


def _resource(stored: StoredDataset, id: str, value: Mapping[str, Json]) -> dict[str, Json]:
    digest, checksum, extras = value.get("hash"), value.get("checksum"), value.get("extras")
    if isinstance(digest, str) and len(digest) == 32:
        checksum = {"type": "md5", "value": digest}
    return {
        "id": id,
        "title": value.get("title") or value.get("name") or value["url"],
        "description": value.get("description"),
        "type": _PORTAL_TYPES.get(value["resource_type"], "other"),
        "filetype": "remote",
        "format": value.get("format"),
        "url": value["url"],
        "checksum": checksum if isinstance(checksum, dict) and {"type", "value"} <= checksum.keys() else None,
        "filesize": value.get("size"),
        "mime": value.get("mimetype"),
        "published": value.get("issued"),
        "extras": extras if isinstance(extras, dict) else {},
        "created_at": stored.created,
        "last_modified": value.get("last_modified") or stored.modified,
    }


def amended(stored: StoredDataset, before: Publication, after: Publication) -> Dataset:
    """The stored dataset with what differs between the two; all else that its source says stays.

    Raises :class:`PortalRefusalError` (400) for a record that came as RDF, whose statements are its source's alone,
    and where it is to be private.
    """
    if after.private:
        raise PortalRefusalError(400, "An imported dataset cannot be private.", {"private": ["false is due"]})
    value = _as_stated(stored)
    value.pop("metadata_modified", None)
    old, new = before.document, after.document
    _write(value, _DATASET_WRITERS, old, new)
    if new["resources"] != old["resources"]:
        known = dict(
            zip(
                (r["id"] for r in old["resources"]), zip(old["resources"], value["resources"], strict=True), strict=True
            )
        )
        value["resources"] = [
            _amended_resource(resource, *known.get(resource["id"], (None, {}))) for resource in new["resources"]
        ]
    return parse_dataset(value)


def _as_stated(stored: StoredDataset) -> dict[str, Json]:
    """The record as its source states it: the catalog may have added the times."""
    whole: dict[str, Json] = json.loads(stored.body)
    for added in ((), TIME_KEYS[:1], TIME_KEYS[1:], TIME_KEYS):
        value = {key: item for key, item in whole.items() if key not in added}
        if content(parse_dataset(value)).sha256 == stored.content_sha256:
            return value
    raise PortalRefusalError(400, "This dataset came as RDF and can only be changed at its source.")


def _amended_resource(
    new: Mapping[str, Json], old: Mapping[str, Json] | None, stated: Mapping[str, Json]
) -> dict[str, Json]:
    value = dict(stated)
    if _own_id(value) is None:
        # Once its address may change, only an id of its own tells which one it is.
        value["id"] = new["id"]
    _write(value, _RESOURCE_WRITERS, old or {}, new)
    if new != old:
        value["last_modified"] = new["last_modified"]
    return value


def _write(
    value: dict[str, Json],
    writers: Mapping[str, Callable[[dict[str, Json], Json], None]],
    old: Mapping[str, Json],
    new: Mapping[str, Json],
) -> None:
    for field, write in writers.items():
        if field not in old or old[field] != new[field]:
            write(value, new[field])


def _under(key: str) -> Callable[[dict[str, Json], Json], None]:
    def write(value: dict[str, Json], item: Json) -> None:
        value[key] = item

    return write


def without_echo(given: Mapping[str, Json], shown: Mapping[str, Json]) -> dict[str, Json]:
    """What of ``given`` is not just what was shown: a body that was read and is sent back says nothing new.

    So a value that is shown in another spelling than its source's is not taken for a change of it.
    """
    new = {key: item for key, item in given.items() if key == "id" or key not in shown or item != shown[key]}
    if isinstance(new.get("resources"), list):
        known = {resource["id"]: resource for resource in shown["resources"]}
        new["resources"] = [
            without_echo(resource, known.get(str(resource.get("id")), {})) if isinstance(resource, dict) else resource
            for resource in new["resources"]
        ]
    return new


def _license(value: dict[str, Json], license: Json) -> None:
    for key in ("license_id", "license_title", "license_url"):
        value.pop(key, None)
    value["license"] = license or LICENSE_NOT_SPECIFIED
    value.update(further_keys(value["license"]))


def _frequency(value: dict[str, Json], frequency: Json) -> None:
    value["frequency"] = None if frequency == "unknown" else frequency


def _spatial(value: dict[str, Json], spatial: Json) -> None:
    given = spatial or {}
    value["spatial"] = given.get("geom")
    value["spatial_coverage"] = {key: item for key, item in given.items() if key != "geom"}


def _checksum(value: dict[str, Json], checksum: Json) -> None:
    is_md5 = bool(checksum) and checksum["type"] == "md5"
    value["hash"] = checksum["value"].lower() if is_md5 else None
    value["checksum"] = checksum


def _temporal(value: dict[str, Json], coverage: Json) -> None:
    value["temporal"] = interval(coverage)


def _type(value: dict[str, Json], kind: Json) -> None:
    value["resource_type"] = DCIP_TYPES[kind]


_DATASET_WRITERS = {
    "title": _under("title"),
    "acronym": _under("acronym"),
    "description": _under("description"),
    "frequency": _frequency,
    "license": _license,
    "tags": _under("tags"),
    "extras": _under("extras"),
    "temporal_coverage": _temporal,
    "spatial": _spatial,
}
_RESOURCE_WRITERS = {
    "title": _under("title"),
    "description": _under("description"),
    "type": _type,
    "format": _under("format"),
    "url": _under("url"),
    "checksum": _checksum,
    "filesize": _under("size"),
    "mime": _under("mimetype"),
    "published": _under("issued"),
    "extras": _under("extras"),
}
