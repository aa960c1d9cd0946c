"""What readers see while another process writes: no error, no torn answer, nothing that is old."""

from __future__ import annotations

import hashlib
import http.client
import json
import multiprocessing
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from benchmarks.catalogs import import_lines
from benchmarks.frame import Result, Run, part
from benchmarks.servers import LOAD_CPU, ours
from dcip_server.entities import Dataset
from dcip_server.formats.dcip import parse_dataset
from dcip_server.store import Put, Store

_RECORDS = 1000
#: The first records are written, one after the other, again and again.
_WRITTEN = 100
_READERS = 4
#: Records a commit and records a second; one at a time is tried as fast as it goes.
_RATES = ((10, 1000), (1, None))
#: How much faster the writer is made to go, since a pause ends late.
_HASTE = 1.05
#: What a record says of which version it is, in JSON and in N3.
_VERSION = re.compile(rb'(?:"version":|dcat:version )"(\d+)"')


@dataclass
class _Seen:
    """What readers saw: of each answer when it was asked for and the record's version, and what was wrong.

    ``etags`` has the JSON's digest for each version, whichever format it came with.
    """

    reads: list[tuple[float, int]] = field(default_factory=list)
    lists: int = 0
    etags: dict[int, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@part("freshness")
def measure_freshness(run: Run) -> Iterator[Result]:
    """Readers beside another process that writes: errors, torn answers, and how old an answer can be."""
    database = f"sqlite:///{run.folder}/written.db"
    import_lines(run.ndjson(_RECORDS), database)
    with ours(database) as (site, _):
        for place, (batch, rate) in enumerate(_RATES, start=1):
            yield from _beside(database, site, place * 10**7, batch, rate, 3 * run.seconds)


def _beside(database: str, site: str, first: int, batch: int, rate: int | None, seconds: int) -> Iterator[Result]:
    """One writer that gives its records the versions from ``first`` on."""
    with Store(database) as store:
        store.revise([Put(_record(first + number)) for number in range(_WRITTEN)])
    written = time.monotonic()
    context = multiprocessing.get_context("spawn")
    committed: Any = context.Queue()
    arguments = (database, first + _WRITTEN, batch, rate, seconds, committed)
    writer = context.Process(target=_write, args=arguments, daemon=True)
    seen, ended = _Seen(), threading.Event()
    readers = [threading.Thread(target=_in_a_loop, args=(_read, site, seen, ended)) for _ in range(_READERS)]
    readers.append(threading.Thread(target=_in_a_loop, args=(_read_list, site, seen, ended)))
    for thread in readers:
        thread.start()
    writer.start()
    try:
        begun, *commits = committed.get(timeout=60 + 2 * seconds)
    finally:
        ended.set()
        for thread in readers:
            thread.join()
    writer.join()
    # A version is right until the commit that writes its record again.
    replaced = {first + place: commits[place // batch] for place in range(len(commits) * batch)}
    late = (asked - replaced.get(version, asked if version >= first else written) for asked, version in seen.reads)
    took = commits[-1] - begun
    what = f"writer, {batch} a commit, beside {_READERS} readers"
    yield Result(f"{what}: writes", len(commits) * batch / took, "/s", at_least=rate)
    yield Result(f"{what}: reads (and {seen.lists} of the list)", len(seen.reads) / took, "/s")
    yield Result(f"{what}: errors, torn answers", len(seen.wrong), "", at_most=0)
    for wrong in seen.wrong[:3]:
        print(wrong)
    yield Result(f"{what}: oldest answer, after a commit", max(0.0, *late) * 1000, "ms", at_most=1000)


def _record(version: int) -> Dataset:
    """A version of one of the written records: all that says which it is, and how long the record is, goes together."""
    value = {"id": f"dataset-{version % _WRITTEN:07}", "title": "A", "license": "cc0-1.0"}
    return parse_dataset({**value, "version": str(version), "description": _filling(version)})


def _filling(version: int) -> str:
    return f"of {version} " * (version % 97 + 1)


def _write(database: str, version: int, batch: int, rate: int | None, seconds: int, committed: Any) -> None:
    """Write for so long; tells when it began and when each commit was done."""
    os.sched_setaffinity(0, {int(LOAD_CPU)})
    with Store(database) as store:
        store.revise([])
        times = [time.monotonic()]
        while times[-1] < times[0] + seconds:
            if rate and (wait := times[0] + (len(times) - 1) * batch / (_HASTE * rate) - times[-1]) > 0:
                time.sleep(wait)
            store.revise([Put(_record(version + place)) for place in range(batch)])
            version += batch
            times.append(time.monotonic())
    committed.put(times)


def _in_a_loop(
    read: Callable[[http.client.HTTPConnection, _Seen], None], site: str, seen: _Seen, ended: threading.Event
) -> None:
    """Read until the writer has ended; whatever fails is noted."""
    os.sched_setaffinity(0, {int(LOAD_CPU)})
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=10)
    while not ended.is_set():
        try:
            read(connection, seen)
        except (OSError, http.client.HTTPException, ValueError) as error:
            seen.wrong.append(repr(error))
            connection.close()


def _read(connection: http.client.HTTPConnection, seen: _Seen) -> None:
    """One of the written records, in one of the formats."""
    place, extension = random.randrange(_WRITTEN), random.choice(("json", "dcat.N3"))
    asked = time.monotonic()
    connection.request("GET", f"/rest/dataset/id/dataset-{place:07}.{extension}")
    answer = connection.getresponse()
    body = answer.read()
    match = _VERSION.search(body)
    if answer.status != 200 or match is None or len(body) != int(answer.headers["Content-Length"]):
        raise ValueError(f"status {answer.status}, {len(body)} bytes")
    version = int(match[1])
    seen.reads.append((asked, version))
    etag = answer.headers["ETag"].strip('"').partition("-")[0]
    whole = f'"{_filling(version)}"'.encode() in body or f'"{_filling(version).strip()}"'.encode() in body
    if version % _WRITTEN != place or not whole or seen.etags.setdefault(version, etag) != etag:
        raise ValueError(f"torn: {version} of record {place}, ETag {etag}")
    if extension == "json" and hashlib.sha256(body).hexdigest() != etag:
        raise ValueError(f"torn: ETag {etag} of other bytes")


def _read_list(connection: http.client.HTTPConnection, seen: _Seen) -> None:
    """The change list: all records, each once, in the order of their revisions."""
    connection.request("GET", "/rest/dataset/id.json")
    answer = connection.getresponse()
    entries = json.loads(answer.read())
    revisions = [entry["revision"] for entry in entries]
    if len({entry["id"] for entry in entries}) != _RECORDS or revisions != sorted(set(revisions)):
        raise ValueError("torn: a list that is not of one revision")
    seen.lists += 1
