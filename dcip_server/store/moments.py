"""Several processes that read a catalog as one moment has it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Engine, func, select

from dcip_server.store.database import connect_sqlite, freezing, frozen

#: Where somebody writes again and again, no two processes may ever begin between two commits.
_TRIES = 20


@contextmanager
def freezing_together(engine: Engine, others: Callable[[str], object]) -> Iterator[bool]:
    """As :func:`freezing`; gives whether other processes see the same moment.

    ``others`` has all of them freeze what they read with the snapshot that it is told, and returns when they have.
    It may be called several times; each time they let go of what they froze before.
    """
    if engine.dialect.name == "postgresql":
        with freezing(engine):
            connection = frozen(engine)
            assert connection is not None  # noqa: S101 - it was frozen just now
            others(connection.scalar(select(func.pg_export_snapshot())) or "")
            yield True
        return
    with closing(connect_sqlite(engine)) as watch:
        for _ in range(_TRIES):
            before = _version(watch)
            with freezing(engine):
                others("")
                # Where nothing was committed meanwhile, all have begun at the same moment.
                if _version(watch) == before:
                    yield True
                    return
    with freezing(engine):
        yield False


def _version(watch: sqlite3.Connection) -> object:
    """What differs when somebody else has written since it was last looked at."""
    return watch.execute("PRAGMA data_version").fetchone()
