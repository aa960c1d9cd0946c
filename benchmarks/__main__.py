"""Runs every measurement beside its peer and prints ratios: medians of alternating rounds.

``python -m benchmarks [--datasets N] [--rounds N] [--seconds N]``; needs Debian's wrk and
nginx-light, and two processors: the server runs on the first, the load on the second.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.files import save_files
from benchmarks.loads import get, records_a_second, requests_a_second
from benchmarks.publications import measure_publications
from benchmarks.records import ndjson
from benchmarks.servers import nginx, ours, resident_bytes
from benchmarks.writes import measure_imports, measure_list_after_a_change, measure_reads_beside_a_writer

_SLOW_READERS = 8
_HOT = 200


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
    measure_imports(lines, database, datasets, folder)
    root = folder / "static"
    save_files(database, root)
    with ours(database) as (site, worker):
        begun = time.perf_counter()
        (root / "rest/dataset/id.json").write_bytes(get(f"{site}/rest/dataset/id.json"))
        whole_s = time.perf_counter() - begun
        print(f"change list of {datasets:,}, first request (made anew): {whole_s:.2f} s")
        with nginx(root, folder) as peer:
            rates = _alternating(_loads(site, peer, datasets, seconds), rounds)
        _ratio(f"{_HOT} ids again and again, JSON", rates["hot"], "nginx, the same files", rates["nginx hot"])
        _ratio(f"each of {datasets:,} ids at random, JSON", rates["any"], "nginx, the same files", rates["nginx any"])
        _ratio(f"{_HOT} ids again and again, N3", rates["hot N3"], "the same in JSON", rates["hot"])
        _ratio(f"each of {datasets:,} ids at random, N3", rates["any N3"], "the same in JSON", rates["any"])
        _ratio("change list", rates["list"], "nginx, the same file", rates["nginx list"])
        measure_list_after_a_change(database, site, whole_s)
        measure_reads_beside_a_writer(database, site)
        _slow_readers(site, worker)
    measure_publications(database)


def _loads(site: str, peer: str, datasets: int, seconds: int) -> dict[str, Callable[[], float]]:
    return {
        "hot": lambda: records_a_second(site, _HOT, "json", seconds),
        "nginx hot": lambda: records_a_second(peer, _HOT, "json", seconds),
        "any": lambda: records_a_second(site, datasets, "json", seconds),
        "nginx any": lambda: records_a_second(peer, datasets, "json", seconds),
        "hot N3": lambda: records_a_second(site, _HOT, "dcat.N3", seconds),
        "any N3": lambda: records_a_second(site, datasets, "dcat.N3", seconds),
        "list": lambda: requests_a_second(f"{site}/rest/dataset/id.json", seconds, connections=4),
        "nginx list": lambda: requests_a_second(f"{peer}/rest/dataset/id.json", seconds, connections=4),
    }


def _alternating(loads: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Each load in turn, round after round; the median of each."""
    found: dict[str, list[float]] = {name: [] for name in loads}
    for _ in range(rounds):
        for name, load in loads.items():
            found[name].append(load())
    return {name: statistics.median(values) for name, values in found.items()}


def _ratio(what: str, value: float, peer: str, other: float) -> None:
    print(f"{what}: {value:,.0f} requests/s; {peer}: {other:,.0f}; ratio {value / other:.3f}")


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
    get(f"{site}/rest/help.txt")
    waited = (time.perf_counter() - begun) * 1000
    print(
        f"{_SLOW_READERS} slow readers of the list: {grown / 2**20:+.1f} MiB; another request meanwhile: {waited:.0f} ms"
    )
    print(f"worker after all that: {resident_bytes(worker) / 2**20:.0f} MiB of its own")
    for reader in readers:
        reader.close()


if __name__ == "__main__":
    main()
