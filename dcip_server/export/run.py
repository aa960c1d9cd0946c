"""One export: asks the application for every answer, as the catalog is at one moment, and keeps the folder so."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import Flask

from dcip_server.app import create_app
from dcip_server.errors import CatalogError, UsageError
from dcip_server.export import nginx
from dcip_server.export.asking import ask
from dcip_server.export.folder import Counts, Folder
from dcip_server.export.freshness import common_inputs
from dcip_server.export.refusals import refusals
from dcip_server.export.surface import Surface
from dcip_server.export.wanted import Part
from dcip_server.settings import Settings
from dcip_server.store import Store
from dcip_server.store.database import freezing

#: The part that is behind all others.
_LAST = "7"


@dataclass(frozen=True, slots=True)
class Exported:
    """``unplaced`` are paths at which nginx finds no file, however it is named; ``revision`` is the catalog's."""

    revision: int
    counts: Counts
    unplaced: tuple[str, ...]


def export(settings: Settings, path: Path, hear: Callable[[str], None], *, whole: bool = False) -> Exported:
    """Write the whole site into the folder, or bring it up to date; ``hear`` is told the path of each answer that is asked for. Where
    nothing that an answer depends on has changed, it is not, unless ``whole``.

    What other processes write meanwhile is left for the next run. Raises :class:`UsageError` where SITE_URL is not
    set, or the folder is another's.
    """
    if not settings.site_url:
        raise UsageError("SITE_URL must be set (DCIP_SITE_URL=https://data.example.org): static files have one address")
    if "$" in settings.site_url:
        raise UsageError("SITE_URL has a $ in it, which nginx takes for a variable")
    unplaced: dict[str, None] = {}
    with _application(settings) as app, Folder(path) as folder:
        store: Store = app.extensions["dcip_store"]
        with freezing(store.engine):
            state = store.state()
            if folder.last and folder.last["catalog"] != state.identity:
                raise UsageError(f"{path} is an export of another catalog: give another folder, or empty it")
            inputs = common_inputs(settings)
            folder.begin(inputs, whole)
            for part in Surface(store, app.extensions["dcip_settings"]):
                if not folder.is_fresh(part.name, part.state):
                    left_out = list(_write(app, part, folder, hear))
                    unplaced |= dict.fromkeys(left_out)
                    # What is left out is named by every run.
                    folder.end_part(part.name, "" if left_out else part.state)
            folder.is_fresh(_LAST, "")
            for place, body in (*refusals(app), *nginx.configuration(app)):
                folder.write(place, [body])
            folder.end_part(_LAST, "")
        folder.complete(
            {"catalog": state.identity, "revision": state.revision, "modified": state.modified, "inputs": inputs}
        )
    return Exported(state.revision, folder.counts, tuple(unplaced))


@contextmanager
def _application(settings: Settings) -> Iterator[Flask]:
    """The site with lists of its own, since those of a server may be newer than what is exported."""
    with tempfile.TemporaryDirectory(prefix="dcip-export-") as lists:
        app = create_app(replace(settings, rate_limit="", trusted_proxies=0, list_folder=lists))
        try:
            yield app
        finally:
            app.extensions["dcip_store"].close()


def _write(app: Flask, part: Part, folder: Folder, hear: Callable[[str], None]) -> Iterator[str]:
    """Ask for the answers of a part and keep them; gives the paths of those that have no place."""
    for wanted in part.wanted:
        hear(wanted.path)
        if wanted.place is None:
            yield wanted.path
            continue
        with ask(app, wanted.path, wanted.query, language=wanted.language, method=wanted.method) as answer:
            if answer.status == wanted.status:
                when = answer.headers.get("last-modified")
                folder.write(wanted.place, answer.body, parsedate_to_datetime(when).timestamp() if when else None)
            elif answer.status not in wanted.or_else:
                raise CatalogError(f"{wanted.path}?{wanted.query} was answered {answer.status}, {wanted.status} is due")
