"""Where the site is: SITE_URL with a path, and proxies in front."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from dcip_server.store import Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.web.html import Page

Make = Callable[..., Site]


@pytest.fixture
def below(sqlite_store: Store, make_site: Make) -> Site:
    """A site below a path."""
    sqlite_store.revise([Put(dataset("a"))])
    return make_site(sqlite_store, site_url="https://data.example/open/data/")


def _endpoint(answer: TestResponse) -> str | None:
    """What the home page says is the endpoint."""
    metas = Page(answer.text).all("meta")
    (found,) = (
        meta.attributes["value"] for meta in metas if meta.attributes.get("content") == "dcip-basic-rest-endpoint"
    )
    return found


@pytest.mark.parametrize("prefix", ["/open/data", ""], ids=["kept by the proxy", "taken off by the proxy"])
def test_a_site_below_a_path_answers_with_and_without_it(below: Site, prefix: str) -> None:
    assert _endpoint(below.get(f"{prefix}/")) == "https://data.example/open/data/rest"
    assert below.get(f"{prefix}/rest/dataset/id/a.json").status_code == 200
    assert below.get(f"{prefix}/rest/dataset/id/b.json").status_code == 404
    (entry,) = json.loads(below.get(f"{prefix}/rest/dataset/id/").data)
    assert entry["url"] == "https://data.example/open/data/rest/dataset/id/a.json"
    redirect = below.get(f"{prefix}/rest")
    assert (redirect.status_code, redirect.headers["Location"]) == (301, "https://data.example/open/data/rest/help.txt")
    assert below.request("POST", f"{prefix}/rest/nothing").status_code == 400
    assert below.get(f"{prefix}/no/such/page").status_code == 404


def test_the_path_of_the_site_without_a_slash_is_the_home_page(below: Site) -> None:
    answer = below.get("/open/data")
    if answer.status_code in (301, 302, 307, 308):
        answer = below.get(answer.headers["Location"].removeprefix("https://data.example"))
    assert _endpoint(answer) == "https://data.example/open/data/rest"


@pytest.mark.parametrize(
    "path",
    [
        "/open",
        "/open/dat",
        "/open/database/rest/help.txt",
        "/open/data.json",
        "/open/datarest/help.txt",
        "/Open/Data/rest/help.txt",
    ],
)
def test_what_only_looks_like_the_path_of_the_site_is_not_it(below: Site, path: str) -> None:
    assert below.get(path).status_code == 404


def test_the_path_of_the_site_is_taken_off_once(below: Site) -> None:
    assert below.get("/open/data/open/data/rest/help.txt").status_code == 404


def test_links_of_pages_are_below_the_path_of_the_site(below: Site) -> None:
    for path in ("/open/data/", "/", "/open/data/no/such/page"):
        page = Page(below.get(path).text)
        links = [element.attributes["href"] or "" for element in page.all("a") + page.all("link")]
        links.remove("#content")
        assert len(links) >= 2
        for link in links:
            local = link.removeprefix("https://data.example")
            assert local.startswith("/open/data/")
            assert below.get(local).status_code == 200


def test_a_path_with_other_than_ascii_letters_works_as_it_is_sent(sqlite_store: Store, make_site: Make) -> None:
    site = make_site(sqlite_store, site_url="https://data.example/donn%C3%A9es")
    assert site.get("/donn%C3%A9es/rest/help.txt").status_code == 200
    assert _endpoint(site.get("/donn%C3%A9es/")) == "https://data.example/donn%C3%A9es/rest"


def test_without_a_site_url_the_site_is_where_it_was_asked(site: Site) -> None:
    assert _endpoint(site.get("/")) == "http://catalog.example/rest"
    other = site.client.get("/", base_url="https://other.example:8443", buffered=True)
    assert _endpoint(other) == "https://other.example:8443/rest"


_FORWARDED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "public.example",
    "X-Forwarded-Prefix": "/catalog",
}


def test_a_proxy_is_not_trusted_by_default(site: Site) -> None:
    assert _endpoint(site.get("/", headers=_FORWARDED)) == "http://catalog.example/rest"


def test_a_trusted_proxy_says_where_the_site_is(sqlite_store: Store, make_site: Make) -> None:
    site = make_site(sqlite_store, trusted_proxies=1)
    page = site.get("/", headers=_FORWARDED)
    assert _endpoint(page) == "https://public.example/catalog/rest"
    links = [link.attributes["href"] for link in Page(page.text).all("link")]
    assert "/catalog/static/style.css" in links
    redirect = site.get("/rest/", headers=_FORWARDED)
    assert redirect.headers["Location"] == "https://public.example/catalog/rest/help.txt"


def test_only_as_many_proxies_are_trusted_as_there_are(sqlite_store: Store, make_site: Make) -> None:
    """What the client itself put in front of the list does not count."""
    headers = {"X-Forwarded-Host": "evil.example, public.example", "X-Forwarded-Proto": "http, https"}
    assert (
        _endpoint(make_site(sqlite_store, trusted_proxies=1).get("/", headers=headers)) == "https://public.example/rest"
    )


def test_site_url_wins_over_a_proxy(sqlite_store: Store, make_site: Make) -> None:
    site = make_site(sqlite_store, trusted_proxies=1, site_url="https://data.example")
    assert _endpoint(site.get("/", headers=_FORWARDED)) == "https://data.example/rest"


@pytest.mark.parametrize("host", ["evil.example/", "a b", "<script>", "[::1", ""])
def test_a_trusted_proxy_that_names_no_host_gets_400_or_is_not_listened_to(
    sqlite_store: Store, make_site: Make, host: str
) -> None:
    site = make_site(sqlite_store, trusted_proxies=1)
    answer = site.get("/", headers={"X-Forwarded-Host": host})
    assert answer.status_code == 400 or _endpoint(answer) == "http://catalog.example/rest"
