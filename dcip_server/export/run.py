"""One export: asks the application for every answer, as the catalog is at one moment, and keeps the folder so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from dcip_server.errors import UsageError
from dcip_server.export import nginx
from dcip_server.export.answering import Answered, Answerers, PartEnd, answer_here, application
from dcip_server.export.folder import Counts, Folder, Kept, Writer
from dcip_server.export.freshness import common_inputs
from dcip_server.export.refusals import refusals
from dcip_server.export.surface import WALKED, Surface
from dcip_server.export.wanted import Wanted
from dcip_server.processes import processors
from dcip_server.settings import Settings
from dcip_server.store import Store
from dcip_server.store.database import freezing
from dcip_server.store.moments import freezing_together

#: A smaller catalog is exported before other processes have begun.
_RECORDS_ALONE = 300
#: Parts that are behind all others: what is no answer, and pages that went.
_OWN, _FORMER = "7", "8"


@dataclass(frozen=True, slots=True)
class Exported:
    """``unplaced`` are paths at which nginx finds no file, however it is named; ``revision`` is the catalog's."""

    revision: int
    counts: Counts
    unplaced: tuple[str, ...]


def export(
    settings: Settings, path: Path, hear: Callable[[str], None], *, whole: bool = False, processes: int = 0
) -> Exported:
    """Write the whole site into the folder, or bring it up to date; ``hear`` is told the path of each answer that was asked for. Where
    nothing that an answer depends on has changed, it is not, unless ``whole``.

    What other processes write meanwhile is left for the next run. ``processes`` ask for answers; with 0 as many as
    there are processors, where they are worth it. Raises :class:`UsageError` where SITE_URL is not set, or the folder
    is another's or cannot be written to, :class:`ProcessError` where a process is ended.
    """
    if not settings.site_url:
        raise UsageError("SITE_URL must be set (DCIP_SITE_URL=https://data.example.org): static files have one address")
    if "$" in settings.site_url:
        raise UsageError("SITE_URL has a $ in it, which nginx takes for a variable")
    with application(settings) as app, Folder(path, WALKED) as folder, ExitStack() as stack:
        store: Store = app.extensions["dcip_store"]
        inputs = common_inputs(settings)
        count = processes or _worth(store, folder, whole or folder.last.get("inputs") != inputs)
        answerers = stack.enter_context(Answerers(app, path, count)) if count > 1 else None
        together = freezing_together(store.engine, answerers.freeze) if answerers else freezing(store.engine)
        with together as is_shared:
            state = store.state()
            if folder.last and folder.last["catalog"] != state.identity:
                raise UsageError(f"{path} is an export of another catalog: give another folder, or empty it")
            folder.begin(inputs, whole)
            events = _events(Surface(store, app.extensions["dcip_settings"]), folder)
            writer = Writer(path)
            answers = answerers.answer(events) if answerers and is_shared else answer_here(app, writer, events)
            unplaced = _keep(answers, folder, hear)
            _write_own(app, writer, folder)
            folder.keep_former(_FORMER)
        folder.complete(
            {"catalog": state.identity, "revision": state.revision, "modified": state.modified, "inputs": inputs}
        )
    return Exported(state.revision, folder.counts, tuple(unplaced))


def _write_own(app: Flask, writer: Writer, folder: Folder) -> None:
    """What is no answer: the configuration, and pages that the server has no need of."""
    before, state = folder.before(_OWN), nginx.state(app)
    if before is not None and before.state == state:
        folder.keep(before)
    else:
        own = (*refusals(app), *nginx.configuration(app))
        folder.end_part(_OWN, state, before, [writer.write(place, [body]) for place, body in own])


def _worth(store: Store, folder: Folder, is_all_due: bool) -> int:
    """How many processes are worth their beginning, which takes each about a second."""
    state = store.state()
    is_due = is_all_due or folder.last.get("revision") != state.revision
    return processors() if is_due and state.live_records >= _RECORDS_ALONE else 1


def _events(surface: Surface, folder: Folder) -> Iterator[Wanted | PartEnd]:
    """The answers that are due, and where each part ends."""
    for part in surface:
        before = folder.before(part.name)
        stays = bool(part.state) and before is not None and before.state == part.state
        if not stays:
            yield from part.wanted
        yield PartEnd(part.name, part.state, before, stays)


def _keep(answers: Iterable[Answered | PartEnd], folder: Folder, hear: Callable[[str], None]) -> dict[str, None]:
    """List what is kept, part by part; gives the paths of answers that have no place."""
    unplaced: dict[str, None] = {}
    kept: list[Kept] = []
    is_whole = True
    for answer in answers:
        if isinstance(answer, Answered):
            hear(answer.path)
            if answer.kept is not None:
                kept.append(answer.kept)
            elif not answer.is_placed:
                unplaced[answer.path] = None
                is_whole = False
        elif answer.stays and answer.before is not None:
            folder.keep(answer.before)
        else:
            # What is left out is named by every run.
            folder.end_part(answer.name, answer.state if is_whole else "", answer.before, kept)
            kept, is_whole = [], True
    return unplaced
