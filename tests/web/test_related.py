"""A record's page leads to its series and their members, to services and what they give, and names its sources."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dcip_server.store import Delete, Put, Store
from tests.conftest import Ran, Site
from tests.records import dataset
from tests.web.html import Page

_TURTLE = b"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<http://x.example/s> a dcat:DatasetSeries ; dct:identifier "s" ; dct:title "All years" .
<http://x.example/a> a dcat:Dataset ; dct:identifier "a" ; dct:title "Year one" ; dcat:inSeries <http://x.example/s> .
<http://x.example/b> a dcat:Dataset ; dct:identifier "b" ; dct:title "Year two" ;
  dcat:inSeries <http://x.example/s>, <http://y.example/other> .
<http://x.example/w> a dcat:DataService ; dct:identifier "w" ; dct:title "A service" ;
  dcat:servesDataset <http://x.example/a>, <http://y.example/far> .
"""


@pytest.fixture
def linked(run: Callable[..., Ran], sqlite_store: Store, make_site: Callable[..., Site]) -> Site:
    """A series with two datasets, and a service that gives one of them and one of another catalog."""
    told = run("import", "-", "--format", "dcat", stdin=_TURTLE)
    assert told.out.startswith("4 created"), told.err
    return make_site(sqlite_store)


def _related(site: Site, path: str) -> list[tuple[str | None, str]]:
    """What the page's lists of relations link to: where, and under which words."""
    page = Page(site.get(path).text)
    inside = [
        element
        for element in page.all("section")
        if (element.attributes.get("aria-labelledby") or "")[:8] == "related-"
    ]
    texts = " ".join(element.text for element in inside)
    return [
        (link.attributes["href"], link.text)
        for link in page.all("a")
        if "section" in link.inside and "ul" in link.inside and "li" in link.inside and link.text in texts and link.text
    ]


_PAGES = {
    "/datasetseries/s": [("/dataset/a", "Year one"), ("/dataset/b", "Year two")],
    "/dataset/a": [("/datasetseries/s", "All years"), ("/dataservice/w", "A service")],
    "/dataset/b": [("/datasetseries/s", "All years"), ("http://y.example/other", "http://y.example/other")],
    "/dataservice/w": [("/dataset/a", "Year one"), ("http://y.example/far", "http://y.example/far")],
}


@pytest.mark.parametrize("path", _PAGES)
def test_a_page_lists_what_it_is_related_to(linked: Site, path: str) -> None:
    assert _related(linked, path) == _PAGES[path]


def test_relations_follow_each_change(linked: Site) -> None:
    linked.store.revise([Delete("dataset", "b"), Delete("dataservice", "w")])
    assert _related(linked, "/datasetseries/s") == [("/dataset/a", "Year one")]
    assert _related(linked, "/dataset/a") == [("/datasetseries/s", "All years")]
    linked.store.revise([Put(dataset("a", title="On its own"))])
    assert _related(linked, "/datasetseries/s") == []


def test_the_endpoint_knows_no_more_attributes_than_before(linked: Site) -> None:
    assert [linked.get(f"/rest/dataset/{name}/x.json").status_code for name in ("iri", "in_series")] == [400, 400]


_SOURCES = {
    "https://user:secret@x.example/a/catalog.json?all=1": "https://x.example/a/catalog.json?all=1",
    "/srv/private/catalog.ttl": "catalog.ttl",
    "-": "-",
}


@pytest.mark.parametrize("source", _SOURCES)
def test_a_page_names_its_source_and_nothing_that_is_the_operators(site: Site, source: str) -> None:
    site.store.revise([Put(dataset("a"), source=source)])
    text = site.get("/dataset/a").text
    assert f"Source: {_SOURCES[source]}" in Page(text).one("article").text
    assert "secret" not in text
    assert "private" not in text
