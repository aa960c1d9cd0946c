"""The rules that a file alone, or its hosting, decides: groups F, H (file), C, L, D, T, S, E and V."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from dcip_server.addresses import is_public_url
from dcip_server.formats.rdf.terms import is_iri, is_literal, literal_language, literal_text
from dcip_server.namespaces import DCAT, DCTERMS
from dcip_server.validation.ib1.changes import check_change, previous_version
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.documents import FileRefusedError, content_type_error, looks_like_another, parse
from dcip_server.validation.ib1.legacy import check_legacy
from dcip_server.validation.ib1.licenses import check_licenses
from dcip_server.validation.ib1.resources import check_dataset, check_service
from dcip_server.validation.ib1.rules import RULES, Letter, list_rules, list_warnings
from dcip_server.validation.ib1.series import check_periods
from dcip_server.validation.ib1.standards import check_online
from dcip_server.validation.ib1.terms import (
    CLASS_BASE,
    DATASET,
    IB1,
    SERIES,
    SERVICE,
    is_http,
    is_valid_iri,
    misspelt,
    plain,
    short,
)  # fmt: skip
from dcip_server.validation.profiles import Submission
from dcip_server.validation.report import Finding, Report

_MUST_BE_IRIS = (
    DCTERMS.license, DCTERMS.publisher, DCTERMS.conformsTo, IB1.dataSchema, IB1.trustFramework, IB1.scheme,
    DCAT.distribution, DCAT.inSeries, DCAT.downloadURL, DCAT.endpointURL, DCAT.endpointDescription,
    IB1.heartbeatDescription,
)  # fmt: skip
_FETCHED = (
    DCAT.downloadURL,
    DCAT.endpointURL,
    DCAT.endpointDescription,
    IB1.dataSchema,
    IB1.heartbeatDescription,
    DCTERMS.conformsTo,
)


def check_open(submission: Submission) -> Report:
    """Check against ``ib1-open-data``."""
    return _check(submission, "O")


def check_metadata(submission: Submission) -> Report:
    """Check against ``ib1-metadata``."""
    return _check(submission, "M")


def open_rules() -> dict[str, str]:
    """The rules of ``ib1-open-data``."""
    return dict(list_rules("O"))


def metadata_rules() -> dict[str, str]:
    """The rules of ``ib1-metadata``."""
    return dict(list_rules("M"))


def open_warnings() -> frozenset[str]:
    """The rules of ``ib1-open-data`` that only warn."""
    return list_warnings("O")


def metadata_warnings() -> frozenset[str]:
    """The rules of ``ib1-metadata`` that only warn."""
    return list_warnings("M")


def _check(submission: Submission, profile: Letter) -> Report:
    context = submission.context
    file = context.file_url or "file"
    unchecked: set[str] = set()
    try:
        if context.fetcher is None:
            unchecked |= {rule for rule in list_rules(profile) if RULES[rule].net}
        if not context.hosted:
            unchecked |= {"IB1-H-02", "IB1-H-03", "IB1-H-04", "IB1-H-05"}
        submission, kind = _hosted(submission, profile)
        parsed = parse(submission, profile, kind)
    except FileRefusedError as error:
        return Report.of((), [Finding(error.rule, "E", file, "", error.value, str(error), error.line)], unchecked)
    try:
        checking = check_legacy(parsed, context, file) if parsed.is_legacy else Checking(parsed, profile, context, file)
    except FileRefusedError as error:
        return Report.of((), [Finding(error.rule, "E", file, "", error.value, str(error), error.line)], unchecked)
    checking.unchecked = unchecked
    _check_graph(checking)
    if context.fetcher is not None:
        check_online(checking, context.fetcher)
    return checking.report()


def _hosted(submission: Submission, profile: Letter) -> tuple[Submission, str]:
    """Rules H-01 to H-05: the file as it is published."""
    context = submission.context
    url = context.file_url
    if not url:
        return submission, ""
    if not url.lower().startswith("https://") or "@" in _origin(url)[1] or not is_public_url(url):
        raise FileRefusedError(
            "IB1-H-01",
            f"Metadata files must be served over https from a public host, without user info: <{url}>.",
            value=url,
        )
    if not context.hosted or context.fetcher is None:
        return submission, ""
    answer = context.fetcher.request("GET", url, context.max_bytes)
    if answer.error in ("tls", "private", "too large"):
        rule = {"tls": "IB1-H-05", "private": "IB1-H-01", "too large": "IB1-F-09"}[answer.error]
        raise FileRefusedError(
            rule,
            {
                "tls": "The TLS certificate is not trusted.",
                "private": "The file's host is not a public address.",
                "too large": "The file is larger than the limit.",
            }[answer.error],
        )
    if answer.status in (401, 403, 407):
        raise FileRefusedError("IB1-H-03", f"The file is behind access control ({answer.status}); publish it without.")
    if answer.status != 200:
        what = (
            f"Redirects are not permitted ({answer.status})"
            if 300 <= answer.status < 400
            else f"The file is answered with status {answer.status}"
            if answer.status
            else f"The file is not reachable ({answer.error})"
        )
        raise FileRefusedError("IB1-H-02", f"{what}; 200 is due.")
    kind, wrong = content_type_error(answer.headers.get("content-type"), profile)
    if not wrong and (other := looks_like_another(answer.body, kind)):
        wrong = f"The file is served as {answer.headers['content-type']}, but it is {other}."
    if wrong:
        raise FileRefusedError("IB1-H-04", wrong, value=answer.headers.get("content-type", ""))
    return Submission(answer.body, context, submission.extension, ""), kind


def _check_graph(c: Checking) -> None:
    if not c.entries:
        c.find("IB1-F-11", None, "rdf:type", "There is no dcat:Dataset or dcat:DataService in the file.", severity="E")
    for subject, pairs in c.by_subject.items():
        for predicate in {p for p, _ in pairs}:
            near = misspelt(predicate)
            if near is not None:
                hint = f"; did you mean {near}?" if near else "."
                c.find("IB1-F-13", None, predicate, f"{short(predicate)} is not a term{hint}", subject=subject)
    for node, key in c.parsed.undeclared:
        c.find(
            "IB1-F-14",
            None,
            key,
            f"The prefix {key.partition(':')[0]!r} is not declared in @context.",
            subject=node or c.file,
        )
    for node, term in c.parsed.aliased.items():
        c.find(
            "IB1-C-13",
            None,
            term,
            f"Use <{IB1.iri}> as the namespace of ib1, not that of {plain(term)}.",
            term,
            subject=node,
        )
    for entry in c.lookalikes:
        c.find(
            "IB1-F-12",
            entry,
            "rdf:type",
            f"The type {', '.join(sorted(map(short, c.types[entry])))} is not dcat:Dataset or dcat:DataService.",
        )
    check_periods(c)
    before = previous_version(c)
    for entry in c.datasets + c.services + c.series:
        _check_terms(c, entry)
        if entry in c.series:
            if not c.texts(entry, DCTERMS.title):
                c.find("IB1-E-03", entry, DCTERMS.title, "The series is without dcterms:title.")
            if SERIES not in c.types[entry]:
                c.find("IB1-E-05", entry, "rdf:type", "dcat:DataSeries: use dcat:DatasetSeries.")
        else:
            _check_entry(c, entry)
            check_licenses(c, entry)
            if DATASET in c.types[entry] or entry in c.legacy:
                check_dataset(c, entry)
            else:
                check_service(c, entry)
        if before is not None:
            check_change(c, before, entry)
        owner = c.context.owner_of(plain(entry))
        if owner and owner != c.context.file_url:
            c.find("IB1-V-04", entry, "", f"The entry is already published by <{owner}>.", owner)
    linked = {d for s in c.by_subject for d in c.values(s, DCAT.distribution)}
    for subject, types in c.types.items():
        if DCAT.Distribution in types and subject not in linked:
            c.find(
                "IB1-T-09",
                None,
                DCAT.distribution,
                f"The distribution <{plain(subject)}> is not linked from a dataset.",
                subject=subject,
            )


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, ""
    return parts.scheme.lower(), parts.netloc.lower()


def _check_terms(c: Checking, entry: str) -> None:
    """C-02 to C-05, C-14, F-10, H-10: the values of an entry and of what belongs to it."""
    if entry not in c.legacy and not is_http(entry):
        c.find("IB1-C-02", entry, "", "The entry needs an absolute http(s) URL as stable identifier.", entry)
    is_series = entry in c.series
    for node in c.described(entry):
        if is_iri(node) and not node.startswith("<#") and not is_valid_iri(node[1:-1]):
            c.find("IB1-C-03", entry, "", f"Not a valid IRI: {plain(node)!r}.", node, subject=node)
        for predicate, value in c.by_subject.get(node, ()):
            for iri in (predicate, value):
                if is_iri(iri) and not is_valid_iri(iri[1:-1]):
                    c.find(
                        "IB1-C-03",
                        entry,
                        predicate,
                        f"{short(predicate)} is not a valid IRI: {plain(iri)!r}.",
                        iri,
                        subject=node,
                    )
            if is_literal(value) and len(value) > 64_000 and len(literal_text(value)) > 64_000:
                c.find(
                    "IB1-F-10",
                    entry,
                    predicate,
                    f"The value of {short(predicate)} is too long; at most 64,000 characters are allowed.",
                    value[:300] + '"',
                    subject=node,
                )
            if is_series:
                continue
            if is_literal(value) and predicate in _MUST_BE_IRIS and entry not in c.legacy:
                c.find(
                    "IB1-C-14",
                    entry,
                    predicate,
                    f"{short(predicate)} must be a URL (IRI), not text.",
                    value,
                    subject=node,
                )
            if predicate in _FETCHED and is_http(value) and not is_public_url(plain(value)):
                c.find(
                    "IB1-H-10",
                    entry,
                    predicate,
                    f"{short(predicate)} <{plain(value)}> is not a public address.",
                    value,
                    subject=node,
                )
    if is_series:
        languages = [literal_language(v) for v in c.values(entry, DCTERMS.title) if is_literal(v)]
    elif not c.texts(entry, DCTERMS.title):
        c.find("IB1-C-04", entry, DCTERMS.title, "dcterms:title is missing.")
    for predicate in (DCTERMS.title, DCTERMS.description):
        languages = [literal_language(v) for v in c.values(entry, predicate) if is_literal(v)]
        for language in sorted({tag for tag in languages if languages.count(tag) > 1}):
            c.find(
                "IB1-C-05",
                None,
                predicate,
                f"{short(predicate)} is there more than once in {language or 'no language'!r}.",
                subject=entry,
            )


_MEMBER = re.compile(r"https://directory\.[^/]+/(?:member|m)/[^/]+$")


def _check_entry(c: Checking, entry: str) -> None:
    """C-01 and C-06 to C-12."""
    if {DATASET, SERVICE} <= c.types[entry]:
        c.find("IB1-C-01", entry, "rdf:type", "An entry is a dcat:Dataset or a dcat:DataService, not both.")
    publishers = [v for v in c.values(entry, DCTERMS.publisher) if not is_literal(v)]
    member = c.context.member
    if not c.has_text(entry, DCTERMS.publisher) or publishers:
        if not publishers:
            if c.profile == "O":
                c.find("IB1-C-06", entry, DCTERMS.publisher, "dcterms:publisher is missing; give the Member's URL.")
        elif member and f"<{member}>" not in publishers:
            c.find(
                "IB1-C-06",
                entry,
                DCTERMS.publisher,
                f"No dcterms:publisher equals the Member URL <{member}>.",
                publishers[0],
            )
        elif not member and c.profile == "O" and not any(_MEMBER.match(plain(v)) for v in publishers):
            c.find(
                "IB1-C-06",
                None,
                DCTERMS.publisher,
                "No dcterms:publisher looks like a Member's URL in a Directory.",
                publishers[0],
                subject=entry,
                severity="W",
            )
    for rule, predicate in (("IB1-C-07", IB1.trustFramework), ("IB1-C-08", IB1.scheme)):
        values = c.values(entry, predicate)
        if c.profile == "O" and not c.has_text(entry, predicate):
            if len(values) != 1 or not is_http(values[0]):
                c.find(
                    rule,
                    entry,
                    predicate,
                    f"{short(predicate)} is missing; one URL is due."
                    if not values
                    else f"{short(predicate)} must be exactly one http(s) URL, found {len(values)}.",
                )
            elif (
                predicate == IB1.scheme and c.context.schemes is not None and plain(values[0]) not in c.context.schemes
            ):
                c.find(
                    rule, entry, predicate, f"The Member has not joined <{plain(values[0])}> (ib1:scheme).", values[0]
                )
    schemes, frameworks = c.values(entry, IB1.scheme), c.values(entry, IB1.trustFramework)
    if len(schemes) == len(frameworks) == 1 and all(map(is_http, schemes + frameworks)):
        origins = {_origin(plain(iri)) for iri in schemes + frameworks}
        if len(origins) > 1:
            c.find(
                "IB1-C-09",
                None,
                IB1.scheme,
                "ib1:scheme and ib1:trustFramework are not of the same origin.",
                schemes[0],
                subject=entry,
            )
    classes = c.values(entry, IB1.sensitivityClass)
    found = c.sensitivity(entry)
    if any(re.search(r"(?:^|[/#])IB1-(?:C|SP)$", plain(v)) for v in classes):
        c.find(
            "IB1-C-11",
            entry,
            IB1.sensitivityClass,
            "Closed data (IB1-C) and personal data (IB1-SP) are never catalogued.",
            classes[0],
        )
    elif not found:
        wanted = f"exactly <{CLASS_BASE}IB1-O>" if c.profile == "O" else "one of IB1-O, IB1-SA, IB1-SB"
        c.find(
            "IB1-C-10",
            entry,
            IB1.sensitivityClass,
            f"ib1:sensitivityClass must be {wanted}.",
            classes[0] if classes else "",
        )
    elif plain(classes[0]).startswith(IB1.iri):
        c.find(
            "IB1-C-10",
            None,
            IB1.sensitivityClass,
            f"Write ib1:sensitivityClass as <{CLASS_BASE}{found}>.",
            classes[0],
            subject=entry,
            severity="W",
        )
    if not any(map(is_iri, c.values(entry, IB1.datasetAssurance))):
        c.find(
            "IB1-C-12",
            None,
            IB1.datasetAssurance,
            "There is no ib1:datasetAssurance: the data counts as not assured.",
            subject=entry,
        )
