"""Draft, "Goal" (user story 3) and "Extensions": full-text search below ``<endpoint>/dataset/search/``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from rdflib.namespace import DCAT

from dcip_server.store import Delete, Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import ask, assert_bare, ids, read_graph, read_json

RECORDS: dict[str, dict[str, Any]] = {
    "title": {"title": "Rainfall of the northern valleys"},
    "tags": {"title": "Gauges", "tags": ["rainfall", "hydrology"]},
    "description": {"title": "Yearly tables", "description": "Tables of rainfall and of snow."},
    "name": {"title": "Series 12", "name": "glacier-melt"},
    "author": {"title": "Series 13", "author": "Meteorological Bureau"},
    "maintainer": {"title": "Series 14", "maintainer": "Registry of Waters"},
    "elsewhere": {"title": "Series 15", "license": "rainfall", "version": "rainfall", "temporal": "rainfall"},
    "snow": {"title": "Snow, not or near rain", "description": "The depth of snow."},
    "umlauts": {"title": "Überschwemmungen in Köln"},
    "numbers": {"title": "Census 2011", "tags": ["c++", "AND"]},
    "gone": {"title": "Rainfall that was deleted"},
}


@pytest.fixture
def library(store: Store, make_site: Callable[..., Site]) -> Site:
    """A few records on each kind of database; "gone" is deleted."""
    store.revise([Put(dataset(id, **keys)) for id, keys in RECORDS.items()])
    store.revise([Delete("dataset", "gone")])
    return make_site(store)


def search(site: Site, words: str, query: str = "") -> list[str | int]:
    return ids(read_json(site, f"/rest/dataset/search/{quote(words, safe='')}.json{query}"))


FOUND = {
    "rainfall": {"title", "tags", "description"},
    "RainFall": {"title", "tags", "description"},
    "rainfall tables": {"description"},
    "tables rainfall": {"description"},
    "rainfall nowhere": set(),
    "nowhere": set(),
    "northern": {"title"},
    "hydrology": {"tags"},
    "glacier": {"name"},
    "meteorological": {"author"},
    "registry waters": {"maintainer"},
    "Köln": {"umlauts"},
    "2011": {"numbers"},
    "of": {"title", "description", "maintainer", "snow"},
    "of the": {"title", "snow"},
    "the": {"title", "snow"},
    '"northern valleys"': {"title"},
    '"valleys northern"': set(),
    '"rainfall and of snow"': {"description"},
    '"rainfall of" snow': set(),
    '"tables of" snow': {"description"},
}


@rule("DCIP-EXT-1")
def test_every_word_must_match_in_title_tags_description_name_author_or_maintainer(library: Site) -> None:
    assert len(FOUND) == 21
    for words, due in FOUND.items():
        assert set(search(library, words)) == due, words


OPERATORS = {
    "rainfall OR nowhere": set(),
    "rainfall AND": {"description"},
    "snow NOT rain": {"snow"},
    "snow or rain": {"snow"},
    "NEAR(snow rain)": {"snow"},
    "rain*": {"snow"},
    "^snow": {"snow"},
    "-snow": {"snow", "description"},
    "!snow": {"snow", "description"},
    "title:snow": set(),
    "snow & depth": {"snow"},
    "snow | nowhere": set(),
    "snow <-> depth": {"snow"},
    "glac:*": set(),
    "(snow)": {"snow", "description"},
    "'snow": {"snow", "description"},
    '"snow': {"snow", "description"},
    'sn"ow': set(),
    "snow\\": {"snow", "description"},
    "snow%": {"snow", "description"},
    "sno_": set(),
    "c++": {"numbers"},
}


def test_the_engines_operators_are_plain_text(library: Site) -> None:
    assert len(OPERATORS) == 22
    for words, due in OPERATORS.items():
        assert set(search(library, words)) == due, words


@pytest.mark.parametrize("words", ["", "%20", "%20%20%09", "%22%22", "%22%20%22", "%0A"])
def test_no_words_are_answered_400(catalog: Site, words: str) -> None:
    assert_bare(ask(catalog, f"/rest/dataset/search/{words}.json"), 400)
    assert_bare(ask(catalog, f"/rest/dataset/search/{words}.dcat.N3"), 400)


def test_a_search_without_extension_is_answered_400(catalog: Site) -> None:
    for url in (
        "/rest/dataset/search/snow",
        "/rest/dataset/search/snow.xml",
        "/rest/dataset/search/",
        "/rest/dataset/search",
    ):
        assert_bare(ask(catalog, url), 400)


def test_the_best_match_comes_first(store: Store, make_site: Callable[..., Site]) -> None:
    padding = "Tables of many other things that were measured over the years. " * 20
    store.revise([
        Put(dataset("weak", title="Tables", description=f"{padding} Rainfall. {padding}")),
        Put(dataset("strong", title="Rainfall", tags=["rainfall"], description="Rainfall.")),
        Put(dataset("none", title="Snow")),
    ])  # fmt: skip
    assert search(make_site(store), "rainfall") == ["strong", "weak"]


def test_the_answer_has_the_entries_of_the_change_list_and_their_titles(library: Site) -> None:
    (entry,) = read_json(library, "/rest/dataset/search/glacier.json")
    listed = next(each for each in read_json(library, "/rest/dataset/id/") if each["id"] == "name")
    assert entry == {**listed, "title": "Series 12"}
    graph = read_graph(library, "/rest/dataset/search/rainfall.dcat.N3")
    assert len(set(graph.objects(None, DCAT.record))) == 3


def test_limit_and_offset_cut_the_answer_into_pages(library: Site) -> None:
    whole = search(library, "rainfall")
    assert search(library, "rainfall", "?limit=2") == whole[:2]
    assert search(library, "rainfall", "?limit=2&offset=2") == whole[2:]
    assert search(library, "rainfall", "?offset=9") == []
    for query in ("limit=-1", "limit=x", "offset=", "offset=1.5"):
        assert_bare(ask(library, f"/rest/dataset/search/rainfall.json?{query}"), 400)


def test_a_search_sees_a_change_at_once(library: Site) -> None:
    library.store.revise([Put(dataset("name", title="Permafrost"))])
    assert search(library, "permafrost") == ["name"]
    assert search(library, "glacier") == []
    library.store.revise([Delete("dataset", "name")])
    assert search(library, "permafrost") == []
    library.store.revise([Put(dataset("gone", title="Permafrost again"))])
    assert search(library, "permafrost") == ["gone"]


def test_a_search_may_hold_slashes_and_dots(library: Site) -> None:
    library.store.revise([Put(dataset("path", title="Input/output ratio v1.5 table.json"))])
    assert search(library, "input/output") == ["path"]
    assert ids(read_json(library, "/rest/dataset/search/input/output.json")) == ["path"]
    assert search(library, "table.json") == ["path"]
