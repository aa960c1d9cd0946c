"""Connections for reads: one for each thread with SQLite, a bounded pool with PostgreSQL.

A statement is compiled once and run by the driver. With SQLite the connection also notices when
the database file was replaced or removed under it: a catalog that is gone is an error, not an
old answer.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from sqlalchemy import Engine, Select, select
from sqlalchemy.exc import DBAPIError

from dcip_server.errors import CatalogError
from dcip_server.store import tables as t
from dcip_server.store.database import connect_sqlite, own_commits, sqlite_path

#: How long after a commit by another process an answer made before it may still be sent.
_POLL_EVERY_S = 0.01


class Query:
    """A statement and how the engine's driver wants it; made once, run often."""

    def __init__(self, engine: Engine, statement: Select[Any]) -> None:
        compiled: Any = statement.compile(dialect=engine.dialect)
        self.text = str(compiled)
        self._names: list[str] | None = compiled.positiontup

    def parameters(self, values: dict[str, Any]) -> Any:
        """The values in the driver's form."""
        return values if self._names is None else tuple(values[name] for name in self._names)


class ReadConnections:
    """Runs queries outside any transaction, each seeing the catalog as it is at that moment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own = threading.local()
        self._sqlite_path = sqlite_path(engine)
        self._generation = object()
        self._revision = Query(engine, select(t.catalog.c.identity, t.catalog.c.revision))
        self._commits_seen = -1
        self._poll_again = 0.0

    def first(self, query: Query, **values: Any) -> Any:
        """The first row, or ``None``. Raises :class:`CatalogError` where the database cannot be read."""
        try:
            if self._sqlite_path is not None:
                return self._sqlite().execute(query.text, query.parameters(values)).fetchone()
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                return connection.exec_driver_sql(query.text, query.parameters(values)).fetchone()
        except (self._engine.dialect.loaded_dbapi.Error, DBAPIError, OSError) as error:
            self._own.connection = None
            raise CatalogError(f"the catalog's database cannot be read: {error}") from error

    def generation(self) -> object:
        """An object that is another one when a read may give something else than it gave before.

        At once after a commit by this process, and within :data:`_POLL_EVERY_S` after one by another.
        Raises :class:`CatalogError` where the database cannot be read.
        """
        now, commits = time.monotonic(), own_commits()
        if now >= self._poll_again or self._commits_seen != commits:
            version = self._version()
            if version != getattr(self._own, "version", None):
                # What one thread notices is told to all: each would notice, but only when it reads.
                self._own.version = version
                self._generation = object()
            # Only now: until it is known, another thread that asks must look for itself.
            self._commits_seen = commits
            self._poll_again = now + _POLL_EVERY_S
        return self._generation

    def _version(self) -> Any:
        """What differs, for this thread, when somebody has written."""
        if self._sqlite_path is None:
            return tuple(self.first(self._revision))
        try:
            return self._sqlite().execute("PRAGMA data_version").fetchone()
        except (self._engine.dialect.loaded_dbapi.Error, DBAPIError, OSError) as error:
            self._own.connection = None
            raise CatalogError(f"the catalog's database cannot be read: {error}") from error

    def close(self) -> None:
        """Close this thread's connection; those of other threads end with their threads."""
        if getattr(self._own, "connection", None) is not None:
            self._own.connection.close()
            self._own.connection = None

    def _sqlite(self) -> Any:
        assert self._sqlite_path is not None  # noqa: S101 - callers checked
        status = os.stat(self._sqlite_path)
        file = (status.st_dev, status.st_ino)
        if getattr(self._own, "connection", None) is None or self._own.file != file:
            # The driver's own: a server's threads end where no Python code of a pool may run any more.
            self._own.connection = connect_sqlite(self._engine)
            self._own.cursor = self._own.connection.cursor()
            self._own.file = file
            self._own.version = None
        return self._own.cursor
