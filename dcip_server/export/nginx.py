"""The nginx configuration: the same answers from the files, with the types and headers that the server gives.

Two templates: ``maps.conf`` reads requests, and says what ``places`` says; ``locations.conf`` has a location for
each part of the site. Types and headers are asked of the application, so there is no second list of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask
from jinja2 import Environment, FunctionLoader, StrictUndefined
from werkzeug.utils import get_content_type

from dcip_server import __version__
from dcip_server.export.asking import ask
from dcip_server.export.freshness import digest
from dcip_server.export.places import MOST_PIECES, PIECE
from dcip_server.export.surface import ACTIONS, BETA_3, DOCUMENTS, KINDS, NOWHERE, PACKAGES_A_PAGE, PAGES
from dcip_server.formats.rdf.serialise import CONTENT_TYPES
from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.protocol.urls import FORMATS, TEXT_CONTENT_TYPE, page_path
from dcip_server.publish.files import extension_of, media_type
from dcip_server.settings import Settings
from dcip_server.store import Store
from dcip_server.store.contents import list_extended, list_publications
from dcip_server.web.pages import blueprint as pages
from dcip_server.web.record_pages import CONTENT_TYPES as RECORD_TYPES
from dcip_server.web.record_pages import LONGEST_LINKED, links
from dcip_server.web.search_pages import BROWSED
from dcip_server.web.searching import PAGE, PARAMETERS
from dcip_server.web.translations import LANGUAGES

#: Headers that do not depend on what is answered. The others are nginx's own, or said in the template.
_CONSTANT = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Access-Control-Allow-Origin",
    "Cache-Control",
    "Content-Disposition",
)
#: Of a record, by extension.
_MEDIA_TYPES = {name: content_type.partition(";")[0] for name, content_type in RECORD_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Sample:
    """What all answers of a part have: the Content-Type, and names and values of headers."""

    type: str
    headers: tuple[tuple[str, str], ...]


class _Samples(dict[str, Sample]):
    """Samples by path, asked for when the template wants the first of them."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._app = app

    def __missing__(self, path: str) -> Sample:
        with ask(self._app, path) as answer:
            headers = tuple(
                (name, answer.headers[name.lower()]) for name in _CONSTANT if name.lower() in answer.headers
            )
            self[path] = Sample(answer.headers["content-type"], headers)
        return self[path]


def state(app: Flask) -> str:
    """Digest of what the files depend on beside what all answers do; what the application says for them is always the same."""
    return digest(_values(app))


def configuration(app: Flask) -> Iterator[tuple[str, bytes]]:
    """The two files, each with its name."""
    values = {**_values(app), "answers": _Samples(app)}
    for name in ("maps.conf", "locations.conf"):
        yield name, _TEMPLATES.get_template(name).render(values).encode()


def _values(app: Flask) -> dict[str, Any]:
    settings: Settings = app.extensions["dcip_settings"]
    store: Store = app.extensions["dcip_store"]
    prefix = unquote(urlsplit(settings.site_url).path)
    return {
        "version": __version__,
        "site": settings.site_url,
        "prefix": prefix,
        "prefix_pattern": _pattern(prefix),
        "path": settings.endpoint_path,
        "endpoint": _pattern(prefix + settings.endpoint_path),
        # Of a call: what is before its value.
        "depth": (prefix + settings.endpoint_path).count("/") + 2,
        "root_is_list": settings.dataset_root == "list",
        "entities": tuple(ENTITY_TYPES.values()),
        "calls": "|".join(map(_pattern, FORMATS)),
        "call_types": _types({**{name: f.content_type for name, f in FORMATS.items()}, "txt": TEXT_CONTENT_TYPE}),
        "formats_called": tuple(FORMATS.values()),
        "formats": tuple(RECORD_TYPES),
        "record_types": _types(RECORD_TYPES),
        "upload_types": _uploads(store),
        "accepted_types": _accepted(),
        "link": _link(),
        "longest_linked": LONGEST_LINKED,
        "taken": list(_taken(store, settings.site_url)),
        "list_types": [(_pattern(f.content_type.partition(";")[0]), name) for name, f in FORMATS.items()],
        "languages_known": LANGUAGES,
        "spoken": [(f"{language}(?:-[^,;]*)?", language) for language in LANGUAGES],
        "piece": PIECE,
        "most_pieces": MOST_PIECES,
        "packages": PACKAGES_A_PAGE,
        # A site below a path has its home page there, too, without the slash.
        "pages": [*((f"/{name}", name or "index") for name in PAGES), *([("", "index")] if prefix else [])],
        "nowhere": f"/{NOWHERE}",
        "documents": [*DOCUMENTS, "directory.json"],
        "beta_3": BETA_3,
        "rdf": tuple(CONTENT_TYPES),
        "static": sorted(os.listdir(pages.static_folder or "")),
        "plots": [name for name, statistic in store.statistics().tables.items() if statistic.rows],
        "facets": BROWSED,
        "searched": [name for name in PARAMETERS if name not in ("sort", "limit", "offset")],
        "page": PAGE,
        "actions": [name for name in ACTIONS if name != "package_search"],
        "kinds": KINDS,
    }


def _pattern(text: str) -> str:
    """A text in a regular expression between quotation marks."""
    return re.escape(text).replace('"', '\\"')


def _types(types: Mapping[str, str]) -> list[tuple[str, str]]:
    """Content-Types by the last part of a file's name."""
    return [(content_type, extension.rpartition(".")[2]) for extension, content_type in types.items()]


def _uploads(store: Store) -> list[tuple[str, str]]:
    """Content-Types of uploaded files by their extensions, with the charset that a response gets from its media type."""
    names = {name for found in list_publications(store.engine) for _, name in found.files if extension_of(name)}
    return sorted({(get_content_type(media_type(name), "utf-8"), extension_of(name) or "") for name in names})


def _accepted() -> list[tuple[str, str]]:
    """Media types of a record, as patterns, in the order in which a tie is settled, with the ends of files' names.

    Ranges come last: the server takes what is named itself before them, and of a range what it has first.
    """
    ends = {name: ".$dcip_language.html" if name == "html" else f".{name}" for name in _MEDIA_TYPES}
    ranges: dict[str, str] = {}
    for name, type in _MEDIA_TYPES.items():
        ranges.setdefault(type.partition("/")[0] + "/*", ends[name])
    ranges["*/*"] = ends["html"]
    named = {type: ends[name] for name, type in _MEDIA_TYPES.items()}
    return [(_pattern(type), end) for type, end in (named | ranges).items()]


def _link() -> str:
    """What the maps make of a record's page and of where its formats are."""
    formats = ((type, f"$dcip_page$dcip_as_{name}") for name, type in _MEDIA_TYPES.items() if name != "html")
    return links("$dcip_page", formats)


def _taken(store: Store, site: str) -> Iterator[str]:
    """Pages of records at addresses that would else be those of other records in a format, where these have a Link."""
    for entity, id in list_extended(store.engine, [f".{name}" for name in RECORD_TYPES]):
        page = f"{site}/{page_path(entity, id)}"
        if len(page.rpartition(".")[0]) <= LONGEST_LINKED:
            yield page


def _read(name: str) -> str:
    return (resources.files("dcip_server.export") / name).read_text(encoding="utf-8")


_TEMPLATES = Environment(  # noqa: S701 - no HTML
    loader=FunctionLoader(_read), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.filters["re_escape"] = _pattern
