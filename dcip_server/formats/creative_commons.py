"""The licences of Creative Commons: six kinds, in each version for all the world or for a place.

Their names are put together of words for a licence's conditions, in many languages (``creative_commons_words.tsv``),
a version, and the name of a place (``creative_commons_places.tsv``), so they are read part by part.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import product
from typing import NamedTuple

from dcip_server.formats.license_names import folded

_KINDS = ("by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd")
_WORLDWIDE = ("1.0", "2.0", "2.5", "3.0", "4.0")
#: What the kind that had its conditions in another order is in the addresses of its first version.
_FIRST_ORDER = "by-nd-nc"


class CreativeCommons(NamedTuple):
    """A licence of theirs; one for all the world has no place."""

    kind: str
    version: str
    place: str

    @property
    def title(self) -> str:
        """As Creative Commons abbreviates it: ``CC BY-SA 3.0 AT``."""
        return " ".join(filter(None, (f"CC {self.kind.upper()} {self.version}", self.place.upper())))

    @property
    def uri(self) -> str:
        """Where its text stands."""
        is_first = (self.kind, self.version) == ("by-nc-nd", "1.0")
        path = "/".join(filter(None, (_FIRST_ORDER if is_first else self.kind, self.version, self.place)))
        return f"https://creativecommons.org/licenses/{path}/"


def named(name: str) -> CreativeCommons | None:
    """The licence with a (folded) name; the version is part of it."""
    match = _NAME.fullmatch(_BETWEEN.sub(" ", name))
    if match is None:
        return None
    front, version, place = (
        match["front"],
        _VERSIONS.get(match["version"], match["version"]).replace(" ", "."),
        match["place"],
    )
    kind = _kinds().get(front)
    if kind is None and place is None:
        # CC-BY-AT-3.0
        front, _, place = front.rpartition(" ")
        kind = _kinds().get(front)
    # "Attribution 3.0" alone may be anything.
    is_theirs = place or match["short"] or front.startswith(("cc", "by", _COMMONS))
    found = _existing(kind, version, place) if kind and is_theirs else None
    return found if match["short"] is None or named(match["short"]) == found else None


#: The front is a kind, in words or letters; at the end may stand the abbreviation of the whole, and that it is the short text.
_NAME = re.compile(
    r"(?P<front>.+?) (?P<version>\d \d|[134](?= |$))(?: (?!cc |license|public |deed)(?P<place>.+?))?"
    r"(?: (?:public )?license)?(?: (?P<short>cc by .+?))?(?: deed)?"
)
_COMMONS = "creative commons "
#: ``CC-BY4.0``, ``CC-BY-SA3.0NL``.
_BETWEEN = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
#: There is one version 4, but 2.0, 2.1 and 2.5.
_VERSIONS = {"1": "1.0", "3": "3.0", "4": "4.0"}


def addressed(address: str) -> CreativeCommons | None:
    """The licence with an address of Creative Commons' own, or in the authority table of the EU."""
    if match := _AUTHORITY.fullmatch(address):
        return named(folded(match[1]))
    match = _ADDRESS.fullmatch(address)
    if match is None:
        return None
    kind, version, place = match.groups()
    if (kind, version) == (_FIRST_ORDER, "1.0"):
        kind = "by-nc-nd"
    return _existing(kind, version, place) if kind in _KINDS else None


_ADDRESS = re.compile(r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)(?:/([a-z]+))?")
_AUTHORITY = re.compile(r"publications\.europa\.eu/resource/authority/licence/(cc_[a-z]+_\d_\d)")


def every_license() -> Iterator[CreativeCommons]:
    """All of them."""
    for kind, (version, names) in product(_KINDS, _places().items()):
        yield from (CreativeCommons(kind, version, place) for place in sorted(set(names.values())))


def _existing(kind: str, version: str, place: str | None) -> CreativeCommons | None:
    code = _places().get(version, {}).get(place or "")
    return None if code is None else CreativeCommons(kind, version, code)


@lru_cache(maxsize=1)
def _kinds() -> dict[str, str]:
    """Kinds by their names: ``cc by sa``, ``ccby sa``, ``cc bysa``, ``by sa``, ``attribution sharealike``."""
    found: dict[str, str] = {}
    for kind in _KINDS:
        together = kind.replace("-", "")
        short = [folded(text) for text in (f"cc {kind}", f"cc{kind}", f"cc {together}", f"cc{together}", kind)]
        words = [
            folded(" ".join(each)) for row in _rows("words") for order in _orders(kind) for each in _said(row, order)
        ]
        for name in (*short, *words):
            found |= dict.fromkeys((name, _COMMONS + name, f"{_COMMONS}{name} {short[0]}"), kind)
    return found


def _orders(kind: str) -> tuple[str, ...]:
    return (kind, _FIRST_ORDER) if kind == "by-nc-nd" else (kind,)


def _said(row: dict[str, str], kind: str) -> Iterator[tuple[str, ...]]:
    """The conditions of a kind in a language, in each way that it has."""
    return product(*(row[condition].split("|") for condition in kind.split("-")))


@lru_cache(maxsize=1)
def _places() -> dict[str, dict[str, str]]:
    """Places by their names and codes, for each version; what is for all the world is at none."""
    found: dict[str, dict[str, str]] = {version: {"": ""} for version in _WORLDWIDE}
    for version, row in product(_WORLDWIDE, _rows("words")):
        names = row[version if version in row else "older"].split("|")
        found[version] |= {folded(name): "" for name in names}
    for row in _rows("places"):
        names = [row["place"], *row["names"].split("|")]
        for version in row["versions"].split():
            found.setdefault(version, {}).update({folded(name): row["place"] for name in names})
    return found


def _rows(table: str) -> list[dict[str, str]]:
    lines = files(__package__).joinpath(f"creative_commons_{table}.tsv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
