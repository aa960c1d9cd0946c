"""IB1's older lists: what the content block says, in every way in which JSON-LD can say it, and that it comes back from the N3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dcip_server.validation import validate
from tests.formats.conftest import Catalog, comparable

_ID = "https://p.example/d"
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "ib1": "https://registry.trust.ib1.org/ns/1.0#",
}  # fmt: skip
_CONTENT = {"@type": "dcat:Dataset", "@id": _ID, "@context": _CONTEXT, "dct:title": "A"}


def _english(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "en"}


def _german(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "de"}


def _declared(**names: Any) -> dict[str, Any]:
    """Content with further names in its context."""
    return {"@context": {**_CONTEXT, **names}}


#: What is said in the content block, and the keys that come of it; ``...`` where there is no such key.
_CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a title with a language": ({"dct:title": _english("B")}, {"title": "B", "translations": ...}),
    "titles with languages": (
        {"dct:title": [_german("D"), _english("E")]}, {"title": "E", "translations": {"title": {"de": "D", "en": "E"}}},
    ),
    "a title in a variant of English before one without a language": (
        {"dct:title": ["N", {"@value": "G", "@language": "en-GB"}]}, {"title": "G", "translations": {"title": {"en-gb": "G"}}},
    ),
    "two titles": ({"dct:title": ["Two", "Titles"]}, {"title": "Titles"}),
    "a title in a set": ({"dct:title": {"@set": [_english("B")]}}, {"title": "B"}),
    "a title in a list": ({"dct:title": [{"@list": [_english("B")]}]}, {"title": "B"}),
    "a title of two names": (
        {**_declared(title="dct:title"), "dct:title": _german("D"), "title": _english("E")},
        {"title": "E", "translations": {"title": {"de": "D", "en": "E"}}},
    ),
    "a title by language": (
        {**_declared(title={"@id": "dct:title", "@container": "@language"}), "title": {"de": ["D"], "en": "E", "@none": "N"}},
        {"title": "E", "translations": {"title": {"de": "D", "en": "E"}}},
    ),
    "a title in the language of the context": (
        {**_declared(**{"@language": "de"}), "dct:title": ["D", _english("E")]},
        {"title": "E", "translations": {"title": {"de": "D", "en": "E"}}},
    ),
    "a title in the language of its name": (
        {**_declared(**{"@language": "fr", "title": {"@id": "dct:title", "@language": "de"}}), "title": "D", "dct:title": _english("E")},
        {"title": "E", "translations": {"title": {"de": "D", "en": "E"}}},
    ),
    "a title by its IRI": ({"http://purl.org/dc/terms/title": _english("B"), "dct:title": None}, {"title": "B"}),
    "a title under a context that a null made forget another": (
        {"@context": [{"title": "dcat:keyword"}, None, _CONTEXT, {"title": "dct:title"}], "title": "B", "dct:title": None}, {"title": "B"},
    ),
    "descriptions with languages": (
        {"dct:description": [_german("D"), _english("E")]}, {"description": "E", "translations": {"description": {"de": "D", "en": "E"}}},
    ),
    "keywords with languages": ({"dcat:keyword": [_english("b"), "c", _german("a"), _german("b")]}, {"tags": ["b", "c", "a"]}),
    "keywords by language": ({"dcat:keyword": {"en": ["b", "a"], "de": "c"}}, {"tags": ["b", "a", "c"]}),
    "one keyword": ({"dcat:keyword": _english("b")}, {"tags": ["b"]}),
    "a version of a type": ({"dcat:version": {"@value": "1.10", "@type": "xsd:string"}}, {"version": "1.10"}),
    "a version that is a number": ({"dcat:version": {"@value": 2}}, {"version": "2"}),
    "notes with a language": ({"dcat:versionNotes": [_english("N")]}, {"version_notes": "N"}),
    "a date of a type": ({"dct:issued": {"@value": "2014-03-03", "@type": "xsd:date"}}, {"issued": "2014-03-03"}),
    "a date as people write it": ({"dct:modified": "3. März 2014"}, {"modified": "2014-03-03"}),
    "a license of a type": ({"dct:license": {"@value": "https://l.example/", "@type": "xsd:anyURI"}}, {"license": "https://l.example/"}),
    "a license without its last slash": (
        {"dct:license": {"@id": "http://creativecommons.org/licenses/by/4.0"}},
        {"license": "https://creativecommons.org/licenses/by/4.0/", "license_id": "CC-BY-4.0", "license_url": "https://creativecommons.org/licenses/by/4.0/"},
    ),
    "a license that nobody knows": ({"dct:license": "https://l.example/"}, {"license": "https://l.example/", "license_id": ...}),
    "a creator with a language": ({"dct:creator": _english("C")}, {"author": "C"}),
    "a class of a type": (
        {"ib1:sensitivityClass": {"@value": "IB1-SA"}}, {"sensitivity_class": "https://registry.trust.ib1.org/sensitivity-class/IB1-SA"},
    ),
    "a class as a term": (
        {"ib1:sensitivityClass": {"@id": "ib1:IB1-O"}}, {"sensitivity_class": "https://registry.trust.ib1.org/sensitivity-class/IB1-O"},
    ),
    "IRIs of a type": (
        {"dcat:landingPage": {"@value": "https://p.example/", "@type": "xsd:anyURI"}, "dct:conformsTo": [{"@value": "https://s.example/"}]},
        {"landing_page": "https://p.example/", "conforms_to": ["https://s.example/"]},
    ),
    "IRIs as text": (
        {"dcat:inSeries": "https://s.example/1", "ib1:scheme": "https://s.example/2", "dcat:theme": "https://s.example/3"},
        {"in_series": ["https://s.example/1"], "scheme": "https://s.example/2", "themes": ["https://s.example/3"]},
    ),
    "IRIs by what the context says of their name": (
        {**_declared(x="https://s.example/", series={"@id": "dcat:inSeries", "@type": "@id"}), "series": ["x:1", "https://s.example/2"]},
        {"in_series": ["https://s.example/1", "https://s.example/2"]},
    ),
    "a language": ({"dct:language": {"@value": "en", "@type": "xsd:language"}}, {"languages": ["en"]}),
    "a period of types": (
        {"dct:temporal": {"dcat:startDate": {"@value": "2011", "@type": "xsd:gYear"}, "dcat:endDate": {"@value": "2012", "@type": "xsd:gYear"}}},
        {"temporal": "2011/2012"},
    ),
    "GeoJSON": ({"dct:spatial": {"type": "Point", "coordinates": [1, 2.5]}}, {"spatial": {"type": "Point", "coordinates": [1, 2.5]}}),
    "GeoJSON of a location": (
        {**_declared(locn="http://www.w3.org/ns/locn#"), "dct:spatial": {"@type": "dct:Location", "locn:geometry": {"type": "Point", "coordinates": [1, 2]}}},
        {"spatial": {"type": "Point", "coordinates": [1, 2]}},
    ),
    "a value that is none": ({"dct:description": {"@value": None}, "dcat:keyword": [{"@value": {}}, {}, []]}, {"description": ..., "tags": ...}),
}  # fmt: skip


def _item(content: dict[str, Any]) -> dict[str, Any]:
    return {"content": {**_CONTENT, **content}, "access": []}


@pytest.mark.parametrize("case", _CASES)
def test_each_way_to_say_something_is_read_and_comes_back_from_the_n3(
    catalogs: tuple[Catalog, Catalog], case: str
) -> None:
    content, due = _CASES[case]
    item = _item(content)
    assert catalogs[0].take_json(item).refused == []
    found = catalogs[0].json(_ID)
    assert {key: found.get(key, ...) for key in due} == due
    assert found["ib1"] == item
    assert catalogs[1].take(catalogs[0].n3(_ID), "records.n3").refused == []
    assert comparable(catalogs[1].json(_ID)) == comparable(found)


@pytest.mark.parametrize("case", [case for case in _CASES if "title" in case])
def test_a_title_that_is_read_is_one_to_the_rules(case: str) -> None:
    item = _item(_CASES[case][0])
    report = validate(json.dumps([item]).encode(), "ib1-metadata", extension="json")
    assert "IB1-C-04" not in {finding.rule for finding in report.findings}


@pytest.mark.parametrize(
    ("identifier", "due"),
    [
        ("ST-1", "ST-1"),
        (1, 1),
        ({"@value": "ST-1"}, "ST-1"),
        ({"@value": 1, "@type": "xsd:integer"}, 1),
        ([{"@value": "ST-1", "@language": "en"}], "ST-1"),
        (["ST-1"], "ST-1"),
    ],
    ids=str,
)
def test_an_identifier_is_the_id_in_whatever_way_it_is_said(
    catalogs: tuple[Catalog, Catalog], identifier: Any, due: str | int
) -> None:
    content = {**_CONTENT, "oe:dataSetStableIdentifier": identifier, "ib1:sensitivityClass": "IB1-SA"}
    del content["@id"]
    assert catalogs[0].take_json({"content": content, "access": []}).refused == []
    found = catalogs[0].json(due)
    assert catalogs[1].take(catalogs[0].n3(due), "records.n3").refused == []
    assert comparable(catalogs[1].json(due)) == comparable(found)


def test_a_title_whose_prefix_nothing_declares_is_missing_for_that_reason(catalog: Catalog) -> None:
    (line,) = catalog.take_json({"content": {"@id": _ID, "dct:title": "A"}, "access": []}).refused
    assert "title is missing or blank" in line
    assert "dct:title: @context does not declare the prefix" in line


@pytest.mark.parametrize(
    "further", [{}, {"license": "CC-BY-4.0"}, {"metadata_modified": "2020-01-01T00:00:00Z", "translations": {"title": {"en": "B"}}}]
)  # fmt: skip
def test_a_record_in_the_drafts_json_that_has_a_class_keeps_its_id_and_its_keys(
    catalogs: tuple[Catalog, Catalog], further: dict[str, Any]
) -> None:
    sensitivity = "https://registry.trust.ib1.org/sensitivity-class/IB1-O"
    record = {"id": "X-1", "title": "A", "license": "l", "resources": [], "sensitivity_class": sensitivity, **further}
    assert catalogs[0].take_json(record).refused == []
    found = catalogs[0].json("X-1")
    assert catalogs[1].take(catalogs[0].n3("X-1"), "records.n3").refused == []
    assert catalogs[1].json("X-1") == found


_A, _B = "https://a.example/v1", "https://b.example"
_GET = {"get": {"responses": {"200": {"description": "All"}}}}

#: The transport block's OpenAPI, the URLs of the resources, and which paths are remarked to have none.
_TRANSPORTS: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "a path with a template": (
        {"servers": [{"url": _A}, {"url": _B + "/"}], "paths": {"/data": _GET, "/meta/{id}": _GET}},
        [_A + "/data", _A + "/meta/{id}", _B + "/data", _B + "/meta/{id}"], "",
    ),
    "a path with blanks": ({"servers": [{"url": _A}], "paths": {"/two words": _GET}}, [_A + "/two words"], ""),
    "a path with servers of its own": (
        {"servers": [{"url": _A}], "paths": {"/data": _GET, "/meta": {**_GET, "servers": [{"url": _B}]}}}, [_A + "/data", _B + "/meta"], "",
    ),
    "a server with a variable": (
        {"servers": [{"url": "https://{host}/{path}", "variables": {"host": {"default": "a.example"}, "path": {"default": "v1"}}}], "paths": {"/data": _GET}},
        [_A + "/data"], "",
    ),
    "a server with a variable that nothing says": ({"servers": [{"url": _A + "/{path}"}], "paths": {"/data": _GET}}, [_A + "/{path}/data"], ""),
    "a server below the file's own URL": ({"servers": [{"url": "/v1"}, {"url": _B}], "paths": {"/data": _GET}}, [_B + "/data"], "/data of the server '/v1'"),
    "no server with an address": ({"servers": [{"url": "/v1"}, {}, "x"], "paths": {"/data": _GET, "/meta": _GET}}, [], "/data, /meta of the server '/v1'; /data, /meta of a server without URL"),
    "no servers": ({"paths": {"/data": _GET}}, [], "/data of no server"),
    "a path with a server of its own that leads nowhere": (
        {"servers": [{"url": _A}], "paths": {"/data": _GET, "/meta": {**_GET, "servers": [{"url": "../x/"}]}}},
        [_A + "/data"], "/meta of the server '../x/'",
    ),
    "servers that are an empty list": ({"servers": [], "paths": {"/data": _GET}}, [], "/data of no server"),
    "a server with a variable in place of its host": (
        {"servers": [{"url": "{root}/v1"}, {"url": _A}], "paths": {"/data": _GET}}, [_A + "/data"], "/data of the server '{root}/v1'",
    ),
    "many paths": (
        {"servers": [{"url": "/"}], "paths": {f"/{number}": _GET for number in range(9)}}, [], "/0, /1, /2, /3, /4 and 4 more of the server '/'",
    ),
    "no paths": ({"servers": [{"url": _A}], "paths": {}}, [], ""),
    "paths and servers that are none": ({"servers": {"url": _A}, "paths": [_GET]}, [], ""),
    "variables that are none": ({"servers": [{"url": _A + "/{x}", "variables": {"x": {"default": 1}, "y": 2}}], "paths": {"/a": None}}, [_A + "/{x}/a"], ""),
}  # fmt: skip


@pytest.mark.parametrize("case", _TRANSPORTS)
def test_each_path_of_each_server_is_a_resource_or_remarked(catalogs: tuple[Catalog, Catalog], case: str) -> None:
    http, due, missing = _TRANSPORTS[case]
    taken = catalogs[0].take_json({**_item({}), "transport": {"http": http}})
    assert taken.refused == []
    found = catalogs[0].json(_ID)
    assert [resource["url"] for resource in found["resources"]] == due
    assert {resource["resource_type"] for resource in found["resources"]} <= {"api"}
    assert [line.partition(": ")[2] for line in taken.remarks] == (
        [f"record 1: left out, since they have no http address: {missing}"] if missing else []
    )
    assert catalogs[1].take(catalogs[0].n3(_ID), "records.n3").refused == []
    assert comparable(catalogs[1].json(_ID)) == comparable(found)


def test_a_path_with_a_template_has_an_address_in_the_n3(catalog: Catalog) -> None:
    http, _, _ = _TRANSPORTS["a path with a template"]
    catalog.take_json({**_item({}), "transport": {"http": http}})
    access = catalog.objects(_ID, "http://www.w3.org/ns/dcat#accessURL")
    assert f"<{_A}/meta/%7Bid%7D>" in access
    assert len(access) == 4


_MEMBER = "https://directory.example.org/member/7"


@pytest.mark.parametrize(
    ("publisher", "maintainer", "publishers"),
    [
        (_MEMBER, _MEMBER, [_MEMBER]),
        ({"@id": _MEMBER}, _MEMBER, [_MEMBER]),
        ([_MEMBER, {"@id": "https://city.example.org/"}], _MEMBER, ["https://city.example.org/", _MEMBER]),
        ("City", "City", None),
        (_english("City"), "City", None),
        (["City", _MEMBER], _MEMBER, ["City", _MEMBER]),
    ],
    ids=str,
)
def test_a_publisher_of_an_item_is_who_its_iri_says(
    catalogs: tuple[Catalog, Catalog], publisher: Any, maintainer: str, publishers: list[str] | None
) -> None:
    assert catalogs[0].take_json(_item({"dct:publisher": publisher})).refused == []
    found = catalogs[0].json(_ID)
    assert (found["maintainer"], found.get("publishers")) == (maintainer, publishers)
    if publishers:
        said = catalogs[0].objects(_ID, "http://purl.org/dc/terms/publisher")
        assert len(said) == len(publishers)
        assert said >= {f"<{publisher}>" for publisher in publishers if publisher != "City"}
    assert catalogs[1].take(catalogs[0].n3(_ID), "records.n3").refused == []
    assert comparable(catalogs[1].json(_ID)) == comparable(found)


@pytest.mark.parametrize(
    ("said", "uri"),
    [
        ({}, _ID),
        ({"@id": "x:1"}, "https://p.example/1"),
        ({"@id": None, "ib1:dataSetStableIdentifier": "ST-1"}, None),
        ({"@id": "no IRI", "ib1:dataSetStableIdentifier": "ST-1"}, None),
        ({"@id": 5, "ib1:dataSetStableIdentifier": "ST-1"}, None),
    ],
)
def test_the_uri_of_an_item_is_its_iri(
    catalogs: tuple[Catalog, Catalog], said: dict[str, Any], uri: str | None
) -> None:
    context = {"@context": {**_CONTEXT, "x": "https://p.example/"}}
    assert catalogs[0].take_json(_item({**context, **said})).refused == []
    id = uri or "ST-1"
    found = catalogs[0].json(id)
    assert found.get("uri") == uri
    assert catalogs[1].take(catalogs[0].n3(id), "records.n3").refused == []
    assert comparable(catalogs[1].json(id)) == comparable(found)


@pytest.mark.parametrize(
    ("types", "entity"),
    [
        ("dcat:Dataset", "dataset"),
        (["dcat:Dataset", "dcat:DataService"], "dataset"),
        (["http://www.w3.org/ns/dcat#DataService"], "dataservice"),
        ("dcat:DataService", "dataservice"),
        ("dcat:DatasetSeries", "datasetseries"),
        ("dcat:Distribution", "dataset"),
        (None, "dataset"),
    ],
    ids=str,
)
def test_an_item_is_of_the_type_that_it_says(catalogs: tuple[Catalog, Catalog], types: Any, entity: str) -> None:
    id = f"{_ID}/{entity}"
    content = {"@id": id, "@type": types, "dcat:endpointURL": "https://p.example/api"}
    assert catalogs[0].take_json(_item(content)).refused == []
    found = catalogs[0].json(id, entity)
    assert catalogs[1].take(catalogs[0].n3(id, entity), "records.n3").refused == []
    assert comparable(catalogs[1].json(id, entity)) == comparable(found)


#: An ``@id`` that is no http IRI, the id of the item, and what is said of it.
_IDS_THAT_ARE_NONE: list[tuple[Any, str | None]] = [
    (5, "5"), (True, "true"), ([_ID], f'["{_ID}"]'), ({"x": 1}, '{"x": 1}'), ("no IRI", '"no IRI"'), ("_:b", '"_:b"'), (None, None), ("", None),
]  # fmt: skip


@pytest.mark.parametrize(("given", "shown"), _IDS_THAT_ARE_NONE, ids=str)
def test_an_identifier_that_is_no_http_iri_is_told(catalog: Catalog, given: Any, shown: str | None) -> None:
    taken = catalog.take_json(_item({"@id": given, "ib1:dataSetStableIdentifier": "ST-1"}))
    assert (taken.refused, catalog.ids()) == ([], ["ST-1"])
    due = [f"record 1: @id: an http IRI is due, got {shown}; the record's id is 'ST-1'"] if shown else []
    assert [line.partition(": ")[2] for line in taken.remarks] == due


@pytest.mark.parametrize("given", [5, True, [_ID], {"x": 1}], ids=str)
def test_an_identifier_that_is_no_text_does_not_identify(catalog: Catalog, given: Any) -> None:
    (line,) = catalog.take_json(_item({"@id": given})).refused
    assert line.partition(": ")[2] == f"record 1: @id: an http IRI is due, got {json.dumps(given)}"


def test_an_identifier_that_is_another_text_is_the_id_and_told(catalog: Catalog) -> None:
    taken = catalog.take_json(_item({"@id": "urn:x:1"}))
    assert (taken.refused, catalog.ids()) == ([], ["urn:x:1"])
    (line,) = taken.remarks
    assert line.endswith("""@id: an http IRI is due, got "urn:x:1"; the record's id is 'urn:x:1'""")


@pytest.mark.parametrize(
    "types",
    ["dcat:Catalog", ["dcat:Catalog"], "http://www.w3.org/ns/dcat#Catalog", ["dcat:Catalog", "dcat:Resource"], "dcat:CatalogRecord"],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("id", ["@id", "oe:dataSetStableIdentifier"])
def test_an_item_that_describes_a_catalog_is_no_record_and_refused_for_that(
    catalog: Catalog, types: Any, id: str
) -> None:
    content = {"@id": None, id: _ID, "@type": types}
    taken = catalog.take_json(_item(content), _item({"@id": _ID + "/2"}))
    (line,) = taken.refused
    assert "@type: " in line
    assert "is no record; dcat:Dataset, dcat:DataService or dcat:DatasetSeries is due" in line
    assert _ID in line
    assert catalog.ids() == [_ID + "/2"]


def test_a_dataset_that_is_typed_as_a_catalog_too_is_a_dataset(catalog: Catalog) -> None:
    assert catalog.take_json(_item({"@type": ["dcat:Catalog", "dcat:Dataset"]})).refused == []
    assert catalog.ids() == [_ID]
