"""How an import or upgrade goes on: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from dcip_server.commands.output import one_line, say
from dcip_server.harvest.sources import Source

_LINE_EVERY_S = 10.0


class PlainProgress:
    """A line for everything worth one, and every ten seconds how far the import is."""

    def __init__(self, quiet: bool, verbose: bool) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._records = 0
        self._began = self._last_line = time.monotonic()

    def __enter__(self) -> PlainProgress:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def started(self, source: Source) -> None:
        if self._verbose:
            self.say(f"reading {source.argument}")

    def bytes_read(self, count: int) -> None:
        pass

    def record_done(self) -> None:
        self._records += 1
        now = time.monotonic()
        if now - self._last_line >= _LINE_EVERY_S and not self._quiet:
            self._last_line = now
            self.say(f"{self._records:,} records, {self._records / (now - self._began):,.0f} a second")

    def refused(self, place: str, reason: str) -> None:
        self.say(f"{place}: {reason}")

    def remark(self, place: str, text: str) -> None:
        if not self._quiet:
            self.say(f"{place}: note: {text}")

    def say(self, text: str) -> None:
        say(text)


class BarProgress(PlainProgress):
    """A bar with records, rate and time left; messages scroll above it."""

    def __init__(self, verbose: bool) -> None:
        super().__init__(quiet=False, verbose=verbose)
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=10),
            TaskProgressColumn(),
            TextColumn("{task.fields[records]:,} records, {task.fields[rate]:,.0f} a second"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("", records=0, rate=0.0, total=None)

    def __enter__(self) -> BarProgress:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def started(self, source: Source) -> None:
        super().started(source)
        self._progress.reset(self._task, total=source.bytes_total, description=one_line(source.argument)[-12:])

    def bytes_read(self, count: int) -> None:
        self._progress.advance(self._task, count)

    def record_done(self) -> None:
        self._records += 1
        if self._records % 50 == 0:
            rate = self._records / (time.monotonic() - self._began)
            self._progress.update(self._task, records=self._records, rate=rate)

    def say(self, text: str) -> None:
        self._console.print(one_line(text), markup=False, highlight=False, soft_wrap=True)


class Counted:
    """Called with how many records are done: a line every ten seconds."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = self._last_line = time.monotonic()

    def __call__(self, records: int) -> None:
        now = time.monotonic()
        if now - self._last_line >= _LINE_EVERY_S:
            self._last_line = now
            say(f"{records:,} records {self._what}, {records / (now - self._began):,.0f} a second")


def progress(quiet: bool, verbose: bool) -> PlainProgress:
    """A bar where stderr is a terminal and nobody asked for quiet, else lines."""
    if sys.stderr.isatty() and not quiet:
        return BarProgress(verbose)
    return PlainProgress(quiet, verbose)
