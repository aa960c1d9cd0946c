"""IB1's rules on 1,000 datasets beside pyshacl with the same shapes on the same graph, and memory over many files."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyshacl
import rdflib
from rdflib.namespace import DCTERMS, SH

from benchmarks.frame import Result, Run, part
from dcip_server.validation import validate
from dcip_server.validation.ib1.rules import RULES
from dcip_server.validation.ib1.shapes import read_shapes

_DATASETS = 1000
_FILES = (10, 100, 1000)
_PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix ib1: <https://registry.trust.ib1.org/ns/1.0#> .
"""
#: One in ten is without a license, one in ten without a download.
_ENTRY = """<https://data.example.org/{number}> a dcat:Dataset ;
    dcterms:title "Traffic counts of street {number}"@en ; dcterms:description "Vehicles by hour and kind."@en ;
    dcterms:publisher <https://directory.example.org/member/{member}> ; {license}
    dcat:version "1.{number}.0" ; dcat:keyword "traffic", "street {number}" ;
    dcterms:modified "2026-01-02"^^<http://www.w3.org/2001/XMLSchema#date> ;
    ib1:dataSchema <https://data.example.org/schema> ;
    ib1:sensitivityClass <https://registry.trust.ib1.org/sensitivity-class/IB1-O> ;
    ib1:trustFramework <https://registry.example.org/tf> ; ib1:scheme <https://registry.example.org/scheme> ;
    dcat:distribution <https://data.example.org/{number}/csv> .
<https://data.example.org/{number}/csv> a dcat:Distribution ; {download}
    dcat:mediaType "text/csv" ; ib1:dataSchema <https://data.example.org/schema> .
"""


def turtle(datasets: int, first: int = 0) -> str:
    """A metadata file of so many entries."""
    entries = (
        _ENTRY.format(
            number=number,
            member=number % 7,
            license="" if number % 10 == 3 else "dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;",
            download="" if number % 10 == 7 else f"dcat:downloadURL <https://files.example.org/{number}.csv> ;",
        )
        for number in range(first, first + datasets)
    )
    return _PREFIXES + "".join(entries)


def open_data_shapes() -> rdflib.Graph:
    """The shapes of ``ib1-open-data`` for pyshacl; those of rules that it does not have are off."""
    shapes = rdflib.Graph().parse(data=read_shapes(), format="turtle")
    for shape, rule in list(shapes.subject_objects(DCTERMS.identifier)):
        audience = shapes.value(shape, DCTERMS.audience)
        if RULES[str(rule)].severity("O") is None or str(audience or "ib1-open-data") != "ib1-open-data":
            shapes.add((shape, SH.deactivated, rdflib.Literal(True)))
    return shapes


@part("validation")
def measure_validation(run: Run) -> Iterator[Result]:
    """All rules of ib1-open-data on 1,000 datasets, beside pyshacl with the shapes alone; memory over many files."""
    data = turtle(_DATASETS).encode()
    graph = rdflib.Graph().parse(data=data, format="turtle")
    shapes = open_data_shapes()

    def ours() -> float:
        began = time.process_time()
        report = validate(data, "ib1-open-data", extension="ttl")
        took = time.process_time() - began
        assert len(report.entries) == _DATASETS
        assert len(report.errors) == _DATASETS // 5
        return took

    def theirs() -> float:
        began = time.process_time()
        conforms, _, _ = pyshacl.validate(graph, shacl_graph=shapes, advanced=True)
        assert not conforms
        return time.process_time() - began

    found = run.alternating({"ours": ours, "pyshacl": theirs})
    yield Result(
        f"IB1, {_DATASETS:,} datasets from bytes to report, processor time", found["ours"], "s",
        "pyshacl, the same shapes on the parsed graph", found["pyshacl"], at_most=1.0,
    )  # fmt: skip
    peaks = {count: _peak_mib(run.folder / f"files-{count}", count) for count in _FILES}
    first, last = _FILES[0], _FILES[-1]
    yield Result(
        f"memory at its peak, {last:,} metadata files", peaks[last], "MiB",
        f"{first} files ({_FILES[1]}: {peaks[_FILES[1]]:.0f} MiB)", peaks[first], at_most=1.1,
    )  # fmt: skip


def _peak_mib(folder: Path, files: int) -> float:
    """Most memory that a run of the command over so many files had at once."""
    folder.mkdir()
    for number in range(files):
        (folder / f"{number:04}.ttl").write_text(turtle(20, number * 20))
    command = [sys.executable, "-c", _WITH_PEAK, "validate", "--profile", "ib1-open-data", "--json", str(folder)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    peak = re.search(r"peak (\d+)", done.stderr)
    if peak is None:
        raise SystemExit(done.stderr)
    return int(peak[1]) / 1024


#: What getrusage calls the peak is the parent's, where that has more.
_WITH_PEAK = """import atexit, re, sys
def say(): print("peak", re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1], file=sys.stderr)
atexit.register(say)
from dcip_server.commands import main
main()
"""
