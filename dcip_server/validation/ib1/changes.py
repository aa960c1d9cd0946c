"""Permitted changes: an entry against its last accepted version (rules V)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from dcip_server.formats.rdf.terms import is_iri
from dcip_server.namespaces import ADMS, DCAT, DCTERMS, IB1, RDF
from dcip_server.validation.ib1.checking import Checking, one_of
from dcip_server.validation.ib1.documents import FileRefusedError, Parsed, parse
from dcip_server.validation.ib1.legacy import read_legacy
from dcip_server.validation.ib1.terms import DATASET, SERIES, SERIES_ALIAS, SERVICE, plain, short
from dcip_server.validation.profiles import Submission


def check_changes(c: Checking) -> None:
    """Group V but V-04, against the last accepted version of the file."""
    before = _previous_version(c)
    if before is not None:
        known, now = frozenset(before.entries), frozenset(c.entries)
        named: set[str] = set()
        gone: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for entry in before.entries:
            if entry not in now:
                for mark in _marks(before, entry):
                    gone[mark][entry] = None
        for entry in (*c.datasets, *c.services, *c.series):
            if entry in known:
                _check_change(c, before, entry)
            else:
                _check_identifier(c, before, entry, gone, named)


def _previous_version(c: Checking) -> Checking | None:
    """The last accepted version of the file, where there is one that can be read."""
    if c.context.previous is None:
        return None
    data, extension = c.context.previous
    try:
        parsed: Parsed = parse(Submission(data, c.context, extension), c.profile)
        if parsed.is_legacy:
            return read_legacy(parsed, c.context, c.file)
    except FileRefusedError:
        return None
    return Checking(parsed, c.profile, c.context, c.file)


def _check_identifier(
    c: Checking, before: Checking, entry: str, gone: Mapping[tuple[str, str], Mapping[str, None]], named: set[str]
) -> None:
    """V-01: a new entry is no old one under another name.

    ``gone`` has those that vanished by their marks, ``named`` are those of them that a finding names.
    """
    classes = c.types(entry) & {DATASET, SERVICE, SERIES}
    same = dict.fromkeys(old for mark in _marks(c, entry) for old in gone.get(mark, ()))
    olds = [old for old in same if classes & before.types(old)]
    # Each new entry names one, and each old one is named, though there may be thousands that are alike.
    for old in [*olds[:1], *(old for old in olds[1:] if old not in named)]:
        named.add(old)
        c.find("IB1-V-01", entry, "", f"The identifier changed from <{plain(old)}>; keep it.", old)


def _marks(c: Checking, entry: str) -> set[tuple[str, str]]:
    """What an entry is known by under any identifier: its titles, each with the places of its data."""
    downloads = {url for node in c.distributions(entry) for url in c.values(node, DCAT.downloadURL)}
    places = downloads | set(c.values(entry, DCAT.endpointURL))
    return {(title, place) for title in c.texts(entry, DCTERMS.title) for place in places}


def _check_change(c: Checking, before: Checking, entry: str) -> None:
    """V-02, V-03 and V-05: what of an entry stays."""
    classes = {DATASET, SERVICE, SERIES, SERIES_ALIAS}
    if c.types(entry) & classes != before.types(entry) & classes:
        was = ", ".join(sorted(map(short, before.types(entry) & classes)))
        c.find("IB1-V-05", entry, RDF.type, f"The entry was {was}; a class does not change.")
    if entry in c.series:
        return
    if set(c.values(entry, DCTERMS.conformsTo)) != set(before.values(entry, DCTERMS.conformsTo)):
        was = one_of(before.values(entry, DCTERMS.conformsTo)) or "absent"
        c.find("IB1-V-02", entry, DCTERMS.conformsTo, f"dcterms:conformsTo must not change; it was {was}.")
    old = {_key(before, d): d for d in before.distributions(entry)}
    pairs = [(entry, entry)] + [(d, old[_key(c, d)]) for d in c.distributions(entry) if _key(c, d) in old]
    for now, then in pairs:
        if set(c.values(now, IB1.dataSchema)) != set(before.values(then, IB1.dataSchema)):
            was = one_of(before.values(then, IB1.dataSchema)) or "absent"
            said = f"ib1:dataSchema must not change, it was {was}; publish a new entry."
            c.find("IB1-V-03", now, IB1.dataSchema, said, entry=entry)
    _check_version(c, before, entry, pairs)


_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:\+.*)?", re.ASCII)
#: Longest part of a version that is read as a number, in digits.
_MAX_DIGITS = 18


def _check_version(c: Checking, before: Checking, entry: str, pairs: list[tuple[str, str]]) -> None:
    """V-06: what was changed shows in dcat:version, and why in its notes; nobody is refused."""
    old, new = _only(before, entry, DCAT.version), _only(c, entry, DCAT.version)
    if not old or not new:
        return
    if old == new:
        for predicates in ((DCAT.downloadURL,), (DCAT.mediaType, DCAT.media_type), (DCAT.endpointURL,)):
            for now, then in pairs:
                if set(c.values(now, *predicates)) != set(before.values(then, *predicates)):
                    said = f"{short(predicates[0])} changed, dcat:version is still {new!r}; raise dcat:version."
                    c.find("IB1-V-06", entry, DCAT.version, said, new)
        return
    numbers = [_numbers(text) for text in (old, new)]
    if numbers[0] and numbers[1] and numbers[1] < numbers[0]:
        said = f"dcat:version was {old!r} and is {new!r} now, which is lower; raise dcat:version."
        c.find("IB1-V-06", entry, DCAT.version, said, new)
    notes = [
        {plain(v).strip() for v in version.values(entry, DCAT.versionNotes, ADMS.versionNotes)}
        for version in (before, c)
    ]
    if notes[0] and notes[0] == notes[1]:
        said = f"dcat:versionNotes are still those of the version {old!r}; say what is new in {new!r}."
        c.find("IB1-V-06", entry, DCAT.versionNotes, said)


def _only(c: Checking, entry: str, predicate: str) -> str:
    values = c.values(entry, predicate)
    return plain(values[0]).strip() if len(values) == 1 else ""


def _numbers(version: str) -> tuple[int, ...]:
    """A release's numbers for comparison, ``()`` where the text is no release of a semantic version."""
    found = _VERSION.fullmatch(version)
    parts = [part or "0" for part in found.groups()] if found else []
    return tuple(map(int, parts)) if all(len(part) <= _MAX_DIGITS for part in parts) else ()


def _key(c: Checking, distribution: str) -> str:
    return distribution if is_iri(distribution) else "".join(sorted(c.values(distribution, DCAT.downloadURL)))
