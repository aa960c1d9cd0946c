"""Sets of records as bitmaps of their numbers (Roaring), and the ways between them and statements.

A search combines sets; what comes out of one statement and goes into the next crosses as one value, not as a
row for each of some ten thousand records.
"""

from __future__ import annotations

import json
from typing import Any

from pyroaring import BitMap
from sqlalchemy import BigInteger, Connection, FromClause, Select, cast, func, literal
from sqlalchemy.dialects.postgresql import ARRAY


def gather(connection: Connection, query: Select[Any]) -> BitMap:
    """The numbers that a query of one column gives."""
    [number] = query.selected_columns
    if connection.dialect.name == "sqlite":
        text = connection.scalar(query.with_only_columns(func.group_concat(number)))
        return BitMap(json.loads(f"[{text or ''}]"))
    return BitMap(connection.scalar(query.with_only_columns(func.array_agg(number))) or ())


def members(connection: Connection, records: BitMap) -> FromClause:
    """The numbers of a set, as a table with the column ``value``."""
    if connection.dialect.name == "sqlite":
        return func.json_each(json.dumps(list(records))).table_valued("value")
    numbers: Any = cast(literal(list(records), ARRAY(BigInteger)), ARRAY(BigInteger))
    return func.unnest(numbers).table_valued("value").render_derived()
