"""Why a CKAN would refuse a package that its harvester brings: what its schema for new packages asks, retold from CKAN 2.12."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

_SCHEMA_KEYS = {
    "id", "name", "title", "author", "author_email", "maintainer", "maintainer_email", "license_id", "notes", "url",
    "version", "state", "type", "owner_org", "private", "resources", "tags", "tag_string", "extras", "groups", "save",
    "return_to", "relationships_as_object", "relationships_as_subject", "log_message", "metadata_created",
    "metadata_modified", "plugin_data",
}  # fmt: skip
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_UUID = "[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_BARE_UUID = "0" * 8 + "-0000" * 3 + "-" + "0" * 12
_MAIL = re.compile(rf"(?!\.)(?!.*\.\.)[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(\.{_LABEL})*")


def refusals(package: dict[str, Any]) -> list[str]:
    """What is wrong with each field that is not taken."""
    return [*_of_fields(package), *_of_tags(package["tags"]), *_of_extras(package["extras"]), *_of_resources(package)]


def _of_fields(package: dict[str, Any]) -> Iterator[str]:
    if not re.fullmatch("[a-z0-9_-]{2,100}", package["name"]) or package["name"] in ("new", "edit", "search"):
        yield f"name {package['name']!r}"
    for key in ("author_email", "maintainer_email"):
        if package[key] and not _MAIL.fullmatch(package[key]):
            yield f"{key} {package[key]!r}"
    if len(package["version"] or "") > 100:
        yield "version"
    for key in ("relationships_as_subject", "relationships_as_object", "plugin_data", "tag_string"):
        if package.get(key):
            yield f"{key} {package[key]!r}"


def _of_tags(tags: list[dict[str, Any]]) -> Iterator[str]:
    for tag in tags:
        if not re.fullmatch(r"[\w .-]{2,100}", tag["name"]) or not tag["id"] or tag.get("vocabulary_id"):
            yield f"tag {tag!r}"


def _of_extras(extras: list[dict[str, Any]]) -> Iterator[str]:
    for key, count in Counter(extra["key"] for extra in extras).items():
        if count > 1 or not key or key in _SCHEMA_KEYS:
            yield f"extra {key!r}, {count} times"
    for extra in extras:
        if not isinstance(extra.get("value"), str) or not re.fullmatch(_UUID, extra.get("id", _BARE_UUID)):
            yield f"extra {extra!r}"


def _of_resources(package: dict[str, Any]) -> Iterator[str]:
    for resource in package["resources"]:
        if not re.fullmatch(_UUID, resource["id"]):
            yield f"resource id {resource['id']!r}"
        if re.search(r"\s", resource["url"]):
            yield f"url {resource['url']!r}"
        for key in ("created", "last_modified", "cache_last_updated", "webstore_last_updated"):
            if resource.get(key) and not _is_naive(resource[key]):
                yield f"{key} {resource[key]!r}"
        size = resource["size"]
        if size is not None and not (
            re.fullmatch(r"\s*[0-9]+(\.0)?\s*", str(size)) and int(str(size).strip().removesuffix(".0")) < 2**63
        ):
            yield f"size {resource['size']!r}"


def _is_naive(text: str) -> bool:
    """Whether CKAN reads the text as a time: it splits it at whatever is no digit."""
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False
