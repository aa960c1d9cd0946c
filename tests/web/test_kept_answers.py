"""Fast ways to an answer: what needs no Flask, and what is kept in memory, are the answer itself, and never old."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from dcip_server import settings
from dcip_server.app import create_app
from dcip_server.protocol.answers import Answer
from dcip_server.protocol.rules import ENFORCED
from dcip_server.store import Delete, Put, Store
from tests.conftest import Server, Site
from tests.records import dataset

_PATHS = [
    "/rest/dataset/id/a.json", "/rest/dataset/id/a.dcat.N3", "/rest/dataset/id/%C3%A4%2Fb.json", "/rest/dataset/id/%C3%A4/b.json",
    "/rest/dataset/id/7.json", "/rest/DATASET/id/a.json", "/rest/dataset/id/missing.json", "/rest/dataset/id/gone.json",
    "/rest/dataset/id/gone.dcat.N3", "/rest/dataset/id/a.xml", "/rest/dataset/id/a", "/rest/dataset/id/.json", "/rest/dataset/id/",
    "/rest/dataset/id.json", "/rest/dataset/since/0.json", "/rest/dataset/title/Dataset%20a.json", "/rest/catalog.json", "/rest/help.txt", "/rest",
    "/rest/dataset/help.txt", "/rest/nothing", "/", "/nothing",
]  # fmt: skip
_REQUESTS = [
    {},
    {"headers": {"Host": "other.example:8080"}},
    {"headers": {"Host": "no host"}},
    {"headers": {"If-None-Match": "*", "Accept": "text/n3", "Accept-Encoding": "gzip", "Origin": "https://x.example"}},
    {"method": "HEAD"},
    {"query_string": "x=1"},
]


def _client(store: Store, folder: Path, *, fast_paths: bool) -> Iterator[Client]:
    url = store.engine.url.render_as_string(hide_password=False)
    if store.engine.dialect.name == "sqlite":
        url = "sqlite:///" + (store.engine.url.database or "").removeprefix("file:").partition("?")[0]
    found = settings.load({}, database_url=url, rate_limit="", list_folder=str(folder / "lists"))
    app = create_app(found, fast_paths=fast_paths)
    yield Client(app)
    app.extensions["dcip_store"].close()


@pytest.fixture
def fast(store: Store, tmp_path: Path) -> Iterator[Client]:
    yield from _client(store, tmp_path, fast_paths=True)


@pytest.fixture
def slow(store: Store, tmp_path: Path) -> Iterator[Client]:
    yield from _client(store, tmp_path, fast_paths=False)


def _asked(client: Client, path: str, request: dict[str, object]) -> tuple[object, ...]:
    answer = client.open(path, buffered=True, **request)  # type: ignore[arg-type]  # a table's values
    return answer.status, sorted(header for header in answer.headers if header[0] != "Date"), answer.data


def test_every_answer_is_byte_for_byte_the_same_with_the_fast_ways_and_without(
    store: Store, fast: Client, slow: Client
) -> None:
    store.revise([Put(dataset(id)) for id in ("a", "ä/b", 7, "gone")])
    store.revise([Delete("dataset", "gone")])
    for changed in (dataset("a", title="new"), dataset("b"), dataset("a")):
        for path in _PATHS:
            for request in _REQUESTS:
                due = _asked(slow, path, request)
                assert [_asked(fast, path, request) for _ in range(4)] == [due] * 4, (path, request)
        store.revise([Put(changed)])


@pytest.mark.parametrize("path", ["/rest/dataset/id/a.json", "/rest/dataset/id/a.dcat.N3"])
def test_the_rules_find_nothing_to_change_in_what_needs_no_flask(store: Store, fast: Client, path: str) -> None:
    store.revise([Put(dataset("a"))])
    found = fast.get(path, buffered=True)
    answer = Answer("GET", found.status_code, tuple(found.headers), [found.data])
    for rule in ENFORCED:
        assert rule.enforce is not None
        obeying = rule.enforce(answer)
        assert (obeying.status, sorted(obeying.headers), obeying.body) == (200, sorted(answer.headers), answer.body)
        assert obeying.faults == ()


@pytest.mark.parametrize("extension", ["json", "dcat.N3"])
def test_what_was_written_is_what_is_answered_next_and_what_was_deleted_is_gone(
    store: Store, fast: Client, extension: str
) -> None:
    path = f"/rest/dataset/id/a.{extension}"
    for number in range(20):
        store.revise([Put(dataset("a", title=f"Number {number}"))])
        for _ in range(3):
            assert f'"Number {number}"' in fast.get(path).text
    store.revise([Delete("dataset", "a")])
    assert fast.get(path).status_code == 404


def test_answers_that_are_kept_take_bounded_memory(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    sqlite_store.revise([Put(dataset(number, x="y" * 50_000)) for number in range(400)])
    site = make_site(sqlite_store)
    for _ in range(3):
        for number in range(400):
            assert site.get(f"/rest/dataset/id/{number}.json").status_code == 200
    direct = site.ask_once().wsgi_app._direct.__self__
    held = direct._kept._answers
    assert 0 < sum(len(sent[2][0]) for _, sent in held.values()) <= 8 << 20


_WRITER = """
import sys, time
from dcip_server.store import Put, Store
from tests.records import dataset
with Store(sys.argv[1]) as store:
    for number in range(int(sys.argv[2])):
        store.revise([Put(dataset("a", title=f"Number {number}"))])
        print(number, time.monotonic(), flush=True)
"""


def test_an_answer_is_never_older_than_a_second_after_a_commit_by_another_process(
    sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]
) -> None:
    sqlite_store.revise([Put(dataset("a", title="Number -1"))])
    server = serve(sqlite_url)
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, sqlite_url, "300"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    seen: list[tuple[float, int]] = []
    failures: list[object] = []

    def read() -> None:
        while writer.poll() is None:
            asked = time.monotonic()
            try:
                with urllib.request.urlopen(f"{server.url}/rest/dataset/id/a.json", timeout=10) as answer:
                    body = answer.read().decode()
                seen.append((asked, int(body.split('"Number ')[1].split('"')[0])))
            except (OSError, urllib.error.HTTPError, ValueError) as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    printed, _ = writer.communicate()
    commits = [(int(number), float(at)) for number, at in (line.split() for line in printed.splitlines())]
    for reader in readers:
        reader.join()
    assert failures == []
    assert len(commits) == 300
    assert len(seen) > 100
    for asked, number in seen:
        due = max((made for made, at in commits if at < asked - 1), default=-1)
        assert number >= due, (asked, number, due)
