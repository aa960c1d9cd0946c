"""Licences by whatever sources call them: ids, titles, addresses of their texts.

A licence that the table knows (``licenses.tsv``, and ``creative_commons.py`` for what is regular) has one id
(SPDX's where it has one), one URI and one title. Names are compared without regard to case, punctuation, the word
for "version" and the spelling of some words; addresses without case, scheme, ``www.``, the
usual port, trailing slash, the form and language of the text, and, unless it is these that tell, query
and fragment. Any other difference is one between licences.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from dcip_server.formats import creative_commons
from dcip_server.formats.license_names import folded

#: Longer texts are terms of use in prose, not the name of a licence.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class License:
    """A licence that the table knows."""

    id: str
    title: str
    uri: str


@lru_cache(maxsize=4096)
def known(license: str) -> License | None:
    """The licence that a source means, or ``None`` where the table does not know it."""
    if len(license) > _LONGEST:
        return None
    table = _table()
    return next((found for key in _keys(license) if (found := table.get(key) or _regular(key))), None)


def uri_of(license: str) -> str | None:
    """The URI of a licence that the table knows."""
    found = known(license)
    return found.uri if found else None


def common(licenses: Iterable[object]) -> str | None:
    """The licence that all distributions of a dataset state, in whatever spelling, as the first one spells it.

    ``None`` where they differ, or where one states none: nothing is said of the dataset then.
    """
    stated = list(licenses)
    texts = [text for text in stated if isinstance(text, str) and text.strip()]
    if not texts or len(texts) < len(stated) or len({uri_of(text) or text for text in texts}) > 1:
        return None
    return texts[0]


def further_keys(license: object) -> dict[str, str]:
    """What the table says of the licence that a source of another format names, by further key of the record."""
    found = known(license) if isinstance(license, str) else None
    return {"license_id": found.id, "license_title": found.title, "license_url": found.uri} if found else {}


_SCHEME = re.compile(r"\s*(https?:)?(//)?(www\.)?")
_USUAL_PORT = re.compile(r"^([^/:]+):(80|443)(?=/|$)")
#: What Creative Commons and others append for the short text, the long one, their languages, and data about it.
_VERSION_OF_TEXT = re.compile(r"(/(deed|legalcode)[^/]*|/rdf|\.(html?|json|[a-z]{2}\.html))?/*\s*$")
_SPDX = "spdx.org/licenses/"


def _keys(license: str) -> Iterator[str]:
    """What a licence may be called in the table, the most exact first."""
    if "://" not in license:
        yield folded(license)
    if "/" in license:
        yield _address(license)
        if "?" in license or "#" in license:
            yield _address(re.split("[?#]", license, maxsplit=1)[0])


def _address(uri: str) -> str:
    """What tells an address from others; ``/`` at the front tells it from a name."""
    text = uri.casefold()
    if scheme := _SCHEME.match(text):
        text = text[scheme.end() :]
    text = _VERSION_OF_TEXT.sub("", _USUAL_PORT.sub(r"\1", text))
    if text.startswith(_SPDX):
        return folded(text.removeprefix(_SPDX))
    return "/" + text


@lru_cache(maxsize=1)
def _table() -> dict[str, License]:
    found: dict[str, License] = {}
    lines = files(__package__).joinpath("licenses.tsv").read_text(encoding="utf-8").splitlines()
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        names = (row["id"], row["title"], *row["other_ids"].split(), *row["other_titles"].split("|"))
        addresses = (row["uri"], *row["other_uris"].split())
        keys = (*map(folded, filter(None, names)), *map(_address, filter(None, addresses)))
        # A row without a title has further names for a licence of Creative Commons'.
        license = License(row["id"], row["title"], row["uri"]) if row["title"] else _regular(folded(row["id"]))
        if license is None:
            raise ValueError(f"licenses.tsv: {row['id']} has no title")
        for key in keys:
            if found.setdefault(key, license) != license:
                raise ValueError(f"licenses.tsv: {key!r} stands for {found[key].id} and {license.id}")
    return found


def _regular(key: str) -> License | None:
    """The licence of Creative Commons that a key means."""
    found = creative_commons.addressed(key[1:]) if key.startswith("/") else creative_commons.named(key)
    return License(found.title.replace(" ", "-"), found.title, found.uri) if found else None
