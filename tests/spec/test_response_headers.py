"""Draft, "Response Headers": what every answer carries, whatever was asked and however."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dcip_server.store import Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import CALLS, JSON, N3, NOT_UNDERSTOOD, TEXT, ask, assert_bare, assert_ok


@rule("DCIP-HEAD-1", "DCIP-HEAD-2", "DCIP-HEAD-3")
@pytest.mark.parametrize(("url", "content_type"), CALLS.values(), ids=CALLS.keys())
def test_every_call_has_its_content_type_its_length_and_an_open_origin(
    catalog: Site, url: str, content_type: str
) -> None:
    assert len(CALLS) == 16
    answer = ask(catalog, url)
    assert_ok(answer, content_type)
    assert answer.data.decode("utf-8").strip()


@rule("DCIP-HEAD-1")
def test_utf8_is_spelled_as_the_draft_spells_it() -> None:
    assert (JSON, N3, TEXT) == (
        "application/json; charset=utf8",
        "text/n3; charset=utf8",
        "text/plain; charset=utf8",
    )


@rule("DCIP-HEAD-2")
@pytest.mark.parametrize("title", ["é", "水", "𝄞", "e\u0301", "a\u2028b", "\ufeff"])
def test_the_length_is_counted_in_bytes_not_in_characters(site: Site, title: str) -> None:
    site.store.revise([Put(dataset("1", title=f"t {title}", tags=[f"x{title}"]))])
    for extension, content_type in (("json", JSON), ("dcat.N3", N3)):
        answer = ask(site, f"/rest/dataset/id/1.{extension}")
        assert_ok(answer, content_type)
        assert int(answer.headers["Content-Length"]) == len(answer.data) > len(answer.data.decode("utf-8"))


@rule("DCIP-HEAD-2")
def test_the_length_of_a_list_is_exact_after_every_change(site: Site) -> None:
    for number in range(12):
        site.store.revise([Put(dataset("é" * number + "x", title=str(number)))])
        for extension, content_type in (("json", JSON), ("dcat.N3", N3)):
            assert_ok(ask(site, f"/rest/dataset/id.{extension}"), content_type)
            assert_ok(ask(site, f"/rest/dataset/since/{number}.{extension}"), content_type)
            assert_ok(ask(site, f"/rest/dataset/title/{number}.{extension}"), content_type)


@rule("DCIP-HEAD-2")
def test_the_lists_of_an_empty_catalog_are_empty_lists(site: Site) -> None:
    for url, content_type in CALLS.values():
        if "/id/123." in url:
            assert_bare(ask(site, url), 404)
            continue
        answer = ask(site, url)
        assert_ok(answer, content_type)
        if content_type == JSON and "catalog" not in url:
            assert answer.json == []


OTHER_ANSWERS = {
    "redirect of the endpoint": ("GET", "/rest", 301),
    "redirect of the dataset": ("GET", "/rest/dataset/", 301),
    "not found": ("GET", "/rest/dataset/id/nobody.json", 404),
    "deleted": ("GET", "/rest/dataset/id/tides.dcat.N3", 404),
    "not a GET": ("POST", "/rest/dataset/id/123.json", 400),
    "not a GET, and nothing there": ("DELETE", "/rest/x", 400),
    **{name: ("GET", url, 400) for name, url in NOT_UNDERSTOOD.items()},
}


@rule("DCIP-HEAD-3", "DCIP-READ-7")
@pytest.mark.parametrize(("method", "url", "status"), OTHER_ANSWERS.values(), ids=OTHER_ANSWERS.keys())
def test_any_status_but_200_has_no_body_and_an_open_origin(catalog: Site, method: str, url: str, status: int) -> None:
    answer = ask(catalog, url, method)
    assert_bare(answer, status)
    assert "ETag" not in answer.headers
    assert ("Location" in answer.headers) == (status == 301)


@rule("DCIP-HEAD-3")
@pytest.mark.parametrize("origin", ["https://other.example", "null", "http://catalog.example", ""])
def test_the_origin_is_open_to_all_alike(catalog: Site, origin: str) -> None:
    for url in ("/rest/dataset/id/123.json", "/rest/help.txt", "/rest/dataset/", "/rest/x"):
        answer = ask(catalog, url, headers={"Origin": origin, "Cookie": "a=b"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" not in answer.headers.get("Vary", "")


#: Headers that would make a common server answer something else than all of the bytes.
REQUEST_HEADERS = {
    "gzip": {"Accept-Encoding": "gzip"},
    "brotli, zstd": {"Accept-Encoding": "br;q=1.0, zstd;q=0.9, *;q=0.5"},
    "no identity": {"Accept-Encoding": "gzip, identity;q=0"},
    "first byte": {"Range": "bytes=0-0"},
    "last bytes": {"Range": "bytes=-5"},
    "several ranges": {"Range": "bytes=0-1,3-4"},
    "range out of bounds": {"Range": "bytes=99999999-"},
    "unless changed": {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
    "if other": {"If-Match": '"other"'},
    "not JSON": {"Accept": "image/png"},
    "charset": {"Accept-Charset": "iso-8859-1"},
    "language": {"Accept-Language": "fr"},
    "trailers": {"TE": "trailers, chunked"},
    "no cache": {"Cache-Control": "no-cache", "Pragma": "no-cache"},
    "only if cached": {"Cache-Control": "only-if-cached"},
    "upgrade": {"Connection": "Upgrade", "Upgrade": "h2c"},
    "authorization": {"Authorization": "Basic eDp5"},
    "odd bytes": {"Accept": "\xff\xfe", "User-Agent": "\xe9"},
    "long": {"User-Agent": "x" * 8000},
}


@rule("DCIP-HEAD-2", "DCIP-READ-6")
@pytest.mark.parametrize("headers", REQUEST_HEADERS.values(), ids=REQUEST_HEADERS.keys())
def test_no_request_header_shortens_compresses_or_refuses_an_answer(catalog: Site, headers: dict[str, str]) -> None:
    for url, content_type in CALLS.values():
        answer = ask(catalog, url, headers=headers)
        assert_ok(answer, content_type)
        assert answer.data == ask(catalog, url).data
        assert "Content-Range" not in answer.headers


@rule("DCIP-READ-4", "DCIP-READ-6")
def test_too_many_requests_are_answered_429(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    sqlite_store.revise([Put(dataset("1"))])
    site = make_site(sqlite_store, rate_limit="5 per minute")
    urls = ["/rest/dataset/id/1.json", "/rest/dataset/id/", "/rest/help.txt", "/rest/dataset/", "/rest/nothing"]
    assert [ask(site, url).status_code for url in urls] == [200, 200, 200, 301, 400]
    for url in urls:
        assert_bare(ask(site, url), 429)
    assert ask(site, "/").status_code == 429


@rule("DCIP-READ-4")
def test_the_limit_counts_each_client_address_by_itself(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    site = make_site(sqlite_store, rate_limit="2 per minute")
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1"):
        asked = [ask(site, "/rest/help.txt", environ_overrides={"REMOTE_ADDR": address}) for _ in range(3)]
        assert [answer.status_code for answer in asked] == [200, 200, 429]


@rule("DCIP-READ-4")
@pytest.mark.parametrize(("proxies", "due"), [(0, [200, 200, 429]), (1, [200, 200, 200])])
def test_a_client_cannot_dodge_the_limit_by_a_header_unless_a_proxy_sets_it(
    sqlite_store: Store, make_site: Callable[..., Site], proxies: int, due: list[int]
) -> None:
    site = make_site(sqlite_store, rate_limit="2 per minute", trusted_proxies=proxies)
    asked = [ask(site, "/rest/help.txt", headers={"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(3)]
    assert [answer.status_code for answer in asked] == due
