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
local before, word, after = path:match("^(.*){(.*)}(.*)$")
math.randomseed(tonumber(os.getenv("BENCHMARK_SEED")))
local function spelled()
    return before .. word:gsub(".", function(c) return math.random(2) == 1 and c:upper() or c end) .. after
end
request = function()
    return wrk.format("GET", string.format(word and spelled() or path, math.random(0, count - 1)))
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


def records_made_anew_a_second(site: str, ids: int, extension: str, seconds: int) -> float:
    """As :func:`records_a_second`, each under one of 128 spellings of its URL, so that hardly one is asked for again."""
    return paths_a_second(site, f"/rest/{{dataset}}/id/dataset-%07d.{extension}", ids, seconds)


def paths_a_second(site: str, path: str, ids: int, seconds: int) -> float:
    """Reads of a path with one of the numbers below ``ids`` in it (``%07d``), in an order of its own each time.

    A word in braces is spelled in small letters and capitals, each time otherwise.
    """
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
