"""The whole catalog in one JSON document: what harvesters that read no DCIP get."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from werkzeug.test import Client

import dcip_server
from dcip_server.entities import Catalog
from dcip_server.errors import RecordError
from dcip_server.formats import pod
from dcip_server.formats.feeds import Feed, FeedRecord, data_rdf
from dcip_server.protocol.urls import Place
from dcip_server.store import Change, Delete, Put, Store
from tests.conftest import REAL_CATALOGS, Server, Site
from tests.records import SPELLINGS_OF_CC_BY_4, dataset

_SCHEMAS = REAL_CATALOGS / "schemas"


def _served(site: Site) -> list[dict[str, Any]]:
    answer = site.get("/data.json")
    assert (answer.status_code, answer.content_type) == (200, "application/json; charset=utf-8")
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    found: list[dict[str, Any]] = answer.json["dataset"]
    return found


def _put(*ids: int, title: str = "New") -> list[Change]:
    return [Put(dataset(id, title=title)) for id in ids]


def _delete(*ids: int) -> list[Change]:
    return [Delete("dataset", id) for id in ids]


#: Writes to a catalog of the records 0 to 4.
_WRITES: dict[str, list[list[Change]]] = {
    "nothing": [[]],
    "the first": [_put(0)],
    "the last": [_put(4)],
    "the first and the last": [_put(0, 4)],
    "neighbours": [_put(1, 2)],
    "all": [_put(4, 2, 0, 3, 1)],
    "a new one and the first": [_put(5, 0)],
    "the first deleted": [_delete(0)],
    "the first deleted and created again": [_delete(0), _put(0)],
    "the last deleted": [_delete(4)],
    "all deleted": [_delete(0, 1, 2, 3, 4)],
    "all deleted and created again": [_delete(0, 1, 2, 3, 4), _put(0, 1, 2, 3, 4)],
    "one twice": [_put(2, title="One"), _put(3), _put(2, title="Two")],
}


@pytest.mark.parametrize("writes", _WRITES.values(), ids=_WRITES.keys())
def test_a_feed_brought_up_to_date_is_the_feed_made_anew(
    sqlite_store: Store, make_site: Callable[..., Site], tmp_path: Path, writes: list[list[Change]]
) -> None:
    sqlite_store.revise(_put(*range(5), title="Old"))
    site = make_site(sqlite_store)
    assert [(item["identifier"], item["title"]) for item in _served(site)] == [(str(id), "Old") for id in range(5)]
    live = dict.fromkeys(map(str, range(5)), "Old")
    for write in writes:
        sqlite_store.revise(write, allow_mass_delete=True)
        for change in write:
            if isinstance(change, Put):
                live[str(change.entity.id)] = change.entity.title
            elif isinstance(change, Delete):
                del live[str(change.id)]
        assert {item["identifier"]: item["title"] for item in _served(site)} == live
    anew = make_site(sqlite_store, list_folder=str(tmp_path / "anew"))
    assert anew.get("/data.json").data == site.get("/data.json").data


def test_the_document_is_a_catalog_of_dcat_us(store: Store, make_site: Callable[..., Site]) -> None:
    site = make_site(store)
    empty = site.get("/data.json").json
    assert empty == {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
        "dataset": [],
    }
    store.revise(_put(1))
    assert _served(site) == [
        {
            "@type": "dcat:Dataset",
            "identifier": "1",
            "title": "New",
            "license": "https://opendefinition.org/licenses/cc-by/",
            "distribution": [
                {
                    "@type": "dcat:Distribution",
                    "downloadURL": "https://data.example/1.csv",
                    "format": "CSV",
                    "mediaType": "text/csv",
                }
            ],
        }
    ]


_EU = "http://publications.europa.eu/resource/authority"
_POLYGON = {"coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]], "type": "Polygon"}

#: A file's URL and format, and the media type that they tell.
_MEDIA_TYPES = [
    ("https://a.example/f", "GeoJSON", "application/geo+json"),
    ("https://a.example/f.zip", "SHP", "application/zip"),
    ("https://a.example/f.zip", "zip:csv", "application/zip"),
    ("https://a.example/f.zip?v=1.csv#a.b", "CSV", "application/zip"),
    ("https://a.example/F.KMZ", "KML", "application/vnd.google-earth.kmz"),
    ("https://a.example/f.csv", "", "text/csv"),
    ("https://a.example/f.csv", "text/plain", "text/plain"),
    ("https://a.example/f.tar.rar", "CSV", "application/vnd.rar"),
    ("https://a.example/csv", "", None),
    ("https://a.example/f.aspx?format=csv", "", None),
    ("https://a.example", "SHP", None),
]

#: Keys of a record of ours, and what the terms of DCAT-US are then; ``None`` for a term that is not there.
_TERMS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"license": "my own terms"}, {"license": None}),
    *(({"license": spelled}, {"license": "https://creativecommons.org/licenses/by/4.0/"}) for spelled in SPELLINGS_OF_CC_BY_4),
    ({"resources": [{"resource_type": "link", "url": "https://a.example/f", "format": "", "license": SPELLINGS_OF_CC_BY_4[0]}]},
     {"distribution": [{"@type": "dcat:Distribution", "accessURL": "https://a.example/f",
       "license": "https://creativecommons.org/licenses/by/4.0/"}]}),
    ({"resources": [{"resource_type": "link", "url": "https://a.example/f", "format": "", "license": "ours"}]},
     {"distribution": [{"@type": "dcat:Distribution", "accessURL": "https://a.example/f", "license": "ours"}]}),
    ({"license": "https://example.org/ä b"}, {"license": "https://example.org/%C3%A4%20b"}),
    ({"frequency": "annual"}, {"accrualPeriodicity": "R/P1Y"}),
    ({"frequency": f"{_EU}/frequency/MONTHLY"}, {"accrualPeriodicity": "R/P1M"}),
    ({"frequency": "R/P1D"}, {"accrualPeriodicity": "R/P1D"}),
    ({"frequency": "Täglich"}, {"accrualPeriodicity": "R/P1D"}),
    ({"frequency": "quotidien"}, {"accrualPeriodicity": "R/P1D"}),
    ({"frequency": "P1D"}, {"accrualPeriodicity": "R/P1D"}),
    ({"frequency": "http://purl.org/cld/freq/quarterly"}, {"accrualPeriodicity": "R/P3M"}),
    ({"frequency": "http://purl.org/cld/freq/"}, {"accrualPeriodicity": None}),
    ({"frequency": "irregular"}, {"accrualPeriodicity": "irregular"}),
    ({"frequency": "never"}, {"accrualPeriodicity": None}),
    ({"frequency": "now and then"}, {"accrualPeriodicity": None}),
    ({"access_rights": f"{_EU}/access-right/RESTRICTED"}, {"accessLevel": "restricted public", "rights": None}),
    ({"access_rights": "non-public"}, {"accessLevel": "non-public"}),
    ({"access_rights": "ask us"}, {"accessLevel": None, "rights": "ask us"}),
    ({"languages": [f"{_EU}/language/DEU", "fr"]}, {"language": ["deu", "fr"]}),
    ({"languages": ["the French language"]}, {"language": None}),
    ({"languages": ["the French language", "de"]}, {"language": ["de"]}),
    ({"languages": ["fr", "Français", "Deutsch"]}, {"language": ["fr", "fra", "deu"]}),
    ({"languages": ["Français"]}, {"language": ["fra"]}),
    ({"languages": [f"{_EU}/language/ENG", f"{_EU}/language/"]}, {"language": ["eng"]}),
    ({"temporal": "2001-01-01/2002-12-31"}, {"temporal": "2001-01-01/2002-12-31"}),
    ({"temporal": "long ago"}, {"temporal": None}),
    ({"spatial": _POLYGON}, {"spatial": json.dumps(_POLYGON, separators=(",", ":"))}),
    ({"maintainer": "Town"}, {"publisher": {"@type": "org:Organization", "name": "Town"}}),
    ({"tags": ["a", "b"]}, {"keyword": ["a", "b"]}),
    ({"tags": [" b", "a\r\n", "b", " ", "c  d"]}, {"keyword": ["b", "a", "c  d"]}),
    ({"contact_point": {"name": "Ann", "email": "ann@example.org"}},
     {"contactPoint": {"@type": "vcard:Contact", "fn": "Ann", "hasEmail": "mailto:ann@example.org"}}),
    ({"contact_point": {"name": "Ann", "email": "ann@example.org", "uri": "https://a.example/ann"}},
     {"contactPoint": {"@type": "vcard:Contact", "fn": "Ann", "hasEmail": "mailto:ann@example.org"}}),
    ({"access_rights": "http://purl.org/coar/access_right/c_abf2"}, {"accessLevel": "public"}),
    ({"contact_point": {"name": "Ann", "email": "mailto: ann@example.org"}},
     {"contactPoint": {"@type": "vcard:Contact", "fn": "Ann", "hasEmail": "mailto:ann@example.org"}}),
    ({"maintainer": "Ann", "ckan": {"organization": {"title": "Town"}, "maintainer_email": "ann@example.org"}},
     {"publisher": {"@type": "org:Organization", "name": "Ann"},
      "contactPoint": {"@type": "vcard:Contact", "fn": "Ann", "hasEmail": "mailto:ann@example.org"}}),
    ({"ckan": {"organization": {"title": "Town"}, "author_email": "ask@example.org", "maintainer_email": "nobody"}},
     {"publisher": {"@type": "org:Organization", "name": "Town"},
      "contactPoint": {"@type": "vcard:Contact", "hasEmail": "mailto:ask@example.org"}}),
    ({"ckan": {"organization": "Town", "author_email": 3}}, {"publisher": None, "contactPoint": None}),
    ({"resources": [{"resource_type": "file", "url": "https://a.example/f", "format": "xlsx"}]},
     {"distribution": [{"@type": "dcat:Distribution", "downloadURL": "https://a.example/f", "format": "xlsx",
       "mediaType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}]}),
    ({"resources": [{"resource_type": "file", "url": "https://a.example/f.csv.gz", "format": "CSV"}]},
     {"distribution": [{"@type": "dcat:Distribution", "downloadURL": "https://a.example/f.csv.gz", "format": "CSV",
       "mediaType": "application/gzip"}]}),
    *(({"resources": [{"resource_type": "file", "url": url, "format": format}]},
       {"distribution": [{key: item for key, item in (("@type", "dcat:Distribution"), ("downloadURL" if due else "accessURL", url), ("format", format), ("mediaType", due)) if item}]})
      for url, format, due in _MEDIA_TYPES),
    *(({"resources": [{"resource_type": "file", "url": "https://a.example/api", "format": "API"}], **further},
       {"distribution": [{"@type": "dcat:Distribution", "accessURL": "https://a.example/api", "format": "API"}]})
      for further in ({}, {"ckan": {"x": 1}})),
    ({"title": "x", "pod": {"title": 707}}, {"title": "x"}),
    ({"metadata_modified": "2001-01-01T00:00:00Z"}, {"modified": None}),
    ({"modified": "2001-01-01"}, {"modified": "2001-01-01"}),
    ({"modified": "2012-01-01 13:34"}, {"modified": "2012-01-01T13:34:00"}),
    ({"modified": "2012-01-01 13:34:00+01:00"}, {"modified": "2012-01-01T12:34:00Z"}),
    ({"pod": {"modified": "2012-01-01T13:34:00+01:00"}}, {"modified": "2012-01-01T13:34:00+01:00"}),
    ({"modified": "2012-01-01T12:34:00Z", "pod": {"modified": "2012-01-01 13:34:00+01:00"}}, {"modified": "2012-01-01T12:34:00Z"}),
    ({"modified": "Sun, 01 Jan 2012 13:34:00 GMT"}, {"modified": "2012-01-01T13:34:00Z"}),
    ({"modified": "1. Januar 2012", "issued": "mars 2012"}, {"modified": "2012-01-01", "issued": "2012-03"}),
    *(({"modified": read, "issued": read, "pod": {"modified": given, "issued": given}}, {"modified": said, "issued": said})
      for given, read, said in (
        ("1325424840", "2012-01-01T13:34:00Z", "2012-01-01T13:34:00Z"), ("1325424840000", "2012-01-01T13:34:00Z", "2012-01-01T13:34:00Z"),
        (1325424840, "2012-01-01T13:34:00Z", "2012-01-01T13:34:00Z"), ("20120101", "2012-01-01", "2012-01-01"),
        ("2012-01-01T24:00:00Z", "2012-01-02T00:00:00Z", "2012-01-02T00:00:00Z"),
        ("2012-01-01T24:00:00+01:00", "2012-01-01T23:00:00Z", "2012-01-01T23:00:00Z"),
        ("2012-01-01T13:34:00+01:00", "2012-01-01T12:34:00Z", "2012-01-01T13:34:00+01:00"),
        ("2012-01-01T13:34:00+02", "2012-01-01T11:34:00Z", "2012-01-01T11:34:00Z"),
        ("2012-01-01Z", "2012-01-01", "2012-01-01"), ("2012-01-01+02:00", "2012-01-01", "2012-01-01"),
        ("2012-01-01T13:34:00+15:00", "2011-12-31T22:34:00Z", "2011-12-31T22:34:00Z"),
      )),
    ({"modified": "43831", "issued": "43831"}, {"modified": "43831", "issued": None}),
    ({"modified": "20231-04-22", "issued": "20231-04-22"}, {"modified": "20231-04-22", "issued": None}),
    *(({"resources": [{"resource_type": "link", "url": "https://a.example/f", "format": "", **keys}]},
       {"distribution": [{"@type": "dcat:Distribution", "accessURL": "https://a.example/f", **terms}]})
      for keys, terms in (
        ({"last_modified": "2012-01-01", "pod": {"modified": "1. Januar 2012"}}, {"modified": "2012-01-01"}),
        ({"last_modified": "2012-02-13", "pod": {"modified": "13/02/2012"}}, {"modified": "2012-02-13"}),
        ({"last_modified": "2012-01-01T13:34:00Z", "pod": {"modified": 1325424840}}, {"modified": "2012-01-01T13:34:00Z"}),
        ({"last_modified": "2012-01-01T13:34:00Z", "pod": {"modified": "2012-01-01 13:34"}}, {"modified": "2012-01-01T13:34:00"}),
        ({"pod": {"modified": "last week"}}, {"modified": "last week"}),
        ({"pod": {"modified": "R/P1D"}}, {"modified": "R/P1D"}),
        ({"issued": "2012-01-01", "pod": {"issued": "1. Januar 2012"}}, {"issued": "2012-01-01"}),
        ({"issued": "1. Januar 2012"}, {"issued": "2012-01-01"}),
        ({"issued": "last week"}, {"source_issued": "last week"}),
      )),
    ({"modified": "R/P1D"}, {"modified": "R/P1D"}),
    ({"modified": "last week"}, {"modified": "last week"}),
    ({"conforms_to": ["https://example.org/s"]}, {"conformsTo": "https://example.org/s"}),
    ({"conforms_to": ["https://example.org/s", "https://example.org/t"]}, {"conformsTo": None}),
    ({"resources": []}, {"distribution": None}),
    ({"issued": "2001-01-01", "pod": {"issued": " 2001-01-01 "}}, {"issued": "2001-01-01"}),
    ({"pod": {"bureauCode": "015:11", "programCode": ["015"]}}, {"bureauCode": ["015:11"], "programCode": None}),
    ({"pod": {"bureauCode": ["015:11"], "programCode": ["015:001"]}}, {"bureauCode": ["015:11"], "programCode": ["015:001"]}),
    ({"pod": {"dataQuality": "yes", "isPartOf": {"a": 1}}}, {"dataQuality": None, "isPartOf": None}),
    ({"pod": {"dataQuality": False, "isPartOf": "a"}}, {"dataQuality": False, "isPartOf": "a"}),
    ({"pod": {"primaryITInvestmentUII": "021-123"}}, {"primaryITInvestmentUII": None}),
    ({"pod": {"primaryITInvestmentUII": "021-123456789"}}, {"primaryITInvestmentUII": "021-123456789"}),
    ({"pod": {"rights": "x" * 256}}, {"rights": None}),
    ({"pod": {"references": "https://a.example/b c"}}, {"references": ["https://a.example/b%20c"]}),
    ({"pod": {"references": ["see the library"]}}, {"references": None}),
    ({"landing_page": "http://[::1"}, {"landingPage": None}),
]  # fmt: skip


def test_a_term_has_the_form_that_its_readers_accept_or_is_left_out(site: Site) -> None:
    site.store.revise([Put(dataset(number, **keys)) for number, (keys, _) in enumerate(_TERMS)])
    found = [
        {term: item.get(term) for term in expected} for item, (_, expected) in zip(_served(site), _TERMS, strict=True)
    ]
    assert found == [expected for _, expected in _TERMS]
    assert len(found) == 93 + len(_MEDIA_TYPES)


def test_head_if_none_match_and_two_processes_agree(
    sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server], tmp_path: Path
) -> None:
    sqlite_store.revise([Put(dataset("ä", tags=["b", "a"])), *_put(1, 2)])
    answers = []
    for seed in ("1", "2"):
        server = serve(sqlite_url, PYTHONHASHSEED=seed, DCIP_LIST_FOLDER=str(tmp_path / seed))
        with closing(HTTPConnection(server.url.removeprefix("http://"))) as connection:
            for method, known in (("HEAD", ""), ("GET", ""), ("GET", "known")):
                headers = {"If-None-Match": answers[-1][1]["ETag"]} if known else {}
                connection.request(method, "/data.json", headers=headers)
                answer = connection.getresponse()
                answers.append((answer.status, answer.headers, answer.read()))
    assert [status for status, _, _ in answers] == [200, 200, 304] * 2
    assert answers[1][2] == answers[4][2] != b""
    assert [body for _, _, body in answers][::3] == [b"", b""]
    for status, headers, _ in answers:
        assert headers["ETag"] == answers[0][1]["ETag"]
        assert headers["Content-Length"] == (str(len(answers[1][2])) if status == 200 else None)


def _collected() -> list[Path]:
    return sorted(REAL_CATALOGS.glob("*.data.json*"))


def _number(source: dict[str, Any]) -> int:
    """The same in every process."""
    return sum(str(source.get("identifier")).encode())


_ASK = """
import sys
from werkzeug.test import Client
from dcip_server import settings
from dcip_server.app import create_app
answer = Client(create_app(settings.load({}, database_url=sys.argv[1], list_folder=sys.argv[2]))).get("/data.json")
sys.stdout.buffer.write(answer.headers["ETag"].encode() + answer.data)
"""


def test_what_another_program_of_the_same_version_made_is_not_served(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    sqlite_store.revise([Put(dataset("a", license="odc-odbl"))])
    package = tmp_path / "installed" / "dcip_server"
    shutil.copytree(Path(dcip_server.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))

    def ask() -> bytes:
        command = [sys.executable, "-c", _ASK, sqlite_url, str(tmp_path / "lists")]
        return subprocess.run(
            command,
            cwd=package.parent,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            check=True,
            capture_output=True,
        ).stdout

    answers = [ask()]
    assert ask() == answers[0]
    for file, text, other in (
        ("formats/feeds.py", '"@type":"dcat:Catalog"', '"@type": "dcat:Catalog"'),
        ("formats/licenses.tsv", "licenses/odbl/1-0/\t", "licenses/odbl/1-0/new\t"),
    ):
        old = (package / file).read_text()
        assert text in old
        (package / file).write_text(old.replace(text, other))
        answers.append(ask())
        assert other.strip().encode() in answers[-1]
    assert len({answer[:34] for answer in answers}) == 3


def test_a_feed_does_not_wait_for_another_one_that_takes_long_to_make(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.store.revise([Put(dataset("a"))])
    app = site.ask_once()
    begun, ended = Event(), Event()

    def made_slowly(catalog: Catalog, place: Place, left_out: Callable[[str], None]) -> Feed:
        def entry(record: FeedRecord) -> bytes:
            begun.set()
            assert ended.wait(60)
            return feed.entry(record)

        feed = data_rdf(catalog, place, left_out)
        return replace(feed, entry=entry)

    monkeypatch.setattr("dcip_server.web.feeds.data_rdf", made_slowly)

    def get(path: str) -> bytes:
        return Client(app).get(path, base_url=site.url, buffered=True).data

    with ThreadPoolExecutor() as threads:
        try:
            slow = threads.submit(get, "/data.rdf")
            assert begun.wait(60)
            assert b'"identifier":"a"' in threads.submit(get, "/data.json").result(20)
            assert b'"a-' in threads.submit(get, "/api/3/action/package_list").result(20)
            assert not slow.done()
        finally:
            ended.set()
        assert b"dataset/a" in slow.result(20)


def test_a_feed_with_other_addresses_has_another_tag(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    sqlite_store.revise([Put(dataset("a"))])
    sites = [make_site(sqlite_store, site_url=f"https://{name}.example") for name in "ab"]
    answers = [site.get("/data.rdf") for site in sites]
    assert answers[0].data != answers[1].data
    assert answers[0].headers["ETag"] != answers[1].headers["ETag"]


def test_what_is_valid_in_a_real_catalog_is_valid_as_it_is_served(site: Site) -> None:
    """Against the schema of the US catalog's own harvester."""
    checked = 0
    paths = _collected()
    if paths:
        schema = json.loads((_SCHEMAS / "dcat-us-1.1-non-federal_dataset.json").read_text())
        formats = Draft202012Validator.FORMAT_CHECKER
        valid = Draft202012Validator(schema, format_checker=formats).is_valid
        catalog = json.loads((_SCHEMAS / "dcat-us-1.1-catalog.json").read_text())
        del catalog["properties"]["dataset"]["items"]
        given = {}
        for path in paths:
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            try:
                sources = json.loads(data)["dataset"]
            except (ValueError, KeyError, TypeError):
                continue
            for source in sources if isinstance(sources, list) else []:
                # Of the large files every tenth: their records are much alike.
                if isinstance(source, dict) and (len(sources) < 100 or _number(source) % 10 == 0) and valid(source):
                    try:
                        given[source["identifier"]] = pod.parse_record(source)
                    except RecordError:
                        continue
        site.store.revise([Put(record) for record in given.values()], refused=lambda *_: None)
        assert Draft202012Validator(catalog, format_checker=formats).is_valid(site.get("/data.json").json)
        wrong = [item["identifier"] for item in _served(site) if not valid(item)]
        checked = len(given)
        assert wrong == []
    assert checked > 300 or not paths
