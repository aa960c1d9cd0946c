"""What an ``opendata`` query does at a portal: which dataset is meant, what is created, changed, deleted or shown.

Datasets and resources are known by their titles; the portal knows them by ids. Everything is looked
up before the first write of a dataset, and nothing is said to be done before the portal said so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, BinaryIO, NoReturn

from dcip_server.errors import UsageError
from dcip_server.publish.files import Upload, file_name
from dcip_server.publish.finding import (
    DATASET_ID,
    GONE,
    accepted,
    checked_id,
    find_dataset,
    find_resources,
    given_object,
    list_resources,
    named,
)
from dcip_server.publish.objects import api_url, page_url
from dcip_server.publish.portals import PortalClient, Reply
from dcip_server.publish.query import Query, Setup, WantedResource
from dcip_server.publish.rehearsal import OwnListKept, Rehearsal
from dcip_server.publish.titles import slug, title_key

#: Opens what a link led to.
Fetched = Callable[[str], AbstractContextManager[BinaryIO]]
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


def run(query: Query, portal: PortalClient, fetched: Fetched, *, dry_run: bool = False) -> Iterator[Said]:
    """Do what the query says, and tell each thing when it is done.

    ``fetched`` gives the data that is to be uploaded, by its link. With ``dry_run`` requests that write are told
    instead of sent. Raises :class:`PortalError` at the first refusal, :class:`SourceError` where the portal does not
    answer, and :class:`UsageError` where a dataset is to be created and the query lacks what that needs; what was
    told before is done.
    """
    act: dict[str, Callable[[PortalClient, Setup], Iterator[Said]]] = {
        "publish": partial(_publish, fetched),
        "delete": _delete,
        "search": _search,
    }
    yield from (Said(Kind.WARNING, text) for text in query.warnings)
    portal = OwnListKept(portal)
    rehearsal = Rehearsal(portal) if dry_run else None
    if query.action == "publish" and len(query.setups) > 1:
        _check_all(portal, query.setups)
    for setup in query.setups:
        for said in act[query.action](rehearsal or portal, setup):
            yield Said(Kind.DONE, rehearsal.told()) if rehearsal and said.kind is Kind.DONE else said


# --- publish ---


def _check_all(portal: PortalClient, setups: tuple[Setup, ...]) -> None:
    """Refuse the whole query where one of its datasets is to be created and cannot be."""
    created: set[str] = set()
    for setup in setups:
        key = title_key(setup.name)
        if key not in created and not _is_creatable(setup) and find_dataset(portal, setup.name)[0] is None:
            _refuse_creation(setup)
        created.add(key)


def _is_creatable(setup: Setup) -> bool:
    return bool(setup.fields.get("description")) and not DATASET_ID.fullmatch(setup.name)


def _refuse_creation(setup: Setup) -> NoReturn:
    if not setup.fields.get("description"):
        raise UsageError(f"description of the dataset {setup.name!r} is missing, which a new dataset needs")
    raise UsageError(f"title of a dataset: there is none with the id {setup.name}")


def _publish(fetched: Fetched, portal: PortalClient, setup: Setup) -> Iterator[Said]:
    dataset, _ = find_dataset(portal, setup.name)
    if dataset is None:
        made = _create_dataset(portal, setup)
        id = checked_id(made)
        yield _confirmed(portal, "dataset", "created", id)
        for wanted in setup.resources:
            if wanted.upload_from:
                yield _upload(fetched, portal, id, wanted, None)
        return
    id = checked_id(dataset)
    if not setup.resources:
        fields = dict(setup.fields)
        if setup.name != dataset["title"] and setup.name in (dataset.get("slug"), dataset["id"]):
            # It was named by its slug or id, which is no new title.
            del fields["title"]
        accepted(portal.ask("PUT", f"datasets/{id}/", fields))
        yield _confirmed(portal, "dataset", "updated", id)
        return
    for wanted, known in zip(setup.resources, find_resources(dataset, setup.resources), strict=True):
        if wanted.upload_from:
            # An upload that was cut off between the file and its title has the file's name for one.
            known = known or next(iter(named(_uploads(dataset), _file_name(wanted))), None)
            yield _upload(fetched, portal, id, wanted, known)
        else:
            yield _publish_resource(portal, id, wanted, known)


def _create_dataset(portal: PortalClient, setup: Setup) -> dict[str, Any] | None:
    if not _is_creatable(setup):
        _refuse_creation(setup)
    body: dict[str, Any] = {"frequency": "unknown", **setup.fields}
    if linked := [resource for resource in setup.resources if not resource.upload_from]:
        body["resources"] = [_CREATED_WITH | resource.fields for resource in linked]
    return given_object(accepted(portal.ask("POST", "datasets/", body)), ("id",))


def _upload(
    fetched: Fetched, portal: PortalClient, id: str, wanted: WantedResource, known: dict[str, Any] | None
) -> Said:
    """Send the data as a file, then what is said of it; a portal takes these in two calls."""
    path = f"datasets/{id}/resources/{checked_id(known)}/upload/" if known else f"datasets/{id}/upload/"
    with fetched(str(wanted.upload_from)) as stream:
        reply = accepted(portal.ask("POST", path, upload=Upload(_file_name(wanted), stream)))
    resource_id = checked_id(known or given_object(reply, ("id",)))
    fields = {"format": _CREATED_WITH["format"], **wanted.fields} if known is None else dict(wanted.fields)
    if str(known and known.get("id")).lower() == wanted.name.lower():
        # It was named by its id, which is no new title.
        del fields["title"]
    accepted(portal.ask("PUT", f"datasets/{id}/resources/{resource_id}/", fields))
    return _confirmed(portal, "resource", "updated" if known else "created", id, resource_id)


def _file_name(wanted: WantedResource) -> str:
    return file_name(f"{slug(wanted.name, lambda _: False)}.{wanted.fields.get('format') or _CREATED_WITH['format']}")


def _uploads(dataset: dict[str, Any]) -> list[dict[str, Any]]:
    return [resource for resource in list_resources(dataset) if resource.get("filetype") == "file"]


def _publish_resource(portal: PortalClient, id: str, wanted: WantedResource, known: dict[str, Any] | None) -> Said:
    if known is None:
        reply = accepted(portal.ask("POST", f"datasets/{id}/resources/", _CREATED_WITH | wanted.fields))
        return _confirmed(portal, "resource", "created", id, checked_id(given_object(reply, ("id",))))
    fields = dict(wanted.fields)
    if known.get("title") != wanted.name:
        # It was named by its id, which is no new title.
        del fields["title"]
    resource_id = checked_id(known)
    accepted(portal.ask("PUT", f"datasets/{id}/resources/{resource_id}/", fields))
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
    id = checked_id(dataset)
    if not setup.resources:
        if reply := _deleted(portal, f"datasets/{id}/"):
            yield _not_found(f"The dataset {setup.name} you want to delete", reply.status)
        else:
            yield Said(Kind.DONE, f"The dataset {setup.name} has been deleted from the open data portal.")
        return
    for wanted, known in zip(setup.resources, find_resources(dataset, setup.resources), strict=True):
        if known is None or _deleted(portal, f"datasets/{id}/resources/{checked_id(known)}/"):
            yield Said(Kind.MISSING, f"The resource {wanted.name} does not exist in the dataset {setup.name}.")
        else:
            yield Said(Kind.DONE, f"The resource {wanted.name} has been deleted from the open data portal.")


def _deleted(portal: PortalClient, path: str) -> Reply | None:
    """Delete; the reply where somebody else was quicker."""
    reply = portal.ask("DELETE", path)
    if reply.status in GONE:
        return reply
    accepted(reply)
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
    listed = list_resources(dataset)
    found = {name: named(listed, name) for name in names}
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
