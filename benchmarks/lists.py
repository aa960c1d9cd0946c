"""The change list of a catalog: made, made again after a change, sent to fast and to slow readers."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.frame import Result, Run
from benchmarks.loads import requests_a_second, save
from benchmarks.servers import nginx, resident_bytes
from dcip_server.formats.dcip import parse_dataset
from dcip_server.store import Put, Store

_LIST = "/rest/dataset/id.json"
#: wrk counts whole answers, of which a large list has few a second: in a shorter time those that are cut off would count.
_LEAST_S = 8
_SLOW_READERS = 8
_FIRST_BYTES = 20


def measure_list(run: Run, database: str, site: str, worker: int, root: Path, records: int) -> Iterator[Result]:
    """All of one catalog's list, beside nginx with the same file; ``root`` is a new folder for that."""
    url = site + _LIST
    whole_s = _first_byte_s(url)
    save(url, root / _LIST[1:])
    size = (root / _LIST[1:]).stat().st_size
    what = f"change list of {records:,} ({size / 1e6:,.0f} MB)"
    yield Result(f"{what}, first byte when it is made", whole_s, "s")
    with nginx(root) as peer:
        rates = run.alternating(
            {
                whose: partial(requests_a_second, at + _LIST, max(run.seconds, _LEAST_S), connections=4)
                for whose, at in (("ours", site), ("nginx", peer))
            }
        )
        yield Result(f"{what}, warm", rates["ours"], "/s", "nginx, sendfile", rates["nginx"], at_least=0.6)
    first = max(_first_byte_s(url) for _ in range(_FIRST_BYTES))
    yield Result(f"{what}, first byte, the slowest of {_FIRST_BYTES}", first * 1000, "ms", at_most=20)
    yield from _after_a_change(run, database, url, whole_s, what)
    yield from _slow_readers(url, worker, what)
    yield Result(f"worker's own memory after reads of {records:,}", resident_bytes(worker) / 2**20, "MiB", at_most=120)


def _after_a_change(run: Run, database: str, url: str, whole_s: float, what: str) -> Iterator[Result]:
    """The first byte after one record changed: until then the list is made, from then on it is sent as ever."""
    found = []
    for _ in range(run.rounds):
        with Store(database) as store:
            changed = {"id": "dataset-0000001", "title": f"Changed {time.time_ns()}", "license": "cc0-1.0"}
            store.revise([Put(parse_dataset(changed))])
        found.append(_first_byte_s(url))
    made = statistics.median(found)
    yield Result(f"{what}, made after one change", made, "s", "made the first time", whole_s, at_most=0.1)


def _slow_readers(url: str, worker: int, what: str) -> Iterator[Result]:
    """What the worker's memory grows by while clients read the list very slowly, and what others wait for."""
    before = resident_bytes(worker)
    with ExitStack() as readers:
        for _ in range(_SLOW_READERS):
            readers.enter_context(_asked(url)).recv(1000)
        time.sleep(2)
        grown = resident_bytes(worker) - before
        yield Result(f"{what}, {_SLOW_READERS} slow readers", grown / 2**20, "MiB", at_most=64)
        waited = max(_first_byte_s(url) for _ in range(_FIRST_BYTES))
        yield Result(f"{what}, first byte beside {_SLOW_READERS} slow readers", waited * 1000, "ms", at_most=20)


def _first_byte_s(url: str) -> float:
    begun = time.perf_counter()
    with _asked(url) as reader:
        if not reader.recv(1000).startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"{url}: not answered 200")
        return time.perf_counter() - begun


def _asked(url: str) -> socket.socket:
    """A connection on which the URL was asked for, and nothing read yet."""
    parts = urlsplit(url)
    reader = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=600)
    reader.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    return reader
