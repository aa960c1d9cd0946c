"""Draft, "URL Structure" and "Response Format": every URL that is answered is full and right.

Where the site is comes from SITE_URL and ENDPOINT_PATH, else from the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from rdflib import URIRef
from rdflib.namespace import DCAT, RDF

from dcip_server.store import Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import ask, assert_bare, read_graph, read_json

#: Settings, the path a request has here, and the endpoint that answers name.
PLACES = {
    "defaults": ({}, "/rest", "http://catalog.example/rest"),
    "endpoint path": ({"endpoint_path": "/api/dcip"}, "/api/dcip", "http://catalog.example/api/dcip"),
    "endpoint path with slash": ({"endpoint_path": "/api/dcip/"}, "/api/dcip", "http://catalog.example/api/dcip"),
    "endpoint path with dots": ({"endpoint_path": "/v1.0/~x_-"}, "/v1.0/~x_-", "http://catalog.example/v1.0/~x_-"),
    "endpoint path like an entity": ({"endpoint_path": "/dataset"}, "/dataset", "http://catalog.example/dataset"),
    "endpoint path like an id": ({"endpoint_path": "/dataset/id"}, "/dataset/id", "http://catalog.example/dataset/id"),
    "site URL": ({"site_url": "https://data.example"}, "/rest", "https://data.example/rest"),
    "site URL with slash": ({"site_url": "https://data.example/"}, "/rest", "https://data.example/rest"),
    "site URL with path": ({"site_url": "https://data.example/open"}, "/rest", "https://data.example/open/rest"),
    "site URL with path, kept": (
        {"site_url": "https://data.example/open"},
        "/open/rest",
        "https://data.example/open/rest",
    ),
    "site URL with path and slash": ({"site_url": "https://d.example/a/b/"}, "/a/b/rest", "https://d.example/a/b/rest"),
    "site URL with port": ({"site_url": "http://data.example:8080"}, "/rest", "http://data.example:8080/rest"),
    "site URL of an IPv6 address": ({"site_url": "http://[2001:db8::1]:81"}, "/rest", "http://[2001:db8::1]:81/rest"),
    "both": (
        {"site_url": "https://data.example/open/", "endpoint_path": "/v1/rest/"},
        "/open/v1/rest",
        "https://data.example/open/v1/rest",
    ),
    "path of the site like the endpoint's": (
        {"site_url": "https://data.example/rest"},
        "/rest/rest",
        "https://data.example/rest/rest",
    ),
}


@rule("DCIP-URL-1", "DCIP-LIST-5", "DCIP-HELP-1", "DCIP-HELP-2", "DCIP-HELP-4", "DCIP-API-1", "DCIP-API-3")
@pytest.mark.parametrize(("settings", "path", "endpoint"), PLACES.values(), ids=PLACES.keys())
def test_every_url_that_is_answered_is_that_of_the_site(
    sqlite_store: Store, make_site: Callable[..., Site], settings: dict[str, str], path: str, endpoint: str
) -> None:
    sqlite_store.revise([Put(dataset("a b", tags=["water"]))])
    site = make_site(sqlite_store, **settings)

    for url, due in (
        ("", "/help.txt"),
        ("/", "/help.txt"),
        ("/dataset", "/dataset/help.txt"),
        ("/dataset/", "/dataset/help.txt"),
    ):
        answer = ask(site, path + url)
        assert_bare(answer, 301)
        assert answer.headers["Location"] == endpoint + due
    for url in ("/dataset/id/", "/dataset/id.json", "/dataset/since/0.json", "/dataset/tags/water.json"):
        assert [entry["url"] for entry in read_json(site, path + url)] == [f"{endpoint}/dataset/id/a%20b.json"]
    graph = read_graph(site, path + "/dataset/id.dcat.N3")
    assert URIRef(f"{endpoint}/dataset/id/a%20b.dcat.N3") in set(graph.objects())
    graph = read_graph(site, path + "/dataset/id/a%20b.dcat.N3")
    assert list(graph.subjects(RDF.type, DCAT.Dataset)) == [URIRef(f"{endpoint}/dataset/id/a%20b")]
    for url in ("/help.txt", "/dataset/help.txt"):
        text = ask(site, path + url).data.decode("utf-8")
        urls = set(re.findall(r"https?://[^\s>]+", text)) - {"http://spec.datacatalogs.com/"}
        assert len(urls) > 2
        assert all(url.startswith(f"{endpoint}/") for url in urls)
    assert f'value="{endpoint}"' in ask(site, path[: -len(endpoint_path(settings))] + "/").text


def endpoint_path(settings: dict[str, str]) -> str:
    return settings.get("endpoint_path", "/rest").rstrip("/")


@pytest.mark.parametrize("path", ["/rest/dataset/id/1.json", "/openrest/dataset/id/1.json", "/api", "/ap/i/help.txt"])
def test_only_the_endpoints_own_path_is_the_endpoint(
    sqlite_store: Store, make_site: Callable[..., Site], path: str
) -> None:
    site = make_site(sqlite_store, site_url="https://data.example/open", endpoint_path="/api/dcip")
    assert ask(site, path).status_code == 404
    assert ask(site, path, "POST").status_code in (404, 405)


def test_a_site_url_wins_over_the_host_header(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    site = make_site(sqlite_store, site_url="https://data.example", trusted_proxies=1)
    for headers in ({"Host": "evil.example"}, {"Host": "e/v?i<l"}, {"X-Forwarded-Host": "evil.example"}):
        answer = ask(site, "/rest/", headers=headers)
        assert_bare(answer, 301)
        assert answer.headers["Location"] == "https://data.example/rest/help.txt"


FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "data.example",
    "X-Forwarded-Prefix": "/open",
    "X-Forwarded-For": "192.0.2.7",
}

PROXIES: dict[str, tuple[int, dict[str, str], str]] = {
    "no proxy is trusted": (0, FORWARDED, "http://catalog.example"),
    "all headers": (1, FORWARDED, "https://data.example/open"),
    "scheme alone": (1, {"X-Forwarded-Proto": "https"}, "https://catalog.example"),
    "host alone": (1, {"X-Forwarded-Host": "data.example"}, "http://data.example"),
    "host with port": (1, {"X-Forwarded-Host": "data.example:8443"}, "http://data.example:8443"),
    "port alone": (1, {"X-Forwarded-Port": "8443"}, "http://catalog.example:8443"),
    "prefix alone": (1, {"X-Forwarded-Prefix": "/open"}, "http://catalog.example/open"),
    "prefix with a slash at its end": (1, {"X-Forwarded-Prefix": "/open/"}, "http://catalog.example/open"),
    "prefix that is a slash": (1, {"X-Forwarded-Prefix": "/"}, "http://catalog.example"),
    "no header": (1, {}, "http://catalog.example"),
    "the last of several hosts": (1, {"X-Forwarded-Host": "evil.example, data.example"}, "http://data.example"),
    "the last but one with two proxies": (
        2,
        {"X-Forwarded-Host": "data.example, inner.example"},
        "http://data.example",
    ),
    "too few for two proxies": (2, {"X-Forwarded-Host": "evil.example"}, "http://catalog.example"),
}


@rule("DCIP-LIST-5")
@pytest.mark.parametrize(("proxies", "headers", "site_url"), PROXIES.values(), ids=PROXIES.keys())
def test_trusted_proxies_say_where_the_site_is(
    sqlite_store: Store, make_site: Callable[..., Site], proxies: int, headers: dict[str, str], site_url: str
) -> None:
    sqlite_store.revise([Put(dataset("1"))])
    site = make_site(sqlite_store, trusted_proxies=proxies)
    assert ask(site, "/rest", headers=headers).headers["Location"] == f"{site_url}/rest/help.txt"
    (entry,) = read_json(site, "/rest/dataset/id/", headers=headers)
    assert entry["url"] == f"{site_url}/rest/dataset/id/1.json"
    assert f'value="{site_url}/rest"' in ask(site, "/", headers=headers).text


HOSTILE_HOSTS = (
    "evil.example/path",
    "evil.example?x",
    "evil.example#x",
    "user@evil.example",
    "evil.example:port",
    "evil.example:80:80",
    "evil.example:",
    "evil example",
    "evil.example\t",
    "a,b",
    "<script>",
    '"',
    "'",
    "\\",
    "{{endpoint}}",
    "../..",
    "%0d%0aSet-Cookie:x",
    "http://evil.example",
    "[::1",
    "::1",
    "[evil]",
    "\xe9vil.example",
    "x" * 300,
    "x" * 64 + ".example",
    "a..b",
    ".example",
    ":80",
)


@rule("DCIP-READ-2")
@pytest.mark.parametrize("host", HOSTILE_HOSTS, ids=lambda host: ascii(host)[:24])
def test_a_host_header_that_names_no_host_is_answered_400(catalog: Site, host: str) -> None:
    urls = ("/rest/", "/rest/dataset/", "/rest/dataset/id/", "/rest/dataset/id.dcat.N3", "/rest/help.txt",
            "/rest/dataset/help.txt", "/rest/catalog.json", "/rest/dataset/since/1.json")  # fmt: skip
    for url in urls:
        assert_bare(ask(catalog, url, headers={"Host": host}), 400)
    assert ask(catalog, "/rest/dataset/id/123.json", headers={"Host": host}).status_code in (200, 400)
    home = ask(catalog, "/", headers={"Host": host})
    assert home.status_code == 400
    assert not home.content_type.startswith("text/html") or host not in home.text


@pytest.mark.parametrize("host", ["catalog.example", "localhost:8000", "127.0.0.1", "[::1]:8000", "a-b_c.example", "x"])
def test_a_host_header_that_names_a_host_is_taken(catalog: Site, host: str) -> None:
    answer = ask(catalog, "/rest/", headers={"Host": host})
    assert answer.headers["Location"] == f"http://{host}/rest/help.txt"
