"""Every kind of page, as a person meets it: quiet, from this host alone, readable at every width, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from dcip_server.store import Store
from tests.browser.chromium import Browser
from tests.browser.conftest import PUBLICATION
from tests.browser.hostile import TEXTS
from tests.conftest import Server

#: Name, address, and the status of the answer.
KINDS: dict[str, tuple[str, int]] = {
    "home": ("/", 200),
    "everything": ("/search", 200),
    "results": ("/search?q=adresses+fran", 200),
    "narrowed results": ("/search?format=CSV&since=2000-01-01&until=2100-01-01&bbox=-180,-90,180,90&sort=title", 200),
    "no results": ("/search?q=nothing+like+this&tag=hostile", 200),
    "refused search": ("/search?colour=red", 400),
    "dataset": ("/dataset/base-adresse-nationale", 200),
    "dataset of a series": ("/dataset/levels%2F2025", 200),
    "service": ("/dataservice/gauges", 200),
    "series": ("/datasetseries/levels", 200),
    "deleted record": ("/dataset/withdrawn", 410),
    "publication": (PUBLICATION, 200),
    "tags": ("/tag/", 200),
    "tag": ("/tag/hostile", 200),
    "publishers": ("/publisher/", 200),
    "publisher": ("/publisher/" + quote(TEXTS["template"], safe=""), 200),
    "licences": ("/license/", 200),
    "licence": ("/license/etalab-2.0", 200),
    "formats": ("/format/", 200),
    "format": ("/format/CSV", 200),
    "changes": ("/changes", 200),
    "help": ("/about", 200),
    "statistics": ("/stats", 200),
    "policy": ("/policy", 200),
    "directory": ("/directory", 200),
    "page that is not there": ("/no/such/page", 404),
}
#: The same of a catalog that holds nothing.
EMPTY: dict[str, str] = {
    "empty home": "/",
    "empty search": "/search",
    "empty values": "/tag/",
    "empty changes": "/changes",
    "empty statistics": "/stats",
    "empty policy": "/policy",
    "empty directory": "/directory",
}
_PHONE, _DESKTOP = 360, 1440


def assert_quiet(browser: Browser, site: Server, address: str, status: int = 200) -> None:
    """Nothing in the console, and nothing asked of another host."""
    failed = [] if status < 400 else [f"status of {status}"]
    said = [line for line in browser.console() if not any(part in line and address in line for part in failed)]
    assert said == []
    asked = browser.requests()
    assert address in asked
    # The browser draws parts of its own fields with data of its own.
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith("data:")}
    assert hosts == {urlsplit(site.url).netloc}


def assert_readable(browser: Browser) -> None:
    """Nothing is cut off or reaches out of the window, and axe-core finds nothing to say in light or in dark."""
    assert browser.texts("h1")[0].strip()
    assert {width: browser.overflow(width) for width in (_PHONE, _DESKTOP)} == {_PHONE: [], _DESKTOP: []}
    assert browser.violations() == []
    browser.look(dark=True)
    assert browser.violations("color-contrast") == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_quiet_and_readable(browser: Browser, site: Server, kind: str) -> None:
    path, status = KINDS[kind]
    address = site.url + path
    browser.open(address)
    assert_quiet(browser, site, address, status)
    assert_readable(browser)


@pytest.mark.parametrize("kind", EMPTY)
def test_a_page_of_an_empty_catalog_is_quiet_and_readable(browser: Browser, empty_site: Server, kind: str) -> None:
    address = empty_site.url + EMPTY[kind]
    browser.open(address)
    assert_quiet(browser, empty_site, address)
    assert_readable(browser)


def test_the_page_of_a_failure_is_quiet_and_readable(
    browser: Browser, serve: Callable[..., Server], sqlite_url: str, tmp_path: Path
) -> None:
    Store(sqlite_url, create=True).close()
    server = serve(sqlite_url)
    for path in tmp_path.glob("catalog.db*"):
        path.unlink()
    address = f"{server.url}/"
    browser.open(address)
    assert browser.texts("h1") == ["500 Internal Server Error"]
    assert_quiet(browser, server, address, 500)
    assert_readable(browser)


def test_every_kind_of_page_is_looked_at() -> None:
    assert (len(KINDS), len(EMPTY)) == (26, 7)


#: Kinds with most words of the interface's own.
_WORDY = (
    "home",
    "narrowed results",
    "no results",
    "dataset",
    "deleted record",
    "changes",
    "statistics",
    "policy",
    "directory",
)


@pytest.mark.parametrize("language", ["fr", "de"])
def test_longer_words_of_other_languages_fit_too(browser: Browser, site: Server, language: str) -> None:
    for kind in _WORDY:
        path, status = KINDS[kind]
        browser.open(site.url + path, width=_PHONE, language=language)
        assert browser.find("html").get_attribute("lang") == language
        assert browser.overflow(_PHONE) == [], path
        assert_quiet(browser, site, site.url + path, status)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/search?q=hostile", "Modified"),
        ("/search?tag=hostile", "Narrow down"),
        ("/dataset/hostile%2Foverride", "Modified"),
        ("/dataset/hostile%2Foverride", "http:"),
        ("/dataset/hostile%2Foverride", "evil"),
        ("/changes", "JSON"),
    ],
)
def test_a_text_that_turns_the_direction_of_writing_turns_nothing_beside_it(
    browser: Browser, site: Server, path: str, text: str
) -> None:
    browser.open(site.url + path, width=_PHONE)
    assert browser.reversed(text) == 0


@pytest.mark.parametrize("name", TEXTS)
def test_whatever_a_record_says_nothing_of_it_runs_or_overflows(browser: Browser, site: Server, name: str) -> None:
    short = quote(TEXTS[name][:290], safe="")
    for path in (f"/dataset/hostile%2F{name}", f"/tag/{short}", f"/publisher/{short}", f"/search?q={short}"):
        address = site.url + path
        browser.open(address, width=_PHONE)
        status = browser.status()
        # Not every text is a value that pages stand for.
        assert status in ((200,) if path.startswith("/dataset/") else (200, 400, 404)), path
        assert_quiet(browser, site, address, status)
        assert browser.taken() is None, path
        assert browser.overflow(_PHONE) == [], path
        assert len(browser.texts("h1")) == 1, path
        assert "//evil" not in "".join(browser.attributes("[href], [src], [action]", "href", "src", "action")), path
