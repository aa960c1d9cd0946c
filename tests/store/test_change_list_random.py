"""Change lists after random writes, and what was changed since each revision."""

from __future__ import annotations

import tempfile
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dcip_server.protocol.urls import FORMATS, Format
from dcip_server.store import Delete, Put, Store
from tests.records import dataset
from tests.store.reading import entries_since, list_bytes, since_bytes

_FORMATS = list(FORMATS.values())
_ids = st.integers(0, 7)
_steps = st.lists(
    st.tuples(st.dictionaries(_ids, st.sampled_from(["A", "B", None]), max_size=8), st.sampled_from([0, 1, 2, 3])),
    min_size=1,
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@given(steps=_steps)
def test_after_random_writes_a_list_is_what_making_it_anew_gives(steps: list[tuple[dict[int, Any], int]]) -> None:
    """The number says which lists are asked for after a write: none, one of them or both."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/catalog.db"
        with Store(url, list_folder=f"{folder}/lists", create=True) as store:
            live: set[int] = set()
            for write, asked in steps:
                puts = {id: title for id, title in write.items() if title}
                deletes = [id for id, title in write.items() if not title and id in live]
                store.revise(
                    [
                        *(Put(dataset(id, title=title)) for id, title in puts.items()),
                        *(Delete("dataset", id) for id in deletes),
                    ],
                    allow_mass_delete=True,
                )
                live = (live | puts.keys()) - set(deletes)
                for bit, format in enumerate(_FORMATS, 1):
                    if asked & bit:
                        list_bytes(store, format)
            with Store(url, list_folder=f"{folder}/anew") as other:
                for format in _FORMATS:
                    assert list_bytes(store, format) == list_bytes(other, format)
            _check_since(store)


def _check_since(store: Store) -> None:
    """Both serialisations name the same entries after each revision."""
    for revision in range(store.state().revision + 1):
        found = [entry["revision"] for entry in entries_since(store, revision)]
        in_n3 = since_bytes(store, revision, Format.N3).decode()
        assert [number for number in range(store.state().revision + 1) if f'dcat:version "{number}"' in in_n3] == found
