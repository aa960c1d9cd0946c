"""The catalog in figures: the page with its plots, and the same tables in the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import text

from dcip_server.store import Delete, Put, Store
from dcip_server.store.completeness import RECOMMENDED
from dcip_server.web.translations import LANGUAGES, translate
from tests.conftest import Ran, Site
from tests.records import dataset
from tests.web.html import Page

_NAMES = ("datasets", "changes", "licenses", "formats", "publishers", "completeness")
_FULL: dict[str, Any] = {
    "description": "All of it.",
    "license": "cc0-1.0",
    "maintainer": "Agency",
    "contact_point": {"name": "Desk"},
    "tags": ["water"],
    "themes": ["Water"],
    "spatial": {"type": "Point", "coordinates": [5, 45]},
    "temporal": "2020/2021",
}
_BARE: dict[str, Any] = {"license": "notspecified", "resources": []}


def _rows(store: Store, name: str) -> dict[str, tuple[int, ...]]:
    return {row.label: row.numbers for row in store.statistics().tables[name].rows}


def _date_back(store: Store, revision: int, day: str) -> None:
    """As if the revision had been committed on that day."""
    with store.engine.begin() as connection:
        connection.execute(text(f"UPDATE revision SET modified = '{day}T12:00:00Z' WHERE number = {revision}"))


def test_completeness_is_the_number_and_the_share_of_live_datasets_that_have_a_field(store: Store) -> None:
    store.revise([Put(dataset("full", **_FULL)), Put(dataset("bare", **_BARE)), Put(dataset("plain"))])
    counts = dict(zip(RECOMMENDED, _rows(store, "completeness").values(), strict=True))
    assert counts == dict.fromkeys(RECOMMENDED, (1, 33)) | {
        "resources": (2, 66),
        "format": (2, 66),
        "license": (2, 66),
    }
    store.revise([Put(dataset("bare", **_BARE, description="Now described.")), Delete("dataset", "full")])
    rows = _rows(store, "completeness")
    assert (rows["Description"], rows["Tags"], rows["Format"]) == ((1, 50), (0, 0), (1, 50))
    assert store.statistics().datasets == 2


def test_datasets_and_changes_are_counted_by_week_from_monday_on(store: Store) -> None:
    store.revise([Put(dataset(number)) for number in range(4)])
    store.revise([Put(dataset(0, title="Changed")), Delete("dataset", "1")])
    # A Sunday, the Monday after it, and four weeks later.
    for revision, day in ((1, "2026-01-04"), (2, "2026-01-05"), (3, "2026-01-05"), (4, "2026-02-03")):
        _date_back(store, revision, day)
    changes, totals = store.statistics().tables["changes"].rows, _rows(store, "datasets")
    assert [row.label for row in changes][-1] == max(totals)
    assert sum(sum(row.numbers) for row in changes) == 6
    by_week = {row.label: row.numbers for row in changes}
    assert by_week["2025-12-29"] == (1, 0, 0)
    assert by_week["2026-01-05"] == (2, 0, 0)
    assert by_week["2026-01-12"] == (0, 0, 0)
    assert by_week["2026-02-02"] == (1, 0, 0)
    assert list(totals.values())[-1] == (3,)


def test_a_later_revision_is_counted_on_top_of_what_was_counted(store: Store) -> None:
    seen = []
    for number in range(3):
        store.revise([Put(dataset(number)), Put(dataset("same", version=str(number)))])
        seen.append(list(_rows(store, "datasets").values())[-1])
    assert seen == [(2,), (3,), (4,)]
    assert list(_rows(store, "changes").values())[-1] == (4, 2, 0)


def test_a_long_history_is_thinned_out_and_ends_with_the_last_week(store: Store) -> None:
    store.revise([Put(dataset(number)) for number in range(3)])
    _date_back(store, 1, "1999-05-05")
    _date_back(store, 2, "2010-05-05")
    totals = list(_rows(store, "datasets").values())
    assert 30 <= len(totals) <= 60
    assert [total for (total,) in totals] == sorted(total for (total,) in totals)
    assert (totals[0], totals[-1]) == ((1,), (3,))
    assert len(_rows(store, "changes")) == 52


def test_values_are_the_most_frequent_ones_and_the_rest_is_counted(store: Store) -> None:
    resource = {"resource_type": "file", "url": "https://data.example/x"}
    store.revise(
        [
            Put(dataset(number, resources=[resource | {"format": f"F{format}"} for format in range(number + 1)]))
            for number in range(15)
        ]
    )
    formats = store.statistics().tables["formats"]
    assert [(row.label, row.numbers) for row in formats.rows] == [(f"F{n}", (15 - n,)) for n in range(12)]
    assert formats.further == 3


def test_services_and_series_are_no_datasets(run: Callable[..., Ran]) -> None:
    turtle = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
        <http://x.example/d> a dcat:Dataset ; dct:title "D" . <http://x.example/s> a dcat:DatasetSeries ; dct:title "S" .
        <http://x.example/a> a dcat:DataService ; dct:title "A" ; dct:description "Not counted." ."""
    assert run("import", "-", stdin=turtle.encode()).out.startswith("3 created")
    told = json.loads(run("stats", "--json").out)
    assert told["datasets"] == 1
    assert told["statistics"]["datasets"]["rows"][-1][1:] == [1]
    assert ["Description", 0, 0] in told["statistics"]["completeness"]["rows"]


# --- the page ---


@pytest.fixture
def filled(site: Site) -> Site:
    """A complete record, a bare one, and one whose metadata are hostile."""
    hostile = {"maintainer": '"><script>alert(1)</script>', "license": "\x01\ufffe<b>", "tags": ["</svg>"]}
    site.store.revise([Put(dataset("full", **_FULL)), Put(dataset("bare", **_BARE)), Put(dataset("x", **hostile))])
    return site


def test_each_plot_stands_above_its_table(filled: Site) -> None:
    answer = filled.get("/stats")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    page = Page(answer.text)
    order = [element for element in page.elements if element.name in ("img", "table") and "section" in element.inside]
    assert [element.name for element in order] == ["img", "table"] * len(_NAMES)
    assert [element.attributes["src"] for element in order[::2]] == [f"/stats/{name}.svg" for name in _NAMES]
    assert all(element.attributes["alt"] for element in order[::2])
    assert "cc0-1.0" not in order[5].text
    assert "CC0" in order[5].text
    assert page.all("script") == []


def test_the_page_of_an_empty_catalog_says_so(site: Site) -> None:
    answer = site.get("/stats")
    assert answer.status_code == 200
    assert answer.text.count("No record says anything of this.") == 3
    assert [site.get(f"/stats/{name}.svg").status_code for name in _NAMES] == [200, 200, 404, 404, 404, 200]


def test_home_and_every_page_lead_to_it(filled: Site) -> None:
    for path in ("/", "/search", "/changes", "/stats"):
        assert "/stats" in {link.attributes["href"] for link in Page(filled.get(path).text).all("a")}, path


@pytest.mark.parametrize("name", _NAMES)
def test_a_plot_is_svg_that_runs_nothing_and_loads_nothing(filled: Site, name: str) -> None:
    answer = filled.get(f"/stats/{name}.svg")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    root = ElementTree.fromstring(answer.data)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "defs", "style", "title", "g", "rect", "path", "text"}
    assert {"rect", "text"} <= names
    attributes = {name.rpartition("}")[2] for element in root.iter() for name in element.attrib}
    assert not [name for name in attributes if name == "href" or name.startswith("on")]
    assert b"url(" not in answer.data
    assert b"@import" not in answer.data
    assert b"<?xml-stylesheet" not in answer.data


def test_a_plot_is_the_same_bytes_each_time_and_in_the_readers_language(
    filled: Site, make_site: Callable[..., Site]
) -> None:
    first = filled.get("/stats/completeness.svg")
    assert make_site(filled.store).get("/stats/completeness.svg").data == first.data
    assert filled.get("/stats/completeness.svg", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    german = filled.get("/stats/completeness.svg", headers={"Accept-Language": "de"})
    assert german.headers["Content-Language"] == "de"
    assert "Beschreibung" in german.text
    assert "Beschreibung" not in first.text


def test_an_unknown_plot_is_not_found(filled: Site) -> None:
    assert [filled.get(path).status_code for path in ("/stats/x.svg", "/stats/.svg", "/stats/datasets")] == [404] * 3


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_all_that_the_page_says_is_translated(filled: Site, language: str) -> None:
    told = [*RECOMMENDED.values()]
    for statistic in filled.store.statistics().tables.values():
        told += (statistic.title, statistic.label_head, *statistic.heads)
    same = {"Description", "Format", "Formats", "Licence", "Licences", "Contact"}
    assert [text for text in set(told) - same if translate(language, text) == text] == []


# --- the command ---


def test_the_command_prints_a_line_for_each_row_where_it_is_piped(run: Callable[..., Ran]) -> None:
    run("import", "-", stdin=json.dumps({"id": "a", "title": "A", "maintainer": "The\nAgency"}).encode())
    told = run("stats")
    assert (told.status, told.err) == (0, "")
    lines = [line.split("\t") for line in told.out.splitlines()]
    assert list(dict.fromkeys(line[0] for line in lines)) == [name for name in _NAMES if name != "formats"]
    assert ["publishers", "The\\nAgency", "1"] in lines
    assert ["completeness", "Publisher", "1", "100"] in lines


def test_the_command_tells_what_the_page_tells(filled: Site, run: Callable[..., Ran]) -> None:
    told = json.loads(run("stats", "--json").out)
    tables = filled.store.statistics().tables
    assert (told["revision"], told["datasets"]) == (3, 3)
    assert {name: table["rows"] for name, table in told["statistics"].items()} == {
        name: [[row.label, *row.numbers] for row in table.rows] for name, table in tables.items()
    }


def test_without_a_catalog_the_command_says_how_to_make_one(run: Callable[..., Ran]) -> None:
    told = run("stats")
    assert (told.status, told.out) == (1, "")
    assert "dcip-server db upgrade" in told.err
