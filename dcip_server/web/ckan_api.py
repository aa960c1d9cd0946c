"""The calls of CKAN's action API that harvesters make, read-only: ``/api/3/action/package_search`` and others.

What a call cannot honour it refuses in CKAN's own shape of an error: an empty answer would mean
that there is nothing, or that nothing has changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from flask import Blueprint, Response, request
from flask_cors import CORS

from dcip_server import __version__
from dcip_server.entities import Json
from dcip_server.errors import NotFoundError, RequestError
from dcip_server.formats.ckan_package import key_in, name_of, render_package
from dcip_server.store import StoredDataset
from dcip_server.web.site import settings, site_url, store

_MOST_ROWS = 1000
_ROWS = 10
_SORTS = {
    "id": "id",
    "name": "id",
    "metadata_modified": "metadata_modified",
    "metadata_created": "created",
    "title": "title",
}
_RANGE = re.compile(r'metadata_modified:\[\s*"?([^\s"\]]+)"?\s+TO\s+"?([^\s"\]]+)"?\s*\]')
_TAG = re.compile(r'\+?tags:(?:"([^"]+)"|([^\s"()*?]+))')

blueprint = Blueprint("ckan_api", __name__)
CORS(blueprint, send_wildcard=True)


@blueprint.get("/api/3/action/<action>")
@blueprint.get("/api/action/<action>")
@blueprint.get("/api/3/action/<action>/")
@blueprint.get("/api/action/<action>/")
def call(action: str) -> Response:
    """Answer one action; with CKAN's envelope in every case."""
    try:
        if action not in _ACTIONS:
            raise RequestError(f"Action name not known: {action}; there are: {', '.join(_ACTIONS)}")
        allowed, act = _ACTIONS[action]
        given = request.args.to_dict()
        for name in given:
            if name not in allowed:
                raise RequestError(
                    f"{name!r} is no parameter of {action} here; there are: {', '.join(allowed) or 'none'}"
                )
        result = act(given)
    except NotFoundError as error:
        return _answer(404, {"success": False, "error": {"__type": "Not Found Error", "message": str(error)}})
    except RequestError as error:
        return _answer(400, {"success": False, "error": {"__type": "Validation Error", "message": str(error)}})
    return _answer(200, {"success": True, "result": result})


def _answer(status: int, value: dict[str, Json]) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status=status, content_type="application/json;charset=utf-8")


def _package(found: StoredDataset) -> dict[str, Json]:
    return render_package(json.loads(found.body), name_of(found.id, found.portal_id), found.modified, found.created)


def _package_list(given: Mapping[str, str]) -> Json:
    limit = _count(given, "limit", -1)
    return [name_of(*row) for row in store().dataset_ids(None if limit < 0 else limit, _count(given, "offset", 0))]


def _package_show(given: Mapping[str, str]) -> Json:
    id = given.get("id", "")
    if not id:
        raise RequestError("id: Missing value")
    found = store().find_dataset(id, key_in(id))
    if found is None or id not in (found.id, name_of(found.id, found.portal_id)):
        raise NotFoundError("Not found")
    return _package(found)


def _package_search(given: Mapping[str, str]) -> Json:
    if given.get("q", "") not in ("", "*:*"):
        raise RequestError(f"q={given['q']!r}: words are not searched for here; {site_url()}/search.json does that")
    column, _, direction = given.get("sort", "metadata_created asc").strip().lower().partition(" ")
    if column not in _SORTS or direction.strip() not in ("", "asc", "desc"):
        raise RequestError(f"sort={given['sort']!r}: one of {', '.join(_SORTS)} with asc or desc is due")
    order = ("-" if direction.strip() == "desc" else "") + _SORTS[column]
    limit, offset = min(_count(given, "rows", _ROWS), _MOST_ROWS), _count(given, "start", 0)
    found, total = store().datasets(_filters(given.get("fq", "")), order, limit, offset)
    return {"count": total, "sort": given.get("sort", ""), "facets": {}, "search_facets": {},
            "results": [_package(dataset) for dataset in found]}  # fmt: skip


def _packages(given: Mapping[str, str]) -> Json:
    limit = min(_count(given, "limit", _MOST_ROWS), _MOST_ROWS)
    found, _ = store().datasets({}, "-metadata_modified", limit, _count(given, "offset", 0))
    return [_package(dataset) for dataset in found]


def _filters(text: str) -> dict[str, str]:
    """Read ``fq``: a span of ``metadata_modified`` and one tag. Raises :class:`RequestError` for all else."""
    wanted: dict[str, str] = {}
    rest = text
    if match := _RANGE.search(rest):
        for name, moment in (("from", match[1]), ("to", match[2])):
            if moment != "*":
                wanted[name] = _moment(moment)
        rest = rest[: match.start()] + rest[match.end() :]
    if match := _TAG.search(rest):
        wanted["tag"] = match[1] or match[2]
        rest = rest[: match.start()] + rest[match.end() :]
    if (
        left := rest.replace("+dataset_type:dataset", "").replace("dataset_type:dataset", "").strip()
    ) and left != "AND":
        raise RequestError(
            f"fq={left!r}: only metadata_modified:[… TO …], tags:… and dataset_type:dataset are understood"
        )
    return wanted


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise RequestError(f"fq: {text!r}: an ISO 8601 date or time, or *, is due") from None
    # The catalog's times are whole seconds.
    return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + "Z"


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
_ACTIONS: dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, str]], Json]]] = {
    "package_list": (("limit", "offset"), _package_list),
    "package_show": (("id",), _package_show),
    "package_search": (("q", "fq", "sort", "rows", "start"), _package_search),
    "current_package_list_with_resources": (("limit", "offset"), _packages),
    "site_read": ((), lambda _: True),
    "status_show": ((), _status),
}
