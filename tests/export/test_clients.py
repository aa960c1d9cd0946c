"""The clients that harvest the server, over the static files of it: twice, and after changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dcip_server import settings
from dcip_server.export.run import export
from dcip_server.store import Delete, Put, Store
from tests import postgresql
from tests.clients import described
from tests.clients.test_ckanext_dcat import Harvester, new_parser
from tests.export.nginx import serving
from tests.records import dataset

__all__ = ["new_parser"]

#: ckanext-dcat uses a class that rdflib will drop, and finds modules in a way that Python has dropped.
pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:PluginImportFixer:ImportWarning"),
]


class _Web(described.Web):
    """The same network, with nginx at the public address, below its path."""

    def __init__(self, port: int) -> None:
        self._host = f"127.0.0.1:{port}"

    def ask(self, url: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
        assert url.startswith(described.PUBLIC + "/")
        connection = HTTPConnection(self._host)
        connection.request(method, url.removeprefix("https://" + urlsplit(url).netloc), headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body


class _CkanextHarvest(described.CkanextHarvest):
    """CKAN's, as it goes on where it asked for changes and got no JSON: it reads everything, and takes what is newer."""

    refused = 0

    def harvest(self) -> Iterator[tuple[str, str]]:
        if self.last is not None:
            fq = f"metadata_modified:%5B{self.last}Z+TO+*%5D"
            _, body = self.web.ask(
                f"{described.PUBLIC}/api/3/action/package_search?rows=100&start=0&sort=id+asc&fq={fq}"
            )
            with pytest.raises(ValueError, match="Expecting value"):
                json.loads(body)
            self.refused += 1
            self.last = None
        yield from super().harvest()


#: DKAN's list has no pages among files.
_CLIENTS = tuple(
    _CkanextHarvest if kind is described.CkanextHarvest else kind
    for kind in described.CLIENTS
    if kind is not described.PiveauDkan
)


def _fill(store: Store) -> None:
    store.revise([Put(described.record(f"d{number}")) for number in range(105)])


def test_each_client_has_what_the_catalog_has_after_each_of_its_runs(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    site = settings.load({}, database_url=sqlite_url, site_url=described.PUBLIC, list_folder=str(tmp_path / "lists"))
    folder, port = tmp_path / "x", postgresql.free_port()
    _fill(sqlite_store)
    export(site, folder, lambda _: None)
    live = {f"d{number}": "Old" for number in range(105)}
    with serving(folder, tmp_path / "nginx", port, urlsplit(described.PUBLIC).path + "/"):
        clients = [kind(_Web(port)) for kind in _CLIENTS]
        for _ in range(2):
            for client in clients:
                client.run()
                assert (client, client.titles, client.dropped) == (client, live, [])
        sqlite_store.revise(
            [Delete("dataset", "d7"), Put(described.record("d8", "New")), Put(described.record("e1", "Other"))]
        )
        export(site, folder, lambda _: None)
        live |= {"d8": "New", "e1": "Other"}
        for client in clients:
            client.day = 8
            client.run()
            gone = {"d7"} if client.deletes else set()
            assert (client, client.titles) == (client, {id: title for id, title in live.items() if id not in gone})
    assert len(clients) == 8
    assert [client.refused for client in clients if isinstance(client, _CkanextHarvest)] == [2]


@pytest.mark.parametrize("extension", ["ttl", "rdf"])
def test_ckanext_dcat_harvests_static_files(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, new_parser: Callable[[], Any], extension: str
) -> None:
    port = postgresql.free_port()
    url = f"http://127.0.0.1:{port}"
    site = settings.load({}, database_url=sqlite_url, site_url=url, list_folder=str(tmp_path / "lists"))
    sqlite_store.revise([Put(dataset(f"{number}/ä", title=f"Título {number}")) for number in range(3)])
    export(site, tmp_path / "x", lambda _: None)
    with serving(tmp_path / "x", tmp_path / "nginx", port, "/"):
        harvester = Harvester(new_parser, f"{url}/catalog.{extension}")
        assert [len(guids) for guids in harvester.run()] == [3, 0]
        assert [len(guids) for guids in harvester.run()] == [0, 0]
        sqlite_store.revise([Delete("dataset", "0/ä"), Put(dataset("1/ä", title="Otro"))])
        export(site, tmp_path / "x", lambda _: None)
        assert [len(guids) for guids in harvester.run()] == [1, 1]
