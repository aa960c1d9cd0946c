"""Titles as identities: the key by which two titles are the same, and the slug of a title."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from hashlib import sha256

_MAX_SLUG = 255
_ASCII = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
)


def title_key(title: str) -> str:
    """What two equal titles have in common: case, blanks, punctuation and accents do not count."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", title).casefold())
    kept = "".join(c for c in folded if c not in "'’" and not unicodedata.category(c).startswith("M"))
    dashed = "".join(c if c.isalnum() else "-" for c in kept)
    return re.sub("-+", "-", dashed).strip("-") or title.strip()


def slug(title: str, is_taken: Callable[[str], bool]) -> str:
    """The title in lower-case ASCII with dashes, at most 255 characters, ``-1``, ``-2``, … where it is taken."""
    key = title_key(title)
    plain = re.sub("-+", "-", re.sub("[^a-z0-9]", lambda c: "-" if c[0] == "-" else "", key.translate(_ASCII))).strip(
        "-"
    )
    lost = any(c.isalnum() and not c.isascii() for c in key.translate(_ASCII))
    suffix = sha256(key.encode()).hexdigest()[:8] if lost or not plain else ""
    wanted = "-".join(filter(None, (plain[: _MAX_SLUG - len(suffix) - 1].rstrip("-"), suffix)))
    if not is_taken(wanted):
        return wanted
    number = 1
    while is_taken(numbered := f"{wanted[: _MAX_SLUG - len(str(number)) - 1]}-{number}"):
        number += 1
    return numbered
