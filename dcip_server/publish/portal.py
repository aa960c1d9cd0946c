"""The portal API: one call in, one answer out, without HTTP around it (udata's API, version 1).

A call names its path below ``/api/1/``. What is refused is an answer, too, in udata's shapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dcip_server.entities import Json
from dcip_server.errors import PortalRefusalError, RecordError
from dcip_server.publish import reading
from dcip_server.publish.body import read_body
from dcip_server.publish.editing import FORBIDDEN, Edits
from dcip_server.publish.files import Upload, UploadFolder
from dcip_server.publish.objects import dataset_object, me_object, resource_of
from dcip_server.store import Store
from dcip_server.store.api_keys import ApiKey, find_api_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request. ``path`` is percent-decoded once, without ``/api/1/``; ``key`` is ``None`` where none was sent.

    ``body`` gives the bytes that came, ``upload`` the file, ``None`` where none did; each is asked for only where the
    key may write, so nobody else makes the server wait for what he sends.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    content_type: str = ""
    body: Callable[[], bytes] = lambda: b""
    upload: Callable[[], Upload | None] = lambda: None


@dataclass(frozen=True, slots=True)
class Answer:
    """``value`` is sent as JSON; ``None`` is no body. ``location`` is where a 302 leads."""

    status: int
    value: Json = None
    location: str | None = None


class Portal:
    """The API over a catalog whose site has the given address (without final slash), and uploads in ``files``.

    ``allow_local`` admits resources whose URLs lead to the publisher's own machine.
    """

    def __init__(self, store: Store, site: str, files: UploadFolder, *, allow_local: bool) -> None:
        self._store = store
        self._site = site
        self._files = files
        self._allow_local = allow_local

    def answer(self, call: Call) -> Answer:
        """Do what the call says. Errors of the catalog itself are raised."""
        try:
            return self._route(call)
        except PortalRefusalError as error:
            return Answer(error.status, {"message": str(error)} | ({"errors": error.errors} if error.errors else {}))
        except RecordError as error:
            return Answer(400, {"message": str(error)})

    def _route(self, call: Call) -> Answer:
        key = self._key(call)
        # MISP's scripts send double slashes.
        match list(filter(None, call.path.split("/"))):
            case ["me"] | ["me", "datasets" | "org_datasets"] as parts:
                return self._me(call, _required(key), parts[1:])
            case ["datasets"]:
                return self._datasets(call, key)
            case ["datasets", "r", resource_id] if _UUID.fullmatch(resource_id):
                return self._latest(call, resource_id)
            # A title may hold slashes, and a server cannot tell them from those of a path.
            case ["datasets", _, *_, "resources"] as parts if call.method == "POST":
                return self._new_resource(call, key, "/".join(parts[1:-1]))
            case ["datasets", _, *_, "resources", resource_id, "upload"] as parts if (
                call.method == "POST" and _UUID.fullmatch(resource_id)
            ):
                return Answer(200, self._upload(call, key, "/".join(parts[1:-3]), resource_id))
            case ["datasets", _, *_, "upload"] as parts if call.method == "POST":
                return Answer(201, self._upload(call, key, "/".join(parts[1:-1]), None))
            case ["datasets", _, *_, "resources", resource_id] as parts if _UUID.fullmatch(resource_id):
                return self._resource(call, key, "/".join(parts[1:-2]), resource_id)
            case ["datasets", *_]:
                return self._dataset(call, key, call.path.rstrip("/").removeprefix("datasets/"))
        raise PortalRefusalError(404, "The requested URL was not found on the server.")

    def _key(self, call: Call) -> ApiKey | None:
        if call.key is None:
            return None
        key = find_api_key(self._store.engine, call.key)
        if key is None:
            raise PortalRefusalError(401, "Invalid API Key")
        return key

    def _me(self, call: Call, key: ApiKey, parts: list[str]) -> Answer:
        _allow(call, "GET")
        if not parts:
            return Answer(200, me_object(key))
        with self._store.publications() as view:
            owned = view.list_owned(key.number) if parts == ["datasets"] else []
        return Answer(200, [dataset_object(found, self._site) for found in owned])

    def _datasets(self, call: Call, key: ApiKey | None) -> Answer:
        if _allow(call, "GET", "POST") == "GET":
            return Answer(200, reading.page(self._store, self._site, call.query))
        edits = self._edits(_writer(key))
        return Answer(201, dataset_object(edits.create(read_body(call.content_type, call.body())), self._site))

    def _dataset(self, call: Call, key: ApiKey | None, ref: str) -> Answer:
        method = _allow(call, "GET", "PUT", "DELETE")
        if method == "GET":
            with self._store.publications() as view:
                return Answer(200, dataset_object(reading.find(view, ref, key), self._site))
        edits = self._edits(_required(key))
        if method == "DELETE":
            edits.delete(ref)
            return Answer(204)
        changed = edits.update(ref, read_body(call.content_type, call.body()))
        return Answer(200, dataset_object(changed, self._site))

    def _new_resource(self, call: Call, key: ApiKey | None, ref: str) -> Answer:
        _allow(call, "POST")
        edits = self._edits(_required(key))
        return Answer(201, edits.add_resource(ref, read_body(call.content_type, call.body())))

    def _resource(self, call: Call, key: ApiKey | None, ref: str, resource_id: str) -> Answer:
        method = _allow(call, "GET", "PUT", "DELETE")
        if method == "GET":
            with self._store.publications() as view:
                holder = reading.find(view, ref, key)
            return Answer(200, resource_of(holder, reading.find_resource(holder, resource_id), self._site))
        edits = self._edits(_required(key))
        if method == "DELETE":
            edits.remove_resource(ref, resource_id)
            return Answer(204)
        return Answer(200, edits.update_resource(ref, resource_id, read_body(call.content_type, call.body())))

    def _upload(self, call: Call, key: ApiKey | None, ref: str, resource_id: str | None) -> Json:
        edits = self._edits(_required(key))
        edits.check_upload(ref, resource_id)
        upload = call.upload()
        if upload is None:
            raise PortalRefusalError(400, "Missing file parameter: multipart/form-data with a file is due.")
        return {**edits.upload(ref, resource_id, upload), "success": True}

    def _edits(self, key: ApiKey) -> Edits:
        return Edits(self._store, key, self._files, self._site, self._allow_local)

    def _latest(self, call: Call, resource_id: str) -> Answer:
        _allow(call, "GET")
        with self._store.publications() as view:
            holder = view.find_resource(resource_id.lower())
        if holder is None or holder.private:
            raise PortalRefusalError(404, "The requested resource was not found.")
        return Answer(302, None, str(reading.find_resource(holder, resource_id)["url"]))


_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _allow(call: Call, *methods: str) -> str:
    """The call's method, where it is one of those; HEAD is a GET."""
    method = "GET" if call.method == "HEAD" else call.method
    if method not in methods:
        raise PortalRefusalError(
            405, f"The method is not allowed for the requested URL; allowed: {', '.join(methods)}."
        )
    return method


def _required(key: ApiKey | None) -> ApiKey:
    if key is None:
        raise PortalRefusalError(401, "Unauthorized: an API key is required in the header X-API-KEY.")
    return key


def _writer(key: ApiKey | None) -> ApiKey:
    key = _required(key)
    if not key.may_change(key.number):
        raise PortalRefusalError(403, FORBIDDEN)
    return key
