"""An import of a whole catalog in Turtle, beside rdflib's bare parse of the same file."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.frame import Result, Run, part
from benchmarks.processes import Watched, watched
from benchmarks.turtle import catalog

_PEER = "import sys, rdflib; rdflib.Graph().parse(sys.argv[1], format='turtle')"
_MIB = 2**20


@part("rdf_imports")
def measure_rdf_imports(run: Run) -> Iterator[Result]:
    """An import of Turtle, everything included, beside rdflib's bare parse of the file; memory at three sizes."""
    peaks = {}
    for records in (run.records // 4, run.records // 2, run.records):
        path = run.folder / f"catalog-{records}.ttl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(catalog(records))
        whole = records == run.records
        ours: list[Watched] = []
        peers: list[Watched] = []
        for _ in range(run.rounds if whole else 1):
            if whole:
                peers.append(watched([sys.executable, "-c", _PEER, str(path)]))
            ours.append(_import(path, run.folder / "rdf.db"))
        path.unlink()
        peaks[records] = max(found.peak_bytes for found in ours) / _MIB
        what = f"import of {records:,} in Turtle"
        if whole:
            yield Result(what, _median(ours), "s", "rdflib's bare parse", _median(peers), at_most=0.5)
            spent, theirs = (statistics.median(found.processor_seconds for found in runs) for runs in (ours, peers))
            yield Result(f"{what}, processor time", spent, "s", "rdflib's bare parse", theirs)
            peak = max(found.peak_bytes for found in peers) / _MIB
            yield Result(f"{what}, memory", peaks[records], "MiB", "rdflib's bare parse", peak)
    smallest = min(peaks)
    for records, peak in peaks.items():
        if records != smallest:
            name = f"memory of an import of {records:,} in Turtle"
            yield Result(name, peak, "MiB", f"of {smallest:,}", peaks[smallest], at_most=1.2)


def _import(path: Path, database: Path) -> Watched:
    command = [sys.executable, "-m", "dcip_server", "--database", f"sqlite:///{database}", "import", "--quiet"]
    found = watched([*command, str(path)])
    database.unlink()
    return found


def _median(runs: list[Watched]) -> float:
    return statistics.median(found.seconds for found in runs)
