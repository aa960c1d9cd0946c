"""Harvesters in other languages, and one that needs a MongoDB, twice over a catalog that changes between.

Over real HTTP, with the site at a public address that is not the server's own, as behind a proxy.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from dcip_server.formats.dcip import parse_dataset
from dcip_server.store import Delete, Put, Store
from tests.clients.described import (
    CLIENTS,
    PUBLIC,
    Client,
    DataGov,
    FairDataPoints,
    Google,
    Piveau,
    PiveauDkan,
    UdataDcat,
    Web,
    record,
)
from tests.conftest import REAL_CATALOGS, Ran, Server


@pytest.fixture
def web(sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]) -> Web:
    sqlite_store.revise([Put(record(f"d{number}")) for number in range(120)])
    return Web(serve(sqlite_url, DCIP_SITE_URL=PUBLIC))


def _harvested(client: Client) -> tuple[dict[str, str], list[str]]:
    """What it has after a run, and what it dropped in it."""
    client.run()
    return client.titles, client.dropped


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_client_has_what_the_catalog_has_after_each_of_its_runs(
    web: Web, sqlite_store: Store, kind: Callable[[Web], Client]
) -> None:
    live = {f"d{number}": "Old" for number in range(120)}
    client = kind(web)
    assert _harvested(client) == (live, [])
    assert _harvested(client) == (live, [])
    # The catalog's times have whole seconds.
    time.sleep(1.1)
    sqlite_store.revise([Delete("dataset", "d7"), Put(record("d8", "New")), Put(record("e1", "Other"))])
    live |= {"d8": "New", "e1": "Other"}
    if isinstance(client, UdataDcat):
        assert _harvested(client) == (live, [])
        client.day = 8
    if client.deletes:
        del live["d7"]
    assert _harvested(client) == (live, [])


def test_data_europa_eu_is_told_how_many_there_are(web: Web, sqlite_store: Store) -> None:
    client = Piveau(web)
    client.run()
    assert client.total == 120
    sqlite_store.revise([Delete("dataset", "d7")])
    client.run()
    assert client.total == 119


def test_udata_finds_services_that_no_file_is_served_by_and_series(
    web: Web, sqlite_store: Store, run: Callable[..., Ran]
) -> None:
    source = b"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
        <https://a.example/1> a dcat:Dataset ; dct:title "One" ; dcat:distribution [ a dcat:Distribution ;
            dcat:accessURL <https://a.example/f> ; dcat:accessService [ a dcat:DataService ; dct:title "Used" ] ] .
        <https://a.example/2> a dcat:DatasetSeries ; dct:title "Two" .
        <https://a.example/3> a dcat:DataService ; dct:title "Three" ; dcat:endpointURL <https://a.example/api> ."""
    assert run("import", "-", "--format", "dcat", stdin=source).status == 0
    client = UdataDcat(web)
    client.run()
    assert client.titles["https://a.example/1"] == "One"
    assert client.series == {"https://a.example/2": "Two"}
    assert client.services == {"https://a.example/3": "Three"}
    assert client.without_files == {"https://a.example/2"}


def test_the_us_harvester_finds_changed_what_was_changed_and_no_more(web: Web, sqlite_store: Store) -> None:
    client = DataGov(web)
    client.run()
    assert len(client.changed) == 120
    client.run()
    assert client.changed == set()
    sqlite_store.revise([Put(record("d8", "New")), Delete("dataset", "d7")])
    client.run()
    assert client.changed == {"d8"}


def test_google_reads_again_what_the_sitemap_says_has_changed_and_no_more(web: Web, sqlite_store: Store) -> None:
    client = Google(web)
    client.run()
    assert len(client.read) == 120
    client.run()
    assert client.read == []
    time.sleep(1.1)
    sqlite_store.revise([Put(record("d8", "New")), Delete("dataset", "d7")])
    client.run()
    assert client.read == [f"{PUBLIC}/dataset/d8"]


def test_google_finds_in_a_page_what_it_asks_for(web: Web, sqlite_store: Store) -> None:
    said = {
        "id": "full", "title": "Bäume", "license": "cc-by-4.0", "description": "What it is about. " * 5, "author": "Ann",
        "maintainer": "Town", "tags": ["tree"], "temporal": "2019-01-01/2019-12-31", "modified": "2021-03-04",
        "spatial": {"type": "Point", "coordinates": [6.1, 49.6]},
        "resources": [{"resource_type": "file", "url": "https://a.example/t.csv", "format": "csv", "mimetype": "text/csv"}],
    }  # fmt: skip
    sqlite_store.revise([Put(parse_dataset(said))])
    client = Google(web)
    client.run()
    data = client.data["full"]
    assert 50 <= len(data["description"]) <= 5000
    assert data["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert data["distribution"] == [
        {"@type": "DataDownload", "contentUrl": "https://a.example/t.csv", "encodingFormat": "text/csv"}
    ]
    assert data.keys() >= {
        "name", "url", "identifier", "creator", "publisher", "keywords", "dateModified", "temporalCoverage", "spatialCoverage",
        "includedInDataCatalog",
    }  # fmt: skip


def _live(web: Web, entity: str) -> set[str]:
    """The ids that the change list says are there."""
    _, body = web.get(f"{PUBLIC}/rest/{entity}/id/")
    return {str(entry["id"]) for entry in json.loads(body) if entry["change_type"] != "delete"}


def test_each_client_gets_every_record_of_real_catalogs_once_and_sees_what_changes(
    run: Callable[..., Ran], sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]
) -> None:
    sqlite_store.revise([Put(record("gone")), Put(record("edited"))])
    if REAL_CATALOGS.exists():
        run("import", str(REAL_CATALOGS), "--allow-mass-delete")
    web = Web(serve(sqlite_url, DCIP_SITE_URL=PUBLIC))
    live, series = _live(web, "dataset"), _live(web, "datasetseries")
    # DKAN's list of packages is CKAN's search in another form, which costs as much; an index of FAIR Data Points asks for
    # datasets where their IRIs are, which is elsewhere for these.
    clients = [kind(web) for kind in CLIENTS if kind not in (PiveauDkan, FairDataPoints)]
    before: list[dict[str, str]] = []
    for client in clients:
        titles, dropped = _harvested(client)
        assert (client, dropped, len(titles)) == (
            client,
            [],
            len(live) + (len(series) if isinstance(client, Google) else 0),
        )
        if client.by_id:
            assert titles.keys() - series == live
        before.append(dict(titles))

    time.sleep(1.1)
    sqlite_store.revise([Delete("dataset", "gone"), Put(record("edited", "New"))])
    for client, old in zip(clients, before, strict=True):
        client.day = 8
        titles, dropped = _harvested(client)
        assert (client, dropped) == (client, [])
        assert (client, dict(titles.items() - old.items())) == (client, {"edited": "New"})
        assert (client, old.keys() - titles.keys()) == (client, {"gone"} if client.deletes else set())
    # How many each file has is compared with its collector's count elsewhere.
    assert len(live) > (6_000 if REAL_CATALOGS.exists() else 1)


_PATHS = ("/catalog.ttl", "/catalog.rdf?page=2", "/data.json", "/dcip.json", "/data.rdf", "/api/3/action/package_list",
          "/sitemap-1.xml", "/dataset/d1", "/dataset/d1.ttl", "/changes.atom")  # fmt: skip


def test_head_says_what_get_would_and_what_is_known_is_not_sent_again(web: Web) -> None:
    for path in _PATHS:
        for encoding in ("identity", "gzip"):
            headers = {"Accept-Encoding": encoding}
            answer, body = web.ask(PUBLIC + path, **headers)
            head, nothing = web.ask(PUBLIC + path, "HEAD", **headers)
            assert (path, answer.status, head.status, nothing) == (path, 200, 200, b"")
            for name in ("Content-Length", "Content-Type", "ETag", "Vary", "Content-Encoding"):
                assert head.headers[name] == answer.headers[name], (path, name)
            assert int(head.headers["Content-Length"]) == len(body)
            again, nothing = web.ask(PUBLIC + path, **headers, **{"If-None-Match": answer.headers["ETag"]})
            assert (path, again.status, nothing) == (path, 304, b"")
            assert again.headers["ETag"] == answer.headers["ETag"]
