"""data.json, udata's JSON and IB1's older lists: key by key, and nothing of a record lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcip_server.formats import dcat_us, pod
from tests.formats.conftest import Catalog

_POINT = {"type": "Point", "coordinates": [4.35, 50.85]}

_POD = {"identifier": "1", "title": "A", "keyword": ["b", "a"]}
_UDATA = {"id": "1", "title": "A", "slug": "a-slug", "created_at": "2011-05-09T10:00:00.5+02:00"}
_CONTENT = {
    "@type": "dcat:Dataset",
    "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "oe": "http://e.example/"},
    "dct:title": "A",
    "oe:dataSetStableIdentifier": "1",
}
_IB1 = {"content": _CONTENT, "access": [{"rule": "oe:verified grants oe:use", "sufficient": True}]}

#: Dates in a content block, and what they are read as.
_IB1_DATES: list[tuple[Any, str]] = [
    ("3. März 2014", "2014-03-03"), ({"@value": "3. März 2014", "@language": "de"}, "2014-03-03"), (["3. März 2014"], "2014-03-03"),
    ({"@type": "http://www.w3.org/2001/XMLSchema#date", "@value": "2014-03-03Z"}, "2014-03-03"), ("03.03.2014", "2014-03-03"),
    ("2014-03-03T10:00:00+02", "2014-03-03T08:00:00Z"), ("2014-03-03 10:00", "2014-03-03T10:00:00"), (1393833600, "2014-03-03T08:00:00Z"),
    (2014, "2014"), ("mars 2014", "2014-03"), ("03/04/2014", "03/04/2014"), ("43831", "43831"),
]  # fmt: skip

#: A record, what is said beside it, and the keys that come of it; ``...`` where there is no such key.
_RECORD_CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "ib1 blocks with what is empty": (
        _IB1, {"transport": {"http": {"security": [{"key": []}], "paths": {"/a": {"get": {"security": [], "x": None}}, "/b": {}}}}},
        {"ib1": {**_IB1, "transport": {"http": {"security": [{"key": []}], "paths": {"/a": {"get": {"security": [], "x": None}}, "/b": {}}}}}},
    ),
    "pod tags": (_POD, {}, {"tags": ["b", "a"], "pod": ...}),
    "pod keywords of which one is none": (_POD, {"keyword": ["a", None]}, {"tags": ["a"], "pod": {"keyword": ["a", None]}}),
    "pod keywords that are none": (_POD, {"keyword": [2020, " "]}, {"tags": ..., "pod": {"keyword": [2020, " "]}}),
    "pod keywords said twice": (_POD, {"keyword": ["b", " a ", "b"]}, {"tags": ["b", "a"], "pod": {"keyword": ["b", " a ", "b"]}}),
    "udata tags said twice": (_UDATA, {"tags": ["b", "b", "a"]}, {"tags": ["b", "a"], "udata": {"tags": ["b", "b", "a"]}}),
    "pod title that is a number": (_POD, {"title": 1}, {"title": "1", "pod": {"title": 1}}),
    "pod identifier as an object": (
        _POD, {"identifier": {"@id": "1", "notation": "n"}}, {"id": "1", "pod": {"identifier": {"@id": "1", "notation": "n"}}},
    ),
    "pod publisher": (_POD, {"publisher": {"@type": "org:Organization", "name": "P"}}, {"maintainer": "P", "pod": ...}),
    "pod publisher that says more": (
        _POD, {"publisher": {"name": "P", "mbox": "m"}}, {"maintainer": "P", "pod": {"publisher": {"name": "P", "mbox": "m"}}},
    ),
    "pod contact": (
        _POD, {"contactPoint": {"@type": "vcard:Contact", "fn": "C", "hasEmail": "mailto:c@x.example"}},
        {"contact_point": {"name": "C", "email": "c@x.example"}, "pod": ...},
    ),
    "pod contact as an address": (_POD, {"contactPoint": "mailto:c@x.example"}, {"contact_point": {"email": "c@x.example"}, "pod": {"contactPoint": "mailto:c@x.example"}}),
    "pod contact as a name": (_POD, {"contactPoint": "Ms. C"}, {"contact_point": {"name": "Ms. C"}, "pod": {"contactPoint": "Ms. C"}}),
    "pod contact of nothing": (_POD, {"contactPoint": " "}, {"contact_point": ..., "pod": {"contactPoint": " "}}),
    "pod interval as modified": (_POD, {"modified": "R/P1D"}, {"modified": "R/P1D", "pod": ...}),
    "pod access level": (_POD, {"accessLevel": "public"}, {"access_rights": "public"}),
    "pod language as a text": (_POD, {"language": "en"}, {"languages": ["en"], "pod": {"language": "en"}}),
    "pod spatial as prose": (_POD, {"spatial": "Brussels"}, {"spatial": ..., "places": ["Brussels"], "pod": ...}),
    "pod spatial as numbers": (_POD, {"spatial": "1,2,3"}, {"spatial": ..., "places": ..., "pod": {"spatial": "1,2,3"}}),
    "pod spatial as a box": (
        _POD, {"spatial": "1,2,3,4"},
        {"spatial": {"type": "Polygon", "coordinates": [[[1, 2], [3, 2], [3, 4], [1, 4], [1, 2]]]}, "places": ..., "pod": {"spatial": "1,2,3,4"}},
    ),
    "pod spatial as GeoJSON": (_POD, {"spatial": _POINT}, {"spatial": _POINT, "pod": ...}),
    "pod null and empty values": (_POD, {"rights": None, "theme": []}, {"pod": ..., "themes": ...}),
    "pod without license": (_POD, {}, {"license": "notspecified"}),
    "beta-3": ({"id": "1", "title": "A", "distribution": []}, {"publisher": "P"}, {"maintainer": "P"}),
    "udata name and times": (_UDATA, {}, {"name": "a-slug", "metadata_created": "2011-05-09T08:00:00.5Z", "udata": ...}),
    "udata organization": (
        _UDATA, {"organization": {"name": "O", "id": "7"}}, {"maintainer": "O", "udata": {"organization": {"name": "O", "id": "7"}}},
    ),
    "udata owner": (
        _UDATA, {"organization": None, "owner": {"first_name": "Ana", "last_name": "Blum", "id": "7"}},
        {"author": "Ana Blum", "maintainer": "Ana Blum", "udata": {"owner": {"first_name": "Ana", "last_name": "Blum", "id": "7"}}},
    ),
    "udata owner with a last name": (_UDATA, {"owner": {"first_name": " ", "last_name": "Blum "}}, {"author": "Blum", "maintainer": "Blum"}),
    "udata owner of whom no name is said": (
        _UDATA, {"owner": {"first_name": None, "slug": "ana"}}, {"author": ..., "maintainer": ..., "udata": {"owner": {"slug": "ana"}}},
    ),
    "udata owner beside an organization": (
        _UDATA, {"owner": {"last_name": "Blum"}, "organization": {"name": "O"}}, {"author": "Blum", "maintainer": "O", "udata": ...},
    ),
    "udata owner that is none": (_UDATA, {"owner": ["Ana"]}, {"author": ..., "udata": {"owner": ["Ana"]}}),
    "udata temporal coverage": (
        _UDATA, {"temporal_coverage": {"start": "2011-01-01", "end": "2011-12-31"}}, {"temporal": "2011-01-01/2011-12-31", "udata": ...},
    ),
    "udata spatial": (_UDATA, {"spatial": {"geom": _POINT, "zones": None}}, {"spatial": _POINT, "udata": {"spatial": {"geom": _POINT}}}),
    "udata contact": (
        _UDATA, {"contact_points": [{"name": "P", "role": "publisher"}, {"id": "7", "name": "C", "email": "c@x.example", "contact_form": "http://x.example/c", "role": "contact"}]},
        {"contact_point": {"name": "C", "email": "c@x.example", "url": "http://x.example/c"}},
    ),
    "udata contact of old": (_UDATA, {"contact_points": [{"name": "C", "email": "c@x.example"}]}, {"contact_point": {"name": "C", "email": "c@x.example"}, "udata": ...}),
    "udata contacts that are none": (
        _UDATA, {"contact_points": [None, {"name": "P", "role": "creator"}]}, {"contact_point": ..., "udata": {"contact_points": [None, {"name": "P", "role": "creator"}]}},
    ),
    "udata dates": (
        _UDATA, {"last_modified": "2024-05-01T10:00:00+00:00"},
        {"issued": "2011-05-09T08:00:00.5Z", "modified": "2024-05-01T10:00:00Z", "metadata_modified": "2024-05-01T10:00:00Z", "udata": ...},
    ),
    "udata dates of the catalog that it harvested": (
        _UDATA, {"last_modified": "2024-05-01T10:00:00", "harvest": {"modified_at": "2023-01-02", "issued_at": "2020-01-01T00:00:00+01:00"}},
        {"issued": "2019-12-31T23:00:00Z", "modified": "2023-01-02", "metadata_modified": "2024-05-01T10:00:00Z"},
    ),
    "udata dates without a zone": (
        {**_UDATA, "created_at": "2019-01-01T00:00:00"}, {"last_modified": "2014-03-03 13:34"},
        {"issued": "2019-01-01T00:00:00", "modified": "2014-03-03T13:34:00", "metadata_created": "2019-01-01T00:00:00Z", "metadata_modified": "2014-03-03T13:34:00Z", "udata": ...},
    ),
    "udata dates of another catalog without a zone": (
        _UDATA, {"harvest": {"modified_at": "2023-01-02T03:04:05", "issued_at": " "}}, {"modified": "2023-01-02T03:04:05", "issued": "2011-05-09T08:00:00.5Z"},
    ),
    "udata dates of another catalog that nobody can read surely": (
        _UDATA, {"last_modified": "2024-05-01T10:00:00", "harvest": {"modified_at": "01/02/2016", "issued_at": "soon"}},
        {"modified": "01/02/2016", "issued": "soon", "metadata_modified": "2024-05-01T10:00:00Z"},
    ),
    "udata license": (_UDATA, {"license": "lov2"}, {"license": "lov2"}),
    "udata license in full": (
        _UDATA, {"license": {"id": "lov2", "title": "Licence Ouverte", "url": "https://l.example/", "flags": ["x"], "alternate_urls": []}},
        {"license": "lov2", "license_id": "etalab-2.0", "udata": {"license": {"id": "lov2", "title": "Licence Ouverte", "url": "https://l.example/", "flags": ["x"]}}},
    ),
    "udata license in full, of which the table knows the address": (
        _UDATA, {"license": {"id": "own", "title": "Ours", "url": "https://creativecommons.org/licenses/by/4.0/"}},
        {"license": "https://creativecommons.org/licenses/by/4.0/", "license_id": "CC-BY-4.0", "udata": {"license": {"id": "own", "title": "Ours", "url": "https://creativecommons.org/licenses/by/4.0/"}}},
    ),
    "udata license in full, of which the table knows nothing": (_UDATA, {"license": {"id": "", "title": "Ours"}}, {"license": "Ours", "license_id": ..., "udata": {"license": {"title": "Ours"}}}),
    "udata license that is none": (_UDATA, {"license": {"flags": ["x"]}}, {"license": "notspecified", "udata": {"license": {"flags": ["x"]}}}),
    "udata frequency": (_UDATA, {"frequency": "daily"}, {"frequency": "daily"}),
    "udata frequency in full": (
        _UDATA, {"frequency": {"id": "daily", "label": "Quotidienne"}}, {"frequency": "daily", "udata": {"frequency": {"id": "daily", "label": "Quotidienne"}}},
    ),
    "udata frequency by its label": (_UDATA, {"frequency": {"label": "When it rains"}}, {"frequency": "When it rains", "udata": {"frequency": {"label": "When it rains"}}}),
    "udata page": (_UDATA, {"page": "http://x.example/"}, {"landing_page": "http://x.example/"}),
    "udata resources as a link": (_UDATA, {"resources": {"href": "u"}}, {"resources": [], "udata": {"resources": {"href": "u"}}}),
    "ib1 blocks": (_IB1, {}, {"title": "A", "license": "notspecified", "ib1": _IB1}),
    "ib1 content by its prefixes": (
        _IB1, {"content": {**_CONTENT, "dct:license": {"@id": "http://l.example/"}, "dcat:version": "1.10"}},
        {"license": "http://l.example/", "version": "1.10"},
    ),
    "ib1 language and theme": (
        _IB1, {"content": {**_CONTENT, "dct:language": "en", "dcat:theme": ["Energy", {"@id": "http://t.example/b"}]}},
        {"languages": ["en"], "themes": ["Energy", "http://t.example/b"]},
    ),
    "ib1 languages, some twice, some with a language of their own": (
        _IB1, {"content": {**_CONTENT, "dct:language": ["fr", "en", {"@value": "en"}, None, 7], "dcat:theme": {"@value": "Energy", "@language": "en"}}},
        {"languages": ["7", "en", "fr"], "themes": ["Energy"]},
    ),
    "ib1 names that the context declares": (
        _IB1,
        {"content": {**_CONTENT, "@context": {**_CONTENT["@context"], "language": "dct:language", "about": {"@id": "dcat:theme", "@type": "@id"}}, "language": "en", "about": "Energy"}},
        {"languages": ["en"], "themes": ["Energy"]},
    ),
    "ib1 names of the context's vocabulary": (
        _IB1, {"content": {**_CONTENT, "@context": {**_CONTENT["@context"], "@vocab": "http://purl.org/dc/terms/"}, "language": "en", "theme": "Energy"}},
        {"languages": ["en"], "themes": ...},
    ),
    "ib1 names that nothing declares": (_IB1, {"content": {**_CONTENT, "language": "en", "x:language": "fr"}}, {"languages": ...}),
    "ib1 periods, places, contacts and the like": (
        _IB1,
        {"content": {
            **_CONTENT, "dct:temporal": {"@type": "dct:PeriodOfTime", "dcat:startDate": "2011", "dcat:endDate": {"@value": "2012-05-09"}},
            "dct:spatial": {"dcat:bbox": json.dumps(_POINT)}, "dct:accrualPeriodicity": "weekly", "dcat:inSeries": [{"@id": "https://s.example/1"}],
            "dcat:contactPoint": {"http://www.w3.org/2006/vcard/ns#fn": "C", "http://www.w3.org/2006/vcard/ns#hasEmail": {"@id": "mailto:c@x.example"}},
        }},
        {"temporal": "2011/2012-05-09", "spatial": _POINT, "frequency": "weekly", "in_series": ["https://s.example/1"],
         "contact_point": {"name": "C", "email": "c@x.example"}},
    ),
    "ib1 titles in several languages": (_IB1, {"content": {**_CONTENT, "dct:title": {"fr": "B", "en": "A"}}}, {"title": "A"}),
    **{
        f"ib1 dates such as {given}": (_IB1, {"content": {**_CONTENT, "dct:issued": given, "dct:modified": given}}, {"issued": read, "modified": read})
        for given, read in _IB1_DATES
    },
    "ib1 keywords as listed": (_IB1, {"content": {**_CONTENT, "dcat:keyword": ["b", "a"]}}, {"tags": ["b", "a"]}),
    "ib1 paths": (
        _IB1,
        {"transport": {"http": {"servers": [{"url": "https://s.example/"}], "paths": {"/p": {"get": {"summary": "S"}}}}}, "representation": {"mime": "text/csv"}},
        {"resources": [{"resource_type": "api", "url": "https://s.example/p", "title": "S", "mimetype": "text/csv"}]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", _RECORD_CASES)
def test_each_key_of_a_record(catalog: Catalog, case: str) -> None:
    record, further, due = _RECORD_CASES[case]
    assert catalog.take_json({**record, **further}).refused == []
    found = catalog.json("1")
    assert {key: found.get(key, ...) for key in due} == due


_RESOURCE_CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "pod download": (_POD, {"downloadURL": "http://x.example/d"}, {"url": "http://x.example/d", "resource_type": "file", "pod": ...}),
    "pod access": (_POD, {"accessURL": "http://x.example/a"}, {"url": "http://x.example/a", "resource_type": "link", "pod": ...}),
    "pod both": (
        _POD, {"downloadURL": "http://x.example/d", "accessURL": "http://x.example/a"},
        {"url": "http://x.example/d", "access_url": "http://x.example/a", "pod": ...},
    ),
    "pod size": (_POD, {"downloadURL": "u", "byteSize": "7"}, {"size": 7, "pod": ...}),
    "pod media type": (_POD, {"downloadURL": "u", "mediaType": "text/csv"}, {"mimetype": "text/csv"}),
    "pod the rest": (_POD, {"downloadURL": "u", "describedBy": "x"}, {"pod": {"describedBy": "x"}}),
    "udata purpose": (_UDATA, {"url": "u", "type": "main"}, {"resource_type": "file", "udata": ...}),
    "udata purpose unknown": (_UDATA, {"url": "u", "type": "x"}, {"resource_type": "file", "udata": {"type": "x"}}),
    "udata checksum": (_UDATA, {"url": "u", "checksum": {"type": "sha1", "value": "ab"}}, {"hash": "sha1:ab", "udata": ...}),
    "udata creation of a resource": (_UDATA, {"url": "u", "created_at": "2019-01-01T00:00:00"}, {"issued": "2019-01-01T00:00:00", "udata": ...}),
    "udata size and type": (_UDATA, {"url": "u", "filesize": 7, "mime": "text/csv"}, {"size": 7, "mimetype": "text/csv"}),
}  # fmt: skip


@pytest.mark.parametrize("case", _RESOURCE_CASES)
def test_each_key_of_a_resource(catalog: Catalog, case: str) -> None:
    record, given, due = _RESOURCE_CASES[case]
    key = "distribution" if record is _POD else "resources"
    assert catalog.take_json({**record, key: [given]}).refused == []
    (found,) = catalog.json("1")["resources"]
    assert {key: found.get(key, ...) for key in due} == due


@pytest.mark.parametrize(
    ("kind", "url", "access", "due"),
    [
        ("file", "http://x.example/d", "http://x.example/a", {"<http://x.example/a>"}),
        ("file.upload", "http://x.example/d", "http://x.example/a", {"<http://x.example/a>"}),
        ("file", "http://x.example/d", "http://x.example/d", set()),
        ("file", "http://x.example/d", "no IRI", set()),
        ("api", "http://x.example/d", "http://x.example/a", {"<http://x.example/d>"}),
        ("file", "ask us", "http://x.example/a", {"<http://x.example/a>"}),
        ("api", "ask us", "http://x.example/a", set()),
    ],
)
def test_an_access_url_is_said_in_the_n3_where_it_is_one_and_kept(
    catalogs: tuple[Catalog, Catalog], kind: str, url: str, access: str, due: set[str]
) -> None:
    resource = {"resource_type": kind, "url": url, "access_url": access}
    record = {"id": "access", "title": "A", "license": "l", "resources": [resource]}
    assert catalogs[0].take_json(record).refused == []
    assert catalogs[0].objects("access", "http://www.w3.org/ns/dcat#accessURL") == due
    assert catalogs[1].take(catalogs[0].n3("access"), "records.n3").refused == []
    assert catalogs[1].json("access")["resources"] == [resource]


_ENVELOPES: dict[str, Any] = {
    "a data.json": {"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": [_POD]},
    "a data.json that borrows JSON-LD": {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld", "@type": "dcat:Catalog", "dataset": [_POD],
    },
    "a DCAT-US 3 catalog": {"@context": "https://resources.data.gov/dcat-us/3.0/context", "catalog": [{"dataset": [_POD]}], "dataset": []},
    "datasets of data.json in an array": [_POD],
    "udata's list": {"data": [_UDATA], "page": 1, "page_size": 20, "total": 1},
    "udata's datasets in an array": [_UDATA],
    "udata's fixtures": {"datasets": [{"dataset": {**_UDATA}, "resources": [], "reuses": []}]},
    "IB1's list": [_IB1],
    "IB1's list of content alone": [{"content": _IB1["content"]}],
}  # fmt: skip


@pytest.mark.parametrize("case", _ENVELOPES)
def test_what_records_come_in_is_recognised(catalog: Catalog, case: str) -> None:
    taken = catalog.take(json.dumps(_ENVELOPES[case]).encode(), "a.json")
    assert (taken.refused, taken.counts) == ([], (1, 0, 0, 0))
    assert catalog.json("1")["title"] == "A"


_YAML = b"""# IB1
- content:
    '@context': {dct: 'http://purl.org/dc/terms/', dcat: 'http://www.w3.org/ns/dcat#'}
    'dct:title': A
    'dcat:version': 1.10
    'ib1:dataSetStableIdentifier': 1
  access:
    - {rule: r, sufficient: true, appliesFrom: 20231-04-22, a: 010, b: 12:30, c: no, d: 7, e: ~, f: 2021-04-22T00:00:00Z}
"""


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "a"])
def test_a_yaml_list_keeps_what_is_written(catalog: Catalog, name: str) -> None:
    assert catalog.take(_YAML, name).refused == []
    found = catalog.json(1)
    assert found["version"] == "1.10"
    assert found["ib1"]["access"] == [
        {
            "rule": "r",
            "sufficient": True,
            "appliesFrom": "20231-04-22",
            "a": "010",
            "b": "12:30",
            "c": "no",
            "d": 7,
            "e": None,
            "f": "2021-04-22T00:00:00Z",
        }
    ]


def test_a_context_may_be_a_list_of_which_a_later_part_overrides(catalog: Catalog) -> None:
    context = [{"dct": "http://wrong.example/"}, None, {"dct": "http://purl.org/dc/terms/"}]
    content = {"@context": context, "@id": "https://a.example/1", "dct:title": "A"}
    assert catalog.take_json({"content": content, "access": []}).refused == []
    assert catalog.json("https://a.example/1")["title"] == "A"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"- content: [", "not well-formed YAML"),
        (b"content: {}\n", "no list"),
        (
            b"- &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
            + b"".join(b"- &%c [%s]\n" % (c + 1, b",".join([b"*%c" % c] * 10)) for c in b"abcdef"),
            "beyond the limit of 200000",
        ),
        (b"- content: &a [*a]\n", "*a stands inside itself"),
        (b"- content: {x: 1, x: 2}\n", "duplicate key 'x'"),
        (b"- content: !!python/object/apply:os.system [x]\n", "only core tags are"),
        (b"- content: {x: !!binary aGk=}\n", "only core tags are"),
        (b"- content: {? [x] : y}\n", "a YAML mapping must be a plain value"),
        (b"- content: \xff\n", "malformed YAML"),
        (b"- content: {'@context': 'http://c.example/', x: y}\n", "is not fetched"),
        (b"- content: {'@context': [{x: y}, 'http://c.example/'], x: y}\n", "is not fetched"),
        (b"- access: []\n", "content block is missing"),
        (b"- content: " + b"[" * 5000, "nested too deeply"),
    ],
    ids=str,
)
def test_a_yaml_list_that_cannot_be_read_is_refused_with_its_reason(catalog: Catalog, text: bytes, reason: str) -> None:
    taken = catalog.take(text, "a.yaml")
    assert len(taken.refused) == 1
    assert reason in taken.refused[0]


def test_what_a_yaml_list_says_once_by_an_anchor_is_said_wherever_its_alias_stands(catalog: Catalog) -> None:
    text = b"""- content: {"@id": "https://a.example/1", dct:title: A, "@context": &c {dct: "http://purl.org/dc/terms/"}}
  access: &a [{rule: r, days: 60}]
- content: {"@id": "https://a.example/2", dct:title: B, "@context": *c}
  access: *a
  transport: {http: {<<: {x: 1, y: 2}, y: 3}}
"""
    assert catalog.take(text, "a.yaml").refused == []
    assert [catalog.json(f"https://a.example/{n}")["title"] for n in (1, 2)] == ["A", "B"]
    second = catalog.json("https://a.example/2")["ib1"]
    assert (second["access"], second["transport"]) == ([{"rule": "r", "days": 60}], {"http": {"x": 1, "y": 3}})


def test_catalogs_inside_catalogs_are_read_however_deep(catalog: Catalog) -> None:
    document = '{"dataset": [], "catalog": ' * 800 + json.dumps({"dataset": [_POD]}) + "}" * 800
    taken = catalog.take(document.encode(), "a.json")
    assert (taken.counts[0], len(taken.refused)) in {(1, 0), (0, 1)}
    taken = catalog.take_json({"dataset": [], "catalog": [{"dataset": [_POD]}, None, 1]})
    assert [line.partition("due, ")[2] for line in taken.refused] == ["got null", "got a number"]
    assert catalog.ids() == ["1"]


def test_ids_are_taken_character_for_character(catalog: Catalog) -> None:
    same = {"identifier": "A-1", "title": "A", "keyword": ["k"]}
    taken = catalog.take_json(same, {**same, "identifier": "a-1"}, same, {**same, "title": "B"})
    assert (taken.outcome.created, taken.outcome.repeated, len(taken.refused)) == (2, 1, 1)
    assert "occurs more than once" in taken.refused[0]
    assert catalog.ids() == ["A-1", "a-1"]
    assert catalog.json("A-1")["title"] == "A"


def test_stray_bytes_are_read_and_remarked(catalog: Catalog) -> None:
    document = json.dumps([{**_POD, "title": "it\udc92s"}]).encode()
    taken = catalog.take(document, "a.json")
    assert (taken.refused, len(taken.remarks)) == ([], 1)
    assert catalog.json("1")["title"] == "it’s"


@pytest.mark.parametrize("record", [_POD, _UDATA, _IB1], ids=["pod", "udata", "ib1"])
@pytest.mark.parametrize("key", ["dataset", "data", "datasets"])
def test_an_envelope_of_another_kind_is_a_failure_and_no_traceback(
    catalog: Catalog, record: dict[str, Any], key: str
) -> None:
    for inside in (record, [record, 1], None, "x", 1):
        taken = catalog.take(json.dumps({key: inside, "page_size": 1}).encode(), "a.json")
        assert (
            taken.outcome.created + taken.outcome.unchanged == (1 if taken.counts[3] == 0 and inside else 0)
            or taken.refused
        )


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab é\n", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "@id", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
_POD_KEYS = ("description", "publisher", "keyword", "contactPoint", "language", "spatial", "license", "modified", "x")
_UDATA_KEYS = (
    "description",
    "organization",
    "owner",
    "tags",
    "temporal_coverage",
    "spatial",
    "last_modified",
    "frequency",
    "x",
)


def _leaves(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(_leaves, value.values()))
    if isinstance(value, list):
        return set().union(*map(_leaves, value))
    return set() if value in (None, "") else {json.dumps(value)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pod=st.dictionaries(st.sampled_from(_POD_KEYS), _VALUES),
    udata=st.dictionaries(st.sampled_from(_UDATA_KEYS), _VALUES),
)
def test_no_value_of_a_record_is_lost(catalog: Catalog, pod: dict[str, Any], udata: dict[str, Any]) -> None:
    for record in ({**_POD, **pod}, {**_UDATA, **udata}):
        assert catalog.take_json(record).refused == []
        lost = _leaves(record) - _leaves(catalog.json("1"))
        assert lost <= {json.dumps(_UDATA["created_at"])}


_DCAT_US_3 = {
    "@type": "Dataset", "identifier": {"@type": "Identifier", "notation": "D-1", "schemaAgency": "X"}, "title": "T",
    "description": "D", "keyword": ["a"],
    "contactPoint": [{"@type": "Kind", "fn": "A", "hasEmail": "mailto:a@x.example", "tel": "1"}],
    "publisher": {"@type": "Organization", "name": "Pub", "subOrganizationOf": [{"name": "Up"}]},
    "creator": [{"@type": "Agent", "name": "Author"}],
    "temporal": [{"@type": "PeriodOfTime", "startDate": "2024", "endDate": "2025-01"}],
    "spatial": [{"@type": "Location", "bbox": {"type": "Point", "coordinates": [1, 2]}, "prefLabel": "Here"}],
    "theme": [{"@type": "Concept", "prefLabel": "Environment"}, "Climate"],
    "conformsTo": [{"@id": "https://s.example/1", "title": "S"}],
    "landingPage": {"@type": "Document", "title": "L", "accessURL": "https://l.example/"},
    "accessRights": "public", "inSeries": [{"@id": "https://x.example/s", "title": "Series"}],
    "accrualPeriodicity": "daily",
    "distribution": [{
        "downloadURL": "https://x.example/a.csv", "byteSize": "12", "license": "CC0",
        "conformsTo": [{"title": "RFC 4180", "@id": "https://r.example/4180"}],
        "checksum": {"algorithm": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256", "checksumValue": "ab"},
    }],
}  # fmt: skip


def test_the_objects_of_dcat_us_3_give_the_keys_that_texts_give_and_stay_as_they_are(catalog: Catalog) -> None:
    document = {"@type": "Catalog", "dataset": [_DCAT_US_3]}
    assert catalog.take(json.dumps(document).encode(), "data.json").refused == []
    served = catalog.json("D-1")
    assert {key: served.get(key) for key in _US_3_KEYS} == _US_3_KEYS
    (resource,) = served["resources"]
    assert (resource["size"], resource["hash"], resource["conforms_to"]) == (
        12,
        "sha256:ab",
        ["https://r.example/4180"],
    )
    # All that was said is still there.
    back = pod.render_record(served)
    assert {key: back[key] for key in _DCAT_US_3 if key not in ("distribution", "accessRights")} == {
        key: item for key, item in _DCAT_US_3.items() if key not in ("distribution", "accessRights")
    }

    # Its readers know DCAT-US 1.1, where these are texts.
    plain = dcat_us.render_dataset(served)
    said = {
        key: plain.get(key) for key in ("identifier", "temporal", "landingPage", "conformsTo", "theme", "accessLevel")
    }
    assert said == {
        "identifier": "D-1", "temporal": "2024/2025-01", "landingPage": "https://l.example/",
        "conformsTo": "https://s.example/1", "theme": ["Environment", "Climate"], "accessLevel": "public",
    }  # fmt: skip
    assert plain["contactPoint"] == {"@type": "vcard:Contact", "fn": "A", "hasEmail": "mailto:a@x.example"}
    assert plain["distribution"][0]["conformsTo"] == "https://r.example/4180"


_US_3_KEYS = {
    "maintainer": "Pub", "author": "Author", "temporal": "2024/2025-01", "landing_page": "https://l.example/",
    "spatial": {"type": "Point", "coordinates": [1, 2]}, "themes": ["Environment", "Climate"],
    "conforms_to": ["https://s.example/1"], "contact_point": {"name": "A", "email": "a@x.example"},
    "access_rights": "public", "in_series": ["https://x.example/s"], "frequency": "daily",
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "given", "key"),
    [
        ("temporal", {"@type": "PeriodOfTime"}, "temporal"),
        ("theme", [{"definition": "no label"}], "themes"),
        ("spatial", {"bbox": "POLYGON((0 0,1 0,1 1,0 0)"}, "spatial"),
        ("landingPage", {"title": "no address"}, "landing_page"),
    ],
)
def test_an_object_without_one_text_in_it_is_kept_and_gives_no_key(
    catalog: Catalog, field: str, given: Any, key: str
) -> None:
    record = {"identifier": "1", "title": "T", "keyword": ["a"], field: given}
    catalog.take(json.dumps({"dataset": [record]}).encode(), "data.json")
    served = catalog.json("1")
    assert (key in served, served["pod"][field]) == (False, given)


#: Rules of an access block, and the license of a record that names none itself.
_GRANTS = [
    (["grants open:cc_by_4.0"], "https://creativecommons.org/licenses/by/4.0/"),
    (["grants open:cc_by_sa_3.0 requires ib1:by"], "https://creativecommons.org/licenses/by-sa/3.0/"),
    (["grants open:cc0", "grants open:cc0"], "https://creativecommons.org/publicdomain/zero/1.0/"),
    (["grants open:cc0", "grants open:cc_by_4.0"], "notspecified"),
    (["open:cc0 grants ib1:use_any"], "notspecified"),
    (["grants open:cc_by"], "notspecified"),
    (["grants open:cc_by_4.0_de"], "notspecified"),
    ([], "notspecified"),
]


@pytest.mark.parametrize(("rules", "license"), _GRANTS)
def test_an_ib1_item_without_a_license_has_that_of_its_open_capability(
    catalog: Catalog, rules: list[str], license: str
) -> None:
    content = {"@context": {"dct": "http://purl.org/dc/terms/"}, "@id": "https://a.example/1", "dct:title": "A"}
    item = {"content": content, "access": [{"rule": rule} for rule in rules]}
    assert catalog.take_json(item).refused == []
    assert catalog.json("https://a.example/1")["license"] == license
    own = {**content, "dct:license": "https://data.example/own"}
    assert catalog.take_json({**item, "content": own}).refused == []
    assert catalog.json("https://a.example/1")["license"] == "https://data.example/own"
