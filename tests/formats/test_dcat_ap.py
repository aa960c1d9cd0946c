"""What sources write, and as what kind of value DCAT-AP's feeds say it: one row each."""

from __future__ import annotations

import re

import pytest

from dcip_server.formats.dcat_ap import conform
from dcip_server.formats.rdf.parse import parse
from dcip_server.formats.rdf.serialise import serialise
from dcip_server.validation import validate

_PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcip: <http://spec.datacatalogs.com/#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_EU = "http://publications.europa.eu/resource/authority"
_SITE = "https://data.example.org"
_FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type"
_MEDIA = "https://www.iana.org/assignments/media-types"


def _format(code: str, label: str, value: str) -> str:
    """A file type with what harvesters show of it."""
    name = f"<{_FILE_TYPE}/{code}>"
    return (
        f'dcterms:format {name} . {name} a dcterms:IMT, dcterms:MediaTypeOrExtent ; rdfs:label "{label}" ;'
        f' rdf:value "{value}"'
    )


#: What a record says of a dataset (of a distribution where the property is one of theirs), and what the feed says; N is a new node.
_ROWS = [
    ('dcterms:publisher "Town"', 'dcterms:publisher N . N a foaf:Agent ; foaf:name "Town"'),
    ('dcterms:publisher "Stadt"@de', 'dcterms:publisher N . N a foaf:Agent ; foaf:name "Stadt"@de'),
    ("dcterms:publisher <https://a.example/town>", "dcterms:publisher <https://a.example/town>"),
    ('dcterms:publisher ""', ""),
    ('dcat:theme "trees"', 'dcat:theme N . N a skos:Concept ; skos:prefLabel "trees"'),
    ('dcat:theme "http://a.example/x"', "dcat:theme <http://a.example/x>"),
    ('dcterms:license "cc-by"', "dcterms:license <https://opendefinition.org/licenses/cc-by/>"),
    ('dcterms:license "CC BY 4.0"', "dcterms:license <https://creativecommons.org/licenses/by/4.0/>"),
    ('dcterms:license "http://creativecommons.org/licenses/by/4.0"^^xsd:anyURI', "dcterms:license <https://creativecommons.org/licenses/by/4.0/>"),
    ('dcterms:license "https://spdx.org/licenses/CC-BY-4.0.html"', "dcterms:license <https://creativecommons.org/licenses/by/4.0/>"),
    ('dcterms:license "https://example.org/ours"^^xsd:anyURI', "dcterms:license <https://example.org/ours>"),
    ("dcterms:license <http://creativecommons.org/licenses/by/4.0>", "dcterms:license <http://creativecommons.org/licenses/by/4.0>"),
    ('dcterms:license "ours"', 'dcterms:license N . N a dcterms:LicenseDocument ; rdfs:label "ours"'),
    ('dcterms:accessRights "ask us"', 'dcterms:accessRights N . N a dcterms:RightsStatement ; rdfs:label "ask us"'),
    ('dcterms:accessRights "restricted public"', f"dcterms:accessRights <{_EU}/access-right/RESTRICTED>"),
    ('dcterms:accessRights "Non-Public"', f"dcterms:accessRights <{_EU}/access-right/NON_PUBLIC>"),
    ('dcterms:accrualPeriodicity "eventual"', 'dcterms:accrualPeriodicity N . N a dcterms:Frequency ; rdfs:label "eventual"'),
    ('dcterms:accrualPeriodicity "R/P1D"', f"dcterms:accrualPeriodicity <{_EU}/frequency/DAILY>"),
    ('dcterms:accrualPeriodicity "vierteljährlich"@de', f"dcterms:accrualPeriodicity <{_EU}/frequency/QUARTERLY>"),
    ('dcterms:accrualPeriodicity "Hebdomadaire"', f"dcterms:accrualPeriodicity <{_EU}/frequency/WEEKLY>"),
    ('dcterms:accrualPeriodicity "biannual"', f"dcterms:accrualPeriodicity <{_EU}/frequency/ANNUAL_2>"),
    ('dcterms:language "us-EN"', 'dcterms:language N . N a dcterms:LinguisticSystem ; rdfs:label "us-EN"'),
    ('dcterms:language "en-US"', f"dcterms:language <{_EU}/language/ENG>"),
    ('dcterms:language "ger"', f"dcterms:language <{_EU}/language/DEU>"),
    ('dcterms:language "français"', f"dcterms:language <{_EU}/language/FRA>"),
    ('dcat:theme "Verkehr"@de', f"dcat:theme <{_EU}/data-theme/TRAN>"),
    ('dcat:theme "Éducation, culture et sport"', f"dcat:theme <{_EU}/data-theme/EDUC>"),
    ('dcat:mediaType "text/csv"',
     f'dcat:mediaType <{_MEDIA}/text/csv> . <{_MEDIA}/text/csv> a dcterms:MediaType ; rdfs:label "text/csv"'),
    ('dcat:media_type "text/csv"',
     f'dcat:media_type "text/csv" ; dcat:mediaType <{_MEDIA}/text/csv> . <{_MEDIA}/text/csv> a dcterms:MediaType ; rdfs:label "text/csv"'),
    ('dcat:media_type "a/b" ; dcat:mediaType "csv text"',
     'dcat:media_type "a/b" ; dcat:mediaType N . N a dcterms:MediaType ; rdfs:label "csv text"'),
    ('dcat:mediaType "csv text"', 'dcat:mediaType N . N a dcterms:MediaType ; rdfs:label "csv text"'),
    ('dcterms:format "CSV"', _format("CSV", "CSV", "text/csv")),
    ('dcterms:format ".geojson"', _format("GEOJSON", "GeoJSON", "application/geo+json")),
    ('dcterms:format "Shapefile"', _format("SHP", "SHP", "SHP")),
    ('dcterms:format ".XLSX"', _format("XLSX", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
    ('dcterms:format "dBase"', _format("DBF", "DBF", "application/vnd.dbf")),
    ('dcterms:format "parquet"', _format("PARQUET", "Parquet", "application/vnd.apache.parquet")),
    ('dcterms:format "RSS+XML"', _format("RSS", "RSS", "application/rss+xml")),
    ('dcterms:format "OGC:WMS"', _format("WMS_SRVC", "WMS", "WMS")),
    (f"dcterms:format <{_FILE_TYPE}/CSV>", _format("CSV", "CSV", "text/csv")),
    (f'dcterms:format <{_FILE_TYPE}/CSV> . <{_FILE_TYPE}/CSV> rdfs:label "Table"',
     f'dcterms:format <{_FILE_TYPE}/CSV> . <{_FILE_TYPE}/CSV> rdfs:label "Table"'),
    (f"dcterms:format <{_FILE_TYPE}/NONE_SUCH>", f"dcterms:format <{_FILE_TYPE}/NONE_SUCH>"),
    ('dcterms:format "Excel"',
     'dcterms:format N . N a dcterms:IMT, dcterms:MediaTypeOrExtent ; rdfs:label "Excel" ; rdf:value "Excel"'),
    ('dcat:accessURL "https://a.example/b"^^xsd:anyURI', "dcat:accessURL <https://a.example/b>"),
    ('dcat:downloadURL "https://a.example/a b{c}"', "dcat:downloadURL <https://a.example/a%20b%7Bc%7D>"),
    ('dcat:landingPage "hello"', 'dcat:landingPage "hello"'),
    ('dcat:byteSize "12"', 'dcat:byteSize "12"^^xsd:nonNegativeInteger'),
    ('dcat:byteSize "12.0"^^xsd:decimal', 'dcat:byteSize "12"^^xsd:nonNegativeInteger'),
    ("dcat:byteSize 12", 'dcat:byteSize "12"^^xsd:nonNegativeInteger'),
    ('dcat:byteSize "12.5"^^xsd:decimal', 'dcat:byteSize "12.5"^^xsd:decimal'),
    ('dcat:byteSize "-1"', 'dcat:byteSize "-1"'),
    ('spdx:checksumValue "0Aff"', 'spdx:checksumValue "0Aff"^^xsd:hexBinary'),
    ('spdx:checksumValue "0Af"', 'spdx:checksumValue "0Af"'),
    ('dcterms:issued "2025"', 'dcterms:issued "2025"^^xsd:gYear'),
    ('dcterms:modified "2025-01-02"', 'dcterms:modified "2025-01-02"^^xsd:date'),
    ('dcterms:issued "2012-05"', 'dcterms:issued "2012-05"^^xsd:gYearMonth'),
    ('dcterms:issued "2012"^^xsd:date', 'dcterms:issued "2012"^^xsd:gYear'),
    ('dcterms:issued "mars 2012"@fr', 'dcterms:issued "2012-03"^^xsd:gYearMonth'),
    ('dcterms:issued "1. Januar 2012"@de', 'dcterms:issued "2012-01-01"^^xsd:date'),
    ('dcterms:issued "2012-01-01", "1. Januar 2012"@de', 'dcterms:issued "2012-01-01"^^xsd:date'),
    ('dcterms:modified "2012-01-01 13:34"', 'dcterms:modified "2012-01-01T13:34:00"^^xsd:dateTime'),
    ('dcterms:modified "2012-01-01 13:34"^^xsd:dateTime', 'dcterms:modified "2012-01-01T13:34:00"^^xsd:dateTime'),
    ('dcterms:modified "2012-01-01T13:34:00"^^<http://schema.org/DateTime>',
     'dcterms:modified "2012-01-01T13:34:00"^^xsd:dateTime'),
    ('dcterms:modified "Sun, 01 Jan 2012 13:34:00 GMT"', 'dcterms:modified "2012-01-01T13:34:00Z"^^xsd:dateTime'),
    ('dcterms:modified "2012-01-01 13:34:00+01:00"', 'dcterms:modified "2012-01-01T12:34:00Z"^^xsd:dateTime'),
    ('dcterms:temporal <https://a.example/p> . <https://a.example/p> dcat:startDate "2012-01-01 13:34" ; dcat:endDate "31.12.2013"',
     'dcterms:temporal <https://a.example/p> . <https://a.example/p> dcat:startDate "2012-01-01T13:34:00"^^xsd:dateTime ;'
     ' dcat:endDate "2013-12-31"^^xsd:date'),
    ('dcterms:modified "2012-01-01Z"^^xsd:date', 'dcterms:modified "2012-01-01Z"^^xsd:date'),
    ('dcterms:modified "2012-01-01+02:00"', 'dcterms:modified "2012-01-01+02:00"^^xsd:date'),
    ('dcterms:modified "2012Z"^^xsd:gYear', 'dcterms:modified "2012Z"^^xsd:gYear'),
    ('dcterms:modified "43831"^^xsd:gYear', 'dcterms:modified "43831"^^xsd:gYear'),
    ('dcterms:modified "43831"', 'dcterms:modified "43831"'),
    ('dcterms:modified "2012-01-01T13:34:00+02"', 'dcterms:modified "2012-01-01T11:34:00Z"^^xsd:dateTime'),
    ('dcterms:modified "2012-02-30"^^xsd:date', 'dcterms:modified "2012-02-30"^^xsd:date'),
    ('dcterms:modified "last week"', 'dcterms:modified "last week"'),
    ('dcterms:modified "letzte Woche"@de', 'dcterms:modified "letzte Woche"@de'),
    ('dcterms:title "Trees"', 'dcterms:title "Trees"'),
]  # fmt: skip


def _triples(said: str) -> list[tuple[str, str, str]]:
    document = f"{_PREFIXES} <https://a.example/s> {said} ." if said else ""
    return list(parse(document.encode(), "turtle"))


@pytest.mark.parametrize(("said", "fed"), _ROWS)
def test_what_is_said_stays_in_the_kind_of_value_that_the_profile_takes(said: str, fed: str) -> None:
    text = "\n".join(map(" ".join, conform(_triples(said), _SITE)))
    node = re.search(rf"<{_SITE}/\.well-known/genid/\w{{20}}>", text)
    due = re.sub(r"\bN\b", node[0], fed) if node else fed
    assert set(text.splitlines()) == set(map(" ".join, _triples(due)))


def test_a_distribution_without_an_iri_keeps_the_one_it_gets_while_its_address_stays() -> None:
    one = '[ a dcat:Distribution ; dcterms:title "A" ; dcat:accessURL <https://a.example/a> ]'
    other = '[ a dcat:Distribution ; dcterms:title "B" ; dcat:accessURL <https://a.example/b> ]'
    edited = '[ a dcat:Distribution ; dcterms:title "A, new" ; dcat:accessURL <https://a.example/a> ]'

    def names(*distributions: str) -> list[str]:
        triples = conform(_triples("dcat:distribution " + ", ".join(distributions)), _SITE)
        assert not any(term.startswith("_:") for triple in triples for term in triple)
        return [o for _, p, o in triples if p.endswith("#distribution>")]

    first, second = names(one, other)
    assert first != second
    assert names(other, edited) == [second, first]
    assert len(set(names(one, one, one))) == 3


def test_a_record_of_mere_text_is_valid_once_it_is_conform() -> None:
    said = _triples(
        'a dcat:Dataset ; dcterms:title "T" ; dcterms:description "D" ; dcterms:publisher "P" ; dcat:theme "t" ;'
        ' dcterms:language "en" ; dcterms:spatial "Earth" ; dcterms:temporal "2025" ; dcat:distribution ['
        ' a dcat:Distribution ; dcat:accessURL "https://a.example/" ; dcat:byteSize "1" ; dcterms:format "CSV" ]'
    )
    before, after = (
        validate(serialise(triples, "ttl", "<https://a.example/s>"), "dcat-ap", extension="ttl")
        for triples in (said, conform(said, _SITE))
    )
    assert len(before.errors) == 8
    assert after.errors == ()
