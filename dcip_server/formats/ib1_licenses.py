"""The licenses that meet the Open Definition, as IB1's rules list them (``open_licenses.tsv``)."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from dcip_server.formats.licenses import uri_of


def license_key(url: str) -> str:
    """What two URLs of one license have in common. Raises :class:`ValueError` for what is no URL."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    path = parts.path.lower() if host == "creativecommons.org" else parts.path
    path = re.sub(r"/(deed|legalcode|rdf)[^/]*/?$", "", path).rstrip("/")
    return host + path


@cache
def open_licenses() -> dict[str, tuple[str, str]]:
    """The list's URL and status by the key of that URL and of each alias."""
    found: dict[str, tuple[str, str]] = {}
    text = files(__package__).joinpath("open_licenses.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith(("#", "id\t")):
            continue
        id, url, status, *aliases = [*line.split("\t"), ""][:4]
        versions = re.search(r"\{(.*)\}", id)
        for version in versions[1].split(",") if versions else [""]:
            target = url.replace("{v}", version)
            for name in [target, *aliases[0].replace("{v}", version).split()]:
                found.setdefault(license_key(name), (target, status))
    return found


def listed_url(license: str) -> str:
    """The license's URL in the list, else the one that the table of all licenses has, else what is published."""
    try:
        listed = open_licenses().get(license_key(license))
    except ValueError:
        listed = None
    return listed[0] if listed else uri_of(license) or license
