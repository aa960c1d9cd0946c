"""Who asks the application for the answers of an export: this process, or others beside it that see the same moment.

The others ask and write; what was kept comes back in the order in which it was wanted, so any number of
processes leaves the same folder.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple

from flask import Flask

from dcip_server.app import create_app
from dcip_server.errors import CatalogError
from dcip_server.export.asking import Answer, ask
from dcip_server.export.folder import Before, Kept, Writer
from dcip_server.export.wanted import Wanted
from dcip_server.processes import Processes
from dcip_server.settings import Settings
from dcip_server.store import Store
from dcip_server.store.database import freezing
from dcip_server.web.every_language import EVERY, in_each
from dcip_server.web.translations import LANGUAGES

#: So many answers are asked of a process at once; of parts that stay as they are, so many are looked at meanwhile.
_ANSWERS_AT_ONCE = 64
_EVENTS_AT_ONCE = 512
_BATCHES_AHEAD = 4
_ENDED = (
    "a process that asks for answers was ended (status {status}); the next export completes the folder; where memory"
    " is short, --processes 1 exports without it"
)


class Answered(NamedTuple):
    """An answer that was wanted: what was kept of it, if anything; ``is_placed`` is false where it can have no place."""

    path: str
    kept: Kept | None
    is_placed: bool = True


@dataclass(frozen=True, slots=True)
class PartEnd:
    """All answers of a part come before it. ``stays`` where its files are as ``before`` has them."""

    name: str
    state: str
    before: Before | None
    stays: bool


@contextmanager
def application(settings: Settings) -> Iterator[Flask]:
    """The site with lists of its own, since those of a server may be newer than what is exported."""
    with tempfile.TemporaryDirectory(prefix="dcip-export-") as lists:
        app = create_app(replace(settings, rate_limit="", trusted_proxies=0, list_folder=lists))
        try:
            yield app
        finally:
            app.extensions["dcip_store"].close()


def answer_here(app: Flask, writer: Writer, events: Iterable[Wanted | PartEnd]) -> Iterator[Answered | PartEnd]:
    """The answers kept one after the other, the ends of parts between them."""
    asking = _Asking(app, writer)
    for event in events:
        yield event if isinstance(event, PartEnd) else asking.answer(event)


class _Page(NamedTuple):
    """A page that was made once for all languages: what was asked for, and what was answered."""

    asked: tuple[str, str, str]
    status: int
    modified: float | None
    in_each: dict[str, str]


class _Asking:
    """Asks for one answer after the other, and keeps it. A page that is wanted in all languages is asked for once."""

    def __init__(self, app: Flask, writer: Writer) -> None:
        self._app = app
        self._writer = writer
        self._page: _Page | None = None

    def answer(self, wanted: Wanted) -> Answered:
        """The answer to one, in the order in which they are wanted."""
        if wanted.place is None:
            return Answered(wanted.path, None, is_placed=False)
        if wanted.language and (page := self._page_for(wanted)):
            body = [page.in_each[wanted.language].encode()]
            return self._keep(wanted, wanted.place, page.status, page.modified, body)
        with ask(self._app, wanted.path, wanted.query, language=wanted.language, method=wanted.method) as answer:
            return self._keep(wanted, wanted.place, answer.status, _modified(answer), answer.body)

    def _page_for(self, wanted: Wanted) -> _Page | None:
        """The page for all languages, or ``None`` where it depends on the language otherwise than by its words."""
        asked = (wanted.method, wanted.path, wanted.query)
        if self._page is not None and self._page.asked == asked:
            return self._page if self._page.in_each else None
        with ask(self._app, wanted.path, wanted.query, language=EVERY, method=wanted.method) as answer:
            in_each_one: dict[str, str] = {}
            if answer.headers.get("content-language") == EVERY:
                in_each_one = dict(zip(LANGUAGES, in_each(b"".join(answer.body)), strict=True))
            self._page = _Page(asked, answer.status, _modified(answer), in_each_one)
        return self._page if in_each_one else None

    def _keep(self, wanted: Wanted, place: str, status: int, modified: float | None, body: Iterable[bytes]) -> Answered:
        if status == wanted.status:
            return Answered(wanted.path, self._writer.write(place, body, modified))
        if status not in wanted.or_else:
            raise CatalogError(f"{wanted.path}?{wanted.query} was answered {status}, {wanted.status} is due")
        return Answered(wanted.path, None)


def _modified(answer: Answer) -> float | None:
    when = answer.headers.get("last-modified")
    return parsedate_to_datetime(when).timestamp() if when else None


class Answerers:
    """Processes that answer as :func:`answer_here` does for an application; ``freeze`` comes first."""

    def __init__(self, app: Flask, folder: Path, count: int) -> None:
        self._processes = Processes(count, _Answerer, (app.extensions["dcip_settings"], folder), _ENDED)
        self._stack = ExitStack()

    def __enter__(self) -> Answerers:
        self._stack.enter_context(self._processes)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def freeze(self, snapshot: str) -> None:
        """Have all read the catalog as it is now, or as a snapshot has it."""
        self._processes.ask_each(_Freeze(snapshot))

    def answer(self, events: Iterable[Wanted | PartEnd]) -> Iterator[Answered | PartEnd]:
        """The answers in the order in which they are wanted, the ends of parts between them."""
        waiting: deque[tuple[list[Wanted | PartEnd], Future[bytes] | None]] = deque()
        for batch in _batches(events):
            wanted = [event for event in batch if isinstance(event, Wanted)]
            waiting.append((batch, self._processes.submit(wanted) if wanted else None))
            if len(waiting) > self._processes.count * _BATCHES_AHEAD:
                yield from self._result(*waiting.popleft())
        while waiting:
            yield from self._result(*waiting.popleft())

    def _result(self, batch: list[Wanted | PartEnd], submitted: Future[bytes] | None) -> Iterator[Answered | PartEnd]:
        answers: Iterator[Answered] = iter(self._processes.result(submitted) if submitted else ())
        for event in batch:
            yield event if isinstance(event, PartEnd) else next(answers)


def _batches(events: Iterable[Wanted | PartEnd]) -> Iterator[list[Wanted | PartEnd]]:
    batch: list[Wanted | PartEnd] = []
    wanted = 0
    for event in events:
        batch.append(event)
        wanted += isinstance(event, Wanted)
        if wanted >= _ANSWERS_AT_ONCE or len(batch) >= _EVENTS_AT_ONCE:
            yield batch
            batch, wanted = [], 0
    if batch:
        yield batch


class _Freeze(NamedTuple):
    snapshot: str


class _Answerer:
    """What one process has: an application of its own, frozen at the moment that was last said.

    Lists it shares with the process that began it, which removes them.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._app = create_app(settings)
        self._asking = _Asking(self._app, Writer(folder))
        self._frozen = ExitStack()

    def __call__(self, message: _Freeze | list[Wanted]) -> list[Answered]:
        if isinstance(message, _Freeze):
            self._frozen.close()
            store: Store = self._app.extensions["dcip_store"]
            self._frozen.enter_context(freezing(store.engine, message.snapshot))
            return []
        return [self._asking.answer(wanted) for wanted in message]
