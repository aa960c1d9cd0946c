"""What a check gives back: an exchange with what came and what was due, or a remark.

A check is a function from observations to findings. Without any evidence its rule is unchecked,
and the remarks say why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dcip_server.conformance.asking import Seen
from dcip_server.conformance.observations import Observations
from dcip_server.entities import Json

_MAX_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Evidence:
    """``ok`` tells whether what ``came`` is what was ``due``."""

    seen: Seen
    due: str
    came: str
    ok: bool


Finding = Evidence | str
Check = Callable[[Observations], Iterator[Finding]]


def status_is(seen: Seen, due: int, what: str = "") -> Evidence:
    """Whether the answer has the status that is due."""
    return Evidence(seen, f"{due}{what and f': {what}'}", seen.describe(), seen.status == due)


def free_of(seen: Seen, fault: str, due: str, came: str = "") -> Evidence:
    """Whether nothing is wrong: ``fault`` is ``""``. ``came`` tells what came then."""
    return Evidence(seen, due, fault or came or seen.describe(), not fault)


def or_else(evidence: Iterable[Evidence], remark: str) -> Iterator[Finding]:
    """The evidence, or the remark where there is none."""
    found = list(evidence)
    yield from found
    if not found:
        yield remark


def shown(value: Json) -> str:
    """A value as JSON, cut to a readable length."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "a deeply nested value"
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def some_of(faults: list[str], total: int) -> str:
    """The first few faults, and how many there are; ``""`` for none."""
    if not faults:
        return ""
    rest = f"; {len(faults)} of {total} in all" if len(faults) > _MAX_FAULTS else ""
    return "; ".join(faults[:_MAX_FAULTS]) + rest


_MAX_FAULTS = 3
