"""Which records stand in the RDF feeds without the IRI that their sources give them, since an older one has it.

RDF would make one thing of records with one IRI. So of those that are alive, of whatever entity type, the one with the
lowest number has the IRI; the index of look-ups tells which that is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import BindParameter, Connection, Executable, bindparam, func, select

from dcip_server.protocol.entity_types import DATASET
from dcip_server.store import tables as t
from dcip_server.store.driver import Driver
from dcip_server.store.look_ups import iri_keys

#: What is asked for at once, so that few statements are compiled.
_BATCH = 300


def without_iri(connection: Connection, records: Iterable[tuple[int, str | None]]) -> set[int]:
    """Of some live records, each a number and its IRI, those of which an older live one has that."""
    iris = {number: iri for number, iri in records if iri is not None}
    keys = {key: iri for iri in iris.values() for key in iri_keys(iri)}
    owners: dict[str, int] = {}
    for key, number in _rows(connection, _OLDEST, list(keys)):
        iri = keys[bytes(key)]
        owners[iri] = min(number, owners.get(iri, number))
    return {number for number, iri in iris.items() if owners.get(iri, number) < number}


def changed_hands(connection: Connection, after: int, without: Collection[int]) -> list[int]:
    """The datasets that are as they were at a revision and have their IRI now, but had it not, or the other way round.

    ``without`` are those that were without it then.
    """
    driver = Driver(connection)
    taken = {key for (iri,) in driver.rows(_IRIS_AFTER, after=after) for key in iri_keys(iri)}
    perhaps = {number for (number,) in _rows(connection, _HAVING, list(taken))}.union(without)
    before = [row[:2] for row in _rows(connection, _UNCHANGED, sorted(perhaps)) if row[2] <= after]
    now = without_iri(connection, before)
    return sorted(number for number, _ in before if (number in now) != (number in without))


def _rows(connection: Connection, statement: Executable, wanted: list[Any]) -> Iterator[tuple[Any, ...]]:
    driver = Driver(connection)
    for first in range(0, len(wanted), _BATCH):
        batch = wanted[first : first + _BATCH]
        yield from driver.rows(statement, wanted=batch + batch[-1:] * (_BATCH - len(batch)))


_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
_OLDEST = (
    select(t.attribute.c.key, func.min(t.attribute.c.record))
    .where(t.attribute.c.key.in_(_WANTED))
    .group_by(t.attribute.c.key)
)
_HAVING = select(t.attribute.c.record).where(t.attribute.c.key.in_(_WANTED))
_IRIS_AFTER = select(t.record.c.iri).where(
    t.record.c.revision > bindparam("after"), t.record.c.iri.is_not(None), t.record.c.change_type != "delete"
)
_UNCHANGED = select(t.record.c.number, t.record.c.iri, t.record.c.revision).where(
    t.record.c.number.in_(_WANTED), t.record.c.entity == DATASET.name, t.record.c.change_type != "delete"
)
