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
from dcip_server.formats.dates import read_date, read_time
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
_MAIL = re.compile(rf"(?!\.|.*\.\.)[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_MAIL_LABEL}(?:\.{_MAIL_LABEL})*")
_MAILS = ("author_email", "maintainer_email")
#: What a package says of others, or to the CKAN it comes from, is not so at another one, which looks for what it names.
_SAID_ELSEWHERE = ("relationships_as_object", "relationships_as_subject", "plugin_data", "tag_string")
_LONGEST_VERSION = 100
_LONGEST_TAG = 100
_NOT_IN_TAGS = re.compile(r"[^\w .-]+")
#: The form of a resource's and an extra's id that CKAN asks for since 2.12, and that those before it take, too.
_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
#: The size of a resource is a number of eight bytes in CKAN's database.
_LARGEST_SIZE = 2**63 - 1
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
    moved |= {key: package[key] for key in _SAID_ELSEWHERE if package.get(key)}
    said = [tag["name"] for tag in package["tags"]]
    tags = list({name: _fit_tag(tag, name) for tag in package["tags"] if (name := fit_tag(tag["name"]))}.values())
    if [tag["name"] for tag in tags] != said:
        moved["tags"] = said
    resources = [_fit_resource(resource, package["metadata_created"]) for resource in package["resources"]]
    extras = _fit_extras(package["extras"], moved)
    left = {key: item for key, item in package.items() if key not in _SAID_ELSEWHERE or key not in moved}
    without = dict.fromkeys(key for key in moved if key in left)
    return left | without | {"tags": tags, "resources": resources, "extras": extras}


def fit_tag(text: str) -> str:
    """A name of 2 to 100 letters, digits, blanks and ``_ . -``; empty where nothing of the text is left."""
    name = " ".join(_NOT_IN_TAGS.sub(" ", text).split())[:_LONGEST_TAG].strip()
    return name + "_" if len(name) == 1 else name


def _fit_tag(tag: Mapping[str, Json], name: str) -> dict[str, Json]:
    """The tag by that name. A ``vocabulary_id`` is one of its source's, and CKAN looks for it among its own."""
    return {f"source_{key}" if key == "vocabulary_id" and item else key: item for key, item in tag.items()} | {
        "name": name
    }


def _fit_resource(resource: dict[str, Any], created: str) -> dict[str, Any]:
    """The resource in the same sense; one whose ``created`` cannot be read was ``created`` with its package, as udata asks for a time."""
    changed: dict[str, Json] = {}
    if not (isinstance(resource["id"], str) and _UUID.fullmatch(resource["id"])):
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
    if isinstance(size, str):
        size = int(size) if len(size) < 40 and size.strip().isdecimal() else None
    is_number = isinstance(size, int | float) and not isinstance(size, bool)
    return is_number and size % 1 == 0 and 0 <= size <= _LARGEST_SIZE


def fit_time(given: Json) -> str | None:
    """A day, or a time in UTC without a zone, as CKAN writes them; ``None`` for what is less or cannot be read."""
    if isinstance(given, str) and _NAIVE.fullmatch(given) and read_date(given) == given:
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
        members.setdefault(key, _fit_id(extra))
    for key, item in {**moved, **({"extras": strangers} if strangers else {})}.items():
        values = found.setdefault(f"source_{key}", [])
        if (value := _text(item)) not in values:
            values.append(value)
    return [
        {**members.get(key, {}), "key": key, "value": values[0] if len(values) == 1 else _text([*values])}
        for key, values in found.items()
    ]


def _fit_id(extra: Mapping[str, Json]) -> dict[str, Json]:
    """The extra; an ``id`` that is none in CKAN stands in it as ``source_id``."""
    is_fit = isinstance(id := extra.get("id"), str) and _UUID.fullmatch(id)
    return {"source_id" if key == "id" and not is_fit else key: item for key, item in extra.items()}


def _text(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
