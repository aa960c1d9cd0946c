"""Sets of records as bitmaps of their numbers (Roaring), and the ways between them and statements.

A search combines sets; what comes out of one statement and goes into the next crosses as one value, not as a
row for each of some ten thousand records.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from pyroaring import BitMap
from sqlalchemy import BigInteger, Connection, FromClause, Select, Text, bindparam, cast, func
from sqlalchemy.dialects.postgresql import ARRAY


def gather(connection: Connection, query: Select[Any]) -> BitMap:
    """The numbers that a query of one column gives."""
    [number] = query.selected_columns
    if connection.dialect.name == "sqlite":
        text = connection.scalar(query.with_only_columns(func.group_concat(number)))
        return BitMap(json.loads(f"[{text or ''}]"))
    return BitMap(connection.scalar(query.with_only_columns(func.array_agg(number))) or ())


@lru_cache
def members(dialect: str) -> FromClause:
    """A table with the column ``value``: the numbers of the set that the parameter ``members`` is, see :func:`as_text`."""
    text = bindparam("members", type_=Text)
    if dialect == "sqlite":
        return func.json_each(text).table_valued("value")
    return func.unnest(cast(text, ARRAY(BigInteger))).table_valued("value").render_derived()


def as_text(dialect: str, records: BitMap) -> str:
    """A set as the parameter of :func:`members`: a JSON array, an array of PostgreSQL's."""
    text = str(list(records))
    return text if dialect == "sqlite" else "{" + text[1:-1] + "}"
