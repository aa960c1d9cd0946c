"""What audits need of the store: every live record as it is served, and the figures of the last audit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from sqlalchemy import Engine, bindparam, delete, insert, select

from dcip_server.protocol import times
from dcip_server.store import tables as t
from dcip_server.store.change_list import ENTRY_COLUMNS, to_entry
from dcip_server.store.database import reading, writing
from dcip_server.store.entry import Entry

_BATCH = 200


@dataclass(frozen=True, slots=True)
class LiveRecord:
    """A record and the bytes that are stored of it; the N3 is without its ``@base`` line."""

    entry: Entry
    json: bytes
    n3: bytes


@dataclass(frozen=True, slots=True)
class AuditFigures:
    """What an audit found. ``ended`` is UTC; ``revision`` is that of the catalog that was looked at.

    ``violating`` records broke a rule, ``warned`` ones kept all of them but have warnings. ``rules`` counts the records that
    broke a rule by its id; ``unchecked`` rules were not run.
    """

    profile: str
    revision: int
    ended: str = ""
    records: int = 0
    violating: int = 0
    warned: int = 0
    withdrawn: int = 0
    rules: Mapping[str, int] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()


def live_records(engine: Engine) -> Iterator[LiveRecord]:
    """Every live record in the order of creation, as one moment has them; a few are in memory at once."""
    after = 0
    with reading(engine) as connection:
        while rows := connection.execute(_NEXT, {"after": after}).all():
            for number, json_body, n3_body, *entry in rows:
                after = number
                yield LiveRecord(to_entry(entry), json_body, n3_body)


_NEXT = (
    select(t.record.c.number, t.representation.c.json, t.representation.c.n3, *ENTRY_COLUMNS)
    .join(t.representation, t.representation.c.record == t.record.c.number)
    .where(t.record.c.number > bindparam("after"))
    .order_by(t.record.c.number)
    .limit(_BATCH)
)
_KEPT_APART = ("profile", "ended", "revision")


def write_audit(engine: Engine, figures: AuditFigures) -> AuditFigures:
    """Keep the figures of an audit in place of those of the last one against the same profile; ``ended`` is now."""
    values = asdict(figures) | {"ended": times.now()}
    row = {name: values.pop(name) for name in _KEPT_APART}
    with writing(engine) as connection:
        connection.execute(delete(t.audit).where(t.audit.c.profile == figures.profile))
        connection.execute(insert(t.audit).values(**row, figures=json.dumps(values)))
    return AuditFigures(**row, **values)


def find_audit(engine: Engine, profile: str) -> AuditFigures | None:
    """The figures of the last audit against a profile, ``None`` where there was none."""
    with reading(engine) as connection:
        row = connection.execute(select(t.audit).where(t.audit.c.profile == profile)).first()
    if row is None:
        return None
    values = json.loads(row.figures)
    values["unchecked"] = tuple(values["unchecked"])
    return AuditFigures(row.profile, row.revision, row.ended, **values)
