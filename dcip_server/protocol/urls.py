"""The endpoint's URLs, read and written (draft, "URL Structure").

``<endpoint>/<entity-name>/<by-entity-attribute>/<entity-id>.<format_extension>``

Paths are handled as text, not by a router's patterns: an id may hold anything, slashes, dots and
line breaks included, and comes back exactly as it went out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from dcip_server.errors import RequestError
from dcip_server.protocol.entity_types import ENTITY_TYPES, EntityType


class Format(Enum):
    """A format extension, with the Content-Type of its answers (draft, "Response Headers")."""

    JSON = ("json", "application/json; charset=utf8")
    N3 = ("dcat.N3", "text/n3; charset=utf8")

    def __init__(self, extension: str, content_type: str) -> None:
        self.extension = extension
        self.content_type = content_type


FORMATS: dict[str, Format] = {format.extension: format for format in Format}

_SUFFIXES = tuple((f".{format.extension}", format) for format in Format)

#: Content-Type of help texts, spelled as the draft spells it.
TEXT_CONTENT_TYPE = "text/plain; charset=utf8"


class Call(Enum):
    """The API calls of the draft, and our extensions in its URL pattern."""

    API_ROOT = "API help redirect"
    API_HELP = "API help"
    CATALOG = "catalog"
    ENTITY_ROOT = "entity help redirect, or list"
    ENTITY_HELP = "entity help"
    LIST = "list"
    READ = "read"
    SINCE = "changes since"
    LOOK_UP = "look-up by attribute"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the catalog is: public URLs of the site and of the endpoint, without trailing slash."""

    site: str
    endpoint: str


# Not a dataclass, which takes longer to make than all else that there is to reading a path.
class Target(NamedTuple):
    """What a URL below the endpoint asks for.

    ``format`` is ``None`` where the URL leaves it to ``Accept``. ``value`` is the id, the
    attribute's value, the point in time or the words to search for, decoded.
    """

    call: Call
    entity_type: EntityType | None = None
    attribute: str = ""
    value: str = ""
    format: Format | None = None


def parse_path(path: str) -> Target:
    """Read a decoded path below the endpoint: ``""``, ``/``, ``/dataset/id/123.json`` …

    Raises :class:`RequestError` (400) for whatever the protocol does not define.
    """
    if path in ("", "/"):
        return Target(Call.API_ROOT)
    name, slash, rest = path[1:].partition("/")
    if not slash and name == "help.txt":
        return Target(Call.API_HELP)
    stem, _, extension = name.partition(".")
    if not slash and stem == "catalog" and extension in FORMATS:
        return Target(Call.CATALOG, format=FORMATS[extension])
    entity_type = ENTITY_TYPES.get(name.lower())
    if entity_type is None:
        raise RequestError(f"{name!r} is no entity type; there are: {', '.join(ENTITY_TYPES)}")
    return _parse_entity_path(entity_type, rest)


def _parse_entity_path(entity_type: EntityType, rest: str) -> Target:
    if not rest:
        return Target(Call.ENTITY_ROOT, entity_type)
    if rest == "help.txt":
        return Target(Call.ENTITY_HELP, entity_type)
    if rest in ("id", "id/"):
        return Target(Call.LIST, entity_type)
    if rest.startswith("id.") and rest[3:] in FORMATS:
        return Target(Call.LIST, entity_type, format=FORMATS[rest[3:]])
    attribute, _, last = rest.partition("/")
    value, format = split_extension(last)
    if attribute == "id":
        return Target(Call.READ, entity_type, "id", value, format)
    if attribute == "since":
        return Target(Call.SINCE, entity_type, "since", value, format)
    if attribute == "search":
        return Target(Call.SEARCH, entity_type, "search", value, format)
    if attribute in entity_type.attributes:
        return Target(Call.LOOK_UP, entity_type, attribute, value, format)
    raise RequestError(f"{attribute!r} is no attribute of a {entity_type.label}")


def split_extension(last: str) -> tuple[str, Format]:
    """``"a.b.json"`` is ``("a.b", Format.JSON)``; no, unknown or bare extensions raise (400)."""
    for suffix, format in _SUFFIXES:
        if last.endswith(suffix) and last != suffix:
            return last[: -len(suffix)], format
    raise RequestError(f"{last!r} does not end in one of: .{', .'.join(FORMATS)}")


def record_path(entity_name: str, id: str | int, format: Format) -> str:
    """The path below the endpoint, without leading slash, that answers the record in the format."""
    return f"{entity_name}/id/{_quoted(id)}.{format.extension}"


def record_iri(entity_name: str, id: str | int) -> str:
    """The IRI, relative to the endpoint, of a record whose source gives it none; see :func:`iri_at_page`."""
    return f"{entity_name}/id/{_step(id)}"


def page_path(entity_name: str, id: str | int) -> str:
    """The path below the site, without leading slash, of the record's page."""
    return f"{entity_name}/{_step(id)}"


def iri_at_page(url: str, place: Place) -> str:
    """Outside the endpoint, the IRI of a record: where ours is meant (:func:`record_iri` in full), its page's URL.

    The endpoint answers no URL without an extension, and an IRI should lead to what it stands for.
    """
    name, attribute, step = url.removeprefix(f"{place.endpoint}/").partition("/id/")
    return f"{place.site}/{name}/{step}" if attribute and name in ENTITY_TYPES else url


def is_page(url: str, place: Place) -> bool:
    """Whether the URL is one that a record's page has, whether or not there is such a record."""
    name, _, step = url.removeprefix(f"{place.site}/").partition("/")
    return url.startswith(f"{place.site}/") and name in ENTITY_TYPES and bool(step) and not set(step) & set("/?#")


def record_url(endpoint: str, entity_name: str, id: str | int, format: Format) -> str:
    """The full URL that answers the record in that format."""
    return f"{endpoint}/{record_path(entity_name, id, format)}"


def _step(id: str | int) -> str:
    """The id as one step of a path."""
    text = _quoted(id)
    # Alone in a path these two would be taken for steps in it.
    return text.replace(".", "%2E") if text in (".", "..") else text


# Remembered, since writing a record needs it several times; typed, or True would be the id 1.
@lru_cache(maxsize=256, typed=True)
def _quoted(id: str | int) -> str:
    return quote(str(id), safe="")
