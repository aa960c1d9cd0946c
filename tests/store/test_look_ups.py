"""Look-ups by attribute: the whole value, exactly, among live records."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from dcip_server.store import Delete, Put, Store
from tests.records import dataset
from tests.store.reading import found_ids

_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "name": {"name": "value"},
    "title": {"title": "value"},
    "tags": {"tags": ["other", "value"]},
    "author": {"author": "value"},
    "maintainer": {"maintainer": "value"},
    "license": {"license": "value"},
    "format": {
        "resources": [
            {"resource_type": "file", "url": "https://data.example/1", "format": "other"},
            {"resource_type": "file", "url": "https://data.example/2", "format": "value"},
        ]
    },
}


@pytest.mark.parametrize("attribute", _ATTRIBUTES)
def test_a_record_is_found_by_each_attribute_alone(store: Store, attribute: str) -> None:
    assert len(_ATTRIBUTES) == 7
    store.revise([Put(dataset("a", **_ATTRIBUTES[attribute])), Put(dataset("b"))])
    assert {name: found_ids(store, name, "value") for name in _ATTRIBUTES} == {
        name: ["a"] if name == attribute else [] for name in _ATTRIBUTES
    }


@pytest.mark.parametrize("attribute", _ATTRIBUTES)
def test_a_record_is_found_by_its_present_value_alone(store: Store, attribute: str) -> None:
    store.revise([Put(dataset("a", **_ATTRIBUTES[attribute]))])
    store.revise([Put(dataset("a", title="Without"))])
    assert found_ids(store, attribute, "value") == []
    store.revise([Put(dataset("a", **_ATTRIBUTES[attribute]))])
    assert found_ids(store, attribute, "value") == ["a"]
    store.revise([Delete("dataset", "a")])
    assert found_ids(store, attribute, "value") == []


_LONG = "ä" * 10_001
#: A value, and values that are not it.
_VALUES: dict[str, tuple[str, list[str]]] = {
    "case": ("Water", ["water", "WATER"]),
    "blanks": ("a b", ["a  b", " a b", "a b ", "ab", "a\tb"]),
    "a part": ("water level", ["water", "level", "water leve", "%", "_ater level"]),
    "composed": (unicodedata.normalize("NFC", "é"), [unicodedata.normalize("NFD", "é"), "e"]),
    "full width": ("Ａ", ["A"]),
    "emoji": ("\U0001f6b2", ["\U0001f6b3", "\ufffd"]),
    "sharp s": ("Straße", ["Strasse", "STRASSE"]),
    "quotes": ("'; --", ["''; --", ""]),
    "a line break": ("a\nb", ["a", "a b", "a\r\nb"]),
    "digits": ("1.0", ["1", "1.00"]),
    "long": (_LONG, [_LONG[:-1], _LONG + "ä", _LONG[:-1] + "a"]),
    "very long": ("x" * 300_000, ["x" * 299_999]),
}


@pytest.mark.parametrize(("value", "others"), _VALUES.values(), ids=_VALUES.keys())
@pytest.mark.parametrize("attribute", ["title", "tags"])
def test_the_whole_value_must_match_exactly(store: Store, attribute: str, value: str, others: list[str]) -> None:
    def with_value(id: str, value: str) -> Put:
        return Put(dataset(id, **{attribute: [value] if attribute == "tags" else value}))

    store.revise(
        [with_value("the one", value), *(with_value(other, other) for other in others if other and len(other) < 99)]
    )
    assert found_ids(store, attribute, value) == ["the one"]
    for other in others:
        assert "the one" not in found_ids(store, attribute, other)


def test_of_a_large_write_what_it_leaves_is_found(store: Store) -> None:
    def put(number: int, tags: list[str]) -> Put:
        return Put(dataset(f"a{number}", tags=[*tags, f"of {number} alone", f"of {number // 2} and its like"]))

    count = 2500
    store.revise(
        [
            *(put(number, ["all", "odd" if number % 2 else "even"]) for number in range(count)),
            *(Delete("dataset", f"a{number}") for number in (0, 7, 2400)),
        ]
    )
    left = [f"a{number}" for number in range(count) if number not in (0, 7, 2400)]
    assert found_ids(store, "tags", "all") == left
    assert found_ids(store, "tags", "odd") == [id for id in left if int(id[1:]) % 2]
    assert found_ids(store, "tags", "of 7 alone") == found_ids(store, "tags", "of 2400 alone") == []
    assert found_ids(store, "tags", "of 8 alone") == ["a8"]
    assert found_ids(store, "tags", "of 3 and its like") == ["a6"]
    # Each has other tags than before, and some go in the same write.
    store.revise(
        [
            *(put(number, ["all", "new"]) for number in range(1, count)),
            *(Delete("dataset", f"a{number}") for number in (1, 2, 2499)),
        ]
    )
    assert found_ids(store, "tags", "odd") == found_ids(store, "tags", "even") == []
    assert sorted(found_ids(store, "tags", "all")) == sorted(found_ids(store, "tags", "new"))
    assert sorted(found_ids(store, "tags", "new")) == sorted(f"a{number}" for number in range(3, count - 1))


def test_an_empty_value_finds_nothing(store: Store) -> None:
    store.revise([Put(dataset("a", name="", tags=["", "x"], author=None))])
    assert [found_ids(store, attribute, "") for attribute in _ATTRIBUTES] == [[]] * 7


def test_a_licence_that_no_source_states_is_found_as_not_specified(store: Store) -> None:
    store.revise([Put(dataset("a", license=""))])
    assert found_ids(store, "license", "notspecified") == ["a"]


def test_a_value_that_occurs_twice_in_a_record_finds_it_once(store: Store) -> None:
    resources = [{"resource_type": "file", "url": f"https://data.example/{n}", "format": "CSV"} for n in range(3)]
    store.revise([Put(dataset("a", resources=resources, tags=["x", "x"]))])
    assert found_ids(store, "format", "CSV") == ["a"]
    assert found_ids(store, "tags", "x") == ["a"]


def test_an_attribute_of_another_entity_type_is_another_attribute(store: Store) -> None:
    store.revise([Put(dataset("a", name="value"))])
    assert store.look_up("dataservice", "name", "value") == []


_WINDOWS: list[tuple[dict[str, int], list[int]]] = [
    ({}, [1, 2, 3, 4, 0]),
    ({"limit": 2}, [1, 2]),
    ({"limit": 0}, []),
    ({"limit": 99}, [1, 2, 3, 4, 0]),
    ({"offset": 3}, [4, 0]),
    ({"offset": 5}, []),
    ({"limit": 2, "offset": 1}, [2, 3]),
    ({"limit": 10**18, "offset": 10**18}, []),
]


@pytest.mark.parametrize(("window", "found"), _WINDOWS, ids=[str(window) for window, _ in _WINDOWS])
def test_look_ups_come_oldest_change_first_and_in_windows(
    store: Store, window: dict[str, int], found: list[int]
) -> None:
    store.revise([Put(dataset(id, tags=["x"])) for id in range(5)])
    store.revise([Put(dataset(0, tags=["x"], title="Changed"))])
    assert found_ids(store, "tags", "x", **window) == found


def test_an_entry_of_a_look_up_says_what_the_list_says(store: Store) -> None:
    store.revise([Put(dataset("a", title="A title", tags=["x"]))])
    (entry,) = store.look_up("dataset", "tags", "x")
    assert (entry.id, entry.change_type, entry.revision, entry.title) == ("a", "create", 1, "A title")
    assert entry.sha256 is not None
