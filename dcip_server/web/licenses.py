"""Licences for people: what they are called, and where their texts stand."""

from __future__ import annotations

from dcip_server.formats.licenses import known
from dcip_server.web.markup import to_text, web_link


def name_of(license: str) -> str:
    """What people call the licence; an unknown one is named as its source names it."""
    if found := known(license):
        return found.title
    if "<" in license:
        # Terms in HTML.
        return to_text(license, 80) or license
    return license.partition("://")[2].rstrip("/").removeprefix("www.") or license


def page_of(license: str) -> str | None:
    """Where its text stands, or ``None``."""
    found = known(license)
    return found.uri if found else web_link(license)
