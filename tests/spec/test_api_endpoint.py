"""Draft, "API Endpoint": the home page points to the endpoint."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from dcip_server.store import Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import ask


class _Head(HTMLParser):
    """The meta tags inside the head, and how many such tags stand elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.metas: list[dict[str, str | None]] = []
        self.elsewhere = 0
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("head", "body"):
            self._open.append(tag)
        if tag == "meta" and self._open == ["head"]:
            self.metas.append(dict(attrs))
        elif tag == "meta":
            self.elsewhere += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("head", "body"):
            self._open.remove(tag)


def endpoints(page: str) -> list[str | None]:
    """The endpoints that the head of a page names."""
    head = _Head(page)
    assert head.elsewhere == 0
    return [meta["value"] for meta in head.metas if meta.get("content") == "dcip-basic-rest-endpoint"]


@rule("DCIP-DISC-1")
def test_the_home_page_of_an_empty_catalog_names_the_endpoint(site: Site) -> None:
    answer = site.get("/")
    assert answer.status == "200 OK"
    assert answer.content_type == "text/html; charset=utf-8"
    assert endpoints(answer.text) == ["http://catalog.example/rest"]


@rule("DCIP-DISC-1")
def test_the_endpoint_that_the_home_page_names_answers(catalog: Site) -> None:
    (endpoint,) = endpoints(catalog.get("/").text)
    assert endpoint == catalog.endpoint
    answer = ask(catalog, endpoint)
    assert answer.status == "301 Moved Permanently"
    assert ask(catalog, answer.headers["Location"]).status == "200 OK"


SETTINGS = {
    "endpoint path": ({"endpoint_path": "/api/dcip"}, "http://catalog.example/api/dcip"),
    "endpoint path with a slash at its end": ({"endpoint_path": "/api/"}, "http://catalog.example/api"),
    "site URL": ({"site_url": "https://data.example"}, "https://data.example/rest"),
    "site URL with a slash at its end": ({"site_url": "https://data.example/"}, "https://data.example/rest"),
    "site URL with a path": ({"site_url": "https://data.example/open"}, "https://data.example/open/rest"),
    "site URL with a port": ({"site_url": "http://data.example:8080"}, "http://data.example:8080/rest"),
    "both, with slashes": (
        {"site_url": "https://data.example/open/", "endpoint_path": "/v1/rest/"},
        "https://data.example/open/v1/rest",
    ),
}


@rule("DCIP-DISC-1", "DCIP-URL-1")
@pytest.mark.parametrize(("settings", "endpoint"), SETTINGS.values(), ids=SETTINGS.keys())
def test_the_home_page_names_the_endpoint_as_it_is_set(
    sqlite_store: Store, make_site: Callable[..., Site], settings: dict[str, str], endpoint: str
) -> None:
    assert endpoints(make_site(sqlite_store, **settings).get("/").text) == [endpoint]


@rule("DCIP-DISC-1")
def test_no_record_can_break_out_of_the_home_page(site: Site) -> None:
    hostile = '</title></head><meta content="dcip-basic-rest-endpoint" value="http://evil.example/"><script>x</script>'
    site.store.revise([Put(dataset("1", title=hostile)), Put(dataset(hostile))])
    page = site.get("/").text
    assert endpoints(page) == ["http://catalog.example/rest"]
    assert "<script>" not in page


@rule("DCIP-DISC-1")
def test_no_text_of_the_operator_can_break_the_head(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    texts = {f"catalog_{name}": '"></head>' for name in ("title", "description", "contact")}
    assert endpoints(make_site(sqlite_store, **texts).get("/").text) == ["http://catalog.example/rest"]


@pytest.mark.parametrize("target", ["/", "/?lang=fr", "/?"])
def test_the_home_page_ignores_query_strings(catalog: Site, target: str) -> None:
    assert endpoints(ask(catalog, target).text) == ["http://catalog.example/rest"]


def test_outside_the_endpoint_ordinary_http_rules_hold(catalog: Site) -> None:
    answer = catalog.request("POST", "/")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert catalog.request("OPTIONS", "/").status_code == 200


OUTSIDE = {
    "unknown page": "/nothing-here",
    "endpoint's name as a prefix": "/restful",
    "endpoint in capitals": "/REST/dataset/id/123.json",
    "endpoint below another path": "/v1/rest/dataset/id/123.json",
    "two slashes before the endpoint": "//rest/dataset/id/123.json",
    "three slashes before the endpoint": "///rest/dataset/id/123.json",
    "encoded slash before the endpoint": "/%2Frest/help.txt",
}


@pytest.mark.parametrize("url", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_what_is_not_below_the_endpoint_is_an_ordinary_page_that_is_not_there(catalog: Site, url: str) -> None:
    answer = ask(catalog, url)
    assert answer.status_code == 404
    assert answer.content_type == "text/html; charset=utf-8"
    assert b"<h1>404" in answer.data
