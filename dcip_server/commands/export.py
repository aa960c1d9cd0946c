"""``dcip-server export``"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from dcip_server.commands.output import one_line, say
from dcip_server.export.run import export as run
from dcip_server.processes import look_for_garbage_seldom
from dcip_server.settings import Settings

_LINE_EVERY_S = 10.0
_SHOW_EVERY_S = 0.1


@click.command()
@click.argument("folder", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path))
@click.option("--all", "whole", is_flag=True, help="Compare every file, for a folder that somebody else wrote to.")
@click.option(
    "--processes", type=click.IntRange(min=0), default=0, help="How many ask for answers; 0: one for each processor."
)
@click.option("--quiet", is_flag=True, help="Say nothing of how far it is.")
@click.pass_obj
def export(settings: Settings, folder: Path, whole: bool, processes: int, quiet: bool) -> int:
    """Write the whole site as static files into FOLDER, with an nginx configuration that answers as the server does.

    SITE_URL says where the files will be. FOLDER is new or empty, or holds an export of the same catalog: then
    only what changed is written, and what is gone is removed. What is written is the catalog of one moment.
    """
    look_for_garbage_seldom()
    with _Progress(quiet) as progress:
        found = run(settings, folder, progress.hear, whole=whole, processes=processes)
    for path in found.unplaced:
        say(f"{path}: left out, since nginx finds no file at such an address")
    counts = found.counts
    click.echo(
        f"revision {found.revision}: {counts.written:,} files written, {counts.unchanged:,} unchanged,"
        f" {counts.removed:,} removed"
    )
    return 1 if found.unplaced else 0


class _Progress:
    """How many answers there are so far: on a terminal in place, elsewhere a line every ten seconds."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._answers = 0
        self._began = self._last = time.monotonic()
        self._status = Console(stderr=True).status("") if sys.stderr.isatty() and not quiet else None

    def __enter__(self) -> _Progress:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def hear(self, path: str) -> None:
        self._answers += 1
        now = time.monotonic()
        if self._quiet or now - self._last < (_SHOW_EVERY_S if self._status else _LINE_EVERY_S):
            return
        self._last = now
        text = f"{self._answers:,} answers, {self._answers / (now - self._began):,.0f} a second"
        if self._status:
            self._status.update(Text(one_line(f"{text}: {path[:60]}")))
        else:
            say(text)
