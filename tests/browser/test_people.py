"""What people do in the catalog: search, narrow down, open, download, go back, on their own terms."""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import Browser
from tests.conftest import Server

_ADDRESSES = "Base Adresse Nationale"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_people_search_narrow_down_open_download_and_go_back(browser: Browser, site: Server, scripts: bool) -> None:
    browser.open(f"{site.url}/", scripts=scripts)
    browser.find("input[name=q]").send_keys("adresse" + Keys.ENTER)
    browser.wait_for("/search?q=adresse")
    assert _ADDRESSES in browser.texts(".results h2")
    browser.aside_link("format", "CSV").click()
    browser.wait_for("format=CSV")
    assert "CSV" in browser.texts(".chips li")[0]
    browser.link(_ADDRESSES).click()
    browser.wait_for("/dataset/base-adresse-nationale")
    assert browser.texts("h1") == [_ADDRESSES]
    for name, extension in (
        ("JSON", "json"),
        ("N3", "n3"),
        ("Turtle", "ttl"),
        ("RDF/XML", "rdf"),
        ("JSON-LD", "jsonld"),
    ):
        browser.link(name).click()
        file = _downloaded(browser.downloads / f"base-adresse-nationale.{extension}")
        with urllib.request.urlopen(f"{site.url}/dataset/base-adresse-nationale.{extension}", timeout=10) as answer:
            assert file == answer.read()
    browser.driver.back()
    browser.wait_for("format=CSV")
    assert _ADDRESSES in browser.texts(".results h2")
    browser.find(".chips a").click()
    browser.wait_for("/search?q=adresse")
    assert browser.console() == []


def _downloaded(path: Path) -> bytes:
    """What the browser stored there; it is taken away, so that the next download has the same name."""
    deadline = time.monotonic() + 10
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    content = path.read_bytes()
    path.unlink()
    return content


def test_people_narrow_down_by_the_time_of_a_change(browser: Browser, site: Server) -> None:
    browser.open(f"{site.url}/search?q=adresse&format=CSV")
    browser.find("input[name=until]").send_keys("01012000")
    browser.find(".dates button").click()
    browser.wait_for("until=2000-01-01")
    assert browser.texts("h1") == ["0 results for adresse"]
    assert [chip.rstrip(" ×") for chip in browser.texts(".chips li")] == ["Format: CSV", "Modified until: 2000-01-01"]
    browser.link("Search without filters").click()
    browser.wait_gone("until=")
    assert _ADDRESSES in browser.texts(".results h2")


def test_people_find_what_else_covers_an_area(browser: Browser, site: Server) -> None:
    browser.open(f"{site.url}/dataset/base-adresse-nationale")
    browser.link("Other records of this area").click()
    browser.wait_for("bbox=")
    assert _ADDRESSES in browser.texts(".results h2")


def test_people_sort_and_leaf_through_results(browser: Browser, site: Server) -> None:
    browser.open(f"{site.url}/search")
    browser.link("title").click()
    browser.wait_for("sort=title")
    first = browser.texts(".results h2")
    assert len(first) == 20
    sample = [title for title in first if title.isascii() and title[:1].isupper()]
    assert sample == sorted(sample, key=str.casefold)
    browser.find("a[rel=next]").click()
    browser.wait_for("offset=20")
    second = browser.texts(".results h2")
    assert second
    assert not set(first) & set(second)
    browser.find("a[rel=prev]").click()
    browser.wait_gone("offset=20")
    assert browser.texts(".results h2") == first


@pytest.mark.parametrize(
    ("language", "button", "heading"),
    [("fr-CH,fr;q=0.9", "Rechercher", "Dernières modifications"), ("de", "Suchen", "Neueste Änderungen"), ("ja", "Search", "Newest changes")],
)  # fmt: skip
def test_the_interface_speaks_the_readers_language_and_the_metadata_its_own(
    browser: Browser, site: Server, language: str, button: str, heading: str
) -> None:
    browser.open(f"{site.url}/", language=language)
    assert browser.texts("button")[0] == button
    assert heading in browser.texts("h2")
    assert browser.find("html").get_attribute("lang") == (language[:2] if language != "ja" else "en")
    browser.open(f"{site.url}/dataset/base-adresse-nationale", language=language)
    assert browser.texts("h1") == [_ADDRESSES]


def test_who_prefers_dark_gets_light_text_on_a_dark_page(browser: Browser, site: Server) -> None:
    browser.open(f"{site.url}/")
    light = browser.brightness("body")
    browser.look(dark=True)
    dark = browser.brightness("body")
    assert light["background"] > 200 > 60 > light["text"]
    assert dark["background"] < 60 < 200 < dark["text"]


@pytest.mark.parametrize("path", ["/", "/search?q=adresse", "/dataset/base-adresse-nationale"])
def test_everything_is_reached_by_keyboard_and_seen_when_it_is(browser: Browser, site: Server, path: str) -> None:
    browser.open(site.url + path)
    reached = browser.walk_by_tab()
    assert reached[0]["text"] == "Skip to the content"
    assert [element for element in reached if not element["outlined"] or not element["inside"]] == []
    due = browser.focusable()
    assert len(reached) == due > 10


def test_the_skip_link_leads_past_the_bar(browser: Browser, site: Server) -> None:
    browser.open(f"{site.url}/changes")
    browser.press(Keys.TAB)
    browser.press(Keys.ENTER)
    browser.wait_for("#content")
    browser.press(Keys.TAB)
    assert browser.driver.execute_script("return document.querySelector('main').contains(document.activeElement)")
