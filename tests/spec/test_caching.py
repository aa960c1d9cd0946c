"""Draft, "Caching": validators are sent for information; a conditional request is answered in full."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from hashlib import sha256

import pytest

from dcip_server.store import Put
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import CALLS, ask, assert_ok, read_json

RECORD = "/rest/dataset/id/123.json"


@rule("DCIP-CACHE-1")
def test_the_etag_of_a_record_is_strong_and_made_from_its_content(catalog: Site) -> None:
    answer = ask(catalog, RECORD)
    assert answer.headers["ETag"] == f'"{sha256(answer.data).hexdigest()}"'


@rule("DCIP-CACHE-1")
def test_last_modified_is_the_time_of_the_records_latest_revision(catalog: Site) -> None:
    entry = next(entry for entry in read_json(catalog, "/rest/dataset/id/") if entry["id"] == 123)
    sent = parsedate_to_datetime(ask(catalog, RECORD).headers["Last-Modified"])
    assert sent.strftime("%Y-%m-%dT%H:%M:%SZ") == entry["modified"]
    assert ask(catalog, RECORD).headers["Last-Modified"].endswith(" GMT")


@rule("DCIP-CACHE-1")
def test_the_two_serialisations_have_different_etags(catalog: Site) -> None:
    etags = {ask(catalog, f"/rest/dataset/id/123.{extension}").headers["ETag"] for extension in ("json", "dcat.N3")}
    assert len(etags) == 2


@rule("DCIP-CACHE-1")
@pytest.mark.parametrize("extension", ["json", "dcat.N3"])
def test_the_etag_changes_with_the_content_and_only_with_it(site: Site, extension: str) -> None:
    url = f"/rest/dataset/id/1.{extension}"
    etags = []
    for title in ("One", "One", "Two"):
        site.store.revise([Put(dataset("1", title=title))])
        etags.append(ask(site, url).headers["ETag"])
    assert etags[0] == etags[1] != etags[2]


@rule("DCIP-CACHE-1")
def test_n3_that_names_another_host_has_another_etag(catalog: Site) -> None:
    url = "/rest/dataset/id/123.dcat.N3"
    here, there = ask(catalog, url), ask(catalog, url, headers={"Host": "other.example"})
    assert here.data != there.data
    assert here.headers["ETag"] != there.headers["ETag"]


CONDITIONS = {
    "same etag": {"If-None-Match": "{etag}"},
    "same etag, weak": {"If-None-Match": "W/{etag}"},
    "one of several etags": {"If-None-Match": '"other", {etag}'},
    "any etag": {"If-None-Match": "*"},
    "not modified since then": {"If-Modified-Since": "{modified}"},
    "not modified since later": {"If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"},
    "both": {"If-None-Match": "{etag}", "If-Modified-Since": "{modified}"},
    "range of the same": {"If-Range": "{etag}", "Range": "bytes=0-9"},
    "match": {"If-Match": "{etag}"},
    "no match": {"If-Match": '"other"'},
    "unmodified": {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
    "malformed": {"If-None-Match": '"', "If-Modified-Since": "yesterday"},
}


@rule("DCIP-CACHE-1", "DCIP-READ-6")
@pytest.mark.parametrize("conditions", CONDITIONS.values(), ids=CONDITIONS.keys())
def test_a_conditional_request_is_answered_200_in_full(catalog: Site, conditions: dict[str, str]) -> None:
    for url, content_type in CALLS.values():
        plain = ask(catalog, url)
        etag = plain.headers.get("ETag", '"x"')
        modified = plain.headers.get("Last-Modified", "Fri, 31 Dec 2100 00:00:00 GMT")
        headers = {name: value.format(etag=etag, modified=modified) for name, value in conditions.items()}
        answer = ask(catalog, url, headers=headers)
        assert_ok(answer, content_type)
        assert answer.data == plain.data
