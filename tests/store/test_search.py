"""Searches: the same records in the same order on each kind of database."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from dcip_server.errors import RequestError
from dcip_server.store import Delete, Found, Put, Search, Store, search_index
from dcip_server.store.schema import newest_schema, schema_of, upgrade
from dcip_server.store.tables import attribute, metadata
from dcip_server.store.words import fold
from tests.records import dataset
from tests.store.older import bring_back_to_0007


def _box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


_CSV = {"resource_type": "file", "url": "https://data.example/1", "format": "CSV", "title": "Table of gauges"}
_RECORDS: dict[str, dict[str, Any]] = {
    "title": {"title": "Water quality of rivers", "metadata_modified": "2020-01-01T00:00:00Z"},
    "tag": {"title": "Rivers", "tags": ["water", "quality"], "metadata_modified": "2021-05-01"},
    "text": {"title": "Lakes", "description": "Quality of the water", "spatial": _box(5, 45, 10, 48)},
    "french": {"title": "Qualité de l’eau à Œuf-en-Ternois", "author": "Préfecture", "maintainer": "État"},
    "german": {"title": "Straßenbäume", "name": "strassen-baeume", "license": "cc0", "spatial": _box(170, -20, 179, -10)},
    "japanese": {"title": "東京都の環境データ", "resources": [_CSV]},
    "signs": {"title": "C++ & C# (v1.0) 50% * NEAR(x) OR AND NOT ^a -b title: {x}", "tags": ["a:b", "x y"]},
    "gone": {"title": "Water that is gone"},
}  # fmt: skip


@pytest.fixture
def filled(store: Store) -> Store:
    """Seven live records and a deleted one."""
    plain: dict[str, Any] = {"resources": [], "metadata_modified": "2019-01-01T00:00:00Z"}
    store.revise([Put(dataset(id, **{**plain, **keys}), source="file.json") for id, keys in _RECORDS.items()])
    store.revise([Delete("dataset", "gone")])
    return store


def _ids(store: Store, words: str | None = None, **wanted: Any) -> list[str]:
    return [str(entry.id) for entry in store.search(Search(words=words, **wanted)).entries]


_WORDS = {
    "water": ["title", "tag", "text"],
    "WATER quality": ["title", "tag", "text"],
    "quality water rivers": ["title", "tag"],
    "water lakes": ["text"],
    "water absent": [],
    '"water quality"': ["title"],
    '"quality of the water"': ["text"],
    '"quality of" lakes': ["text"],
    "“water quality”": ["title"],
    "wat": ["title", "tag", "text"],
    "wat quality": [],
    '"wat"': [],
    "ater": [],
    "qualite": ["french"],
    "QUALITÉ": ["french"],
    "eau oeuf": ["french"],
    "l'eau": ["french"],
    "prefecture": ["french"],
    "etat": ["french"],
    "strassenbaume": ["german"],
    "STRASSENBÄUME": ["german"],
    "baeume": ["german"],
    "環境": ["japanese"],
    "境環": [],
    "gauges": ["japanese"],
    "c": ["signs"],
    "c++": ["signs"],
    "50%": ["signs"],
    "v1.0": ["signs"],
    "near(x)": ["signs"],
    "or and not": ["signs"],
    "rivers OR lakes": [],
    "water NOT quality": [],
    "rivers & water": ["title", "tag"],
    'water "': ["title", "tag", "text"],
    '"': [],
    "*": [],
    "'": [],
    "": [],
    " \t": [],
    "\0": [],
    "that gone": [],
}


def test_every_word_must_match_and_titles_come_first(filled: Store) -> None:
    assert len(_WORDS) == 42
    assert {words: _ids(filled, words) for words in _WORDS} == _WORDS


#: A title, what finds it, and what does not.
_SCRIPTS: dict[str, tuple[list[str], list[str]]] = {
    "Große Straßen in Gießen": (["grosse", "GROSSE STRASSEN", "gießen", "GIESSEN", "strass"], ["groben", "gie strassen"]),
    "Œuvres d’art à Évreux": (["oeuvres", "œuvres d'art", "EVREUX", "évr"], ["uvres", "œ uvres"]),
    "Ścieżki rowerowe w Łodzi": (["sciezki", "ŁODZI", "lodz", "rowerowe łodzi"], ["odzi"]),
    "Sørøya, Ærø og Ðjúpivogur": (["soroya", "aero", "djupi", "SØRØYA"], ["sroya"]),
    "Ποιότητα της θάλασσας": (["ποιοτητα", "ΘΆΛΑΣΣΑΣ", "θαλασσασ", "της θαλ"], ["αλασσας"]),
    "Ёлки и чайный дом": (["елки", "ЁЛКИ", "чаиныи", "чайный дом"], ["лки"]),
    "東京都の河川水質データ": (["水質", "河川", "京都", "東京 水質", "デー", "テータ", "河川水質テ", '"河川水質"'], ["質水", "東河", '"河水"']),
    "서울특별시 대기오염 측정": (["서울", "대기오염", "대기오염 측", "서울특별시"], ["오염", "대기 측정"]),
    "北京市空气质量 2024": (["空气", "北京 质量", "空气质量 2024", "202"], ["气空"]),
    "ข้อมูลคุณภาพน้ำ": (["คุณภาพ", "ข้อมูล", "น้ำ"], ["ภาพคุณ"]),
    "İstanbul Işık ﬁles Ⅳ": (["istanbul", "isik", "files", "IV"], ["stanbul"]),
}  # fmt: skip


def test_words_are_found_in_every_script_without_accents_and_case(store: Store) -> None:
    assert len(_SCRIPTS) == 11
    store.revise([Put(dataset(title, title=title)) for title in _SCRIPTS])
    for title, (finding, not_finding) in _SCRIPTS.items():
        assert {words: _ids(store, words) for words in finding} == {words: [title] for words in finding}
        assert {words: _ids(store, words) for words in not_finding} == {words: [] for words in not_finding}


def test_every_text_that_people_read_is_searched(store: Store) -> None:
    resource = {**_CSV, "title": "uno"}
    texts = {
        "title": "due",
        "name": "tre",
        "tags": ["quattro"],
        "description": "cinque",
        "author": "sei",
        "maintainer": "sette",
    }
    store.revise([Put(dataset("all", **texts, resources=[resource])), Put(dataset("other"))])
    for word in ("uno", "due", "tre", "quattro", "cinque", "sei", "sette", "uno due tre quattro cinque sei sette"):
        assert _ids(store, word) == ["all"], word


def test_a_title_that_is_what_was_searched_for_comes_before_newer_ones(store: Store) -> None:
    titles = ["Water quality", "Water quality of lakes", "On quality of water", "Rivers", "Water", "Lakes", "Seas"]
    more: dict[str, dict[str, Any]] = {
        "Rivers": {"tags": ["water", "quality"]},
        "Water": {"tags": ["quality"]},
        "Lakes": {"tags": ["water"], "description": "quality"},
        "Seas": {"description": "water quality"},
    }
    puts = [
        Put(dataset(title, title=title, metadata_modified=f"20{place + 10}-01-01", **more.get(title, {})))
        for place, title in enumerate(titles)
    ]
    store.revise(puts)
    assert _ids(store, "water quality") == [
        "Water quality", "On quality of water", "Water quality of lakes", "Water", "Rivers", "Lakes", "Seas",
    ]  # fmt: skip


def test_a_phrase_does_not_go_from_one_tag_or_field_to_the_next(filled: Store) -> None:
    filled.revise([Put(dataset("tags", title="First", tags=["blue", "green"], description="yellow"))])
    assert _ids(filled, "blue green yellow") == ["tags"]
    assert [_ids(filled, phrase) for phrase in ('"blue green"', '"green yellow"', '"first blue"')] == [[], [], []]


_FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({"narrowed": (("tag", "water"),)}, {"tag"}),
    ({"narrowed": (("tag", "water"), ("tag", "quality"))}, {"tag"}),
    ({"narrowed": (("tag", "water"), ("tag", "x y"))}, set()),
    ({"narrowed": (("license", "cc0"),)}, {"german"}),
    ({"narrowed": (("format", "CSV"),)}, {"japanese"}),
    ({"narrowed": (("publisher", "État"),)}, {"french"}),
    ({"narrowed": (("entity", "dataservice"),)}, set()),
    ({"entity": "dataset", "words": "lakes"}, {"text"}),
    ({"entity": "dataservice"}, set()),
    ({"source": "file.json", "words": "lakes"}, {"text"}),
    ({"source": "other.json"}, set()),
    ({"since": "2020-01-01T00:00:00Z"}, {"title", "tag"}),
    ({"since": "2020-01-02"}, {"tag"}),
    ({"since": "2020-01-01", "until": "2020-01-01"}, {"title"}),
    ({"since": "2020", "until": "2021"}, {"title", "tag"}),
    ({"box": (0, 40, 6, 46)}, {"text"}),
    ({"box": (0, 40, 4, 46)}, set()),
    ({"box": (175, -90, -170, 90)}, {"german"}),
    ({"box": (-180, -90, 180, 90), "words": "lakes"}, {"text"}),
]


def test_filters_narrow_down(filled: Store) -> None:
    assert len(_FILTERS) == 19
    for wanted, due in _FILTERS:
        found = filled.search(Search(**wanted, facets=True))
        assert {str(entry.id) for entry in found.entries} == due, wanted
        assert found.total == len(due), wanted


def test_facets_count_the_result(filled: Store) -> None:
    counts = {facet: {v.value: v.records for v in values} for facet, values in _facets(filled, "water").items()}
    assert counts["tag"] == {"water": 1, "quality": 1}
    assert counts["license"] == {"cc-by": 3}
    assert counts["entity"] == {"dataset": 3}
    assert counts["format"] == counts["publisher"] == {}


def _facets(store: Store, words: str | None) -> dict[str, Any]:
    return store.search(Search(words=words, facets=True)).facets


def test_counts_of_the_whole_catalog_are_kept_current_by_every_write(filled: Store) -> None:
    def check() -> None:
        kept = _facets(filled, None)
        counted = filled.search(Search(since="0001", facets=True)).facets
        assert {facet: sorted((v.value, v.records) for v in values) for facet, values in kept.items()} == {
            facet: sorted((v.value, v.records) for v in values) for facet, values in counted.items()
        }

    check()
    filled.revise([Put(dataset("tag", title="Changed", tags=["water", "new"]))])
    check()
    filled.revise([Delete("dataset", "text"), Put(dataset("gone", license="cc0"))])
    check()
    before = [(v.value, v.records) for v in filled.values("license", 10)]
    filled.revise([Put(dataset("more", license="other"))], dry_run=True)
    assert [(v.value, v.records) for v in filled.values("license", 10)] == before == [("cc-by", 5), ("CC0-1.0", 2)]


def test_a_record_is_found_by_what_it_says_now(filled: Store) -> None:
    filled.revise([Put(dataset("title", title="Something else"))])
    assert _ids(filled, "water") == ["tag", "text"]
    filled.revise([Delete("dataset", "tag"), Put(dataset("gone", title="Back with water"))])
    assert _ids(filled, "water") == ["gone", "text"]


@pytest.mark.parametrize(("sort", "due"), [("date", ["tag", "title"]), ("title", ["tag", "title"])])
def test_results_are_sorted(filled: Store, sort: str, due: list[str]) -> None:
    assert _ids(filled, "rivers", sort=sort) == due


def test_titles_are_sorted_without_accents_and_case(store: Store) -> None:
    store.revise([Put(dataset(title, title=title)) for title in ("b", "Äa", "C", "éb", "D")])
    assert _ids(store, sort="title") == ["Äa", "b", "C", "D", "éb"]


def test_texts_are_compared_by_character_whatever_order_the_database_has_otherwise(store: Store) -> None:
    store.revise(
        [Put(dataset(id, title=id, metadata_modified="2020-01-01")) for id in ("ba", "b b", "b", "ab c", "abb")]
    )
    assert _ids(store, sort="title") == ["ab c", "abb", "b", "b b", "ba"]
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect() as connection:
            query = "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_name = 'listing' AND collation_name IS NOT NULL"
            assert connection.execute(text(query)).scalars().all() == ["C"]


def test_pages_follow_each_other_without_gaps_and_repetitions(store: Store) -> None:
    store.revise([Put(dataset(number, title="Same", description="word " * (number % 3 + 1))) for number in range(50)])
    for wanted in ({"words": "word"}, {"words": "same", "sort": "title"}, {}, {"sort": "date", "since": "2000"}):
        whole = _ids(store, **wanted)  # type: ignore[arg-type]
        pages = [_ids(store, limit=7, offset=start, **wanted) for start in range(0, 56, 7)]  # type: ignore[arg-type]
        assert len(set(whole)) == 50
        assert [id for page in pages for id in page] == whole
        assert _ids(store, offset=45, **wanted) == whole[45:]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wanted",
    [
        {"words": "word"},
        {"words": "word two", "since": "2000"},
        {"sort": "title"},
        {},
        {"sort": "date", "since": "2000"},
    ],
)
def test_a_walk_over_all_pages_gives_what_is_not_written_meanwhile_once_and_in_order(
    store: Store, wanted: dict[str, Any]
) -> None:
    def record(number: int, year: int, title: str = "word") -> Put:
        text = ["two", "word two", ""][number % 3]
        tags = ["word", "two"][: number % 2 + 1]
        return Put(
            dataset(
                number,
                title=f"{title} {number // 2}",
                description=f"{text} word two",
                tags=tags,
                metadata_modified=f"{year}-01-01",
            )
        )

    store.revise([record(number, 2000 + number % 5, ["word", "two", "x"][number % 3]) for number in range(60)])
    before = _ids(store, **wanted)
    assert len(before) == 60
    written: set[str] = set()
    walked: list[str] = []
    page = store.search(Search(limit=7, **wanted))
    while page.entries:
        walked += [str(entry.id) for entry in page.entries]
        # One that was shown comes to the front, one that was not goes there, too, one vanishes, and one is new.
        gone, moved, other = before[len(written) % 60], before[-1 - len(written)], before[len(written) + 20]
        store.revise(
            [
                Delete("dataset", int(gone)),
                record(int(moved), 2020),
                record(int(other), 1990, "two"),
                record(100 + len(written), 2010),
            ]
        )
        written |= {gone, moved, other}
        page = store.search(Search(limit=7, after=page.end, **wanted))
    kept = [id for id in before if id not in written]
    assert len(kept) > 20
    assert [id for id in walked if id in kept] == kept


def test_a_huge_record_is_indexed_by_its_beginning(store: Store) -> None:
    long = "begin " + "x" * 1_000_000 + " " + "word " * 200_000
    store.revise([Put(dataset("a", title=long, tags=["tagged"], description="described"))])
    for words in ("begin word", "x" * 200, "xxxx"):
        assert _ids(store, words) == ["a"]


def test_more_words_than_are_worth_a_search_are_refused(store: Store) -> None:
    store.search(Search(words=" ".join(map(str, range(50)))))
    for words in (" ".join(map(str, range(51))), '"' + "a " * 51 + '"', "字" * 51):
        with pytest.raises(RequestError, match="more than 50 words"):
            store.search(Search(words=words))


_ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_ODD = st.text(st.sampled_from("\"*^:(){}-+&|!<>\\' \0aä字%_~"), max_size=20)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=_ANY | _ODD)
def test_whatever_is_typed_is_answered_and_a_title_finds_its_record(store: Store, words: str) -> None:
    title = words.replace("\0", " ").replace('"', " ")
    if title.strip():
        store.revise([Put(dataset("one", title=title))])
    found = _ids(store, words)
    if title.strip() and fold(title) and not set(words) & set('"“”„«»\0'):
        assert found == ["one"]


_FIRST_TABLES = {"catalog", "record", "representation", "revision", "attribute", "source", "delivery"}


def test_an_older_catalog_is_indexed_when_it_is_brought_up_to_date(filled: Store) -> None:
    before = (_ids(filled, "water"), _facets(filled, None))
    complete = filled.statistics().tables["completeness"].rows
    with filled.engine.begin() as connection:
        look_ups = connection.execute(select(attribute).order_by(*attribute.c)).all()
        connection.execute(delete(attribute))
        connection.execute(text("DROP TABLE full_text"))
        # Whatever came later than the first version, those that refer to others first.
        for table in reversed(metadata.sorted_tables):
            if table.name not in _FIRST_TABLES:
                table.drop(connection)
        bring_back_to_0007(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    upgrade(filled.engine)
    filled._statistics.cache_clear()
    after = _facets(filled, None)
    with filled.engine.begin() as connection:
        assert connection.execute(select(attribute).order_by(*attribute.c)).all() == look_ups != []
    assert filled.statistics().tables["completeness"].rows == complete
    assert _ids(filled, "water") == before[0]
    assert {f: {(v.value, v.records) for v in values} for f, values in after.items()} == {
        f: {(v.value, v.records) for v in values} for f, values in before[1].items()
    }


_FACET_VALUES_OF_0006 = (
    "CREATE TABLE facet_value (number INTEGER NOT NULL CONSTRAINT pk_facet_value PRIMARY KEY, key {bytes} NOT NULL,"
    " value TEXT NOT NULL, records INTEGER NOT NULL)"
)


def _bring_back_to_0006(store: Store) -> None:
    sqlite = store.engine.dialect.name == "sqlite"
    with store.engine.begin() as connection:
        bring_back_to_0007(connection)
        connection.execute(text("DROP TABLE facet_set"))
        connection.execute(text("DROP TABLE facet_value"))
        connection.execute(text(_FACET_VALUES_OF_0006.format(bytes="BLOB" if sqlite else "BYTEA")))
        connection.execute(text("CREATE UNIQUE INDEX uq_facet_value_key ON facet_value (key)"))
        if sqlite:
            connection.execute(text("DROP TABLE full_text"))
            connection.execute(text("CREATE VIRTUAL TABLE full_text USING fts5(title, tags, rest, tokenize = 'ascii')"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))


@pytest.mark.parametrize("at_once", [2, 1000])
def test_a_catalog_of_the_version_before_sets_of_records_is_brought_up_to_date(
    filled: Store, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(search_index, "_STORE_EVERY", at_once)
    monkeypatch.setattr(search_index, "_BATCH", at_once)
    filled.revise([Put(dataset("two", license="CC0", resources=[_CSV, {**_CSV, "format": "text/csv"}]))])
    narrowed = Search(narrowed=(("license", "cc0-1.0"),), facets=True)
    before = [filled.search(wanted) for wanted in (narrowed, Search(words="w", facets=True), Search(facets=True))]
    assert {entry.id for entry in before[0].entries} == {"german", "two"}
    _bring_back_to_0006(filled)
    heard: list[int] = []
    upgrade(filled.engine, heard.append)
    assert heard[-1] == filled.state().live_records
    assert len(heard) == -(-heard[-1] // at_once)
    after = [filled.search(wanted) for wanted in (narrowed, Search(words="w", facets=True), Search(facets=True))]
    assert [_unordered(found) for found in after] == [_unordered(found) for found in before]
    filled.revise([Delete("dataset", "two")])
    assert [entry.id for entry in filled.search(narrowed).entries] == ["german"]


def test_an_upgrade_that_is_ended_half_way_leaves_the_old_catalog(filled: Store) -> None:
    _bring_back_to_0006(filled)
    facets = select(text("count(*)")).select_from(text("facet_value"))
    with filled.engine.begin() as connection:
        before = (
            schema_of(connection),
            connection.execute(facets).scalar(),
            connection.execute(select(attribute)).all(),
        )

    def end(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upgrade(filled.engine, end)
    with filled.engine.begin() as connection:
        assert before == (
            schema_of(connection),
            connection.execute(facets).scalar(),
            connection.execute(select(attribute)).all(),
        )
    assert before[0] == "0006"
    assert upgrade(filled.engine) == ("0006", newest_schema())
    assert _ids(filled, "lakes") == ["text"]


def _unordered(found: Found) -> Any:
    """A result with its facets as sets: values that are as frequent as others are numbered anew."""
    return found.entries, found.total, {facet: set(values) for facet, values in found.facets.items()}


_NOWHERE: list[dict[str, Any]] = [
    {"type": "Point", "coordinates": []},
    {"type": "Point", "coordinates": [1000, 5]},
    {"type": "Point", "coordinates": "everywhere"},
    {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": None}]},
    {"type": "Feature", "geometry": None},
    {"type": "Polygon", "coordinates": json.loads("[" * 200 + "]" * 200)},
]


def test_a_place_that_is_none_hinders_nothing(store: Store) -> None:
    store.revise([Put(dataset(number, title="Placed", spatial=place)) for number, place in enumerate(_NOWHERE)])
    assert len(_ids(store, "placed")) == len(_NOWHERE) == 6
    assert _ids(store, box=(-180, -90, 180, 90)) == []
