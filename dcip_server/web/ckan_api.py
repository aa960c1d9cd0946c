"""The calls of CKAN's action API that harvesters make, read-only: ``/api/3/action/package_search`` and others.

What a call cannot honour it refuses in CKAN's own shape of an error: an empty answer would mean
that there is nothing, or that nothing has changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request
from flask_cors import CORS

from dcip_server import __version__
from dcip_server.entities import Json
from dcip_server.errors import NotFoundError, RequestError
from dcip_server.formats.ckan_package import groups_of, key_in, name_of, organization_of, render_package
from dcip_server.formats.feeds import PACKAGE_NAMES
from dcip_server.store import FileSlice, StoredDataset
from dcip_server.store.packages import Every, Has
from dcip_server.web.ckan_query import parse_query, parse_sort
from dcip_server.web.feeds import send_file
from dcip_server.web.ordinary_http import say_when_modified
from dcip_server.web.site import settings, site_url, store

_MOST_ROWS = 1000
_ROWS = 10
#: As many organizations and groups as CKAN gives with all that is known of them.
_MOST_DESCRIBED = 25
_MOST_BODY_BYTES = 1 << 16

blueprint = Blueprint("ckan_api", __name__)
CORS(blueprint, send_wildcard=True)


@blueprint.route("/api/3/action/<action>", methods=["GET", "POST"])
@blueprint.route("/api/action/<action>", methods=["GET", "POST"])
@blueprint.route("/api/3/action/<action>/", methods=["GET", "POST"])
@blueprint.route("/api/action/<action>/", methods=["GET", "POST"])
def call(action: str) -> Response:
    """Answer one action; with CKAN's envelope in every case. Some clients send parameters as a JSON object by POST."""
    try:
        if action not in _ACTIONS:
            raise RequestError(f"Action name not known: {action}; there are: {', '.join(_ACTIONS)}")
        allowed, act = _ACTIONS[action]
        given = _given()
        for name, value in list(given.items()):
            if name in _WITHOUT_EFFECT and value.lower() in _WITHOUT_EFFECT[name]:
                del given[name]
            elif name not in allowed:
                raise RequestError(
                    f"{name!r} is no parameter of {action} here; there are: {', '.join(allowed) or 'none'}"
                )
        result = act(given)
    except NotFoundError as error:
        return _answer(404, {"success": False, "error": {"__type": "Not Found Error", "message": str(error)}})
    except RequestError as error:
        return _answer(400, {"success": False, "error": {"__type": "Validation Error", "message": str(error)}})
    if isinstance(result, FileSlice):
        return send_file(result, _CONTENT_TYPE)
    answer = _answer(200, {"success": True, "result": result})
    return say_when_modified(answer, store().state().modified)


_CONTENT_TYPE = "application/json;charset=utf-8"
_FALSE = ("false", "0", "no", "")
#: Parameters that clients send with what is so here in any case.
_WITHOUT_EFFECT = {
    "facet": _FALSE, "include_private": _FALSE, "include_drafts": _FALSE, "include_deleted": _FALSE,
    "include_users": _FALSE, "include_tags": _FALSE, "include_groups": _FALSE, "include_followers": _FALSE,
    "include_dataset_count": ("true", "1", "yes"), "include_extras": ("true", "1", "yes", *_FALSE),
    "use_default_schema": ("true", "1", "yes", *_FALSE), "include_tracking": _FALSE, "type": ("organization", "group"),
}  # fmt: skip


def _given() -> dict[str, str]:
    """The parameters: of the query, or of the body's JSON object or form."""
    given: dict[str, Any] = request.args.to_dict()
    if request.method == "POST":
        if (request.content_length or 0) > _MOST_BODY_BYTES:
            raise RequestError(f"the body is longer than {_MOST_BODY_BYTES} bytes")
        if request.form:
            given |= request.form.to_dict()
        elif data := request.get_data():
            try:
                body = json.loads(data)
            except (ValueError, RecursionError):
                body = None
            if not isinstance(body, dict):
                raise RequestError("the body is no JSON object")
            given |= body
    for name, value in given.items():
        if not isinstance(value, str | int | float | bool | None):
            raise RequestError(f"{name}: a text or a number is due")
    return {name: str(value) for name, value in given.items() if value is not None}


def _answer(status: int, value: dict[str, Json]) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status=status, content_type=_CONTENT_TYPE)


def _package(found: StoredDataset) -> dict[str, Json]:
    name = name_of(found.id, found.portal_id)
    return render_package(json.loads(found.body), name, found.modified, found.created, found.revision)


def _package_list(given: Mapping[str, str]) -> FileSlice:
    limit, offset = _count(given, "limit", -1), _count(given, "offset", 0)
    if limit < 0 and not offset:
        return store().feed(PACKAGE_NAMES)
    return store().feed_part(PACKAGE_NAMES, None, offset, None if limit < 0 else limit)


def _find(id: str) -> StoredDataset | None:
    """The dataset with that id or name."""
    found = store().find_dataset(id, key_in(id))
    return found if found and id in (found.id, name_of(found.id, found.portal_id)) else None


def _find_id(name: str) -> str | None:
    found = _find(name)
    return found.id if found else None


def _package_show(given: Mapping[str, str]) -> Json:
    found = _find(_id(given))
    if found is None:
        raise NotFoundError("Not found")
    return _package(found)


def _id(given: Mapping[str, str]) -> str:
    if not given.get("id"):
        raise RequestError("id: Missing value")
    return given["id"]


def _package_search(given: Mapping[str, str]) -> Json:
    wanted = [parse_query(name, given[name], _find_id) for name in ("q", "fq") if given.get(name)]
    order = parse_sort(
        given.get("sort") or ("score desc, metadata_modified desc" if given.get("q") else "metadata_created asc")
    )
    limit, offset = min(_count(given, "rows", _ROWS), _MOST_ROWS), _count(given, "start", 0)
    wanted = [part for part in wanted if part != Every()]
    found, total = store().packages(Every(tuple(wanted)), order, limit, offset)
    return {"count": total, "sort": given.get("sort", ""), "facets": {}, "search_facets": {},
            "results": [_package(dataset) for dataset in found]}  # fmt: skip


def _packages(given: Mapping[str, str]) -> Json:
    limit = min(_count(given, "limit", _MOST_ROWS), _MOST_ROWS)
    found, _ = store().packages(Every(), [("modified", True)], limit, _count(given, "offset", 0))
    return [_package(dataset) for dataset in found]


def _list_of(kind: str) -> Callable[[Mapping[str, str]], Json]:
    """``organization_list`` and ``group_list``: names by the alphabet, or with ``all_fields`` what is known of some."""

    def act(given: Mapping[str, str]) -> Json:
        counts = store().memberships()[kind]
        described = given.get("all_fields", "").lower() not in _FALSE
        sort = given.get("sort", "name asc").lower()
        if sort.partition(" ")[0] not in ("name", "title", "package_count", "packages"):
            raise RequestError(f"sort={sort!r}: name or package_count with asc or desc is due")
        names = sorted(counts)
        if sort.startswith("package"):
            names.sort(key=lambda name: counts[name])
        if sort.endswith(" desc"):
            names.reverse()
        offset = _count(given, "offset", 0)
        limit = _count(given, "limit", _MOST_DESCRIBED if described else len(names))
        if not described:
            return names[offset : offset + limit]
        names = names[offset : offset + min(limit, _MOST_DESCRIBED)]
        return [_described(kind, name, counts[name]) for name in names]

    return act


def _show(kind: str) -> Callable[[Mapping[str, str]], Json]:
    """``organization_show`` and ``group_show``, by name or id."""

    def act(given: Mapping[str, str]) -> Json:
        id = _id(given)
        found, total = store().packages(Has(kind, id), [("created", False)], 1, 0)
        if not found:
            raise NotFoundError("Not found")
        shown = _described(kind, id, total)
        if given.get("include_datasets", "").lower() not in _FALSE:
            members, _ = store().packages(Has(kind, id), [("id", False)], _MOST_ROWS, 0)
            shown["packages"] = [_package(dataset) for dataset in members]
        return shown

    return act


def _described(kind: str, id: str, count: int) -> dict[str, Json]:
    """What one of its packages says of an organization or a group."""
    found, _ = store().packages(Has(kind, id), [("created", False)], 1, 0)
    value = json.loads(found[0].body) if found else {}
    candidates = [organization_of(value)] if kind == "organization" else groups_of(value)
    said = next(
        (item for item in candidates if item and id in (item["id"], item["name"])), {"id": id, "name": id, "title": id}
    )
    return {
        "display_name": said["title"], "description": "", "image_url": "", "type": kind, "state": "active",
        "is_organization": kind == "organization", "approval_status": "approved", "extras": [], "tags": [],
        "users": [], "groups": [], **said, "package_count": count,
    }  # fmt: skip


def _count(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RequestError(f"{name}={text!r}: a whole number is due")
    return int(text)


def _status(given: Mapping[str, str]) -> Json:
    catalog = settings().catalog
    return {"site_title": catalog.title, "site_description": catalog.description, "site_url": site_url(),
            "version": __version__, "error_emails_to": None, "locale_default": "en", "extensions": []}  # fmt: skip


#: Action, the parameters that it knows, and what gives its result.
_ACTIONS: dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, str]], Any]]] = {
    "package_list": (("limit", "offset"), _package_list),
    "package_show": (("id",), _package_show),
    "package_search": (("q", "fq", "sort", "rows", "start"), _package_search),
    "organization_list": (("all_fields", "sort", "limit", "offset"), _list_of("organization")),
    "organization_show": (("id", "include_datasets"), _show("organization")),
    "group_list": (("all_fields", "sort", "limit", "offset"), _list_of("group")),
    "group_show": (("id", "include_datasets"), _show("group")),
    "current_package_list_with_resources": (("limit", "offset"), _packages),
    "site_read": ((), lambda _: True),
    "status_show": ((), _status),
}
