"""What nginx answers over an export is what the server answers: bodies, statuses, types, and the headers that it can give."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest

from dcip_server import conformance
from dcip_server.export.asking import ask
from dcip_server.export.places import FILES, SPELLED
from dcip_server.export.surface import Surface
from dcip_server.export.wanted import Wanted
from dcip_server.protocol.urls import FORMATS, Format, record_url
from tests.export.conftest import IDS, UNPLACED, Copy, make_copy


def _target(wanted: Wanted) -> str:
    """The URL as lists and pages of the site spell it: what is not a letter, a digit or ``-._~`` is encoded in the last step."""
    for beginning in _OPEN:
        if wanted.path.startswith(beginning):
            value = wanted.path.removeprefix(beginning)
            for extension in (".json", ".dcat.N3") if beginning.startswith("/rest") else ():
                if value.endswith(extension):
                    return beginning + quote(value.removesuffix(extension), safe="") + extension
            return beginning + quote(value, safe="")
    return quote(wanted.path)


_ENTITIES = ("dataset", "dataservice", "datasetseries")
_ATTRIBUTES = ("id", "name", "title", "tags", "author", "maintainer", "license", "format")
_OPEN = (
    *(f"/rest/{entity}/{attribute}/" for entity in _ENTITIES for attribute in _ATTRIBUTES),
    *(f"/{name}/" for name in (*_ENTITIES, "tag", "license", "format", "publisher")),
)
_HEADERS = ("content-type", "content-length", "content-language", "content-security-policy", "x-content-type-options",
            "referrer-policy", "access-control-allow-origin", "link")  # fmt: skip


def _compare(copy: Copy, wanted: Wanted, target: str, prefix: str = "") -> list[str]:
    """What differs between nginx's answer and the server's."""
    accept_language = {"Accept_Language": wanted.language} if wanted.language else {}
    target += f"?{wanted.query}" if wanted.query else ""
    found = copy.asked(prefix + target, wanted.method, **accept_language)
    with ask(copy.app, wanted.path, wanted.query, language=wanted.language, method=wanted.method) as due:
        body = b"".join(due.body)
    if found.status != due.status:
        return [f"{target}: {found.status}, {due.status} is due"]
    if due.status in wanted.or_else:
        # There is nothing to keep of it: nginx has a page of its own.
        return []
    names = _HEADERS if due.status == 200 else _HEADERS[:-2]
    wrong = [f"{name}: {found.headers.get(name)}" for name in names if found.headers.get(name) != due.headers.get(name)]
    return [f"{target}: {fault}" for fault in (*wrong, *(["another body"] if found.body != body else []))]


def test_every_answer_is_the_servers(copy: Copy) -> None:
    wrong: list[str] = []
    kinds: Counter[str] = Counter()
    for part in Surface(copy.app.extensions["dcip_store"], copy.settings):
        for wanted in part.wanted:
            if wanted.place is not None:
                kinds[wanted.path.split("/")[1]] += 1
                wrong += _compare(copy, wanted, _target(wanted))
    assert not wrong, "\n".join(wrong)
    # Beside them there is the page that the server has no need of; two more there might have been.
    files = [path for tree in (FILES, SPELLED) for path in (copy.folder / tree).rglob("*") if path.is_file()]
    assert sum(kinds.values()) == len(files) - 3 + 2 > 2000
    assert {"rest", "dataset", "tag", "api", "search", "changes.atom", "catalog.ttl", "stats", "data.rdf", ""} <= set(
        kinds
    )


def test_no_must_fails(copy: Copy) -> None:
    report = conformance.check(copy.url + "/")
    assert [line.text for line in report.lines() if line.text.startswith("failed")] == []
    assert report.exit_status == 0


def test_what_no_file_is_found_at_is_named(copy: Copy) -> None:
    pages = {f"/dataset/{id}" for id in (*UNPLACED, "x/..")}
    calls = {f"/rest/dataset/id/../a.{extension}" for extension in FORMATS}
    assert set(copy.exported.unplaced) == pages | calls | {"/tag/.."}
    # At the endpoint they have an extension, which makes a name of them.
    for id in (".", ".."):
        assert copy.asked(record_url("/rest", "dataset", id, Format.JSON)).status == 200


#: Other spellings of the same URL lead to the same file, as they do at the server.
_SPELLINGS = (
    ("/rest/dataset/id/trees/2026.json", "/rest/dataset/id/trees%2F2026.json"),
    ("/rest/dataset/id/trees%2f2026.json", "/rest/dataset/id/trees%2F2026.json"),
    ("/rest/DataSet/id/pl%61in.json", "/rest/dataset/id/plain.json"),
    ("/rest/dataset/id/https://example.org/x/1.json", "/rest/dataset/id/https%3A%2F%2Fexample.org%2Fx%2F1.json"),
    ("/rest/dataset/id/plain.json?whatever=//x/../y", "/rest/dataset/id/plain.json"),
    ("/rest/DATASET/id.json", "/rest/dataset/id.json"),
    ("/rest/dataset/id", "/rest/dataset/id.json"),
    ("/rest/dataset/tags/a/b.json", "/rest/dataset/tags/a%2Fb.json"),
    ("/rest/dataset/title/nothing%20of%20the%20kind.json", "/rest/dataset/name/nor%20of%20this.json"),
    ("/dataset/trees/2026.ttl", "/dataset/trees%2F2026?format=ttl"),
    ("/dataset/x.html", "/dataset/x.html?format=html"),
    ("/dataset/y.html", "/dataset/y"),
    ("/dataset/y.ttl", "/dataset/y?format=ttl"),
    ("/about/", "/about"),
    ("//about", "/about"),
    ("//dataset/plain.ttl", "/dataset/plain.ttl"),
    ("/search/?sort=title", "/search?sort=title"),
    ("/changes.atom/", "/changes.atom"),
    ("/catalog.ttl/", "/catalog.ttl"),
    ("/data.json/", "/data.json"),
    ("/dcip.json/", "/dcip.json"),
    ("/rest%2Fdataset/id%2Ejson", "/rest/dataset/id.json"),
    ("/catalog.ttl?page=1", "/catalog.ttl"),
    ("/dcip.json?page=1", "/dcip.json"),
    ("/dcip.json?page=2", "/dcip.json?page=99"),
    ("/api/action/package_list", "/api/3/action/package_list/"),
    (
        "/api/3/action/package_search?sort=id%20asc&rows=100",
        "/api/3/action/package_search?rows=100&start=0&sort=id+asc",
    ),
    ("/api/3/action/package_search?rows=100&start=100000", "/api/3/action/package_search?start=200&rows=100"),
    ("/api/3/action/package_show?id=trees%2F2026", "/api/3/action/package_show?id=trees-2026-2a0cd3b5067c22b7e1f8b085"),
)


@pytest.mark.parametrize(("target", "same"), _SPELLINGS)
def test_a_url_may_be_spelled_otherwise(copy: Copy, target: str, same: str) -> None:
    found, due = copy.asked(target), copy.asked(same)
    assert found.status == due.status == 200
    assert found.body == due.body


#: What a static copy refuses, and what nobody has.
_REFUSED = (
    ("/rest/dataset/search/water.json", 400),
    ("/rest/dataset/since/1.json", 400),
    ("/rest/dataset/since/2026-01-01.json", 400),
    ("/rest/dataset/tags/x%2f%2fy.json", 400),
    ("/rest/dataset/tags/a/../b.json", 400),
    ("/rest/dataset/title/a.json?limit=1", 400),
    ("/rest/dataset/colour/red.json", 400),
    ("/rest/dataset/ID/plain.json", 400),
    ("/rest/dataset/id/plain.JSON", 400),
    ("/rest/dataset/id/plain.json%0A", 400),
    ("/rest/dataset/id/plain", 400),
    ("/rest/dataset/id/.json", 400),
    ("/rest/dataset/id/", 200),
    ("/rest/people/id/1.json", 400),
    ("/rest/nothing", 400),
    ("/rest//dataset/id/plain.json", 400),
    ("/rest/dataset//id/plain.json", 400),
    ("/rest/./dataset/id/plain.json", 400),
    ("/rest/x/../dataset/id/plain.json", 400),
    ("/rest/dataset/id/./plain.json", 404),
    ("/rest/dataset/id//plain.json", 404),
    ("/rest//help.txt", 400),
    ("/rest/%2E/help.txt", 400),
    ("/rest/dataset/./help.txt", 400),
    ("/rest//", 400),
    ("//rest/help.txt", 400),
    ("/rest/.", 400),
    ("/rest/dataset/.", 400),
    ("/rest/dataset//", 400),
    ("/rest/dataset/id//", 400),
    ("/rest/dataset/id/..", 400),
    ("/./about", 404),
    ("/static//style.css", 404),
    ("/static/../about", 404),
    ("/tag//", 404),
    ("/api//3/action/package_list", 404),
    ("/api/3/action/", 404),
    ("/dataset/", 404),
    ("/rest/dataset/id/nobody.json", 404),
    ("/rest/dataset/id/goneplain.json", 404),
    ("/rest/dataset/id/https%3A%2Fexample.org%2Fx%2F2.json", 404),
    ("/rest/dataset/id/trees%2F%2F2026.json", 404),
    ("/rest/dataset/id/trees//2026.json", 404),
    ("/rest/dataset/id/x/../plain.json", 404),
    ("/rest/dataset/id/x%2F..%2Fplain.json", 404),
    ("/rest/dataset/id/..%2F..%2F..%2F..%2Fetc%2Fpasswd.json", 400),
    ("/rest/../../../etc/passwd", 400),
    ("/dataset/nobody", 404),
    ("/dataset/goneplain", 410),
    ("/dataset/gonea%2Fb", 410),
    ("/dataset/gonea%2Fb.ttl", 410),
    ("/dataset/goneplain.json", 410),
    ("/dataset/goneplain?format=rdf", 410),
    ("/dataset/gonetrees/2026.html", 410),
    ("/dataset/nobody.rdf", 404),
    ("/dataset/plain.ttl?format=rdf", 404),
    ("/dataset/goneplain.ttl?format=rdf", 404),
    ("/dataset/y.ttl", 200),
    ("/dataset/y.ttl?format=ttl", 410),
    ("/dataset/y.ttl?format=html", 410),
    ("/dataset/y.ttl?format=docx", 400),
    ("/dataset/unsayable.rdf", 400),
    ("/dataset/unsayable?format=rdf", 400),
    ("/dataset/unsayable.ttl", 200),
    ("/dataset/x?format=docx", 400),
    ("/tag/nothing", 404),
    ("/tag/a%2Fb?limit=3", 400),
    ("/search?q=water", 400),
    ("/search.json?q=water", 400),
    ("/search?offset=7", 400),
    ("/catalog.ttl?page=99", 404),
    ("/catalog.ttl?page=0", 400),
    ("/catalog.ttl?modified_since=2026-01-01", 400),
    ("/dcip.json?modified_since=2026-01-01", 400),
    ("/data.rdf?page_size=10", 400),
    ("/api/3/action/package_search?rows=100&start=0&fq=metadata_modified:[2026-01-01T00:00:00Z%20TO%20*]", 400),
    ("/api/3/action/package_search?q=water", 400),
    ("/api/3/action/package_search?rows=7", 400),
    ("/api/3/action/package_show?id=nobody", 404),
    ("/api/3/action/package_show", 400),
    ("/api/3/action/package_show?id=urn%3Ax%3A1", 200),
    ("/api/3/action/package_show?id=urn:x:1", 400),
    ("/api/3/action/package_show?id=a%2fb", 400),
    ("/api/3/action/package_show?id=a+b", 400),
    ("/api/3/action/organization_list?all_fields=true", 400),
    ("/api/1/datasets/", 404),
    ("/_answers/index.en.html", 404),
    ("/SHA256SUMS", 404),
    ("/parts.tsv", 404),
    ("/export.json", 404),
    ("/locations.conf", 404),
)


@pytest.mark.parametrize(("target", "status"), _REFUSED)
def test_what_there_is_not_is_never_answered_as_if_it_were_empty(copy: Copy, target: str, status: int) -> None:
    found = copy.asked(target)
    assert found.status == status
    if target.startswith("/rest") and status != 200:
        assert found.body == b""
        assert found.headers["content-length"] == "0"
    if target.startswith("/rest"):
        assert found.headers["access-control-allow-origin"] == "*"


#: Lists, as forms, people and programs ask for them, too.
_LISTS = (
    "/search?sort=date",
    "/search?sort=relevance&offset=20",
    "/search?sort=title&offset=0&limit=20",
    "/search?q=",
    "/search?q=&tag=a%2Fb",
    "/search?q=&tag=x+y&since=&until=&sort=date",
    "/search?since=&until=",
    "/search.json?sort=date",
    "/search.json?sort=title",
    "/search.json?sort=title&offset=40",
    "/search.json?sort=date&offset=20",
    "/search.json?q=&sort=title",
    "/search.json?tag=a%2Fb",
    "/search.json?tag=a%2Fb&sort=title&offset=20",
    "/search.json?license=notspecified",
    "/search.json?entity=dataset",
)


@pytest.mark.parametrize("target", _LISTS)
def test_lists_of_all_records_and_of_one_value_are_the_servers_however_they_are_asked_for(
    copy: Copy, target: str
) -> None:
    found = copy.asked(target)
    with ask(copy.app, urlsplit(target).path, urlsplit(target).query) as due:
        assert (found.status, found.body) == (200, b"".join(due.body))
        assert found.headers["content-type"] == due.headers["content-type"]


def test_each_list_for_programs_leads_to_its_end(copy: Copy) -> None:
    for query in ("", "?sort=title", "?tag=a%2Fb", "?entity=dataset&sort=title"):
        target, titles = f"/search.json{query}", []
        while target:
            found = json.loads(copy.asked(target).body)
            titles += [result["title"] for result in found["results"]]
            target = found.get("next", "").removeprefix(copy.url)
        assert len(titles) == found["total"] > 40


def test_a_harvester_of_ckan_sees_no_json_where_its_filter_is_not_understood(copy: Copy) -> None:
    """It then reads the whole catalog; an empty list of results it would believe."""
    found = copy.asked(
        "/api/3/action/package_search?rows=100&start=0&fq=metadata_modified:[2026-01-01T00:00:00Z%20TO%20*]"
    )
    assert found.headers["content-type"] == "text/plain; charset=utf-8"
    assert not found.body.startswith(b"{")


#: Accept, the path, and the Content-Type that comes.
_ACCEPTED = (
    ("text/turtle", "/dataset/plain", "text/turtle; charset=utf-8"),
    ("application/rdf+xml;q=0.9, text/n3;q=0.5", "/dataset/a%2F%2Fb", "application/rdf+xml; charset=utf-8"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "/dataset/plain", "text/html; charset=utf-8"),
    ("text/turtle, */*;q=0.1", "/dataset/plain", "text/turtle; charset=utf-8"),
    ("text/turtle;q=0, application/ld+json;q=0.2", "/dataset/plain", "application/ld+json; charset=utf-8"),
    ("application/json", "/dataset/plain", "application/json; charset=utf-8"),
    ("image/png", "/dataset/plain", "text/html; charset=utf-8"),
    ("application/*", "/dataset/plain", "application/json; charset=utf-8"),
    ("application/*, text/n3", "/dataset/plain", "text/n3; charset=utf-8"),
    ("text/html;q=0.2, application/*;q=0.9", "/dataset/plain", "application/json; charset=utf-8"),
    ("application/*;q=0.9, text/n3;q=0.1", "/dataset/plain", "application/json; charset=utf-8"),
    ("text/*", "/dataset/plain", "text/html; charset=utf-8"),
    ("text/turtle;q=0.3, application/ld+json;q=0.8", "/dataset/plain", "application/ld+json; charset=utf-8"),
    ("text/n3;q=0.9, application/json;q=0.9", "/dataset/plain", "application/json; charset=utf-8"),
    ("text/turtle;q=1.0, text/html;q=0.9", "/dataset/plain", "text/turtle; charset=utf-8"),
    ("text/n3;q=0.9, application/json;q=0.9", "/rest/dataset/id/", "application/json; charset=utf8"),
    ("application/json;q=0.4, text/n3;q=0.5", "/rest/dataset/id/", "text/n3; charset=utf8"),
    ("text/n3;q=1.0,application/json;q=1", "/rest/dataset/id/", "application/json; charset=utf8"),
    ("text/n3", "/rest/dataset/id/", "text/n3; charset=utf8"),
    ("text/n3;q=0.5, application/json", "/rest/dataset/id/", "application/json; charset=utf8"),
    ("text/n3", "/rest/dataset", "text/n3; charset=utf8"),
    ("application/json", "/rest/dataset/", "application/json; charset=utf8"),
)


@pytest.mark.parametrize(("accept", "target", "content_type"), _ACCEPTED)
def test_accept_decides_where_the_url_does_not(copy: Copy, accept: str, target: str, content_type: str) -> None:
    found = copy.asked(target, Accept=accept)
    assert (found.status, found.headers["content-type"]) == (200, content_type)
    with copy.app.test_client() as client:
        assert client.get(target, headers={"Accept": accept}).headers["content-type"] == content_type
    assert "Accept" in found.headers["vary"]


#: What nginx says by itself: when the file was written, and how it sends it.
_OF_NGINX = {"etag", "last-modified", "date", "server", "connection", "content-length", "accept-ranges", "content-type"}
_ADDRESSES = (
    "/", "/about", "/stats", "/search", "/search.json", "/changes", "/changes.atom", "/tag/", "/tag/a%2Fb", "/tag/nothing",
    "/dataset/plain", "/dataset/plain.ttl", "/dataset/plain.html", "/dataset/plain.json", "/dataset/plain?format=ttl",
    "/dataset/plain?format=html", "/dataset/nobody", "/dataset/nobody.ttl", "/dataset/goneplain", "/dataset/x.ttl",
    "/dataset/x?format=docx", "/static/style.css", "/static/nothing", "/nothing", "/favicon.ico", "/data.json", "/dcip.json",
    "/catalog.ttl", "/catalog.ttl?page=99", "/api/3/action/package_list", "/api/3/action/package_show?id=plain",
    "/api/3/action/package_show?id=nobody", "/sitemap-1.xml", "/sitemap-9.xml", "/robots.txt", "/opensearch.xml",
    "/directory.json", "/stats/changes.svg", "/stats/nothing.svg", "/en/datasets/nothing", "/files/nothing", "/rest/help.txt",
    "/rest/dataset/id/plain.json", "/rest/dataset/id", "/rest/nothing",
)  # fmt: skip


def _said(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that are the application's; whether an answer is compressed is its server's matter."""
    said = {name: value for name, value in headers.items() if name not in _OF_NGINX}
    varies = {name.strip().lower() for name in said.pop("vary", "").split(",")}
    return {**said, "vary": ", ".join(sorted(varies - {"", "accept-encoding"}))}


@pytest.mark.parametrize("target", _ADDRESSES)
def test_headers_are_the_servers(copy: Copy, target: str) -> None:
    parts = urlsplit(target)
    with ask(copy.app, unquote(parts.path), parts.query) as due:
        status, headers = due.status, _said(due.headers)
    found = copy.asked(target)
    assert (found.status, _said(found.headers)) == (status, headers)


def test_what_another_method_is_told_does_not_depend_on_whether_others_may_read(copy: Copy) -> None:
    assert "access-control-allow-origin" not in copy.asked("/data.json", "POST").headers


#: Addresses of records in their formats: the path and query as the server reads them, and how the URL spells the path.
_LINKED = (
    ("/dataset/plain.ttl", "", "/dataset/plain.ttl"),
    ("/dataset/plain.html", "", "/dataset/plain.html"),
    ("/dataset/trees/2026.json", "", "/dataset/trees%2F2026.json"),
    ("/dataset/a//b.rdf", "", "/dataset/a%2F%2Fb.rdf"),
    ("/dataset/été.jsonld", "", "/dataset/%C3%A9t%C3%A9.jsonld"),
    ("/dataset/x.ttl", "", "/dataset/x.ttl"),
    ("/dataset/x.ttl", "format=n3", "/dataset/x.ttl"),
    ("/dataset/x.ttl.n3", "", "/dataset/x.ttl.n3"),
    ("/dataset/x.json", "", "/dataset/x.json"),
    ("/dataset/y.ttl", "", "/dataset/y.ttl"),
    ("/dataset/y", "format=html", "/dataset/y"),
    ("/dataset/unsayable.rdf", "", "/dataset/unsayable.rdf"),
    ("/dataset/goneplain.ttl", "", "/dataset/goneplain.ttl"),
    ("/dataset/" + "n" * 300 + ".ttl", "", "/dataset/" + "n" * 300 + ".ttl"),
    ("/dataset/" + "é" * 150 + ".ttl", "", "/dataset/" + "%C3%A9" * 150 + ".ttl"),
    ("/datasetseries/series/1.ttl", "", "/datasetseries/series%2F1.ttl"),
    ("/about", "", "/about"),
)


@pytest.mark.parametrize(("path", "query", "target"), _LINKED, ids=[f"{row[0][:30]}?{row[1]}" for row in _LINKED])
def test_the_formats_of_a_record_are_linked_wherever_it_is_read(copy: Copy, path: str, query: str, target: str) -> None:
    target += f"?{query}" if query else ""
    with ask(copy.app, path, query) as due:
        link = due.headers.get("link")
    found = copy.asked(target)
    assert (found.status, found.headers.get("link")) == (due.status, link)
    assert copy.asked(target, "HEAD").headers.get("link") == link
    if found.status == 200:
        assert copy.asked(target, If_None_Match=found.headers["etag"]).headers.get("link") == link
    assert "link" not in copy.asked(target, "POST").headers


def test_a_link_leads_to_the_format_even_if_another_record_is_called_like_it(copy: Copy) -> None:
    link = copy.asked("/dataset/x").headers["link"]
    alternates = dict(re.findall(r'<([^>]+)>; rel="alternate"; type="([^"]+)"', link))
    assert [url for url in alternates if "?" in url] == [f"{copy.url}/dataset/x?format=ttl"]
    for url, media_type in alternates.items():
        found = copy.asked(url.removeprefix(copy.url))
        assert (found.status, found.headers["content-type"].partition(";")[0]) == (200, media_type)


def test_another_spelling_of_a_records_address_says_no_link_that_is_wrong(copy: Copy) -> None:
    for target in ("/dataset/trees/2026", "/dataset/trees%2f2026.ttl", "/dataset/pl%61in"):
        found = copy.asked(target)
        assert (found.status, found.headers.get("link")) == (200, None)


@pytest.mark.parametrize(
    ("accept_language", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("it, fr;q=0.5", "fr"),
        ("fr;q=0.3,en", "en"),
        ("xx, fr;q=0.1, de;q=0.9", "de"),
        ("en;q=0.8, fr;q=1.0", "fr"),
        ("de;q=0.05", "de"),
        ("nl", "en"),
        ("de;q=0, fr;q=0.1", "fr"),
    ],
)
def test_pages_are_in_the_readers_language(copy: Copy, accept_language: str, language: str) -> None:
    for target in ("/", "/dataset/plain", "/tag/a%2Fb", "/nothing", "/search?q=x", "/dataset/goneplain"):
        found = copy.asked(target, Accept_Language=accept_language)
        assert found.headers["content-language"] == language
        assert f'<html lang="{language}">'.encode() in found.body


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "FROBNICATE"])
@pytest.mark.parametrize(
    "target", ["/rest", "/rest/dataset/id/plain.json", "/rest/dataset/id.json", "/rest/help.txt", "/rest/x"]
)
def test_the_endpoint_knows_get_alone(copy: Copy, method: str, target: str) -> None:
    found = copy.asked(target, method)
    copy.asked.close()
    assert (found.status, found.headers["content-length"], found.body) == (400, "0", b"")
    assert found.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": "*"},
        {"If_Match": '"none"'},
        {"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If_Unmodified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"Range": "bytes=0-3"},
        {"Accept_Encoding": "gzip"},
    ],
    ids=str,
)
def test_conditions_ranges_and_codings_make_no_difference_at_the_endpoint(copy: Copy, headers: dict[str, str]) -> None:
    for target in ("/rest/dataset/id/plain.json", "/rest/dataset/id/", "/rest/dataset/id/a%2F%2Fb.dcat.N3"):
        plain, found = copy.asked(target), copy.asked(target, **headers)
        assert (found.status, found.body) == (200, plain.body)
        assert found.headers["content-length"] == str(len(plain.body))
        assert found.headers["content-type"] == plain.headers["content-type"]
        assert "content-encoding" not in found.headers


def test_ordinary_http_holds_outside_the_endpoint(copy: Copy) -> None:
    for target in ("/", "/dataset/plain", "/catalog.ttl", "/data.json", "/static/style.css"):
        got, head = copy.asked(target), copy.asked(target, "HEAD")
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == str(len(got.body))
        assert copy.asked(target, If_None_Match=got.headers["etag"]).status == 304
    assert copy.asked("/about", Accept_Encoding="gzip").headers["content-encoding"] == "gzip"
    refused = copy.asked("/about", "POST")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "target", ["/", "/dataset/plain", "/dataset/nobody", "/data.json", "/api/3/action/package_list"]
)
def test_what_may_be_asked_is_said_outside_the_endpoint(copy: Copy, target: str) -> None:
    found = copy.asked(target, "OPTIONS", Origin="https://other.example")
    with ask(copy.app, target, method="OPTIONS") as due:
        assert (found.status, found.body) == (due.status, b"".join(due.body))
        for name in ("content-type", "content-length", "access-control-allow-origin", "content-security-policy"):
            assert found.headers.get(name) == due.headers.get(name), name
    assert found.headers["allow"] == "GET, HEAD, OPTIONS"
    assert copy.asked(target, "DELETE").status == 405
    assert copy.asked("/nothing", "OPTIONS").status == copy.asked("/nothing", "DELETE").status == 404


def test_parts_of_an_answer_and_a_time_before_which_it_was_written_are_passed_over_outside_the_endpoint(
    copy: Copy,
) -> None:
    for target in ("/about", "/dataset/plain", "/catalog.ttl", "/data.json", "/static/style.css"):
        whole = copy.asked(target)
        for headers in (
            {"If_Unmodified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
            {"Range": "bytes=0-9"},
            {"Range": "bytes=99999999-"},
        ):
            found = copy.asked(target, **headers)
            assert (found.status, found.body, found.headers["content-type"]) == (
                200,
                whole.body,
                whole.headers["content-type"],
            )
        assert copy.asked(target, If_Match='"none"').status == 412
        # nginx ends the connection with that.
        copy.asked.close()
        assert copy.asked(target, If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT").status == 304


def test_a_refusal_below_the_endpoint_has_no_type(copy: Copy) -> None:
    for target in ("/rest/help.txt", "/rest/dataset/id/plain.json", "/rest/dataset/id"):
        assert "content-type" not in copy.asked(target, "HEAD").headers


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/data.json", ""),
        ("/sitemap-1.xml", ""),
        ("/api/3/action/package_list", ""),
        ("/api/3/action/package_search", "rows=100&start=0"),
        ("/api/3/action/package_show", "id=plain"),
    ],
)
def test_what_is_no_rdf_feed_is_compressed_for_who_accepts_it(copy: Copy, path: str, query: str) -> None:
    target = f"{path}?{query}" if query else path
    found = copy.asked(target, Accept_Encoding="gzip")
    with ask(copy.app, path, query) as due:
        assert (found.status, gzip.decompress(found.body)) == (due.status, b"".join(due.body))
    assert (found.headers["content-encoding"], found.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert copy.asked(target, Accept_Encoding="gzip", If_None_Match=found.headers["etag"]).status == 304


def test_pages_of_the_rdf_feed_have_their_length_although_the_client_accepts_gzip(copy: Copy) -> None:
    """CKAN's DCAT harvester compares it with the most that it takes, and its HTTP library always accepts gzip."""
    for method in ("HEAD", "GET"):
        found = copy.asked("/catalog.ttl", method, Accept_Encoding="gzip, deflate")
        assert found.headers["content-length"] == str(len(copy.asked("/catalog.ttl").body))


def test_redirects_name_the_site(copy: Copy) -> None:
    for target, due in (
        ("/rest", "/rest/help.txt"),
        ("/rest/", "/rest/help.txt"),
        ("/rest/dataset/", "/rest/dataset/help.txt"),
    ):
        found = copy.asked(target)
        assert (found.status, found.headers["location"], found.body) == (301, copy.url + due, b"")
        assert found.headers["content-length"] == "0"


_SOME = IDS[::3]


@pytest.mark.parametrize("site_path", ["/open/data"])
def test_a_site_below_a_path_has_its_files_there(tmp_path: Path, site_path: str) -> None:
    with make_copy(tmp_path, _SOME, site_path, endpoint_path="/dcip", dataset_root="list") as copy:
        assert conformance.check(copy.url + "/").exit_status == 0
        assert copy.asked(site_path).body == copy.asked(f"{site_path}/").body
        assert copy.asked(f"{site_path}/dcip/dataset/").headers["content-type"] == Format.JSON.content_type
        wrong = [
            fault
            for id in _SOME
            for extension in (".json", ".dcat.N3")
            for fault in _compare(
                copy,
                Wanted(f"/dcip/dataset/id/{id}{extension}", None),
                f"/dcip/dataset/id/{quote(str(id), safe='')}{extension}",
                site_path,
            )
        ]
        wrong += [
            fault
            for id in _SOME
            if f"/dataset/{id}" not in copy.exported.unplaced
            for fault in _compare(
                copy, Wanted(f"/dataset/{id}", None), f"/dataset/{quote(str(id), safe='')}", site_path
            )
        ]
        assert not wrong, "\n".join(wrong)
