"""Load by wrk from the second processor."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from benchmarks.servers import LOAD_CPU

_SCRIPT = """
local count, path = tonumber(os.getenv("BENCHMARK_IDS")), os.getenv("BENCHMARK_PATH")
math.randomseed(tonumber(os.getenv("BENCHMARK_SEED")))
request = function()
    return wrk.format("GET", string.format(path, math.random(0, count - 1)))
end
"""


def get(url: str) -> bytes:
    """The body of one answer."""
    with urllib.request.urlopen(url, timeout=600) as answer:
        body: bytes = answer.read()
        return body


def save(url: str, path: Path) -> None:
    """One answer's body as a file."""
    path.parent.mkdir(parents=True)
    with urllib.request.urlopen(url, timeout=600) as answer, path.open("wb") as file:
        shutil.copyfileobj(answer, file)


def requests_a_second(url: str, seconds: int, connections: int = 16) -> float:
    """The same request again and again."""
    return _wrk([url], seconds, connections, {})


def records_a_second(site: str, ids: int, extension: str, seconds: int) -> float:
    """Reads of our records in random order, among the first ``ids``."""
    return paths_a_second(site, f"/rest/dataset/id/dataset-%07d.{extension}", ids, seconds)


def paths_a_second(site: str, path: str, ids: int, seconds: int) -> float:
    """Reads of a path with one of the numbers below ``ids`` in it (``%07d``), in an order of its own each time."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT)
        script.flush()
        seed = str(random.randrange(2**31))
        environment = {"BENCHMARK_IDS": str(ids), "BENCHMARK_PATH": path, "BENCHMARK_SEED": seed}
        return _wrk(["-s", script.name, site], seconds, 16, environment)


def _wrk(arguments: list[str], seconds: int, connections: int, environment: dict[str, str]) -> float:
    command = [
        "taskset",
        "-c",
        LOAD_CPU,
        "wrk",
        "-t1",
        "--timeout",
        "60s",
        f"-c{connections}",
        f"-d{seconds}",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **environment})
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"{arguments}: {done.stdout}")
    match = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert match is not None
    return float(match[1])
