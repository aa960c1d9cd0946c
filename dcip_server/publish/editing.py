"""Changing publications: read, judged and written under the one writer's lock."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from dcip_server.entities import Json
from dcip_server.errors import PortalRefusalError
from dcip_server.protocol.entity_types import DATASET
from dcip_server.publish import reading, titles
from dcip_server.publish.entity import to_entity
from dcip_server.publish.fields import DATASET_FIELDS, RESOURCE_FIELDS, read_fields, read_url
from dcip_server.store import Change, Delete, Put, Store
from dcip_server.store.api_keys import ApiKey
from dcip_server.store.portal_reads import find_by_portal_id
from dcip_server.store.publications import Publication, Publications, T

FORBIDDEN = "You do not have the permission to modify that object."
_INVALID = "Validation failed"


def create(store: Store, key: ApiKey, given: Mapping[str, Json], allow_local: bool) -> Publication:
    """Publish a new dataset; what a client may not set (id, slug, dates, owner) is passed over."""

    def edit(view: Publications) -> tuple[Publication, Iterable[Change]]:
        document = _document(given, None, view.now, allow_local)
        made = Publication(
            id=secrets.token_hex(12),
            slug=_slug(view, document["title"], None),
            owner=key.number,
            owner_name=key.name,
            owner_id=key.publisher,
            private=document["private"],
            created=view.now,
            modified=view.now,
            deleted=None,
            document=document,
        )
        view.add(made, titles.title_key(document["title"]))
        return made, [] if made.private else [Put(to_entity(made))]

    return store.publish(edit)


def update(store: Store, key: ApiKey, ref: str, given: Mapping[str, Json], allow_local: bool) -> Publication:
    """Change the fields that are given; ``resources``, where given, replace the list, matched by id."""

    def change(view: Publications, before: Publication) -> tuple[Publication, Publication]:
        changed = _changed(view, before, _document(given, before.document, view.now, allow_local))
        return changed, changed

    return _edit(store, key, ref, change)


def delete(store: Store, key: ApiKey, ref: str) -> None:
    """Delete a dataset; its slug and title are free at once, its id stays known as deleted."""

    def edit(view: Publications) -> tuple[None, Iterable[Change]]:
        found = _owned(view, key, ref)
        if found.owner:
            view.change(replace(found, slug=None, deleted=view.now, modified=view.now, document={}), "")
        return None, [] if found.private else [Delete(DATASET.name, _record_id(view, found))]

    store.publish(edit)


def add_resource(store: Store, key: ApiKey, ref: str, given: Mapping[str, Json], allow_local: bool) -> dict[str, Any]:
    """Add a resource, first in the list, and return it."""

    def change(view: Publications, before: Publication) -> tuple[dict[str, Any], Publication]:
        resource = _resource(given, None, view.now, allow_local)
        return resource, _with_resources(view, before, [resource, *before.document["resources"]])

    return _edit(store, key, ref, change)


def update_resource(
    store: Store, key: ApiKey, ref: str, resource_id: str, given: Mapping[str, Json], allow_local: bool
) -> dict[str, Any]:
    """Change the fields of a resource that are given, and return it."""

    def change(view: Publications, before: Publication) -> tuple[dict[str, Any], Publication]:
        old = reading.find_resource(before, resource_id)
        new = _resource(given, old, view.now, allow_local)
        resources = [new if resource["id"] == old["id"] else resource for resource in before.document["resources"]]
        return new, _with_resources(view, before, resources)

    return _edit(store, key, ref, change)


def remove_resource(store: Store, key: ApiKey, ref: str, resource_id: str) -> None:
    """Take a resource away; the dataset stays, even without any."""

    def change(view: Publications, before: Publication) -> tuple[None, Publication]:
        gone = reading.find_resource(before, resource_id)
        rest = [resource for resource in before.document["resources"] if resource["id"] != gone["id"]]
        return None, _with_resources(view, before, rest)

    _edit(store, key, ref, change)


def _edit(
    store: Store, key: ApiKey, ref: str, change: Callable[[Publications, Publication], tuple[T, Publication]]
) -> T:
    """Change one publication, and the record that shows it; what stays the same is not written."""

    def edit(view: Publications) -> tuple[T, Iterable[Change]]:
        before = _owned(view, key, ref)
        if not before.owner:
            raise PortalRefusalError(400, "This dataset came from another source and can only be changed there.")
        result, after = change(view, before)
        if after is before:
            return result, []
        view.change(after, titles.title_key(after.document["title"]))
        if after.private:
            return result, [] if before.private else [Delete(DATASET.name, before.id)]
        return result, [Put(to_entity(after))]

    return store.publish(edit)


def _owned(view: Publications, key: ApiKey, ref: str) -> Publication:
    found = reading.find(view, ref, key)
    if not key.may_change(found.owner or None):
        raise PortalRefusalError(403, FORBIDDEN)
    return found


def _record_id(view: Publications, found: Publication) -> str:
    """The id at the DCIP endpoint, which an imported dataset has from its source."""
    if found.owner:
        return found.id
    stored = find_by_portal_id(view.connection, found.id)
    return stored.id if stored else found.id


def _with_resources(view: Publications, before: Publication, resources: list[dict[str, Any]]) -> Publication:
    return _changed(view, before, {**before.document, "resources": resources})


def _changed(view: Publications, before: Publication, document: dict[str, Any]) -> Publication:
    """``before`` itself where the document says the same."""
    if document == before.document:
        return before
    slug = before.slug
    if document["title"] != before.document["title"]:
        slug = _slug(view, document["title"], before)
    return replace(before, slug=slug, private=document["private"], modified=view.now, document=document)


def _slug(view: Publications, title: str, own: Publication | None) -> str:
    def is_taken(slug: str) -> bool:
        found = view.find_slug(slug)
        return found is not None and (own is None or found.id != own.id)

    return titles.slug(title, is_taken)


def _invalid(errors: dict[str, list[str]]) -> PortalRefusalError:
    return PortalRefusalError(400, f"{_INVALID}: {', '.join(errors)}", errors)


def _document(
    given: Mapping[str, Json], before: Mapping[str, Any] | None, now: str, allow_local: bool
) -> dict[str, Any]:
    values, errors = read_fields(DATASET_FIELDS, given, before)
    values["resources"] = before["resources"] if before else []
    if "resources" in given:
        known = {resource["id"]: resource for resource in values["resources"]}
        if not isinstance(given["resources"], list) or not all(isinstance(r, dict) for r in given["resources"]):
            errors["resources"] = ["a list of resources is due"]
        else:
            try:
                values["resources"] = _resources(given["resources"], known, now, allow_local)
            except PortalRefusalError as error:
                errors["resources"] = [f"{field}: {text}" for field, texts in error.errors.items() for text in texts]
    if errors:
        raise _invalid(errors)
    return values


def _resources(
    given: list[dict[str, Json]], known: dict[str, dict[str, Any]], now: str, allow_local: bool
) -> list[dict[str, Any]]:
    """The new list; an id is that of one resource only, so one given twice is taken once."""
    resources = []
    for resource in given:
        id = resource.get("id")
        before = known.pop(id, None) if isinstance(id, str) else None
        resources.append(_resource(resource, before, now, allow_local))
    return resources


def _resource(
    given: Mapping[str, Json], before: Mapping[str, Any] | None, now: str, allow_local: bool
) -> dict[str, Any]:
    if "mime_type" in given and "mime" not in given:
        given = {**given, "mime": given["mime_type"]}
    values, errors = read_fields(RESOURCE_FIELDS, given, before)
    values["url"] = before["url"] if before else None
    if "url" in given or before is None:
        try:
            values["url"] = read_url(given.get("url"), allow_local) if given.get("url") else None
        except ValueError as error:
            errors["url"] = [str(error)]
        if values["url"] is None:
            errors.setdefault("url", ["this field is required"])
    if values.get("filetype") != (before["filetype"] if before else "remote"):
        errors["filetype"] = ["it cannot be changed" if before else "remote is due: a file is uploaded"]
    if errors:
        raise _invalid(errors)
    values["id"] = before["id"] if before else str(uuid4())
    values["created_at"] = before["created_at"] if before else now
    values["last_modified"] = before["last_modified"] if before else now
    if before and values != dict(before):
        values["last_modified"] = now
    if before is None and values["published"] is None:
        values["published"] = now
    return values
