"""Migrations: from nothing to the tables that the program works with, on both kinds of database."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from dcip_server.errors import CatalogError
from dcip_server.protocol.urls import Format
from dcip_server.store import Delete, Put, Store
from dcip_server.store.database import open_engine
from dcip_server.store.schema import newest_schema, upgrade
from dcip_server.store.tables import metadata
from tests.conftest import Ran
from tests.records import dataset
from tests.store.older import bring_back_to_0007
from tests.store.reading import snapshot


def _is_modelled(name: str) -> bool:
    """The full text is a table of each database's own kind, in SQLite with tables of its own beneath."""
    return not name.startswith("full_text")


_VERSIONS = sorted(Path(str(resources.files("dcip_server.migrations"))).glob("versions/[0-9]*.py"))


def test_an_upgrade_of_nothing_leaves_the_database_equal_to_the_models(database_url: str) -> None:
    engine = open_engine(database_url, create=True)
    assert upgrade(engine) == (None, newest_schema())
    with engine.connect() as connection:
        options = {
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, kind, _: kind != "table" or _is_modelled(name),
        }
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
    assert differences == []


def test_the_database_holds_the_models_tables_and_nothing_else(database_url: str) -> None:
    engine = open_engine(database_url, create=True)
    upgrade(engine)
    found = inspect(engine).get_table_names()
    assert set(filter(_is_modelled, found)) == {*metadata.tables, "alembic_version"}
    assert "full_text" in found
    engine.dispose()


def test_every_constraint_and_index_has_a_name_after_its_table(database_url: str) -> None:
    engine = open_engine(database_url, create=True)
    upgrade(engine)
    inspector = inspect(engine)
    names = []
    for table in metadata.tables:
        found = [
            inspector.get_pk_constraint(table),
            *inspector.get_foreign_keys(table),
            *inspector.get_unique_constraints(table),
            *inspector.get_check_constraints(table),
            *inspector.get_indexes(table),
        ]
        for constraint in found:
            assert constraint["name"], (table, constraint)
            assert re.fullmatch(rf"(pk|fk|uq|ck|ix)_{table}(_\w+)?", constraint["name"])
            names.append(constraint["name"])
    engine.dispose()
    assert len(names) == len(set(names)) >= len(metadata.tables)


def test_every_foreign_key_is_there(store: Store) -> None:
    with store.engine.connect() as connection:
        assert inspect(connection).get_foreign_keys("representation")


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(store: Store) -> None:
    store.revise([Put(dataset("a")), Put(dataset("b"))])
    before = snapshot(store)
    for _ in range(2):
        assert upgrade(store.engine) == (newest_schema(), newest_schema())
    assert snapshot(store) == before


def test_an_upgrade_leaves_every_byte_and_header_that_is_served_as_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ("a", "gone", 7, "b" * 8000)
    monkeypatch.setattr("dcip_server.protocol.times.now", lambda: "2026-01-01T00:00:00Z")
    store.revise([Put(dataset(id, title=f"Títle {id}")) for id in ids])
    monkeypatch.setattr("dcip_server.protocol.times.now", lambda: "2026-02-02T00:00:00Z")
    store.revise([Put(dataset("a", title="Another")), Delete("dataset", "gone")])

    def served() -> list[object]:
        return [store.find_representation("dataset", str(id), format) for id in ids for format in Format]

    before = (snapshot(store), served())
    with store.engine.begin() as connection:
        bring_back_to_0007(connection)
    assert upgrade(store.engine) == ("0007", newest_schema())
    assert (snapshot(store), served()) == before
    store.revise([Put(dataset("a", title="A third one")), Delete("dataset", 7)])
    assert store.find_representation("dataset", "7", Format.JSON) is None
    found = store.find_representation("dataset", "a", Format.N3)
    assert found is not None
    assert b"A third one" in found.body


def test_each_catalog_has_an_identity_of_its_own_that_stays(database_url: str, sqlite_url: str, tmp_path: Path) -> None:
    identities = []
    for url in (database_url, sqlite_url.replace("catalog.db", "other.db"), database_url):
        with Store(url, list_folder=str(tmp_path / "lists"), create=True) as store:
            identities.append(store.state().identity)
    assert identities[0] == identities[2] != identities[1]


# --- databases of another version ---


def _set_version(database_url: str, version: str) -> None:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    engine.dispose()


@pytest.mark.parametrize("create", [False, True], ids=["to read", "to write"])
def test_a_database_of_a_newer_version_is_refused(store: Store, database_url: str, create: bool) -> None:
    store.revise([Put(dataset("a"))])
    before = snapshot(store)
    _set_version(database_url, "9999")
    with pytest.raises(CatalogError, match=r"9999.*newer than this program.*install a newer dcip-server"):
        Store(database_url, create=create)
    engine = open_engine(database_url)
    with pytest.raises(CatalogError, match="9999"):
        upgrade(engine)
    engine.dispose()
    _set_version(database_url, newest_schema())
    assert snapshot(store) == before


def test_a_database_without_a_catalog_says_how_to_create_one(database_url: str, sqlite_url: str) -> None:
    if database_url == sqlite_url:
        Path(database_url.removeprefix("sqlite:///")).touch()
    with pytest.raises(CatalogError, match="create it with: dcip-server db upgrade"):
        Store(database_url)


def test_a_database_of_another_program_is_refused(database_url: str) -> None:
    engine = open_engine(database_url, create=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE record (mine TEXT)"))
        connection.execute(text("INSERT INTO record VALUES ('precious')"))
    for create in (False, True):
        with pytest.raises(CatalogError):
            Store(database_url, create=create)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT mine FROM record")).scalar() == "precious"
        assert inspect(connection).get_table_names() == ["record"]
    engine.dispose()


def test_db_upgrade_creates_the_catalog_and_says_so(run: Callable[..., Ran], database_url: str) -> None:
    first = run("db", "upgrade", database=database_url)
    assert (first.status, first.err) == (0, "")
    assert newest_schema() in first.out
    second = run("db", "upgrade", database=database_url)
    assert second.status == 0
    assert "nothing to do" in second.out
    Store(database_url).close()


@pytest.mark.parametrize(
    "command", [("import", "-"), ("delete", "a"), ("show", "a"), ("serve",), ("db", "upgrade")], ids=" ".join
)
def test_every_command_refuses_a_database_of_a_newer_version(
    run: Callable[..., Ran], store: Store, database_url: str, command: tuple[str, ...]
) -> None:
    _set_version(database_url, "9999")
    ran = run(*command, stdin=b"[]", database=database_url)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    assert "newer than this program" in ran.err


# --- the scripts ---


def test_there_is_one_script_for_each_version_in_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(resources.files("dcip_server.migrations")))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    assert revisions == [f"{number:04}" for number in range(1, len(_VERSIONS) + 1)]
    assert revisions[-1] == newest_schema()


@pytest.mark.parametrize("path", _VERSIONS, ids=[path.name for path in _VERSIONS])
def test_a_migration_is_named_by_order_and_words_and_says_why(path: Path) -> None:
    match = re.fullmatch(r"(\d{4})(_[a-z]+)+\.py", path.name)
    assert match is not None
    tree = ast.parse(path.read_text())
    assert len((ast.get_docstring(tree) or "").split()) > 5
    assigned = {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)}  # fmt: skip
    assert assigned["revision"] == match[1]
    assert assigned["down_revision"] == (f"{int(match[1]) - 1:04}" if int(match[1]) > 1 else None)
    # The tables are spelled out: the models move on, a migration does not.
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(module.startswith("dcip_server") for module in imported)


def test_there_are_migrations() -> None:
    assert len(_VERSIONS) >= 1
