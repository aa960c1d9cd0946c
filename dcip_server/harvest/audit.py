"""An audit: every record of the catalog checked again against a profile, as it is served.

A record that came in IB1's older form is checked in that form; others as the profile says: as the RDF that is stored, as
the catalog's feed has it, or as JSON. The rules of a file (its hosting, its other entries) are not a record's.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from dcip_server.formats.catalog_rdf import StoredRecord, read_record
from dcip_server.formats.rdf.write import base_line
from dcip_server.protocol.urls import Place
from dcip_server.store import AuditFigures, Delete, Entry, LiveRecord, Refused, Store
from dcip_server.validation import PROFILES, Context, Fetcher, Finding, Report, validate

#: Broken by a record that stands alone, whose series is a record of its own.
_RULES_OF_FILES = frozenset({"IB1-E-02"})
#: Most findings that a reason repeats; the rest is counted.
_MOST_SAID = 3
_LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Violation:
    """A record that breaks rules: the record as it was when it was checked, and all that was found, errors first."""

    entry: Entry
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.is_error)


#: Records that wait for the network at the same time.
_AT_ONCE = 32


class Audit:
    """One audit of a catalog that is served at ``place``; with a ``network`` also of the rules that ask it.

    ``open_licenses`` are taken for open ones beside those that the rules list.
    """

    def __init__(
        self,
        store: Store,
        profile: str,
        place: Place,
        network: Fetcher | None = None,
        open_licenses: frozenset[str] = frozenset(),
    ) -> None:
        self._store = store
        self._profile = profile
        self._place = place
        self._base = base_line(place.endpoint)
        self._context = Context(today=datetime.now(UTC).date(), fetcher=network, open_licenses=open_licenses)
        self._rules: Counter[str] = Counter()
        self._unchecked: set[str] = set()
        self._to_withdraw: list[Delete] = []
        self._figures = AuditFigures(profile, store.state().revision)

    def run(self) -> Iterator[Violation | None]:
        """Check all records, one after the other: for each what it violates, or ``None``."""
        for record, report in self._reports():
            findings = tuple(finding for finding in report.findings if finding.rule not in _RULES_OF_FILES)
            self._unchecked.update(report.unchecked)
            violation = None
            if report.errors:
                violation = Violation(record.entry, tuple(sorted(findings, key=lambda finding: finding.severity)))
                self._rules.update({finding.rule for finding in violation.errors})
                self._to_withdraw.append(_withdrawal(self._profile, violation))
            self._figures = replace(
                self._figures,
                records=self._figures.records + 1,
                violating=self._figures.violating + bool(report.errors),
                warned=self._figures.warned + bool(findings and not report.errors),
            )
            yield violation

    def _reports(self) -> Iterator[tuple[LiveRecord, Report]]:
        """Every record with its report, in the order of the records."""
        records = self._store.live_records()
        if self._context.fetcher is None:
            yield from ((record, self._check(record)) for record in records)
            return
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="audit") as pool:
            while some := list(islice(records, _AT_ONCE)):
                yield from zip(some, pool.map(self._check, some), strict=True)

    def finish(self) -> AuditFigures:
        """Keep the figures of what was run, and return them."""
        rules = dict(sorted(self._rules.items()))
        self._figures = replace(self._figures, rules=rules, unchecked=tuple(sorted(self._unchecked)))
        self._figures = self._store.write_audit(self._figures)
        return self._figures

    def withdraw(self, refused: Refused, *, allow_mass_delete: bool = False) -> AuditFigures:
        """Delete what violates the profile in one write, with the reasons, and return the new figures.

        A record that was changed or deleted since it was checked is left as it is, and ``refused`` hears of it.
        Raises :class:`MassDeleteError` as every write does.
        """
        outcome = self._store.revise(self._to_withdraw, allow_mass_delete=allow_mass_delete, refused=refused)
        self._figures = self._store.write_audit(replace(self._figures, withdrawn=outcome.deleted))
        return self._figures

    def _check(self, record: LiveRecord) -> Report:
        representation = PROFILES[self._profile].representation
        if representation == "json":
            return validate(record.json, self._profile, self._context, extension="json")
        if representation == "feed":
            entry = record.entry
            stored = StoredRecord(entry.revision, entry.entity, str(entry.id), entry.title, record.n3)
            _, said = read_record(self._place, stored)
            n_triples = "".join(f"{' '.join(triple)} .\n" for triple in said)
            return validate(n_triples.encode(), self._profile, self._context, extension="nt")
        if b'"ib1":' in record.json:
            item = json.loads(record.json).get("ib1")
            if isinstance(item, dict) and "content" in item:
                return validate(json.dumps([item]).encode(), self._profile, self._context, extension="json")
        return validate(self._base + record.n3, self._profile, self._context, extension="ttl")


def _withdrawal(profile: str, violation: Violation) -> Delete:
    said = [f"{finding.rule}: {finding.message}" for finding in violation.errors[:_MOST_SAID]]
    if more := len(violation.errors) - len(said):
        said.append(f"and {more} more")
    reason = f"{profile}: {' '.join(said)}"[:_LONGEST_REASON]
    entry = violation.entry
    return Delete(entry.entity, entry.id, reason=reason, revision=entry.revision)
