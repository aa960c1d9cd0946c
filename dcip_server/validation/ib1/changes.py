"""Permitted changes: an entry against its last accepted version (rules V)."""

from __future__ import annotations

from dcip_server.formats.rdf.terms import is_iri
from dcip_server.namespaces import DCAT, DCTERMS
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
    """V-02, V-03 and V-05, against the last accepted version."""
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
