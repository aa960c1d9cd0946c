"""What goes wrong outside the endpoint: logged with all there is to know, and told to nobody."""

from __future__ import annotations

import http.client
import logging
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dcip_server.store import Put, Store
from tests.conftest import Server, Site
from tests.records import dataset
from tests.web.html import Page


def _break(store: Store, tmp_path: Path) -> None:
    store.close()
    for path in tmp_path.glob("catalog.db*"):
        path.unlink()


def test_a_page_that_fails_is_answered_500_without_a_word_of_why(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site.store.revise([Put(dataset("a"))])
    assert site.get("/").status_code == 200
    site.ask_once()
    _break(site.store, tmp_path)
    deadline = time.monotonic() + 1
    with caplog.at_level(logging.ERROR):
        # What is kept is not asked after at each request, but at least once a second.
        while (answer := site.get("/")).status_code == 200 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert answer.status_code == 500
    assert int(answer.headers["Content-Length"]) == len(answer.data) > 0
    for secret in (b"Traceback", b"sqlite", b"catalog.db", str(tmp_path).encode()):
        assert secret not in answer.data
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "please try again later" in Page(answer.text).one("main").text.lower()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    (logged,) = [entry for entry in caplog.records if entry.name == "dcip_server"]
    assert logged.exc_info is not None
    assert "GET '/'" in logged.getMessage()


def test_what_needs_no_catalog_goes_on_without_one(site: Site, tmp_path: Path) -> None:
    _break(site.store, tmp_path)
    assert site.get("/static/style.css").status_code == 200
    assert site.get("/no/such/page").status_code == 404
    assert site.get("/rest/help.txt").status_code == 200
    assert site.get("/rest/dataset/id/").status_code == 500


def test_a_failing_page_has_no_body_for_head(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, serve: Callable[..., Server]
) -> None:
    server = serve(sqlite_url)
    _break(sqlite_store, tmp_path)
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    for method in ("HEAD", "GET", "HEAD"):
        connection.request(method, "/")
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 500
        assert bool(body) == (method == "GET")
    connection.close()
    assert "Traceback" in server.log
    assert server.process.poll() is None


def test_a_catalog_that_is_back_is_served_again(site: Site, tmp_path: Path) -> None:
    site.store.revise([Put(dataset("a", title="Back again"))])
    site.store.close()
    away = (tmp_path / "catalog.db").rename(tmp_path / "away.db")
    for path in tmp_path.glob("catalog.db-*"):
        path.unlink()
    assert site.get("/").status_code == 500
    away.rename(tmp_path / "catalog.db")
    assert "Back again" in site.get("/").text


@pytest.mark.parametrize("path", ["/", "/nothing/here", "/dataset/none", "/changes"])
def test_a_host_that_is_none_is_refused_at_every_address_also_where_there_is_nothing(site: Site, path: str) -> None:
    answer = site.get(path, headers={"Host": "no host"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert "names no host" in answer.text
