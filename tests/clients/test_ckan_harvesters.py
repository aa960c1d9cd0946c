"""Three harvesters of CKAN by their own code, over real HTTP, from a site at a public address as behind a proxy."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from dcip_server.formats.ckan import parse_record
from dcip_server.formats.pod import parse_record as parse_pod
from dcip_server.store import Delete, Put, Store
from tests.clients.ckan import Ckan, Harvested, ckans
from tests.conftest import Server
from tests.records import dataset

#: ckanext-dcat uses a class that rdflib will drop, and neither extension closes its connections.
pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

_PUBLIC = "http://data.example"
_RDF = ("catalog.ttl", "catalog.rdf")
_JSON = ("dcip.json", "dcip.json?page_size=50")
#: What each harvester is registered with.
_SOURCES = (
    *(("dcat_rdf", f"{_PUBLIC}/{path}") for path in _RDF), *(("dcat_json", f"{_PUBLIC}/{path}") for path in _JSON),
    ("ckan", _PUBLIC),
)  # fmt: skip


@pytest.fixture(scope="module")
def new_ckan() -> Iterator[Callable[..., Ckan]]:
    with ckans() as new:
        yield new


@pytest.fixture
def sent(
    monkeypatch: pytest.MonkeyPatch, sqlite_url: str, sqlite_store: Store, serve: Callable[..., Server]
) -> list[requests.Response]:
    """What was asked and answered; the server is at the public address, and there is no other one."""
    server = urlsplit(serve(sqlite_url, DCIP_SITE_URL=_PUBLIC).url)
    answers: list[requests.Response] = []
    send = requests.Session.send

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        assert address == ("data.example", 80)
        return socket.create_connection((server.hostname, server.port))

    def record(*arguments: Any, **named: Any) -> requests.Response:
        answers.append(send(*arguments, **named))
        return answers[-1]

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    monkeypatch.setattr(requests.Session, "send", record)
    return answers


def _dataset(number: int, title: str = "Bäume") -> Put:
    resource = {"resource_type": "file", "url": f"https://data.example/{number}.csv", "format": "csv"}
    return Put(dataset(f"d{number}", title=f"{title} {number}", maintainer="Stadt", resources=[resource]))


def _resource_ids(ckan: Ckan) -> dict[str, str]:
    return {resource["url"]: resource["id"] for package in ckan.packages for resource in package["resources"]}


@pytest.mark.parametrize(("kind", "url"), _SOURCES)
def test_after_every_job_a_ckan_has_what_the_catalog_has(
    sqlite_store: Store, sent: list[requests.Response], new_ckan: Callable[..., Ckan], kind: str, url: str
) -> None:
    sqlite_store.revise([_dataset(number) for number in range(105)])
    ckan = new_ckan(kind, url)
    first = ckan.run()
    every = {f"Bäume {number}" for number in range(105)}
    assert (first.created, first.updated, first.deleted, first.errors) == (every, set(), set(), [])
    assert ckan.titles == Counter(every)
    resource_ids = _resource_ids(ckan)
    assert len(resource_ids) == 105

    sqlite_store.revise([Delete("dataset", "d5"), _dataset(6, "Anders"), _dataset(105)])
    second = ckan.run()
    assert second.errors == []
    assert second.created == {"Bäume 105"}
    # The harvester of CKANs deletes nothing; the others write everything again, and know resources again.
    gone = set() if kind == "ckan" else {"Bäume 5"}
    assert second.deleted == gone
    assert second.updated == ({"Anders 6"} if kind == "ckan" else every - {"Bäume 5", "Bäume 6"} | {"Anders 6"})
    assert ckan.titles == Counter(every - {"Bäume 6"} - gone | {"Anders 6", "Bäume 105"})
    if kind != "dcat_json":
        assert resource_ids.items() - _resource_ids(ckan).items() == {
            item for item in resource_ids.items() if gone and item[0].endswith("/5.csv")
        }


def test_ckanext_dcat_asks_by_head_how_long_a_page_is_and_walks_at_the_public_address(
    sqlite_store: Store, sent: list[requests.Response], new_ckan: Callable[..., Ckan]
) -> None:
    sqlite_store.revise([_dataset(number) for number in range(105)])
    assert new_ckan("dcat_rdf", f"{_PUBLIC}/catalog.ttl").run().errors == []
    pages = [f"{_PUBLIC}/catalog.ttl", f"{_PUBLIC}/catalog.ttl?page=2"]
    assert [(answer.request.method, answer.url, answer.status_code) for answer in sent] == [
        (method, page, 200) for page in pages for method in ("HEAD", "GET")
    ]
    assert all(int(answer.headers["Content-Length"]) < 50 << 20 for answer in sent if answer.request.method == "HEAD")
    sent.clear()
    assert new_ckan("dcat_json", f"{_PUBLIC}/dcip.json").run().errors == []
    assert {(answer.url, answer.status_code) for answer in sent} == {
        (f"{_PUBLIC}/dcip.json", 200), (f"{_PUBLIC}/dcip.json?page=2", 200),
    }  # fmt: skip
    assert requests.get(sent[-1].url).json() == []


def test_a_ckan_asks_another_one_for_what_changed_since_its_last_job(
    sqlite_store: Store, sent: list[requests.Response], new_ckan: Callable[..., Ckan]
) -> None:
    sqlite_store.revise([_dataset(number) for number in range(105)])
    ckan = new_ckan("ckan", _PUBLIC, user_agent="Town/1.0", api_key="a-key-of-theirs")
    assert ckan.run().errors == []
    assert [parse_qs(urlsplit(answer.url).query)["start"] for answer in sent] == [["0"], ["100"], ["200"]]
    # Past the end there is nothing, and that is said in the same form.
    assert [len(answer.json()["result"]["results"]) for answer in sent] == [100, 5, 0]
    assert {answer.request.headers["User-Agent"] for answer in sent} == {"Town/1.0"}
    sent.clear()
    assert ckan.run() == Harvested()
    (query,) = {answer.request.url.partition("fq=")[2] for answer in sent}
    assert query.startswith("metadata_modified%3A%5B2")


_PACKAGES = [
    {"id": f"p{number}", "title": f"P{number}", "license_id": "cc-zero", "notes": "N", "resources": [],
     "organization": {"id": f"id-of-{town}", "name": town, "title": town.title()}, "owner_org": f"id-of-{town}",
     "groups": [{"id": f"id-of-{group}", "name": group, "title": group.title()}]}
    for number, (town, group) in enumerate([("rome", "water"), ("rome", "air"), ("paris", "water"), ("oslo", "soil")])
]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "due"),
    [
        ({"organizations_filter_include": ["rome", "oslo"]}, {"P0", "P1", "P3"}),
        ({"organizations_filter_exclude": ["rome", "oslo"]}, {"P2"}),
        ({"groups_filter_include": ["water", "soil"]}, {"P0", "P2", "P3"}),
        ({"groups_filter_exclude": ["water"]}, {"P1", "P3"}),
        ({"organizations_filter_include": ["rome"], "groups_filter_exclude": ["air"]}, {"P0"}),
        ({"remote_orgs": "create", "remote_groups": "create"}, {"P0", "P1", "P2", "P3"}),
    ],
)
def test_a_ckan_takes_of_another_one_what_it_is_set_to(
    sqlite_store: Store,
    sent: list[requests.Response],
    new_ckan: Callable[..., Ckan],
    config: dict[str, Any],
    due: set[str],
) -> None:
    sqlite_store.revise([Put(parse_record(package)) for package in _PACKAGES])
    ckan = new_ckan("ckan", _PUBLIC, **config)
    for job in range(2):
        harvested = ckan.run()
        assert (harvested.created, harvested.errors) == (due if job == 0 else set(), [])
    made = "remote_orgs" in config
    assert {item["name"] for item in ckan.organizations.values()} == ({"rome", "paris", "oslo"} if made else set())
    assert {item["title"] for item in ckan.groups.values()} == ({"Water", "Air", "Soil"} if made else set())
    assert all(answer.status_code == 200 for answer in sent)


def test_what_a_record_says_arrives_by_the_older_protocol(
    sqlite_store: Store, sent: list[requests.Response], new_ckan: Callable[..., Ckan]
) -> None:
    said = {
        "@type": "dcat:Dataset", "identifier": "Ä/1", "title": "Bäume", "keyword": ["Tree"], "language": "de", "publisher": "Town",
        "distribution": [{"@type": "dcat:Distribution", "accessURL": "https://data.example/t", "format": "CSV"}],
    }  # fmt: skip
    sqlite_store.revise([Put(parse_pod(said))])
    ckan = new_ckan("dcat_json", f"{_PUBLIC}/dcip.json")
    assert ckan.run().errors == []
    (package,) = ckan.packages
    extras = {extra["key"]: extra["value"] for extra in package["extras"]}
    assert (package["title"], package["tags"]) == ("Bäume", [{"name": "Tree"}])
    assert {key: extras.get(key) for key in ("guid", "language", "dcat_publisher_name")} == {
        "guid": "Ä/1", "language": "de", "dcat_publisher_name": "Town",
    }  # fmt: skip
    assert [(item["url"], item["format"]) for item in package["resources"]] == [("https://data.example/t", "CSV")]
