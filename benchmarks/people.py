"""What people wait for: first pages of searches, a dataset's page, the home page.

Measured from this process over one connection that stays open, beside a server with one worker. *Cold* are requests
that the server never answered before; *again* is the same list a second time.
"""

from __future__ import annotations

import http.client
import random
import statistics
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from benchmarks import catalogs, people_records
from benchmarks.frame import Result, Run, part
from benchmarks.people_records import People, record_id
from benchmarks.servers import ours, resident_bytes
from dcip_server.formats.dcip import parse_dataset
from dcip_server.store import Put, Store

_EACH = 60
_PAGES = 300
_COMMITS = 20
#: What is aimed at: median and 95th percentile in milliseconds.
_SEARCH_AIM = (20.0, 100.0)
_PAGE_AIM = (5.0, None)


@part("people")
def measure_people(run: Run) -> Iterator[Result]:
    """First pages of all kinds of searches, pages of datasets, the home page: what a browser waits for."""
    database = catalogs.kept(run.records, people_records)
    with ours(database) as (site, worker):
        connection = http.client.HTTPConnection(site.removeprefix("http://"))
        for path in ("/", "/search?q=warming+up", f"/dataset/{record_id(0)}"):
            _ask(connection, path)
        chance = random.Random(7)
        searches = {kind: [make() for _ in range(_EACH)] for kind, make in _searches(People(), chance).items()}
        yield from _measure_searches("cold", connection, searches)
        yield from _measure_searches("again", connection, searches)
        paths = [f"/dataset/{record_id(number)}" for number in chance.sample(range(1, run.records), _PAGES)]
        yield from _report("dataset page, never shown before", [_ask(connection, path) for path in paths], _PAGE_AIM)
        yield from _report("dataset page, again", [_ask(connection, path) for path in paths], _PAGE_AIM)
        home = [*(_ask(connection, "/") for _ in range(_PAGES)), *_after_commits(connection, database, "/")]
        yield from _report(f"home page, {_COMMITS} of {len(home)} times after a commit", home, _PAGE_AIM)
        yield from _report("home page, first after a commit", home[_PAGES:], _PAGE_AIM)
        after = list(_after_commits(connection, database, searches["two words"][0]))
        yield from _report("search, first after a commit", after, _SEARCH_AIM)
        yield Result("worker after all that, memory of its own", resident_bytes(worker) / 2**20, "MiB")


def _searches(people: People, chance: random.Random) -> dict[str, Callable[[], str]]:
    """Makers of search pages' addresses, by kind."""

    def words(count: int) -> str:
        return " ".join(people.words[people.language(chance)].draw_some(chance, count))

    def rare() -> str:
        items = people.words[people.language(chance)].items
        return chance.choice(items[len(items) // 4 :])

    def phrase() -> str:
        items = people.words["en"].items[:40]
        return f'"{" ".join(chance.sample(items, 2))}"'

    def prefix() -> str:
        return words(1)[: chance.choice((1, 2, 3, 4))]

    def date() -> str:
        return f"{chance.randint(2012, 2026)}-{chance.randint(1, 12):02}-01"

    def box() -> str:
        west, south = chance.uniform(-10, 20), chance.uniform(38, 56)
        size = chance.choice((0.5, 2, 10))
        return f"{west:.2f},{south:.2f},{west + size:.2f},{south + size:.2f}"

    def facets() -> dict[str, str]:
        drawn = {
            "tag": people.tags.draw(chance),
            "license": people.licenses.draw(chance),
            "format": people.formats.draw(chance),
            "publisher": people.publishers.draw(chance),
        }
        return dict(chance.sample(sorted(drawn.items()), chance.choice((1, 1, 2))))

    def search(**given: str) -> str:
        return "/search?" + urlencode(given)

    return {
        "one word": lambda: search(q=words(1)),
        "two words": lambda: search(q=words(2)),
        "three words": lambda: search(q=words(3)),
        "a rare word": lambda: search(q=rare()),
        "a phrase": lambda: search(q=phrase()),
        "a prefix": lambda: search(q=prefix()),
        "words, filtered by facets": lambda: search(q=words(chance.choice((1, 2))), **facets()),
        "facets alone": lambda: search(**facets()),
        "words in a box": lambda: search(q=words(1), bbox=box()),
        "a box": lambda: search(bbox=box()),
        "words in a range of dates": lambda: search(q=words(1), since=date()),
        "a range of dates": lambda: search(since=date(), until=f"2026-{chance.randint(1, 12):02}-28"),
        "no words, sorted": lambda: search(
            sort=chance.choice(("date", "title")), offset=str(20 * chance.randrange(1000))
        ),
        "words, sorted by title": lambda: search(q=words(1), sort="title"),
        "page 5": lambda: search(q=words(chance.choice((1, 2))), offset="80"),
    }


def _measure_searches(
    how: str, connection: http.client.HTTPConnection, searches: dict[str, list[str]]
) -> Iterator[Result]:
    # In turns, so that whatever else the machine does falls on all kinds alike.
    taken: dict[str, list[float]] = {kind: [] for kind in searches}
    for number in range(_EACH):
        for kind, paths in searches.items():
            taken[kind].append(_ask(connection, paths[number]))
    for kind, milliseconds in taken.items():
        yield from _report(f"search, {how}, {kind}", milliseconds, _SEARCH_AIM)
    together = [value for values in taken.values() for value in values]
    yield from _report(f"search, {how}, all kinds together", together, _SEARCH_AIM)


def _ask(connection: http.client.HTTPConnection, path: str) -> float:
    """How long the answer took, in milliseconds."""
    begun = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    taken = (time.perf_counter() - begun) * 1000
    if answer.status != 200 or b"</html>" not in body:
        raise SystemExit(f"{path}: {answer.status}")
    return taken


def _after_commits(connection: http.client.HTTPConnection, database: str, path: str) -> Iterator[float]:
    """The first answers after commits by this process, which is another one than the server."""
    for number in range(_COMMITS):
        value = {"id": record_id(0), "title": f"Written {time.time()} {number}", "license": "cc0-1.0"}
        with Store(database) as store:
            store.revise([Put(parse_dataset(value))])
        time.sleep(0.05)
        yield _ask(connection, path)


def _report(what: str, milliseconds: list[float], aim: tuple[float, float | None]) -> Iterator[Result]:
    yield Result(f"{what}: median", statistics.median(milliseconds), "ms", at_most=aim[0])
    yield Result(f"{what}: 95th percentile", statistics.quantiles(milliseconds, n=20)[-1], "ms", at_most=aim[1])
