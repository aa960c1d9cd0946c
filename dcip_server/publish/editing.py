"""Changing publications: read, judged and written under the one writer's lock."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from dcip_server.entities import Json
from dcip_server.errors import PortalRefusalError
from dcip_server.protocol.entity_types import DATASET
from dcip_server.publish import reading, titles
from dcip_server.publish.entity import to_entity
from dcip_server.publish.fields import DATASET_FIELDS, RESOURCE_FIELDS, read_fields, read_url
from dcip_server.publish.files import (
    FILES_PATH,
    KeptFile,
    Upload,
    UploadFolder,
    extension_of,
    file_name,
    is_same_file,
    media_type,
)
from dcip_server.publish.imported import amended, without_echo
from dcip_server.publish.objects import dataset_object, resource_of
from dcip_server.store import Change, Delete, Put, Store
from dcip_server.store.api_keys import ApiKey
from dcip_server.store.portal_reads import StoredDataset, find_by_portal_id
from dcip_server.store.publications import Publication, Publications, T

FORBIDDEN = "You do not have the permission to modify that object."
_INVALID = "Validation failed"


@dataclass(frozen=True, slots=True)
class Edits:
    """What a key may do to the publications of a catalog.

    ``site`` is the address of the site (without final slash), which files are served below. ``allow_local`` admits
    resources whose URLs lead to the publisher's own machine.
    """

    store: Store
    key: ApiKey
    files: UploadFolder
    site: str
    allow_local: bool

    def create(self, given: Mapping[str, Json]) -> Publication:
        """Publish a new dataset; what a client may not set (id, slug, dates, owner) is passed over."""

        def edit(view: Publications) -> tuple[Publication, Iterable[Change]]:
            document = self._document(given, None, view.now)
            made = Publication(
                id=secrets.token_hex(12),
                slug=_slug(view, document["title"], None),
                owner=self.key.number,
                owner_name=self.key.name,
                owner_id=self.key.publisher,
                private=document["private"],
                created=view.now,
                modified=view.now,
                deleted=None,
                document=document,
            )
            view.add(made, titles.title_key(document["title"]))
            return made, [] if made.private else [Put(to_entity(made))]

        return self.store.publish(edit)

    def update(self, ref: str, given: Mapping[str, Json]) -> Publication:
        """Change the fields that are given; ``resources``, where given, replace the list, matched by id."""

        def change(view: Publications, before: Publication) -> tuple[Publication, Publication]:
            new = given if before.owner else without_echo(given, dataset_object(before, self.site))
            changed = _changed(view, before, self._document(new, before.document, view.now))
            return changed, changed

        return self._as_read(self._edit(ref, change))

    def delete(self, ref: str) -> None:
        """Delete a dataset; its slug and title are free at once, its id stays known as deleted."""

        def edit(view: Publications) -> tuple[set[str], Iterable[Change]]:
            found = self._owned(view, ref)
            if found.owner:
                view.change(replace(found, slug=None, deleted=view.now, modified=view.now, document={}), "")
            record_id = found.id if found.owner else _stored(view, found).id
            changes = [] if found.private else [Delete(DATASET.name, record_id)]
            return _tokens(found), changes

        self.files.drop(self.store.publish(edit))

    def add_resource(self, ref: str, given: Mapping[str, Json]) -> dict[str, Json]:
        """Add a resource, first in the list, and return its object."""

        def change(before: Publication, now: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
            resource = self._resource(given, None, now)
            return resource, [resource, *before.document["resources"]]

        return self._edit_resources(ref, change)[1]

    def update_resource(self, ref: str, resource_id: str, given: Mapping[str, Json]) -> dict[str, Json]:
        """Change the fields of a resource that are given, and return its object."""

        def change(before: Publication, now: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
            old = reading.find_resource(before, resource_id)
            new = given if before.owner else without_echo(given, resource_of(before, old, self.site))
            resource = self._resource(new, old, now)
            return resource, _replaced(before, resource)

        return self._edit_resources(ref, change)[1]

    def remove_resource(self, ref: str, resource_id: str) -> None:
        """Take a resource away; the dataset stays, even without any."""

        def change(before: Publication, _: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
            gone = reading.find_resource(before, resource_id)
            return gone, [resource for resource in before.document["resources"] if resource["id"] != gone["id"]]

        self._edit_resources(ref, change)

    def check_upload(self, ref: str, resource_id: str | None) -> None:
        """Raise what an upload there is refused with whatever it holds, before its bytes are read."""
        with self.store.publications() as view:
            found = _refuse_imported(self._owned(view, ref))
            if resource_id is not None:
                reading.find_resource(found, resource_id)

    def upload(self, ref: str, resource_id: str | None, sent: Upload) -> dict[str, Json]:
        """Store a file as a new resource, first in the list, or in place of a resource's data; return its object."""
        name = file_name(sent.name)
        if "html" in media_type(name):
            raise PortalRefusalError(415, "Incorrect file content type: HTML")
        kept = self.files.keep(sent.stream)

        def change(before: Publication, now: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
            listed = _refuse_imported(before).document["resources"]
            if resource_id is None:
                resource = self._uploaded(_NEW_FILE | {"title": name, "id": str(uuid4())}, name, kept, now)
                return resource, [resource, *listed]
            resource = reading.find_resource(before, resource_id)
            if not is_same_file(resource.get("file"), kept):
                resource = self._uploaded(resource, name, kept, now)
            return resource, _replaced(before, resource)

        token = None
        try:
            stored, shown = self._edit_resources(ref, change)
            token = stored["file"]
        finally:
            if token != kept.token:
                self.files.drop([kept.token])
        return shown

    def _uploaded(self, before: Mapping[str, Any], name: str, kept: KeptFile, now: str) -> dict[str, Any]:
        """The resource with the file as its data; the address of an earlier one stays."""
        url = before["url"] if before.get("file") else f"{self.site}{FILES_PATH}{before['id']}/{name}"
        return {
            "created_at": now,
            **before,
            "published": before["published"] or now,
            "filetype": "file",
            "url": url,
            "format": extension_of(name) or before["format"],
            "mime": media_type(name),
            "filesize": kept.size,
            "checksum": {"type": "sha256", "value": kept.sha256},
            "last_modified": now,
            "file": kept.token,
        }

    def _edit_resources(
        self, ref: str, change: Callable[[Publication, str], tuple[dict[str, Any], list[dict[str, Any]]]]
    ) -> tuple[dict[str, Any], dict[str, Json]]:
        """Change the list of resources; returns the resource that ``change`` names first, as stored and as shown."""

        def edit(view: Publications, before: Publication) -> tuple[tuple[dict[str, Any], Publication], Publication]:
            resource, resources = change(before, view.now)
            after = _changed(view, before, {**before.document, "resources": resources})
            return (resource, after), after

        resource, after = self._edit(ref, edit)
        after = self._as_read(after)
        listed = next((found for found in after.document["resources"] if found["id"] == resource["id"]), resource)
        return resource, resource_of(after, listed, self.site)

    def _as_read(self, after: Publication) -> Publication:
        """What a reader gets of it now; an imported one has times of its record."""
        if after.owner:
            return after
        with self.store.publications() as view:
            return reading.find(view, after.id, self.key)

    def _edit(self, ref: str, change: Callable[[Publications, Publication], tuple[T, Publication]]) -> T:
        """Change one publication, and the record that shows it; what stays the same is not written."""

        def edit(view: Publications) -> tuple[tuple[T, set[str]], Iterable[Change]]:
            before = self._owned(view, ref)
            result, after = change(view, before)
            if after is before:
                return (result, set()), []
            if not before.owner:
                return (result, set()), [Put(amended(_stored(view, before), before, after))]
            view.change(after, titles.title_key(after.document["title"]))
            gone = _tokens(before) - _tokens(after)
            if after.private:
                return (result, gone), [] if before.private else [Delete(DATASET.name, before.id)]
            return (result, gone), [Put(to_entity(after))]

        result, gone = self.store.publish(edit)
        self.files.drop(gone)
        return result

    def _owned(self, view: Publications, ref: str) -> Publication:
        found = reading.find(view, ref, self.key)
        if not self.key.may_change(found.owner or None):
            raise PortalRefusalError(403, FORBIDDEN)
        return found

    def _document(self, given: Mapping[str, Json], before: Mapping[str, Any] | None, now: str) -> dict[str, Any]:
        values, errors = read_fields(DATASET_FIELDS, given, before)
        values["resources"] = before["resources"] if before else []
        if "resources" in given:
            known = {resource["id"]: resource for resource in values["resources"]}
            if not isinstance(given["resources"], list) or not all(isinstance(r, dict) for r in given["resources"]):
                errors["resources"] = ["a list of resources is due"]
            else:
                try:
                    values["resources"] = self._resources(given["resources"], known, now)
                except PortalRefusalError as error:
                    errors["resources"] = [
                        f"{field}: {text}" for field, texts in error.errors.items() for text in texts
                    ]
        if errors:
            raise _invalid(errors)
        return values

    def _resources(
        self, given: list[dict[str, Json]], known: dict[str, dict[str, Any]], now: str
    ) -> list[dict[str, Any]]:
        """The new list; an id is that of one resource only, so one given twice is taken once."""
        resources = []
        for resource in given:
            id = resource.get("id")
            before = known.pop(id, None) if isinstance(id, str) else None
            resources.append(self._resource(resource, before, now))
        return resources

    def _resource(self, given: Mapping[str, Json], before: Mapping[str, Any] | None, now: str) -> dict[str, Any]:
        if "mime_type" in given and "mime" not in given:
            given = {**given, "mime": given["mime_type"]}
        values, errors = read_fields(RESOURCE_FIELDS, given, before)
        values["url"] = before["url"] if before else None
        # The address of an uploaded file is the portal's, whatever is sent.
        if before is None or ("url" in given and not before.get("file")):
            try:
                values["url"] = read_url(given.get("url"), self.allow_local) if given.get("url") else None
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
        if before and before.get("file"):
            values["file"] = before["file"]
        if before and values != dict(before):
            values["last_modified"] = now
        if before is None and values["published"] is None:
            values["published"] = now
        return values


#: The fields of a resource that begins as a file, with what ``main`` in udata means: the data itself.
_NEW_FILE: dict[str, Any] = {field.key: field.default for field in RESOURCE_FIELDS} | {"type": "main"}


def _refuse_imported(found: Publication) -> Publication:
    if not found.owner:
        raise PortalRefusalError(400, "This dataset came from another source; it takes links, but no files.")
    return found


def _stored(view: Publications, found: Publication) -> StoredDataset:
    stored = find_by_portal_id(view.connection, found.id)
    if stored is None:
        raise PortalRefusalError(404, "The requested dataset was not found.")
    return stored


def _tokens(publication: Publication) -> set[str]:
    """The uploaded files that it shows."""
    return {resource["file"] for resource in publication.document["resources"] if resource.get("file")}


def _replaced(before: Publication, resource: dict[str, Any]) -> list[dict[str, Any]]:
    """The resources, that one in place of the one with its id."""
    return [resource if listed["id"] == resource["id"] else listed for listed in before.document["resources"]]


def _changed(view: Publications, before: Publication, document: dict[str, Any]) -> Publication:
    """``before`` itself where the document says the same."""
    if document == before.document:
        return before
    slug = before.slug
    if before.owner and document["title"] != before.document["title"]:
        slug = _slug(view, document["title"], before)
    return replace(before, slug=slug, private=document["private"], modified=view.now, document=document)


def _slug(view: Publications, title: str, own: Publication | None) -> str:
    def is_taken(slug: str) -> bool:
        found = view.find_slug(slug)
        return found is not None and (own is None or found.id != own.id)

    return titles.slug(title, is_taken)


def _invalid(errors: dict[str, list[str]]) -> PortalRefusalError:
    return PortalRefusalError(400, f"{_INVALID}: {', '.join(errors)}", errors)
