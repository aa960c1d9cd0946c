"""Pages that are kept in memory: each reader's own, never old, in bounded memory."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dcip_server.store import Delete, Put, Store
from tests.conftest import Server, Site
from tests.records import dataset

_PAGES = [
    "/",
    "/search",
    "/search?q=water",
    "/search.json?q=water",
    "/search?tag=blue&offset=1",
    "/tag/",
    "/tag/blue",
    "/license/",
]
_READERS: list[dict[str, str]] = [
    {},
    {"Accept-Language": "fr"},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "gzip", "Accept-Language": "de", "Origin": "https://x.example"},
    {"Host": "other.example:8080"},
    {"If-None-Match": "*"},
    {"Range": "bytes=0-9"},
]


def _waters(number: int) -> list[Put]:
    return [Put(dataset(id, title=f"Water {number} {id}", tags=["blue", f"tag {number}"])) for id in range(3)]


def test_each_reader_gets_the_page_that_is_made_for_them_and_after_a_write_the_next(
    store: Store, make_site: Callable[..., Site]
) -> None:
    site = make_site(store)
    for number in range(2):
        store.revise(_waters(number))
        for path in _PAGES:
            # The site compares each answer with one that is made anew.
            answers = [[_told(site.get(path, headers=reader)) for reader in _READERS] for _ in range(4)]
            assert answers[0] == answers[1] == answers[2] == answers[3], path
            # A language, an encoding and a state of the reader's own each make a difference.
            assert len({str(told) for told in answers[0]}) >= (3 if path.startswith("/search.json") else 5), path
    assert "Water 1 0" in site.get("/search?q=water").text


def _told(answer: Any) -> tuple[object, ...]:
    return answer.status, sorted(answer.headers), answer.data


def test_a_write_shows_at_once_on_every_page(site: Site) -> None:
    for number in range(5):
        site.store.revise(_waters(number))
        for _ in range(3):
            assert f"Water {number} 2" in site.get("/").text
            assert f"tag {number}" in site.get("/tag/").text
            assert site.get(f"/search.json?tag=tag+{number}").json["total"] == 3
            assert site.get(f"/search.json?tag=tag+{number - 1}").json["total"] == 0
    site.store.revise([Delete("dataset", id) for id in range(3)])
    assert "Water" not in site.get("/search").text
    assert site.get("/tag/blue").status_code == 404


_WRITER = """
import sys, time
from dcip_server.store import Put, Store
from tests.records import dataset
with Store(sys.argv[1]) as store:
    store.revise([Put(dataset(f"new-{number}", title="New", tags=["new"])) for number in range(int(sys.argv[2]))])
"""


def test_figures_are_right_within_a_second_after_a_commit_by_another_process(
    sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]
) -> None:
    sqlite_store.revise([Put(dataset("old", tags=["new"]))])
    server = serve(sqlite_url)

    def ask(path: str) -> str:
        answers = []
        for _ in range(4):
            with urllib.request.urlopen(server.url + path, timeout=10) as answer:
                answers.append(answer.read().decode())
        [text] = set(answers)
        return str(text)

    paths = ["/", "/tag/", "/search?tag=new", "/search.json?q=new", "/stats"]
    assert not any(figure in ask(path) for path in paths for figure in ("1,234", "1234"))
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", _WRITER, sqlite_url, "1233"], check=True, cwd=root)
    time.sleep(1)
    for path in paths:
        assert any(figure in ask(path) for figure in ("1,234", "1234")), path


def test_kept_pages_take_bounded_memory(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    sqlite_store.revise([Put(dataset(number, title=f"{number} " + "word " * 500)) for number in range(20)])
    site = make_site(sqlite_store)
    app = site.ask_once()
    for _ in range(2):
        for number in range(220):
            assert site.get(f"/search.json?q=word&bbox={number / 10},0,60,60").json["total"] == 0
            assert len(site.get(f"/search.json?q=word&until=3{number:03}").data) > 50_000
        assert len(site.get("/search.json?q=word&limit=50").data) < 1 << 16
    held = app.wsgi_app._app._kept._answers
    sizes = [sum(map(len, sent[2])) for _, sent in held.values()]
    assert len(sizes) > 20
    assert sum(sizes) <= 8 << 20
    assert max(sizes) <= 1 << 16
