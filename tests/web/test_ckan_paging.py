"""Pages of CKAN's ``package_search``: each costs the same, in every order, while the catalog changes."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import event

from dcip_server.store import Delete, Put, Store
from tests.conftest import Site
from tests.records import dataset

_SEARCH = "/api/3/action/package_search"
_FILTERS = (
    "", "metadata_modified:[2020-01-01T00:00:00Z TO *]", "metadata_created:[2020-01-01 TO *]", "-id:none",
    "tags:even", "tags:even OR license_id:none", "tree",
)  # fmt: skip
_SORTS = (
    "id asc", "id desc", "metadata_created asc", "metadata_created desc", "metadata_modified asc", "metadata_modified desc",
    "title asc", "title desc", "title asc, id desc", "title desc, id desc", "title asc, metadata_modified desc",
    "title desc, title asc, score asc, metadata_created asc", "score desc, name asc, title asc",
)  # fmt: skip


def _page(site: Site, sort: str = "", fq: str = "", rows: int = 1000, start: int = 0) -> list[dict[str, Any]]:
    answer = site.get(f"{_SEARCH}?rows={rows}&start={start}&sort={quote(sort)}&fq={quote(fq)}")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json["result"]["results"]
    return found


def test_a_page_costs_the_database_the_same_at_the_end_as_at_the_start(site: Site) -> None:
    site.store.revise(
        Put(dataset(f"{number * 7919 % 2003:04}", title=f"Tree {number % 50}", tags=["even"])) for number in range(2000)
    )
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    def cost(**page: Any) -> int:
        nonlocal steps
        _page(site, **page)
        steps = 0
        assert len(_page(site, **page)) == 10
        return steps

    engine = site.ask_once().extensions["dcip_store"].engine
    event.listen(engine, "checkout", lambda connection, *_: connection.set_progress_handler(step, 10))
    for fq in _FILTERS:
        for sort in ("", *_SORTS):
            costs = [cost(sort=sort, fq=fq, rows=10, start=start) for start in (0, 1000, 1990)]
            assert 0 < max(costs) <= 1.5 * min(costs), (fq, sort, costs)


def test_every_order_is_kept_while_the_catalog_changes(
    store: Store, make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcip_server.store.orders._SORTED_MEANWHILE", 1)
    site = make_site(store)
    site.ask_once()
    chance = random.Random(4)
    #: Numbers as the catalog gives them, and when each dataset was changed last.
    age: dict[str, int] = {}
    changed: dict[str, int] = {}
    titles: dict[str, str] = {}
    keys: dict[str, Callable[[str], Any]] = {
        "id": str, "name": str, "title": titles.__getitem__, "metadata_created": age.__getitem__,
        "metadata_modified": changed.__getitem__,
    }  # fmt: skip

    def expected(sort: str) -> list[str]:
        parts = [part.strip().split(" ") for part in sort.split(",") if not part.strip().startswith("score")]
        found = sorted(titles, key=age.__getitem__)
        for key, direction in reversed(parts):
            found.sort(key=keys[key], reverse=direction == "desc")
        return found

    time = 0
    for _ in range(12):
        changes: list[Put | Delete] = []
        for id in sorted({f"{chance.choice('aAäÄzZ')}{chance.randrange(6)}" for _ in range(chance.randrange(1, 9))}):
            time += 1
            if id in titles and chance.random() < 0.3:
                del titles[id]
                changes.append(Delete("dataset", id))
            else:
                titles[id] = f"{chance.choice('bBé')}{chance.randrange(3)} tree"
                age.setdefault(id, time)
                changed[id] = time
                changes.append(Put(dataset(id, title=titles[id], description=str(time))))
        store.revise(changes)
        for sort in _SORTS:
            for fq in ("", "-id:none"):
                assert [package["id"] for package in _page(site, sort, fq)] == expected(sort), (sort, fq)
        assert {package["id"] for package in _page(site, fq="tree")} == titles.keys()


def test_texts_are_sorted_by_character_whatever_the_language_of_the_database(
    postgresql_url: str, tmp_path: Path, make_site: Callable[..., Site]
) -> None:
    name = f"t{uuid4().hex}"
    with psycopg.connect(postgresql_url.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de'")
    store = Store(f"{postgresql_url}/{name}", list_folder=str(tmp_path / "lists"), create=True)
    store.revise([Put(dataset(id, title=id)) for id in ("b", "ä", "A", "Z", "a")])
    site = make_site(store)
    for sort in ("id asc", "title asc"):
        for fq in ("", "-id:none"):
            assert [package["id"] for package in _page(site, sort, fq)] == ["A", "Z", "a", "b", "ä"]
    store.close()
