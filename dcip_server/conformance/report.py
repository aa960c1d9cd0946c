"""What a check found: the verdict, as JSON and as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from dcip_server.conformance.asking import Seen
from dcip_server.conformance.evidence import Evidence
from dcip_server.conformance.results import Outcome, Result
from dcip_server.entities import Json
from dcip_server.protocol.rules import Level, Part

#: Parts of which one must be there for anything to be called an API; without a list nothing can be read.
_CALLS = frozenset((Part.LIST, Part.ENTITY_HELP, Part.API_HELP, Part.CATALOG))
_MAX_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and the outcome that it tells, ``None`` for the rest."""

    text: str
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """``url`` is what was asked for, ``endpoint`` what was checked."""

    url: str
    endpoint: str
    requests: int
    results: tuple[Result, ...]

    @property
    def failed_musts(self) -> tuple[str, ...]:
        """The ids of the MUST rules that failed."""
        return self._musts(Outcome.FAILED)

    def _musts(self, outcome: Outcome) -> tuple[str, ...]:
        return tuple(r.rule.id for r in self.results if r.rule.level is Level.MUST and r.outcome is outcome)

    @property
    def absent_parts(self) -> tuple[Part, ...]:
        """The parts of the API that are not there."""
        return tuple(dict.fromkeys(r.rule.part for r in self.results if r.outcome is Outcome.ABSENT))

    @property
    def compliant(self) -> bool:
        """Whether what the server provides is a subset of the API (draft, section 3)."""
        return self._is_api and not self.failed_musts

    @property
    def _is_api(self) -> bool:
        return not set(self.absent_parts) >= _CALLS

    @property
    def conformant(self) -> bool:
        """Whether the server provides the entire API (draft, section 3)."""
        return self.compliant and not self.absent_parts

    @property
    def exit_status(self) -> int:
        return 0 if self.conformant else 1

    @property
    def verdict(self) -> str:
        """One sentence."""
        absent = ", ".join(self.absent_parts)
        unchecked = f" ({len(self._musts(Outcome.UNCHECKED))} could not be checked)"
        if self.conformant:
            return f"conformant: the entire API is there, and no MUST failed{unchecked}"
        if self.compliant:
            return f"compliant, not conformant: no MUST of what is there failed{unchecked}, but these parts are absent: {absent}"
        if not self._is_api:
            return "neither compliant nor conformant: there is no DCIP endpoint at this URL"
        count = len(self.failed_musts)
        and_absent = f"; absent: {absent}" if absent else ""
        return f"neither compliant nor conformant: {count} MUST{'s' * (count > 1)} failed{and_absent}"

    def counts(self) -> dict[str, dict[str, int]]:
        """For each level, how many rules had each outcome."""
        found = Counter((result.rule.level, result.outcome) for result in self.results)
        return {level.value: {outcome.value: found[level, outcome] for outcome in Outcome} for level in Level}

    def to_json(self) -> dict[str, Json]:
        """The whole report as one JSON object."""
        return {
            "url": self.url,
            "endpoint": self.endpoint,
            "compliant": self.compliant,
            "conformant": self.conformant,
            "rules": [_result_to_json(result) for result in self.results],
            "counts": self.counts(),
        }

    def lines(self) -> Iterator[Line]:
        """The report for people: by level, what failed first."""
        yield Line(f"DCIP 1.0 draft: {self.endpoint}")
        order = list(Outcome)
        for level in Level:
            yield Line("")
            yield Line(level.value)
            results = [result for result in self.results if result.rule.level is level]
            for result in sorted(results, key=lambda result: order.index(result.outcome)):
                yield from _result_lines(result)
        yield Line("")
        for name, outcomes in self.counts().items():
            yield Line(f"{name:<6}  " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items()))
        yield Line(f"{self.requests} requests")
        yield Line(self.verdict, Outcome.PASSED if self.conformant else Outcome.FAILED)


def _result_to_json(result: Result) -> dict[str, Json]:
    rule = result.rule
    return {
        "id": rule.id,
        "level": rule.level.value,
        "part": rule.part.value,
        "heading": rule.heading,
        "due": rule.due,
        "result": result.outcome.value,
        "reason": result.reason,
        "exchanges": [_evidence_to_json(piece) for piece in result.evidence],
    }


def _evidence_to_json(piece: Evidence) -> dict[str, Json]:
    seen = piece.seen
    return {
        "method": seen.method,
        "url": seen.url,
        "headers": dict(seen.sent),
        "status": seen.status,
        "came": piece.came,
        "due": piece.due,
        "ok": piece.ok,
    }


_LABELS = {
    Outcome.FAILED: "FAILED",
    Outcome.ABSENT: "ABSENT",
    Outcome.UNCHECKED: "not checked",
    Outcome.PASSED: "passed",
}
_INDENT = " " * 13


def _result_lines(result: Result) -> Iterator[Line]:
    yield Line(f"{_LABELS[result.outcome]:<11}  {result.rule.id}: {result.rule.due}", result.outcome)
    if result.reason:
        yield Line(f"{_INDENT}{result.reason}")
    if result.outcome is Outcome.PASSED:
        first, *rest = result.evidence
        more = f" (and {len(rest)} more)" if rest else ""
        yield Line(f"{_INDENT}{_request(first.seen)} -> {first.came}{more}")
        return
    failed = [piece for piece in result.evidence if not piece.ok]
    for piece in failed[:_MAX_SHOWN]:
        yield Line(f"{_INDENT}{_request(piece.seen)}")
        yield Line(f"{_INDENT}  came: {piece.came}")
        yield Line(f"{_INDENT}  due:  {piece.due}")
    if len(failed) > _MAX_SHOWN:
        yield Line(f"{_INDENT}and {len(failed) - _MAX_SHOWN} more such answers; --json lists them all")


def _request(seen: Seen) -> str:
    headers = ", ".join(f"{name}: {value}" for name, value in seen.sent.items())
    return f"{seen.method} {seen.url}{headers and f' ({headers})'}"
