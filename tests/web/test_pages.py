"""The pages for people: ordinary HTML under ordinary HTTP rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.middleware.lint import LintMiddleware
from werkzeug.test import Client

from dcip_server.store import Delete, Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.web.html import Page


def _home(site: Site) -> Page:
    answer = site.get("/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    return Page(answer.text)


def test_the_home_page_names_the_endpoint_in_its_head(site: Site) -> None:
    page = _home(site)
    metas = [meta for meta in page.all("meta") if meta.attributes.get("content") == "dcip-basic-rest-endpoint"]
    assert [(meta.attributes["value"], meta.inside) for meta in metas] == [(site.endpoint, ("html", "head"))]


def test_the_home_page_is_a_whole_html_document(site: Site) -> None:
    page = _home(site)
    assert page.doctype == "doctype html"
    assert page.one("html").attributes["lang"] == "en"
    assert page.one("title").text == "Open data catalog"
    assert page.one("h1").text == "Open data catalog"
    assert len(page.all("main")) == 1
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))


def _changes(page: Page) -> list[dict[str, str]]:
    """The rows of the list of changes: title, change, and formats to read."""
    kinds = {"title": "title", "raw": "raw"} | {f"change {name}": "change" for name in ("create", "update", "delete")}
    parts = [
        (kinds[part.attributes["class"] or ""], part.text)
        for part in page.all("span")
        if part.attributes.get("class") in kinds
    ]
    return [dict(parts[start : start + 3]) for start in range(0, len(parts), 3)]


def test_the_home_page_of_an_empty_catalog_says_how_to_fill_it(site: Site) -> None:
    page = _home(site)
    assert _changes(page) == []
    assert "dcip-server import" in page.one("main").text


def test_the_home_page_says_what_the_catalog_is(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    texts = {"catalog_title": "Zürich", "catalog_description": "All of it", "catalog_contact": "z@data.example"}
    page = _home(make_site(sqlite_store, **texts))
    whole = page.one("html").text
    assert all(text in whole for text in texts.values())
    assert page.one("title").text == "Zürich"


def test_the_home_page_shows_the_newest_changes_newest_first(site: Site) -> None:
    site.store.revise([Put(dataset(id, title=f"Title {id}")) for id in range(30)])
    site.store.revise([Put(dataset(3, title="Changed"))])
    site.store.revise([Delete("dataset", 4)])
    page = _home(site)
    rows = _changes(page)
    assert [row["title"] for row in rows[:3]] == ["Title 4", "Changed", "Title 29"]
    assert [row["change"] for row in rows[:3]] == ["delete", "update", "create"]
    assert [row["raw"] for row in rows[:2]] == ["", "JSON N3"]
    assert len(rows) == 10
    figures = [" ".join(group.text.split()) for group in page.all("div") if "dl" in group.inside]
    assert figures[:2] == ["Datasets29", "Revision32"]


def test_every_link_of_the_home_page_leads_to_an_answer(site: Site) -> None:
    site.store.revise([Put(dataset(id)) for id in ("a", "b/c", "d?e#f", "ü", "a.b", '"', "100%")])
    page = _home(site)
    links = [element.attributes["href"] or "" for element in page.all("a") + page.all("link")]
    assert "#content" in links
    links.remove("#content")
    assert len(links) >= 7 * 3
    for link in links:
        path = link.removeprefix(site.url)
        assert path.startswith("/")
        assert (link, site.get(path).status_code) == (link, 200)


_HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</td></table></main><h1>Taken over</h1>",
    "<!--",
    "&lt;b&gt; &amp; &#60;",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "\u202egnihtyna\u202c",
    "<" * 500,
]


def test_titles_and_ids_of_sources_are_text_and_never_markup(site: Site) -> None:
    assert len(_HOSTILE) == 10
    site.store.revise([Put(dataset(text, title=text)) for text in _HOSTILE])
    page = _home(site)
    assert {element.name for element in page.elements}.isdisjoint({"script", "img", "svg", "b"})
    assert len(page.all("h1")) == 1
    assert not any(name.startswith("on") for element in page.elements for name in element.attributes)
    titles = [row["title"] for row in _changes(page)]
    for shown, text in zip(titles, reversed(_HOSTILE), strict=True):
        assert shown == text or (len(text) > 160 and text.startswith(shown.rstrip(".…")))
    for link in page.all("a"):
        assert (link.attributes["href"] or "").startswith(("http://catalog.example/", "/", "#content"))


def test_texts_of_the_settings_are_text_and_never_markup(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    text = '"><script>alert(1)</script>'
    site = make_site(sqlite_store, catalog_title=text, catalog_description=text, catalog_contact=text)
    for path in ("/", "/no/such/page"):
        page = Page(site.get(path).text)
        assert page.all("script") == []
        assert text in page.one("title").text


def test_a_page_that_is_not_there_is_an_html_page_that_leads_home(site: Site) -> None:
    for path in (
        "/no/such/page",
        "/index.html",
        "/static/",
        "/static/no.css",
        "/resting",
        "/rest.json",
        "/%00",
        "/%ff",
    ):
        answer = site.get(path)
        assert (path, answer.status_code, answer.headers["Content-Type"]) == (path, 404, "text/html; charset=utf-8")
        page = Page(answer.text)
        assert "404" in page.one("h1").text
        assert "/" in [link.attributes["href"] for link in page.all("a")]


def test_an_error_page_does_not_repeat_what_was_asked(site: Site) -> None:
    answer = site.get("/<script>alert(1)</script>?<script>")
    assert answer.status_code == 404
    assert "alert" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/pages.py",
        "/static/..%2fpages.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
    ],
)
def test_only_static_files_are_answered_as_such(site: Site, path: str) -> None:
    assert site.get(path).status_code == 404


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/..", "/\\evil.example", "//", "///"])
def test_no_path_leads_to_another_site(site: Site, path: str) -> None:
    answer = site.client.open("/", base_url=site.url, environ_overrides={"PATH_INFO": path}, buffered=True)
    assert answer.status_code in ((200, 404) if path.strip("/") == "" else (404,))
    assert "Location" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/static/style.css"])
def test_another_method_is_answered_405_with_those_that_are_allowed(site: Site, method: str, path: str) -> None:
    answer = site.request(method, path)
    assert answer.status_code == 405
    assert {"GET", "HEAD"} <= {method.strip() for method in answer.headers["Allow"].split(",")}
    assert "405" in Page(answer.text).one("h1").text


def test_options_names_the_methods(site: Site) -> None:
    answer = site.request("OPTIONS", "/")
    assert answer.status_code == 200
    assert {"GET", "HEAD", "OPTIONS"} <= {method.strip() for method in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize("path", ["/", "/static/style.css", "/no/such/page"])
def test_head_is_answered_like_get_without_a_body(site: Site, path: str) -> None:
    get = site.get(path)
    # The lint around the application takes the Content-Length of a HEAD for that of its empty body.
    application = site.client.application
    assert isinstance(application, LintMiddleware)
    head = Client(application.app).head(path, base_url=site.url, buffered=True)
    assert head.status_code == get.status_code
    assert head.data == b""
    for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified"):
        assert head.headers.get(name) == get.headers.get(name)


def test_the_style_sheet_is_served_as_css(site: Site) -> None:
    (link,) = [link for link in Page(site.get("/").text).all("link") if link.attributes["rel"] == "stylesheet"]
    answer = site.get(link.attributes["href"] or "")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert b"{" in answer.data


@pytest.mark.parametrize("path", ["/", "/static/style.css"])
def test_what_did_not_change_is_answered_304(site: Site, path: str) -> None:
    site.store.revise([Put(dataset("a"))])
    first = site.get(path)
    answer = site.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == first.headers["ETag"]
    assert site.get(path, headers={"If-None-Match": '"another"'}).status_code == 200
    assert site.get(path).headers["ETag"] == first.headers["ETag"]


def test_a_style_sheet_that_was_not_modified_is_answered_304(site: Site) -> None:
    first = site.get("/static/style.css")
    headers = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert site.get("/static/style.css", headers=headers).status_code == 304
    assert site.request("HEAD", "/static/style.css", headers=headers).status_code == 304


def test_the_home_page_has_another_etag_after_a_change(site: Site) -> None:
    before = site.get("/")
    site.store.revise([Put(dataset("a"))])
    after = site.get("/", headers={"If-None-Match": before.headers.get("ETag", "")})
    assert after.status_code == 200
    assert after.headers.get("ETag") != before.headers.get("ETag") or "ETag" not in after.headers


@pytest.mark.parametrize("host", ["", "a b", "a/b", "<script>", "a@b", 'a"b', "a:port", "x" * 300])
def test_a_host_that_is_none_is_answered_400(site: Site, host: str) -> None:
    answer = site.client.open(
        "/", environ_overrides={"HTTP_HOST": host, "SERVER_NAME": host or "a b"}, base_url=site.url, buffered=True
    )
    assert answer.status_code == 400
    assert b"<script" not in answer.data or not answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://\uff0f\u2100/", "https://", "http:///x", "http://e.example:port/"]
)
def test_a_page_shows_addresses_that_no_reader_of_urls_takes(site: Site, url: str) -> None:
    site.store.revise([Put(dataset("odd", resources=[{"resource_type": "file", "url": url}], landing_page=url))])
    for path in ("/dataset/odd", "/data.json", "/catalog.ttl", "/search"):
        assert site.get(path).status_code == 200
    assert "http" in site.get("/dataset/odd").text
