"""Licenses against the list of those that meet the Open Definition (rules L)."""

from __future__ import annotations

import re

from dcip_server.formats.ib1_licenses import license_key, open_licenses
from dcip_server.formats.rdf.terms import is_iri, is_literal
from dcip_server.namespaces import DCTERMS
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.terms import plain

_PORT = re.compile(r"creativecommons\.org/licenses/(by|by-sa)/(1\.0|2\.0|2\.1|2\.5|3\.0)/[a-z-]+")


def find_license(url: str, added: frozenset[str] = frozenset()) -> tuple[str, str] | None:
    """The list's URL for a license and its status, or ``None`` where it is neither on the list nor ``added`` to it."""
    try:
        key = license_key(url)
    except ValueError:
        return None
    if port := _PORT.fullmatch(key):
        return f"https://creativecommons.org/licenses/{port[1]}/{port[2]}/", "superseded"
    return open_licenses().get(key) or next(
        ((each, "added") for each in sorted(added) if license_key(each) == key), None
    )


def check_licenses(c: Checking, entry: str) -> None:
    """L-02 to L-05, and L-07 of the entry's distributions; text in place of a license's URL is C-14's."""
    is_open = c.profile == "O" or c.sensitivity(entry) == "IB1-O"
    for value in c.values(entry, DCTERMS.license):
        if not is_literal(value):
            _check(c, entry, entry, value, "IB1-L-02" if is_open else "")
    if c.profile == "O":
        for distribution in c.distributions(entry):
            for value in c.values(distribution, DCTERMS.license):
                if is_iri(value):
                    _check(c, entry, distribution, value, "IB1-L-07")


def _check(c: Checking, entry: str, node: str, value: str, rule: str) -> None:
    """Find what is wrong with one license; one that is not open breaks the ``rule``, where there is any."""

    def find(rule: str, message: str) -> None:
        c.find(rule, node, DCTERMS.license, message, value, entry=entry)

    url = plain(value)
    found = find_license(url, c.context.open_licenses)
    if found is None:
        if _UNVERSIONED.match(url):
            find("IB1-L-03", f"The Creative Commons URL <{url}> is without a version.")
        if rule:
            example = "https://creativecommons.org/licenses/by/4.0/"
            find(rule, f"<{url}> does not meet the Open Definition; choose a license such as <{example}>.")
        return
    target, status = found
    if url != target:
        find("IB1-L-04", f"Write the license as <{target}>.")
    if status in ("superseded", "content"):
        why = "superseded by a newer version" if status == "superseded" else "for content, not for data"
        find("IB1-L-05", f"<{target}> is {why}.")


_UNVERSIONED = re.compile(r"https?://(www\.)?creativecommons\.org/licenses/[a-z-]+/?$", re.IGNORECASE)
