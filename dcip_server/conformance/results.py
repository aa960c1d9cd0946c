"""From observations to a result for every rule of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dcip_server.conformance import checks_endpoint, checks_help, checks_list, checks_read, checks_schema
from dcip_server.conformance.evidence import Check, Evidence
from dcip_server.conformance.observations import Observations
from dcip_server.protocol.rules import RULES, Part, Rule

#: The check of every rule, by its id.
CHECKS: Mapping[str, Check] = {
    **checks_endpoint.CHECKS,
    **checks_read.CHECKS,
    **checks_list.CHECKS,
    **checks_help.CHECKS,
    **checks_schema.CHECKS,
}
#: How a server answers what it does not have.
_NOT_THERE = frozenset((400, 404))


class Outcome(StrEnum):
    """``absent``: the part of the API that the rule is about does not exist."""

    FAILED = "failed"
    ABSENT = "absent"
    UNCHECKED = "unchecked"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Result:
    """``reason`` says why a rule is absent or unchecked, or what was left out of a check."""

    rule: Rule
    outcome: Outcome
    reason: str
    evidence: tuple[Evidence, ...]


def absent_parts(o: Observations) -> dict[Part, str]:
    """The parts of the API that wholly lack, each with the reason for saying so."""
    absent: dict[Part, str] = {}
    if not any(page.seen.status == 200 for page in o.pages):
        absent[Part.DISCOVERY] = "no home page was found at the endpoint's host; if it is elsewhere, give its URL"
    if o.entries is None and all(seen.status in _NOT_THERE | {301} for seen in o.list_tries):
        absent[Part.LIST] = f"{o.list_tries[0].url} was answered {o.list_tries[0].describe()}"
    if Part.LIST in absent and o.unseen.status == 400:
        absent[Part.READ] = f"there is no list, and {o.unseen.url} was answered 400"
    in_n3 = [*(sample.n3 for sample in o.samples), o.catalog_n3, o.lists_n3[0]]
    if o.samples and all(seen.status in _NOT_THERE for seen in in_n3):
        absent[Part.N3] = f"no URL with .dcat.N3 was answered 200, {in_n3[0].url} was answered {in_n3[0].status}"
    for part, seen in ((Part.ENTITY_HELP, o.entity_help), (Part.API_HELP, o.api_help), (Part.CATALOG, o.catalog)):
        if seen.status in _NOT_THERE:
            absent[part] = f"{seen.url} was answered {seen.status}"
    return absent


def judge(o: Observations) -> tuple[Result, ...]:
    """One result for each row of the rule table, in its order."""
    absent = absent_parts(o)
    return tuple(_judge_rule(rule, o, absent) for rule in RULES)


def _judge_rule(rule: Rule, o: Observations, absent: Mapping[Part, str]) -> Result:
    if rule.part in absent:
        return Result(rule, Outcome.ABSENT, absent[rule.part], ())
    evidence: list[Evidence] = []
    remarks: list[str] = []
    for finding in CHECKS[rule.id](o):
        if isinstance(finding, str):
            remarks.append(finding)
        elif finding.ok or (finding.seen.asked and finding.seen.status != 429):
            evidence.append(finding)
        else:
            remarks.append(f"{finding.seen.method} {finding.seen.url}: {finding.seen.describe()}")
    reason = "; ".join(dict.fromkeys(remarks))
    if not evidence:
        return Result(rule, Outcome.UNCHECKED, reason or "no answer came that could be checked", ())
    outcome = Outcome.PASSED if all(piece.ok for piece in evidence) else Outcome.FAILED
    return Result(rule, outcome, reason, tuple(evidence))
