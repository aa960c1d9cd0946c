"""The schema of a catalog's database: which version it has, and how it is brought up to date."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from importlib import resources

from sqlalchemy import Connection, Engine, String, column, func, inspect, select, table

from dcip_server.errors import CatalogError
from dcip_server.store.database import expect_much, reading, sqlite_path, writing
from dcip_server.store.search_index import SearchIndex

#: Any number, the same for all programs that upgrade a catalog.
_UPGRADE_LOCK = 0x44434950


@lru_cache(maxsize=1)
def _schemas() -> list[str]:
    """All versions of the schema, by the names of the migrations that lead to them."""
    found = (resources.files("dcip_server.migrations") / "versions").iterdir()
    return sorted(file.name[:4] for file in found if file.name[:4].isdigit())


def newest_schema() -> str:
    """The schema version that this program works with."""
    return _schemas()[-1]


def schema_of(connection: Connection) -> str | None:
    """The database's schema version, ``None`` where it holds no catalog yet."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    return connection.scalar(select(_VERSION.c.version_num))


#: Alembic's own.
_VERSION = table("alembic_version", column("version_num", String))


def _unheard(_: int) -> None:
    """Nobody wants to know how far it is."""


def upgrade(engine: Engine, done: Callable[[int], None] = _unheard) -> tuple[str | None, str]:
    """Bring the schema up to date, creating it where there is none. Returns the versions before and after.

    All of it is one transaction: ended half-way, it leaves the old catalog. ``done`` hears now and then how many
    records were indexed anew.
    Raises :class:`CatalogError` for a database that is newer than this program, or unreachable.
    """
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            # Of two programs that meet an empty database, one creates the catalog.
            connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
        before = schema_of(connection)
        _refuse_newer(before)
        if before != newest_schema():
            expect_much(connection)
            _migrate(connection)
            # Made of the records alone, so a new version never has to know how an old one made it.
            SearchIndex(connection).rebuild(done)
        return before, newest_schema()


def _migrate(connection: Connection) -> None:
    # Here, since only few runs of the program need it and it takes a while to import.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("dcip_server.migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _refuse_newer(version: str | None) -> None:
    if version is not None and version not in _schemas():
        raise CatalogError(
            f"the database has schema {version}, which is newer than this program; install a newer dcip-server"
        )


def require_newest_schema(engine: Engine) -> None:
    """Raise :class:`CatalogError` saying what to do where the database is no catalog of this version."""
    path = sqlite_path(engine)
    if path and not os.path.exists(path):
        raise CatalogError(f"there is no catalog at {path} yet; create it with: dcip-server db upgrade")
    with reading(engine) as connection:
        version = schema_of(connection)
    _refuse_newer(version)
    if version is None:
        raise CatalogError("the database holds no catalog yet; create it with: dcip-server db upgrade")
    if version != newest_schema():
        raise CatalogError(
            f"the database has schema {version}, older than this program; bring it up to date with: dcip-server db upgrade"
        )
