"""Profile ``dcip``: what a record needs to be served (the draft's section 5, as this server reads it)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace

from dcip_server.entities import LICENSE_NOT_SPECIFIED
from dcip_server.errors import SourceError
from dcip_server.formats import content, parse
from dcip_server.formats.document import Document
from dcip_server.formats.item import Item
from dcip_server.validation.profiles import Submission
from dcip_server.validation.report import Entry, Finding, Report

_RULES = {
    "DCIP-V-01": "The document can be read to its end, in a format that is imported.",
    "DCIP-V-02": "A record has an id and a title, and each value has the type that the draft gives it.",
    "DCIP-V-03": "A record states its license; without one it is served with 'notspecified'.",
    "DCIP-V-04": "A value is as the draft has it; what was read differently is said.",
    "DCIP-V-05": "No two records of a document have the same id; the last one would win.",
    "DCIP-V-06": "The document holds at least one record.",
}


def list_rules() -> Mapping[str, str]:
    """The profile's rules by id."""
    return _RULES


def list_warnings() -> frozenset[str]:
    """The ids of the rules that only warn."""
    return frozenset({"DCIP-V-03", "DCIP-V-04", "DCIP-V-05"})


def check(submission: Submission) -> Report:
    """Read the document as an import would, and say what an import would refuse or change."""
    entries: dict[str, Entry] = {}
    findings: list[Finding] = []
    name = submission.context.file_url or "document"
    document = Document(
        name, io.BufferedReader(io.BytesIO(submission.data)),
        submission.extension, submission.content_type, submission.context.file_url,
    )  # fmt: skip
    try:
        for item in parse(document, None, max(len(submission.data), 1)):
            subject, found = item.place, list(_findings(item))
            if item.entity is not None:
                subject = str(item.entity.id)
                found = [replace(finding, subject=subject) for finding in found]
                if subject in entries:
                    findings.append(
                        Finding(
                            "DCIP-V-05", "W", subject, "id", subject, "this id was there before; the last record wins"
                        )
                    )
            entries[subject] = Entry(subject, not any(finding.is_error for finding in found))
            findings += found
    except SourceError as error:
        findings.append(Finding("DCIP-V-01", "E", name, "", "", str(error)))
    if not entries and not findings:
        findings.append(Finding("DCIP-V-06", "E", name, "", "", "no record in the document"))
    return Report.of(entries.values(), findings)


def _findings(item: Item) -> Iterator[Finding]:
    if item.error is not None:
        yield Finding("DCIP-V-02", "E", item.place, "", "", str(item.error))
    for remark in item.remarks:
        yield Finding("DCIP-V-04", "W", item.place, "", "", remark)
    if item.entity is not None:
        try:
            content(item.entity)
        except SourceError as error:
            yield Finding("DCIP-V-02", "E", item.place, "", "", str(error))
        if item.entity.license == LICENSE_NOT_SPECIFIED:
            yield Finding(
                "DCIP-V-03",
                "W",
                item.place,
                "license",
                "",
                "no license is stated; give its URL, or an id such as cc-by",
            )
