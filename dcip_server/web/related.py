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
    if iri and entity == DATASET_SERIES.name:
        found.append(_naming(store, "Datasets in this series", DATASET.name, "in_series", iri))
    if iri and entity == DATASET.name:
        found.append(_naming(store, "Services that give this dataset", DATA_SERVICE.name, "serves_dataset", iri))
    return [group for group in found if group.entries or group.elsewhere]


def _named(store: Store, heading: str, entity: str, iris: Json) -> Related:
    """The records whose IRIs this one names."""
    texts = [iri for iri in (iris if isinstance(iris, list) else [iris]) if isinstance(iri, str)]
    entries: list[Entry] = []
    elsewhere: list[str] = []
    for iri in texts[:_MOST]:
        here = store.look_up(entity, "iri", iri, 1)
        entries += here
        elsewhere += [] if here else [iri]
    return Related(heading, tuple(entries), tuple(elsewhere), len(texts) > _MOST)


def _naming(store: Store, heading: str, entity: str, attribute: str, iri: str) -> Related:
    """The records that name this one."""
    entries = store.look_up(entity, attribute, iri, _MOST + 1)
    return Related(heading, tuple(entries[:_MOST]), more=len(entries) > _MOST)


def name_source(source: str) -> str:
    """A source as readers may see it: a URL without user and password, of a file its name, since folders are the operator's."""
    if not web_link(source):
        return PurePath(source).name or source
    scheme, _, rest = source.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
