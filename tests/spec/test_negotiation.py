"""Draft, "List Dataset API Call" and "Help Dataset API Call": what a bare URL answers.

``<endpoint>/dataset/`` is the list in one section and a redirect to the help in the other; what
``Accept`` names decides.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dcip_server.store import Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import JSON, N3, ask, assert_bare, assert_ok

#: Accept, and the Content-Type it asks for; None where it names neither serialisation.
ACCEPTS: dict[str, tuple[str | None, str | None]] = {
    "none": (None, None),
    "empty": ("", None),
    "anything": ("*/*", None),
    "any application": ("application/*", None),
    "any text": ("text/*", None),
    "a browser": ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", None),
    "HTML": ("text/html", None),
    "plain text": ("text/plain", None),
    "an image": ("image/png", None),
    "Turtle": ("text/turtle", None),
    "another JSON": ("application/ld+json", None),
    "JSON": ("application/json", JSON),
    "N3": ("text/n3", N3),
    "JSON in capitals": ("APPLICATION/JSON", JSON),
    "N3 in capitals": ("Text/N3", N3),
    "JSON with charset": ("application/json; charset=utf-8", JSON),
    "N3 with charset": ("text/n3; charset=utf8", N3),
    "both": ("text/n3, application/json", JSON),
    "both, the other way round": ("application/json, text/n3", JSON),
    "both at the same quality": ("text/n3;q=0.5, application/json;q=0.5", JSON),
    "N3 preferred": ("application/json;q=0.5, text/n3", N3),
    "N3 preferred by a little": ("application/json;q=0.998, text/n3;q=0.999", N3),
    "JSON preferred": ("text/n3;q=0.5, application/json;q=0.6", JSON),
    "N3, then anything": ("text/n3, */*;q=0.1", N3),
    "JSON, then anything": ("application/json, text/plain, */*", JSON),
    "a browser that takes JSON": ("text/html, application/json;q=0.1", JSON),
    "no JSON, N3": ("application/json;q=0, text/n3", N3),
    "no N3": ("text/n3;q=0", None),
    "no N3, JSON": ("text/n3;q=0, application/json", JSON),
    "neither": ("text/n3;q=0, application/json;q=0", None),
    "nonsense": (";;q=x,,/,=", None),
    "nonsense around JSON": (";;,application/json,;q=", JSON),
    "blanks": ("  text/n3  ;  q=0.9  ", N3),
}


def _headers(accept: str | None) -> dict[str, str]:
    return {} if accept is None else {"Accept": accept}


@rule("DCIP-LIST-1")
@pytest.mark.parametrize(("accept", "named"), ACCEPTS.values(), ids=ACCEPTS.keys())
def test_the_list_is_json_unless_accept_prefers_n3(catalog: Site, accept: str | None, named: str | None) -> None:
    assert len(ACCEPTS) == 33
    for url in ("/rest/dataset/id/", "/rest/dataset/id", "/rest/DATASET/id/"):
        answer = ask(catalog, url, headers=_headers(accept))
        assert_ok(answer, named or JSON)
        assert answer.headers["Vary"] == "Accept"


@rule("DCIP-HELP-1", "DCIP-HELP-2", "DCIP-LIST-1")
@pytest.mark.parametrize(("accept", "named"), ACCEPTS.values(), ids=ACCEPTS.keys())
def test_a_bare_dataset_url_is_the_help_unless_accept_names_a_serialisation(
    catalog: Site, accept: str | None, named: str | None
) -> None:
    for url in ("/rest/dataset/", "/rest/dataset"):
        answer = ask(catalog, url, headers=_headers(accept))
        if named:
            assert_ok(answer, named)
            assert answer.data == ask(catalog, f"/rest/dataset/id.{'json' if named == JSON else 'dcat.N3'}").data
        else:
            assert_bare(answer, 301)
            assert answer.headers["Location"] == "http://catalog.example/rest/dataset/help.txt"
        assert answer.headers["Vary"] == "Accept"


@rule("DCIP-LIST-1")
@pytest.mark.parametrize(("accept", "named"), ACCEPTS.values(), ids=ACCEPTS.keys())
def test_an_operator_can_make_a_bare_dataset_url_the_list(
    list_root: Site, accept: str | None, named: str | None
) -> None:
    for url in ("/rest/dataset/", "/rest/dataset", "/rest/Dataset/"):
        answer = ask(list_root, url, headers=_headers(accept))
        assert_ok(answer, named or JSON)
        assert answer.headers["Vary"] == "Accept"


@pytest.fixture
def list_root(sqlite_store: Store, make_site: Callable[..., Site]) -> Site:
    sqlite_store.revise([Put(dataset("1"))])
    return make_site(sqlite_store, dataset_root="list")


def test_the_setting_changes_nothing_else(list_root: Site) -> None:
    assert_bare(ask(list_root, "/rest/"), 301)
    assert_bare(ask(list_root, "/rest/dataset//"), 400)
    assert ask(list_root, "/rest/dataset/").json == ask(list_root, "/rest/dataset/id.json").json
    assert ask(list_root, "/rest/dataset/help.txt").status_code == 200


@rule("DCIP-API-1")
@pytest.mark.parametrize(("accept", "named"), ACCEPTS.values(), ids=ACCEPTS.keys())
def test_the_endpoint_itself_is_the_help_whatever_accept_says(
    catalog: Site, accept: str | None, named: str | None
) -> None:
    for url in ("/rest", "/rest/"):
        answer = ask(catalog, url, headers=_headers(accept))
        assert_bare(answer, 301)
        assert answer.headers["Location"] == "http://catalog.example/rest/help.txt"
