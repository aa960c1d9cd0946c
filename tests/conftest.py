"""Fixtures: real databases, the real application, the real command line and the real server."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from werkzeug.middleware.lint import LintMiddleware
from werkzeug.test import Client, TestResponse

from dcip_server import commands, settings
from dcip_server.app import create_app
from dcip_server.store import Store
from tests import postgresql
from tests.both_ways import BothWays

#: Real catalogs, where the machine has them; no test needs them to pass.
REAL_CATALOGS = Path(__file__).resolve().parents[2] / "shared" / "data"
_ROOT = Path(__file__).resolve().parents[1]
_WITHOUT = "--without-fast-paths"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test."""
    for name in os.environ:
        if name.startswith("DCIP_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """URL of a PostgreSQL server, without database name."""
    # Not below pytest's folder, which only this user may enter: PostgreSQL does not run as root.
    with tempfile.TemporaryDirectory(prefix="dcip-postgresql-") as folder, postgresql.running(Path(folder)) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that holds nothing yet, on each of the two kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/catalog.db"
    server = request.getfixturevalue("postgresql_url")
    name = f"t{uuid4().hex}"
    with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database that holds nothing yet, for what does not depend on the kind of database."""
    return f"sqlite:///{tmp_path}/catalog.db"


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty catalog, on each kind of database."""
    store = Store(database_url, list_folder=str(tmp_path / "lists"), create=True)
    yield store
    store.close()


@pytest.fixture
def sqlite_store(sqlite_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty catalog in SQLite."""
    store = Store(sqlite_url, list_folder=str(tmp_path / "lists"), create=True)
    yield store
    store.close()


@dataclass
class Site:
    """The application over a store, asked like a server asks it; answers are read to their end."""

    client: Client
    store: Store
    url = "http://catalog.example"
    endpoint = "http://catalog.example/rest"

    def ask_once(self) -> Any:
        """From now on ask the application with fast paths alone, which is returned: for tests that change or count."""
        lint: Any = self.client.application
        app = lint.app.fast
        self.client = Client(LintMiddleware(app))
        return app

    def get(self, path: str, **arguments: Any) -> TestResponse:
        return self.request("GET", path, **arguments)

    def request(self, method: str, path: str, **arguments: Any) -> TestResponse:
        return self.client.open(path, method=method, base_url=self.url, buffered=True, **arguments)


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes the site of a store with the given settings: ``make_site(store, dataset_root="list")``."""
    apps: list[Flask] = []

    def make(store: Store, **overrides: Any) -> Site:
        values = {
            "database_url": _url_of(store),
            "rate_limit": "",
            "list_folder": str(tmp_path / "lists"),
            **overrides,
        }
        found = settings.load({}, **values)
        app = create_app(found)
        apps.append(app)
        if found.rate_limit:
            # Each request counts, and is to be counted once.
            return Site(Client(LintMiddleware(app)), store)
        plain = create_app(found, fast_paths=False)
        apps.append(plain)
        return Site(Client(LintMiddleware(BothWays(app, plain))), store)

    yield make
    for app in apps:
        app.extensions["dcip_store"].close()


def _url_of(store: Store) -> str:
    if store.engine.dialect.name == "sqlite":
        path = (store.engine.url.database or "").removeprefix("file:").partition("?")[0]
        return f"sqlite:///{path}"
    return store.engine.url.render_as_string(hide_password=False)


@pytest.fixture
def site(sqlite_store: Store, make_site: Callable[..., Site]) -> Site:
    """The application over an empty catalog, with default settings but no rate limit."""
    return make_site(sqlite_store)


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit status, stdout and stderr."""

    status: int
    out: str
    err: str


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], sqlite_url: str
) -> Callable[..., Ran]:
    """Runs ``dcip-server`` in this process on a SQLite catalog: ``run("import", "x.json", stdin=b"…")``."""

    def run(*arguments: str, stdin: bytes = b"", database: str = sqlite_url) -> Ran:
        monkeypatch.setattr(sys, "argv", ["dcip-server", "--database", database, *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as exit:
            commands.main()
        captured = capfdbinary.readouterr()
        return Ran(int(exit.value.code or 0), captured.out.decode(), captured.err.decode())

    return run


@dataclass
class Server:
    """A running ``dcip-server serve``; ``log`` is its stderr so far."""

    url: str
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def endpoint(self) -> str:
        return self.url + "/rest"

    @property
    def log(self) -> str:
        return self.log_file.read_text()


@contextmanager
def serving(
    database: str, folder: Path, *arguments: str, fast_paths: bool = True, **environment: str
) -> Iterator[Server]:
    """A real server over the database while the context lasts; its log and its lists are in ``folder``."""
    port = postgresql.free_port()
    log_file = folder / f"serve-{port}.log"
    program = "dcip_server" if fast_paths else "tests.plain_server"
    command = [sys.executable, "-m", program, "--database", database, "serve", "--port", str(port), *arguments]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DCIP_")}
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, stderr=log, cwd=_ROOT, env={**ours, "DCIP_RATE_LIMIT": "", **environment})
    server = Server(f"http://127.0.0.1:{port}", process, log_file)
    try:
        wait_for(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def serve(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Server]]:
    """Starts real servers: ``serve(database_url, "--workers", "2", DCIP_RATE_LIMIT="")``."""
    fast_paths = not request.config.getoption(_WITHOUT)
    with ExitStack() as servers:

        def start(database: str, *arguments: str, fast_paths: bool = fast_paths, **environment: str) -> Server:
            server = serving(database, tmp_path, *arguments, fast_paths=fast_paths, **environment)
            return servers.enter_context(server)

        yield start


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(_WITHOUT, action="store_true", help="run what asks real servers, with servers without fast paths")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without fast paths nothing is run but what asks real servers: the rest asks both ways by itself."""
    if config.getoption(_WITHOUT):
        items[:] = [item for item in items if "serve" in getattr(item, "fixturenames", ())]


def wait_for(server: Server) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{server.endpoint}/help.txt", timeout=5):
                return
        except OSError:
            assert server.process.poll() is None, server.log
            time.sleep(0.05)
    raise AssertionError(f"the server did not start: {server.log}")


@pytest.fixture
def real_site(run: Callable[..., Ran], sqlite_store: Store, make_site: Callable[..., Site]) -> Site | None:
    """The site of all real catalogs together, ``None`` where the machine has none."""
    if not REAL_CATALOGS.exists():
        return None
    run("import", str(REAL_CATALOGS), "--allow-mass-delete")
    return make_site(sqlite_store)
