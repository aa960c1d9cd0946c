"""The catalog in figures: what it holds, how that grew, and how complete its metadata are.

Nothing is counted that was counted before: values and combinations of fields are counted by the
writer, and of the revisions, which only ever grow, each read counts those that came since the last.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from dcip_server.protocol.entity_types import DATASET
from dcip_server.store import tables as t
from dcip_server.store.completeness import RECOMMENDED, count
from dcip_server.store.facets import COMBINATION, count_values, top_values
from dcip_server.store.kept_files import CatalogState

_MOST_VALUES = 12
#: A catalog has as many combinations as its sources have habits; this bounds the read all the same.
_MOST_COMBINATIONS = 10_000
#: Beginning with the last: a year, and before a catalog's first week some in which it was empty.
_MOST_WEEKS = 52
_LEAST_WEEKS = 12
#: What the whole history is thinned to.
_MOST_POINTS = 60
_KINDS = ("create", "update", "delete")
#: Facets of records, under the names that their statistics have.
_FACETS = {
    "licenses": ("license", "Licences"),
    "formats": ("format", "Formats"),
    "publishers": ("publisher", "Publishers"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """``label`` is a value of metadata, a field's name or the date of a Monday; a number for each head."""

    label: str
    numbers: tuple[int, ...]


# Compared by identity: what is drawn of one is kept with it, and it is made once a revision.
@dataclass(frozen=True, slots=True, eq=False)
class Statistic:
    """One table, in English; ``further`` values are less frequent than those in its rows.

    ``facet`` is whose values the rows are; ``weekly`` rows begin on Mondays; ``percent`` says that the last number is a share of 100,
    rounded down, so that 100 means all.
    """

    name: str
    title: str
    label_head: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    facet: str | None = None
    further: int = 0
    percent: bool = False
    weekly: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """The live datasets, and all tables by their names."""

    state: CatalogState
    datasets: int
    tables: dict[str, Statistic]


class Weeks:
    """Changes of datasets by week and kind, counted up to a revision of one catalog."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._identity = ""
        self._counted = 0
        self._changes: Counter[tuple[date, str]] = Counter()

    def count(self, connection: Connection, state: CatalogState) -> dict[date, Counter[str]]:
        """The changes of each week that had some, by its Monday (UTC), oldest first."""
        with self._lock:
            if self._identity != state.identity or self._counted > state.revision:
                self._identity, self._counted, self._changes = state.identity, 0, Counter()
            revision = t.revision.c
            day = func.substr(revision.modified, 1, 10).label("day")
            new = connection.execute(
                select(day, revision.change_type, func.count())
                .join(t.record, t.record.c.number == revision.record)
                .where(revision.number > self._counted, revision.number <= state.revision)
                .where(t.record.c.entity == DATASET.name)
                .group_by(day, revision.change_type)
            )
            for text, kind, changes in new:
                self._changes[_monday(text), kind] += changes
            self._counted = state.revision
            weeks: dict[date, Counter[str]] = {}
            for monday, kind in sorted(self._changes):
                weeks.setdefault(monday, Counter())[kind] = self._changes[monday, kind]
            return weeks


def statistics(connection: Connection, state: CatalogState, weeks: Weeks) -> Statistics:
    """All statistics of the catalog as it is."""
    combinations = top_values(connection, COMBINATION, _MOST_COMBINATIONS)
    datasets, having = count({value.value: value.records for value in combinations})
    found = [*_history(weeks.count(connection, state), _monday(state.modified))]
    for name, (facet, title) in _FACETS.items():
        values = top_values(connection, facet, _MOST_VALUES)
        rows = tuple(Row(value.value, (value.records,)) for value in values)
        further = count_values(connection, facet) - len(rows)
        found.append(Statistic(name, title, title, ("Records",), rows, facet=facet, further=max(further, 0)))
    rows = tuple(
        Row(label, (having[key], having[key] * 100 // datasets if datasets else 0))
        for key, label in RECOMMENDED.items()
    )
    found.append(
        Statistic("completeness", "Completeness of metadata", "Field", ("Datasets", "Share in %"), rows, percent=True)
    )
    return Statistics(state, datasets, {statistic.name: statistic for statistic in found})


def _monday(text: str) -> date:
    day = date.fromisoformat(text[:10])
    return day - timedelta(days=day.weekday())


def _history(changes: dict[date, Counter[str]], last: date) -> Iterable[Statistic]:
    """How many datasets there were at the end of each week, and what changed in it."""
    first = min(changes, default=last)
    first = min(first - timedelta(weeks=1), last - timedelta(weeks=_LEAST_WEEKS - 1))
    mondays = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    live = 0
    totals = []
    weeks = []
    for monday in mondays:
        week = changes.get(monday, Counter())
        live += week["create"] - week["delete"]
        totals.append(Row(monday.isoformat(), (live,)))
        weeks.append(Row(monday.isoformat(), tuple(week[kind] for kind in _KINDS)))
    step = -(-len(totals) // _MOST_POINTS)
    # From the end, so that the last week is among them.
    points = tuple(reversed(totals[::-step]))
    yield Statistic("datasets", "Datasets over time", "Week from", ("Datasets",), points, weekly=True)
    yield Statistic("changes", "Changes per week", "Week from", _KINDS, tuple(weeks[-_MOST_WEEKS:]), weekly=True)
