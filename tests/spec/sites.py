"""A site that outlives one test, for catalogs that are made once and only read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.middleware.lint import LintMiddleware
from werkzeug.test import Client

from dcip_server import settings
from dcip_server.app import create_app
from dcip_server.store import Store
from tests.conftest import Site


@contextmanager
def site_in(folder: Path) -> Iterator[Site]:
    """The application over an empty catalog in SQLite, with default settings but no rate limit."""
    url = f"sqlite:///{folder}/catalog.db"
    with Store(url, list_folder=str(folder / "lists"), create=True) as store:
        app = create_app(settings.load({}, database_url=url, rate_limit="", list_folder=str(folder / "lists")))
        yield Site(Client(LintMiddleware(app)), store)
        app.extensions["dcip_store"].close()
