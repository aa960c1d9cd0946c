"""Validation reports as text for people, JSON, SARIF 2.1.0 and JUnit XML, written document by document."""

from __future__ import annotations

import json
import os
import sys
from itertools import groupby
from typing import TYPE_CHECKING, Protocol
from xml.sax.saxutils import escape, quoteattr

import click
from rich.console import Console
from rich.text import Text

from dcip_server import __version__
from dcip_server.commands.output import one_line
from dcip_server.validation.profiles import PROFILES

if TYPE_CHECKING:
    from dcip_server.validation.report import Finding, Report


class Writer(Protocol):
    """Prints reports one by one; ``end`` prints what comes after the last."""

    def add(self, name: str, report: Report) -> None: ...

    def end(self) -> None: ...


def _echo(text: str, newline: bool = True) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=newline)


class TextWriter:
    """Findings grouped by document and subject, errors red and warnings yellow on a terminal, counts at the end."""

    def __init__(self, profile: str, several: bool) -> None:  # noqa: ARG002 - all writers are made alike
        self._console = Console() if sys.stdout.isatty() and "NO_COLOR" not in os.environ else None
        self._documents = self._refused = self._errors = self._warnings = 0

    def _line(self, text: str, style: str = "") -> None:
        if self._console:
            self._console.print(Text(one_line(text), style=style), soft_wrap=True)
        else:
            _echo(one_line(text))

    def add(self, name: str, report: Report) -> None:
        """Print the document's verdict and findings."""
        self._documents += 1
        self._refused += report.valid != "yes"
        self._errors += len(report.errors)
        self._warnings += len(report.warnings)
        accepted = sum(entry.accepted for entry in report.entries)
        style = {"yes": "bold green", "partial": "bold yellow", "no": "bold red"}[report.valid]
        word = {"yes": "valid", "partial": "partly valid", "no": "not valid"}[report.valid]
        self._line(f"{name}: {word}, {accepted} of {len(report.entries)} entries accepted", style)
        for subject, findings in groupby(report.findings, key=lambda finding: finding.subject):
            self._line(f"  {subject}", "bold")
            for finding in findings:
                self._line(sentence(finding), "red" if finding.is_error else "yellow")
        if report.unchecked:
            self._line(f"  not checked without the network: {', '.join(report.unchecked)}", "dim")

    def end(self) -> None:
        self._line(
            f"{_count(self._documents, 'document')}, {self._refused} not wholly valid; "
            f"{_count(self._errors, 'error')}, {_count(self._warnings, 'warning')}",
            "bold",
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def sentence(finding: Finding) -> str:
    """A finding as a line for people, below its subject."""
    kind = "error  " if finding.is_error else "warning"
    line = f" (line {finding.line})" if finding.line else ""
    shown = finding.value[:80]
    # A short value can stand in the message by chance.
    is_told = any(f"{before}{shown}" in finding.message for before in ("'", '"', "<"))
    value = f" [{shown}]" if shown and not is_told else ""
    return f"    {kind} {finding.rule}  {finding.message}{value}{line}"


class JsonWriter:
    """One document: its report. Several (or a folder, a glob): ``{"files": [{"source": …, report}], "valid": …}``."""

    def __init__(self, profile: str, several: bool) -> None:  # noqa: ARG002 - all writers are made alike
        self._several = several
        self._verdicts: set[str] = set()
        self._first = True

    def add(self, name: str, report: Report) -> None:
        """Print the document's report."""
        self._verdicts.add(report.valid)
        if not self._several:
            _echo(json.dumps(report.to_json(), indent=2))
            return
        _echo('{"files": [' if self._first else ",")
        _echo(json.dumps({"source": name, **report.to_json()}, indent=1), newline=False)
        self._first = False

    def end(self) -> None:
        if self._several:
            valid = "yes" if self._verdicts <= {"yes"} else "no" if self._verdicts == {"no"} else "partial"
            _echo(('{"files": [' if self._first else "") + f'\n], "valid": "{valid}"}}')


class SarifWriter:
    """SARIF 2.1.0: one run, a result for each finding, the profile's rules with their sentences."""

    def __init__(self, profile: str, several: bool) -> None:  # noqa: ARG002 - all writers are made alike
        rules = [
            {"id": id, "shortDescription": {"text": sentence}}
            for id, sentence in PROFILES[profile].list_rules().items()
        ]
        driver = {"name": "dcip-server", "version": __version__, "rules": rules}
        _echo('{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [')
        _echo(f'{{"tool": {json.dumps({"driver": driver})}, "results": [', newline=False)
        self._first = True

    def add(self, name: str, report: Report) -> None:
        """Print a result for each finding."""
        for finding in report.findings:
            place: dict[str, object] = {"artifactLocation": {"uri": name}}
            region: dict[str, object] = {"region": {"startLine": finding.line}} if finding.line else {}
            result = {
                "ruleId": finding.rule,
                "level": "error" if finding.is_error else "warning",
                "message": {"text": f"{finding.subject}: {finding.message}"},
                "locations": [{"physicalLocation": place | region, "logicalLocations": [{"name": finding.subject}]}],
                "properties": {"property": finding.property_name, "value": finding.value[:200]},
            }
            _echo(("" if self._first else ",") + "\n" + json.dumps(result), newline=False)
            self._first = False

    def end(self) -> None:
        _echo("\n]}]}")


class JunitWriter:
    """JUnit XML: a suite for each document, a case for each entry; warnings go to the suite's output."""

    def __init__(self, profile: str, several: bool) -> None:  # noqa: ARG002 - all writers are made alike
        self._profile = profile
        _echo('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="dcip-server validate">')

    def add(self, name: str, report: Report) -> None:
        """Print the document's suite."""
        by_subject = {entry.subject: [] for entry in report.entries}  # type: dict[str, list[Finding]]
        for finding in report.errors:
            by_subject.setdefault(finding.subject, []).append(finding)
        cases = by_subject or {name: []}
        failures = sum(bool(findings) for findings in cases.values())
        _echo(f'<testsuite name={_attribute(name)} tests="{len(cases)}" failures="{failures}" errors="0">')
        for subject, findings in cases.items():
            _echo(f"<testcase classname={_attribute(self._profile)} name={_attribute(subject)}>")
            for finding in findings:
                _echo(f"<failure type={_attribute(finding.rule)} message={_attribute(finding.message)}/>")
            _echo("</testcase>")
        if report.warnings:
            lines = "\n".join(one_line(f"{w.rule} {w.subject}: {w.message}") for w in report.warnings)
            _echo(f"<system-out>{escape(lines)}</system-out>")
        _echo("</testsuite>")

    def end(self) -> None:
        _echo("</testsuites>")


def _attribute(text: str) -> str:
    return quoteattr(one_line(text))


REPORT_FORMATS: dict[str, type[TextWriter] | type[JsonWriter] | type[SarifWriter] | type[JunitWriter]] = {
    "text": TextWriter, "json": JsonWriter, "sarif": SarifWriter, "junit": JunitWriter,
}  # fmt: skip
