"""What a validation says: findings, and the report that holds them in a stable order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["E", "W"]
Verdict = Literal["yes", "no", "partial"]

#: Longest value that a report repeats, in characters (ib1-rules 1).
_MAX_VALUE = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that one subject does not keep.

    ``property_name`` is ``prefix:name`` or a path of keys; ``value`` the text that was found. ``line`` counts from 1.
    """

    rule: str
    severity: Severity
    subject: str
    property_name: str
    value: str
    message: str
    line: int | None = None

    @property
    def is_error(self) -> bool:
        return self.severity == "E"

    def to_json(self) -> dict[str, Any]:
        """The finding as ib1-rules section 1 has it; ``line`` only where it is known."""
        line = {} if self.line is None else {"line": self.line}
        return {
            "rule": self.rule,
            "severity": self.severity,
            "subject": self.subject,
            "property": self.property_name,
            "value": self.value[:_MAX_VALUE],
            "message": self.message,
            **line,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Finding:
        """The finding that :meth:`to_json` wrote."""
        return cls(
            value["rule"],
            value["severity"],
            value["subject"],
            value["property"],
            value["value"],
            value["message"],
            value.get("line"),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One subject that the file describes, and whether it may be taken into a catalog."""

    subject: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The result of checking one document: entries and findings sorted by subject, rule, property."""

    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry], findings: Iterable[Finding], unchecked: Iterable[str] = ()) -> Report:
        """A report with everything in its stable order; the same finding is said once."""
        distinct = dict.fromkeys(findings)
        return cls(
            tuple(sorted(entries, key=lambda entry: entry.subject)),
            tuple(sorted(distinct, key=lambda f: (f.subject, f.rule, f.property_name, f.value, f.message))),
            tuple(sorted(set(unchecked))),
        )

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.is_error)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.is_error)

    @property
    def valid(self) -> Verdict:
        """``yes``: no error at all; ``no``: no entry accepted; ``partial``: some are."""
        if not self.errors:
            return "yes"
        return "partial" if any(entry.accepted for entry in self.entries) else "no"

    def to_json(self) -> dict[str, Any]:
        """The report as ib1-rules section 1 has it."""
        return {
            "valid": self.valid,
            "entries": [{"subject": entry.subject, "accepted": entry.accepted} for entry in self.entries],
            "findings": [finding.to_json() for finding in self.findings],
            "unchecked": list(self.unchecked),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Report:
        """The report that :meth:`to_json` wrote; further keys do not matter."""
        return cls.of(
            (Entry(entry["subject"], entry["accepted"]) for entry in value["entries"]),
            map(Finding.from_json, value["findings"]),
            value["unchecked"],
        )
