"""Datasets, their distributions, and data services: groups D, E, T, and what of S needs no network."""

from __future__ import annotations

import re

from dcip_server.formats.rdf.terms import is_blank, is_iri, is_literal
from dcip_server.namespaces import ADMS, DCAT, DCTERMS
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.terms import IB1, is_http, plain, short

_SEMVER = re.compile(r"v?\d+\.\d+(?:\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)?")
_MIME = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]*/[A-Za-z0-9][\w!#$&^.+-]*")


def check_dataset(c: Checking, entry: str) -> None:
    """Groups D, E and T."""
    if not c.texts(entry, DCTERMS.description):
        c.find("IB1-D-01", entry, DCTERMS.description, "dcterms:description is missing.")
    versions = c.values(entry, DCAT.version)
    if len(versions) != 1 or not plain(versions[0]).strip():
        c.find(
            "IB1-D-02",
            entry,
            DCAT.version,
            f"dcat:version is due once, found {len(versions)}." if versions else "dcat:version is missing.",
        )
    for version in versions:
        if not _SEMVER.fullmatch(plain(version)):
            c.find(
                "IB1-D-04",
                None,
                DCAT.version,
                "dcat:version is preferably a semantic version such as 1.2.0.",
                version,
                subject=entry,
            )
    if not any(plain(v).strip() for v in c.values(entry, DCAT.versionNotes, ADMS.versionNotes)):
        c.find("IB1-D-03", entry, DCAT.versionNotes, "dcat:versionNotes is missing.")
    if not c.values(entry, DCAT.distribution) and entry not in c.legacy:
        c.find("IB1-D-05", entry, DCAT.distribution, "There is no dcat:distribution.")
    if not c.values(entry, IB1.dataSchema):
        c.find("IB1-D-06", None, IB1.dataSchema, "There is no ib1:dataSchema on the dataset.", subject=entry)
    for predicate in (DCAT.endpointURL, DCAT.endpointDescription):
        if c.values(entry, predicate):
            c.find("IB1-D-08", None, predicate, f"{short(predicate)} belongs to a Data Service.", subject=entry)
    for series in c.values(entry, DCAT.inSeries):
        if series in c.by_subject and series not in c.series:
            c.find("IB1-E-01", entry, DCAT.inSeries, f"<{plain(series)}> is not a dcat:DatasetSeries.", series)
        elif not is_literal(series) and series not in c.by_subject:
            c.find(
                "IB1-E-02",
                None,
                DCAT.inSeries,
                f"The series <{plain(series)}> is not described in this file.",
                series,
                subject=entry,
            )
    for distribution in c.distributions(entry):
        _check_distribution(c, entry, distribution)


def _check_distribution(c: Checking, entry: str, node: str) -> None:
    if node not in c.by_subject:
        c.find(
            "IB1-T-01",
            entry,
            DCAT.distribution,
            f"The distribution <{plain(node)}> is not described in this file.",
            subject=node,
        )
        return
    if is_blank(node):
        c.find("IB1-T-02", None, DCAT.distribution, "Give the distribution a URL.", subject=node)
    if DCAT.Distribution not in c.types.get(node, ()):
        c.find("IB1-T-08", None, "rdf:type", "The distribution is not typed dcat:Distribution.", subject=node)
    urls = c.values(node, DCAT.downloadURL)
    if not c.has_text(node, DCAT.downloadURL) and (len(urls) != 1 or not is_http(urls[0])):
        what = (
            "dcat:downloadURL is missing."
            if not urls
            else f"dcat:downloadURL must be exactly one http(s) URL, found {', '.join(map(plain, urls))}."
        )
        c.find("IB1-T-03", entry, DCAT.downloadURL, what, urls[0] if urls else "", subject=node)
    if c.values(node, DCAT.media_type):
        c.find("IB1-T-05", None, DCAT.media_type, "dcat:media_type: use dcat:mediaType.", subject=node)
    types = {media_type(v) or v for p in (DCAT.mediaType, DCAT.media_type) for v in c.values(node, p)}
    several = max(len(c.values(node, DCAT.mediaType)), len(c.values(node, DCAT.media_type)))
    if len(types) != 1 or several != 1 or not _MIME.fullmatch(next(iter(types))):
        shown = ", ".join(repr(plain(v) if v[0] in '<"_' else v) for v in sorted(types))
        c.find(
            "IB1-T-04",
            entry,
            DCAT.mediaType,
            f"{shown} is not one media type such as text/csv (dcat:mediaType)."
            if types
            else "dcat:mediaType is missing.",
            subject=node,
        )
    if not c.has_text(node, IB1.dataSchema) and len(c.values(node, IB1.dataSchema)) != 1:
        c.find("IB1-T-06", entry, IB1.dataSchema, "ib1:dataSchema is missing; one URL is due.", subject=node)


def media_type(term: str) -> str:
    """A dcat:mediaType as ``type/subtype`` in lower case without parameters, ``""`` where it is none."""
    text = plain(term)
    if is_iri(term):
        match = re.match(r"https?://www\.iana\.org/assignments/media-types/", text)
        text = text[match.end() :] if match else ""
    text = text.partition(";")[0].strip().lower()
    return text if _MIME.fullmatch(text) else ""


def check_service(c: Checking, entry: str) -> None:
    """What of group S needs no network."""
    for rule, predicate in (("IB1-S-01", DCAT.endpointDescription), ("IB1-S-05", DCAT.endpointURL)):
        values = c.values(entry, predicate)
        if c.has_text(entry, predicate):
            continue
        if len(values) != 1 or not is_http(values[0]):
            c.find(
                rule,
                entry,
                predicate,
                f"{short(predicate)} must be one http(s) URL." if values else f"{short(predicate)} is missing.",
                values[0] if values else "",
            )
        elif predicate == DCAT.endpointURL:
            url = plain(values[0])
            if "?" in url or "#" in url:
                c.find(rule, entry, predicate, "dcat:endpointURL must have no query or fragment.", url)
            elif url.endswith("/"):
                c.find(
                    rule,
                    None,
                    predicate,
                    "dcat:endpointURL ends in /, as paths begin with one.",
                    url,
                    subject=entry,
                    severity="W",
                )
            if c.sensitivity(entry) in ("IB1-SA", "IB1-SB") and not url.lower().startswith("https:"):
                c.find("IB1-S-07", entry, predicate, "Shared data needs https (FAPI) at dcat:endpointURL.", url)
    issuers = c.values(entry, IB1.oauthIssuer)
    if issuers and (len(issuers) > 1 or not is_http(issuers[0]) or not plain(issuers[0]).lower().startswith("https:")):
        c.find("IB1-S-08", entry, IB1.oauthIssuer, "ib1:oauthIssuer must be an https URL.", issuers[0])
    if c.values(entry, DCAT.distribution):
        c.find("IB1-D-08", None, DCAT.distribution, "dcat:distribution belongs to a Dataset.", subject=entry)
