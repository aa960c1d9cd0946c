"""Statements as the driver takes them: compiled once, then run with nothing between.

Every write runs some twenty statements; what SQLAlchemy does for each takes longer than SQLite.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Dialect, Executable, Table, insert

T = TypeVar("T")


class Driver:
    """The connection of a transaction, in the driver's hands. Its errors are the driver's own."""

    def __init__(self, connection: Connection) -> None:
        self._dialect = connection.dialect
        self._cursor: Any = connection.connection.cursor()

    def rows(self, statement: Executable, **values: Any) -> list[tuple[Any, ...]]:
        """All rows; a list among the values is one for an expanding parameter."""
        self.run(statement, **values)
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    def scalar(self, statement: Executable, **values: Any) -> Any:
        """The first column of the first row, or ``None``."""
        self.run(statement, **values)
        row = self._cursor.fetchone()
        return row[0] if row else None

    def run(self, statement: Executable, **values: Any) -> None:
        """Run a statement once."""
        lengths = tuple((name, len(value)) for name, value in values.items() if type(value) is list)
        compiled = _compiled(statement, self._dialect, lengths)
        self._cursor.execute(compiled.text, compiled.parameters(values))

    def run_many(self, statement: Executable, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run a statement for each row of values."""
        compiled = _compiled(statement, self._dialect, ())
        if parameters := [compiled.parameters(row) for row in rows]:
            self._cursor.executemany(compiled.text, parameters)

    def insert(self, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows that hold a value for each column of the table, in its order."""
        self.many(insert_text(table, self._dialect), list(rows))

    def many(self, text: str, rows: list[tuple[Any, ...]]) -> None:
        """Run a statement in the driver's own language for each row."""
        if rows:
            self._cursor.executemany(text, rows)


def filled_up(values: list[T]) -> list[T]:
    """Values for an expanding parameter, the last one again and again up to one of a few lengths: so few statements are
    compiled."""
    length = next((length for length in _LENGTHS if length >= len(values)), len(values))
    return values + values[-1:] * (length - len(values))


_LENGTHS = (1, 10, 100, 500)


class _Compiled(NamedTuple):
    """``names`` are those of the parameters in their order, ``None`` where the driver takes them by name."""

    text: str
    names: list[str] | None
    constants: dict[str, Any]
    expanded: dict[str, list[str]]

    def parameters(self, values: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        """The values as the driver wants them."""
        if self.constants or self.expanded:
            values = {**self.constants, **values}
            for name, parts in self.expanded.items():
                values |= zip(parts, values.pop(name), strict=True)
        return values if self.names is None else [values[name] for name in self.names]


@lru_cache(maxsize=1024)
def _compiled(statement: Executable, dialect: Dialect, lengths: tuple[tuple[str, int], ...]) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every statement has it
    constants = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
    unknown = dict.fromkeys(compiled.bind_names.values()) | constants
    state = compiled.construct_expanded_state(unknown | {name: [b""] * length for name, length in lengths})
    return _Compiled(state.statement, state.positiontup, constants, dict(state.parameter_expansion))


@lru_cache
def insert_text(table: Table, dialect: Dialect) -> str:
    """The statement that inserts rows of a value for each column."""
    style = "qmark" if dialect.paramstyle == "qmark" else "format"
    compiled: Any = insert(table).compile(
        dialect=type(dialect)(paramstyle=style),  # type: ignore[call-arg]  # every dialect takes it
        column_keys=[column.name for column in table.columns],
    )
    assert compiled.positiontup == [column.name for column in table.columns]  # noqa: S101 - callers rely on it
    return str(compiled)
