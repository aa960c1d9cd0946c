"""CKAN's packages: key by key, and nothing of a package lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats import strategies
from tests.formats.conftest import Catalog

_POINT = {"type": "Point", "coordinates": [4.35, 50.85]}
_POINT_TEXT = json.dumps(_POINT)

#: What a package says beside its id and title, and the keys that come of it; ``...`` where there is no such key.
_PACKAGE_CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "title": ({"title": "A"}, {"title": "A"}),
    "title from name": ({"title": "", "name": "a-slug"}, {"title": "a-slug", "name": "a-slug"}),
    "title by language": ({"title": {"fr": "B", "en": "A"}}, {"title": "A"}),
    "title from title_translated": ({"title": None, "title_translated": {"fr": "B", "de": "A"}}, {"title": "A"}),
    "license_id": ({"license_id": "cc-by", "license_title": "CC BY"}, {"license": "cc-by", "ckan": {"license_title": "CC BY"}}),
    "license_url": ({"license_id": "", "license_url": "http://x.example/"}, {"license": "http://x.example/"}),
    "license_title": ({"license_title": "Open"}, {"license": "Open"}),
    "no license": ({"license_id": None}, {"license": "notspecified"}),
    "license_title of none": ({"license_title": "License Not Specified"}, {"license": "notspecified", "ckan": {"license_title": "License Not Specified"}}),
    "license_id notspecified": ({"license_id": "notspecified"}, {"license": "notspecified"}),
    "name": ({"name": "a-slug"}, {"name": "a-slug"}),
    "author": ({"author": "Ada"}, {"author": "Ada"}),
    "maintainer": ({"maintainer": "Bob"}, {"maintainer": "Bob"}),
    "version": ({"version": "1.0"}, {"version": "1.0"}),
    "notes": ({"notes": "Trees"}, {"description": "Trees"}),
    "url": ({"url": "http://x.example/"}, {"landing_page": "http://x.example/"}),
    "tags as objects": ({"tags": [{"name": "b"}, {"name": "a"}]}, {"tags": ["b", "a"]}),
    "tags that say more": (
        {"tags": [{"name": "a", "vocabulary_id": "v"}]}, {"tags": ["a"], "ckan": {"tags": [{"name": "a", "vocabulary_id": "v"}]}},
    ),
    "tags as texts": ({"tags": ["b", "a"]}, {"tags": ["b", "a"]}),
    "spatial": ({"spatial": _POINT_TEXT}, {"spatial": _POINT}),
    "spatial as an object": ({"spatial": _POINT}, {"spatial": _POINT}),
    "spatial in extras": ({"extras": [{"key": "spatial", "value": _POINT_TEXT}]}, {"spatial": _POINT, "ckan": ...}),
    "spatial in extras of old": ({"extras": {"spatial": _POINT_TEXT, "x": "y"}}, {"spatial": _POINT, "ckan": {"extras": {"x": "y"}}}),
    "spatial that is prose": ({"spatial": "Belgium"}, {"spatial": ..., "ckan": {"spatial": "Belgium"}}),
    "record times": (
        {"metadata_created": "2011-05-09T10:00:00.123456", "metadata_modified": "2012-05-09 10:00"},
        {"metadata_created": "2011-05-09T10:00:00.123456Z", "metadata_modified": "2012-05-09T10:00:00Z"},
    ),
    "a time that is none": ({"metadata_modified": "Mon, 05/09/2011"}, {"ckan": {"metadata_modified": "Mon, 05/09/2011"}}),
    "the organization": ({"organization": {"title": "Agency"}}, {"maintainer": ..., "ckan": {"organization": {"title": "Agency"}}}),
    "null and empty values": ({"author": None, "notes": "", "tags": [], "groups": [], "x": {}}, {"author": ..., "ckan": ...}),
    "a value of another type than usual": ({"author": ["Ada"], "version": 2}, {"author": ..., "ckan": {"author": ["Ada"], "version": 2}}),
}  # fmt: skip


@pytest.mark.parametrize("case", _PACKAGE_CASES)
def test_each_key_of_a_package(catalog: Catalog, case: str) -> None:
    given, due = _PACKAGE_CASES[case]
    assert catalog.take_json({"id": "1", "title": "A", "private": None, **given}).refused == []
    found = catalog.json("1")
    assert {key: found.get(key, ...) for key in due} == due


_RESOURCE_CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "name is the title": ({"name": "T"}, {"title": "T", "name": ...}),
    "type": ({"resource_type": "api"}, {"resource_type": "api"}),
    "type missing": ({"resource_type": None}, {"resource_type": "file"}),
    "type of an upload": ({"url_type": "upload"}, {"resource_type": "file.upload"}),
    "format, mimetype, hash": (
        {"format": "CSV", "mimetype": "text/csv", "hash": "D41D"}, {"format": "CSV", "mimetype": "text/csv", "hash": "D41D"},
    ),
    "size": ({"size": 10}, {"size": 10}),
    "size as digits": ({"size": "10"}, {"size": 10}),
    "size that is prose": ({"size": "42 octets"}, {"size": ..., "ckan": {"size": "42 octets"}}),
    "last_modified": ({"last_modified": "2011-05-09T10:00:00"}, {"last_modified": "2011-05-09T10:00:00Z"}),
    "last_modified that is none": ({"last_modified": "May"}, {"last_modified": ..., "ckan": {"last_modified": "May"}}),
    "description": ({"description": "B"}, {"description": "B"}),
    "everything else": ({"id": "r-1", "position": 0}, {"ckan": {"id": "r-1", "position": 0}}),
}  # fmt: skip


@pytest.mark.parametrize("case", _RESOURCE_CASES)
def test_each_key_of_a_package_s_resource(catalog: Catalog, case: str) -> None:
    given, due = _RESOURCE_CASES[case]
    package = {"id": "1", "title": "A", "state": "active", "resources": [{"url": "https://data.example/a", **given}]}
    assert catalog.take_json(package).refused == []
    (found,) = catalog.json("1")["resources"]
    assert {key: found.get(key, ...) for key in due} == due


@pytest.mark.parametrize(
    ("given", "id"),
    [
        ({"id": "u-1", "name": "n"}, "u-1"),
        ({"name": "n"}, "n"),
        ({"id": None, "name": "n"}, "n"),
        ({"id": "", "name": "n"}, "n"),
        ({"id": 7, "name": "n"}, 7),
        ({"id": 0, "name": "n"}, 0),
    ],
    ids=str,
)
def test_the_id_of_a_package_is_its_id_or_else_its_name(catalog: Catalog, given: dict[str, Any], id: str | int) -> None:
    catalog.take_json({"title": "A", "state": "active", **given})
    assert catalog.ids() == [id]
    assert catalog.json(id)["name"] == "n"


_ANSWERS = {
    "package_show": lambda packages: {"success": True, "result": packages[0]},
    "package_search": lambda packages: {"help": "h", "success": True, "result": {"count": 1, "results": packages}},
    "a list as result": lambda packages: {"success": True, "result": packages},
    "an array": lambda packages: packages,
    "a package alone": lambda packages: packages[0],
}


@pytest.mark.parametrize("answer", _ANSWERS)
@pytest.mark.parametrize("format", [None, "ckan"])
def test_packages_are_found_in_every_answer_that_ckan_gives(catalog: Catalog, answer: str, format: str | None) -> None:
    packages = [{"id": "u-1", "name": "n", "title": "A", "resources": [], "num_resources": 0}]
    assert catalog.take(json.dumps(_ANSWERS[answer](packages)).encode(), format=format).counts == (1, 0, 0, 0)
    assert catalog.json("u-1")["name"] == "n"


def test_packages_one_a_line_are_read(catalog: Catalog) -> None:
    lines = "\n".join(json.dumps({"id": f"u-{n}", "title": "A", "owner_org": None}) for n in range(3))
    assert catalog.take(lines.encode(), "dump.jsonl").counts == (3, 0, 0, 0)


# --- nothing lost ---


def leaves(value: Any) -> Iterator[str]:
    """Every value that is neither null nor empty, as text; texts that hold GeoJSON by what they hold."""
    if isinstance(value, str) and value.startswith("{"):
        with suppress(ValueError):
            value = json.loads(value)
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif value is not None and value != "":
        yield value if isinstance(value, str) else json.dumps(value)


def _normal_times(found: set[str]) -> set[str]:
    return found | {text.removesuffix("Z") for text in found}


_EXTRAS = st.one_of(
    st.lists(
        st.fixed_dictionaries(
            {
                "key": st.sampled_from(("spatial", "temporal", "x")),
                "value": st.one_of(strategies.texts, st.just(_POINT_TEXT)),
            },
            optional={"id": st.uuids().map(str), "state": st.just("active")},
        ),
        max_size=3,
    ),
    st.dictionaries(st.sampled_from(("spatial", "x")), st.one_of(strategies.texts, st.just(_POINT_TEXT)), max_size=2),
)
_TAGS = st.lists(
    st.one_of(
        strategies.texts,
        st.fixed_dictionaries(
            {}, optional={"name": strategies.texts, "display_name": strategies.texts, "id": strategies.texts}
        ),
        st.integers(),
    ),
    max_size=3,
)
_BY_LANGUAGE = st.dictionaries(st.sampled_from(("en", "fr", "de")), strategies.texts, max_size=3)
_ANY = st.one_of(strategies.texts, strategies.json_values(strategies.texts), _BY_LANGUAGE)
_RESOURCE = st.dictionaries(
    st.sampled_from(("url", "format", "name", "mimetype", "hash", "description", "size", "resource_type", "url_type", "id", "tracking",
                     "created", "license_url", "ckan", "title")),
    _ANY, max_size=6,
)  # fmt: skip
_PACKAGE = st.builds(
    lambda other, sure: {**other, **sure},
    st.dictionaries(
        st.sampled_from(("name", "author", "maintainer", "version", "notes", "description", "url", "license_id", "license_url", "license",
                         "license_title", "spatial", "organization", "groups", "extra_key", "type", "temporal", "title_translated",
                         "author_email", "relationships_as_object")),
        _ANY, max_size=8,
    ),
    st.fixed_dictionaries(
        {"id": st.uuids().map(str), "title": st.one_of(strategies.texts.filter(str.strip), st.integers())},
        optional={
            "tags": _TAGS, "extras": _EXTRAS, "resources": st.lists(_RESOURCE, max_size=3),
            "metadata_modified": st.sampled_from(("2011-05-09T10:00:00", "2011-05-09T10:00:00.5", "someday")),
        },
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(package=_PACKAGE)
def test_every_value_of_a_package_is_found_in_the_record(
    catalogs: tuple[Catalog, Catalog], package: dict[str, Any]
) -> None:
    assert catalogs[0].take_json(package, format="ckan").refused == []
    # The extra that is called "spatial" is the key of that name now.
    found = _normal_times(set(leaves(catalogs[0].json(package["id"])))) | {"spatial"}
    assert {text for text in leaves(package) if text not in found} == set()
