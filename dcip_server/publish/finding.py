"""Which dataset and which resources a query means, and what of a portal's answers is taken.

People name them by titles; the portal knows them by ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from dcip_server.errors import PortalError
from dcip_server.publish.portals import PortalClient, Reply
from dcip_server.publish.query import WantedResource
from dcip_server.publish.titles import slug, title_key

DATASET_ID = re.compile("[0-9a-fA-F]{24}")
#: Not there: never was, or deleted.
GONE = (404, 410)
_SAFE_ID = re.compile("[A-Za-z0-9_-]{1,100}")
_MAX_BODY_SHOWN = 1000


def find_dataset(portal: PortalClient, name: str) -> tuple[dict[str, Any] | None, int]:
    """The live dataset with that id, slug or title, and the last status; ``None`` where there is none.

    Raises :class:`PortalError` where several datasets have the title.
    """
    refs = [name] if DATASET_ID.fullmatch(name) else []
    # A slash would become one of the path; . and .. would be taken away on the way.
    refs.append(slug(name, lambda _: False) if "/" in name or name in (".", "..") else name)
    status = HTTPStatus.NOT_FOUND.value
    for ref in dict.fromkeys(refs):
        reply = portal.ask("GET", f"datasets/{quote(ref, safe='')}/")
        if reply.status in GONE:
            status = reply.status
            continue
        found = given_object(accepted(reply), ("title", "id"))
        if found and _is_live(found) and _is_named(found, name):
            return found, reply.status
    if not portal.has_key:
        return None, status
    return _among_own(portal, name), status


def _is_live(dataset: dict[str, Any]) -> bool:
    # udata shows deleted datasets to their owners.
    return not dataset.get("deleted")


def _is_named(dataset: dict[str, Any], name: str) -> bool:
    same_id = str(dataset["id"]).lower() == name.lower()
    return same_id or dataset.get("slug") == name or title_key(str(dataset["title"])) == title_key(name)


def _among_own(portal: PortalClient, name: str) -> dict[str, Any] | None:
    """The key's own dataset of that title, also one whose slug says otherwise."""
    found: dict[str, dict[str, Any]] = {}
    for path in ("me/datasets/", "me/org_datasets/"):
        for item in _listed(portal, path):
            titled = isinstance(item, dict) and isinstance(item.get("title"), str) and _is_live(item)
            if titled and title_key(item["title"]) == title_key(name):
                found[str(item.get("id"))] = item
    exact = {id: item for id, item in found.items() if item["title"] == name}
    for candidates in (found, exact):
        if len(candidates) == 1:
            return next(iter(candidates.values()))
    if found:
        raise PortalError(f"several datasets have the title {name!r}: {', '.join(found)}; name one by its id")
    return None


def _listed(portal: PortalClient, path: str) -> Iterator[Any]:
    """The items of a list, whether the portal gives it whole, as udata does, or in pages."""
    value = accepted(portal.ask("GET", path)).value
    number = 1
    while isinstance(value, dict) and isinstance(value.get("data"), list):
        yield from value["data"]
        if not value.get("next_page") or not value["data"]:
            return
        number += 1
        value = accepted(portal.ask("GET", f"{path}?page={number}")).value
    if isinstance(value, list):
        yield from value


def given_object(reply: Reply, members: tuple[str, ...]) -> dict[str, Any] | None:
    value = reply.value
    return value if isinstance(value, dict) and all(isinstance(value.get(m), str) for m in members) else None


def find_resources(dataset: dict[str, Any], wanted: tuple[WantedResource, ...]) -> list[dict[str, Any] | None]:
    """The resources with those titles or uuids, ``None`` for each that is not there.

    Raises :class:`PortalError` where two have one title.
    """
    listed = list_resources(dataset)
    found: list[dict[str, Any] | None] = []
    for name in (resource.name for resource in wanted):
        titled = named(listed, name)
        if len(titled) > 1:
            ids = ", ".join(str(resource.get("id")) for resource in titled)
            raise PortalError(f"several resources have the title {name!r}: {ids}; name one by its id")
        found.append(titled[0] if titled else None)
    return found


def named(resources: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Those with exactly that title, else the one with that uuid."""
    titled = [resource for resource in resources if resource.get("title") == name]
    return titled or [resource for resource in resources if str(resource.get("id")).lower() == name.lower()]


def list_resources(dataset: dict[str, Any]) -> list[dict[str, Any]]:
    listed = dataset.get("resources")
    return [resource for resource in listed if isinstance(resource, dict)] if isinstance(listed, list) else []


def accepted(reply: Reply) -> Reply:
    """The reply of a call that was done. Raises :class:`PortalError` with what the portal says otherwise."""
    if reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return reply
    try:
        reason = HTTPStatus(reply.status).phrase
    except ValueError:
        reason = "unknown status"
    body = " ".join(reply.text.split())[:_MAX_BODY_SHOWN]
    raise PortalError(f"Your query encountered an error. {reply.status} - {reason} - {body}")


def checked_id(found: dict[str, Any] | None) -> str:
    """The id, which becomes part of paths and links. Raises :class:`PortalError` for what is none."""
    id = found.get("id") if found else None
    if not isinstance(id, str) or not _SAFE_ID.fullmatch(id):
        raise PortalError("the portal's answer holds no id, so what became of the call is not known")
    return id
