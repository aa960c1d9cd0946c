"""MISP's ``opendata`` query: the document, checked whole before anything is sent.

A document names a portal, a key, datasets and resources; every other member is a filter of
MISP's search, and becomes part of a resource's URL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from dcip_server.entities import Json
from dcip_server.errors import UsageError
from dcip_server.publish.document import read_document
from dcip_server.publish.fields import DATASET_FIELDS, RESOURCE_FIELDS, Field, read_url
from dcip_server.publish.links import LEVELS, build_link
from dcip_server.publish.titles import title_key

Action = Literal["publish", "delete", "search"]

_MEMBERS = ("returnFormat", "auth", "setup", "misp-url", "portal-url", "level", "delete", "search")
#: Both are in use.
_SPELLINGS = {"misp_url": "misp-url", "portal_url": "portal-url"}
#: What the portal alone decides; a dataset or resource that was read may be sent back.
_PORTALS_OWN = {"id", "slug", "page", "uri", "created_at", "last_modified", "last_update", "last_updated", "deleted",
                "archived", "owner", "latest", "metrics"}  # fmt: skip
#: Which frequencies and licences there are, a portal knows best; organizations are not in our own catalog.
_PASSED_ON = {"dataset": ("frequency", "license", "organization"), "resource": ("schema",)}
#: A key as short as this may be a word of any text.
_SHORT_KEY = 8


@dataclass(frozen=True, slots=True)
class WantedResource:
    """``name`` is a title or a uuid; ``fields`` are what is sent to publish it, with its ``url``.

    Where the data itself is to be uploaded, ``upload_from`` is the link to it, and no ``url`` is sent.
    """

    name: str
    fields: dict[str, Any]
    upload_from: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """One dataset, named by title, slug or id, with the resources that are meant; none: the dataset itself."""

    name: str
    fields: dict[str, Any]
    resources: tuple[WantedResource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is to be done. ``portal`` is as it was written, ``None`` for the default one."""

    action: Action
    auth: str | None = field(repr=False)
    portal: str | None
    setups: tuple[Setup, ...]
    warnings: tuple[str, ...]


def read_query(data: bytes, *, level: str | None = None, misp_url: str = "", upload: bool = False) -> Query:
    """The query that a document is. ``level`` wins over the document's, ``misp_url`` is for documents without one.

    With ``upload`` a resource without ``url`` of its own is to have what its link leads to, not the link.

    Raises :class:`UsageError` naming the member that is wrong. No message holds the API key.
    """
    document = read_document(data)
    if not isinstance(document, dict):
        raise UsageError(f"the query must be a JSON object, not {_kind(document)}")
    _check_secret(document)
    own, filters = _parted(document)
    if own.get("returnFormat") != "opendata":
        raise UsageError("returnFormat must be 'opendata'")
    warnings: list[str] = []
    action = _action(own, warnings)
    links = _Links(
        _misp_url(own.get("misp-url")) or misp_url,
        _level(level or own.get("level"), "level"),
        filters,
        warnings.append,
        upload,
    )
    auth = _auth(own.get("auth"), action)
    setups = tuple(_setup(value, action, links) for value in _listed(own.get("setup"), "setup"))
    _check_once(setups)
    return Query(
        action=action,
        auth=auth,
        portal=_optional_text(own.get("portal-url"), "portal-url"),
        setups=setups,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _kind(value: Json) -> str:
    kinds = {str: "a text", list: "a list", bool: "true or false", type(None): "null", dict: "an object"}
    return kinds.get(type(value), "a number")


def _folded(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


_FOLDED = {_folded(name): name for name in _MEMBERS}


def _parted(document: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    """The members that are ours, in one spelling, and the filters."""
    own: dict[str, Json] = {}
    filters: dict[str, Json] = {}
    for key, value in document.items():
        name = _SPELLINGS.get(key, key)
        if name in _MEMBERS:
            if name in own and own[name] != value:
                raise UsageError(f"{name} is given in two spellings with different values")
            own[name] = value
        else:
            _refuse_misspelled(key)
            filters[key] = value
    return own, filters


def _refuse_misspelled(key: str) -> None:
    if meant := _FOLDED.get(_folded(key)):
        raise UsageError(f"{key!r} is no member and must not become a filter; {meant} may be meant")


def _action(own: Mapping[str, Json], warnings: list[str]) -> Action:
    deleting, searching = (_switch(own.get(name), name) for name in ("delete", "search"))
    if deleting and searching:
        warnings.append("search and delete are both on: the search is done, nothing is deleted")
    return "search" if searching else "delete" if deleting else "publish"


def _switch(value: Json, name: str) -> bool:
    # 1 and True are equal, so are 0 and False; 1.0 is neither written nor meant.
    if value in (None, "", "0") or (value in (0, 1) and isinstance(value, bool | int)) or value == "1":
        return value in (1, "1")
    raise UsageError(f'{name} must be 1, true or "1", or 0, false, null, "" or "0", not {value!r}')


def _auth(value: Json, action: Action) -> str | None:
    """The key, where one is needed. A search must not send any."""
    if action == "search":
        return None
    if not isinstance(value, str) or not value.strip():
        raise UsageError("auth, the API key of the portal, is missing; it must be a text that is not empty")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError("auth holds characters that no API key has")
    return value


def _optional_text(value: Json, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise UsageError(f"{name} must be a text, not {_kind(value)}")
    return value


def _misp_url(value: Json) -> str:
    url = _optional_text(value, "misp-url") or ""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError:
        parts = urlsplit("")
    fit = url.isascii() and url.isprintable() and not any(c in url for c in ' <>"{}|\\^`?#')
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or not fit:
        # What stands before an @ may be a password.
        shown = repr(url) if "@" not in url else "one with a user's name or password"
        raise UsageError(f"misp-url must be an http or https URL without query or fragment, not {shown}")
    return url.rstrip("/")


def _level(value: Json, name: str) -> str:
    if value is None:
        return LEVELS[0]
    if value not in LEVELS or not isinstance(value, str):
        raise UsageError(f"{name} must be one of {', '.join(LEVELS)}, not {value!r}")
    return value


def _listed(value: Json, name: str) -> list[Json]:
    listed = value if isinstance(value, list) else [value]
    if value is None or not listed:
        raise UsageError(f"{name} is missing; an object with dataset and resources is due, or a list of such objects")
    return listed


@dataclass(frozen=True, slots=True)
class _Links:
    """Builds the resources' links: the query's filters, and a resource's own laid over them.

    ``upload`` says that what they lead to is to be uploaded.
    """

    misp_url: str
    level: str
    filters: Mapping[str, Json]
    warn: Callable[[str], None]
    upload: bool

    def build(self, own: Json, level: Json) -> str:
        if own is not None and not isinstance(own, dict):
            raise UsageError(f"filters of a resource must be an object, not {_kind(own)}")
        for key in own or {}:
            _refuse_misspelled(key)
        if not self.misp_url:
            raise UsageError("Missing url of the MISP instance, and baseurl is not set.")
        level = self.level if level is None else _level(level, "level of a resource")
        return build_link(self.misp_url, level, {**self.filters, **(own or {})}, self.warn)


def _setup(value: Json, action: Action, links: _Links) -> Setup:
    if not isinstance(value, dict):
        raise UsageError(f"setup must be an object with dataset and resources, not {_kind(value)}")
    for key in value:
        if key not in ("dataset", "resources", "resource"):
            raise UsageError(f"setup has no member {key!r}; there are: dataset, resources")
    if value.get("resources") and value.get("resource"):
        raise UsageError("setup has both resources and resource; one of them is due")
    given = value.get("resources") or value.get("resource")
    if not given and action == "delete" and ("resources" in value or "resource" in value):
        raise UsageError("resources is empty; to delete the whole dataset, leave it out")
    name, fields = _dataset(value.get("dataset"), action)
    listed = given if isinstance(given, list) else [given] if given else []
    resources = tuple(_resource(resource, action, links) for resource in listed)
    return Setup(name, fields, resources)


def _dataset(value: Json, action: Action) -> tuple[str, dict[str, Any]]:
    if action != "publish":
        return _name(value, "dataset"), {}
    if not isinstance(value, dict):
        raise UsageError(f"dataset in setup must be an object with title and description, not {_kind(value)}")
    return _name(value, "dataset"), _fields(value, DATASET_FIELDS, "dataset")


def _resource(value: Json, action: Action, links: _Links) -> WantedResource:
    if action != "publish":
        return WantedResource(_name(value, "resource"), {})
    if not isinstance(value, dict):
        raise UsageError(f"resources in setup must be an object or a list of objects, not {_kind(value)}")
    name = _name(value, "resource")
    if not value.get("type"):
        raise UsageError(f"type of the resource {name!r} is missing")
    if value.get("filetype", "remote") != "remote":
        raise UsageError(f"filetype of the resource {name!r} must be remote")
    sent = {key: field for key, field in value.items() if key not in ("filters", "level", "url")}
    fields = _fields(sent, RESOURCE_FIELDS, "resource")
    if value.get("url") is None:
        link = links.build(value.get("filters"), value.get("level"))
        if links.upload:
            fields.pop("filetype", None)
            return WantedResource(name, fields, link)
        fields["url"] = link
    else:
        try:
            # Whether an address of its own machine is fit to be published, the portal decides.
            fields["url"] = read_url(value["url"], allow_local=True) and value["url"]
        except ValueError as error:
            raise UsageError(f"url of the resource {name!r}: {error}") from None
    return WantedResource(name, fields)


def _name(value: Json, what: str) -> str:
    title = value.get("title") if isinstance(value, dict) else value
    if title is None:
        raise UsageError(f"title of a {what} in setup is missing")
    if not isinstance(title, str) or not title.strip():
        raise UsageError(f"title of a {what} must be a text that is not blank")
    return title


def _fields(value: Mapping[str, Json], table: tuple[Field, ...], what: str) -> dict[str, Any]:
    """The fields as they are given, each judged; what the portal decides is left out."""
    readers = {row.key: row.read for row in table}
    for key in _PASSED_ON[what]:
        readers[key] = lambda given: given
    sent: dict[str, Any] = {}
    for key, given in value.items():
        if key in _PORTALS_OWN:
            continue
        if key not in readers:
            raise UsageError(f"{key!r} is no field of a {what}; there are: {', '.join(sorted(readers))}")
        if given is not None or key in ("title", "description", "type"):
            try:
                readers[key](given)
            except ValueError as error:
                raise UsageError(f"{key} of the {what} {value['title']!r}: {error}") from None
        sent[key] = given
    return sent


def _check_once(setups: tuple[Setup, ...]) -> None:
    """Each resource is named once in a dataset, also where several setups name the same dataset."""
    seen: set[tuple[str, str]] = set()
    for setup in setups:
        for resource in setup.resources:
            named = (title_key(setup.name), resource.name)
            if named in seen:
                raise UsageError(f"the resource title {resource.name!r} occurs twice in the dataset {setup.name!r}")
            seen.add(named)


def _check_secret(document: Mapping[str, Json]) -> None:
    """Refuse a document that has the key in a second place, from where it would be published or shown."""
    auth = document.get("auth")
    others = _texts({key: value for key, value in document.items() if key != "auth"})
    if isinstance(auth, str) and len(auth) >= _SHORT_KEY and any(auth in t or auth in unquote(t) for t in others):
        raise UsageError("the key in auth occurs in another member, too, and would be published")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.items() for text in _texts(list(item)))
    elif isinstance(value, list):
        yield from (text for item in value for text in _texts(item))
