"""A command that is watched while it runs: how long it takes, and how much memory it and its children have."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Watched:
    """Seconds by the clock, seconds of processor time, and the most memory at once, in bytes; of all its processes."""

    seconds: float
    processor_seconds: float
    peak_bytes: int


def watched(command: list[str]) -> Watched:
    """Run a command to its end. Raises :class:`SystemExit` where it fails."""
    begun = time.perf_counter()
    before = os.times()
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, sum(_memory_bytes(member) for member in _family(process.pid)))
            time.sleep(_LOOK_EVERY_S)
    if process.returncode:
        raise SystemExit(f"{command}: status {process.returncode}")
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Watched(time.perf_counter() - begun, spent, peak)


def _family(process: int) -> Iterator[int]:
    """The process and all below it."""
    yield process
    with suppress(OSError):
        for task in os.listdir(f"/proc/{process}/task"):
            for child in Path(f"/proc/{process}/task/{task}/children").read_text().split():
                yield from _family(int(child))


def _memory_bytes(process: int) -> int:
    """Memory that is no file's; what several processes share counts in parts, together once."""
    with suppress(OSError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
        sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        return (sizes["Pss_Anon"] + sizes["Pss_Shmem"]) * 1024
    return 0
