"""Publishing through the portal API while others read: one publisher, one worker, fifty readers."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from benchmarks.frame import Result, Run, part
from benchmarks.loads import requests_a_second
from benchmarks.servers import ours
from dcip_server.store import Store

_SECONDS = 10
_READERS = 50


@part("publications")
def measure_publications(run: Run) -> Iterator[Result]:
    """Datasets created through the portal API, alone and beside fifty readers of one of them, who see no error."""
    database = f"sqlite:///{run.folder}/published.db"
    Store(database, create=True).close()
    command = [sys.executable, "-m", "dcip_server", "--database", database, "apikey", "create", "benchmark"]
    key = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    with ours(database, DCIP_PORTAL_API="on") as (site, _):
        alone, id = _publish(site, key, "alone")
        rates: list[float] = []
        read = f"{site}/rest/dataset/id/{id}.json"
        readers = threading.Thread(target=lambda: rates.append(requests_a_second(read, _SECONDS, _READERS)))
        readers.start()
        beside, _ = _publish(site, key, "beside")
        readers.join()
        if not rates:
            raise SystemExit("a reader saw an error")
    yield Result("datasets published by one publisher, alone", alone, "/min")
    what = f"the same beside {_READERS} readers as fast as they can, no error"
    yield Result(what, beside, "/min", "alone", alone)
    yield Result("reads by these readers", rates[0], "/s")


def _publish(site: str, key: str, name: str) -> tuple[float, str]:
    """Datasets created a minute, and the id of the last one."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=60)
    headers = {"X-API-KEY": key, "Content-Type": "application/json"}
    begun = time.perf_counter()
    done, id = 0, ""
    while time.perf_counter() - begun < _SECONDS:
        resource = {"title": "Events", "type": "api", "url": f"https://misp.example/events/restSearch/tags:{done}"}
        body = {"title": f"{name} {done}", "description": "From MISP.", "resources": [resource]}
        connection.request("POST", "/api/1/datasets/", json.dumps(body), headers)
        answer = connection.getresponse()
        made = json.load(answer)
        if answer.status != 201:
            raise SystemExit(f"{answer.status}: {made}")
        done, id = done + 1, made["id"]
    connection.close()
    return done * 60 / (time.perf_counter() - begun), id
