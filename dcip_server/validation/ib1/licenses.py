"""Licenses against the list of those that meet the Open Definition (rules L)."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from dcip_server.formats.rdf.terms import is_iri, is_literal
from dcip_server.namespaces import DCTERMS
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.terms import plain

_PORT = re.compile(r"creativecommons\.org/licenses/(by|by-sa)/(1\.0|2\.0|2\.1|2\.5|3\.0)/[a-z-]+")


def _key(url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    path = parts.path.lower() if host == "creativecommons.org" else parts.path
    path = re.sub(r"/(deed|legalcode|rdf)[^/]*/?$", "", path).rstrip("/")
    return host + path


@cache
def _listed() -> dict[str, tuple[str, str]]:
    """The list's URL and status by normalised URL or alias."""
    found: dict[str, tuple[str, str]] = {}
    text = files("dcip_server.validation.ib1").joinpath("open_licenses.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith(("#", "id\t")):
            continue
        id, url, status, *aliases = [*line.split("\t"), ""][:4]
        versions = re.search(r"\{(.*)\}", id)
        for version in versions[1].split(",") if versions else [""]:
            target = url.replace("{v}", version)
            for name in [target, *aliases[0].replace("{v}", version).split()]:
                found.setdefault(_key(name), (target, status))
    return found


def find_license(url: str) -> tuple[str, str] | None:
    """The list's URL for a license and its status, or ``None`` where it is not on the list."""
    try:
        key = _key(url)
    except ValueError:
        return None
    if port := _PORT.fullmatch(key):
        return f"https://creativecommons.org/licenses/{port[1]}/{port[2]}/", "superseded"
    return _listed().get(key)


def check_licenses(c: Checking, entry: str) -> None:
    """Rules L of one entry and its distributions."""
    values = c.values(entry, DCTERMS.license)
    if not values:
        c.find(
            "IB1-L-01",
            entry if c.profile == "O" else None,
            DCTERMS.license,
            "dcterms:license is missing.",
            subject=entry,
        )
    if len(values) > 1:
        c.find("IB1-L-06", None, DCTERMS.license, f"There are {len(values)} licenses; give one.", subject=entry)
    for value in values:
        if not is_literal(value):
            _check(c, entry, entry, value, "IB1-L-02")
    for distribution in c.distributions(entry):
        for value in c.values(distribution, DCTERMS.license):
            if is_iri(value) and c.profile == "O":
                _check(c, entry, distribution, value, "IB1-L-07")


def _check(c: Checking, entry: str, node: str, value: str, rule: str) -> None:
    url = plain(value)
    found = find_license(url)
    if found is None:
        if re.match(r"https?://(www\.)?creativecommons\.org/licenses/[a-z-]+/?$", url, re.IGNORECASE):
            c.find(
                "IB1-L-03",
                entry,
                DCTERMS.license,
                f"The Creative Commons URL <{url}> is without a version.",
                value,
                subject=node,
            )
        if c.profile == "O" or c.sensitivity(entry) == "IB1-O":
            c.find(
                rule,
                entry if c.profile == "O" else None,
                DCTERMS.license,
                f"<{url}> does not meet the Open Definition; choose a license such as <https://creativecommons.org/licenses/by/4.0/>.",
                value,
                subject=node,
            )
        return
    target, status = found
    if url != target:
        c.find("IB1-L-04", None, DCTERMS.license, f"Write the license as <{target}>.", value, subject=node)
    if status in ("superseded", "content"):
        why = "superseded by a newer version" if status == "superseded" else "for content, not for data"
        c.find("IB1-L-05", None, DCTERMS.license, f"<{target}> is {why}.", value, subject=node)
