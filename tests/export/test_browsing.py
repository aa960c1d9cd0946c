"""Lists of records in an export: what a reader comes to by following links."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from dcip_server import settings
from dcip_server.export.asking import ask
from dcip_server.export.surface import Surface
from dcip_server.store import Put, Store
from tests.export.conftest import Copy
from tests.export.nginx import Answer
from tests.records import dataset

_HREF = re.compile(rb'href="([^"]*)"')
#: What needs the server: words, areas, and more than one value.
_REFUSED = re.compile(r"/search\?(?:bbox=[^&]*|[a-z]+=[^&]*&(?:tag|license|format|publisher|entity)=.*)")


def _links(site: str, body: bytes) -> Iterator[str]:
    """Addresses below the site, as a browser asks for them."""
    for href in _HREF.findall(body):
        target = html.unescape(href.decode()).partition("#")[0].removeprefix(site)
        if target.startswith("/"):
            yield target


def _walk(copy: Copy) -> Iterator[tuple[str, Answer]]:
    """Every address that links lead to from the home page, and what nginx answers there."""
    due, seen = ["/"], {"/"}
    while due:
        target = due.pop()
        found = copy.asked(target)
        yield target, found
        if found.status == 200 and found.headers["content-type"].startswith("text/html"):
            new = dict.fromkeys(link for link in _links(copy.url, found.body) if link not in seen)
            seen |= set(new)
            due += new


def test_every_link_leads_to_what_the_server_has(copy: Copy) -> None:
    targets: list[str] = []
    wrong: list[str] = []
    refused: list[str] = []
    for target, found in _walk(copy):
        parts = urlsplit(target)
        with ask(copy.app, unquote(parts.path), parts.query) as due:
            same = found.status == due.status and (found.status == 400 or found.body == b"".join(due.body))
        targets.append(target)
        if not same and unquote(parts.path) not in copy.exported.unplaced:
            (refused if found.status == 400 and _REFUSED.fullmatch(target) else wrong).append(target)
    assert not wrong, "\n".join(wrong)
    assert refused
    assert {"/search?sort=title", "/search?tag=a%2Fb", "/search?entity=dataset", "/search?tag=a%2Fb&sort=title"} <= set(
        targets
    )
    assert len([target for target in targets if re.match("/search.*offset=60&after=", target)]) > 5


@pytest.mark.parametrize(
    ("language", "why"), [("en", "a static copy"), ("fr", "une copie statique"), ("de", "eine statische Kopie")]
)
def test_a_search_is_told_why_it_is_refused(copy: Copy, language: str, why: str) -> None:
    found = copy.asked("/search?q=water", Accept_Language=language)
    assert (found.status, why in found.body.decode()) == (400, True)


def test_the_last_record_of_a_list_can_be_browsed_to(sqlite_store: Store, sqlite_url: str, tmp_path: Path) -> None:
    sqlite_store.revise(Put(dataset(str(number), tags=["all"])) for number in range(1025))
    site = settings.load({}, database_url=sqlite_url, site_url="https://data.example", list_folder=str(tmp_path))
    asked = {wanted.query for part in Surface(sqlite_store, site) for wanted in part.wanted if wanted.path == "/search"}
    assert {"offset=1020", "sort=title&offset=1020", "tag=all&offset=1020", "tag=all&sort=title&offset=1020"} <= asked
    assert not [query for query in asked if "offset=1040" in query]
