"""What people wait for: first pages of searches, a dataset's page, the home page.

Measured from this process over one connection that stays open, beside a server with one worker. *Cold* are requests
that the server never answered before; *again* is some of them a third time. Beside the time that passed stands what of
it the worker had a processor for, which other work on the machine hardly changes.
"""

from __future__ import annotations

import http.client
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from benchmarks import catalogs, people_records
from benchmarks.frame import Result, Run, part
from benchmarks.people_records import People, record_id
from benchmarks.servers import ours, resident_bytes
from dcip_server.formats.dcip import parse_dataset
from dcip_server.store import Put, Store

_EACH = 60
_AGAIN = 10
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
        browser = _Browser(site, worker)
        for path in ("/", "/search?q=warming+up", f"/dataset/{record_id(0)}"):
            browser.ask(path)
        chance = random.Random(7)
        searches = {kind: [make() for _ in range(_EACH)] for kind, make in _searches(_Drawn(People(), chance)).items()}
        yield from _measure_searches("cold", browser, searches)
        some = {kind: paths[:_AGAIN] for kind, paths in searches.items()}
        for _ in range(2):
            _measure_searches("before that", browser, some)
        yield from _measure_searches("again", browser, some)
        paths = [f"/dataset/{record_id(number)}" for number in chance.sample(range(1, run.records), _PAGES)]
        yield from _report("dataset page, never shown before", [browser.ask(path) for path in paths], _PAGE_AIM)
        home = [*(browser.ask("/") for _ in range(_PAGES)), *_after_commits(browser, database, ["/"] * _COMMITS)]
        yield from _report(f"home page, {_COMMITS} of {len(home)} times after a commit", home, _PAGE_AIM)
        yield from _report("home page, first after a commit", home[_PAGES:], _PAGE_AIM)
        after = list(_after_commits(browser, database, searches["two words"][:_COMMITS]))
        yield from _report("search, first after a commit", after, _SEARCH_AIM)
        yield Result("worker after all that, memory of its own", resident_bytes(worker) / 2**20, "MiB")


class _Drawn:
    """What people search for, drawn at random: words, phrases, boxes, facets."""

    def __init__(self, people: People, chance: random.Random) -> None:
        self._people = people
        self.chance = chance

    def words(self, count: int) -> str:
        return " ".join(self._people.words[self._people.language(self.chance)].draw_some(self.chance, count))

    def rare(self) -> str:
        items = self._people.words[self._people.language(self.chance)].items
        return self.chance.choice(items[len(items) // 4 :])

    def phrase(self) -> str:
        items = self._people.words["en"].items[:40]
        return f'"{" ".join(self.chance.sample(items, 2))}"'

    def prefix(self) -> str:
        return self.words(1)[: self.chance.choice((1, 2, 3, 4))]

    def date(self) -> str:
        return f"{self.chance.randint(2012, 2026)}-{self.chance.randint(1, 12):02}-01"

    def box(self) -> str:
        west, south = self.chance.uniform(-10, 20), self.chance.uniform(38, 56)
        size = self.chance.choice((0.5, 2, 10))
        return f"{west:.2f},{south:.2f},{west + size:.2f},{south + size:.2f}"

    def facets(self) -> dict[str, str]:
        drawn = {
            "tag": self._people.tags.draw(self.chance),
            "license": self._people.licenses.draw(self.chance),
            "format": self._people.formats.draw(self.chance),
            "publisher": self._people.publishers.draw(self.chance),
        }
        return dict(self.chance.sample(sorted(drawn.items()), self.chance.choice((1, 1, 2))))


def _search(**given: str) -> str:
    return "/search?" + urlencode(given)


def _searches(drawn: _Drawn) -> dict[str, Callable[[], str]]:
    """Makers of search pages' addresses, by kind."""
    chance = drawn.chance
    return {
        "one word": lambda: _search(q=drawn.words(1)),
        "two words": lambda: _search(q=drawn.words(2)),
        "three words": lambda: _search(q=drawn.words(3)),
        "a rare word": lambda: _search(q=drawn.rare()),
        "a phrase": lambda: _search(q=drawn.phrase()),
        "a prefix": lambda: _search(q=drawn.prefix()),
        "words, filtered by facets": lambda: _search(q=drawn.words(chance.choice((1, 2))), **drawn.facets()),
        "facets alone": lambda: _search(**drawn.facets()),
        "words in a box": lambda: _search(q=drawn.words(1), bbox=drawn.box()),
        "a box": lambda: _search(bbox=drawn.box()),
        "words in a range of dates": lambda: _search(q=drawn.words(1), since=drawn.date()),
        "a range of dates": lambda: _search(since=drawn.date(), until=f"2026-{chance.randint(1, 12):02}-28"),
        "no words, sorted": lambda: _search(
            sort=chance.choice(("date", "title")), offset=str(20 * chance.randrange(1000))
        ),
        "words, sorted by title": lambda: _search(q=drawn.words(1), sort="title"),
        "page 5": lambda: _search(q=drawn.words(chance.choice((1, 2))), offset="80"),
    }


def _measure_searches(how: str, browser: _Browser, searches: dict[str, list[str]]) -> list[Result]:
    # In turns, so that whatever else the machine does falls on all kinds alike.
    taken: dict[str, list[_Taken]] = {kind: [] for kind in searches}
    for paths in zip(*searches.values(), strict=True):
        for kind, path in zip(searches, paths, strict=True):
            taken[kind].append(browser.ask(path))
    together = [value for values in taken.values() for value in values]
    results = [_report(f"search, {how}, {kind}", found, _SEARCH_AIM) for kind, found in taken.items()]
    results.append(_report(f"search, {how}, all kinds together", together, _SEARCH_AIM))
    return [result for rows in results for result in rows]


class _Taken(NamedTuple):
    """What one answer took: milliseconds until it was here, and of a processor, of the worker."""

    passed: float
    processor: float


class _Browser:
    """One connection that stays open."""

    def __init__(self, site: str, worker: int) -> None:
        self._connection = http.client.HTTPConnection(site.removeprefix("http://"))
        self._tasks = Path(f"/proc/{worker}/task")

    def ask(self, path: str) -> _Taken:
        """Ask for a page and read it."""
        before = self._processor_ns()
        begun = time.perf_counter()
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        body = answer.read()
        passed = (time.perf_counter() - begun) * 1e3
        if answer.status != 200 or b"</html>" not in body:
            raise SystemExit(f"{path}: {answer.status}")
        return _Taken(passed, (self._processor_ns() - before) / 1e6)

    def _processor_ns(self) -> int:
        """The time that the worker's threads had a processor since they began."""
        return sum(int((task / "schedstat").read_text().split()[0]) for task in self._tasks.iterdir())


def _after_commits(browser: _Browser, database: str, paths: list[str]) -> Iterator[_Taken]:
    """The first answers after commits by this process, which is another one than the server: one after each."""
    for number, path in enumerate(paths):
        value = {"id": record_id(0), "title": f"Written {time.time()} {number}", "license": "cc0-1.0"}
        with Store(database) as store:
            store.revise([Put(parse_dataset(value))])
        time.sleep(0.05)
        yield browser.ask(path)


def _report(what: str, taken: list[_Taken], aim: tuple[float, float | None]) -> list[Result]:
    return [
        Result(f"{what}: median", statistics.median(found.passed for found in taken), "ms", at_most=aim[0]),
        Result(f"{what}: 95th percentile", _percentile(found.passed for found in taken), "ms", at_most=aim[1]),
        Result(f"{what}: median, processor", statistics.median(found.processor for found in taken), "ms"),
        Result(f"{what}: 95th percentile, processor", _percentile(found.processor for found in taken), "ms"),
    ]


def _percentile(values: Iterable[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
