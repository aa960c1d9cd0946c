"""DCAT, key by key: what the triples of a dataset are in the draft's JSON, and the other way round."""

from __future__ import annotations

from typing import Any

import pytest

from tests.formats.conftest import Catalog
from tests.records import record

ID = "http://data.example/dataset"
_POINT = '{"type":"Point","coordinates":[4.35,50.85]}'
_VOCABULARIES = """
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dc: <http://purl.org/dc/elements/1.1/> .
@prefix locn: <http://www.w3.org/ns/locn#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix sdo: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
"""

#: What is said of the dataset, and the keys that come of it; ``...`` where there is no such key.
_DATASET_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "title": ('dct:title "A"', {"title": "A"}),
    "title without language first": ('dct:title "A"@en, "B", "C"@fr', {"title": "B"}),
    "title in English next": ('dct:title "A"@de, "B"@en', {"title": "B"}),
    "title in British English too": ('dct:title "A"@de, "B"@en-GB', {"title": "B"}),
    "title by tag else": ('dct:title "A"@fr, "B"@de', {"title": "B"}),
    "title before label": ('dct:title "A" ; rdfs:label "B"', {"title": "A"}),
    "title from rdfs:label": ('rdfs:label "A"', {"title": "A"}),
    "title from schema:name": ('schema:name "A"', {"title": "A"}),
    "title from schema:name at https": ('sdo:name "A"', {"title": "A"}),
    "title from rdfs:label where the title is empty": ('dct:title "" ; rdfs:label "A"', {"title": "A"}),
    "titles in several languages": ('dct:title "A"@en, "B"@fr', {"translations": {"title": {"en": "A", "fr": "B"}}}),
    "license as IRI": ("dct:title 'A' ; dct:license <http://license.example/by>", {"license": "http://license.example/by"}),
    "license as text": ('dct:title "A" ; dct:license "cc-by"', {"license": "cc-by"}),
    "license as a document with a name": ('dct:title "A" ; dct:license [ rdfs:label "CC BY" ]', {"license": "CC BY"}),
    "license empty": ('dct:title "A" ; dct:license ""', {"license": "notspecified"}),
    "license missing": ('dct:title "A"', {"license": "notspecified"}),
    "license that all distributions share": (
        'dct:title "A" ; dcat:distribution [ dct:license "cc0" ], [ dcat:accessURL :x ; dct:license "cc0" ]', {"license": "cc0"},
    ),
    "license that only some distributions have": (
        'dct:title "A" ; dcat:distribution [ dct:license "cc0" ], [ dcat:accessURL :x ]', {"license": "notspecified"},
    ),
    "author": ('dct:title "A" ; dct:creator [ foaf:name "Ada" ]', {"author": "Ada"}),
    "authors": ('dct:title "A" ; dct:creator [ foaf:name "Bob" ], "Ada"', {"author": "Ada; Bob"}),
    "maintainer": ('dct:title "A" ; dct:publisher [ foaf:name "Agency" ]', {"maintainer": "Agency"}),
    "maintainer as text": ('dct:title "A" ; dct:publisher "Agency"', {"maintainer": "Agency"}),
    "maintainer without a name": ('dct:title "A" ; dct:publisher :agency', {"maintainer": "http://data.example/agency"}),
    "maintainer by another vocabulary's name": ('dct:title "A" ; dct:publisher [ vcard:fn "Agency" ]', {"maintainer": "Agency"}),
    "tags": ('dct:title "A" ; dcat:keyword "b", "a"@en', {"tags": ["a", "b"]}),
    "tags that are blank": ('dct:title "A" ; dcat:keyword "", " "', {"tags": ...}),
    "spatial as GeoJSON": (
        f"dct:title 'A' ; dct:spatial [ locn:geometry '{_POINT}' ]", {"spatial": {"type": "Point", "coordinates": [4.35, 50.85]}},
    ),
    "spatial as WKT": ('dct:title "A" ; dct:spatial [ locn:geometry "POINT(4.35 50.85)" ]', {"spatial": {"type": "Point", "coordinates": [4.35, 50.85]}}),
    "spatial as an IRI": ('dct:title "A" ; dct:spatial :belgium', {"spatial": ..., "places": ["http://data.example/belgium"]}),
    "temporal": (
        'dct:title "A" ; dct:temporal [ dcat:startDate "2011"^^xsd:gYear ; dcat:endDate "2012-05-09"^^xsd:date ]', {"temporal": "2011/2012-05-09"},
    ),
    "temporal with an open end": ('dct:title "A" ; dct:temporal [ dcat:startDate "2011"^^xsd:gYear ]', {"temporal": "2011/.."}),
    "temporal by schema.org": ('dct:title "A" ; dct:temporal [ schema:endDate "2012" ]', {"temporal": "../2012"}),
    "temporal as text": ('dct:title "A" ; dct:temporal "the sixties"', {"temporal": "the sixties"}),
    "version": ('dct:title "A" ; dcat:version "1.0"', {"version": "1.0"}),
    "version by OWL": ('dct:title "A" ; owl:versionInfo "1.0"', {"version": "1.0"}),
    "version by ADMS": ('dct:title "A" ; adms:version "1.0"', {"version": "1.0"}),
    "the data's own dates are no times of the record": (
        'dct:title "A" ; dct:issued "2001"^^xsd:gYear ; dct:modified "2002-05-09"^^xsd:date', {"issued": "2001", "modified": "2002-05-09"},
    ),
    "description": ('dct:title "A" ; dct:description "B"', {"description": "B"}),
    "landing page": ('dct:title "A" ; dcat:landingPage :page', {"landing_page": "http://data.example/page"}),
    "themes": ('dct:title "A" ; dcat:theme :b, [ skos:prefLabel "a" ]', {"themes": ["a", "http://data.example/b"]}),
    "contact point": (
        'dct:title "A" ; dcat:contactPoint [ vcard:fn "Desk" ; vcard:hasEmail <mailto:desk@data.example> ]',
        {"contact_point": {"name": "Desk", "email": "desk@data.example"}},
    ),
    "no resources": ('dct:title "A"', {"resources": []}),
    "what no key holds": ('dct:title "A" ; <urn:x:odd> "B"', {"odd": ..., "urn:x:odd": ...}),
}  # fmt: skip


@pytest.mark.parametrize("case", _DATASET_CASES)
def test_what_is_said_of_a_dataset_is_under_the_draft_s_key(catalog: Catalog, case: str) -> None:
    said, due = _DATASET_CASES[case]
    assert catalog.take_turtle(f"{_VOCABULARIES} :dataset a dcat:Dataset ; {said} .").refused == []
    found = catalog.json(ID)
    assert {key: found.get(key, ...) for key in due} == due


_MEDIA = "https://www.iana.org/assignments/media-types/"
_RESOURCE_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "download URL": ("dcat:downloadURL :x", {"url": "http://data.example/x", "resource_type": "file"}),
    "access URL": ("dcat:accessURL :x", {"url": "http://data.example/x", "resource_type": "link"}),
    "download before access URL": (
        "dcat:accessURL :page ; dcat:downloadURL :x", {"url": "http://data.example/x", "access_url": "http://data.example/page"},
    ),
    "an URL as text": ('dcat:downloadURL "http://data.example/x"', {"url": "http://data.example/x"}),
    "an URL as text with a datatype": ('dcat:accessURL "http://data.example/x"^^xsd:anyURI', {"url": "http://data.example/x"}),
    "a service": ("dcat:accessURL :x ; dcat:accessService :service", {"resource_type": "api"}),
    "a file that a service gives, too": (
        "dcat:downloadURL :x ; dcat:accessService :service", {"url": "http://data.example/x", "resource_type": "file"},
    ),
    "title": ('dcat:accessURL :x ; dct:title "A"@en', {"title": "A"}),
    "format as text": ('dcat:accessURL :x ; dct:format "CSV"', {"format": "CSV"}),
    "format as IANA's IRI": (f"dcat:accessURL :x ; dct:format <{_MEDIA}text/csv>", {"format": "text/csv"}),
    "format as the EU's IRI": (
        "dcat:accessURL :x ; dct:format <http://publications.europa.eu/resource/authority/file-type/CSV>", {"format": "CSV"},
    ),
    "format with a label": ('dcat:accessURL :x ; dct:format [ rdfs:label "CSV" ]', {"format": "CSV"}),
    "media type as IANA's IRI": (f"dcat:accessURL :x ; dcat:mediaType <{_MEDIA}text/csv>", {"mimetype": "text/csv"}),
    "media type as text": ('dcat:accessURL :x ; dcat:mediaType "text/csv"', {"mimetype": "text/csv"}),
    "media type under IB1's older name": ('dcat:accessURL :x ; dcat:media_type "text/csv"', {"mimetype": "text/csv"}),
    "media type under both names": ('dcat:accessURL :x ; dcat:media_type "text/x" ; dcat:mediaType "text/csv"', {"mimetype": "text/csv"}),
    "size": ("dcat:accessURL :x ; dcat:byteSize 1024", {"size": 1024}),
    "size as decimal": ('dcat:accessURL :x ; dcat:byteSize "1024.0"^^xsd:decimal', {"size": 1024}),
    "size as text": ('dcat:accessURL :x ; dcat:byteSize "1024"', {"size": 1024}),
    "size that is none": ('dcat:accessURL :x ; dcat:byteSize "1 MB"', {"size": ...}),
    "hash": (
        'dcat:accessURL :x ; spdx:checksum [ spdx:algorithm spdx:checksumAlgorithm_sha1 ; spdx:checksumValue "DA39" ]', {"hash": "sha1:DA39"},
    ),
    "hash without algorithm": ('dcat:accessURL :x ; spdx:checksum [ spdx:checksumValue "DA39" ]', {"hash": "DA39"}),
    "last modified": ('dcat:accessURL :x ; dct:modified "2011-05-09"^^xsd:date', {"last_modified": "2011-05-09"}),
    "last modified that is no time": ('dcat:accessURL :x ; dct:modified "May"', {"last_modified": ..., "modified": "May"}),
    "licence of its own": ("dcat:accessURL :x ; dct:license <http://license.example/by>", {"license": "http://license.example/by"}),
}  # fmt: skip


@pytest.mark.parametrize("case", _RESOURCE_CASES)
@pytest.mark.parametrize("node", [":distribution", "_:distribution"], ids=["named", "blank"])
def test_what_is_said_of_a_distribution_is_in_a_resource(catalog: Catalog, case: str, node: str) -> None:
    said, due = _RESOURCE_CASES[case]
    catalog.take_turtle(
        f'{_VOCABULARIES} :dataset a dcat:Dataset ; dct:title "A" ; dcat:distribution {node} . {node} {said} .'
    )
    (found,) = catalog.json(ID)["resources"]
    assert {key: found.get(key, ...) for key in due} == due


def test_a_distribution_without_any_url_is_no_resource_but_is_kept(catalog: Catalog) -> None:
    catalog.take_turtle(':dataset a dcat:Dataset ; dct:title "A" ; dcat:distribution [ dct:title "soon" ] .')
    found = catalog.json(ID)
    assert found["resources"] == []
    assert found["unlinked_resources"] == [{"resource_type": "link", "title": "soon"}]


# --- the other way round: the draft's term table ---

_DCT, _DCAT, _FOAF = "http://purl.org/dc/terms/", "http://www.w3.org/ns/dcat#", "http://xmlns.com/foaf/0.1/"

#: A key and its value, the property that has to say it, and what it has to say.
_WRITTEN = [
    ({"id": "1"}, _DCT + "identifier", '"1"'),
    ({"id": 1}, _DCT + "identifier", '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'),
    ({"title": "A"}, _DCT + "title", '"A"'),
    ({"license": "cc-by"}, _DCT + "license", "<https://opendefinition.org/licenses/cc-by/>"),
    ({"license": "of our own"}, _DCT + "license", '"of our own"'),
    ({"license": "http://license.example/by"}, _DCT + "license", "<http://license.example/by>"),
    ({"author": "Ada"}, _FOAF + "name", '"Ada"'),
    ({"maintainer": "Agency"}, _FOAF + "name", '"Agency"'),
    ({"tags": ["a"]}, _DCAT + "keyword", '"a"'),
    ({"temporal": "the sixties"}, _DCT + "temporal", '"the sixties"'),
    ({"temporal": "2011/2012"}, _DCAT + "startDate", '"2011"^^<http://www.w3.org/2001/XMLSchema#gYear>'),
    ({"description": "B"}, _DCT + "description", '"B"'),
    ({"metadata_created": "2011-05-09"}, _DCT + "issued", '"2011-05-09"^^<http://www.w3.org/2001/XMLSchema#date>'),
    ({"metadata_modified": "2011"}, _DCT + "modified", '"2011"^^<http://www.w3.org/2001/XMLSchema#gYear>'),
    ({"issued": "2020-02-29"}, _DCT + "issued", '"2020-02-29"^^<http://www.w3.org/2001/XMLSchema#date>'),
    ({"issued": "2021-02-29"}, _DCT + "issued", '"2021-02-29"'),
    ({"issued": "2021-13"}, _DCT + "issued", '"2021-13"'),
    ({"issued": "2021-02-01T25:00:00Z"}, _DCT + "issued", '"2021-02-01T25:00:00Z"'),
    ({"issued": "2021-02-01T24:00:00Z"}, _DCT + "issued", '"2021-02-01T24:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>'),
]  # fmt: skip


@pytest.mark.parametrize(("given", "predicate", "due"), _WRITTEN, ids=[f"{case[0]}" for case in _WRITTEN])
def test_a_key_is_written_with_the_draft_s_term(
    catalog: Catalog, given: dict[str, Any], predicate: str, due: str
) -> None:
    catalog.take_json({**record("1"), **given})
    assert due in catalog.objects("1", predicate)


_WRITTEN_RESOURCE = [
    ({"url": "https://data.example/a"}, _DCAT + "downloadURL", "<https://data.example/a>"),
    ({"resource_type": "api", "url": "https://data.example/a"}, _DCAT + "accessURL", "<https://data.example/a>"),
    ({"format": "CSV"}, _DCT + "format", '"CSV"'),
    ({"mimetype": "text/csv"}, _DCAT + "mediaType", f"<{_MEDIA}text/csv>"),
    ({"size": 10}, _DCAT + "byteSize", '"10"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>'),
    ({"title": "T"}, _DCT + "title", '"T"'),
    ({"hash": "md5:ab"}, "http://spdx.org/rdf/terms#checksumValue", '"ab"'),
    ({"hash": "md5:ab"}, "http://spdx.org/rdf/terms#algorithm", "<http://spdx.org/rdf/terms#checksumAlgorithm_md5>"),
    ({"last_modified": "2011-05-09"}, _DCT + "modified", '"2011-05-09"^^<http://www.w3.org/2001/XMLSchema#date>'),
]


@pytest.mark.parametrize(
    ("given", "predicate", "due"), _WRITTEN_RESOURCE, ids=[f"{case[0]}" for case in _WRITTEN_RESOURCE]
)
def test_a_resource_s_key_is_written_with_the_draft_s_term(
    catalog: Catalog, given: dict[str, Any], predicate: str, due: str
) -> None:
    catalog.take_json(record("1", resources=[{"url": "https://data.example/x", **given}]))
    assert due in catalog.objects("1", predicate)
    assert len(catalog.objects("1", _DCAT + "distribution")) == 1


def test_a_licence_that_no_source_stated_is_not_written_as_one(catalog: Catalog) -> None:
    catalog.take_json({"id": "1", "title": "A", "resources": []})
    assert catalog.json("1")["license"] == "notspecified"
    assert catalog.objects("1", _DCT + "license") == set()


def test_an_id_that_is_a_web_address_is_the_subject(catalog: Catalog) -> None:
    catalog.take_json(record("https://data.example/d/1"))
    subjects = {
        str(quad.subject)
        for quad in catalog.graph("https://data.example/d/1")
        if quad.predicate.value == _DCAT + "distribution"
    }
    assert subjects == {"<https://data.example/d/1>"}
