"""Search results, records, values and changes, as people and programs reach them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from dcip_server.store import Delete, Put
from tests.conftest import Site
from tests.records import dataset
from tests.web.html import Page

_BOX = {"type": "Polygon", "coordinates": [[[5, 45], [10, 45], [10, 48], [5, 48], [5, 45]]]}
_CSV = {"resource_type": "file", "url": "https://data.example/w.csv", "format": "CSV", "size": 1234567, "title": "All"}
_WATER: dict[str, Any] = {
    "title": "Water levels",
    "description": "Levels of *all* gauges.\n\n# More\n\n<b>Bold</b>",
    "tags": ["water", "a/b c"],
    "license": "CC-BY-4.0",
    "maintainer": "Agency <A>",
    "spatial": _BOX,
    "resources": [_CSV],
    "languages": ["en"],
}


@pytest.fixture
def shelf(site: Site) -> Site:
    """Two live records and a deleted one."""
    site.store.revise([Put(dataset("water", **_WATER)), Put(dataset("x/y.ttl", title="Lakes")), Put(dataset("gone"))])
    site.store.revise([Delete("dataset", "gone")])
    return site


def _page(site: Site, path: str, status: int = 200, **arguments: Any) -> Page:
    answer = site.get(path, **arguments)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8"), path
    return Page(answer.text)


_PAGES = {
    "/": 200,
    "/search": 200,
    "/search?q=water&tag=water&sort=title&since=2000-01-01&until=2100&bbox=0,0,20,60&source=x": 200,
    "/search?q=nothing+at+all": 200,
    "/tag/": 200,
    "/tag/a%2Fb%20c": 200,
    "/license/CC-BY-4.0": 200,
    "/format/CSV": 200,
    "/publisher/Agency%20%3CA%3E": 200,
    "/dataset/water": 200,
    "/dataset/x%2Fy.ttl": 200,
    "/dataset/x/y.ttl": 200,
    "/dataset/gone": 410,
    "/dataset/gone.ttl": 410,
    "/dataset/gone.html": 410,
    "/dataset/gone?format=json": 410,
    "/dataset/gone.docx": 404,
    "/dataset/never": 404,
    "/dataset/": 404,
    "/tag/never": 404,
    "/changes": 200,
    "/changes?before=2": 200,
    "/changes?before=x": 400,
    "/about": 200,
    "/search?colour=red": 400,
    "/search?sort=size": 400,
    "/search?offset=-1": 400,
    "/search?limit=x": 400,
    "/search?bbox=1,2,3": 400,
    "/search?after=3~7~2020-01-01": 200,
    "/search?q=water&sort=title&after=0~0~": 200,
    "/search?after=x~7~2020-01-01": 400,
    "/search?bbox=1,2,3,nan": 400,
    "/search?since=yesterday": 400,
    "/search?q=" + "+".join(map(str, range(60))): 400,
    "/dataset/water?format=exe": 400,
}


def test_every_page_is_whole_safe_and_leads_to_answers(shelf: Site) -> None:
    assert len(_PAGES) == 36
    links: set[str] = set()
    for path, status in _PAGES.items():
        page = _page(shelf, path, status)
        assert len(page.all("h1")) == len(page.all("main")) == 1, path
        ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
        assert len(ids) == len(set(ids)), path
        labels = [element for element in page.all("input") if element.attributes.get("type") == "search"]
        assert all(label.attributes.get("aria-label") for label in labels), path
        headers = shelf.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        links |= {element.attributes["href"] or "" for element in page.all("a") + page.all("link")}
    for link in sorted(links):
        path = link.removeprefix(shelf.url)
        if path.startswith("/"):
            assert shelf.get(path).status_code == (410 if path == "/dataset/gone" else 200), link
        else:
            assert link.startswith(("https://", "http://", "#")), link


def test_a_search_shows_results_and_facets(shelf: Site) -> None:
    page = _page(shelf, "/search?q=wat")
    assert [heading.text for heading in page.all("h2")] == ["Water levels"]
    assert "1 result" in page.one("main").text
    (field,) = [field for field in page.all("input") if field.attributes.get("type") == "search"]
    assert field.attributes["value"] == "wat"
    assert "tag=water" in " ".join(link.attributes["href"] or "" for link in page.all("a"))


def test_a_program_searches_in_json(shelf: Site) -> None:
    found = shelf.get("/search.json?q=level").json
    assert found["total"] == 1
    assert found["results"][0]["page"] == "http://catalog.example/dataset/water"
    assert found["results"][0]["url"] == "http://catalog.example/rest/dataset/id/water.json"
    assert found["facets"]["format"] == [{"value": "CSV", "records": 1}]
    first = shelf.get("/search.json?limit=1").json
    second = shelf.get(first["next"].removeprefix(shelf.url)).json
    assert {result["id"] for page in (first, second) for result in page["results"]} == {"water", "x/y.ttl"}
    assert "next" not in second
    assert shelf.get("/search.json").headers["Access-Control-Allow-Origin"] == "*"
    assert shelf.get("/search.json?nonsense=1").status_code == 400


def test_opensearch_leads_to_the_search(shelf: Site) -> None:
    answer = shelf.get("/opensearch.xml")
    assert answer.headers["Content-Type"] == "application/opensearchdescription+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.text)
    urls = root.findall("{http://a9.com/-/spec/opensearch/1.1/}Url")
    assert len(urls) == 2
    for url in urls:
        template = url.attrib["template"].removeprefix(shelf.url)
        path = template.replace("{searchTerms}", "water").replace("{count?}", "").replace("{startIndex?}", "")
        assert shelf.get(path).status_code == 200


def test_a_record_has_a_page_with_all_that_people_ask_for(shelf: Site) -> None:
    page = _page(shelf, "/dataset/water")
    text = page.one("main").text
    for due in ("Water levels", "Agency <A>", "CC BY 4.0", "1.2 MB", "CSV", "create", "Cite as", "Languages"):
        assert due in text
    assert page.one("em").text == "all"
    assert page.all("h2")[0].text == "More"
    assert "45° to 48° north" in (page.one("svg").attributes["aria-label"] or "")
    assert page.one("h1").attributes["lang"] == "en"
    assert "https://data.example/w.csv" in [link.attributes["href"] for link in page.all("a")]


@pytest.mark.parametrize(
    ("format", "media_type"),
    [("ttl", "text/turtle"), ("rdf", "application/rdf+xml"), ("jsonld", "application/ld+json")],
)
def test_a_record_can_be_had_in_rdf(shelf: Site, format: str, media_type: str) -> None:
    answer = shelf.get(f"/dataset/water?format={format}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(media_type)
    assert "Water levels" in answer.text
    assert shelf.get(f"/dataset/gone?format={format}").status_code == 410


@pytest.mark.parametrize(
    ("accept", "language", "word"),
    [
        ("fr-CH, en;q=0.5", "fr", "Rechercher"),
        ("de", "de", "Suchen"),
        ("en-GB", "en", "Search"),
        ("ja", "en", "Search"),
        ("de;q=0", "en", "Search"),
        ("de;q=0, fr;q=0.1", "fr", "Rechercher"),
    ],
)
def test_the_interface_speaks_the_readers_language(shelf: Site, accept: str, language: str, word: str) -> None:
    answer = shelf.get("/", headers={"Accept-Language": accept})
    page = Page(answer.text)
    assert page.one("html").attributes["lang"] == answer.headers["Content-Language"] == language
    assert page.all("button")[0].text == word
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_tag_that_a_browser_takes_for_a_step_of_a_path_leads_to_its_records(site: Site) -> None:
    site.store.revise([Put(dataset("dots", tags=[".", "..", "..."]))])
    tags = [
        e.attributes["href"] or "" for e in _page(site, "/dataset/dots").all("a") if e.attributes.get("class") == "tag"
    ]
    assert tags == ["/search?tag=.", "/search?tag=..", "/tag/..."]
    for link in tags:
        assert "/dataset/dots" in [element.attributes["href"] for element in _page(site, link).all("a")], link


_HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)><style>*{}</style><iframe src=//evil.example></iframe>",
    "[link](javascript:alert(1)) <a href='data:text/html,x' onclick=alert(1)>a</a> ![i](https://evil.example/i.png)",
    "</section></main><h1>Taken over</h1><form action=//evil.example><input name=q>",
    "\u202egnihtyna\u202c\u0000".replace("\0", ""),
    "{{ 7 * 7 }}",
    "x" * 1_000_000,
    "<b>" * 5_000 + "[" * 5_000 + "> " * 5_000,
]


def test_whatever_a_source_says_is_inert(site: Site) -> None:
    assert len(_HOSTILE) == 9
    for number, text in enumerate(_HOSTILE):
        resource = {"resource_type": text[:999], "url": "javascript:alert(1)", "format": text[:999], "title": text}
        keys = dict.fromkeys(
            ("title", "description", "author", "maintainer", "license", "version", "name", "more"), text
        )
        record = dataset(number, **keys, tags=[text], resources=[resource], landing_page="javascript:alert(2)")
        site.store.revise([Put(record)])
    paths = ["/", "/search", "/changes", "/tag/", "/license/", "/publisher/", "/format/"]
    paths += [f"/dataset/{number}" for number in range(len(_HOSTILE))]
    paths += [f"/tag/{quote(text, safe='')}" for text in _HOSTILE if len(text) < 2000]
    paths += [f"/search?q={quote(text[:200], safe='')}" for text in _HOSTILE]
    for path in paths:
        answer = site.get(path)
        assert answer.status_code in (200, 400), path
        assert len(answer.data) < 400_000, path
        page = Page(answer.text)
        names = {element.name for element in page.elements}
        # Data is no script that runs: each record's page has one element of it, no other page any.
        scripts = [element.attributes for element in page.all("script")]
        assert scripts == [{"type": "application/ld+json"}] * path.startswith("/dataset/"), path
        assert names.isdisjoint({"img", "iframe", "style", "object", "embed"}), path
        assert len(page.all("h1")) == 1, path
        for element in page.elements:
            assert not any(name.startswith("on") or name == "style" for name in element.attributes), path
            for name in ("href", "action", "src"):
                address = element.attributes.get(name, "/") or ""
                assert address.startswith(("/", "#", "http://", "https://")), address[:100]
        assert "49" not in page.one("h1").text
