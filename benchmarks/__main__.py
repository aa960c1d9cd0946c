"""Runs the measurements, each beside its peer, and prints one table.

``python -m benchmarks [NAME...]`` runs all parts, or those named. It needs Debian's wrk and nginx-light, and
two processors: the server runs on the first, the load on the second.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import benchmarks
from benchmarks.frame import PARTS, NotMeasured, Result, Run
from benchmarks.table import table

_PROGRAMS = {"wrk": "wrk", "nginx": "nginx-light"}


def main() -> None:
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name != "__main__":
            importlib.import_module(f"benchmarks.{module.name}")
    parts = "".join(f"\n  {name:14}{(measure.__doc__ or '').splitlines()[0]}" for name, measure in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"{__doc__}\nparts:{parts}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts to run; all if none is named")
    parser.add_argument("--records", type=int, default=100_000, help="how large the catalog is (%(default)s)")
    parser.add_argument("--large", type=int, default=1_000_000, help="how large the large one is (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (%(default)s)")
    parser.add_argument("--seconds", type=int, default=4, help="how long one load lasts (%(default)s)")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - PARTS.keys():
        parser.error(f"{', '.join(sorted(unknown))}: no such part; there are: {', '.join(PARTS)}")
    for program, package in _PROGRAMS.items():
        if not shutil.which(program):
            raise SystemExit(f"{program} is not installed (Debian: {package})")
    with tempfile.TemporaryDirectory(prefix="dcip-benchmark-") as folder:
        run = Run(arguments.records, arguments.large, arguments.rounds, arguments.seconds, Path(folder))
        results = list(_measured(arguments.names or list(PARTS), run))
    print(f"\nPython {platform.python_version()}, {os.cpu_count()} processors, {run.rounds} rounds of {run.seconds} s")
    print(table(results), end="")
    if any(isinstance(result, NotMeasured) for result in results):
        raise SystemExit(1)


def _measured(names: list[str], run: Run) -> Iterator[Result | NotMeasured]:
    """The results of one part after the other, told as they come; a part that fails does not end the others."""
    for name in names:
        begun = time.monotonic()
        try:
            for result in PARTS[name](run):
                print(table([result], head=False), end="", file=sys.stderr, flush=True)
                yield result
        except (Exception, SystemExit, subprocess.SubprocessError) as error:  # noqa: BLE001 - whatever it was is told
            failed = NotMeasured(name, f"{type(error).__name__}: {error}")
            print(table([failed], head=False), end="", file=sys.stderr, flush=True)
            yield failed
        load = os.getloadavg()[0]
        print(f"-- {name}: {time.monotonic() - begun:.0f} s; load {load:.1f}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
