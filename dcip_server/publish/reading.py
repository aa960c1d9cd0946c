"""Finding publications: by id, slug or title, one or a page of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dcip_server.entities import Json
from dcip_server.errors import PortalRefusalError
from dcip_server.publish.imported import from_record
from dcip_server.publish.objects import API_PATH, dataset_object
from dcip_server.publish.titles import title_key
from dcip_server.store import Store
from dcip_server.store.api_keys import ApiKey
from dcip_server.store.portal_reads import SORTS, find_by_portal_id, find_by_text, is_deleted, list_datasets
from dcip_server.store.publications import Publication, Publications

_PAGE_SIZE = 20
_MAX_PAGE_SIZE = 1000
_ID = re.compile("[0-9a-f]{24}")
_NOT_FOUND = "The requested dataset was not found."
_DELETED = "The requested dataset has been deleted."


def find(view: Publications, ref: str, key: ApiKey | None) -> Publication:
    """The live dataset that ``ref`` names: its id, else its slug, else its title (the oldest of that title).

    Raises :class:`PortalRefusalError`: 404, or 410 for the id of a deleted one. A private dataset
    is there for its owner alone.
    """
    if _ID.fullmatch(ref):
        if known := view.find(ref):
            if known.deleted:
                raise PortalRefusalError(410, _DELETED)
            return _shown([known], key)
        if stored := find_by_portal_id(view.connection, ref):
            return view.find(stored.id) or from_record(stored)
        if is_deleted(view.connection, ref):
            raise PortalRefusalError(410, _DELETED)
    by_slug = view.find_slug(ref)
    if found := [*([by_slug] if by_slug else []), *view.list_titled(title_key(ref))]:
        return _shown(found, key)
    if stored := find_by_text(view.connection, ref):
        return from_record(stored)
    raise PortalRefusalError(404, _NOT_FOUND)


def _shown(found: list[Publication], key: ApiKey | None) -> Publication:
    for publication in found:
        if is_shown(publication, key):
            return publication
    raise PortalRefusalError(404, _NOT_FOUND)


def is_shown(publication: Publication, key: ApiKey | None) -> bool:
    """Whether who has the key, or none, may see it."""
    return not publication.private or (key is not None and (key.role == "admin" or key.number == publication.owner))


def find_resource(publication: Publication, resource_id: str) -> dict[str, Any]:
    """The resource with that id. Raises :class:`PortalRefusalError` (404) where the dataset has none."""
    for resource in publication.document["resources"]:
        if resource["id"] == resource_id.lower():
            return dict(resource)
    raise PortalRefusalError(404, "The requested resource was not found.")


def page(store: Store, site: str, query: Mapping[str, str]) -> dict[str, Json]:
    """A page of the public datasets. Raises :class:`PortalRefusalError` (400) for a wrong parameter."""
    number = _count(query, "page", 1)
    size = min(_count(query, "page_size", _PAGE_SIZE), _MAX_PAGE_SIZE)
    sort = query.get("sort") or "-created"
    if sort.removeprefix("-") not in SORTS:
        raise _refusal("sort", f"one of {', '.join(SORTS)} is due, with - in front for descending")
    wanted = {name: query[name] for name in ("q", "tag", "owner") if query.get(name)}
    if "owner" in wanted and not _ID.fullmatch(wanted["owner"]):
        raise _refusal("owner", "24 hexadecimal digits are due")
    with store.publications() as view:
        found, total = list_datasets(view.connection, wanted, sort, size, (number - 1) * size)
        known = view.list_by_id(stored.id for stored in found)
    data = [dataset_object(known.get(stored.id) or from_record(stored), site) for stored in found]

    def link(to: int) -> str:
        return f"{site}{API_PATH}datasets/?{urlencode({**query, 'page': to, 'page_size': size})}"

    return {
        "data": data,
        "page": number,
        "page_size": size,
        "total": total,
        "next_page": link(number + 1) if number * size < total else None,
        "previous_page": link(number - 1) if number > 1 else None,
    }


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < 1:
        raise _refusal(name, "a whole number, at least 1, is due")
    return int(text)


def _refusal(name: str, due: str) -> PortalRefusalError:
    return PortalRefusalError(400, f"{name}: {due}", {name: [due]})
