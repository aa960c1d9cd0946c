"""Draft, "Help Dataset API Call"."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from dcip_server.store import Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import TEXT, ask, assert_bare, assert_ok

HELP = "/rest/dataset/help.txt"


def help_text(site: Site, url: str = HELP) -> str:
    answer = ask(site, url)
    assert_ok(answer, TEXT)
    return answer.data.decode("utf-8")


def too_long(text: str) -> list[str]:
    """Lines of more than 78 characters that could have been wrapped: a URL alone cannot."""
    return [line for line in text.splitlines() if len(line) > 78 and len(line.split()) > 2]


def parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark").parse(text)


@rule("DCIP-HELP-1", "DCIP-HELP-2")
@pytest.mark.parametrize(
    "url", ["/rest/dataset/", "/rest/dataset", "/rest/Dataset/", "/rest/DATASET", "/rest/dataset/?x"]
)
def test_a_bare_dataset_url_is_redirected_to_the_help(catalog: Site, url: str) -> None:
    answer = ask(catalog, url)
    assert_bare(answer, 301)
    assert answer.headers["Location"] == "http://catalog.example/rest/dataset/help.txt"
    assert answer.headers["Vary"] == "Accept"
    assert_ok(ask(catalog, answer.headers["Location"]), TEXT)


@rule("DCIP-HELP-3")
def test_the_help_is_utf_8_and_wrapped_to_78_characters(catalog: Site) -> None:
    text = help_text(catalog)
    assert [line for line in text.splitlines() if len(line) > 78] == []
    assert text.endswith("\n")
    assert "\r" not in text
    assert "\t" not in text


@rule("DCIP-HELP-3")
@pytest.mark.parametrize("length", [1, 10, 30, 60, 120])
def test_it_stays_wrapped_however_long_the_endpoints_url_is(
    sqlite_store: Store, make_site: Callable[..., Site], length: int
) -> None:
    site = make_site(sqlite_store, site_url=f"https://{'d' * min(length, 60)}.example/{'p' * length}")
    text = help_text(site)
    assert too_long(text) == []
    assert f"/{'p' * length}/rest/dataset/" in text


@rule("DCIP-HELP-4")
def test_every_url_of_ours_in_the_help_is_one_of_this_endpoint(catalog: Site) -> None:
    urls = set(re.findall(r"https?://[^\s>]+", help_text(catalog))) - {"http://spec.datacatalogs.com/"}
    assert all(url.startswith("http://catalog.example/rest/dataset/") for url in urls)
    assert {
        "http://catalog.example/rest/dataset/id/123.json",
        "http://catalog.example/rest/dataset/id/123.dcat.N3",
        "http://catalog.example/rest/dataset/id/",
    } <= urls
    assert "example.com" not in help_text(catalog)


@rule("DCIP-HELP-4")
def test_every_example_in_the_help_is_understood(catalog: Site) -> None:
    examples = re.findall(r"GET (\S+)", help_text(catalog))
    assert len(examples) >= 12
    for url in examples:
        assert ask(catalog, url).status_code == 200, url


@rule("DCIP-HELP-4")
def test_the_urls_follow_the_host_that_was_asked(catalog: Site) -> None:
    answer = ask(catalog, HELP, headers={"Host": "other.example"})
    assert "http://other.example/rest/dataset/id/" in answer.text
    assert "catalog.example" not in answer.text


@rule("DCIP-HELP-5")
def test_the_help_is_plain_text(catalog: Site) -> None:
    assert ask(catalog, HELP).headers["Content-Type"] == "text/plain; charset=utf8"


@rule("DCIP-HELP-6")
def test_the_help_is_markdown_with_headings_and_code(catalog: Site) -> None:
    tokens = parsed(help_text(catalog))
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings[0] == "Datasets"
    assert len(headings) > 3
    code = "".join(token.content for token in tokens if token.type == "code_block")
    assert code.count("GET http://catalog.example/rest/dataset/") == help_text(catalog).count("GET http://")
    assert not any(token.type in ("html_block", "html_inline") for token in tokens)


def test_the_help_says_which_extensions_attributes_and_look_ups_there_are(catalog: Site) -> None:
    text = help_text(catalog)
    for word in (".json", ".dcat.N3", "change_type", "modified", "revision", "sha256", "create", "update", "delete"):
        assert word in text
    for attribute in ("name", "title", "tags", "author", "maintainer", "license", "format", "since"):
        assert f"/rest/dataset/{attribute}/" in text


def test_the_help_names_the_protocol_and_its_version(catalog: Site) -> None:
    text = " ".join(help_text(catalog).split())
    assert "DCIP" in text
    assert "version 1.0 DRAFT" in text


def test_the_help_does_not_depend_on_what_is_in_the_catalog(site: Site) -> None:
    before = help_text(site)
    site.store.revise([Put(dataset("1"))])
    assert help_text(site) == before


@pytest.mark.parametrize("url", ["/rest/Dataset/help.txt", "/rest/DATASET/help.txt", "/rest/dataset/help.txt?lang=fr"])
def test_the_help_is_the_same_however_the_entity_is_spelled(catalog: Site, url: str) -> None:
    assert help_text(catalog, url) == help_text(catalog)
