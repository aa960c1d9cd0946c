"""Which records stand in the RDF feeds without the IRI that their sources give them, since an older one has it.

RDF would make one thing of records with one IRI. So of those that are alive, of whatever entity type, the one with the
lowest number has the IRI; the index of look-ups tells which that is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Connection, Executable, bindparam, func, select

from dcip_server.protocol.entity_types import DATASET, ENTITY_TYPES
from dcip_server.store import tables as t
from dcip_server.store.driver import Driver
from dcip_server.store.look_ups import iri_keys

#: What is asked for at once, so that few statements are compiled.
_BATCH = 300
#: Their keys are asked for at once.
_IRIS = _BATCH // len(ENTITY_TYPES)


def without_iri(connection: Connection, records: Iterable[tuple[int, str | None]]) -> set[int]:
    """Of some live records, each a number and its IRI, those of which an older live one has that."""
    iris = {number: iri for number, iri in records if iri is not None}
    keys = {key: iri for iri in iris.values() for key in iri_keys(iri)}
    owners: dict[str, int] = {}
    for key, number in _rows(connection, _OLDEST, list(keys)):
        iri = keys[bytes(key)]
        owners[iri] = min(number, owners.get(iri, number))
    return {number for number, iri in iris.items() if owners.get(iri, number) < number}


def changed_hands(connection: Connection, after: int, without: Collection[int]) -> Iterator[int]:
    """The datasets that are as they were at a revision and have their IRI now, but had it not, or the other way round.

    By number. ``without`` are those that were without it then. Memory is for those that share an IRI, not for all that changed.
    """
    perhaps = sorted(_touched(connection, after).union(without))
    for first in range(0, len(perhaps), _IRIS):
        rows = _rows(connection, _UNCHANGED, perhaps[first : first + _IRIS], after=after)
        unchanged = sorted((number, iri) for number, iri in rows)
        now = without_iri(connection, unchanged)
        yield from (number for number, _ in unchanged if (number in now) != (number in without))


def _touched(connection: Connection, after: int) -> set[int]:
    """The records that are as they were at a revision, but whose IRI another one got since."""
    driver = Driver(connection)
    found: set[int] = set()
    read = after
    while rows := driver.rows(_IRIS_AFTER, after=read, limit=_IRIS):
        read = rows[-1][0]
        keys = [key for _, iri in rows for key in iri_keys(iri)]
        found.update(number for (number,) in _rows(connection, _HAVING, keys, after=after))
    return found


def _rows(connection: Connection, statement: Executable, wanted: list[Any], **values: Any) -> Iterator[tuple[Any, ...]]:
    driver = Driver(connection)
    for first in range(0, len(wanted), _BATCH):
        batch = wanted[first : first + _BATCH]
        yield from driver.rows(statement, wanted=batch + batch[-1:] * (_BATCH - len(batch)), **values)


_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
_OLDEST = (
    select(t.attribute.c.key, func.min(t.attribute.c.record))
    .where(t.attribute.c.key.in_(_WANTED))
    .group_by(t.attribute.c.key)
)
_IS_OLDER = t.record.c.revision <= bindparam("after")
_HAVING = (
    select(t.attribute.c.record)
    .join(t.record, t.record.c.number == t.attribute.c.record)
    .where(t.attribute.c.key.in_(_WANTED), _IS_OLDER)
)
_IRIS_AFTER = (
    select(t.record.c.revision, t.record.c.iri)
    .where(t.record.c.revision > bindparam("after"), t.record.c.iri.is_not(None), t.record.c.change_type != "delete")
    .order_by(t.record.c.revision)
    .limit(bindparam("limit", type_=BigInteger))
)
_UNCHANGED = select(t.record.c.number, t.record.c.iri).where(
    t.record.c.number.in_(_WANTED),
    _IS_OLDER,
    t.record.c.entity == DATASET.name,
    t.record.c.change_type != "delete",
)
