"""A write that would take most of the catalog away is refused until someone says that it is meant."""

from __future__ import annotations

import pytest

from dcip_server.errors import MassDeleteError, NotFoundError
from dcip_server.store import Change, Delete, DropUnseen, Put, Store
from tests.records import dataset
from tests.store.reading import snapshot

#: Live records before, how many of them go, how many new ones come, and whether that passes.
_MASS_DELETES = [
    (1, 1, 0, True),
    (9, 9, 0, True),
    (10, 10, 0, False),
    (12, 9, 0, True),
    (19, 10, 0, False),
    (20, 10, 0, True),
    (20, 11, 0, False),
    (21, 10, 0, True),
    (21, 11, 0, False),
    (40, 40, 0, False),
    (300, 151, 0, False),
    (19, 10, 25, False),
    (20, 10, 25, True),
    (20, 11, 25, False),
]
_MASS_DELETE_IDS = [f"{going} of {live}, {coming} created" for live, going, coming, _ in _MASS_DELETES]


@pytest.mark.parametrize(("live", "going", "coming", "passes"), _MASS_DELETES, ids=_MASS_DELETE_IDS)
@pytest.mark.parametrize("way", ["deleted", "dropped by their source"])
def test_a_write_that_takes_most_of_the_catalog_away_is_refused_whole(
    store: Store, live: int, going: int, coming: int, passes: bool, way: str
) -> None:
    store.revise([Put(dataset(id), "source") for id in range(live)])
    before = snapshot(store)
    new = [Put(dataset(f"new-{id}"), "source") for id in range(coming)]
    if way == "deleted":
        write: list[Change] = [*new, *(Delete("dataset", id) for id in range(going))]
    else:
        write = [*new, *(Put(dataset(id), "source") for id in range(going, live)), DropUnseen("source")]
    if not passes:
        with pytest.raises(MassDeleteError, match=f"delete {going} of {live} live"):
            store.revise(write)
        assert snapshot(store) == before
        with pytest.raises(MassDeleteError):
            store.revise(write, dry_run=True)
    outcome = store.revise(write, allow_mass_delete=not passes)
    assert (outcome.created, outcome.deleted) == (coming, going)
    assert store.state().live_records == live - going + coming


def test_a_delete_among_many_that_finds_nothing_leaves_all_of_them(store: Store) -> None:
    store.revise([Put(dataset(id)) for id in range(12)])
    before = snapshot(store)
    with pytest.raises(NotFoundError):
        store.revise([Delete("dataset", id) for id in range(13)], allow_mass_delete=True)
    assert snapshot(store) == before
