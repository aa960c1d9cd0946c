"""The RDF parser of ckanext-dcat itself reads the catalog's feeds: what arrives in a CKAN."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dcip_server.formats.ckan import parse_record
from dcip_server.store import Put, Store
from tests.clients.ckan_stand_in import standing_in
from tests.conftest import REAL_CATALOGS, Ran, Site
from tests.records import dataset

#: It uses a class that rdflib will drop.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")

_EXTENSIONS = ("ttl", "rdf", "jsonld", "n3")


@pytest.fixture(scope="module")
def new_parser() -> Iterator[Callable[[], Any]]:
    with standing_in():
        from ckanext.dcat.processors import RDFParser

        yield RDFParser


class Harvester:
    """What the extension's harvester does around its parser: pages by HEAD and GET, datasets by their guid."""

    def __init__(self, new_parser: Callable[[], Any], url: str) -> None:
        self._new_parser = new_parser
        self._url = url
        self.packages: dict[str, dict[str, Any]] = {}
        self.pages = 0

    def run(self) -> tuple[set[str], set[str]]:
        """Harvest; returns the guids of what is new or changed, and of what is deleted."""
        found: dict[str, dict[str, Any]] = {}
        url: str | None = self._url
        format = None
        self.pages = 0
        while url:
            self.pages += 1
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as head:
                assert int(head.headers["Content-Length"]) < 50 << 20
            with urllib.request.urlopen(url) as answer:
                body = answer.read().decode("utf-8")
                format = format or answer.headers["Content-Type"].split(";")[0]
            packages, url = _read(self._new_parser(), body, format)
            assert found.keys().isdisjoint(packages)
            found |= packages
        changed = {guid for guid, package in found.items() if self.packages.get(guid) != package}
        deleted = self.packages.keys() - found.keys()
        self.packages = found
        return changed, deleted


def _read(parser: Any, body: str, format: str) -> tuple[dict[str, dict[str, Any]], str | None]:
    parser.parse(body, _format=format)
    packages = {}
    for package in parser.datasets():
        assert package["title"]
        extras = {extra["key"]: extra["value"] for extra in package["extras"]}
        assert len(extras) == len(package["extras"])
        package["extras"] = {
            key: sorted(json.loads(value)) if str(value).startswith("[") else value for key, value in extras.items()
        }
        package["tags"] = sorted(tag["name"] for tag in package["tags"])
        package["resources"].sort(key=lambda resource: resource["uri"])
        packages[extras["uri"] or extras["identifier"]] = package
    return packages, parser.next_page()


_STATED = dataset(
    "Bäume 1",
    title="Bäume", description="Alle Bäume der Stadt", tags=["Stadt", "Baum"], author="Amt", maintainer="Stadt",
    license="cc-by-4.0", frequency="annual", languages=["de", "fr"], themes=["Umwelt"], access_rights="public",
    issued="2020-01-02", modified="2021-03-04T05:06:07Z", landing_page="https://data.example/trees", version="1.2",
    temporal="2019-01-01/2019-12-31", contact_point={"name": "Ann", "email": "ann@example.org"},
    spatial={"type": "Point", "coordinates": [6.1, 49.6]},
    resources=[
        {"resource_type": "file", "url": "https://data.example/t.csv", "format": "csv", "title": "CSV", "size": 12,
         "mimetype": "text/csv", "last_modified": "2021-01-01T00:00:00Z", "description": "Rows"},
        {"resource_type": "api", "url": "https://data.example/api", "format": "Home made"},
    ],
)  # fmt: skip


@pytest.mark.parametrize("extension", _EXTENSIONS)
def test_what_a_record_says_arrives_as_ckan_has_it(site: Site, new_parser: Callable[[], Any], extension: str) -> None:
    site.store.revise([Put(_STATED)])
    answer = site.get(f"/catalog.{extension}")
    packages, next_url = _read(new_parser(), answer.text, answer.content_type.split(";")[0])
    (package,) = packages.values()
    assert next_url is None
    eu = "http://publications.europa.eu/resource/authority"
    assert {key: package[key] for key in ("title", "notes", "tags", "url", "version")} == {
        "title": "Bäume", "notes": "Alle Bäume der Stadt", "tags": ["Baum", "Stadt"],
        "url": "https://data.example/trees", "version": "1.2",
    }  # fmt: skip
    extras = package["extras"]
    expected = {
        "identifier": "Bäume 1", "uri": "http://catalog.example/dataset/B%C3%A4ume%201", "publisher_name": "Stadt",
        "creator_name": "Amt", "frequency": f"{eu}/frequency/ANNUAL", "theme": [f"{eu}/data-theme/ENVI"],
        "language": [f"{eu}/language/DEU", f"{eu}/language/FRA"], "access_rights": f"{eu}/access-right/PUBLIC",
        "issued": "2020-01-02", "modified": "2021-03-04T05:06:07+00:00", "contact_name": "Ann", "contact_email": "ann@example.org",
        "temporal_start": "2019-01-01", "temporal_end": "2019-12-31",
    }  # fmt: skip
    assert {key: extras.get(key) for key in expected} == expected
    assert json.loads(extras["spatial"]) == {"type": "Point", "coordinates": [6.1, 49.6]}
    resources = {resource["url"]: resource for resource in package["resources"]}
    csv = resources["https://data.example/t.csv"]
    expected = {"name": "CSV", "description": "Rows", "format": "CSV", "mimetype": "text/csv", "size": 12,
                "access_url": csv["url"], "download_url": csv["url"],
                "license": "https://creativecommons.org/licenses/by/4.0/"}  # fmt: skip
    assert {key: csv.get(key) for key in expected} == expected
    assert csv["modified"].startswith("2021-01-01")
    api = resources["https://data.example/api"]
    assert (api["format"], api["access_url"]) == ("Home made", "https://data.example/api")
    assert all(resource["uri"].startswith("http://catalog.example/") for resource in resources.values())


def test_the_organization_and_the_maintainer_of_a_package_arrive(site: Site, new_parser: Callable[[], Any]) -> None:
    package = {
        "id": "p", "title": "P", "notes": "N", "license_id": "cc-zero", "maintainer_email": "ann@example.org",
        "organization": {"id": "o", "name": "town", "title": "The Town"}, "resources": [],
    }  # fmt: skip
    site.store.revise([Put(parse_record(package)), Put(parse_record({**package, "id": "q", "maintainer": "Ann"}))])
    packages, _ = _read(new_parser(), site.get("/catalog.ttl").text, "text/turtle")
    found = {
        package["extras"]["identifier"]: tuple(
            package["extras"].get(key) for key in ("publisher_name", "contact_name", "contact_email")
        )
        for package in packages.values()
    }
    assert found == {"p": ("The Town", None, "ann@example.org"), "q": ("Ann", "Ann", "ann@example.org")}


def test_in_every_format_the_same_arrives_of_the_sample_and_of_real_catalogs(
    run: Callable[..., Ran], sqlite_store: Store, make_site: Callable[..., Site], new_parser: Callable[[], Any]
) -> None:
    run("sample")
    if REAL_CATALOGS.exists():
        run("import", *(str(path) for path in sorted(REAL_CATALOGS.glob("*.ttl"))))
    site = make_site(sqlite_store)
    site.ask_once()
    read = []
    for extension in _EXTENSIONS:
        answer = site.get(f"/catalog.{extension}")
        read.append(_read(new_parser(), answer.text, answer.content_type.split(";")[0])[0])
    for guid, package in read[0].items():
        for resource in package["resources"]:
            assert "/.well-known/genid/" not in resource.get("format", ""), guid
            assert resource["uri"]
    titles = [{guid: package["title"] for guid, package in packages.items()} for packages in read]
    assert titles == titles[:1] * 4
    urls = [
        sorted(str(resource["url"]) for package in packages.values() for resource in package["resources"])
        for packages in read
    ]
    assert urls == urls[:1] * 4
    assert len(read[0]) >= 13
