"""What a measurement is: a part with a name, which yields results, each beside its peer and its aim."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import catalogs


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table.

    With a peer it is the ratio ``ours / theirs`` that has to keep the bounds, without one it is ``ours``.
    """

    what: str
    ours: float
    unit: str
    peer: str = ""
    theirs: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def ratio(self) -> float | None:
        """``ours / theirs``, where there is a peer."""
        return self.ours / self.theirs if self.theirs else None

    @property
    def met(self) -> bool | None:
        """Whether the aim is met, ``None`` where there is none."""
        value = self.ours if self.theirs is None else self.ratio
        if self.at_least is None and self.at_most is None:
            return None
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        return value is not None and low <= value <= high


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A row of the table without figures, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """What all parts of one run share: how large, how long, and a folder that is removed at the end."""

    records: int
    large: int
    rounds: int
    seconds: int
    folder: Path

    def catalog(self, records: int) -> str:
        """URL of a catalog with the first so many of our records, made by an import and kept for later runs.

        Whoever writes to it may change records (``dataset-0000001``), but neither add nor delete any.
        """
        return catalogs.kept(records)

    def ndjson(self, records: int) -> Path:
        """A file with the first so many of our records, one a line; kept for later runs."""
        return catalogs.kept_lines(records)

    def alternating(self, loads: dict[str, Callable[[], float]]) -> dict[str, float]:
        """Each load in turn, round after round; the median of each."""
        found: dict[str, list[float]] = {name: [] for name in loads}
        for _ in range(self.rounds):
            for name, load in loads.items():
                found[name].append(load())
        return {name: statistics.median(values) for name, values in found.items()}


Measure = Callable[[Run], Iterator[Result | NotMeasured]]

#: Name, what it measures, how; in the order of their modules' names.
PARTS: dict[str, Measure] = {}


def part(name: str) -> Callable[[Measure], Measure]:
    """Registers a function as the part with that name; its docstring's first line says what it measures."""

    def register(measure: Measure) -> Measure:
        PARTS[name] = measure
        return measure

    return register


def timed(work: Callable[[], object]) -> float:
    """How many seconds it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
