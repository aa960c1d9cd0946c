"""A catalog that is made once and only read, for tables of many requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.middleware.lint import LintMiddleware
from werkzeug.test import Client

from dcip_server import settings
from dcip_server.app import create_app
from dcip_server.store import Delete, Put, Store
from tests.conftest import Site
from tests.records import dataset


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application over a few records; revisions 1 to 9.

    123 (an integer) and "wells" live on as created, "rivers" is updated, "tides" deleted, and
    "springs" deleted and created again.
    """
    folder = tmp_path_factory.mktemp("catalog")
    url = f"sqlite:///{folder}/catalog.db"
    store = Store(url, list_folder=str(folder / "lists"), create=True)
    store.revise([Put(dataset(123, title="Lakes", tags=["water", "lake"]))])
    store.revise([Put(dataset("wells", tags=["water"])), Put(dataset("rivers"))])
    store.revise([Put(dataset("tides")), Put(dataset("springs"))])
    store.revise([Put(dataset("rivers", title="Rivers and streams"))])
    store.revise([Delete("dataset", "tides"), Delete("dataset", "springs")])
    store.revise([Put(dataset("springs", title="Springs again"))])
    app = create_app(settings.load({}, database_url=url, rate_limit="", list_folder=str(folder / "lists")))
    yield Site(Client(LintMiddleware(app)), store)
    app.extensions["dcip_store"].close()
    store.close()
