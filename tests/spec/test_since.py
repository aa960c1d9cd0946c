"""Draft, "Extensions": ``since``, the changes after a revision or from a time on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcip_server.store import Delete, Put
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import ask, assert_bare, ids, read_graph, read_json
from tests.spec.sites import site_in

BY_REVISION = {
    "0": [123, "wells", "rivers", "tides", "springs"],
    "1": ["wells", "rivers", "tides", "springs"],
    "2": ["rivers", "tides", "springs"],
    "3": ["rivers", "tides", "springs"],
    "6": ["tides", "springs"],
    "8": ["springs"],
    "9": [],
    "10": [],
    "000008": ["springs"],
    "9223372036854775807": [],
    "9223372036854775808": [],
    "1" + "0" * 400: [],
}


@rule("DCIP-EXT-1")
@pytest.mark.parametrize(("revision", "due"), BY_REVISION.items(), ids=lambda value: str(value)[:20])
def test_since_a_revision_lists_what_came_after_it(catalog: Site, revision: str, due: list[str | int]) -> None:
    entries = read_json(catalog, f"/rest/dataset/since/{revision}.json")
    assert ids(entries) == due
    assert [entry for entry in read_json(catalog, "/rest/dataset/id/") if entry["id"] in due] == entries
    assert len(set(read_graph(catalog, f"/rest/dataset/since/{revision}.dcat.N3").subjects())) == len(due) + 1


def moment(site: Site) -> datetime:
    """When the last change of the catalog was made."""
    return datetime.fromisoformat(read_json(site, "/rest/dataset/id/")[-1]["modified"])


SPELLINGS = {
    "UTC": "%Y-%m-%dT%H:%M:%SZ",
    "without zone": "%Y-%m-%dT%H:%M:%S",
    "with a space": "%Y-%m-%d %H:%M:%S",
    "with a space and Z": "%Y-%m-%d %H:%M:%SZ",
    "zone of nought": "%Y-%m-%dT%H:%M:%S+00:00",
    "fractions": "%Y-%m-%dT%H:%M:%S.000Z",
    "fractions, cut off": "%Y-%m-%dT%H:%M:%S.999999Z",
    "decimal comma": "%Y-%m-%dT%H:%M:%S,5Z",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_since_a_time_lists_what_changed_then_or_later(catalog: Site, spelling: str) -> None:
    last, earlier = moment(catalog), moment(catalog) - timedelta(days=1)
    later = last + timedelta(seconds=1)
    everything = read_json(catalog, "/rest/dataset/id/")

    def since(time: datetime) -> list[dict[str, object]]:
        found: list[dict[str, object]] = read_json(
            catalog, f"/rest/dataset/since/{quote(time.strftime(spelling))}.json"
        )
        return found

    assert since(earlier) == everything
    assert since(last) == [entry for entry in everything if datetime.fromisoformat(entry["modified"]) >= last] != []
    assert since(later) == []


@pytest.mark.parametrize("hours", [-12, -5.5, 0, 1, 5.75, 14])
def test_a_zone_offset_is_taken_into_account(catalog: Site, hours: float) -> None:
    zone = timezone(timedelta(hours=hours))
    last = moment(catalog).astimezone(zone)
    for time, empty in ((last, False), (last + timedelta(seconds=1), True)):
        for text in (time.isoformat(), quote(time.isoformat()), re.sub(r":(\d\d)$", r"\1", time.isoformat())):
            assert (read_json(catalog, f"/rest/dataset/since/{text}.json") == []) == empty


def test_a_bare_date_is_midnight_in_utc(catalog: Site) -> None:
    day = moment(catalog).date()
    entries = read_json(catalog, f"/rest/dataset/since/{day}.json")
    assert entries == read_json(catalog, f"/rest/dataset/since/{day}T00:00:00Z.json") != []
    assert read_json(catalog, f"/rest/dataset/since/{day + timedelta(days=1)}.json") == []
    assert ids(read_json(catalog, "/rest/dataset/since/0001-01-01.json")) == BY_REVISION["0"]
    assert read_json(catalog, "/rest/dataset/since/9999-12-31.json") == []


@pytest.mark.parametrize(
    ("time", "as_good_as"),
    [
        ("2011-05-09T24:00:00Z", "2011-05-10"),
        ("2011-12-31T24:00", "2012-01-01"),
        ("0999-01-01", "0"),
        ("0001-01-01T00:00:00%2B14:00", "0"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31"),
        ("9999-12-31T24:00:00.0Z", "9999-12-31"),
    ],
)
def test_every_time_that_iso_8601_can_write_is_understood(catalog: Site, time: str, as_good_as: str) -> None:
    found = read_json(catalog, f"/rest/dataset/since/{time}.json")
    assert found == read_json(catalog, f"/rest/dataset/since/{as_good_as}.json")


BAD = (
    "",
    "-1",
    "+1",
    "%2B1",
    "1.5",
    "1e3",
    "0x10",
    "1_000",
    "%201",
    "1%20",
    "1%0A",
    "٣",
    "２",
    "²",
    "now",
    "yesterday",
    "null",
    "1,2",
    "1/2",
    "2026-13-01",
    "2026-02-30",
    "2026-1-1",
    "2025-02-29",
    "0000-01-01",
    "-2026-01-01",
    "2026-01-01T",
    "2026-01-01T25:00:00Z",
    "2026-01-01T10:60:00Z",
    "2026-01-01T10:00:00+99:00",
    "2026-01-01T10:00:00Zulu",
    "2026-01-01T10:00:00Z%0A",
    "2026-01-01T10:00:00Z/2026-01-02T10:00:00Z",
    "٢٠٢٦-٠١-٠١",
    "01.02.2026",
    "2026/01/01",
    "Sat, 21 Nov 2026 02:02:06 GMT",
    "9" * 5000 + "x",
    "%FF",
)


@pytest.mark.parametrize("value", BAD, ids=lambda value: value[:30] or "empty")
def test_anything_else_is_answered_400(catalog: Site, value: str) -> None:
    assert_bare(ask(catalog, f"/rest/dataset/since/{value}.json"), 400)
    assert_bare(ask(catalog, f"/rest/dataset/since/{value}.dcat.N3"), 400)


def test_limit_and_offset_do_not_cut_a_change_list(catalog: Site) -> None:
    assert ids(read_json(catalog, "/rest/dataset/since/0.json?limit=1&offset=2")) == BY_REVISION["0"]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("busy")) as site:
        yield site


#: What happens between two looks of a reader: for each record a new title, or None to delete it.
CHANGES = st.lists(st.dictionaries(st.integers(0, 7), st.one_of(st.none(), st.integers(0, 2)), max_size=5), max_size=6)


@rule("DCIP-EXT-1", "DCIP-LIST-6")
@settings(deadline=None, max_examples=60)
@given(rounds=CHANGES)
def test_a_reader_who_asks_from_its_highest_revision_on_never_misses_a_change(
    busy: Site, rounds: list[dict[int, int | None]]
) -> None:
    copy = {entry["id"]: entry for entry in read_json(busy, "/rest/dataset/id/")}
    alive = {entry["id"] for entry in copy.values() if entry["change_type"] != "delete"}
    for changes in rounds:
        wanted = [
            Put(dataset(id, title=f"Title {title}")) if title is not None else Delete("dataset", id)
            for id, title in changes.items()
            if title is not None or id in alive
        ]
        busy.store.revise(wanted)
        alive = alive - changes.keys() | {id for id, title in changes.items() if title is not None}
        highest = max((entry["revision"] for entry in copy.values()), default=0)
        news = read_json(busy, f"/rest/dataset/since/{highest}.json")
        assert all(entry["revision"] > highest for entry in news)
        copy |= {entry["id"]: entry for entry in news}
        whole = read_json(busy, "/rest/dataset/id/")
        assert sorted(copy.values(), key=lambda entry: entry["revision"]) == whole
        assert {entry["id"] for entry in whole if entry["change_type"] != "delete"} == alive


@settings(deadline=None, max_examples=100)
@given(value=st.one_of(st.text("0123456789-+:TZ ,.", min_size=1, max_size=24), st.datetimes().map(str)))
def test_any_value_is_either_understood_or_answered_400(catalog: Site, value: str) -> None:
    answer = ask(catalog, f"/rest/dataset/since/{quote(value, safe='')}.json")
    if answer.status_code == 200:
        assert value.isdigit() or datetime.fromisoformat(value.replace(",", "."))
    else:
        assert_bare(answer, 400)
