"""What an ``opendata`` query does at a portal: which dataset is meant, what is created, changed, deleted or shown.

Datasets and resources are known by their titles; the portal knows them by ids. Everything is looked
up before the first write of a dataset, and nothing is said to be done before the portal said so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from dcip_server.errors import PortalError, UsageError
from dcip_server.publish.objects import API_PATH, api_url, page_url
from dcip_server.publish.portals import PortalClient, Reply
from dcip_server.publish.query import Query, Setup, WantedResource
from dcip_server.publish.titles import slug, title_key

_ID = re.compile("[0-9a-fA-F]{24}")
_SAFE_ID = re.compile("[A-Za-z0-9_-]{1,100}")
_GONE = (404, 410)
_MAX_BODY_SHOWN = 1000
_CREATED_WITH = {"filetype": "remote", "format": "json"}


class Kind(Enum):
    """How a line is meant; only ``MISSING`` is a failure."""

    DONE = "done"
    SHOWN = "shown"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was done, shown, or not found. Only what is shown, JSON, has more than a few lines."""

    kind: Kind
    text: str


def run(query: Query, portal: PortalClient, *, dry_run: bool = False) -> Iterator[Said]:
    """Do what the query says, and tell each thing when it is done.

    With ``dry_run`` requests that write are told instead of sent. Raises :class:`PortalError` at the
    first refusal, :class:`SourceError` where the portal does not answer, and :class:`UsageError` where a
    dataset is to be created and the query lacks what that needs; what was told before is done.
    """
    act: dict[str, Callable[[PortalClient, Setup], Iterator[Said]]] = {
        "publish": _publish,
        "delete": _delete,
        "search": _search,
    }
    yield from (Said(Kind.WARNING, text) for text in query.warnings)
    portal = _OwnListKept(portal)
    rehearsal = _Rehearsal(portal) if dry_run else None
    for setup in query.setups:
        for said in act[query.action](rehearsal or portal, setup):
            yield rehearsal.tell(said) if rehearsal else said


# --- what is meant ---


def find_dataset(portal: PortalClient, name: str) -> tuple[dict[str, Any] | None, int]:
    """The live dataset with that id, slug or title, and the last status; ``None`` where there is none.

    Raises :class:`PortalError` where several datasets have the title.
    """
    refs = [name] if _ID.fullmatch(name) else []
    # A slash would become one of the path; . and .. would be taken away on the way.
    refs.append(slug(name, lambda _: False) if "/" in name or name in (".", "..") else name)
    status = HTTPStatus.NOT_FOUND.value
    for ref in dict.fromkeys(refs):
        reply = portal.ask("GET", f"datasets/{quote(ref, safe='')}/")
        if reply.status in _GONE:
            status = reply.status
            continue
        found = _object(_accepted(reply), ("title", "id"))
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
    value = _accepted(portal.ask("GET", path)).value
    number = 1
    while isinstance(value, dict) and isinstance(value.get("data"), list):
        yield from value["data"]
        if not value.get("next_page") or not value["data"]:
            return
        number += 1
        value = _accepted(portal.ask("GET", f"{path}?page={number}")).value
    if isinstance(value, list):
        yield from value


def _object(reply: Reply, members: tuple[str, ...]) -> dict[str, Any] | None:
    value = reply.value
    return value if isinstance(value, dict) and all(isinstance(value.get(m), str) for m in members) else None


def _find_resources(dataset: dict[str, Any], wanted: tuple[WantedResource, ...]) -> list[dict[str, Any] | None]:
    """The resources with those titles or uuids, ``None`` for each that is not there.

    Raises :class:`PortalError` where two have one title.
    """
    listed = _resources(dataset)
    found: list[dict[str, Any] | None] = []
    for name in (resource.name for resource in wanted):
        titled = _named(listed, name)
        if len(titled) > 1:
            ids = ", ".join(str(resource.get("id")) for resource in titled)
            raise PortalError(f"several resources have the title {name!r}: {ids}; name one by its id")
        found.append(titled[0] if titled else None)
    return found


def _named(resources: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Those with exactly that title, else the one with that uuid."""
    titled = [resource for resource in resources if resource.get("title") == name]
    return titled or [resource for resource in resources if str(resource.get("id")).lower() == name.lower()]


def _resources(dataset: dict[str, Any]) -> list[dict[str, Any]]:
    listed = dataset.get("resources")
    return [resource for resource in listed if isinstance(resource, dict)] if isinstance(listed, list) else []


# --- publish ---


def _publish(portal: PortalClient, setup: Setup) -> Iterator[Said]:
    dataset, _ = find_dataset(portal, setup.name)
    if dataset is None:
        yield _create_dataset(portal, setup)
        return
    id = _id(dataset)
    if not setup.resources:
        fields = dict(setup.fields)
        if setup.name != dataset["title"] and setup.name in (dataset.get("slug"), dataset["id"]):
            # It was named by its slug or id, which is no new title.
            del fields["title"]
        _accepted(portal.ask("PUT", f"datasets/{id}/", fields))
        yield _confirmed(portal, "dataset", "updated", id)
        return
    for wanted, known in zip(setup.resources, _find_resources(dataset, setup.resources), strict=True):
        yield _publish_resource(portal, id, wanted, known)


def _create_dataset(portal: PortalClient, setup: Setup) -> Said:
    if not setup.fields.get("description"):
        raise UsageError(f"description of the dataset {setup.name!r} is missing, which a new dataset needs")
    if _ID.fullmatch(setup.name):
        raise UsageError(f"title of a dataset: there is none with the id {setup.name}")
    body: dict[str, Any] = {"frequency": "unknown", **setup.fields}
    if setup.resources:
        body["resources"] = [_CREATED_WITH | resource.fields for resource in setup.resources]
    reply = _accepted(portal.ask("POST", "datasets/", body))
    return _confirmed(portal, "dataset", "created", _id(_object(reply, ("id",))))


def _publish_resource(portal: PortalClient, id: str, wanted: WantedResource, known: dict[str, Any] | None) -> Said:
    if known is None:
        reply = _accepted(portal.ask("POST", f"datasets/{id}/resources/", _CREATED_WITH | wanted.fields))
        return _confirmed(portal, "resource", "created", id, _id(_object(reply, ("id",))))
    fields = dict(wanted.fields)
    if known.get("title") != wanted.name:
        # It was named by its id, which is no new title.
        del fields["title"]
    resource_id = _id(known)
    _accepted(portal.ask("PUT", f"datasets/{id}/resources/{resource_id}/", fields))
    return _confirmed(portal, "resource", "updated", id, resource_id)


def _confirmed(portal: PortalClient, what: str, done: str, id: str, resource_id: str = "") -> Said:
    page, api = page_url(portal.site, id), api_url(portal.site, id)
    if resource_id:
        page, api = f"{page}#resource-{resource_id}", f"{api}resources/{resource_id}/"
    return Said(
        Kind.DONE,
        f"Your {what} has been successfully {done}.\n"
        f"It is available under the following link: {page}\n"
        f"You can also find the json format equivalent: {api}",
    )


# --- delete ---


def _delete(portal: PortalClient, setup: Setup) -> Iterator[Said]:
    dataset, status = find_dataset(portal, setup.name)
    if dataset is None:
        yield _not_found(f"The dataset {setup.name} you want to delete", status)
        return
    id = _id(dataset)
    if not setup.resources:
        if reply := _deleted(portal, f"datasets/{id}/"):
            yield _not_found(f"The dataset {setup.name} you want to delete", reply.status)
        else:
            yield Said(Kind.DONE, f"The dataset {setup.name} has been deleted from the open data portal.")
        return
    for wanted, known in zip(setup.resources, _find_resources(dataset, setup.resources), strict=True):
        if known is None or _deleted(portal, f"datasets/{id}/resources/{_id(known)}/"):
            yield Said(Kind.MISSING, f"The resource {wanted.name} does not exist in the dataset {setup.name}.")
        else:
            yield Said(Kind.DONE, f"The resource {wanted.name} has been deleted from the open data portal.")


def _deleted(portal: PortalClient, path: str) -> Reply | None:
    """Delete; the reply where somebody else was quicker."""
    reply = portal.ask("DELETE", path)
    if reply.status in _GONE:
        return reply
    _accepted(reply)
    return None


def _not_found(what: str, status: int) -> Said:
    return Said(Kind.MISSING, f"{what} has not been found. Status: {status}")


# --- search ---


def _search(portal: PortalClient, setup: Setup) -> Iterator[Said]:
    dataset, status = find_dataset(portal, setup.name)
    if dataset is None:
        yield _not_found(f"The dataset {setup.name} you are looking for", status)
        return
    names = [resource.name for resource in setup.resources]
    listed = _resources(dataset)
    found = {name: _named(listed, name) for name in names}
    missing = [name for name in names if not found[name]]
    ids = {id(resource) for named in found.values() for resource in named}
    asked_for = [resource for resource in listed if id(resource) in ids]
    joined = ", ".join(missing)
    if missing and asked_for:
        yield Said(
            Kind.WARNING,
            f"A resource you mentioned ({joined}) has not been found in the dataset {setup.name}."
            if len(missing) == 1
            else f"Some of the resources you mentioned ({joined}) have not been found in the dataset {setup.name}.",
        )
    elif missing:
        yield Said(
            Kind.WARNING,
            f"The resource you looked for ({joined}) has not been found in the following dataset:"
            if len(missing) == 1
            else f"None of the resources you looked for ({joined}) have been found in the following dataset:",
        )
    shown = dataset | {"resources": asked_for} if asked_for else dataset
    yield Said(Kind.SHOWN, json.dumps(shown, ensure_ascii=False, indent=4))


# --- what the portal says ---


def _accepted(reply: Reply) -> Reply:
    """The reply of a call that was done. Raises :class:`PortalError` with what the portal says otherwise."""
    if reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return reply
    try:
        reason = HTTPStatus(reply.status).phrase
    except ValueError:
        reason = "unknown status"
    body = " ".join(reply.text.split())[:_MAX_BODY_SHOWN]
    raise PortalError(f"Your query encountered an error. {reply.status} - {reason} - {body}")


def _id(found: dict[str, Any] | None) -> str:
    """The id, which becomes part of paths and links. Raises :class:`PortalError` for what is none."""
    id = found.get("id") if found else None
    if not isinstance(id, str) or not _SAFE_ID.fullmatch(id):
        raise PortalError("the portal's answer holds no id, so what became of the call is not known")
    return id


# --- portals for one run ---


class _OwnListKept:
    """A portal whose lists of the key's own datasets are asked for once while a run only adds to them."""

    def __init__(self, portal: PortalClient) -> None:
        self.site = portal.site
        self.has_key = portal.has_key
        self._portal = portal
        self._lists: dict[str, Reply] = {}

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Reply:
        if method == "GET" and path in self._lists:
            return self._lists[path]
        reply = self._portal.ask(method, path, body)
        if method == "GET" and path.startswith("me/") and isinstance(reply.value, list):
            self._lists[path] = reply
        elif (method, path) == ("POST", "datasets/"):
            for kept in self._lists.values():
                if isinstance(kept.value, list):
                    kept.value.append(reply.value)
        elif method != "GET":
            self._lists.clear()
        return reply


class _Rehearsal:
    """A portal that is read, and told what it would be asked to write."""

    def __init__(self, portal: PortalClient) -> None:
        self.site = portal.site
        self.has_key = portal.has_key
        self._portal = portal
        self._request = ""

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Reply:
        if method == "GET":
            return self._portal.ask(method, path)
        sent = "" if body is None else "\n" + json.dumps(body, ensure_ascii=False)
        self._request = f"Would send {method} {self.site}{API_PATH}{path}{sent}"
        return Reply(HTTPStatus.OK, "", {"id": "new"})

    def tell(self, said: Said) -> Said:
        """The request in place of the confirmation."""
        return Said(Kind.DONE, self._request) if said.kind is Kind.DONE else said
