"""A PostgreSQL server that goes away under an open store, and comes back."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from dcip_server.errors import CatalogError
from dcip_server.protocol.urls import Format
from dcip_server.store import Put, Store
from tests import postgresql
from tests.conftest import Site
from tests.records import dataset
from tests.store.reading import body, changes, entries_since, found_ids, list_bytes


@dataclass
class Machine:
    """A PostgreSQL server of one's own, to be stopped and started."""

    folder: Path
    url: str

    def stop(self) -> None:
        self._pg_ctl("-m", "immediate", "stop")

    def start(self) -> None:
        options = f"-p {make_url(self.url).port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._pg_ctl("-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def _pg_ctl(self, *arguments: str) -> None:
        command = [str(postgresql.require() / "pg_ctl"), "-D", str(self.folder / "data"), *arguments]
        user = "postgres" if os.getuid() == 0 else None
        subprocess.run(command, check=True, user=user, cwd=self.folder, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with tempfile.TemporaryDirectory(prefix="dcip-restarts-") as name, postgresql.running(Path(name)) as server:
        yield Machine(Path(name), f"{server}/postgres")


@pytest.fixture
def remote(machine: Machine, tmp_path: Path) -> Iterator[Store]:
    """A catalog of three records on that server."""
    with Store(machine.url, list_folder=str(tmp_path / "lists"), create=True) as store:
        store.revise([Put(dataset(id, tags=["all"])) for id in ("a", "b", "c")])
        yield store


def _reads(store: Store) -> list[Callable[[], object]]:
    return [
        store.state,
        lambda: body(store, "a"),
        lambda: body(store, "a", Format.N3),
        lambda: list_bytes(store),
        lambda: entries_since(store, 1),
        lambda: found_ids(store, "tags", "all"),
        lambda: store.newest(3),
    ]


def test_a_server_that_is_away_is_an_error_and_all_is_well_when_it_is_back(machine: Machine, remote: Store) -> None:
    before = [read() for read in _reads(remote)]
    assert all(before)
    for _ in range(2):
        machine.stop()
        try:
            for read in _reads(remote):
                with pytest.raises(CatalogError):
                    read()
            with pytest.raises(CatalogError):
                remote.revise([Put(dataset("lost"))])
            with pytest.raises(CatalogError):
                Store(machine.url)
        finally:
            machine.start()
        assert [read() for read in _reads(remote)] == before


def test_a_server_that_restarted_unnoticed_is_no_error(machine: Machine, remote: Store) -> None:
    before = [read() for read in _reads(remote)]
    for number, read in enumerate(_reads(remote)):
        if number in (0, 3, 5):
            machine.stop()
            machine.start()
        assert read() == before[number]
    machine.stop()
    machine.start()
    assert remote.revise([Put(dataset("after the restart"))]).created <= 1
    assert changes(remote)[-1][0] == "after the restart"


def test_a_server_that_goes_away_in_the_middle_of_a_write_leaves_nothing_of_it(machine: Machine, remote: Store) -> None:
    before = [read() for read in _reads(remote)]

    def write() -> Iterator[Put]:
        for number in range(450):
            yield Put(dataset(f"half-{number}"))
        machine.stop()
        machine.start()
        yield Put(dataset("last"))

    with pytest.raises(CatalogError):
        remote.revise(write())
    assert [read() for read in _reads(remote)] == before


def test_the_endpoint_answers_500_while_the_server_is_away(
    machine: Machine, remote: Store, make_site: Callable[..., Site]
) -> None:
    site = make_site(remote)
    paths = [
        "/rest/dataset/id/a.json",
        "/rest/dataset/id/never-seen.json",
        "/rest/dataset/id/",
        "/rest/dataset/since/0.json",
        "/rest/dataset/tags/all.json",
        "/rest/catalog.json",
    ]
    assert [site.get(path).status_code for path in paths] == [200, 404, 200, 200, 200, 200]
    machine.stop()
    try:
        assert [(site.get(path).status_code, site.get(path).data) for path in paths] == [(500, b"")] * 6
        assert site.get("/rest/help.txt").status_code == 200
        page = site.get("/")
        assert page.status_code == 500
        assert b"psycopg" not in page.data
    finally:
        machine.start()
    assert [site.get(path).status_code for path in paths] == [200, 404, 200, 200, 200, 200]


def test_readers_in_threads_get_over_a_restart(machine: Machine, remote: Store) -> None:
    stop = threading.Event()
    strange: list[BaseException] = []
    answers = {"good": 0, "error": 0}
    due = body(remote, "a")

    def read() -> None:
        while not stop.is_set():
            try:
                assert body(remote, "a") == due
                answers["good"] += 1
            except CatalogError:
                answers["error"] += 1
                time.sleep(0.01)
            except BaseException as fault:  # noqa: BLE001 - whatever it is, the test tells it
                strange.append(fault)
                return

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    machine.stop()
    time.sleep(0.3)
    machine.start()
    time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert strange == []
    assert answers["good"] > 0
    assert answers["error"] > 0
    assert body(remote, "a") == due


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://tester:geheim@127.0.0.1:{port}/no_such_database",
        "postgresql+psycopg://nobody:geheim@127.0.0.1:{port}/postgres",
        "postgresql+psycopg://tester:geheim@127.0.0.1:1/postgres",
        "postgresql+psycopg://tester:geheim@no-such-host.invalid/postgres",
        "postgresql+psycopg://tester@127.0.0.1:1/postgres?password=geheim",
    ],
    ids=["no such database", "no such user", "no server", "no host", "password as parameter"],
)
def test_no_message_shows_the_password(machine: Machine, url: str, tmp_path: Path) -> None:
    url = url.format(port=make_url(machine.url).port)
    for create in (False, True):
        with pytest.raises(CatalogError) as raised:
            Store(url, list_folder=str(tmp_path), create=create)
        assert "geheim" not in str(raised.value)
        assert "\n" not in str(raised.value)
