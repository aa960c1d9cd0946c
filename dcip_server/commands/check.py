"""``dcip-server check``"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.text import Text

from dcip_server import conformance
from dcip_server.commands.output import one_line, say
from dcip_server.conformance.report import Line, Report
from dcip_server.conformance.results import Outcome
from dcip_server.errors import SourceError, UsageError

_STYLES = {Outcome.FAILED: "bold red", Outcome.ABSENT: "yellow", Outcome.UNCHECKED: "dim", Outcome.PASSED: "green"}


@click.command()
@click.argument("url", metavar="URL")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def check(context: click.Context, url: str, as_json: bool) -> None:
    """Check any DCIP endpoint on the network against every rule of the draft.

    URL is the endpoint, or a home page whose meta tag names it. Fewer than a hundred requests are sent,
    one after the other. The exit status is 0 when the entire API is there and no MUST failed.
    """
    try:
        with _progress() as on_request:
            report = conformance.check(url, on_request=on_request)
    except UsageError as error:
        raise click.UsageError(str(error)) from None
    except SourceError as error:
        say(f"dcip-server: {error}")
        context.exit(1)
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=2))
    else:
        _print(report)
    context.exit(report.exit_status)


@contextmanager
def _progress() -> Iterator[Callable[[str, str], None]]:
    """Tell the request that is under way, where stderr is a terminal."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    with Console(stderr=True).status("") as status:
        yield lambda method, url: status.update(Text(one_line(f"{method} {url}")))


def _print(report: Report) -> None:
    if sys.stdout.isatty():
        console = Console()
        for line in report.lines():
            console.print(Text(one_line(line.text), style=_style(line)), soft_wrap=True)
        return
    encoding = sys.stdout.encoding or "utf-8"
    for line in report.lines():
        click.echo(one_line(line.text).encode(encoding, "backslashreplace").decode(encoding))


def _style(line: Line) -> str:
    return _STYLES[line.outcome] if line.outcome else ""
