"""A catalog that is made once and only read, for tables of many requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dcip_server.store import Delete, Put
from tests.conftest import Site
from tests.records import dataset
from tests.spec.sites import site_in


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application over a few records; revisions 1 to 9.

    123 (an integer) and "wells" live on as created, "rivers" is updated, "tides" deleted, and
    "springs" deleted and created again.
    """
    with site_in(tmp_path_factory.mktemp("catalog")) as site:
        site.store.revise([Put(dataset(123, title="Lakes", tags=["water", "lake"]))])
        site.store.revise([Put(dataset("wells", tags=["water"])), Put(dataset("rivers"))])
        site.store.revise([Put(dataset("tides")), Put(dataset("springs"))])
        site.store.revise([Put(dataset("rivers", title="Rivers and streams"))])
        site.store.revise([Delete("dataset", "tides"), Delete("dataset", "springs")])
        site.store.revise([Put(dataset("springs", title="Springs again"))])
        yield site
