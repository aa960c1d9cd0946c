"""Draft, "List Dataset API Call": the list stays right however it came about and whatever happens to its files.

Lists are kept on disk, ready to be sent, and are brought up to date instead of being made anew.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcip_server.store import Change, Delete, Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import JSON, N3, ask, ids, read_json
from tests.spec.sites import site_in

LISTS = {"/rest/dataset/id.json": JSON, "/rest/dataset/id.dcat.N3": N3}


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path]]:
    folder = tmp_path_factory.mktemp("upkeep")
    with site_in(folder) as site:
        yield site, folder


NAMES = st.sampled_from([1, 2, 3, "a", "é", "\n", "x" * 300, '","revision":1}', "http://data.example/1"])
ROUNDS = st.lists(st.dictionaries(NAMES, st.one_of(st.none(), st.integers(0, 3)), max_size=6), min_size=1, max_size=5)


@rule("DCIP-LIST-1")
@settings(deadline=None, max_examples=60)
@given(rounds=ROUNDS)
def test_a_list_brought_up_to_date_is_the_list_made_anew(
    long_lived: tuple[Site, Path], rounds: list[dict[str | int, int | None]]
) -> None:
    site, folder = long_lived
    for changes in rounds:
        entries = read_json(site, "/rest/dataset/id.json")
        alive = {str(entry["id"]) for entry in entries if entry["change_type"] != "delete"}
        wanted: list[Change] = []
        for id, title in changes.items():
            if title is not None:
                wanted.append(Put(dataset(id, title=f"Title {title}")))
            elif str(id) in alive:
                wanted.append(Delete("dataset", id))
        site.store.revise(wanted)
        kept = {url: ask(site, url).data for url in LISTS}
        shutil.rmtree(folder / "lists")
        assert {url: ask(site, url).data for url in LISTS} == kept


def test_a_list_that_nobody_read_for_many_changes_is_right(site: Site) -> None:
    site.store.revise([Put(dataset(number)) for number in range(300)])
    assert len(read_json(site, "/rest/dataset/id/")) == 300
    for step in (2, 3, 5):
        for number in range(0, 300, step):
            site.store.revise([Put(dataset(number, title=f"Every {step}"))])
    site.store.revise([Delete("dataset", number) for number in range(0, 300, 7)])
    entries = read_json(site, "/rest/dataset/id/")
    assert sorted(ids(entries), key=int) == list(range(300))
    assert {entry["id"] for entry in entries if entry["change_type"] == "delete"} == set(range(0, 300, 7))
    revisions = [entry["revision"] for entry in entries]
    assert revisions == sorted(set(revisions))


def list_files(folder: Path) -> list[Path]:
    """The files that hold the present lists."""
    return [path for path in folder.rglob("dataset.*") if path.is_file() and path.suffix != ".lock"]


@pytest.fixture
def cached(site: Site, tmp_path: Path) -> tuple[Site, dict[str, bytes], Path]:
    """A site whose lists were made, what they are, and where they lie."""
    site.store.revise([Put(dataset(number)) for number in range(50)])
    bodies = {url: ask(site, url).data for url in LISTS}
    assert len(list_files(tmp_path / "lists")) == 2
    return site, bodies, tmp_path / "lists"


DAMAGES: dict[str, Callable[[Path], object]] = {
    "emptied": lambda path: path.write_bytes(b""),
    "cut in half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "cut after a line": lambda path: path.write_bytes(b"".join(path.read_bytes().splitlines(True)[:20])),
    "of noughts": lambda path: path.write_bytes(bytes(path.stat().st_size)),
}


@rule("DCIP-READ-5")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_list_file_that_a_power_failure_cut_off_is_never_served_as_a_shorter_list(
    cached: tuple[Site, dict[str, bytes], Path], damage: Callable[[Path], object]
) -> None:
    site, bodies, folder = cached
    for path in list_files(folder):
        damage(path)
    for url, body in bodies.items():
        answer = ask(site, url)
        assert answer.status_code == 500 or answer.data == body


def test_lists_may_be_swept_away_at_any_time(cached: tuple[Site, dict[str, bytes], Path]) -> None:
    site, bodies, folder = cached
    for sweep in (lambda: [path.unlink() for path in list_files(folder)], lambda: shutil.rmtree(folder)):
        sweep()
        assert {url: ask(site, url).data for url in LISTS} == bodies


def test_two_servers_may_share_a_folder_of_lists(
    sqlite_store: Store, make_site: Callable[..., Site], tmp_path: Path
) -> None:
    with Store(f"sqlite:///{tmp_path}/other.db", create=True) as other:
        here, there = make_site(sqlite_store), make_site(other)
        here.store.revise([Put(dataset("here"))])
        there.store.revise([Put(dataset("there"))])
        for _ in range(2):
            assert ids(read_json(here, "/rest/dataset/id/")) == ["here"]
            assert ids(read_json(there, "/rest/dataset/id/")) == ["there"]


def test_a_catalog_restored_from_a_backup_has_its_own_list_again(
    site: Site, sqlite_url: str, tmp_path: Path, make_site: Callable[..., Site]
) -> None:
    database, backup = tmp_path / "catalog.db", tmp_path / "backup.db"
    site.store.revise([Put(dataset("1")), Put(dataset("2"))])
    assert ids(read_json(site, "/rest/dataset/id/")) == ["1", "2"]
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    site.store.revise([Put(dataset("lost"))])
    assert ids(read_json(site, "/rest/dataset/id/")) == ["1", "2", "lost"]
    site.store.close()
    for path in tmp_path.glob("catalog.db*"):
        path.unlink()
    backup.rename(database)
    with Store(sqlite_url) as store:
        again = make_site(store)
        assert ids(read_json(again, "/rest/dataset/id/")) == ["1", "2"]
        store.revise([Put(dataset("found"))])
        assert ids(read_json(again, "/rest/dataset/id/")) == ["1", "2", "found"]


def test_readers_of_the_list_do_not_disturb_each_other(site: Site) -> None:
    site.store.revise([Put(dataset(number)) for number in range(200)])
    answers: list[tuple[int, int]] = []

    def read(number: int) -> None:
        for turn in range(10):
            answer = ask(site, "/rest/dataset/id/", headers={"Host": f"h{(number + turn) % 20}.example"})
            answers.append((answer.status_code, len(answer.json) if answer.data else 0))

    threads = [Thread(target=read, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(200, 200)] * 120
