"""Harvesters in other languages, and one that needs a MongoDB (udata), each as it behaves: what it asks for, what it drops, and what it calls an error."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from html import unescape
from http.client import HTTPConnection, HTTPResponse
from typing import Any, ClassVar
from urllib.parse import urlencode, urljoin, urlsplit

import pyoxigraph as ox
from rdflib.namespace import DCAT, DCTERMS, RDF

from tests.conftest import Server
from tests.records import dataset

PUBLIC = "https://data.example/cat"
_SERIES = f"{DCAT}DatasetSeries"
_HYDRA = "http://www.w3.org/ns/hydra/core#"
_FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE, "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD, "text/n3": ox.RdfFormat.N3,
}  # fmt: skip


def record(id: str, title: str = "Old") -> Any:
    """A dataset with all that one of the clients asks for."""
    return dataset(id, title=title, maintainer="Town", tags=["trees of the town"], description="What it is about. " * 5)


class HarvestError(Exception):
    """The run of a client ends: it keeps what it had."""


class Web:
    """What a client sees of the network: the site at its public address alone, no redirects."""

    def __init__(self, server: Server) -> None:
        self._host = urlsplit(server.url).netloc

    def ask(self, url: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
        if not url.startswith(PUBLIC + "/"):
            raise HarvestError(f"{url} is elsewhere")
        connection = HTTPConnection(self._host)
        connection.request(method, url.removeprefix(PUBLIC), headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def get(self, url: str, **headers: str) -> tuple[HTTPResponse, bytes]:
        answer, body = self.ask(url, **headers)
        if answer.status != 200 or int(answer.headers["Content-Length"]) != len(body):
            raise HarvestError(f"{url}: {answer.status}, {len(body)} bytes")
        return answer, body


class Client:
    """Keeps the titles of what it harvested by its own identifier of them, and why it dropped what it dropped."""

    #: Whether it drops what is not there any more.
    deletes = True
    #: Whether it knows records by the catalog's ids.
    by_id = True
    #: How many days after its first run it runs.
    day = 0

    def __init__(self, web: Web) -> None:
        self.web = web
        self.titles: dict[str, str] = {}
        self.dropped: list[str] = []

    def run(self) -> None:
        """Harvest once."""
        found: dict[str, str] = {}
        self.dropped = []
        for id, title in self.harvest():
            if id in found:
                self.dropped.append(f"{id}: twice")
            elif not id.strip() or not title.strip():
                self.dropped.append(f"{id}: no identifier or title")
            else:
                found[id] = title
        self.titles = found if self.deletes else self.titles | found

    def harvest(self) -> Iterator[tuple[str, str]]:
        raise NotImplementedError


class RdfPage:
    """A parsed page of a feed."""

    def __init__(self, body: bytes, format: ox.RdfFormat) -> None:
        self._store = ox.Store()
        # Without a base: an address that is not absolute is an error.
        self._store.extend(ox.parse(body, format=format))

    def subjects(self, *kinds: str) -> list[Any]:
        """Those of one of the classes, each once."""
        kind = ox.NamedNode(str(RDF.type))
        found = [
            quad.subject
            for name in kinds
            for quad in self._store.quads_for_pattern(None, kind, ox.NamedNode(name), None)
        ]
        return list(dict.fromkeys(found))

    def values(self, subject: Any, predicate: str) -> list[Any]:
        return [quad.object for quad in self._store.quads_for_pattern(subject, ox.NamedNode(predicate), None, None)]

    def text(self, subject: Any, predicate: str) -> str:
        """The first by the alphabet, or nothing."""
        return min((str(value.value) for value in self.values(subject, predicate)), default="")


class _Rdf(Client):
    """Pages of RDF: one format for all, the next page by Hydra."""

    start = "/catalog.ttl"
    headers: ClassVar[dict[str, str]] = {}
    #: Classes of the node that leads on, in the order in which the client looks for one, and by what property.
    nodes = (("PartialCollectionView", "next"), ("PagedCollection", "nextPage"))

    def pages(self) -> Iterator[RdfPage]:
        url = PUBLIC + self.start
        format: ox.RdfFormat | None = None
        asked = set()
        while url:
            if url in asked:
                raise HarvestError(f"{url} leads on to itself")
            asked.add(url)
            answer, body = self.web.get(url, **self.headers)
            kind, _, parameters = answer.headers["Content-Type"].partition(";")
            if parameters.strip() != "charset=utf-8" or kind not in _FORMATS:
                raise HarvestError(f"{url} is {answer.headers['Content-Type']}")
            format = format or _FORMATS[kind]
            page = RdfPage(body, format)
            yield page
            url = self.next_of(page)

    def next_of(self, page: RdfPage) -> str:
        for kind, leads_on in self.nodes:
            for node in page.subjects(_HYDRA + kind):
                self.look_at(page, node)
                return page.text(node, _HYDRA + leads_on)
        raise HarvestError("no paging")

    def look_at(self, page: RdfPage, node: Any) -> None:
        """What else the client reads of the paging."""


class Piveau(_Rdf):
    """data.europa.eu: the total has to be there and an integer; ids are ``dct:identifier``."""

    start = "/catalog.rdf"
    headers: ClassVar[dict[str, str]] = {"Accept": "application/rdf+xml"}
    nodes = (("PagedCollection", "nextPage"), ("PartialCollectionView", "next"))
    total = 0

    def harvest(self) -> Iterator[tuple[str, str]]:
        for page in self.pages():
            for subject in page.subjects(str(DCAT.Dataset)):
                yield page.text(subject, str(DCTERMS.identifier)), page.text(subject, str(DCTERMS.title))

    def look_at(self, page: RdfPage, node: Any) -> None:
        (value,) = page.values(node, _HYDRA + "totalItems")
        if value.datatype.value != "http://www.w3.org/2001/XMLSchema#integer":
            raise HarvestError("totalItems is no integer")
        self.total = int(value.value)


class UdataDcat(_Rdf):
    """udata: HEAD where the URL's end does not tell the format; datasets and series first, services on a second pass.

    A record that is absent is kept for seven days.
    """

    start = "/catalog.jsonld"
    headers: ClassVar[dict[str, str]] = {"User-Agent": "uData/0.1 dcat"}

    def __init__(self, web: Web) -> None:
        super().__init__(web)
        self.services: dict[str, str] = {}
        self.series: dict[str, str] = {}
        self.without_files: set[str] = set()
        self._seen: dict[str, int] = {}

    def run(self) -> None:
        before = self.titles
        super().run()
        self._seen |= dict.fromkeys(self.titles, self.day)
        kept = {id for id in before if self.day - self._seen[id] <= 7}
        self.titles = {id: title for id, title in before.items() if id in kept} | self.titles

    def harvest(self) -> Iterator[tuple[str, str]]:
        head, _ = self.web.ask(f"{PUBLIC}{self.start}?page=1", "HEAD", **self.headers)
        if head.status != 200 or head.headers["Content-Type"].partition(";")[0] not in _FORMATS:
            raise HarvestError(f"HEAD: {head.status}")
        pages = list(self.pages())
        for page in pages:
            for subject in page.subjects(str(DCAT.Dataset), _SERIES):
                id, title = page.text(subject, str(DCTERMS.identifier)), page.text(subject, str(DCTERMS.title))
                files = page.values(subject, str(DCAT.distribution))
                if not any(page.text(file, str(term)) for file in files for term in (DCAT.downloadURL, DCAT.accessURL)):
                    self.without_files.add(id)
                if subject in page.subjects(str(DCAT.Dataset)):
                    yield id, title
                else:
                    self.series[id] = title
        for page in pages:
            used = {node for node in page.subjects(str(DCAT.Distribution))
                    for node in page.values(node, str(DCAT.accessService))}  # fmt: skip
            for subject in page.subjects(str(DCAT.DataService)):
                if subject not in used:
                    self.services[page.text(subject, str(DCTERMS.identifier))] = page.text(subject, str(DCTERMS.title))


class _Ckan(Client):
    base = PUBLIC + "/"
    headers: ClassVar[dict[str, str]] = {}

    def action(self, name: str, **parameters: Any) -> Any:
        url = urljoin(self.base, f"api/3/action/{name}")
        answer, body = self.web.get(f"{url}?{urlencode(parameters)}" if parameters else url, **self.headers)
        value = json.loads(body)
        if answer.headers["Content-Type"].partition(";")[0] != "application/json" or value["success"] is not True:
            raise HarvestError(url)
        return value["result"]


class PiveauCkan(_Ckan):
    """data.europa.eu: until ``start`` is the count or there is nothing; packages go by their names."""

    by_id = False

    def harvest(self) -> Iterator[tuple[str, str]]:
        start = 0
        while True:
            result = self.action("package_search", rows=100, start=start)
            yield from ((package["name"], package["title"]) for package in result["results"])
            start += 100
            if start >= result["count"] or not result["results"]:
                return


class PiveauDkan(_Ckan):
    """data.europa.eu from a DKAN: pages until one is empty."""

    by_id = False

    def harvest(self) -> Iterator[tuple[str, str]]:
        offset = 0
        while found := self.action("current_package_list_with_resources", limit=100, offset=offset):
            yield from ((package["name"], package["title"]) for package in found)
            offset += 100


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
                    if not all(re.fullmatch(r"[\w. -]{2,100}", tag["name"]) for tag in package["tags"]):
                        self.dropped.append(f"{id}: tags")
                    if package["owner_org"] and package["owner_org"] not in self.organizations:
                        self.organizations.add(self.action("organization_show", id=package["owner_org"])["id"])
                    yield id, package["title"]
        self.last = started


class UdataCkan(_Ckan):
    """udata: every name of the list, each package by a schema that wants keys to be there; one without files is left out."""

    headers: ClassVar[dict[str, str]] = {"User-Agent": "uData/0.1 ckan", "Content-Type": "application/json"}
    _KEYS = ("id", "name", "title", "notes", "license_id", "license_title", "tags", "metadata_created",
             "metadata_modified", "organization", "resources", "private", "type", "author", "author_email",
             "maintainer", "maintainer_email", "state")  # fmt: skip
    _RESOURCE_KEYS = ("id", "position", "name", "description", "format", "mimetype", "size", "hash", "created",
                      "last_modified", "url", "resource_type")  # fmt: skip
    _RESOURCE_TYPES = ("file", "file.upload", "api", "documentation", "image", "visualization")

    def __init__(self, web: Web) -> None:
        super().__init__(web)
        self.without_files: set[str] = set()

    def harvest(self) -> Iterator[tuple[str, str]]:
        for name in self.action("package_list"):
            package = self.action("package_show", id=name)
            self.dropped += [f"{name}: {reason}" for reason in self._refusals(package)]
            if not package["resources"]:
                self.without_files.add(package["id"])
            yield package["id"], package["title"]

    def _refusals(self, package: dict[str, Any]) -> Iterator[str]:
        yield from (key for key in self._KEYS if key not in package)
        if (package["type"], package["private"]) != ("dataset", False):
            yield "type"
        for resource in package["resources"]:
            yield from (key for key in self._RESOURCE_KEYS if key not in resource)
            if not isinstance(resource["format"], str) or not isinstance(resource["position"], int):
                yield "format or position"
            if resource["resource_type"] not in self._RESOURCE_TYPES:
                yield "resource_type"
            if not _is_date(resource["created"]):
                yield "created"


def _is_date(text: Any) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except (TypeError, ValueError):
        return False


class DataGov(Client):
    """data.gov and DKAN: one document, compared by the hash of each sorted record, ids each once."""

    headers: ClassVar[dict[str, str]] = {
        "User-Agent": "HarvesterBot/0.0 (https://data.gov; datagovhelp@gsa.gov) Data.gov/2.0"
    }

    def __init__(self, web: Web) -> None:
        super().__init__(web)
        self.hashes: dict[str, str] = {}
        #: What the last run created or updated.
        self.changed: set[str] = set()

    def harvest(self) -> Iterator[tuple[str, str]]:
        _, body = self.web.get(f"{PUBLIC}/data.json", **self.headers)
        document = json.loads(body)
        if document["conformsTo"] != "https://project-open-data.cio.gov/v1.1/schema" or not document["@context"]:
            raise HarvestError("another schema")
        hashes: dict[str, str] = {}
        for item in document["dataset"]:
            if item["@type"] != "dcat:Dataset" or {file["@type"] for file in item.get("distribution", ())} - {
                "dcat:Distribution"
            }:
                self.dropped.append(f"{item['identifier']}: @type")
            hashes[item["identifier"]] = hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()
            yield item["identifier"], item["title"]
        self.changed = {id for id, _ in hashes.items() - self.hashes.items()}
        self.hashes = hashes


class Google(Client):
    """Google Dataset Search: robots.txt, sitemaps, and the JSON-LD of each page that is new by its ``lastmod``."""

    def __init__(self, web: Web) -> None:
        super().__init__(web)
        self._read: dict[str, tuple[str, tuple[str, str] | None]] = {}
        #: Pages read by the last run.
        self.read: list[str] = []
        #: Of what it found: what stands in a page beside name and identifier.
        self.data: dict[str, dict[str, Any]] = {}

    def harvest(self) -> Iterator[tuple[str, str]]:
        self.read = []
        _, robots = self.web.get(f"{PUBLIC}/robots.txt")
        (index,) = re.findall("(?m)^Sitemap: (.*)$", robots.decode())
        for part, _ in self._locations(index):
            for url, changed in self._locations(part):
                if url not in self._read or self._read[url][0] != changed:
                    self._read[url] = changed, self._page(url)
                    self.read.append(url)
                if found := self._read[url][1]:
                    yield found

    def _page(self, url: str) -> tuple[str, str] | None:
        answer, body = self.web.get(url)
        text = body.decode()
        (canonical,) = re.findall('<link rel="canonical" href="(.*?)">', text)
        (script,) = re.findall('<script type="application/ld[+]json">(.*?)</script>', text, re.DOTALL)
        data = json.loads(script)
        if data["@type"] != "Dataset":
            return None
        if unescape(canonical) != url or data["url"] != url or answer.headers.get("X-Robots-Tag"):
            self.dropped.append(f"{url} is another page")
        if {item["@type"] for item in data.get("distribution", ())} - {"DataDownload"}:
            self.dropped.append(f"{url}: @type")
        if len(data.get("description", "")) > 5000:
            self.dropped.append(f"{url}: description")
        self.data[data["identifier"]] = data
        return data["identifier"], data["name"]

    def _locations(self, url: str) -> Iterable[tuple[str, str]]:
        _, body = self.web.get(url)
        found = re.findall("<loc>(.*?)</loc>(?:<lastmod>(.*?)</lastmod>)?", body.decode())
        if len(found) > 50_000:
            raise HarvestError(f"{url}: {len(found)} addresses")
        return [(unescape(address), changed) for address, changed in found]


class FairDataPoints(Client):
    """The index of FAIR Data Points: what a repository contains and its datasets, each asked for by itself; what it had goes first."""

    _REPOSITORIES = ("http://www.re3data.org/schema/3-0#Repository", "https://w3id.org/fdp/fdp-o#MetadataService")
    _CONTAINS = "http://www.w3.org/ns/ldp#contains"

    def harvest(self) -> Iterator[tuple[str, str]]:
        self.titles = {}
        waiting = [f"{PUBLIC}/catalog.ttl"]
        for url in waiting:
            page = self._page(url)
            repositories = page.subjects(*self._REPOSITORIES)
            if not repositories:
                raise HarvestError(f"{url} is no repository")
            for repository in repositories:
                waiting += (link.value for link in page.values(repository, self._CONTAINS))
                for named in page.values(repository, f"{DCAT}dataset"):
                    own = self._page(named.value)
                    yield own.text(named, f"{DCTERMS}identifier"), own.text(named, f"{DCTERMS}title")

    def _page(self, url: str) -> RdfPage:
        answer, body = self.web.get(url, Accept="text/turtle")
        if not answer.headers["Content-Type"].startswith("text/turtle"):
            raise HarvestError(f"{url} is {answer.headers['Content-Type']}")
        return RdfPage(body, ox.RdfFormat.TURTLE)


CLIENTS = (Piveau, UdataDcat, PiveauCkan, PiveauDkan, CkanextHarvest, UdataCkan, DataGov, Google, FairDataPoints)
