"""``/directory``: the last update from registered metadata files, for everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dcip_server.store.directory import commit_update, read_directory
from tests.conftest import Site
from tests.web.html import Page

_FILE = "https://data.example.org/catalog.ttl"
_HOSTILE = "<script>alert(1)</script>"


def _finding(rule: str, severity: str, message: str = "It is so.") -> dict[str, Any]:
    return {"rule": rule, "severity": severity, "subject": f"{_FILE}#{_HOSTILE}", "property": "", "value": "", "message": message}  # fmt: skip


def _file(url: str, valid: str, *findings: dict[str, Any], **further: Any) -> dict[str, Any]:
    entries = [{"subject": f"{url}#1", "accepted": valid == "yes", "result": "accepted" if valid == "yes" else "kept"}]
    return {"file_url": url, "member_url": "https://directory.example.org/member/1", "valid": valid, "entries": entries,
            "removed": [], "findings": list(findings), "unchecked": [], **further}  # fmt: skip


def _keep(site: Site, *files: dict[str, Any]) -> dict[str, Any]:
    report = {"number": 1, "profile": "ib1-open-data", "started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T00:01:00Z",
              "created": 1, "updated": 2, "deleted": 3, "unchanged": 4, "files": list(files),
              "unregistered": [{"file_url": "https://gone.example.org/c.ttl", "removed": ["a", "b"]}]}  # fmt: skip
    commit_update(site.store.engine, read_directory(site.store.engine), (), lambda *_: None, lambda _: report)
    return report


def test_before_the_first_update_the_page_says_so_and_there_is_no_report(site: Site) -> None:
    assert "There was no update" in Page(site.get("/directory").text).one("main").text
    assert site.get("/directory.json").status_code == 404
    assert "/directory" not in site.get("/about").text


def test_the_page_shows_every_file_with_its_verdict_and_errors_first(site: Site) -> None:
    report = _keep(
        site,
        _file("https://data.example.org/good.ttl", "yes"),
        _file(_FILE, "no", _finding("IB1-C-12", "W"), _finding("IB1-L-02", "E", _HOSTILE)),
    )
    answer = site.get("/directory")
    assert answer.status_code == 200
    assert _HOSTILE not in answer.text
    page = Page(answer.text)
    cells = [cell.text for cell in page.all("td")]
    member = "https://directory.example.org/member/1"
    assert cells[:14] == [
        "https://data.example.org/good.ttl", member, "valid", "1", "0", "0", "0",
        _FILE, member, "not valid", "0", "1", "0", "0",
    ]  # fmt: skip
    assert cells[14::3] == ["error IB1-L-02", "warning IB1-C-12"]
    assert "1 created, 2 updated, 3 deleted, 4 unchanged" in page.one("main").text
    assert "https://gone.example.org/c.ttl" in page.one("main").text
    assert json.loads(site.get("/directory.json").data) == report
    assert "/directory" in site.get("/about").text


def test_of_many_findings_the_page_shows_the_first_and_tells_how_many_there_are(site: Site) -> None:
    _keep(site, _file(_FILE, "no", *(_finding("IB1-L-02", "E", f"Finding {number}") for number in range(120))))
    text = Page(site.get("/directory").text).one("main").text
    assert "Finding 49" in text
    assert "Finding 50" not in text
    assert "70 further findings" in text


@pytest.mark.parametrize(("language", "heading"), [("fr", "Annuaire"), ("de", "Verzeichnis"), ("nl", "Directory")])
def test_the_page_speaks_the_readers_language(language: str, heading: str, site: Site) -> None:
    _keep(site, _file(_FILE, "yes"))
    page = Page(site.get("/directory", headers={"Accept-Language": language}).text)
    assert page.one("h1").text == heading
