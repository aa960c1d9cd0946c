"""A real server over a catalog of everything that pages show, and a real browser to look at it."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from dcip_server.commands.progress import progress
from dcip_server.formats.dcip import parse_dataset
from dcip_server.harvest.job import Job, Limits
from dcip_server.store import Delete, Put, Store
from dcip_server.store.api_keys import create_api_key
from dcip_server.store.audits import AuditFigures
from dcip_server.store.directory import commit_update, read_directory
from tests.browser.chromium import Browser, browsing, programs
from tests.browser.hostile import TEXTS, hostile_record
from tests.conftest import Server, serving
from tests.records import dataset

#: A series, a member of it and a service that gives the member.
_RELATED = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<http://x.example/s> a dcat:DatasetSeries ; dct:identifier "levels" ; dct:title "Water levels of all years" .
<http://x.example/a> a dcat:Dataset ; dct:identifier "levels/2025" ; dct:title "Water levels 2025" ;
  dct:description "Levels of all gauges." ; dcat:inSeries <http://x.example/s>, <http://y.example/other> .
<http://x.example/w> a dcat:DataService ; dct:identifier "gauges" ; dct:title "Gauges as a service" ;
  dcat:endpointURL <https://gauges.example/api> ; dcat:servesDataset <http://x.example/a>, <http://y.example/far> .
"""
#: The page of what is published through the portal's API.
PUBLICATION = "/en/datasets/certificates-script-window-taken-1-script/"
_WITHDRAWN = (
    "ib1-open-data: IB1-L-02: <https://creativecommons.org/licenses/by-nc/4.0/> does not meet the Open Definition"
)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of a process."""
    if programs() is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed; .ci/run installs it")
        pytest.skip("Chromium is not installed on this machine")
    with browsing(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.fixture(scope="session")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the sample and whatever else a page can have to show; tests change nothing there."""
    folder = tmp_path_factory.mktemp("site")
    database = f"sqlite:///{folder}/catalog.db"
    _fill(database, folder)
    with serving(database, folder, DCIP_LIST_FOLDER=str(folder / "lists"), DCIP_PORTAL_API="on") as server:
        _publish(server, _key(database))
        yield server


@pytest.fixture(scope="session")
def empty_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over a catalog that holds nothing yet."""
    folder = tmp_path_factory.mktemp("empty")
    database = f"sqlite:///{folder}/catalog.db"
    Store(database, create=True).close()
    with serving(database, folder, DCIP_LIST_FOLDER=str(folder / "lists")) as server:
        yield server


def _fill(database: str, folder: Path) -> None:
    related = folder / "related.ttl"
    related.write_text(_RELATED, encoding="utf-8")
    sample = resources.files("dcip_server.sample_catalog")
    files = [str(file) for file in sample.iterdir() if file.name.endswith((".ttl", ".json"))]
    with Store(database, list_folder=str(folder / "lists"), create=True) as store:
        store.revise([Put(parse_dataset(hostile_record(name))) for name in TEXTS])
        with progress(quiet=True, verbose=False) as listener:
            Job([*sorted(files), str(related)], Limits(1 << 30, 1 << 30), listener).run(store)
        store.revise([Put(dataset("withdrawn", title="A record that was withdrawn"))])
        store.revise([Delete("dataset", "withdrawn", reason=_WITHDRAWN)])
        store.revise([Put(dataset("base/csv", title="One spelling of CSV")), Put(_in_small_letters())])
        figures = {"DCIP-SCHEMA-1": 3}
        store.write_audit(AuditFigures("dcip", 1, records=30, violating=3, warned=2, rules=figures, unchecked=("X-1",)))
        report = _directory_report()
        commit_update(store.engine, read_directory(store.engine), (), lambda *_: None, lambda _: report)


def _in_small_letters() -> Any:
    resource = {"resource_type": "file", "url": "https://data.example/small.csv", "format": "csv"}
    return dataset("base/small-csv", title="Another spelling of CSV", resources=[resource])


def _directory_report() -> dict[str, Any]:
    findings = [
        {"rule": "IB1-C-04", "severity": severity, "subject": f"https://data.example/#{text[:300]}", "property": "", "value": "", "message": text}
        for severity, text in zip("EW" * len(TEXTS), TEXTS.values(), strict=False)
    ]  # fmt: skip
    file = {
        "file_url": f"https://data.example.org/{'long-' * 30}catalog.ttl",
        "member_url": "https://directory.example.org/member/1",
        "valid": "partial",
        "entries": [{"subject": "https://data.example.org/#1", "accepted": True, "result": "accepted"}],
        "removed": ["https://data.example.org/#2"],
        "findings": findings,
        "unchecked": [],
    }
    sound = {**file, "file_url": "https://data.example.org/sound.ttl", "valid": "yes", "findings": []}
    return {"number": 7, "profile": "ib1-open-data", "started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T00:01:00Z",
            "created": 1, "updated": 2, "deleted": 3, "unchanged": 4, "files": [sound, file],
            "unregistered": [{"file_url": "https://gone.example.org/c.ttl", "removed": ["a", "b"]}]}  # fmt: skip


def _key(database: str) -> str:
    with Store(database) as store:
        return create_api_key(store.engine, "misp", "publisher")


def _publish(server: Server, key: str) -> None:
    """A dataset with one resource, by the portal's API."""
    value = {
        "title": "Certificates <script>window.taken=1</script>",
        "description": TEXTS["markdown"],
        "frequency": "weekly",
    }
    found = _post(server, key, "datasets/", value)
    value = {"title": TEXTS["attribute"][:300], "url": "https://misp.example/events", "type": "api", "format": "json"}
    _post(server, key, f"datasets/{found['id']}/resources/", value)
    assert f"/en/datasets/{found['slug']}/" == PUBLICATION


def _post(server: Server, key: str, path: str, value: dict[str, str]) -> dict[str, Any]:
    headers = {"X-API-KEY": key, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/api/1/{path}", json.dumps(value).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
