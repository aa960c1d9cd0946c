"""One licence has one id and one URI, in whatever spelling and format it comes, and both lead to it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcip_server.formats.creative_commons import every_license
from dcip_server.formats.licenses import License, known
from tests.formats.conftest import Catalog
from tests.formats.license_spellings import NO_LICENSES, SPELLINGS

_LICENSE = "http://purl.org/dc/terms/license"
_ALL = [(id, spelling) for id, spellings in SPELLINGS.items() for spelling in spellings]
_URL = "https://x.example/a.csv"


def _pod(number: int, license: str) -> Any:
    return {"identifier": str(number), "title": "A", "license": license, "distribution": []}


def _ckan(key: str) -> Callable[[int, str], Any]:
    return lambda number, text: {"id": str(number), "title": "A", "notes": "n", key: text, "resources": []}


def _ckan_resource(number: int, license: str) -> Any:
    resource = {"url": _URL, "license": license}
    return {"id": str(number), "title": "A", "notes": "n", "license_id": "notspecified", "resources": [resource]}


def _udata(number: int, license: str) -> Any:
    return {
        "id": str(number), "title": "A", "license": license, "slug": "a", "resources": [],
        "created_at": "2026-01-01T00:00:00", "last_modified": "2026-01-01T00:00:00",
    }  # fmt: skip


_JSON = {
    "data.json": _pod,
    "CKAN's id": _ckan("license_id"),
    "CKAN's title": _ckan("license_title"),
    "CKAN's URL": _ckan("license_url"),
    "CKAN's files": _ckan_resource,
    "udata": _udata,
}


def _turtle(licenses: list[str], statement: str) -> str:
    return "\n".join(
        f':{number} a dcat:Dataset ; dct:title "A" ; dct:identifier "{number}" ; {statement % _term(license, statement)} .'
        for number, license in enumerate(licenses)
    )


def _term(license: str, statement: str) -> str:
    is_link = license.casefold().startswith("http") and "rdfs:label" not in statement
    return f"<{license}>" if is_link else json.dumps(license, ensure_ascii=False)


_TURTLE = {
    "DCAT": "dct:license %s",
    "a document of DCAT": "dct:license [ a dct:LicenseDocument ; rdfs:label %s ]",
    "DCAT's files": f"dcat:distribution [ a dcat:Distribution ; dcat:accessURL <{_URL}> ; dct:license %s ]",
}


def _found(catalog: Catalog, count: int) -> list[str | None]:
    return [catalog.json(str(number)).get("license_id") for number in range(count)]


@pytest.mark.parametrize("format", _JSON)
def test_a_spelling_of_json_has_its_licence(catalog: Catalog, format: str) -> None:
    records = [_JSON[format](number, spelling) for number, (_, spelling) in enumerate(_ALL)]
    assert catalog.take_json(*records).refused == []
    due = {spelling: id for id, spelling in _ALL}
    assert dict(zip(due, _found(catalog, len(_ALL)), strict=True)) == due
    assert len(due) > 200


@pytest.mark.parametrize("statement", _TURTLE.values(), ids=_TURTLE)
def test_a_spelling_of_rdf_has_its_licence(catalog: Catalog, statement: str) -> None:
    assert catalog.take_turtle(_turtle([spelling for _, spelling in _ALL], statement)).refused == []
    due = {spelling: id for id, spelling in _ALL}
    assert dict(zip(due, _found(catalog, len(_ALL)), strict=True)) == due


@pytest.mark.parametrize("format", _JSON)
def test_a_text_that_is_no_licence_stays_as_it_is_in_json(catalog: Catalog, format: str) -> None:
    catalog.take_json(*(_JSON[format](number, text) for number, text in enumerate(NO_LICENSES)))
    assert dict(zip(NO_LICENSES, _found(catalog, len(NO_LICENSES)), strict=True)) == dict.fromkeys(NO_LICENSES)


def test_a_text_that_is_no_licence_stays_as_it_is_in_rdf(catalog: Catalog) -> None:
    catalog.take_turtle(_turtle(list(NO_LICENSES), _TURTLE["DCAT"]))
    assert dict(zip(NO_LICENSES, _found(catalog, len(NO_LICENSES)), strict=True)) == dict.fromkeys(NO_LICENSES)


def _licenses() -> list[License]:
    """Each that a spelling above means, and every one of Creative Commons'."""
    found = {license for id in SPELLINGS if (license := known(id))}
    found |= {license for each in every_license() if (license := known(each.uri))}
    return sorted(found, key=lambda each: each.id)


_LICENSES = _licenses()


def test_there_is_a_licence_for_each_id_and_each_of_creative_commons() -> None:
    assert {license.id for license in _LICENSES} >= SPELLINGS.keys()
    assert len(_LICENSES) == len({license.uri for license in _LICENSES}) > 600


@pytest.mark.parametrize("part", ["id", "title", "uri"])
def test_each_part_of_a_licence_leads_to_it_again(part: str) -> None:
    assert [known(getattr(license, part)) for license in _LICENSES] == _LICENSES


_CASES: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper)


@given(
    license=st.sampled_from(_LICENSES),
    case=st.sampled_from(_CASES),
    between=st.sampled_from([" ", "-", "_", " – ", "  "]),
    around=st.sampled_from(["%s", " %s ", "(%s)", "%s.", '"%s"']),
    scheme=st.sampled_from(["http://", "https://", "//", "https://www.", ""]),
)
def test_a_licence_is_known_however_its_names_and_address_are_spelled(
    license: License, case: Callable[[str], str], between: str, around: str, scheme: str
) -> None:
    for name in (license.id, license.title):
        assert known(around % case(between.join(name.split()))) == license
    bare = license.uri.partition("://")[2].removeprefix("www.")
    # Some licences are a part of a page, which nothing may stand behind.
    for address in (bare, bare.rstrip("/"), bare if "#" in bare else bare + "?ref=a"):
        assert known(case(scheme + address)) == license


_FEEDS = {
    "records.json": "/data.json",
    "packages.json": "/api/3/action/package_search?rows=1000",
    "catalog.ttl": "/catalog.ttl",
    "catalog.rdf": "/catalog.rdf",
    "catalog.jsonld": "/catalog.jsonld",
}


@pytest.mark.parametrize("format", ["data.json", "CKAN's id"])
@pytest.mark.parametrize("file", _FEEDS)
def test_what_a_feed_says_is_read_as_the_same_licence(
    catalogs: tuple[Catalog, Catalog], file: str, format: str
) -> None:
    catalog, other = catalogs
    catalog.take_json(*(_JSON[format](number, SPELLINGS[id][-1]) for number, id in enumerate(SPELLINGS)))
    assert other.take(catalog.feed(_FEEDS[file]), file).refused == []
    assert dict(zip(SPELLINGS, _found(other, len(SPELLINGS)), strict=True)) == {id: id for id in SPELLINGS}


@pytest.mark.parametrize("format", ["data.json", "CKAN's id", "udata"])
def test_what_is_written_as_n3_comes_back_as_the_same_licence(catalogs: tuple[Catalog, Catalog], format: str) -> None:
    catalog, other = catalogs
    catalog.take_json(*(_JSON[format](number, SPELLINGS[id][-1]) for number, id in enumerate(SPELLINGS)))
    other.take_files({f"{number}.n3": catalog.n3(number) for number in range(len(SPELLINGS))})
    assert dict(zip(SPELLINGS, _found(other, len(SPELLINGS)), strict=True)) == {id: id for id in SPELLINGS}
    uris = [f"<{license.uri}>" for id in SPELLINGS if (license := known(id))]
    assert [catalog.objects(number, _LICENSE) for number in range(len(uris))] == [{uri} for uri in uris]
