"""Records as CKAN's action API gives packages: what harvesters of CKAN catalogs read.

The tables of :mod:`dcip_server.formats.ckan` backwards. What a package said that no row holds comes
out under its own key again; what our record says and CKAN has no field for stands in the extras.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from unicodedata import combining, normalize
from uuid import NAMESPACE_URL, uuid5

from dcip_server.entities import Json
from dcip_server.formats import ckan, mapping
from dcip_server.formats.ckan_schema import fit
from dcip_server.formats.licenses import further_keys

#: One address, without ``mailto:``.
EMAIL = re.compile(r"[^\s@<>,;:]+@[^\s@<>,;:]+\.[^\s@<>,;:]+")
#: Three that CKAN keeps for itself are none.
_NAME = re.compile(r"(?!(?:new|edit|search)$)[a-z0-9_-]{2,100}")
_RESOURCE_TYPES = frozenset(("file", "file.upload", "api", "documentation", "image", "visualization"))
#: Keys that are the same in CKAN and here.
_LICENSE_KEYS = ("license_title", "license_url")
#: Our keys that have a place of their own in a package; all others go into the extras.
_PLACED = frozenset(
    ("id", "title", "resources", "tags", "ckan", "name", *_LICENSE_KEYS, *(row.key for row in ckan.DATASET_ROWS))
)
#: What an organization and a group are known by.
_NAMES = ("name", "id", "title")
#: CKAN's keys that clients expect to be present, null where nothing is known.
_PRESENT = ("notes", "url", "author", "author_email", "maintainer", "maintainer_email", "version",
            "organization", "owner_org")  # fmt: skip


def name_of(id: str, key: str) -> str:
    """The package's unique name, which depends on the id alone; ``key`` is the record's, 24 hex digits.

    An id that CKAN takes for a name is the name; of any other one, the key at the end sees to it that it is unique.
    """
    if _NAME.fullmatch(id):
        return id
    plain = "".join(character for character in normalize("NFKD", id) if not combining(character))
    slug = re.sub("[^a-z0-9_]+", "-", plain.lower()).strip("-")[:70]
    return f"{slug}-{key}" if slug else key


def key_in(name: str) -> str | None:
    """The record's key at the end of a name that :func:`name_of` made, if there is one."""
    found = re.search("(?:^|-)([0-9a-f]{24})$", name)
    return found[1] if found else None


def render_package(value: Mapping[str, Json], name: str, modified: str, created: str, revision: int) -> dict[str, Json]:
    """The package for a record in the draft's JSON.

    ``modified`` and ``created`` are the catalog's own times (UTC), so that a client that compares them with
    those of its last visit misses no change; a source's own time stands in the extras. ``revision`` is the record's latest,
    which tells changes of one second apart.
    """
    package: dict[str, Json] = {**dict.fromkeys(_PRESENT), **_said_to_ckan(value)}
    package |= mapping.give(value, ckan.DATASET_ROWS)
    known = further_keys(value["license"])
    for key in _LICENSE_KEYS:
        package[key] = package.get(key) or value.get(key) or known.get(key)
    package |= {
        "id": str(value["id"]),
        "name": name,
        "title": value["title"],
        "type": "dataset",
        "state": "active",
        "private": False,
        "metadata_modified": _naive(modified, revision % _MICROSECONDS + 1),
        "metadata_created": _naive(created),
        "tags": _tags(package.get("tags"), value.get("tags", [])),
        "resources": [
            _resource(resource, str(value["id"]), number, created) for number, resource in enumerate(value["resources"])
        ],
        "extras": _extras(package.get("extras"), value, {"metadata_modified": modified, "metadata_created": created}),
    }
    package["organization"] = organization = organization_of(value)
    package["owner_org"] = package["owner_org"] or (organization or {}).get("id")
    groups = package.get("groups", [])
    if isinstance(groups, list):
        package["groups"] = [_with_fit_name(group) if isinstance(group, dict) else group for group in groups]
    return fit(package)


def organization_of(value: Mapping[str, Json]) -> dict[str, Json] | None:
    """The organization of a record in the draft's JSON: what a package of CKAN says, else the publisher of another source."""
    if said := _said_to_ckan(value):
        given = said.get("organization")
        owner = said.get("owner_org")
        return _named(given if isinstance(given, dict) else {"id": owner})
    publisher = value.get("maintainer")
    return {**_as_organization(publisher)} if isinstance(publisher, str) else None


# Remembered, since publishers recur from record to record.
@lru_cache(maxsize=2048)
def _as_organization(publisher: str) -> Mapping[str, Json]:
    id = str(uuid5(NAMESPACE_URL, f"organization:{publisher}"))
    own = {"name": _fit_name(publisher), "id": id, "title": publisher}
    return {**own, "type": "organization", "is_organization": True, "approval_status": "approved", "state": "active"}


def _fit_name(text: str) -> str:
    return name_of(text, sha256(text.encode()).hexdigest()[:8])


def groups_of(value: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The groups that a package of CKAN is in."""
    given = _said_to_ckan(value).get("groups")
    found = [
        _named({"name": group} if isinstance(group, str) else group)
        for group in (given if isinstance(given, list) else [])
        if isinstance(group, str | dict)
    ]
    return [group for group in found if group]


def publisher_of(value: Mapping[str, Json]) -> str | None:
    """Who publishes a record that names no publisher: the title of its organization in CKAN."""
    given = _said_to_ckan(value).get("organization")
    title = given.get("title") if isinstance(given, dict) else None
    return title if isinstance(title, str) and title.strip() else None


def contact_of(value: Mapping[str, Json]) -> tuple[str | None, str] | None:
    """Name, if there is one, and address of whom CKAN has for questions: its maintainer's, else its author's."""
    said = _said_to_ckan(value)
    for role in ("maintainer", "author"):
        address = said.get(f"{role}_email")
        if isinstance(address, str) and EMAIL.fullmatch(address.strip()):
            name = value.get(role)
            return name if isinstance(name, str) and name.strip() else None, address.strip()
    return None


def _named(given: dict[str, Json]) -> dict[str, Json] | None:
    """An organization or a group with an id, a name and a title, if it has one of them."""
    texts = [text for key in _NAMES if isinstance(text := given.get(key), str) and text]
    if not texts:
        return None
    stated = {key: item for key, item in given.items() if key not in _NAMES or (isinstance(item, str) and item)}
    return _with_fit_name({**dict.fromkeys(_NAMES, texts[0]), **stated})


def _with_fit_name(group: dict[str, Json]) -> dict[str, Json]:
    """An organization or a group; a name that no CKAN could create it by, such as a path, is ``source_name``."""
    name = group.get("name")
    if not isinstance(name, str) or _NAME.fullmatch(name):
        return group
    return {**group, "name": _fit_name(name), "source_name": name}


def _said_to_ckan(value: Mapping[str, Json]) -> dict[str, Json]:
    """What only CKAN has a place for."""
    given = value.get("ckan")
    return given if isinstance(given, dict) else {}


def _naive(time: str, microseconds: int = 0) -> str:
    """CKAN's way to write a time in UTC: no zone, six digits of a second."""
    return f"{time.removesuffix('Z')}.{microseconds:06}"


#: None of a whole second: a CKAN that stores one writes it without them, and takes the same time of ours for a later one.
_MICROSECONDS = 999_999


def _tags(given: Json, tags: list[str]) -> list[Json]:
    if isinstance(given, list) and all(isinstance(tag, dict) and isinstance(tag.get("name"), str) for tag in given):
        return [{**_tag(tag["name"]), **tag} for tag in given]
    return [_tag(tag) for tag in tags]


def _tag(name: str) -> dict[str, Json]:
    return {"id": str(uuid5(NAMESPACE_URL, f"tag:{name}")), "name": name, "display_name": name}


def _resource(value: Mapping[str, Json], dataset: str, position: int, created: str) -> dict[str, Json]:
    resource: dict[str, Json] = {"description": None, "mimetype": None, "size": None, "last_modified": None}
    resource |= _said_to_ckan(value)
    placed = {row.key for row in ckan.RESOURCE_ROWS} | {"ckan"}
    resource |= {key: item for key, item in value.items() if key not in placed and key not in resource}
    resource |= mapping.give(value, ckan.RESOURCE_ROWS)
    if resource.get("resource_type") not in _RESOURCE_TYPES:
        resource["resource_type"] = "file"
    # The id of a resource is the one that its source gave, else one that stays while its place stays.
    resource.setdefault("id", str(uuid5(NAMESPACE_URL, f"{dataset}\0{position}")))
    resource.setdefault("name", value.get("name"))
    resource.setdefault("format", "")
    resource.setdefault("hash", "")
    resource.setdefault("created", _naive(created))
    return resource | {"package_id": dataset, "position": position, "state": "active"}


def _extras(given: Json, value: Mapping[str, Json], own: Mapping[str, str]) -> list[Json]:
    if isinstance(given, dict):
        given = [{"key": key, "value": item} for key, item in given.items()]
    extras: list[Json] = list(given) if isinstance(given, list) else []
    taken = {extra.get("key") for extra in extras if isinstance(extra, dict)}
    further = {key: item for key, item in value.items() if key not in _PLACED}
    further |= {f"source_{key}": value[key] for key in own if value[key] != own[key]}
    if "name" in value:
        further["source_name"] = value["name"]
    if "license_id" in further:
        # The package's own is as its source has it, which is what its readers compare with the ids and addresses that they know.
        further["known_license_id"] = further.pop("license_id")
    extras += [{"key": key, "value": item} for key, item in further.items() if key not in taken]
    return extras
