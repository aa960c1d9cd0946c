"""The objects that the portal API answers: all members always present, ``null`` where unset."""

from __future__ import annotations

from collections.abc import Mapping

from dcip_server.entities import Json
from dcip_server.store.api_keys import ApiKey
from dcip_server.store.publications import Publication

API_PATH = "/api/1/"


def page_url(site: str, id: str) -> str:
    """The address of a dataset's page for people."""
    return f"{site}/en/datasets/{id}/"


def api_url(site: str, id: str) -> str:
    """The address of a dataset in the portal API."""
    return f"{site}{API_PATH}datasets/{id}/"


def dataset_object(publication: Publication, site: str) -> dict[str, Json]:
    """A dataset with its resources."""
    document = publication.document
    return {
        "id": publication.id,
        "title": document["title"],
        "slug": publication.slug,
        "acronym": document["acronym"],
        "description": document["description"],
        "frequency": document["frequency"],
        "license": document["license"],
        "tags": document["tags"],
        "private": publication.private,
        "extras": document["extras"],
        "temporal_coverage": document["temporal_coverage"],
        "spatial": document["spatial"],
        "created_at": _zoned(publication.created),
        "last_modified": _zoned(publication.modified),
        "last_update": _zoned(publication.modified),
        "deleted": publication.deleted,
        "archived": None,
        "owner": publisher_object(publication.owner_id, publication.owner_name) if publication.owner_id else None,
        "organization": None,
        "page": page_url(site, publication.id),
        "uri": api_url(site, publication.id),
        "resources": [resource_of(publication, resource, site) for resource in document["resources"]],
    }


def _resource_object(resource: Mapping[str, Json], site: str) -> dict[str, Json]:
    """``latest`` is the address that always leads to its data; without ``site`` it is the data's own."""
    shown = {key: value for key, value in resource.items() if key != "file"}
    times = {key: _zoned(resource[key]) for key in ("published", "created_at", "last_modified")}
    latest = f"{site}{API_PATH}datasets/r/{resource['id']}" if site else resource["url"]
    return {**shown, **times, "latest": latest}


def resource_of(publication: Publication, resource: Mapping[str, Json], site: str) -> dict[str, Json]:
    """A resource of the publication. The ids of imported ones are not kept, so nothing is found by them."""
    return _resource_object(resource, site if publication.owner else "")


def publisher_object(id: str, name: str) -> dict[str, Json]:
    """A publisher; keys have one name, so the last name is empty."""
    return {"class": "User", "id": id, "first_name": name, "last_name": "", "slug": name.lower().replace(" ", "-")}


def me_object(key: ApiKey) -> dict[str, Json]:
    """Whose key it is."""
    return publisher_object(key.publisher, key.name) | {"roles": [key.role], "since": key.created, "organizations": []}


def _zoned(time: str | None) -> str | None:
    """udata writes the zone as an offset; a bare date is that day's beginning."""
    if time is None:
        return None
    if time.endswith("Z"):
        return time[:-1] + "+00:00"
    return f"{time}{'-01-01'[len(time) - 4 :] if len(time) < 10 else ''}T00:00:00+00:00"
