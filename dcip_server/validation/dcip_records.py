"""Profile ``dcip``: what a record needs to be served (the draft's section 5, as this server reads it)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Dataset
from dcip_server.errors import RecordError, SourceError
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
    "DCIP-V-05": "No two records of a document have the same id and say different things; the first is kept.",
    "DCIP-V-06": "The document holds at least one record.",
    "DCIP-V-07": "A record stands in a document once; where it stands there again, it is taken once.",
}


def list_rules() -> Mapping[str, str]:
    """The profile's rules by id."""
    return _RULES


def list_warnings() -> frozenset[str]:
    """The ids of the rules that only warn."""
    return frozenset({"DCIP-V-03", "DCIP-V-04", "DCIP-V-07"})


def check(submission: Submission) -> Report:
    """Read the document as an import would, and say what an import would refuse or change."""
    name = submission.context.file_url or "document"
    document = Document(
        name, io.BufferedReader(io.BytesIO(submission.data)),
        submission.extension, submission.content_type, submission.context.file_url,
    )  # fmt: skip
    records = _Records(name)
    try:
        for item in parse(document, None, max(len(submission.data), 1)):
            records.add(item)
    except SourceError as error:
        records.findings.append(Finding("DCIP-V-01", "E", name, "", "", str(error)))
    else:
        if not records.entries:
            records.findings.append(Finding("DCIP-V-06", "E", name, "", "", "no record in the document"))
    return Report.of(records.entries, records.findings)


class _Records:
    """The entries and findings of a document's records; of those with one id the first that is sound is kept."""

    def __init__(self, document: str) -> None:
        self._document = document
        self.entries: list[Entry] = []
        self.findings: list[Finding] = []
        self._kept: dict[tuple[str, str], tuple[str, bytes]] = {}

    def add(self, item: Item) -> None:
        """Judge the next record."""
        if item.error is not None:
            self._refuse(item.place, item.error)
        elif item.entity is None:
            self.findings += _remarks(item, self._document)
        else:
            try:
                self._add_entity(item, item.entity, content(item.entity).sha256)
            except RecordError as error:
                self._refuse(item.place, error)

    def _add_entity(self, item: Item, entity: Dataset, digest: bytes) -> None:
        id, key = str(entity.id), (entity.entity_type, str(entity.id))
        if key not in self._kept:
            self._kept[key] = item.place, digest
            self.entries.append(Entry(id, accepted=True))
            self.findings += _remarks(item, id)
            return
        place, kept = self._kept[key]
        if kept == digest:
            message = f"{item.place} says the same as {place}, which has this id; it is taken once"
            self.findings.append(Finding("DCIP-V-07", "W", id, "id", id, message))
        else:
            message = f"{place} has this id already and is kept; {item.place} says something else and is refused"
            subject = f"{id} ({item.place})"
            self.entries.append(Entry(subject, accepted=False))
            self.findings.append(Finding("DCIP-V-05", "E", subject, "id", id, message))

    def _refuse(self, place: str, error: RecordError) -> None:
        subject = place if error.id is None or str(error.id) == place else f"{error.id} ({place})"
        self.entries.append(Entry(subject, accepted=False))
        self.findings.append(Finding("DCIP-V-02", "E", subject, "", "", str(error)))


def _remarks(item: Item, subject: str) -> Iterator[Finding]:
    for remark in item.remarks:
        yield Finding("DCIP-V-04", "W", subject, "", "", remark)
    if item.entity is not None and item.entity.license == LICENSE_NOT_SPECIFIED:
        message = "no license is stated; give its URL, or an id such as cc-by"
        yield Finding("DCIP-V-03", "W", subject, "license", "", message)
