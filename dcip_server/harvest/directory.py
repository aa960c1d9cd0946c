"""One update of IB1's Directory: every registered file fetched and validated, then the catalog changed at once.

What becomes of a file and of an entry is in rules V and U of IB1 (docs/ib1-rules.rst): a file that cannot
be read, or has no valid entry, keeps its entries; an entry that is refused keeps its last accepted version; one
that is gone from its file is deleted, and so are all entries of a file that was taken off the list.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from dcip_server import formats
from dcip_server.entities import Dataset
from dcip_server.errors import DcipError, SourceError
from dcip_server.formats.document import Document
from dcip_server.formats.rdf.parse import parse as parse_rdf
from dcip_server.formats.rdf.terms import is_blank, is_web_iri
from dcip_server.protocol import times
from dcip_server.store import Change, Delete, DropUnseen, Keep, Outcome, Put, Store
from dcip_server.store.directory import (
    Directory,
    HeldEntry,
    MetadataFile,
    commit_update,
    list_held,
    read_directory,
    source_name,
)
from dcip_server.validation import Answer, Context, Entry, Fetcher, Finding, Report, validate

#: Files that are fetched at the same time, and in memory.
_AT_ONCE = 8
#: The rule of entries that keep all rules of IB1 but cannot be records of a catalog.
UNSERVABLE = "RECORD"
_LEGACY_TYPES = ("application/json", "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")

#: What becomes of an entry: a new version taken, the last accepted one kept, a new one not let in.
Fate = Literal["accepted", "kept", "left out"]


@dataclass(slots=True)
class _FileResult:
    """What is found in one file: its report, and where its bytes lie until the catalog is changed."""

    file: MetadataFile
    report: Report
    held: dict[str, str]
    body: Path | None = None
    content_type: str = ""
    accepted: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    @property
    def removed(self) -> list[str]:
        """Entries that the file no longer holds."""
        return [] if self.body is None else sorted(self.held.keys() - self.accepted - self.kept)

    def say(self, rule: str, subject: str, message: str) -> None:
        """A finding of the update itself (rules U)."""
        self.findings.append(Finding(rule, "W", subject, "", "", message))

    def keep_all(self) -> None:
        """The file is as if it had not been asked (IB1-U-01)."""
        self.body = None
        self.accepted = set()
        self.kept = set(self.held)
        count = len(self.held)
        entries = "1 entry" if count == 1 else f"{count} entries"
        self.say("IB1-U-01", self.file.url, f"Kept {entries} of the last good version.")

    def refuse(self, subject: str) -> None:
        """The entry's last accepted version stays, where there is one (IB1-U-02)."""
        self.accepted.discard(subject)
        if subject in self.held:
            self.kept.add(subject)
            self.say("IB1-U-02", subject, f"Kept the previous version of <{subject}>.")
        else:
            self.say("IB1-U-02", subject, f"Left <{subject}> out; no version of it was accepted before.")

    def to_json(self) -> dict[str, Any]:
        """The file's part of the report."""
        subjects = sorted({entry.subject for entry in self.report.entries} | self.kept)
        entries = [Entry(subject, subject in self.accepted) for subject in subjects]
        whole = Report.of(entries, (*self.report.findings, *self.findings), self.report.unchecked)
        return whole.to_json() | {
            "file_url": self.file.url,
            "member_url": self.file.member,
            "entries": [
                {"subject": entry.subject, "accepted": entry.accepted, "result": self._fate(entry.subject)}
                for entry in entries
            ],
            "removed": self.removed,
        }

    def _fate(self, subject: str) -> Fate:
        return "accepted" if subject in self.accepted else "kept" if subject in self.kept else "left out"


@dataclass(slots=True)
class _Published:
    """The network, but for the file itself, which is there already."""

    network: Fetcher
    url: str
    answer: Answer

    @property
    def allows_private(self) -> bool:
        return self.network.allows_private

    def request(self, method: Literal["GET", "HEAD"], url: str, max_bytes: int) -> Answer:
        if method == "GET" and url == self.url:
            return self.answer
        return self.network.request(method, url, max_bytes)

    def first_byte(self, url: str) -> Answer:
        return self.network.first_byte(url)

    def warm(self, requests: Iterable[tuple[Literal["GET", "HEAD"], str, int]]) -> None:
        self.network.warm(requests)


@dataclass(slots=True)
class Update:
    """An update of the catalog from all registered files.

    ``network`` makes a network: one for each file, so that no file stays in memory, and one for what the rules need beside.
    ``context`` holds what is the same for all files. ``max_record_bytes`` bounds what is read into memory at
    once; ``heard`` is told each file's part of the report before the catalog changes.
    """

    profile: str
    context: Context
    network: Callable[[], Fetcher]
    max_record_bytes: int
    heard: Callable[[dict[str, Any]], None] = lambda _: None

    def run(self, store: Store) -> dict[str, Any]:
        """Fetch, validate, change the catalog in one transaction; returns the report that is kept with it.

        Raises :class:`CatalogError` where the catalog cannot be changed; it is as it was then.
        """
        started = times.now()
        directory = read_directory(store.engine)
        with TemporaryDirectory(prefix="dcip-directory-") as folder:
            results = list(self._results(store, directory, Path(folder)))
            gone = {url: sorted(entry.id for entry in list_held(store.engine, url)) for url in directory.unregistered}
            made: dict[str, Any] = {}

            def report(outcome: Outcome) -> dict[str, Any]:
                made.update(
                    number=directory.last_run + 1,
                    profile=self.profile,
                    started=started,
                    finished=times.now(),
                    created=outcome.created,
                    updated=outcome.updated,
                    deleted=outcome.deleted,
                    unchanged=outcome.unchanged,
                    files=[result.to_json() for result in results],
                    unregistered=[{"file_url": url, "removed": subjects} for url, subjects in gone.items()],
                )
                return made

            by_source = {result.file.source: result for result in results}

            def refused(change: Put | Delete, error: DcipError) -> None:
                if isinstance(change, Put):
                    _refuse_record(by_source[change.source or ""], str(change.entity.id), str(error))

            commit_update(store.engine, directory, self._changes(results, directory), refused, report)
        return made

    # --- looking at the files ---

    def _results(self, store: Store, directory: Directory, folder: Path) -> Iterator[_FileResult]:
        """The files in the order of their registration, so that of two that claim an entry the first one gets it."""
        claimed: dict[str, str] = {}
        shared = self.network()

        def owner_of(subject: str) -> str | None:
            return directory.owner_of(subject) or claimed.get(subject)

        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="directory") as pool:
            for first in range(0, len(directory.files), _AT_ONCE):
                batch = directory.files[first : first + _AT_ONCE]
                answers = pool.map(self._fetch, batch)
                for number, (file, answer) in enumerate(zip(batch, answers, strict=True), first):
                    known = dataclasses.replace(
                        self.context,
                        file_url=file.url,
                        hosted=True,
                        member=file.member,
                        schemes=self.context.schemes if file.schemes is None else frozenset(file.schemes),
                        owner_of=owner_of,
                        fetcher=_Published(shared, file.url, answer),
                    )
                    result = self._judge(file, known, list_held(store.engine, file.url))
                    if result.accepted:
                        result.body = folder / str(number)
                        result.body.write_bytes(answer.body)
                        result.content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
                        claimed.update(dict.fromkeys(result.accepted, file.url))
                    self.heard(result.to_json())
                    yield result

    def _fetch(self, file: MetadataFile) -> Answer:
        return self.network().request("GET", file.url, self.context.max_bytes)

    def _judge(self, file: MetadataFile, context: Context, held: list[HeldEntry]) -> _FileResult:
        """What of the file is accepted and what is kept (rules U-01 and U-02)."""
        previous = _previous(held, file.url)
        report = validate(b"", self.profile, dataclasses.replace(context, previous=previous))
        result = _FileResult(file, report, {entry.id: entry.entity_type for entry in held})
        result.accepted = {entry.subject for entry in report.entries if entry.accepted}
        if not result.accepted:
            result.keep_all()
            return result
        for entry in report.entries:
            if not entry.accepted:
                result.refuse(entry.subject)
        # An entry that came back under another identifier stays under its own.
        result.kept |= {finding.value for finding in report.findings if finding.rule == "IB1-V-01"} & set(result.held)
        return result

    # --- changing the catalog ---

    def _changes(self, results: list[_FileResult], directory: Directory) -> Iterator[Change]:
        for result in results:
            if result.body is not None:
                yield from self._file_changes(result, result.body)
        for url in directory.unregistered:
            yield DropUnseen(source_name(url))

    def _file_changes(self, result: _FileResult, body: Path) -> Iterator[Change]:
        source = result.file.source
        missing = set(result.accepted)
        try:
            for entity in self._entities(result, body):
                missing.discard(str(entity.id))
                yield Put(entity, source, str(entity.id))
        except SourceError as error:
            for subject in sorted(missing):
                _refuse_record(result, subject, str(error))
        else:
            for subject in sorted(missing & result.accepted):
                _refuse_record(result, subject, "the entry cannot be read as a record")
        yield from (Keep(result.held[subject], subject, source) for subject in sorted(result.kept))
        yield DropUnseen(source)

    def _entities(self, result: _FileResult, body: Path) -> Iterator[Dataset]:
        """The accepted entries as records, each under its IRI. Raises :class:`SourceError`."""
        is_legacy = result.content_type in _LEGACY_TYPES
        url = result.file.url
        with body.open("rb") as stream:
            document = Document(url, stream, content_type=result.content_type, address=url)
            for item in formats.parse(document, "ib1" if is_legacy else "dcat", self.max_record_bytes):
                if item.entity is None:
                    if item.error is not None and item.place in result.accepted:
                        _refuse_record(result, item.place, str(item.error))
                    continue
                entity = item.entity
                subject = _legacy_subject(entity, url) if is_legacy else entity.iri
                if subject in result.accepted:
                    extra = dict(entity.extra) | {"uri": subject}
                    yield dataclasses.replace(entity, id=subject, extra=extra)


def _refuse_record(result: _FileResult, subject: str, reason: str) -> None:
    """An entry that the rules accept cannot be served."""
    result.refuse(subject)
    result.findings.append(Finding(UNSERVABLE, "E", subject, "", "", f"Cannot be served: {reason}"))


def _legacy_subject(entity: Dataset, url: str) -> str:
    """The IRI of an entry in the legacy form: its own, else below the file's URL (IB1-Y-04)."""
    id = str(entity.id)
    return id if is_web_iri(id) else f"{url}#{id}"


def _previous(held: list[HeldEntry], url: str) -> tuple[bytes, str] | None:
    """The accepted entries of a file as N-Triples, which are Turtle; blank nodes are apart from record to record."""
    if not held:
        return None
    lines = []
    for number, entry in enumerate(held):
        for triple in parse_rdf(entry.n3, "n3", url):
            terms = (f"_:e{number}x{term[2:]}" if is_blank(term) else term for term in triple)
            lines.append(" ".join(terms) + " .\n")
    return "".join(lines).encode(), "ttl"
