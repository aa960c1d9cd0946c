"""Dates, licences and ids as sources really write them."""

from __future__ import annotations

from typing import Any

import pytest

from dcip_server.formats.licenses import known
from dcip_server.formats.pod import render_record
from tests.formats.conftest import ENDPOINT, Catalog, comparable

_POD = {"identifier": "1", "title": "A", "keyword": ["k"]}

_DATES = {
    "2014": "2014", "2014-05": "2014-05", "2014-05-09": "2014-05-09", "2012-01-01 13:34": "2012-01-01T13:34:00",
    "2012-01-01T13:34:00+02:00": "2012-01-01T11:34:00Z", "2012-01-01T13:34:00.25Z": "2012-01-01T13:34:00.25Z",
    "Fri, 09 May 2014 10:00:00 +0200": "2014-05-09T08:00:00Z", "Fri, 09 May 2014 10:00:00 GMT": "2014-05-09T10:00:00Z",
    "12 mars 2014": "2014-03-12", "1er août 2014": "2014-08-01", "mars 2014": "2014-03", "3. Januar 2015": "2015-01-03",
    "12 de marzo de 2014": "2014-03-12", "1 gennaio 2015": "2015-01-01", "March 12, 2014": "2014-03-12",
    "31/12/2013": "2013-12-31", "12/31/2013": "2013-12-31", "31.12.2013": "2013-12-31", "2014/5/9": "2014-05-09",
    "mar, 10/12/2019 - 09:23": "2019-12-10T09:23:00", "05/13/2014 03:00:00 PM": "2014-05-13T15:00:00",
    "1399633200": "2014-05-09T11:00:00Z", "1399633200000": "2014-05-09T11:00:00Z",
    "1. März 2021": "2021-03-01", "1er janvier 2020": "2020-01-01", "le 8 mai 2020": "2020-05-08", "am 8. Mai 2020": "2020-05-08",
    "le mercredi 1er janvier 2020 à 14h30": "2020-01-01T14:30:00", "1. Jan. 2020, 14:30 Uhr": "2020-01-01T14:30:00",
    "01.02.2020": "2020-02-01", "02/2020": "2020-02", "20200131": "2020-01-31",
    "20200131T120000Z": "2020-01-31T12:00:00Z", "20200131T1200+0100": "2020-01-31T11:00:00Z", "20200131T120000": "2020-01-31T12:00:00",
    "2020-12-31T24:00:00Z": "2021-01-01T00:00:00Z", "2020-12-31 24:00": "2021-01-01T00:00:00", "2020-12-31T24:00:00+01:00": "2020-12-31T23:00:00Z",
    # Zones in all forms that ISO 8601, RFC 3339, XML Schema and RFC 2822 have, and as JavaScript and databases print them.
    "2012-01-01T13:34:00+02": "2012-01-01T11:34:00Z", "2012-01-01 13:34:00-0530": "2012-01-01T19:04:00Z", "2012-01-01 13:34:00.5+02": "2012-01-01T11:34:00.5Z",
    "2012-01-01T13:34+02": "2012-01-01T11:34:00Z", "2012-01-01t13:34:00z": "2012-01-01T13:34:00Z", "2012-01-01T13:34:00 +02": "2012-01-01T11:34:00Z",
    "20120101T133400+02": "2012-01-01T11:34:00Z",
    "20120101T133400+02:00": "2012-01-01T11:34:00Z", "20120101T133400.5Z": "2012-01-01T13:34:00.5Z", "20120101T1334,5Z": "20120101T1334,5Z",
    "2012-01-01Z": "2012-01-01", "2012-01-01+02:00": "2012-01-01", "2012-01-01-05:00": "2012-01-01", "2012-01Z": "2012-01", "2012+14:00": "2012",
    "1 Jan 2012 13:34:00 +02": "2012-01-01T11:34:00Z", "1. Januar 2012 13:34 UTC+2": "2012-01-01T11:34:00Z", "1/13/2012 13:34 GMT-05:30": "2012-01-13T19:04:00Z",
    "2012-01-01 13:34 UTC": "2012-01-01T13:34:00Z", "2012-01-01 13:34:00 UTC+01:00": "2012-01-01T12:34:00Z",
    "Sun, 01 Jan 2012 13:34:00 +0100 (CET)": "2012-01-01T12:34:00Z", "Sun, 01 Jan 2012 13:34:00 GMT (UTC)": "2012-01-01T13:34:00Z",
    "Sun Jan 01 2012 13:34:00 GMT+0100 (Central European Standard Time)": "2012-01-01T12:34:00Z",
    "2012-01-01T13:34:00+01:00[Europe/Paris]": "2012-01-01T12:34:00Z", "2012-01-01T13:34:00Z[UTC]": "2012-01-01T13:34:00Z",
    "Sun Jan  1 13:34:00 2012": "2012-01-01T13:34:00", "Sun Jan 1 13:34:00 UTC 2012": "2012-01-01T13:34:00Z", "1st of January 2012": "2012-01-01",
    "2012-Jan-01": "2012-01-01", "2012 January 1": "2012-01-01", "2012-Feb-30": "2012-Feb-30", "Mon Jan  1 13:34:00 2012": "Mon Jan  1 13:34:00 2012",
    "Sun Jan 1 13:34:00 CET 2012": "Sun Jan 1 13:34:00 CET 2012",
    # Kept as they are: zones that are none, and days in a zone that do not exist.
    "2012-01-01T13:34:00+2": "2012-01-01T13:34:00+2", "2012-01-01T13:34:00+24": "2012-01-01T13:34:00+24", "2012-01-01+15:00": "2012-01-01+15:00",
    "2012-02-30Z": "2012-02-30Z", "0000Z": "0000Z", "2012-01-01+02": "2012-01-01+02", "2012-01-01 (CET)": "2012-01-01 (CET)",
    "Sun, 01 Jan 2012 13:34:00 (CET)": "Sun, 01 Jan 2012 13:34:00 (CET)", "2012-01-01 13:34 CET+1": "2012-01-01 13:34 CET+1",
    # Kept as they are: what is no day, days of spreadsheets, other calendars and eras, years of two digits, zones by name.
    "01/02/2020": "01/02/2020", "13/2020": "13/2020", "2000/01": "2000/01", "43831": "43831", "43831.5": "43831.5", "-0044-03-15": "-0044-03-15",
    "44 BC": "44 BC", "24:00": "24:00", "2020-01-01T24:01:00": "2020-01-01T24:01:00", "9999-12-31T24:00:00": "9999-12-31T24:00:00",
    "2016-12-31T23:59:60Z": "2016-12-31T23:59:60Z", "0000-01-01": "0000-01-01",
    "Mon, 15 Aug 05 15:52:01 +0000": "Mon, 15 Aug 05 15:52:01 +0000", "2020-01-01T12:00:00[Europe/Paris]": "2020-01-01T12:00:00[Europe/Paris]",
    "jeudi 1 janvier 2020": "jeudi 1 janvier 2020", "Q1 2020": "Q1 2020", "printemps 2020": "printemps 2020", "2012-2013": "2012-2013",
    "31.02.2020": "31.02.2020", "2020-01-01T00:00:00+00:00Z": "2020-01-01T00:00:00+00:00Z", "circa 1900": "circa 1900",
    # Days of the year and of the week in ISO 8601; a week alone is no day.
    "2020-W05-1": "2020-01-27", "2020-W53-7": "2021-01-03", "2020-032": "2020-02-01", "2020-366": "2020-12-31", "2019-W37-6T08:05:06+02:00": "2019-09-14T06:05:06Z",
    "2019-257 08:05": "2019-09-14T08:05:00", "2020-W05": "2020-W05", "2019-W53-1": "2019-W53-1", "2020-W05-8": "2020-W05-8", "2019-366": "2019-366", "2019-000": "2019-000",
    "2019257": "2019257", "2019W376": "2019W376", "0000-001": "0000-001",
    # The clock in German and French, months by themselves, seconds since 1970 with a fraction, hyphens and minus signs of typography.
    "14. September 2019, 8 Uhr": "2019-09-14T08:00:00", "14. September 2019 um 8.30 Uhr": "2019-09-14T08:30:00", "14.09.2019, 08:05 Uhr": "2019-09-14T08:05:00",
    "14/09/2019 à 8h": "2019-09-14T08:00:00", "le 1er mai 2019 à 8 h 30": "2019-05-01T08:30:00", "le 14 septembre 2019 à 18 h": "2019-09-14T18:00:00",
    "Sep-2019": "2019-09", "09-2019": "2019-09", "09.2019": "2019-09", "Sept. 2019": "2019-09", "1568448306.5": "2019-09-14T08:05:06.5Z", "1568448306.0": "2019-09-14T08:05:06Z",
    "2019\u201109\u201114": "2019-09-14", "14\u00a0septembre\u00a02019": "2019-09-14", "2019-09-14T08:05:06\u221202:00": "2019-09-14T10:05:06Z", "2019\u20132020": "2019\u20132020",
    "Mittwoch, den 3. Oktober 2012": "2012-10-03", "am Mittwoch, dem 3. Oktober 2012, 8 Uhr": "2012-10-03T08:00:00", "Dienstag, den 3. Oktober 2012": "Dienstag, den 3. Oktober 2012",
    "2012-10-03T08": "2012-10-03T08:00:00", "2012-10-03T08Z": "2012-10-03T08:00:00Z", "2012-10-03T08+02:00": "2012-10-03T06:00:00Z", "20121003T08": "2012-10-03T08:00:00",
    "2012-10-03T24": "2012-10-04T00:00:00", "2012-10-03T25": "2012-10-03T25", "2012-10-03T8": "2012-10-03T8", "2012-10-03 08": "2012-10-03 08", "2012-10-03T0830": "2012-10-03T0830",
    "le mercredi 3 octobre 2012 à 8 h 30 min": "2012-10-03T08:30:00", "3 octobre 2012 à 8h30min": "2012-10-03T08:30:00", "3 octobre 2012 à 8 h min": "3 octobre 2012 à 8 h min",
    # No clock, and no zone of anywhere.
    "14.09.2019 8.05": "14.09.2019 8.05", "14.09.2019 8": "14.09.2019 8", "14. September 2019, 25 Uhr": "14. September 2019, 25 Uhr", "1.2019": "1.2019",
    "2019-09-14T08:05:06+15:00": "2019-09-14T08:05:06+15:00", "2019-09-14T08:05:06-14:30": "2019-09-14T08:05:06-14:30", "14 Sep 2019 08:05 +1500": "14 Sep 2019 08:05 +1500",
    "2019-09-14T08:05:06+14:00": "2019-09-13T18:05:06Z",
    # Kept as they are: intervals, what may mean two days, days that do not exist, zones that mean several.
    "R/P1D": "R/P1D", "03/04/2015": "03/04/2015", "2023-02-30": "2023-02-30", "20231-04-22": "20231-04-22",
    "31 février 2014": "31 février 2014", "2014-05-09T10:00:00 CET": "2014-05-09T10:00:00 CET",
    "Mon, 09 May 2014 10:00:00 GMT": "Mon, 09 May 2014 10:00:00 GMT",
}  # fmt: skip


@pytest.mark.parametrize("given", _DATES)
def test_a_date_has_one_form_and_comes_back_from_the_n3(catalogs: tuple[Catalog, Catalog], given: str) -> None:
    assert catalogs[0].take_json({**_POD, "issued": given}).refused == []
    found = catalogs[0].json("1")
    assert found["issued"] == _DATES[given]
    assert given in (found["issued"], found.get("pod", {}).get("issued"))
    assert catalogs[1].take(catalogs[0].n3("1"), "records.n3").refused == []
    assert catalogs[1].json("1")["issued"] == _DATES[given]


def test_a_resource_and_the_record_itself_have_their_times_in_all_zones(catalog: Catalog) -> None:
    times = {
        "2012-01-01T13:34:00+02": "2012-01-01T11:34:00Z", "2012-01-01 13:34:00.25+02": "2012-01-01T11:34:00.25Z",
        "2012-01-01T13:34:00+0200": "2012-01-01T11:34:00Z", "20120101T133400+02": "2012-01-01T11:34:00Z",
        "2012-01-01t13:34:00z": "2012-01-01T13:34:00Z", "2012-01-01Z": "2012-01-01", "2012-01-01+02:00": "2012-01-01",
        "Sun, 01 Jan 2012 13:34:00 +0000 (UTC)": "2012-01-01T13:34:00Z",
    }  # fmt: skip
    resource = {"resource_type": "file", "url": "http://x.example/d"}
    records = [
        {"id": given, "title": "A", "metadata_modified": given, "resources": [{**resource, "last_modified": given}]}
        for given in times
    ]
    assert catalog.take_json(*records).refused == []
    found = [catalog.json(given) for given in times]
    assert [value["metadata_modified"] for value in found] == list(times.values())
    assert [value["resources"][0]["last_modified"] for value in found] == list(times.values())
    assert len(found) == 8


#: Dates of records in the draft's JSON, which keeps every spelling, and their datatype in the N3; "" is plain text.
_DATATYPES = {
    "2014": "gYear", "2014-05": "gYearMonth", "2014-05-09": "date", "2014-05-09T10:00:00": "dateTime", "2014-05-09T10:00:00+02:00": "dateTime",
    "2014Z": "gYear", "2014-05+02:00": "gYearMonth", "2014-05-09Z": "date", "2014-05-09-05:00": "date",
    "-0044": "gYear", "-0044-03-15": "date", "-12000": "gYear",
    # Days of spreadsheets, years with a digit too many, no years, no zones.
    "43831": "", "43831Z": "", "201405": "", "20231-04": "", "20231-04-22": "",
    "10000-01-01T00:00:00Z": "", "0000": "", "-0000": "", "0000-01": "", "0000-00-00": "", "0000-01-01": "", "0000-01-01T00:00:00Z": "",
    "-00044": "", "-20140509": "", "2014-05-09+02": "", "2014-05-09+15:00": "", "2014-13": "", "2014-02-30": "", "2014-02-30Z": "", "soon": "",
}  # fmt: skip
#: Such dates in other spellings, and what they are in the N3.
_OTHER_SPELLINGS = {
    "20140509": ("2014-05-09", "date"), "31/12/2013": ("2013-12-31", "date"), "mars 2014": ("2014-03", "gYearMonth"),
    "1399633200": ("2014-05-09T11:00:00Z", "dateTime"), "1399633200000": ("2014-05-09T11:00:00Z", "dateTime"),
    "2014-05-09T10:00:00+02": ("2014-05-09T08:00:00Z", "dateTime"), "2014-05-09 10:00": ("2014-05-09T10:00:00", "dateTime"),
}  # fmt: skip


def test_a_date_is_in_the_n3_what_it_surely_is_and_comes_back_as_it_was(catalogs: tuple[Catalog, Catalog]) -> None:
    created = "2001-01-01T00:00:00Z"
    due = {given: (given, datatype) for given, datatype in _DATATYPES.items()} | _OTHER_SPELLINGS
    records = [{"id": given, "title": "A", "issued": given, "metadata_created": created} for given in due]
    assert catalogs[0].take_json(*records).counts == (len(records), 0, 0, 0)
    found = {}
    for given in due:
        terms = catalogs[0].objects(given, "http://purl.org/dc/terms/issued")
        (term,) = terms - {f'"{created}"^^<http://www.w3.org/2001/XMLSchema#dateTime>'}
        text, _, datatype = term.partition("^^")
        found[given] = text.strip('"'), datatype.removeprefix("<http://www.w3.org/2001/XMLSchema#").removesuffix(">")
        catalogs[1].take(catalogs[0].n3(given), "records.n3")
        assert (catalogs[0].json(given)["issued"], catalogs[1].json(given)["issued"]) == (given, given)
    assert found == due
    assert len(found) == 39


def test_a_period_has_ends_in_the_n3_where_they_surely_are_dates(catalog: Catalog) -> None:
    catalog.take_json(*({"id": given, "title": "A", "temporal": f"{given}/"} for given in _DATATYPES))
    found = {given: catalog.objects(given, "http://www.w3.org/ns/dcat#startDate") for given in _DATATYPES}
    assert found == {
        given: {f'"{given}"^^<http://www.w3.org/2001/XMLSchema#{datatype}>'} if datatype else set()
        for given, datatype in _DATATYPES.items()
    }
    assert len(found) == 32


_LICENSES = {
    "CC-BY-4.0": (
        "cc-by-4.0", "CC BY 4.0", "http://creativecommons.org/licenses/by/4.0", "https://creativecommons.org/licenses/by/4.0/deed.de",
        "https://www.creativecommons.org/licenses/by/4.0/legalcode.fr", "https://spdx.org/licenses/CC-BY-4.0.html",
        "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0", "Creative Commons Namensnennung 4.0 International",
        "http://www.creativecommons.org/licenses/by/4.0/deed.fr?x=1#y", "https://creativecommons.org/licenses/by/4.0/?ref=chooser-v1",
        "https://creativecommons.org/licenses/by/4.0#ref", "https://creativecommons.org/licenses/by/4.0/rdf", "https://creativecommons.org/licenses/by/4.0/deed.en.html",
        "https://creativecommons.org/licenses/by/4.0/deed.zh-hans", "https://creativecommons.org/licenses/by/4.0/legalcode.txt", "http://creativecommons.org:80/licenses/by/4.0/",
        "https://creativecommons.org/licenses/by/4.0/legalcode.en#s6a", "//creativecommons.org/licenses/by/4.0/", "www.creativecommons.org/licenses/by/4.0",
        "https://spdx.org/licenses/CC-BY-4.0.json", "https://spdx.org/licenses/CC-BY-4.0#text", "Attribution 4.0 International (CC BY 4.0)",
        "cc-by 4.0 international", "Creative Commons Attribution 4.0 International Public License", "Creative Commons Attribution 4.0 International Licence (CC BY 4.0)",
    ),
    "CC-BY-3.0-DE": ("http://creativecommons.org/licenses/by/3.0/de/deed.en", "Creative Commons Attribution 3.0 Germany", "Attribution 3.0 Germany (CC BY 3.0 DE)"),
    "CC-BY-SA-4.0": ("Creative Commons Attribution Share-Alike 4.0", "Attribution-ShareAlike 4.0 International (CC BY-SA 4.0)", "CC BY-SA 4.0 International"),
    "CC-BY-SA-3.0": ("Attribution-ShareAlike 3.0 Unported (CC BY-SA 3.0)", "Creative Commons Attribution Share Alike 3.0 Unported License"),
    "CC-BY-NC-ND-4.0": ("Creative Commons Attribution-Non-Commercial-No Derivatives 4.0", "Attribution-NonCommercial-NoDerivs 4.0 International"),
    "CC0-1.0": ("cc-zero", "CC 0", "CCZero", "CC0 1.0 Universal (CC0 1.0)", "https://creativecommons.org/publicdomain/zero/1.0/rdf", "http://www.opendefinition.org/licenses/cc-zero"),
    "cc-by": ("CC-BY", "Creative Commons Attribution", "http://www.opendefinition.org/licenses/cc-by"),
    "ODbL-1.0": ("odc-odbl", "Open Data Commons Open Database License (ODbL)", "http://opendatacommons.org/licenses/odbl/"),
    "etalab-2.0": ("lov2", "Licence Ouverte / Open Licence version 2.0"),
    "fr-lo": ("http://www.etalab.gouv.fr/pages/Licence_ouverte_Open_licence-5899923.html",),
    "OGL-UK-3.0": ("http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3", "Open Government Licence v3.0"),
    "DL-DE-BY-2.0": ("dl-de/by-2-0", "http://dcat-ap.de/def/licenses/dl-by-de/2.0"),
    "terms_by": ("https://opendata.swiss/en/terms-of-use#terms_by", "NonCommercialAllowed-CommercialAllowed-ReferenceRequired",),
    "IODL-2.0": ("Italian Open Data License v2.0",),
    "NLOD-2.0": ("https://data.norge.no/nlod/no/2.0",),
    # Of the Open Definition's list.
    "LAL-1.3": ("FAL-1.3", "https://artlibre.org/licence/lal/en/", "https://opendefinition.org/licenses/fal", "https://spdx.org/licenses/LAL-1.3", "Free Art Licence 1.3"),
    "LAL-1.2": ("FAL-1.2", "https://spdx.org/licenses/LAL-1.2"), "DSL": ("https://opendefinition.org/licenses/dsl", "Design Science License"),
    "MirOS": ("https://opensource.org/licenses/MirOS", "https://opendefinition.org/licenses/miros"), "Against-DRM": ("http://www.opendefinition.org/licenses/against-drm",),
    "Talis": ("https://opendefinition.org/licenses/tcl", "Talis Community License"), "OGDL-Taiwan-1.0": ("https://data.gov.tw/license", "https://spdx.org/licenses/OGDL-Taiwan-1.0"),
    "O-UDA-1.0": ("https://github.com/microsoft/Open-Use-of-Data-Agreement/blob/v1.0/O-UDA-1.0.md", "https://spdx.org/licenses/O-UDA-1.0.html"),
    "GFDL-1.2": ("https://www.gnu.org/licenses/old-licenses/fdl-1.2.html", "https://spdx.org/licenses/GFDL-1.2"), "GFDL-1.3-or-later": ("gfdl-1.3-or-later",),
    # SPDX's ids and names. "only" and "or later" are two licences, and which is meant does not follow from a version alone.
    "GPL-3.0-only": ("gpl-3.0-only", "https://spdx.org/licenses/GPL-3.0-only.html", "GNU General Public License v3.0 only"),
    "GPL-3.0-or-later": ("GPL-3.0-or-later", "GNU General Public License v3.0 or later"), "GPL-3.0": ("gpl-3.0", "https://www.gnu.org/licenses/gpl-3.0.html"),
    "GPL-2.0": ("gpl-2.0", "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html"), "AGPL-3.0-only": ("AGPL-3.0-only",), "AGPL-3.0": ("agpl-3.0", "https://opensource.org/licenses/AGPL-3.0"),
    "LGPL-3.0": ("lgpl-3.0", "https://www.gnu.org/licenses/lgpl-3.0.html"), "LGPL-2.1-or-later": ("LGPL-2.1-or-later",), "MPL-2.0": ("mpl-2.0", "https://www.mozilla.org/en-US/MPL/2.0/"),
    "BSD-3-Clause": ("BSD 3-Clause License", "https://opensource.org/licenses/BSD-3-Clause"), "BSD-2-Clause": ("bsd-2-clause",), "ISC": ("ISC License",),
    "CDLA-Permissive-2.0": ("https://cdla.dev/permissive-2-0/",), "CC-PDDC": ("https://spdx.org/licenses/CC-PDDC",), "EUPL-1.1": ("EUPL-1.1",), "OFL-1.1": ("OFL-1.1",),
}  # fmt: skip


@pytest.mark.parametrize(("id", "given"), [(id, given) for id, names in _LICENSES.items() for given in names])
def test_a_licence_has_one_id_and_one_uri_beside_what_the_source_calls_it(
    catalog: Catalog, id: str, given: str
) -> None:
    assert catalog.take_json({**_POD, "license": given}).refused == []
    found, license = catalog.json("1"), known(id)
    assert license is not None
    assert (found["license"], found["license_id"], found["license_url"]) == (given, id, license.uri)
    assert catalog.objects("1", "http://purl.org/dc/terms/license") == {f"<{license.uri}>"}


@pytest.mark.parametrize(
    "given",
    [
        "None",
        "other-open",
        "notspecified",
        "https://creativecommons.org",
        "CC BY 9.0",
        "https://creativecommons.org/?x=licenses/by/4.0/",
        "https://opendata.swiss/terms-of-use",
        "https://opendata.swiss/terms-of-use#terms_none",
        "https://example.org/?license=https://creativecommons.org/licenses/by/4.0/",
        "https://creativecommons.org/licenses/by/4.0/igo/",
        "https://creativecommons.org/licenses/by/5.0/",
        "see creativecommons.org/licenses/by/4.0/",
        "https://spdx.org/licenses/",
        "?x=1",
        "#",
        "GPL-3.0-only WITH Classpath-exception-2.0",
        "MIT OR Apache-2.0",
        "http://dcat-ap.de/def/licenses/geonutz/20131001",
    ],
)
def test_a_licence_that_no_table_knows_stays_what_it_is(catalog: Catalog, given: str) -> None:
    catalog.take_json({**_POD, "license": given})
    assert (catalog.json("1")["license"], "license_id" in catalog.json("1")) == (given, False)


_BY, _OWN = "https://creativecommons.org/licenses/by/4.0/", "https://x.example/terms"


@pytest.mark.parametrize(
    ("given", "due"),
    [
        ([_BY], _BY),
        ([_BY, "cc-zero"], _BY),
        ([_OWN, _BY], _BY),
        ([_OWN, "my terms"], _OWN),
        ([{"@id": _OWN}, {"title": "CC BY 4.0"}], "CC BY 4.0"),
        (["", None, 5, _OWN], "5"),
        ([], "notspecified"),
        ([None, {}, []], "notspecified"),
    ],
    ids=str,
)
def test_of_several_licences_in_a_data_json_the_first_that_is_known_is_shown(
    catalogs: tuple[Catalog, Catalog], given: list[Any], due: str
) -> None:
    file = {"downloadURL": "https://x.example/a.csv", "license": given}
    assert catalogs[0].take_json({**_POD, "license": given, "distribution": [file]}).refused == []
    found = catalogs[0].json("1")
    assert (found["license"], found["resources"][0].get("license", "notspecified")) == (due, due)
    assert ("license_id" in found) is (known(due) is not None)
    if due != "notspecified":
        assert found["pod"]["license"] == found["resources"][0]["pod"]["license"] == given
    assert catalogs[1].take(catalogs[0].n3("1"), "a.n3").refused == []
    assert comparable(catalogs[1].json("1")) == comparable(found)


@pytest.mark.parametrize("id", ["TODO", "n/a", "null", "-", "xxx", "http://example.com/", " tbd "])
@pytest.mark.parametrize(
    "further",
    [{"keyword": ["k"], "distribution": []}, {"notes": "n"}, {"slug": "s", "created_at": "2014"}],
    ids=["pod", "ckan", "udata"],
)
def test_a_placeholder_is_refused_by_name(catalog: Catalog, id: str, further: dict[str, Any]) -> None:
    record = {"title": "A", "id": id, **further}
    (line,) = catalog.take_json(record).refused
    assert f"record 1: id {id!r} is a placeholder" in line


@pytest.mark.parametrize("id", [None, "", "  "], ids=repr)
@pytest.mark.parametrize(
    ("further", "keys"),
    [
        ({"keyword": ["k"], "distribution": []}, "identifier, id, @id or uri"),
        ({"slug": "s", "created_at": "2014"}, "id"),
        ({"notes": "n"}, "id or name"),
        ({"content": {"dct:title": "A"}, "access": [], "transport": {}}, "@id or dataSetStableIdentifier"),
    ],
    ids=["pod", "udata", "ckan", "ib1"],
)
def test_where_an_id_is_missing_or_blank_the_keys_for_one_are_named(
    catalog: Catalog, further: dict[str, Any], keys: str, id: str | None
) -> None:
    (line,) = catalog.take_json({"title": "A", "id": id, **further}).refused
    assert f"record 1: id is missing; every record needs one ({keys})" in line


def test_where_the_id_is_blank_ckan_has_a_name(catalog: Catalog) -> None:
    assert catalog.take_json({"title": "A", "notes": "n", "id": "  ", "name": "a-name"}).refused == []
    assert catalog.ids() == ["a-name"]


def test_a_placeholder_in_rdf_is_no_id_and_remarked(catalog: Catalog) -> None:
    taken = catalog.take_turtle('<http://x.example/a> a dcat:Dataset ; dct:title "A" ; dct:identifier "TODO" .')
    assert (taken.refused, catalog.ids()) == ([], ["http://x.example/a"])
    assert "'TODO' is a placeholder" in taken.remarks[0]


def test_what_came_in_as_data_json_goes_out_as_data_json(catalog: Catalog) -> None:
    given = {
        **_POD, "issued": "12 mars 2014", "publisher": {"@type": "org:Organization", "name": "P"},
        "distribution": [{"downloadURL": "http://x.example/d", "mediaType": "text/csv", "describedBy": "y"}, {"accessURL": "http://x.example/a"}],
    }  # fmt: skip
    catalog.take_json(given)
    assert render_record(catalog.json("1")) == given


#: Addresses as sources write them, and the IRI that the N3 has; ``None`` where a text is no address of anything.
_ADDRESSES = {
    "https://x.example/arbres 2023.csv": "https://x.example/arbres%202023.csv",
    "ftp://x.example/arbres 2023.csv": "ftp://x.example/arbres%202023.csv",
    " https://x.example/a\n": "https://x.example/a",
    "HTTP://x.example/{id}|a": "HTTP://x.example/%7Bid%7D%7Ca",
    "https://x.example/100%": "https://x.example/100%25",
    "https://x.example/été": "https://x.example/été",
    "https://x.example/a https://x.example/b": None,
    "https://x.example/a; http://x.example/b": None,
    "www.x.example/a b": None,
    "ask us": None,
    "http://[::1": None,
    "http://[::1]/a b": "http://[::1]/a%20b",
}


@pytest.mark.parametrize("given", _ADDRESSES)
@pytest.mark.parametrize("kind", ["file", "link"])
def test_an_address_is_an_iri_in_the_n3_and_stays_as_it_is_written(
    catalogs: tuple[Catalog, Catalog], given: str, kind: str
) -> None:
    url, beside = ("url", "access_url") if kind == "file" else ("access_url", "url")
    resource = {"resource_type": kind, url: given, beside: "https://x.example/beside"}
    record = {"id": "address", "title": "A", "license": "l", "landing_page": given, "resources": [resource]}
    assert catalogs[0].take_json(record).refused == []
    due = {f"<{_ADDRESSES[given]}>"} if _ADDRESSES[given] else set()
    assert catalogs[0].objects("address", "http://www.w3.org/ns/dcat#landingPage") == due
    download = catalogs[0].objects("address", "http://www.w3.org/ns/dcat#downloadURL")
    access = catalogs[0].objects("address", "http://www.w3.org/ns/dcat#accessURL")
    assert (download, access) == ((due if kind == "file" else set()), {"<https://x.example/beside>"})
    assert catalogs[1].take(catalogs[0].n3("address"), "records.n3").refused == []
    found, back = catalogs[0].json("address"), catalogs[1].json("address")
    assert (
        (back["landing_page"], back["resources"]) == (given, [resource]) == (found["landing_page"], found["resources"])
    )


def test_two_addresses_of_a_file_that_one_iri_names_are_both_kept(catalogs: tuple[Catalog, Catalog]) -> None:
    resources = [
        {"resource_type": "file", "url": url, "access_url": access}
        for url, access in (
            ("https://x.example/a b", "https://x.example/a%20b"),
            ("https://x.example/c%20d", "https://x.example/c d"),
            ("https://x.example/e f", "https://x.example/e f"),
            ("https://x.example/g h", "https://x.example/g  h"),
        )
    ]
    assert catalogs[0].take_json({"id": "two", "title": "A", "license": "l", "resources": resources}).refused == []
    assert catalogs[1].take(catalogs[0].n3("two"), "records.n3").refused == []
    assert catalogs[1].json("two")["resources"] == resources


@pytest.mark.parametrize(
    ("key", "given", "property", "due"),
    [
        ("languages", ["en", "de"], "http://purl.org/dc/terms/language", {'"en"', '"de"'}),
        ("languages", ["de", "en"], "http://purl.org/dc/terms/language", {'"en"', '"de"'}),
        ("themes", ["b", "https://t.example/a", "b"], "http://www.w3.org/ns/dcat#theme", {'"b"', "<https://t.example/a>"}),
        ("conforms_to", ["s", "r"], "http://purl.org/dc/terms/conformsTo", {'"s"', '"r"'}),
        ("in_series", ["https://s.example/2", "https://s.example/1"], "http://www.w3.org/ns/dcat#inSeries", {"<https://s.example/1>", "<https://s.example/2>"}),
        # What is no IRI is the id of a series of this catalog.
        ("in_series", ["https://s.example/2", "first"], "http://www.w3.org/ns/dcat#inSeries", {"<https://s.example/2>", f"<{ENDPOINT}/datasetseries/id/first>"}),
        ("languages", [], "http://purl.org/dc/terms/language", set()),
        ("languages", ["en", 1], "http://purl.org/dc/terms/language", set()),
    ],
)  # fmt: skip
def test_a_list_in_any_order_is_said_in_the_n3_and_keeps_its_order(
    catalogs: tuple[Catalog, Catalog], key: str, given: list[Any], property: str, due: set[str]
) -> None:
    record = {"id": "list", "title": "A", "license": "l", "resources": [], key: given}
    assert catalogs[0].take_json(record).refused == []
    assert catalogs[0].objects("list", property) == due
    assert catalogs[1].take(catalogs[0].n3("list"), "records.n3").refused == []
    assert catalogs[1].json("list").get(key) == catalogs[0].json("list").get(key) == (given or None)
