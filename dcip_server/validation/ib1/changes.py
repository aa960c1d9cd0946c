"""Permitted changes: an entry against its last accepted version (rules V)."""

from __future__ import annotations

import re

from dcip_server.formats.rdf.terms import is_iri
from dcip_server.namespaces import ADMS, DCAT, DCTERMS
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.documents import FileRefusedError, Parsed, parse
from dcip_server.validation.ib1.terms import DATASET, IB1, SERIES, SERIES_ALIAS, SERVICE, plain, short
from dcip_server.validation.profiles import Submission


def previous_version(c: Checking) -> Checking | None:
    """The last accepted version of the file, where it can be read."""
    if c.context.previous is None:
        return None
    data, extension = c.context.previous
    try:
        parsed: Parsed = parse(Submission(data, c.context, extension), c.profile)
    except FileRefusedError:
        return None
    return None if parsed.is_legacy else Checking(parsed, c.profile, c.context, c.file)


def check_change(c: Checking, before: Checking, entry: str) -> None:
    """Group V but V-04, against the last accepted version."""
    if entry not in before.entries:
        for gone in before.entries:
            if gone not in c.entries and _is_same(c, entry, before, gone):
                c.find("IB1-V-01", entry, "", f"The identifier changed from <{plain(gone)}>; keep it.", gone)
        return
    classes = {DATASET, SERVICE, SERIES, SERIES_ALIAS}
    if c.types[entry] & classes != before.types[entry] & classes:
        c.find(
            "IB1-V-05",
            entry,
            "rdf:type",
            f"The entry was {', '.join(sorted(map(short, before.types[entry] & classes)))}; a class does not change.",
        )
    if entry in c.series:
        return
    if set(c.values(entry, DCTERMS.conformsTo)) != set(before.values(entry, DCTERMS.conformsTo)):
        c.find("IB1-V-02", entry, DCTERMS.conformsTo, "dcterms:conformsTo must not change.")
    old = {_key(before, d): d for d in before.distributions(entry)}
    pairs = [(entry, entry)] + [(d, old[_key(c, d)]) for d in c.distributions(entry) if _key(c, d) in old]
    for now, then in pairs:
        if set(c.values(now, IB1.dataSchema)) != set(before.values(then, IB1.dataSchema)):
            c.find(
                "IB1-V-03", entry, IB1.dataSchema, "ib1:dataSchema must not change; publish a new entry.", subject=now
            )
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
                    c.find("IB1-V-06", None, DCAT.version, said, new, subject=entry)
        return
    numbers = [_numbers(text) for text in (old, new)]
    if numbers[0] and numbers[1] and numbers[1] < numbers[0]:
        said = f"dcat:version was {old!r} and is {new!r} now, which is lower; raise dcat:version."
        c.find("IB1-V-06", None, DCAT.version, said, new, subject=entry)
    notes = [
        {plain(v).strip() for v in version.values(entry, DCAT.versionNotes, ADMS.versionNotes)}
        for version in (before, c)
    ]
    if notes[0] and notes[0] == notes[1]:
        said = f"dcat:versionNotes are still those of the version {old!r}; say what is new in {new!r}."
        c.find("IB1-V-06", None, DCAT.versionNotes, said, subject=entry)


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


def _is_same(c: Checking, entry: str, before: Checking, gone: str) -> bool:
    """Whether an entry that vanished has the class, a title and a download or endpoint of this one."""
    if not c.types[entry] & before.types[gone] & {DATASET, SERVICE, SERIES}:
        return False
    if not set(c.texts(entry, DCTERMS.title)) & set(before.texts(gone, DCTERMS.title)):
        return False
    return bool(_places(c, entry) & _places(before, gone))


def _places(c: Checking, entry: str) -> set[str]:
    downloads = {url for d in c.distributions(entry) for url in c.values(d, DCAT.downloadURL)}
    return downloads | set(c.values(entry, DCAT.endpointURL))
