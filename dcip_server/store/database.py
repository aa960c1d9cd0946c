"""The database behind the store: opened, read and written in transactions.

SQLite runs in WAL mode, so readers go on while one writer writes. Transactions are begun by us:
``BEGIN IMMEDIATE`` for writers, so that a second writer waits instead of failing half-way.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from dcip_server.errors import CatalogError
from dcip_server.store import tables as t

#: How long a reader waits, where it has to at all.
_READ_WAIT_MS = 10_000
#: How long a writer waits for another one.
_WRITE_WAIT_MS = 3_600_000
#: A large import changes pages all over the indexes; what does not fit here is written many times.
_WRITE_CACHE_KIB = 65_536
#: Of a new SQLite file. Every page is written into the log and from there into the file: a large import takes a fourteenth
#: less than with SQLite's own 4 KiB. Single writes, which change a few pages each, are slower, but fast enough.
_PAGE_BYTES = 16_384
#: Of SQLite, for reads; each has what it read of the file's structure.
_KEPT_CONNECTIONS = 4
_SQLITE_PRAGMAS = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA mmap_size = 1073741824",
    "PRAGMA temp_store = FILE",
)


def open_engine(url: str, create: bool = False) -> Engine:
    """An engine for the database; without ``create`` a missing SQLite file is an error when used."""
    parsed = make_url(url)
    if parsed.drivername.startswith("sqlite"):
        path = os.path.abspath(parsed.database or "")
        url = f"sqlite:///file:{_quote_path(path)}?mode={'rwc' if create else 'rw'}&uri=true"
        # However many threads read at once, none waits for another; so many connections are kept.
        engine = create_engine(
            url, poolclass=QueuePool, pool_size=_KEPT_CONNECTIONS, max_overflow=-1, pool_use_lifo=True
        )
        # A writer's settings are not for those who read; what it keeps is mainly the statements that are prepared.
        writer = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=-1)
        for each, configure in ((engine, _configure_sqlite), (writer, _configure_writer)):
            if create:
                event.listen(each, "connect", lambda connection, _: _lay_out(connection, path))
            event.listen(each, "connect", configure)
            event.listen(each, "connect", lambda _, kept: kept.info.update(file=file_identity(path), is_new=True))
            event.listen(each, "checkout", lambda _, kept, __: _require_same_file(path, kept.info))
        event.listen(engine, "begin", _begin)
        event.listen(writer, "begin", _begin_at_once)
        _WRITERS[engine] = writer
        return engine
    return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=10)


#: The engine that writes, for each that reads SQLite.
_WRITERS: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def close(engine: Engine) -> None:
    """Close all connections of an engine of :func:`open_engine` that no thread keeps for itself."""
    for each in {engine, _WRITERS.get(engine, engine)}:
        each.dispose()


FileIdentity = tuple[int, int, int]


def file_identity(path: str) -> FileIdentity | None:
    """Which file has that name, and when something other than its write-ahead log was last written."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns


def _require_same_file(path: str, info: dict[Any, Any]) -> None:
    """Have a kept connection made anew where its file was replaced, removed or damaged: it would not notice.

    One that was made just now is taken: a writer that brings its log into the file writes to it again and again, and
    the pool gives up after the second time.
    """
    if not info.pop("is_new", False) and (info["file"] is None or file_identity(path) != info["file"]):
        raise DisconnectionError


def sqlite_path(engine: Engine) -> str | None:
    """The file behind an engine of :func:`open_engine`, or ``None`` where it is no SQLite."""
    if engine.dialect.name != "sqlite":
        return None
    return _sqlite_path_of(engine.url)


def connect_sqlite(engine: Engine, any_thread: bool = False) -> sqlite3.Connection:
    """A connection of the driver to an engine's SQLite file, outside any pool; for one thread, or one at a time."""
    connection = sqlite3.connect(engine.url.database or "", uri=True, check_same_thread=not any_thread)
    _configure_sqlite(connection, None)
    return connection


def _sqlite_path_of(url: URL) -> str:
    return unquote((url.database or "").removeprefix("file:").partition("?")[0])


def shown_url(url: URL) -> str:
    """A database's URL for messages: as it was given, without passwords, wherever in it they stand."""
    if url.drivername.startswith("sqlite"):
        return f"sqlite:///{_sqlite_path_of(url)}" if (url.database or "").startswith("file:") else str(url)
    return url.set(query={}).render_as_string(hide_password=True)


def checkpoint(engine: Engine) -> None:
    """Bring a SQLite catalog's write-ahead log into its file, as far as no reader is in the way."""
    if engine.dialect.name == "sqlite":
        with suppress(SQLAlchemyError), engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA busy_timeout = 0")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _quote_path(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _lay_out(connection: Any, path: str) -> None:
    """What a new file keeps from then on."""
    if not os.path.exists(path) or not os.path.getsize(path):
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")


def _configure_sqlite(connection: Any, _: Any) -> None:
    _configure(connection, _READ_WAIT_MS)


def _configure_writer(connection: Any, _: Any) -> None:
    _configure(connection, _WRITE_WAIT_MS)
    # A row is written after the one that it names, by one writer; to look that up each time takes a tenth of an import.
    connection.execute("PRAGMA foreign_keys = OFF")
    # A first write that was killed leaves it off. One that goes on puts it on itself, and is waited for when a write begins.
    connection.execute("PRAGMA busy_timeout = 0")
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA busy_timeout = {_WRITE_WAIT_MS}")


def _configure(connection: Any, wait_ms: int) -> None:
    connection.isolation_level = None
    # First, since what follows may have to wait, too.
    connection.execute(f"PRAGMA busy_timeout = {wait_ms}")
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_at_once(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def expect_much(connection: Connection) -> None:
    """Say in a transaction of :func:`writing` that it is a large one."""
    if connection.dialect.name == "sqlite":
        # Its memory is given back with the connection.
        connection.detach()
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_WRITE_CACHE_KIB}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the catalog from beginning to end."""
    if (frozen := _FROZEN.get(engine)) is not None:
        try:
            with explained(engine):
                yield frozen
        finally:
            # How this reader wanted its rows is nothing to the next one.
            frozen.execution_options(**_AS_USUAL)
        return
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with explained(engine), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def freezing(engine: Engine, snapshot: str = "") -> Iterator[None]:
    """All that this process reads of the engine meanwhile, in one thread, is as one moment has it: now, or that of another
    transaction's snapshot, which PostgreSQL has."""
    with reading(engine) as connection:
        if snapshot:
            connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        # It is the first read that decides which moment.
        connection.scalar(select(t.catalog.c.revision))
        _FROZEN[engine] = connection
        try:
            yield
        finally:
            del _FROZEN[engine]


def frozen(engine: Engine) -> Connection | None:
    """The connection that everything is read with while the engine is frozen."""
    return _FROZEN.get(engine)


_FROZEN: dict[Engine, Connection] = {}
_AS_USUAL: dict[str, Any] = {"yield_per": None, "stream_results": False}


@contextmanager
def writing(engine: Engine, *, fills: bool = False) -> Iterator[Connection]:
    """The one writer's transaction: all of it becomes visible at its end, or nothing.

    One that ``fills`` the catalog writes without SQLite's log where that is empty and nobody has it open, which is a
    tenth faster; who opens it then may have to wait for the end.
    """
    try:
        with (
            explained(engine),
            _WRITERS.get(engine, engine).connect() as connection,
            _without_log(connection) if fills else nullcontext(),
            connection.begin(),
        ):
            yield connection
    finally:
        _own_commits[0] = next(_COMMITS)


@contextmanager
def _without_log(connection: Connection) -> Iterator[None]:
    """Have what is written into an empty SQLite catalog go into its file at once, with a journal of what was there."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite" or driver.execute("SELECT revision FROM catalog").fetchone() != (0,):
        yield
        return
    try:
        driver.execute("PRAGMA busy_timeout = 0")
        with suppress(sqlite3.OperationalError):
            # Fails where somebody has it open, who shall be able to read on.
            driver.execute("PRAGMA journal_mode = DELETE")
            # Without the log NORMAL is not quite safe where the power fails.
            driver.execute("PRAGMA synchronous = FULL")
        driver.execute(f"PRAGMA busy_timeout = {_WRITE_WAIT_MS}")
        yield
    finally:
        # Where it fails, whoever writes next does it; what is to be told is how the write ended.
        with suppress(sqlite3.Error):
            driver.execute("PRAGMA synchronous = NORMAL")
            driver.execute(f"PRAGMA busy_timeout = {_READ_WAIT_MS}")
            driver.execute("PRAGMA journal_mode = WAL")
        with suppress(sqlite3.Error):
            driver.execute(f"PRAGMA busy_timeout = {_WRITE_WAIT_MS}")


def own_commits() -> int:
    """A number that grows whenever this process has ended a writing transaction."""
    return _own_commits[0]


_COMMITS = itertools.count(1)
_own_commits = [0]


#: What SQLite says where it has waited long enough.
_LOCKED = "database is locked"


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """The driver's errors as one line of ours, without the password that a URL may hold."""
    try:
        yield
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        if reason == _LOCKED:
            # By a first import, as a rule; see writing().
            reason += " by another program; try again later"
        raise CatalogError(f"database {shown_url(engine.url)}: {reason}") from error
