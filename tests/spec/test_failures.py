"""Draft, "Read Dataset API Call": a crash is a bare 500; what went wrong stands in the log alone.

The database is broken for real, under an application that is running.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from dcip_server.protocol import urls
from dcip_server.store import Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import JSON, ask, assert_bare, assert_ok, ids, read_json

#: Calls that cannot be answered without the database.
CALLS = (
    "/rest/dataset/id/1.json",
    "/rest/dataset/id/1.dcat.N3",
    "/rest/dataset/id/nobody.json",
    "/rest/dataset/id/",
    "/rest/dataset/id.dcat.N3",
    "/rest/dataset/since/0.json",
    "/rest/dataset/tags/water.json",
    "/rest/catalog.json",
    "/rest/catalog.dcat.N3",
)


_RECORDS = 1000


@pytest.fixture
def answered(site: Site) -> dict[str, tuple[int, bytes]]:
    """What a site with a thousand records answers."""
    site.store.revise([Put(dataset(number, tags=["water"], note="x" * 400)) for number in range(_RECORDS)])
    answers = {url: ask(site, url) for url in CALLS}
    assert {answer.status_code for answer in answers.values()} == {200, 404}
    return {url: (answer.status_code, answer.data) for url, answer in answers.items()}


@pytest.fixture
def broken(site: Site, answered: dict[str, tuple[int, bytes]]) -> Site:
    """A site that has answered everything once, so that whatever it keeps is there."""
    site.store.close()
    return site


def _all_files(path: Path) -> list[Path]:
    return list(path.parent.glob(path.name + "*"))


def _remove(path: Path) -> None:
    for file in _all_files(path):
        file.unlink()


def _replace(path: Path, content: bytes) -> None:
    _remove(path)
    path.write_bytes(content)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))


def _make_folder(path: Path) -> None:
    _remove(path)
    path.mkdir()


def _other_catalog(path: Path) -> None:
    _remove(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE something_else (x)")
        connection.commit()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut after its header": lambda path: os.truncate(path, 100),
    "all but its first pages cut": lambda path: os.truncate(path, 3 * 16_384),
    "overwritten": _overwrite,
    "removed": _remove,
    "moved away": lambda path: path.rename(path.with_name("elsewhere")),
    "replaced by an empty file": lambda path: _replace(path, b""),
    "replaced by another file": lambda path: _replace(path, b"This is not a database.\n" * 500),
    "replaced by another database": _other_catalog,
    "replaced by a folder": _make_folder,
}


@rule("DCIP-READ-5", "DCIP-READ-7")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_database_that_cannot_be_read_is_a_bare_500_and_never_an_empty_answer(
    broken: Site, tmp_path: Path, damage: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    damage(tmp_path / "catalog.db")
    for url in CALLS:
        caplog.clear()
        assert_bare(ask(broken, url), 500)
        assert "Traceback" in caplog.text
    home = ask(broken, "/")
    assert home.status_code == 500
    assert str(tmp_path) not in home.text
    assert "Traceback" not in home.text


@rule("DCIP-READ-5")
@pytest.mark.parametrize("tenths", [2, 4, 5, 6, 7, 9])
def test_a_database_that_was_cut_gives_what_it_still_has_or_a_bare_500(
    broken: Site, tmp_path: Path, answered: dict[str, tuple[int, bytes]], tenths: int
) -> None:
    path = tmp_path / "catalog.db"
    os.truncate(path, path.stat().st_size * tenths // 10)
    found = {url: ask(broken, url) for url in CALLS}
    for url, answer in found.items():
        assert (answer.status_code, answer.data) in ((500, b""), answered[url]), url
    assert any(answer.status_code == 500 for answer in found.values())


@rule("DCIP-READ-5")
def test_a_database_that_was_emptied_is_no_empty_catalog(broken: Site, tmp_path: Path) -> None:
    os.truncate(tmp_path / "catalog.db", 0)
    assert_bare(ask(broken, "/rest/dataset/id/"), 500)
    assert_bare(ask(broken, "/rest/dataset/id/1.json"), 500)


@rule("DCIP-READ-5")
def test_what_needs_no_database_is_still_answered(broken: Site, tmp_path: Path) -> None:
    _remove(tmp_path / "catalog.db")
    assert ask(broken, "/rest/help.txt").status_code == 200
    assert ask(broken, "/rest/dataset/help.txt").status_code == 200
    assert_bare(ask(broken, "/rest/dataset/"), 301)
    assert_bare(ask(broken, "/rest/dataset/id/1"), 400)
    assert_bare(ask(broken, "/rest/dataset/id/1.json", "POST"), 400)


def test_a_database_that_comes_back_is_read_again(broken: Site, tmp_path: Path) -> None:
    database, away = tmp_path / "catalog.db", tmp_path / "away.db"
    database.rename(away)
    assert_bare(ask(broken, "/rest/dataset/id/"), 500)
    away.rename(database)
    assert len(read_json(broken, "/rest/dataset/id/")) == _RECORDS
    assert read_json(broken, "/rest/dataset/id/1.json")["id"] == 1


TABLES = {
    "catalog": ("/rest/dataset/id/", "/rest/dataset/id.dcat.N3", "/rest/dataset/since/0.json", "/rest/catalog.json"),
    "record": ("/rest/dataset/id/1.json", "/rest/dataset/id/nobody.json", "/rest/dataset/tags/water.json"),
    "representation": ("/rest/dataset/id/1.json", "/rest/dataset/id/1.dcat.N3", "/rest/dataset/id/nobody.json"),
    "attribute": ("/rest/dataset/tags/water.json", "/rest/dataset/title/nothing.json"),
}


@rule("DCIP-READ-5")
@pytest.mark.parametrize(("table", "calls"), TABLES.items(), ids=TABLES.keys())
def test_a_table_that_is_gone_is_a_500(
    store: Store, make_site: Callable[..., Site], table: str, calls: tuple[str, ...]
) -> None:
    site = make_site(store)
    store.revise([Put(dataset(1, tags=["water"]))])
    assert ids(read_json(site, "/rest/dataset/id/")) == [1]
    cascade = "" if store.engine.dialect.name == "sqlite" else " CASCADE"
    with store.engine.connect() as connection:
        if not cascade:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql(f"DROP TABLE {table}{cascade}")
        connection.commit()
    for url in calls:
        assert_bare(ask(site, url), 500)


@rule("DCIP-READ-5")
def test_a_catalog_row_that_is_gone_is_not_an_empty_catalog(site: Site, sqlite_url: str) -> None:
    site.store.revise([Put(dataset("1"))])
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("DELETE FROM catalog")
        connection.commit()
    for url in ("/rest/dataset/id/", "/rest/dataset/id.dcat.N3", "/rest/dataset/since/0.json", "/rest/catalog.json"):
        assert_bare(ask(site, url), 500)


@rule("DCIP-READ-5")
def test_a_postgresql_server_that_cuts_the_connections_is_read_again(
    postgresql_url: str, tmp_path: Path, make_site: Callable[..., Site]
) -> None:
    server = postgresql_url.replace("+psycopg", "")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS cut")
        admin.execute("CREATE DATABASE cut")
        with Store(f"{postgresql_url}/cut", list_folder=str(tmp_path), create=True) as store:
            store.revise([Put(dataset("1"))])
            site = make_site(store)
            assert ids(read_json(site, "/rest/dataset/id/")) == ["1"]
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'cut'")
            assert read_json(site, "/rest/dataset/id/1.json")["id"] == "1"
            admin.execute("ALTER DATABASE cut WITH ALLOW_CONNECTIONS false")
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'cut'")
            for url in CALLS:
                assert_bare(ask(site, url), 500)
            admin.execute("ALTER DATABASE cut WITH ALLOW_CONNECTIONS true")
            assert ids(read_json(site, "/rest/dataset/id/")) == ["1"]
            assert_bare(ask(site, "/rest/dataset/id/nobody.json"), 404)


@rule("DCIP-READ-5", "DCIP-READ-7")
def test_a_view_that_crashes_is_a_bare_500_with_its_traceback_in_the_log(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site.store.revise([Put(dataset("1"))])
    # A format without Content-Type: no view can make an answer of it.
    monkeypatch.setattr(urls.Format.JSON, "content_type", None)
    with caplog.at_level(logging.ERROR):
        assert_bare(ask(site, "/rest/catalog.json?secret=hunter2"), 500)
    assert "/rest/catalog.json" in caplog.text
    monkeypatch.undo()
    assert_ok(ask(site, "/rest/catalog.json"), JSON)


@rule("DCIP-READ-5")
def test_a_folder_of_lists_that_cannot_be_written_is_a_500(site: Site, tmp_path: Path) -> None:
    site.store.revise([Put(dataset("1"))])
    lists = tmp_path / "lists"
    lists.rename(tmp_path / "elsewhere")
    lists.write_text("a file where the folder was")
    assert_bare(ask(site, "/rest/dataset/id/"), 500)
    assert read_json(site, "/rest/dataset/id/1.json")["id"] == "1"
    lists.unlink()
    assert ids(read_json(site, "/rest/dataset/id/")) == ["1"]
