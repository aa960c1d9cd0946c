"""``/changes.atom``: what feed readers are told of changes (RFC 4287, RFC 5005)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from xml.etree import ElementTree

import pytest
from werkzeug.test import TestResponse

from dcip_server.store import Delete, Put, Store
from tests.conftest import Site
from tests.records import dataset

_ATOM = "{http://www.w3.org/2005/Atom}"


def _read(answer: TestResponse) -> ElementTree.Element:
    """The feed, once it has all that RFC 4287 requires of it and of its entries."""
    assert (answer.status_code, answer.content_type) == (200, "application/atom+xml; charset=utf-8")
    feed = ElementTree.fromstring(answer.data)
    assert feed.tag == f"{_ATOM}feed"
    assert feed.findtext(f"{_ATOM}author/{_ATOM}name")
    ids = []
    for element in (feed, *feed.iter(f"{_ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{_ATOM}{name}")) == 1
        assert datetime.fromisoformat(element.findtext(f"{_ATOM}updated") or "").tzinfo
        ids.append(element.findtext(f"{_ATOM}id") or "")
        links = [(link.get("rel"), link.get("type")) for link in element.findall(f"{_ATOM}link")]
        assert len(links) == len(set(links))
        assert links.count(("alternate", "text/html")) == 1
    assert all(id.startswith("urn:uuid:") for id in ids)
    assert len(ids) == len(set(ids))
    return feed


def _link(element: ElementTree.Element, rel: str) -> str | None:
    found = next((link for link in element.findall(f"{_ATOM}link") if link.get("rel") == rel), None)
    return None if found is None else found.get("href")


def _said(feed: ElementTree.Element) -> dict[str, tuple[str, str]]:
    """Title and change of each entry, by its id."""
    found = {}
    for entry in feed.findall(f"{_ATOM}entry"):
        category = entry.find(f"{_ATOM}category")
        assert category is not None
        found[entry.findtext(f"{_ATOM}id") or ""] = (
            entry.findtext(f"{_ATOM}title") or "",
            category.get("term") or "",
        )
    return found


def test_an_entry_stays_the_same_through_the_changes_of_its_record_and_a_move_of_the_site(
    store: Store, make_site: Callable[..., Site]
) -> None:
    site = make_site(store)
    empty = _read(site.get("/changes.atom"))
    store.revise([Put(dataset("a&b", title="<b>Ä</b> & \x01")), Put(dataset(2))])
    first = _said(_read(site.get("/changes.atom")))
    assert list(first.values()) == [("Dataset 2", "create"), ("<b>Ä</b> & \ufffd", "create")]
    store.revise([Put(dataset("a&b", title="New")), Delete("dataset", 2)])
    moved = _read(make_site(store, site_url="https://data.example/cat").get("/changes.atom"))
    second = _said(moved)
    assert second.keys() == first.keys()
    assert sorted(change for _, change in second.values()) == ["delete", "update"]
    assert moved.findtext(f"{_ATOM}id") == empty.findtext(f"{_ATOM}id")
    pages = [_link(entry, "alternate") for entry in moved.findall(f"{_ATOM}entry")]
    assert set(pages) == {"https://data.example/cat/dataset/a%26b", "https://data.example/cat/dataset/2"}
    assert _link(moved, "self") == "https://data.example/cat/changes.atom"


def test_pages_lead_from_the_newest_change_to_the_first(site: Site) -> None:
    site.store.revise([Put(dataset(id)) for id in range(250)])
    url: str | None = "/changes.atom"
    sizes, seen = [], set()
    while url:
        feed = _read(site.get(url))
        assert _link(feed, "self") == site.url + url
        assert _link(feed, "first") == site.url + "/changes.atom"
        sizes.append(len(_said(feed)))
        seen |= _said(feed).keys()
        url = (_link(feed, "next") or "").removeprefix(site.url)
    assert sizes == [100, 100, 50]
    assert len(seen) == 250


def test_who_has_the_feed_is_not_sent_it_again(site: Site) -> None:
    site.store.revise([Put(dataset(1))])
    answer = site.get("/changes.atom")
    assert site.get("/changes.atom", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert site.get("/changes.atom?before=x").status_code == 400


@pytest.mark.parametrize("page", ["/", "/about"])
def test_pages_lead_to_every_feed(site: Site, page: str) -> None:
    text = site.get(page).text
    feeds = ["/catalog.ttl", "/catalog.rdf", "/catalog.jsonld", "/catalog.n3", "/data.json", "/dcip.json",
             "/api/3/action/package_search", "/changes.atom", "/sitemap.xml"]  # fmt: skip
    assert [feed for feed in feeds if f'href="{feed}"' not in text] == []
    assert [feed for feed in feeds if site.get(feed).status_code != 200] == []
