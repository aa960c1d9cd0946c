"""Harvesters that cannot be installed here, each played as it behaves: twice over a catalog that changes between.

Over real HTTP, with the site at a public address that is not the server's own, as behind a proxy.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import rdflib
from rdflib import DCAT, DCTERMS, FOAF, RDF

from dcip_server.store import Delete, Put, Store
from tests.conftest import Server
from tests.records import dataset
from tests.web.html import Page

_PUBLIC = "https://data.example/cat"
_HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
_PARSERS = {"text/turtle": "turtle", "application/rdf+xml": "xml", "application/ld+json": "json-ld", "text/n3": "n3"}


class Web:
    """What a client sees of the network: the site at its public address alone, no redirects."""

    def __init__(self, server: Server) -> None:
        self._host = urlsplit(server.url).netloc

    def ask(self, url: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
        assert url.startswith(_PUBLIC + "/")
        connection = HTTPConnection(self._host)
        connection.request(method, url.removeprefix(_PUBLIC), headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def get(self, url: str, **headers: str) -> tuple[HTTPResponse, bytes]:
        answer, body = self.ask(url, **headers)
        assert answer.status == 200, url
        assert int(answer.headers["Content-Length"]) == len(body)
        return answer, body


class Client:
    """Keeps the titles of what it harvested by its own identifier of them."""

    #: Whether it drops what is not there any more, and whether it knows records by the catalog's id.
    deletes = True

    def __init__(self, web: Web) -> None:
        self.web = web
        self.titles: dict[str, str] = {}

    def run(self) -> None:
        """Harvest once."""
        found = dict(self.harvest())
        self.titles = found if self.deletes else self.titles | found

    def harvest(self) -> Iterator[tuple[str, str]]:
        raise NotImplementedError


class _Rdf(Client):
    """Pages of RDF: one format for all, the next page by Hydra."""

    start = "/catalog.ttl"
    node, leads_on = _HYDRA.PagedCollection, _HYDRA.nextPage

    def pages(self) -> Iterator[rdflib.Graph]:
        url: str | None = _PUBLIC + self.start
        seen = set()
        format = ""
        while url:
            assert url not in seen
            seen.add(url)
            answer, body = self.web.get(url)
            format = format or _PARSERS[answer.headers["Content-Type"].partition(";")[0]]
            graph = rdflib.Graph().parse(data=body.decode("utf-8"), format=format)
            yield graph
            (node,) = graph.subjects(RDF.type, self.node)
            self.total = graph.value(node, _HYDRA.totalItems, any=False).toPython()
            following = graph.value(node, self.leads_on)
            url = str(following) if following is not None else None


class Piveau(_Rdf):
    """data.europa.eu: the total is an integer, and ids are ``dct:identifier``; a doubled one is logged."""

    start = "/catalog.rdf"

    def harvest(self) -> Iterator[tuple[str, str]]:
        ids: list[str] = []
        for page in self.pages():
            for subject in set(page.subjects(RDF.type, DCAT.Dataset)):
                ids.append(str(page.value(subject, DCTERMS.identifier, any=False)))
                yield ids[-1], str(page.value(subject, DCTERMS.title))
        assert len(ids) == len(set(ids)) == self.total


class UdataDcat(_Rdf):
    """udata: HEAD where the extension does not tell the format; what has no identifier, title or download is skipped."""

    start = "/catalog.jsonld"
    node, leads_on = _HYDRA.PartialCollectionView, _HYDRA.next

    def harvest(self) -> Iterator[tuple[str, str]]:
        head, _ = self.web.ask(_PUBLIC + self.start + "?page=1", "HEAD")
        assert (head.status, head.headers["Content-Type"].partition(";")[0] in _PARSERS) == (200, True)
        for page in self.pages():
            for subject in set(page.subjects(RDF.type, DCAT.Dataset)):
                urls = {
                    page.value(node, DCAT.downloadURL) or page.value(node, DCAT.accessURL)
                    for node in page.objects(subject, DCAT.distribution)
                }
                assert urls
                assert None not in urls
                assert page.value(page.value(subject, DCTERMS.publisher), FOAF.name)
                yield str(page.value(subject, DCTERMS.identifier)), str(page.value(subject, DCTERMS.title))


class _Ckan(Client):
    def action(self, name: str, **parameters: Any) -> Any:
        answer, body = self.web.get(f"{_PUBLIC}/api/3/action/{name}?{urlencode(parameters)}")
        assert answer.headers["Content-Type"].startswith("application/json")
        value = json.loads(body)
        assert value["success"] is True
        return value["result"]


class PiveauCkan(_Ckan):
    """data.europa.eu: until ``start`` is the count or there is nothing; packages go by their names."""

    def harvest(self) -> Iterator[tuple[str, str]]:
        start = 0
        while True:
            result = self.action("package_search", rows=100, start=start)
            yield from ((package["name"], package["title"]) for package in result["results"])
            start += 100
            if start >= result["count"] or not result["results"]:
                return


class CkanextHarvest(_Ckan):
    """CKAN: everything at first, then what changed since an hour before the last time; never deletes."""

    deletes = False
    last: str | None = None

    def __init__(self, web: Web) -> None:
        super().__init__(web)
        self.modified: dict[str, str] = {}
        self.organizations: set[str] = set()

    def harvest(self) -> Iterator[tuple[str, str]]:
        given = {} if self.last is None else {"fq": f"metadata_modified:[{self.last}Z TO *]"}
        started = (datetime.now() - timedelta(seconds=1)).isoformat()
        ids: set[str] = set()
        start = 0
        while True:
            result = self.action("package_search", rows=100, start=start, sort="id asc", **given)
            new = {package["id"]: package for package in result["results"]}
            if not new.keys() - ids:
                break
            ids |= new.keys()
            start += 100
            for id, package in new.items():
                # It compares times as text.
                if self.modified.get(id, "") < package["metadata_modified"]:
                    self.modified[id] = package["metadata_modified"]
                    assert all(re.fullmatch(r"[\w. -]{2,100}", tag["name"]) for tag in package["tags"])
                    if package["owner_org"] not in self.organizations:
                        self.organizations.add(self.action("organization_show", id=package["owner_org"])["id"])
                    yield id, package["title"]
        self.last = started


class UdataCkan(_Ckan):
    """udata: every name of the list, each package by a schema that wants keys to be there."""

    _KEYS = ("id", "name", "title", "notes", "license_id", "license_title", "tags", "metadata_created",
             "metadata_modified", "organization", "resources", "extras", "private", "type", "url")  # fmt: skip
    _RESOURCE_KEYS = ("id", "position", "name", "description", "format", "mimetype", "size", "hash", "created",
                      "last_modified", "url", "resource_type")  # fmt: skip

    def harvest(self) -> Iterator[tuple[str, str]]:
        for name in self.action("package_list"):
            package = self.action("package_show", id=name)
            assert package.keys() >= set(self._KEYS)
            assert (package["type"], package["private"], package["name"]) == ("dataset", False, name)
            for resource in package["resources"]:
                assert resource.keys() >= set(self._RESOURCE_KEYS)
                assert isinstance(resource["format"], str)
                assert datetime.fromisoformat(resource["created"])
            yield package["id"], package["title"]


class DataGov(Client):
    """data.gov and DKAN: one document, compared by the hash of each sorted record, ids each once."""

    def __init__(self, web: Web) -> None:
        super().__init__(web)
        self.hashes: dict[str, str] = {}
        self.changed = 0

    def harvest(self) -> Iterator[tuple[str, str]]:
        _, body = self.web.get(f"{_PUBLIC}/data.json", **{"User-Agent": "HarvesterBot/0.0"})
        document = json.loads(body)
        assert document["conformsTo"] == "https://project-open-data.cio.gov/v1.1/schema"
        hashes: dict[str, str] = {}
        for record in document["dataset"]:
            assert record["@type"] == "dcat:Dataset"
            assert record["identifier"].strip() not in hashes
            hashes[record["identifier"]] = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
            yield record["identifier"], record["title"]
        self.changed = len(hashes.items() - self.hashes.items())
        self.hashes = hashes


class Google(Client):
    """Google Dataset Search: robots.txt, sitemaps, and the JSON-LD of each page, which is the canonical one."""

    def harvest(self) -> Iterator[tuple[str, str]]:
        _, robots = self.web.get(f"{_PUBLIC}/robots.txt")
        (index,) = re.findall("(?m)^Sitemap: (.*)$", robots.decode())
        for part in self._locations(index):
            for page_url in self._locations(part):
                _, html = self.web.get(page_url)
                page = Page(html.decode())
                (canonical,) = [link for link in page.all("link") if link.attributes.get("rel") == "canonical"]
                assert canonical.attributes["href"] == page_url
                (script,) = [item for item in page.all("script") if item.attributes["type"] == "application/ld+json"]
                data = json.loads(script.text)
                assert (data["@type"], data["url"]) == ("Dataset", page_url)
                assert 50 <= len(data["description"]) <= 5000
                assert [item["@type"] for item in data["distribution"]] == ["DataDownload"]
                yield data["identifier"], data["name"]

    def _locations(self, url: str) -> list[str]:
        _, body = self.web.get(url)
        found = re.findall("<loc>(.*?)</loc>", body.decode())
        assert len(found) <= 50_000
        return found


_CLIENTS = (Piveau, UdataDcat, PiveauCkan, CkanextHarvest, UdataCkan, DataGov, Google)


@pytest.fixture
def web(sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]) -> Web:
    sqlite_store.revise([Put(_dataset(f"d{number}")) for number in range(120)])
    return Web(serve(sqlite_url, DCIP_SITE_URL=_PUBLIC))


def _dataset(id: str, title: str = "Old") -> Any:
    return dataset(id, title=title, maintainer="Town", tags=["trees of the town"], description="What it is about. " * 5)


def test_each_client_has_what_the_catalog_has_after_each_of_its_runs(web: Web, sqlite_store: Store) -> None:
    live = {f"d{number}": "Old" for number in range(120)}
    clients = [kind(web) for kind in _CLIENTS]
    for _ in range(2):
        for client in clients:
            client.run()
            assert (client, client.titles) == (client, live)
    # The catalog's times have whole seconds.
    time.sleep(1.1)
    sqlite_store.revise([Delete("dataset", "d7"), Put(_dataset("d8", "New")), Put(_dataset("e1", "Other"))])
    live |= {"d8": "New", "e1": "Other"}
    for client in clients:
        client.run()
        gone = {"d7"} if client.deletes else set()
        assert (client, client.titles) == (client, {id: title for id, title in live.items() if id not in gone})
    assert len(clients) == 7


def test_the_us_harvester_finds_changed_what_was_changed_and_no_more(web: Web, sqlite_store: Store) -> None:
    client = DataGov(web)
    for changes, changed in (([], 120), ([], 0), ([Put(_dataset("d8", "New")), Delete("dataset", "d7")], 1)):
        sqlite_store.revise(changes)
        client.run()
        assert client.changed == changed


_PATHS = ("/catalog.ttl", "/catalog.rdf?page=2", "/data.json", "/dcip.json", "/data.rdf", "/api/3/action/package_list",
          "/sitemap-1.xml", "/dataset/d1", "/dataset/d1.ttl", "/changes.atom")  # fmt: skip


def test_head_says_what_get_would_and_what_is_known_is_not_sent_again(web: Web) -> None:
    for path in _PATHS:
        for encoding in ("identity", "gzip"):
            headers = {"Accept-Encoding": encoding}
            answer, body = web.ask(_PUBLIC + path, **headers)
            head, nothing = web.ask(_PUBLIC + path, "HEAD", **headers)
            assert (path, answer.status, head.status, nothing) == (path, 200, 200, b"")
            for name in ("Content-Length", "Content-Type", "ETag", "Vary", "Content-Encoding"):
                assert head.headers[name] == answer.headers[name], (path, name)
            assert int(head.headers["Content-Length"]) == len(body)
            again, nothing = web.ask(_PUBLIC + path, **headers, **{"If-None-Match": answer.headers["ETag"]})
            assert (path, again.status, nothing) == (path, 304, b"")
            assert again.headers["ETag"] == answer.headers["ETag"]
