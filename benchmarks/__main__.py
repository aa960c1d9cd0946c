"""Runs every measurement beside its peer and prints ratios: medians of alternating rounds.

``python -m benchmarks [--datasets N] [--rounds N] [--seconds N]``; needs Debian's wrk and
nginx-light, and two processors: the server runs on the first, the load on the second.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchmarks.records import ndjson
from benchmarks.servers import LOAD_CPU, nginx, ours, resident_bytes

_SLOW_READERS = 8


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--datasets", type=int, default=100_000, help="how large the catalog is")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts")
    parser.add_argument("--seconds", type=int, default=4, help="how long one load lasts")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed")
    with tempfile.TemporaryDirectory(prefix="dcip-benchmark-") as name:
        _measure(Path(name), arguments.datasets, arguments.rounds, arguments.seconds)


def _measure(folder: Path, datasets: int, rounds: int, seconds: int) -> None:
    lines = folder / "catalog.ndjson"
    lines.write_bytes(ndjson(datasets))
    database = f"sqlite:///{folder}/catalog.db"
    _imports(lines, database, datasets, folder)
    root = folder / "static"
    root.mkdir()
    with ours(database) as (site, worker):
        endpoint = f"{site}/rest/dataset"
        one = f"{endpoint}/id/dataset-{datasets // 2:07}"
        (root / "one.json").write_bytes(_get(f"{one}.json"))
        begun = time.perf_counter()
        (root / "list.json").write_bytes(_get(f"{endpoint}/id.json"))
        print(f"change list of {datasets:,}, first request (made anew): {time.perf_counter() - begun:.2f} s")
        with nginx(root, folder) as peer:
            loads = {
                "one.json": lambda: _requests_a_second(f"{one}.json", seconds),
                "nginx one": lambda: _requests_a_second(f"{peer}/one.json", seconds),
                "one.n3": lambda: _requests_a_second(f"{one}.dcat.N3", seconds),
                "list": lambda: _requests_a_second(f"{endpoint}/id.json", seconds, connections=4),
                "nginx list": lambda: _requests_a_second(f"{peer}/list.json", seconds, connections=4),
            }
            rates = _alternating(loads, rounds)
        _ratio("one dataset in JSON", rates["one.json"], "nginx, the same file", rates["nginx one"], "requests/s")
        _ratio("one dataset in N3", rates["one.n3"], "the same in JSON", rates["one.json"], "requests/s")
        _ratio("change list", rates["list"], "nginx, the same file", rates["nginx list"], "requests/s")
        _slow_readers(site, worker)


def _alternating(loads: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Each load in turn, round after round; the median of each."""
    found: dict[str, list[float]] = {name: [] for name in loads}
    for _ in range(rounds):
        for name, load in loads.items():
            found[name].append(load())
    return {name: statistics.median(values) for name, values in found.items()}


def _ratio(what: str, value: float, peer: str, other: float, unit: str) -> None:
    print(f"{what}: {value:,.0f} {unit}; {peer}: {other:,.0f}; ratio {value / other:.3f}")


def _requests_a_second(url: str, seconds: int, connections: int = 16) -> float:
    command = ["taskset", "-c", LOAD_CPU, "wrk", "-t1", f"-c{connections}", f"-d{seconds}", url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{url}: {output}")
    match = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert match is not None
    return float(match[1])


def _imports(lines: Path, database: str, datasets: int, folder: Path) -> None:
    first = _timed(lambda: _import(lines, database))
    again = _timed(lambda: _import(lines, database))
    peer = _timed(lambda: _plain_insert(lines, folder / "plain.db"))
    print(f"import of {datasets:,} lines: {first:.1f} s, {datasets / first:,.0f} datasets/s")
    print(f"json.loads and one SQLite insert a line: {peer:.1f} s; ratio {first / peer:.1f}")
    print(f"the same import again, nothing changed: {again:.1f} s; ratio to the first {again / first:.2f}")


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _import(lines: Path, database: str) -> None:
    command = [sys.executable, "-m", "dcip_server", "--database", database, "import", "--quiet", str(lines)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _plain_insert(lines: Path, database: Path) -> None:
    with sqlite3.connect(database) as connection, lines.open("rb") as source:
        connection.execute("CREATE TABLE record (id TEXT PRIMARY KEY, body BLOB)")
        rows = ((json.loads(line)["id"], line) for line in source)
        connection.executemany("INSERT INTO record VALUES (?, ?)", rows)


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=600) as answer:
        body: bytes = answer.read()
        return body


def _slow_readers(site: str, worker: int) -> None:
    """What the worker's memory grows by while clients read the list very slowly."""
    before = resident_bytes(worker)
    host, _, port = site.removeprefix("http://").partition(":")
    readers = []
    for _ in range(_SLOW_READERS):
        reader = socket.create_connection((host, int(port)))
        reader.sendall(f"GET /rest/dataset/id.json HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        reader.recv(1000)
        readers.append(reader)
    time.sleep(2)
    grown = resident_bytes(worker) - before
    begun = time.perf_counter()
    _get(f"{site}/rest/help.txt")
    waited = (time.perf_counter() - begun) * 1000
    print(
        f"{_SLOW_READERS} slow readers of the list: {grown / 2**20:+.1f} MiB; another request meanwhile: {waited:.0f} ms"
    )
    print(f"worker after all that: {resident_bytes(worker) / 2**20:.0f} MiB of its own")
    for reader in readers:
        reader.close()


if __name__ == "__main__":
    main()
