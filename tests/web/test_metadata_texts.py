"""What a record's page says of the record: in the reader's language where it can, in lines, with links that are safe."""

from __future__ import annotations

from typing import Any

import pytest

from dcip_server.store import Put
from tests.conftest import Site
from tests.records import dataset
from tests.web.html import Page

_TRANSLATIONS = {
    "title": {"en": "Health", "nl": "Gezondheid", "fr": "Santé", "javascript:x": "No language"},
    "description": {"nl": "Alles over *gezondheid*."},
}


def _page(site: Site, accept: str = "en", **keys: Any) -> Page:
    site.store.revise([Put(dataset("a", **keys))])
    return Page(site.get("/dataset/a", headers={"Accept-Language": accept}).text)


@pytest.mark.parametrize(
    ("accept", "title", "language", "others"),
    [("fr", "Santé", "fr", ["en", "nl"]), ("de", "Health", "en", ["fr", "nl"]), ("en", "Health", "en", ["fr", "nl"])],
)
def test_texts_are_shown_in_the_readers_language_and_the_others_behind(
    site: Site, accept: str, title: str, language: str, others: list[str]
) -> None:
    page = _page(site, accept, title="Health", translations=_TRANSLATIONS)
    heading = page.one("h1")
    assert (heading.text, heading.attributes["lang"]) == (title, language)
    assert [div.attributes["lang"] for div in page.all("div") if "details" in div.inside] == others
    assert "No language" not in page.one("html").text
    assert "gezondheid" in [element.text for element in page.all("em")]


@pytest.mark.parametrize(
    ("keys", "language"),
    [
        ({"languages": ["nl"]}, "nl"),
        ({"language": "fr"}, "fr"),
        ({"languages": ["http://publications.europa.eu/resource/authority/language/DEU"]}, "de"),
        ({"languages": ["nl", "fr"]}, None),
        ({"languages": ['"><script>']}, None),
        ({}, None),
    ],
)
def test_texts_have_the_language_that_the_record_states(site: Site, keys: dict[str, Any], language: str | None) -> None:
    page = _page(site, description="Levels.", **keys)
    assert page.one("h1").attributes.get("lang") == language
    (description,) = [part for part in page.all("section") if part.attributes.get("aria-label") == "Description"]
    assert description.attributes.get("lang") == language


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("[a](https://x.example/a) <https://x.example/b>", ["https://x.example/a", "https://x.example/b"]),
        ("<a href='HTTPS://x.example/a'>a</a> [m](mailto:a@x.example)", ["HTTPS://x.example/a", "mailto:a@x.example"]),
        ("[a](/search) [b](//x.example/b) [c](c.csv) [d](#top)", []),
        ("[a](javascript:alert(1)) <a href='data:text/html,x'>b</a> [c](http://)", []),
    ],
)
def test_a_description_leads_to_whole_addresses_of_the_web_alone(site: Site, text: str, links: list[str]) -> None:
    page = _page(site, description=text)
    found = [link.attributes.get("href") for link in page.all("a") if "section" in link.inside and "p" in link.inside]
    assert [link for link in found if link and "data.example" not in link] == links


#: What a key holds, and the lines and links that people see of it.
_FURTHER: list[tuple[Any, list[str], list[str]]] = [
    ("plain", ["plain"], []),
    ("https://x.example/a", ["https://x.example/a"], ["https://x.example/a"]),
    (["one", "https://x.example/two"], ["one", "https://x.example/two"], ["https://x.example/two"]),
    ({"name": "Ann", "email": "mailto:ann@x.example"}, ["E-mail: ann@x.example", "Name: Ann"], ["mailto:ann@x.example"]),
    ([{"name": "Ann"}], ["Name: Ann"], []),
    (7, ["7"], []),
    (True, ["true"], []),
    ("javascript:alert(1)", ["javascript:alert(1)"], []),
    ({"email": "javascript:alert(1)//@x.example?cc=y"}, ["E-mail: javascript:alert(1)//@x.example?cc=y"], []),
    (list(map(str, range(60))), [*map(str, range(50)), "10 more"], []),
]  # fmt: skip


@pytest.mark.parametrize(("value", "lines", "links"), _FURTHER)
def test_plain_values_are_lines_with_links(site: Site, value: Any, lines: list[str], links: list[str]) -> None:
    page = _page(site, contact_point=value)
    (shown,) = [dd for dd in page.all("dd") if "section" in dd.inside]
    found = [item.text for item in page.all("li") if "dd" in item.inside] or [shown.text]
    assert found == lines
    assert [
        link.attributes["href"] for link in page.all("a") if "dd" in link.inside and "section" in link.inside
    ] == links
    assert "Contact" in [dt.text for dt in page.all("dt")]


def test_what_is_no_list_of_plain_values_is_shown_as_it_is(site: Site) -> None:
    page = _page(site, more=[{"a": 1}, {"b": [2]}])
    assert '"b": [' in page.one("pre").text


_SHAPES: list[tuple[Any, str, int]] = [
    ({"type": "Point", "coordinates": [8, 47]}, "", 1),
    ({"type": "MultiPoint", "coordinates": [[8, 47], [9, 46]]}, "", 2),
    ({"type": "LineString", "coordinates": [[0, 0], [40, 20]]}, "M0 0L40 -20", 0),
    ({"type": "Polygon", "coordinates": [[[0, 0], [40, 0], [40, 20], [0, 0]]]}, "M0 0L40 0L40 -20L0 0", 0),
    ({"type": "MultiPolygon", "coordinates": [[[[0, 0], [40, 0], [40, 20], [0, 0]]], [[[50, 1], [50.1, 1], [50, 1.1], [50, 1]]]]},
     "M0 0L40 0L40 -20L0 0", 1),
    ({"type": "Feature", "geometry": {"type": "Point", "coordinates": [8, 47]}}, "", 1),
    ({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [8, 47]}] * 2}, "", 2),
    # Too much: the box around it.
    ({"type": "LineString", "coordinates": [[0, 0], [40, 20]] * 2000}, "M0 0L40 0L40 -20L0 -20L0 0", 0),
]  # fmt: skip


@pytest.mark.parametrize(("spatial", "outline", "dots"), _SHAPES)
def test_the_map_shows_the_shapes_that_are_covered(site: Site, spatial: Any, outline: str, dots: int) -> None:
    page = _page(site, spatial=spatial)
    (path,) = [path for path in page.all("path") if path.attributes["class"] == "extent"]
    assert path.attributes["d"] == outline
    assert len(page.all("circle")) == dots
    assert page.one("image").attributes["href"] == "/static/land.svg"


def test_all_spellings_of_a_format_are_one_facet_and_one_page(site: Site) -> None:
    def with_format(id: str, format: str) -> Put:
        resource = {"resource_type": "file", "url": "https://data.example/x", "format": format}
        return Put(dataset(id, resources=[resource]))

    site.store.revise([with_format("a", "CSV"), with_format("b", "csv"), with_format("c", "text/csv")])
    assert site.get("/search.json").json["facets"]["format"] == [{"value": "CSV", "records": 3}]
    for spelling in ("CSV", "csv", "text%2Fcsv"):
        assert "3 results" in Page(site.get(f"/format/{spelling}").text).one("main").text
    page = Page(site.get("/search?format=csv").text)
    assert [strong.text for strong in page.all("strong") if "aside" in strong.inside] in ([], ["CSV"])
