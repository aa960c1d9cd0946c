"""Draft, "API Help Call"."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dcip_server.store import Store
from tests.conftest import Site
from tests.spec import rule
from tests.spec.asking import JSON, N3, TEXT, ask, assert_bare, assert_ok
from tests.spec.test_help_dataset import help_text, parsed, too_long

HELP = "/rest/help.txt"


@rule("DCIP-API-1")
@pytest.mark.parametrize("url", ["/rest/", "/rest", "/rest/?x=1", "/rest?"])
def test_the_endpoint_is_redirected_to_its_help(catalog: Site, url: str) -> None:
    answer = ask(catalog, url)
    assert_bare(answer, 301)
    assert answer.headers["Location"] == "http://catalog.example/rest/help.txt"
    assert_ok(ask(catalog, answer.headers["Location"]), TEXT)


@rule("DCIP-API-2")
def test_the_help_is_utf_8_and_wrapped_to_78_characters(catalog: Site) -> None:
    text = help_text(catalog, HELP)
    assert [line for line in text.splitlines() if len(line) > 78] == []
    assert text.endswith("\n")
    assert "\r" not in text


@rule("DCIP-API-3")
def test_the_help_links_to_the_catalog_in_both_serialisations(catalog: Site) -> None:
    text = help_text(catalog, HELP)
    for url, content_type in (
        ("http://catalog.example/rest/catalog.json", JSON),
        ("http://catalog.example/rest/catalog.dcat.N3", N3),
    ):
        assert url in text
        assert_ok(ask(catalog, url), content_type)


@rule("DCIP-API-4")
def test_the_help_lists_the_entity_types_and_points_to_their_help(catalog: Site) -> None:
    text = help_text(catalog, HELP)
    assert "Dataset" in text
    links = [
        token.attrs["href"] for block in parsed(text) for token in block.children or [] if token.type == "link_open"
    ]
    assert "http://catalog.example/rest/dataset/help.txt" in links


@rule("DCIP-API-5")
def test_the_help_says_what_the_catalog_is_for_and_whom_to_contact(
    sqlite_store: Store, make_site: Callable[..., Site]
) -> None:
    site = make_site(
        sqlite_store,
        catalog_title="Water of the North",
        catalog_description="Gauges, springs and wells.",
        catalog_contact="water@data.example",
    )
    text = help_text(site, HELP)
    assert "Water of the North" in text
    assert "Gauges, springs and wells." in text
    assert "water@data.example" in text


#: Texts an operator may set, which the help has to show wrapped.
LONG_TEXTS = {
    "many words": "All that is measured in the rivers and lakes of the north. " * 12,
    "one paragraph in several lines": "Rivers and lakes of the north,\nmeasured every hour. " * 8,
    "several paragraphs": "Rivers and lakes. " * 8 + "\n\n" + "Wells and springs. " * 8,
    "umlauts": "Flüsse, Bäche und Quellen, gemessen über viele Jahre. " * 8,
    "Japanese, which has no spaces": "北の川と湖の観測記録、" * 20,
    "hash first": "#opendata " * 20,
    "list item": "- rivers and lakes of the north " * 8,
    "number first": "1. rivers and lakes of the north " * 8,
    "quotation": "> rivers and lakes of the north " * 8,
    "indented lines": "    rivers and lakes of the north " * 8,
    "an indented line inside": "Rivers:\n    " + "rivers and lakes of the north " * 8,
    "template syntax": "{{ endpoint }} {% if x %} {# y #} " * 8,
}


@rule("DCIP-API-2")
@pytest.mark.parametrize("text", LONG_TEXTS.values(), ids=LONG_TEXTS.keys())
def test_the_help_stays_wrapped_whatever_the_operator_says(
    sqlite_store: Store, make_site: Callable[..., Site], text: str
) -> None:
    site = make_site(sqlite_store, catalog_title=text, catalog_description=text, catalog_contact=text)
    shown = help_text(site, HELP)
    assert [line for line in shown.splitlines() if len(line) > 78] == []
    assert re.sub(r"[\s=]", "", shown).count(re.sub(r"[\s=]", "", text)) == 3
    assert_is_complete(shown)


def assert_is_complete(text: str) -> None:
    """The rest of the help is still Markdown of the same structure."""
    tokens = parsed(text)
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert {"About this catalog", "Entity types", "Answers"} <= set(headings)
    code = "".join(token.content for token in tokens if token.type == "code_block")
    assert "GET http://catalog.example/rest/catalog.json\n" in code


@rule("DCIP-API-2")
@pytest.mark.parametrize("length", [1, 30, 60, 120])
def test_it_stays_wrapped_however_long_the_endpoints_url_is(
    sqlite_store: Store, make_site: Callable[..., Site], length: int
) -> None:
    site = make_site(sqlite_store, endpoint_path="/" + "p" * length)
    text = help_text(site, f"/{'p' * length}/help.txt")
    assert too_long(text) == []
    assert f"GET http://catalog.example/{'p' * length}/catalog.json" in text


def test_a_setting_shows_at_the_next_start(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    texts = [help_text(make_site(sqlite_store, catalog_title=title), HELP) for title in ("First", "Second", "First")]
    assert texts[0] == texts[2] != texts[1]


@rule("DCIP-HELP-6")
def test_the_help_is_markdown_with_headings_and_code(catalog: Site) -> None:
    assert_is_complete(help_text(catalog, HELP))
    assert parsed(help_text(catalog, HELP))[0].type == "heading_open"


def test_the_help_explains_every_status_that_is_answered(catalog: Site) -> None:
    text = help_text(catalog, HELP)
    for status in (200, 301, 400, 404, 429, 500):
        assert re.search(rf"^{status} [A-Z]", text, re.MULTILINE)
    assert not re.search(r"\b(304|405|406|308|503)\b", text)
