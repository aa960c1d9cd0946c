"""What a CKAN takes of a package that a harvester brings, as its validators judge it.

One field that they refuse, and the whole package is lost to that harvester. So what does not fit is written in another
form or place: under its own key with ``source_`` in front, among the extras or in the resource.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from dcip_server.entities import Json
from dcip_server.formats import mapping
from dcip_server.formats.dates import read_time
from dcip_server.formats.rdf.terms import iri, iri_text

#: The keys of a package, which no extra may have.
_ROOT_KEYS = frozenset(
    ("id", "name", "title", "author", "author_email", "maintainer", "maintainer_email", "license_id", "license_title",
     "license_url", "notes", "url", "version", "state", "type", "owner_org", "organization", "private", "isopen", "resources",
     "tags", "tag_string", "extras", "groups", "relationships_as_object", "relationships_as_subject", "metadata_created",
     "metadata_modified", "plugin_data", "log_message", "save", "return_to", "num_resources", "num_tags", "creator_user_id",
     "revision_id", "__extras", "__junk", "__before")
)  # fmt: skip
_MAIL_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_MAIL_LABEL}(?:\.{_MAIL_LABEL})*")
_MAILS = ("author_email", "maintainer_email")
_LONGEST_VERSION = 100
_LONGEST_TAG = 100
_NOT_IN_TAGS = re.compile(r"[^\w .-]+")
_RESOURCE_ID = re.compile("[A-Za-z0-9 _-]{7,100}")
_RESOURCE_TIMES = ("created", "last_modified", "cache_last_updated", "webstore_last_updated")
#: A day, or a time of a day without a zone.
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{6})?)?")


def fit(package: dict[str, Any]) -> dict[str, Any]:
    """The package with what CKAN would refuse in another form or place. Its tags are objects with a ``name``."""
    moved: dict[str, Json] = {}
    for key in _MAILS:
        if package[key] and not (isinstance(package[key], str) and _MAIL.fullmatch(package[key])):
            moved[key] = package[key]
    if package["version"] and len(str(package["version"])) > _LONGEST_VERSION:
        moved["version"] = package["version"]
    said = [tag["name"] for tag in package["tags"]]
    tags = list({name: {**tag, "name": name} for tag in package["tags"] if (name := fit_tag(tag["name"]))}.values())
    if [tag["name"] for tag in tags] != said:
        moved["tags"] = said
    resources = [_fit_resource(resource, package["metadata_created"]) for resource in package["resources"]]
    extras = _fit_extras(package["extras"], moved)
    return package | dict.fromkeys(moved) | {"tags": tags, "resources": resources, "extras": extras}


def fit_tag(text: str) -> str:
    """A name of 2 to 100 letters, digits, blanks and ``_ . -``; empty where nothing of the text is left."""
    name = " ".join(_NOT_IN_TAGS.sub(" ", text).split())[:_LONGEST_TAG].strip()
    return name + "_" if len(name) == 1 else name


def _fit_resource(resource: dict[str, Any], created: str) -> dict[str, Any]:
    """The resource in the same sense; one whose ``created`` cannot be read was ``created`` with its package, as udata asks for a time."""
    changed: dict[str, Json] = {}
    if not (isinstance(resource["id"], str) and _RESOURCE_ID.fullmatch(resource["id"])):
        changed["id"] = str(uuid5(NAMESPACE_URL, f"{resource['package_id']}\0{resource['id']}"))
    for key in _RESOURCE_TIMES:
        if resource.get(key) and (time := fit_time(resource[key])) != resource[key]:
            changed[key] = time
    if isinstance(resource["url"], str):
        # What no URL may hold is percent-encoded, which leads to the same file.
        changed["url"] = iri_text(iri(resource["url"].strip()))
    if resource["size"] is not None and not _is_whole(resource["size"]):
        changed["size"] = None
    # A time in another spelling is the same time.
    kept = {f"source_{key}": resource[key] for key, now in changed.items() if now is None or key == "id"}
    if not changed.get("created", resource["created"]):
        changed["created"] = created
    return {**kept, **resource, **changed}


def _is_whole(size: Json) -> bool:
    return str(size).strip().isdecimal() or (isinstance(size, float) and size.is_integer())


def fit_time(given: Json) -> str | None:
    """A day, or a time in UTC without a zone, as CKAN writes them; ``None`` for what is less or cannot be read."""
    if isinstance(given, str) and _NAIVE.fullmatch(given):
        return given
    time = read_time(given) if isinstance(given, str) else None
    if time is None or not time.endswith("Z"):
        return time if time and _NAIVE.fullmatch(time) else None
    seconds, _, fraction = time.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction[:6]:0<6}"


def _fit_extras(extras: Iterable[Json], moved: Mapping[str, Json]) -> list[Json]:
    """Each key once, none of a package's own; every value is text.

    Clients read ``spatial`` as GeoJSON and give the package up where it is something else; ``spatial-text`` is theirs for names.
    """
    found: dict[str, list[str]] = {}
    members: dict[str, Mapping[str, Json]] = {}
    strangers = []
    for extra in extras:
        if not isinstance(extra, dict) or not isinstance(key := extra.get("key"), str) or not key.strip():
            strangers.append(extra)
            continue
        key = f"source_{key}" if key in _ROOT_KEYS else key
        if key == "spatial" and extra.get("value") and mapping.GEOJSON.read(extra["value"]) is None:
            key = "spatial-text"
        values = found.setdefault(key, [])
        if (value := _text(extra.get("value"))) not in values:
            values.append(value)
        members.setdefault(key, extra)
    for key, item in {**moved, **({"extras": strangers} if strangers else {})}.items():
        values = found.setdefault(f"source_{key}", [])
        if (value := _text(item)) not in values:
            values.append(value)
    return [
        {**members.get(key, {}), "key": key, "value": values[0] if len(values) == 1 else _text([*values])}
        for key, values in found.items()
    ]


def _text(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
