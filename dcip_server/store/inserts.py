"""Inserts of many rows as the driver takes them: tuples, with no translation between."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert


def insert_rows(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows that hold a value for each column of the table, in its order."""
    if rows := list(rows):
        connection.exec_driver_sql(_statement(table, connection.dialect), rows)


@lru_cache
def _statement(table: Table, dialect: Dialect) -> str:
    style = "qmark" if dialect.paramstyle == "qmark" else "format"
    compiled: Any = insert(table).compile(
        dialect=type(dialect)(paramstyle=style),  # type: ignore[call-arg]  # every dialect takes it
        column_keys=[column.name for column in table.columns],
    )
    assert compiled.positiontup == [column.name for column in table.columns]  # noqa: S101 - callers rely on it
    return str(compiled)
