"""What a record's page leads to: its series and their members, services and what they give, its sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from dcip_server.entities import Json
from dcip_server.protocol.entity_types import DATA_SERVICE, DATASET, DATASET_SERIES
from dcip_server.store import Entry, Store
from dcip_server.web.markup import web_link

_MOST = 100


@dataclass(frozen=True, slots=True)
class Related:
    """Live records of the catalog, then IRIs that none of them has; ``more`` where not all are listed."""

    heading: str
    entries: tuple[Entry, ...]
    elsewhere: tuple[str, ...] = ()
    more: bool = False


def related(store: Store, entity: str, value: Mapping[str, Json], iri: str | None) -> list[Related]:
    """The record's relations in both directions, without those that have nobody at the other end."""
    found = [
        _named(store, "Part of the series", DATASET_SERIES.name, value.get("in_series")),
        _named(store, "Datasets that this service gives", DATASET.name, value.get("serves_dataset")),
    ]
    own = iri or str(value["id"])
    if entity == DATASET_SERIES.name:
        found.append(_naming(store, "Datasets in this series", DATASET.name, "in_series", own))
    if entity == DATASET.name:
        found.append(_naming(store, "Services that give this dataset", DATA_SERVICE.name, "serves_dataset", own))
    return [group for group in found if group.entries or group.elsewhere]


def _named(store: Store, heading: str, entity: str, names: Json) -> Related:
    """The records whose IRIs, or ids, this one names."""
    texts = [name for name in (names if isinstance(names, list) else [names]) if isinstance(name, str)]
    entries: list[Entry] = []
    elsewhere: list[str] = []
    for name in texts[:_MOST]:
        here = store.look_up(entity, "iri", name, 1) or _with_id(store, entity, name)
        entries += here
        elsewhere += [] if here else [name]
    return Related(heading, tuple(entries), tuple(elsewhere), len(texts) > _MOST)


def _with_id(store: Store, entity: str, id: str) -> list[Entry]:
    history = store.find_history(entity, id)
    return [] if history is None or history.entry.change_type == "delete" else [history.entry]


def _naming(store: Store, heading: str, entity: str, attribute: str, name: str) -> Related:
    """The records that name this one."""
    entries = store.look_up(entity, attribute, name, _MOST + 1)
    return Related(heading, tuple(entries[:_MOST]), more=len(entries) > _MOST)


def name_source(source: str) -> str:
    """A source as readers may see it: a URL without user and password, of a file its name, since folders are the operator's."""
    if not web_link(source):
        return PurePath(source).name or source
    scheme, _, rest = source.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
