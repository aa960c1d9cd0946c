"""Outside the endpoint ordinary HTTP holds: HEAD, strong ETags, 304, gzip, Last-Modified."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from dcip_server.formats.ckan import parse_record
from dcip_server.store import Put, Store
from dcip_server.web.packed import PackedFiles
from tests.conftest import Server, Site
from tests.records import dataset

PATHS = (
    "/",
    "/about",
    "/changes",
    "/search?q=a",
    "/search.json?q=a",
    "/opensearch.xml",
    "/dataset/a",
    "/api/3/action/package_list",
    "/api/3/action/package_search",
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap-1.xml",
    "/static/style.css",
    "/catalog.ttl",
    "/catalog.rdf?page=1",
    "/dataset/a.jsonld",
    "/data.json",
    "/dcip.json",
    "/data.rdf",
)


@pytest.fixture
def server(sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]) -> Server:
    sqlite_store.revise([Put(dataset(id)) for id in ("a", "b")])
    return serve(sqlite_url)


def test_every_kind_of_answer_is_ordinary_http_over_a_real_server(server: Server) -> None:
    assert len(PATHS) == 19
    with closing(HTTPConnection(server.url.removeprefix("http://"))) as connection:

        def ask(method: str, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
            connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return answer, answer.read()

        for path in PATHS:
            plain, body = ask("GET", path)
            assert (plain.status, plain.headers["Content-Length"]) == (200, str(len(body))), path
            etag = plain.headers["ETag"]
            assert etag.startswith('"'), path
            assert plain.headers["Content-Encoding"] is None
            head, nothing = ask("HEAD", path)
            for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified", "Vary"):
                assert head.headers[name] == plain.headers[name], (path, name)
            assert (head.status, nothing) == (200, b""), path
            known, nothing = ask("GET", path, If_None_Match=f'"other", {etag}')
            assert (known.status, nothing, known.headers["ETag"]) == (304, b"", etag), path
            packed, packed_body = ask("GET", path, Accept_Encoding="gzip, br")
            if len(body) < 500:
                assert (packed_body, packed.headers["ETag"]) == (body, etag), path
                continue
            assert packed.headers["Content-Encoding"] == "gzip", path
            assert gzip.decompress(packed_body) == body, path
            assert packed.headers["Content-Length"] == str(len(packed_body)), path
            assert packed.headers["ETag"] not in (etag, None), path
            assert "Accept-Encoding" in plain.headers["Vary"], path
            assert packed.headers["Vary"] == plain.headers["Vary"], path
            known, nothing = ask("GET", path, Accept_Encoding="gzip", If_None_Match=packed.headers["ETag"])
            assert (known.status, nothing, known.headers["ETag"]) == (304, b"", packed.headers["ETag"]), path
            assert "Accept-Encoding" in known.headers["Vary"], path


_ACTION = "/api/3/action"
#: Every address that a harvester or a search engine is given, of records of which some have long answers.
HARVESTED = (
    "/robots.txt", "/sitemap.xml", "/sitemap-1.xml", "/changes.atom",
    *(f"/catalog.{extension}" for extension in ("ttl", "rdf", "jsonld", "n3")), "/catalog.ttl?page=2", "/catalog.rdf?page=2",
    "/data.json", "/dcip.json", "/data.rdf", "/dcip.json?page_size=3&page=2", "/dcip.json?page_size=190",
    "/dcip.json?modified_since=2020-01-01", "/data.rdf?modified_since=2020-01-01", "/data.rdf?page_size=2",
    "/dataset/a", *(f"/dataset/a.{extension}" for extension in ("html", "json", "ttl", "rdf", "jsonld", "n3")),
    f"{_ACTION}/package_list", f"{_ACTION}/package_list?limit=3", f"{_ACTION}/package_show?id=a", f"{_ACTION}/package_search",
    f"{_ACTION}/package_search?fq=metadata_modified:[2020-01-01T00:00:00Z+TO+*]&rows=1000", f"{_ACTION}/organization_list",
    f"{_ACTION}/organization_show?id=o", f"{_ACTION}/group_list", f"{_ACTION}/group_show?id=g", f"{_ACTION}/site_read",
    f"{_ACTION}/status_show", f"{_ACTION}/current_package_list_with_resources", "/api/action/package_list",
)  # fmt: skip


@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_ordinary_http_holds_at_every_address_that_is_harvested(
    site: Site, monkeypatch: pytest.MonkeyPatch, accepted: str
) -> None:
    monkeypatch.setattr("dcip_server.web.ordinary_http._SETTLED_AFTER", timedelta(seconds=-5))
    owned = {"id": "a", "title": "A", "organization": {"id": "o", "name": "o", "title": "O"}, "groups": [{"name": "g"}],
             "resources": []}  # fmt: skip
    long = (dataset(number, description=f"What {number} is about. " * 300) for number in range(199))
    site.store.revise([Put(parse_record(owned)), *(Put(record) for record in long)])
    # Lint knows no HEAD.
    client = Client(site.ask_once())
    assert len(HARVESTED) == len(set(HARVESTED)) == 38
    packed = 0

    def ask(path: str, method: str = "GET", **headers: str) -> TestResponse:
        sent = {"Accept-Encoding": accepted, **{name.replace("_", "-"): text for name, text in headers.items()}}
        return client.open(path, method=method, base_url=site.url, headers=sent, buffered=True)

    for path in HARVESTED:
        answer = ask(path)
        etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
        assert (answer.status_code, answer.content_length, etag[0]) == (200, len(answer.data), '"'), path
        is_packed = answer.headers.get("Content-Encoding") == "gzip"
        packed += is_packed
        size = len(gzip.decompress(answer.data)) if is_packed else len(answer.data)
        assert is_packed == (accepted == "gzip" and size >= 500), path
        assert ("Accept-Encoding" in answer.headers.get("Vary", "")) is (size >= 500), path
        head = ask(path, "HEAD")
        assert (head.status_code, head.data) == (200, b""), path
        for name in ("Content-Type", "Content-Length", "Content-Encoding", "ETag", "Last-Modified", "Vary"):
            assert head.headers.get(name) == answer.headers.get(name), (path, name)
        # If-None-Match compares weakly and wins; a date that cannot be read is none.
        known = (
            *({"If_None_Match": tag} for tag in (etag, "*", f'"x", {etag}', f"W/{etag}", f'W/"x" , W/{etag},"y"')),
            {"If_Modified_Since": modified}, {"If_Modified_Since": "Fri, 31 Dec 2199 23:59:59 GMT"},
            {"If_None_Match": etag, "If_Modified_Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        )  # fmt: skip
        new = (
            {"If_None_Match": '"x"'}, {"If_Modified_Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, {"If_Modified_Since": "soon"},
            {"If_None_Match": '"x"', "If_Modified_Since": modified}, {"Range": "bytes=0-9"},
        )  # fmt: skip
        for headers in known:
            for method in ("GET", "HEAD"):
                again = ask(path, method, **headers)
                assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag), (path, headers)
                assert again.headers.get("Vary") == answer.headers.get("Vary"), (path, headers)
        for headers in new:
            again = ask(path, **headers)
            assert (again.status_code, again.data, again.headers["ETag"]) == (200, answer.data, etag), (path, headers)
        assert "Accept-Ranges" not in answer.headers, path
    assert packed == (28 if accepted else 0)


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("*", True), ("identity;q=0.5, gzip;q=1", True), ("gzip;q=0", False), ("gzip;q=0.2, identity", False),
     ("br", False), ("", False), ("GZIP", True)],
)  # fmt: skip
def test_gzip_is_for_who_accepts_it(site: Site, accepted: str, packed: bool) -> None:
    assert (site.get("/", headers={"Accept-Encoding": accepted}).headers.get("Content-Encoding") == "gzip") is packed


def test_a_compressed_answer_promises_no_parts_of_a_file_that_is_not(site: Site) -> None:
    plain = site.get("/static/style.css")
    assert plain.headers["Accept-Ranges"] == "bytes"
    part = site.get("/static/style.css", headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.data) == (206, plain.data[5:10])
    packed = site.get("/static/style.css", headers={"Accept-Encoding": "gzip"})
    assert (packed.headers["Content-Encoding"], "Accept-Ranges" in packed.headers) == ("gzip", False)


def test_long_feeds_are_packed_once_and_have_their_length_and_a_tag_of_their_own(site: Site, tmp_path: Path) -> None:
    site.store.revise([Put(dataset(number, description="What it is about. " * 400)) for number in range(200)])
    bare = Client(site.ask_once())
    for path in ("/data.json", "/dcip.json", "/data.rdf", "/dcip.json?page_size=180", "/dcip.json?page_size=170"):
        plain = site.get(path)
        assert len(plain.data) > 1 << 20
        assert (plain.headers["Vary"], "Content-Encoding" in plain.headers) == ("Accept-Encoding", False)
        wanted = {"Accept-Encoding": "gzip"}
        packed = site.get(path, headers=wanted)
        assert gzip.decompress(packed.data) == plain.data
        assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 4
        assert packed.headers["ETag"] == plain.headers["ETag"].rstrip('"') + '-gzip"'
        # Lint knows no HEAD.
        head = bare.head(path, base_url=site.url, headers=wanted, buffered=True)
        assert (head.data, head.headers["Content-Length"]) == (b"", packed.headers["Content-Length"])
        known = site.get(path, headers={**wanted, "If-None-Match": packed.headers["ETag"]})
        assert (known.status_code, known.data, known.headers["ETag"]) == (304, b"", packed.headers["ETag"])
    kept = [path for path in tmp_path.glob("lists/server-*/packed/*") if path.name != "lock"]
    assert len(kept) == 5
    site.store.revise([Put(dataset(1, title="New"))])
    assert b'"New"' in gzip.decompress(site.get("/data.json", headers={"Accept-Encoding": "gzip"}).data)


def test_no_more_packed_files_are_kept_than_are_needed(tmp_path: Path) -> None:
    files = PackedFiles(tmp_path)
    for number in range(40):
        with files.open(str(number), [b"a", b"b" * number]) as file:
            assert gzip.decompress(file.read()) == b"a" + b"b" * number
    assert len(list(tmp_path.glob("packed/*"))) == 13
    with files.open("39", [b"is not read again"]) as file:
        assert gzip.decompress(file.read()) == b"a" + b"b" * 39


def test_the_same_bytes_are_packed_to_the_same_bytes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = site.get("/about", headers={"Accept-Encoding": "gzip"}).data
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert site.get("/about", headers={"Accept-Encoding": "gzip"}).data == first


def test_a_time_that_may_still_see_a_change_is_not_stated(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.store.revise([Put(dataset("a"))])
    assert "Last-Modified" not in site.get("/sitemap.xml").headers
    monkeypatch.setattr("dcip_server.web.ordinary_http._SETTLED_AFTER", timedelta(seconds=-5))
    stated = site.get("/sitemap.xml").headers["Last-Modified"]
    assert site.get("/sitemap.xml", headers={"If-Modified-Since": stated}).status_code == 304


def test_errors_and_other_methods_have_no_validator(site: Site) -> None:
    for answer in (site.get("/no/such/page"), site.request("OPTIONS", "/"), site.request("POST", "/")):
        assert "ETag" not in answer.headers
