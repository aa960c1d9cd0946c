"""What else a record says, for people: names instead of keys, lines instead of JSON where that loses nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dcip_server.entities import Json
from dcip_server.web.markup import web_link

#: What a page shows by itself.
_SHOWN = frozenset(
    (
        "id", "title", "license", "resources", "author", "maintainer", "tags", "spatial", "temporal", "version",
        "metadata_modified", "metadata_created", "description", "translations", "in_series", "serves_dataset", "entity_type",
        "license_id", "license_title", "license_url",
    )
)  # fmt: skip
#: What people call a record's keys; others are shown as they are.
_NAMES = {
    "access_rights": "Access rights", "authors": "Authors", "conforms_to": "Conforms to", "contact_point": "Contact", "email": "E-mail",
    "endpoint_description": "Description of the endpoint", "endpoint_url": "Endpoint", "frequency": "Update frequency",
    "issued": "Published", "landing_page": "Landing page", "language": "Language", "languages": "Languages",
    "modified": "Data modified", "name": "Name", "places": "Places", "publisher": "Publisher", "publishers": "Publishers", "rights": "Rights",
    "themes": "Themes",
    "url": "Address", "version_notes": "What is new",
}  # fmt: skip
_MOST_LINES = 50
_MAIL = re.compile(r"(mailto:)?([^\s@<>\"?&]+@[^\s@<>\"?&]+\.[^\s@<>\"?&]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A value by itself: its text, where it leads to if anywhere, and in an object the key that it stands under."""

    text: str
    link: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Further:
    """A key of the record: plain values as ``lines``, of which ``more`` are left out, anything else as ``json``."""

    name: str
    lines: tuple[Line, ...] = ()
    more: int = 0
    json: str = ""


def further(value: Mapping[str, Json]) -> list[Further]:
    """The record's keys that its page does not show elsewhere, in their order."""
    return [_further(_NAMES.get(key, key), item) for key, item in value.items() if key not in _SHOWN]


def _further(name: str, item: Json) -> Further:
    items = item if isinstance(item, list) else [item]
    if all(not isinstance(part, list | dict) for part in items):
        lines = [_line(part) for part in items]
    elif len(items) == 1 and isinstance(items[0], dict) and _is_plain(items[0]):
        lines = [_line(part, _NAMES.get(key) or key) for key, part in items[0].items()]
    else:
        return Further(name, json=json.dumps(item, ensure_ascii=False, indent=1))
    return Further(name, tuple(lines[:_MOST_LINES]), max(0, len(lines) - _MOST_LINES))


def _is_plain(value: Mapping[str, Json]) -> bool:
    return all(not isinstance(part, list | dict) for part in value.values())


def _line(value: Json, name: str = "") -> Line:
    text = value if isinstance(value, str) else json.dumps(value)
    if mail := _MAIL.fullmatch(text[:300]):
        return Line(mail[2], f"mailto:{mail[2]}", name)
    return Line(text, web_link(text), name)
