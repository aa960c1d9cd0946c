"""The time covered, as sources write it: in the record, in the N3, in data.json and for search engines."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from dcip_server.formats import dcat_us
from dcip_server.formats.schema_org import render_page_data
from dcip_server.publish.imported import coverage_of
from tests.formats.conftest import Catalog

_TIME = "@prefix time: <http://www.w3.org/2006/time#> . "


def _period(start: str, end: str) -> dict[str, str]:
    return {"@type": "PeriodOfTime"} | {key: text for key, text in (("startDate", start), ("endDate", end)) if text}


#: dcterms:temporal in Turtle, the same in DCAT-US 3, the record's ``temporal``, and that of data.json.
_CASES: list[tuple[str, Any, str | None, str | None]] = [
    ('[ dcat:startDate "2011"^^xsd:gYear ; dcat:endDate "2012-05-09"^^xsd:date ]', _period("2011", "2012-05-09"),
     "2011/2012-05-09", "2011/2012-05-09"),
    ('[ dcat:startDate "2011-01-01T00:00:00+01:00"^^xsd:dateTime ; dcat:endDate "2011-02-01T00:00:00" ]',
     [_period("2011-01-01T00:00:00+01:00", "2011-02-01T00:00:00")],
     "2010-12-31T23:00:00Z/2011-02-01T00:00:00", "2010-12-31T23:00:00Z/2011-02-01T00:00:00"),
    ('"2011-01-01T02:00:00+02:00/2011-12-31T24:00:00-05:30"', "2011-01-01T02:00:00+02:00/2011-12-31T24:00:00-05:30",
     "2011-01-01T00:00:00Z/2012-01-01T05:30:00Z", "2011-01-01T00:00:00Z/2012-01-01T05:30:00Z"),
    ('[ dcat:startDate "-0044-03-15"^^xsd:date ; dcat:endDate "2011-12-31T24:00:00"^^xsd:dateTime ]', _period("-0044-03-15", "2011-12-31T24:00:00"),
     "-0044-03-15/2012-01-01T00:00:00", None),
    ('[ dcat:startDate "2011-01-01+01:00"^^xsd:date ; dcat:endDate "31.12.2011" ]', _period("2011-01-01+01:00", "31.12.2011"),
     "2011-01-01/2011-12-31", "2011-01-01/2011-12-31"),
    ('[ dcat:startDate "2011" ]', _period("2011", ""), "2011/..", None),
    ('[ dcat:endDate "2011" ]', _period("", "2011"), "../2011", None),
    # Two that leave no gap are one, two with a gap are not; neither is lost.
    ('[ dcat:startDate "2012-01-01" ; dcat:endDate "2012-12-31" ], [ dcat:startDate "2011" ; dcat:endDate "2011" ]',
     [_period("2012-01-01", "2012-12-31"), _period("2011", "2011")], "2011/2011; 2012-01-01/2012-12-31", "2011/2012-12-31"),
    ('[ dcat:startDate "2001" ; dcat:endDate "2002" ], [ dcat:startDate "2011" ; dcat:endDate "2012" ]',
     [_period("2001", "2002"), _period("2011", "2012")], "2001/2002; 2011/2012", None),
    ('[ dcat:startDate "2001" ; dcat:endDate "2009" ], [ dcat:startDate "2002-02" ; dcat:endDate "2003-02" ]',
     [_period("2001", "2009"), _period("2002-02", "2003-02")], "2001/2009; 2002-02/2003-02", "2001/2009"),
    ('[ dcat:startDate "2001" ; dcat:endDate "2002" ], [ dcat:startDate "2002-02" ]',
     [_period("2001", "2002"), _period("2002-02", "")], "2001/2002; 2002-02/..", None),
    ('[ dcat:startDate "2011-01-01T00:00:00Z" ; dcat:endDate "2011-01-01T06:00:00Z" ], [ dcat:startDate "2011-01-01T12:00:00Z" ; dcat:endDate "2011-01-02" ]',
     [_period("2011-01-01T00:00:00Z", "2011-01-01T06:00:00Z"), _period("2011-01-01T12:00:00Z", "2011-01-02")],
     "2011-01-01T00:00:00Z/2011-01-01T06:00:00Z; 2011-01-01T12:00:00Z/2011-01-02", None),
    ('[ dcat:startDate "2011" ; dcat:endDate "2012" ], [ dcat:startDate "2011" ; dcat:endDate "2012" ]',
     [_period("2011", "2012"), _period("2011", "2012")], "2011/2012", "2011/2012"),
    ('"2011"', "2011", "2011", "2011/2011"),
    ('" 2011 / 2012 "', " 2011 / 2012 ", "2011/2012", "2011/2012"),
    ('"2011/"', "2011/", "2011/..", None),
    ('"the sixties"', "the sixties", "the sixties", None),
    ('"01/2011"', "01/2011", "01/2011", "2011-01/2011-01"),
    ('[ a dct:PeriodOfTime ]', [{"@type": "PeriodOfTime"}, 7], None, None),
]  # fmt: skip


def _covered(found: dict[str, Any]) -> Any:
    return json.loads(render_page_data(found, "http://p.example/", "C", "http://p.example")).get("temporalCoverage")


@pytest.mark.parametrize(("turtle", "us_3", "temporal", "plain"), _CASES, ids=[case[0] for case in _CASES])
def test_the_time_covered_is_the_same_from_rdf_and_from_data_json_and_nothing_is_made_up(
    catalogs: tuple[Catalog, Catalog], turtle: str, us_3: Any, temporal: str | None, plain: str | None
) -> None:
    catalog, other = catalogs
    assert catalog.take_turtle(f':d a dcat:Dataset ; dct:title "A" ; dct:temporal {turtle} .').refused == []
    assert catalog.take_json({"identifier": "1", "title": "A", "keyword": ["k"], "temporal": us_3}).refused == []
    found = [catalog.json("http://data.example/d"), catalog.json("1")]
    assert [one.get("temporal") for one in found] == [temporal] * 2
    assert [dcat_us.render_dataset(one).get("temporal") for one in found] == [plain] * 2
    known = [part for part in (temporal or "").split("; ") if re.match(r"\d{4}|\.\.", part)]
    assert [_covered(one) for one in found] == [(known or [None])[0] if len(known) < 2 else known] * 2
    # And back from the N3.
    for id, one in zip(("http://data.example/d", "1"), found, strict=True):
        assert other.take(catalog.n3(id), "records.n3").refused == []
        assert other.json(id).get("temporal") == one.get("temporal")
    count = len((temporal or "").split("; ")) if temporal else 0
    assert len(catalog.objects("1", "http://purl.org/dc/terms/temporal")) == count


#: Instants and intervals of the Time Ontology.
_BY_OWL_TIME = [
    ('time:hasBeginning [ time:inXSDDate "2016-03-04"^^xsd:date ] ; time:hasEnd [ time:inXSDDate "2018-08-05"^^xsd:date ]', "2016-03-04/2018-08-05"),
    ('time:hasBeginning [ time:inXSDgYear "1914"^^xsd:gYear ] ; time:hasEnd [ time:inXSDgYearMonth "1918-11"^^xsd:gYearMonth ]', "1914/1918-11"),
    ('time:hasBeginning [ time:inXSDDateTime "2012-12-26"^^xsd:date ]', "2012-12-26/.."),
    ('time:hasEnd [ time:inXSDDateTimeStamp "2012-12-26T10:00:00Z"^^xsd:dateTimeStamp ]', "../2012-12-26T10:00:00Z"),
    ('time:hasBeginning [ time:inTimePosition [ time:numericPosition 541.0 ] ]', None),
]  # fmt: skip


@pytest.mark.parametrize(("said", "temporal"), _BY_OWL_TIME)
def test_a_period_in_terms_of_the_time_ontology_is_read(catalog: Catalog, said: str, temporal: str | None) -> None:
    text = f'{_TIME}:d a dcat:Dataset ; dct:title "A" ; dct:temporal [ a dct:PeriodOfTime ; {said} ] .'
    assert catalog.take_turtle(text).refused == []
    assert catalog.json("http://data.example/d").get("temporal") == temporal


def test_a_text_in_several_languages_is_one_period(catalog: Catalog) -> None:
    text = (
        ':d a dcat:Dataset ; dct:title "A" ; dct:temporal "Steinzeit"@de, "Stone Age"@en, [ dcat:startDate "2011" ] .'
    )
    assert catalog.take_turtle(text).refused == []
    assert catalog.json("http://data.example/d")["temporal"] == "2011/..; Stone Age"


@pytest.mark.parametrize(
    ("temporal", "due"),
    [
        ("2011/2012", {"start": "2011", "end": "2012"}),
        ("2011/..", {"start": "2011", "end": None}),
        ("2011/2011; 2012/2012", {"start": "2011", "end": "2012"}),
        ("2001/2002; 2011/2012", None),
        ("long ago", None),
        ("2011", {"start": "2011", "end": "2011"}),
        (None, None),
    ],
)
def test_the_portal_s_one_coverage_is_what_is_covered_without_a_gap(temporal: str | None, due: Any) -> None:
    assert coverage_of(temporal) == due


#: Ends of a period, and the same in the record: one form with ``issued`` and ``modified``.
_ENDS = {
    "2012-01-01T13:34:00+02:00": "2012-01-01T11:34:00Z", "2012-01-01T24:00:00": "2012-01-02T00:00:00", "2012-01-01T13:34:00.500Z": "2012-01-01T13:34:00.500Z",
    "2012-01-01T24:00:00Z": "2012-01-02T00:00:00Z", "2012-01-01+02:00": "2012-01-01", "2012-01-01 13:34": "2012-01-01T13:34:00", "1. Januar 2012": "2012-01-01",
}  # fmt: skip


@pytest.mark.parametrize("given", _ENDS)
def test_the_ends_of_a_period_have_the_form_of_other_dates_in_every_format(catalog: Catalog, given: str) -> None:
    due = {"issued": _ENDS[given], "temporal": f"{_ENDS[given]}/.."}
    udata = {"id": "u", "slug": "u", "title": "A", "created_at": "2014", "temporal_coverage": {"start": given}}
    pod = {"identifier": "p", "title": "A", "keyword": ["k"], "issued": given, "temporal": f"{given}/"}
    assert catalog.take_json(udata | {"harvest": {"issued_at": given}}).refused == []
    assert catalog.take_json(pod).refused == []
    text = f':r a dcat:Dataset ; dct:title "A" ; dct:issued "{given}" ; dct:temporal [ dcat:startDate "{given}" ] .'
    assert catalog.take_turtle(text).refused == []
    for id in ("u", "p", "http://data.example/r"):
        found = catalog.json(id)
        assert {key: found.get(key) for key in due} == due, id
        # The source's own spelling is not lost.
        assert f'"{given}' in json.dumps(found) or given in catalog.n3(id).decode()


def test_what_the_draft_s_own_json_says_of_a_period_stays_as_it_is(catalogs: tuple[Catalog, Catalog]) -> None:
    catalog, other = catalogs
    given = "2012-01-01T13:34:00+02:00/2012-12-31T24:00:00"
    assert catalog.take_json({"id": "d", "title": "A", "temporal": given, "issued": given[:25]}).refused == []
    assert other.take(catalog.n3("d"), "records.n3").refused == []
    for found in (catalog.json("d"), other.json("d")):
        assert (found["temporal"], found["issued"]) == (given, given[:25])
