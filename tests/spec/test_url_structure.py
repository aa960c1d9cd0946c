"""Draft, "URL Structure": how URLs are read, and what any method but GET gets."""

from __future__ import annotations

import pytest

from tests.conftest import Site
from tests.spec import rule
from tests.spec.asking import CALLS, JSON, N3, NOT_UNDERSTOOD, TEXT, ask, assert_bare, assert_ok, read_json

METHODS = (
    "HEAD",
    "OPTIONS",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "QUERY",
    "BREW",
    "GETS",
    "get",
    "Get",
    "M-SEARCH",
    "A" * 200,
)

PLACES = {
    **{name: url for name, (url, _) in CALLS.items()},
    "endpoint": "/rest",
    "endpoint with slash": "/rest/",
    "dataset": "/rest/dataset",
    "dataset with slash": "/rest/dataset/",
    "id never seen": "/rest/dataset/id/nobody.json",
    "deleted id": "/rest/dataset/id/tides.json",
    "unknown entity": "/rest/person/id/1.json",
    "no extension": "/rest/dataset/id/123",
    "nothing of ours": "/rest/a/b/c/d",
    "invalid UTF-8": "/rest/%FF",
}


@rule("DCIP-URL-4", "DCIP-READ-6", "DCIP-READ-7")
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method[:20])
def test_any_method_but_get_is_answered_400_on_every_url(catalog: Site, method: str) -> None:
    assert len(PLACES) == 26
    for url in PLACES.values():
        assert_bare(ask(catalog, url, method), 400)


@rule("DCIP-URL-4")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_or_a_method_override_makes_no_difference(catalog: Site, method: str) -> None:
    override = {"X-HTTP-Method-Override": "GET"}
    url = "/rest/dataset/id/123.json"
    assert_bare(ask(catalog, url, method, data=b'{"id": 123, "title": "x"}', headers=override), 400)
    assert_bare(ask(catalog, f"{url}?_method=GET", method, data={"_method": "GET"}), 400)
    assert read_json(catalog, url)["title"] == "Lakes"


@rule("DCIP-URL-4")
def test_a_preflight_request_is_answered_400_too(catalog: Site) -> None:
    preflight = {"Origin": "https://other.example", "Access-Control-Request-Method": "GET"}
    assert_bare(ask(catalog, "/rest/dataset/id/123.json", "OPTIONS", headers=preflight), 400)


def test_a_get_with_a_body_is_a_get(catalog: Site) -> None:
    answer = ask(catalog, "/rest/dataset/id/123.json", data=b"anything", content_type="text/plain")
    assert_ok(answer, JSON)


@rule("DCIP-READ-2", "DCIP-READ-7")
@pytest.mark.parametrize("url", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD.keys())
def test_a_url_that_the_protocol_does_not_define_is_answered_400(catalog: Site, url: str) -> None:
    assert len(NOT_UNDERSTOOD) == 50
    assert_bare(ask(catalog, url), 400)


EXTENSIONS = {
    "dataset": ("/rest/dataset/id/123", "/rest/dataset/id/wells"),
    "list": ("/rest/dataset/id",),
    "since": ("/rest/dataset/since/1", "/rest/dataset/since/2026-01-31"),
    "look-up": ("/rest/dataset/tags/water", "/rest/dataset/tags/fire"),
    "catalog": ("/rest/catalog",),
}


@rule("DCIP-URL-2", "DCIP-URL-3")
@pytest.mark.parametrize("stems", EXTENSIONS.values(), ids=EXTENSIONS.keys())
def test_the_extension_decides_the_serialisation(catalog: Site, stems: tuple[str, ...]) -> None:
    for stem in stems:
        assert_ok(ask(catalog, stem + ".json"), JSON)
        assert_ok(ask(catalog, stem + ".dcat.N3"), N3)


@rule("DCIP-URL-2", "DCIP-URL-3")
@pytest.mark.parametrize("accept", ["text/n3", "application/json", "text/html", "image/png", "*/*;q=0", ""])
def test_accept_changes_nothing_where_an_extension_is_given(catalog: Site, accept: str) -> None:
    for stems in EXTENSIONS.values():
        for extension, content_type in ((".json", JSON), (".dcat.N3", N3)):
            answer = ask(catalog, stems[0] + extension, headers={"Accept": accept})
            assert_ok(answer, content_type)
            assert "Vary" not in answer.headers


SPELLINGS = ("Dataset", "DATASET", "dataSet")


@pytest.mark.parametrize("name", SPELLINGS)
def test_the_entity_name_ignores_case(catalog: Site, name: str) -> None:
    for below, content_type in (("id/123.json", JSON), ("id/", JSON), ("id.dcat.N3", N3), ("help.txt", TEXT)):
        answer = ask(catalog, f"/rest/{name}/{below}")
        assert_ok(answer, content_type)
        assert answer.data == ask(catalog, f"/rest/dataset/{below}").data
    assert ask(catalog, f"/rest/{name}/").headers["Location"] == "http://catalog.example/rest/dataset/help.txt"


@pytest.mark.parametrize("id", ["Wells", "WELLS", "wellS"])
def test_an_id_does_not_ignore_case(catalog: Site, id: str) -> None:
    assert_bare(ask(catalog, f"/rest/dataset/id/{id}.json"), 404)


QUERIES = (
    "?",
    "?x=1",
    "?format=xml",
    "?callback=f",
    "?limit=1",
    "?limit=x&offset=-1",
    "?%FF=%FE",
    "?a=1?b=2",
    "?;&=&&",
)


@pytest.mark.parametrize("query", QUERIES)
def test_unknown_query_strings_are_ignored(catalog: Site, query: str) -> None:
    for url, content_type in CALLS.values():
        if ("/tags/" in url or "/search/" in url) and "limit" in query:
            continue
        answer = ask(catalog, url + query)
        assert_ok(answer, content_type)
        if "catalog" not in url:
            assert answer.data == ask(catalog, url).data
    assert_bare(ask(catalog, "/rest/dataset/id/nobody.json" + query), 404)
    assert_bare(ask(catalog, "/rest/dataset/id/123" + query), 400)


def test_a_redirect_drops_the_query_string(catalog: Site) -> None:
    assert ask(catalog, "/rest/?x=1").headers["Location"] == "http://catalog.example/rest/help.txt"


ODD_ESCAPES = {
    "percent alone": "/rest/dataset/id/%.json",
    "percent and one digit": "/rest/dataset/id/%4.json",
    "percent and no hex": "/rest/dataset/id/%zz.json",
    "percent at the end": "/rest/dataset/id/123.json%",
    "truncated UTF-8": "/rest/dataset/id/%E2%82.json",
    "lone continuation byte": "/rest/dataset/id/%80.json",
    "byte order mark in UTF-16": "/rest/dataset/id/%FE%FF.json",
    "NUL": "/rest/dataset/id/%00.json",
    "NUL after the id": "/rest/dataset/id/123%00.json",
    "NUL after the extension": "/rest/dataset/id/123.json%00",
    "NUL in the entity": "/rest/data%00set/id/123.json",
    "line break after the extension": "/rest/dataset/id/123.json%0A",
    "dots up": "/rest/dataset/id/../../help.txt",
    "dots up, encoded": "/rest/dataset/id/%2E%2E%2F%2E%2E%2Fhelp.txt",
    "file system": "/rest/dataset/id/..%2F..%2F..%2Fetc%2Fpasswd.json",
    "SQL": "/rest/dataset/id/'%20OR%201=1;--.json",
    "twice encoded": "/rest/dataset/id/%2531%2532%2533.json",
    "60,000 letters": "/rest/dataset/id/" + "a" * 60_000 + ".json",
}


@rule("DCIP-READ-6")
@pytest.mark.parametrize("url", ODD_ESCAPES.values(), ids=ODD_ESCAPES.keys())
def test_an_odd_url_is_not_understood_or_not_found_and_breaks_nothing(catalog: Site, url: str) -> None:
    answer = ask(catalog, url)
    assert answer.status_code in (400, 404)
    assert_bare(answer, answer.status_code)


ESCAPED = {
    "digits": "/rest/dataset/id/%31%32%33.json",
    "extension": "/rest/dataset/id/123%2E%6A%73on",
    "entity": "/rest/%64ataset/id/123.json",
    "lower-case hex": "/rest/dataset/%69d/123%2ejson",
}


@pytest.mark.parametrize("url", ESCAPED.values(), ids=ESCAPED.keys())
def test_percent_encoding_what_needs_none_makes_no_difference(catalog: Site, url: str) -> None:
    assert read_json(catalog, url)["id"] == 123
