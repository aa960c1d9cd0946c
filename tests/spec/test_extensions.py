"""Draft, "Extensions": access by attributes other than the id, and additional information.

``since`` has a module of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcip_server.store import Delete, Put, Store
from tests.conftest import Ran, Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import ask, assert_bare, ids, read_graph, read_json

RECORDS: dict[str, dict[str, Any]] = {
    "one": {
        "title": "Rivers",
        "name": "rivers-2020",
        "tags": ["water", "a b", "é/ü"],
        "author": "Agency A",
        "maintainer": "Office",
        "license": "cc-by",
        "resources": [
            {"resource_type": "file", "url": "http://d.example/1", "format": "CSV"},
            {"resource_type": "file", "url": "http://d.example/2", "format": "CSV"},
            {"resource_type": "file", "url": "http://d.example/3", "format": "JSON"},
        ],
    },
    "two": {
        "title": "Lakes",
        "name": "lakes",
        "tags": ["water"],
        "author": "Agency A",
        "license": "cc0",
        "resources": [],
    },
    "three": {"title": "Rivers", "tags": ["WATER", "waters"], "author": "agency a", "license": "cc-by"},
    "four": {"title": "Gone", "tags": ["water"]},
}


@pytest.fixture
def shelf(store: Store, make_site: Callable[..., Site]) -> Site:
    """Three live records and one that is deleted, on each kind of database."""
    store.revise([Put(dataset(id, **keys)) for id, keys in RECORDS.items()])
    store.revise([Delete("dataset", "four")])
    return make_site(store)


LOOK_UPS = {
    "title/Rivers": ["one", "three"],
    "title/rivers": [],
    "title/River": [],
    "title/Gone": [],
    "name/rivers-2020": ["one"],
    "name/rivers": [],
    "tags/water": ["one", "two"],
    "tags/WATER": ["three"],
    "tags/a b": ["one"],
    "tags/é/ü": ["one"],
    "tags/water,a b": [],
    "author/Agency A": ["one", "two"],
    "author/Agency%": [],
    "author/*": [],
    "maintainer/Office": ["one"],
    "license/cc-by": ["one", "three"],
    "license/cc0": ["two"],
    "license/notspecified": [],
    "format/CSV": ["one", "three"],
    "format/JSON": ["one"],
    "format/csv": [],
    "format/XML": [],
}


@rule("DCIP-EXT-1")
def test_records_are_found_by_the_whole_value_of_an_attribute(shelf: Site) -> None:
    assert len(LOOK_UPS) == 22
    for place, due in LOOK_UPS.items():
        attribute, _, value = place.partition("/")
        for escaped in (quote(value, safe=""), quote(value, safe="/")):
            entries = read_json(shelf, f"/rest/dataset/{attribute}/{escaped}.json")
            assert ids(entries) == due, place
            found = set(read_graph(shelf, f"/rest/dataset/{attribute}/{escaped}.dcat.N3").subjects())
            assert len(found) == len(due) + 1, place


def test_a_look_up_has_the_entries_of_the_change_list_and_their_titles(shelf: Site) -> None:
    listed = {entry["id"]: entry for entry in read_json(shelf, "/rest/dataset/id/")}
    found = read_json(shelf, "/rest/dataset/title/Rivers.json")
    assert found == [{**listed[id], "title": "Rivers"} for id in ("one", "three")]


def test_a_look_up_sees_a_change_at_once(shelf: Site) -> None:
    shelf.store.revise([Put(dataset("two", title="Ponds", tags=["water", "pond"]))])
    assert ids(read_json(shelf, "/rest/dataset/title/Lakes.json")) == []
    assert ids(read_json(shelf, "/rest/dataset/title/Ponds.json")) == ["two"]
    assert ids(read_json(shelf, "/rest/dataset/license/cc0.json")) == []
    assert ids(read_json(shelf, "/rest/dataset/tags/water.json")) == ["one", "two"]
    shelf.store.revise([Delete("dataset", "one")])
    assert ids(read_json(shelf, "/rest/dataset/tags/water.json")) == ["two"]
    shelf.store.revise([Put(dataset("four", tags=["water"]))])
    assert ids(read_json(shelf, "/rest/dataset/tags/water.json")) == ["two", "four"]


PAGES = {
    "": [0, 1, 2, 3, 4, 5, 6],
    "limit=3": [0, 1, 2],
    "limit=0": [],
    "limit=7": [0, 1, 2, 3, 4, 5, 6],
    "limit=100": [0, 1, 2, 3, 4, 5, 6],
    "offset=0": [0, 1, 2, 3, 4, 5, 6],
    "offset=5": [5, 6],
    "offset=7": [],
    "offset=100000000000": [],
    "limit=2&offset=4": [4, 5],
    "offset=6&limit=2": [6],
    "limit=0&offset=3": [],
    "limit=007": [0, 1, 2, 3, 4, 5, 6],
    "x=1&limit=1&y=2": [0],
}


def test_limit_and_offset_cut_a_look_up_into_pages(store: Store, make_site: Callable[..., Site]) -> None:
    store.revise([Put(dataset(number, tags=["t"])) for number in range(7)])
    site = make_site(store)
    for query, due in PAGES.items():
        assert ids(read_json(site, f"/rest/dataset/tags/t.json?{query}")) == due, query
        found = set(read_graph(site, f"/rest/dataset/tags/t.dcat.N3?{query}").subjects())
        assert len(found) == len(due) + 1, query


def test_a_look_up_has_no_limit_of_its_own(site: Site) -> None:
    site.store.revise([Put(dataset(number, tags=["t"])) for number in range(1200)])
    assert ids(read_json(site, "/rest/dataset/tags/t.json")) == list(range(1200))


BAD_PAGES = (
    "-1",
    "",
    "x",
    "1.5",
    "1e3",
    "%2B1",
    "+1",
    "0x1",
    "1_0",
    "٣",
    "²",
    "%201",
    "1%20",
    "null",
    "all",
    "1,2",
    "%FF",
    "-0",
)


@pytest.mark.parametrize("value", BAD_PAGES)
def test_a_bad_limit_or_offset_is_answered_400(catalog: Site, value: str) -> None:
    for extension in ("json", "dcat.N3"):
        for query in (f"limit={value}", f"offset={value}", f"limit=1&offset={value}", f"offset=1&limit={value}"):
            assert_bare(ask(catalog, f"/rest/dataset/tags/water.{extension}?{query}"), 400)


def test_a_huge_offset_breaks_nothing(shelf: Site) -> None:
    for size in ("9" * 18, "9" * 19, "1" + "0" * 60):
        answer = ask(shelf, f"/rest/dataset/tags/water.json?offset={size}&limit={size}")
        assert answer.status_code == 400 or answer.json == []


@pytest.mark.parametrize(
    "attribute", ["version", "temporal", "spatial", "resources", "metadata_modified", "url", "number"]
)
def test_no_other_attribute_is_looked_up(catalog: Site, attribute: str) -> None:
    assert_bare(ask(catalog, f"/rest/dataset/{attribute}/x.json"), 400)


@rule("DCIP-EXT-1")
@settings(deadline=None, max_examples=100)
@given(value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30))
def test_any_value_can_be_looked_up(catalog: Site, value: str) -> None:
    for attribute in ("title", "tags", "format"):
        assert read_json(catalog, f"/rest/dataset/{attribute}/{quote(value, safe='')}.json") == []


SEARCHES = {
    "rivers": ["one", "three"],
    "RIVERS water": ["one", "three"],
    '"agency a" cc': [],
    '"a b"': ["one"],
    "éü": [],
    "é/ü": ["one"],
    "lak": ["two"],
    "gone": [],
    "office rivers": ["one"],
    "rivers-2020": ["one"],
    "rivers*": ["one", "three"],
    "NOT rivers": [],
    "%": [],
}


@rule("DCIP-EXT-1")
def test_records_are_found_by_words(shelf: Site) -> None:
    for words, due in SEARCHES.items():
        for escaped in (quote(words, safe=""), quote(words, safe="/")):
            entries = read_json(shelf, f"/rest/dataset/search/{escaped}.json")
            assert sorted(ids(entries)) == due, words
            found = set(read_graph(shelf, f"/rest/dataset/search/{escaped}.dcat.N3").subjects())
            assert len(found) == len(due) + 1, words


def test_a_search_has_the_entries_of_a_look_up_in_pages(shelf: Site) -> None:
    found = read_json(shelf, "/rest/dataset/search/rivers.json")
    assert sorted(found, key=str) == sorted(read_json(shelf, "/rest/dataset/title/Rivers.json"), key=str)
    pages = [read_json(shelf, f"/rest/dataset/search/rivers.json?limit=1&offset={start}") for start in range(3)]
    assert [*pages[0], *pages[1], *pages[2]] == found


@pytest.mark.parametrize("words", ["", "%20", "%09%20", quote(" ".join(map(str, range(51))))], ids=range(4))
def test_a_search_for_nothing_or_for_too_much_is_answered_400(catalog: Site, words: str) -> None:
    for extension in ("json", "dcat.N3"):
        assert_bare(ask(catalog, f"/rest/dataset/search/{words}.{extension}"), 400)


@pytest.mark.parametrize("query", ["limit=-1", "offset=x", "limit="])
def test_a_bad_page_of_a_search_is_answered_400(catalog: Site, query: str) -> None:
    assert_bare(ask(catalog, f"/rest/dataset/search/water.json?{query}"), 400)


@settings(deadline=None, max_examples=50)
@given(value=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_words_can_be_searched_for(catalog: Site, value: str) -> None:
    answer = ask(catalog, f"/rest/dataset/search/{quote(value, safe='')}.json")
    assert answer.status_code == (200 if value.strip() else 400)


#: What sources say and the draft has no key for, beside values for all of the draft's keys.
RICH = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
<http://data.example/rain> a dcat:Dataset ; dcterms:title "Rain" ; dcterms:identifier "rain" ;
  dcterms:description "What falls." ; dcat:landingPage <http://data.example/rain.html> ;
  dcat:theme <http://themes.example/weather> ; dcterms:accrualPeriodicity <http://freq.example/daily> ;
  dcterms:issued "2019-01-01" ; dcterms:modified "2020-01-01" ; dcterms:language "en" ;
  dcat:contactPoint [ a vcard:Organization ; vcard:fn "Desk" ] ; dcterms:publisher [ foaf:name "Publisher" ] ;
  dcterms:creator [ foaf:name "Creator" ] ; dcterms:license <http://licence.example/by> ; dcat:keyword "wet" .
"""


@rule("DCIP-EXT-2")
def test_additional_information_takes_no_key_of_the_draft(site: Site, run: Callable[..., Ran], tmp_path: Path) -> None:
    source = tmp_path / "rain.ttl"
    source.write_text(RICH)
    assert run("import", str(source)).status == 0
    value = read_json(site, "/rest/dataset/id/rain.json")
    assert (value["author"], value["maintainer"]) == ("Creator", "Publisher")
    assert value["license"] == "http://licence.example/by"
    assert value["tags"] == ["wet"]
    assert "version" not in value
    assert "temporal" not in value
    # When the data was issued or modified is not when the record was.
    assert not value["metadata_created"].startswith("2019")
    assert not value["metadata_modified"].startswith("2020")
    further = {key: value[key] for key in value if key not in DRAFT_KEYS}
    assert "What falls." in further.values()
    assert "http://data.example/rain.html" in str(further)


DRAFT_KEYS = {
    "id", "title", "license", "resources", "name", "author", "maintainer", "tags", "spatial", "temporal", "version",
    "metadata_modified", "metadata_created",
}  # fmt: skip


@rule("DCIP-EXT-2")
def test_further_keys_of_a_source_come_back_as_they_were(site: Site) -> None:
    further = {"description": "Long", "x_note": {"a": [1, 2.5, True, "b"]}, "contact_email": "a@b.example", "Z": 0}
    site.store.revise([Put(dataset("1", **further))])
    value = read_json(site, "/rest/dataset/id/1.json")
    assert {key: value[key] for key in value if key not in DRAFT_KEYS} == further
