"""Connections for reads: one for each thread with SQLite, a bounded pool with PostgreSQL.

A statement is compiled once and run by the driver. With SQLite it is also noticed when
the database file was replaced or removed: a catalog that is gone is an error, not an
old answer.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sqlalchemy import Engine, Select, select
from sqlalchemy.exc import DBAPIError

from dcip_server.errors import CatalogError
from dcip_server.store import tables as t
from dcip_server.store.database import FileIdentity, connect_sqlite, file_identity, frozen, own_commits, sqlite_path

#: How long after a commit by another process an answer made before it may still be sent.
_LOOK_EVERY_S = 0.01


class Query:
    """A statement and how the engine's driver wants it; made once, run often."""

    def __init__(self, engine: Engine, statement: Select[Any]) -> None:
        compiled: Any = statement.compile(dialect=engine.dialect)
        self.text = str(compiled)
        self._names: list[str] | None = compiled.positiontup

    def parameters(self, values: dict[str, Any]) -> Any:
        """The values in the driver's form."""
        # From a list, which is made faster than one value after the other is taken from a generator.
        return values if self._names is None else tuple([values[name] for name in self._names])


class ReadConnections:
    """Runs queries outside any transaction, each seeing the catalog as it is at that moment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._errors = (engine.dialect.loaded_dbapi.Error, DBAPIError, OSError)
        self._own = threading.local()
        self._sqlite_path = sqlite_path(engine)
        # A pool has a connection for each who looks; and where none can be had, none waits for another to fail.
        self._looking: AbstractContextManager[object] = threading.Lock() if self._sqlite_path else nullcontext()
        self._watch: sqlite3.Connection | None = None
        self._watched: FileIdentity | None = None
        self._version: object = None
        self._generation = object()
        self._revision = Query(engine, select(t.catalog.c.identity, t.catalog.c.revision))
        self._commits_seen = -1
        self._generation_until = 0.0

    def first(self, query: Query, **values: Any) -> Any:
        """The first row, or ``None``. Raises :class:`CatalogError` where the database cannot be read."""
        parameters = query.parameters(values)
        try:
            if (connection := frozen(self._engine)) is not None:
                return connection.connection.cursor().execute(query.text, parameters).fetchone()
            if self._sqlite_path is not None:
                return self._first_of_sqlite(query.text, parameters)
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                return connection.exec_driver_sql(query.text, parameters).fetchone()
        except self._errors as error:
            self._own.connection = None
            raise _unreadable(error) from error

    def generation(self) -> object:
        """An object that is another one when a read may give something else than it gave before.

        At once after a commit by this process, and within :data:`_LOOK_EVERY_S` after one by another.
        Raises :class:`CatalogError` where the database cannot be read.
        """
        if time.monotonic() >= self._generation_until or self._commits_seen != own_commits():
            with self._looking:
                # Another thread may have looked meanwhile.
                now, commits = time.monotonic(), own_commits()
                if now >= self._generation_until or self._commits_seen != commits:
                    version = self._look()
                    if version != self._version:
                        self._version = version
                        self._generation = object()
                    self._commits_seen = commits
                    self._generation_until = now + _LOOK_EVERY_S
        return self._generation

    def close(self) -> None:
        """Close this thread's connection; those of other threads end with their threads."""
        if getattr(self._own, "connection", None) is not None:
            self._own.connection.close()
            self._own.connection = None
        with self._looking:
            self._stop_watching()

    def _first_of_sqlite(self, text: str, parameters: Any) -> Any:
        file, own = self._present_file(), self._own
        if getattr(own, "connection", None) is None or own.file != file:
            # The driver's own: a server's threads end where no Python code of a pool may run any more.
            own.connection = connect_sqlite(self._engine)
            own.cursor = own.connection.cursor()
            own.file = file
        return own.cursor.execute(text, parameters).fetchone()

    def _present_file(self) -> FileIdentity:
        """Which file has the database's name."""
        assert self._sqlite_path is not None  # noqa: S101 - callers checked
        file = file_identity(self._sqlite_path)
        if file is None:
            raise FileNotFoundError(f"there is no file {self._sqlite_path}")
        return file

    def _look(self) -> object:
        """What differs when somebody has written."""
        if self._sqlite_path is None:
            return tuple(self.first(self._revision))
        try:
            file = self._present_file()
            if self._watch is None or self._watched != file:
                self._stop_watching()
                # One that watches for all threads tells each change once.
                self._watch, self._watched = connect_sqlite(self._engine, any_thread=True), file
            # The number is the connection's own: another one's may be the same by chance.
            return self._watch, self._watch.execute("PRAGMA data_version").fetchone()
        except self._errors as error:
            self._stop_watching()
            raise _unreadable(error) from error

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None


def _unreadable(error: BaseException) -> CatalogError:
    return CatalogError(f"the catalog's database cannot be read: {error}")
