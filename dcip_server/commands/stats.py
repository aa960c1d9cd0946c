"""``dcip-server stats``"""

from __future__ import annotations

import json
import sys

import click
from rich.bar import Bar
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dcip_server.commands.output import one_line
from dcip_server.settings import Settings
from dcip_server.store import Statistic, Statistics, Store

_BAR_WIDTH = 30


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def stats(settings: Settings, as_json: bool) -> int:
    """Print the catalog in figures: its growth, its changes, what it holds, how complete its metadata are.

    The tables are those of the site's page /stats. On a terminal the last number of each row is drawn as a
    bar; elsewhere each row is a line of the table's name, the label and the numbers between tabs.
    """
    with Store(settings.database_url) as store:
        statistics = store.statistics()
    if as_json:
        click.echo(json.dumps(_to_json(statistics), indent=1, ensure_ascii=True))
    elif sys.stdout.isatty():
        _draw(statistics)
    else:
        encoding = sys.stdout.encoding or "utf-8"
        for statistic in statistics.tables.values():
            for row in statistic.rows:
                line = "\t".join((statistic.name, one_line(row.label), *map(str, row.numbers)))
                click.echo(line.encode(encoding, "backslashreplace").decode(encoding))
    return 0


def _to_json(statistics: Statistics) -> dict[str, object]:
    return {
        "revision": statistics.state.revision,
        "modified": statistics.state.modified,
        "datasets": statistics.datasets,
        "statistics": {
            statistic.name: {
                "title": statistic.title,
                "columns": [statistic.label_head, *statistic.heads],
                "rows": [[row.label, *row.numbers] for row in statistic.rows],
                "further": statistic.further,
            }
            for statistic in statistics.tables.values()
        },
    }


def _draw(statistics: Statistics) -> None:
    console = Console()
    console.print(f"{statistics.datasets:,} datasets, revision {statistics.state.revision:,}", highlight=False)
    for statistic in statistics.tables.values():
        console.print()
        console.print(_table(statistic))
        if statistic.further:
            console.print(f"{statistic.further:,} more", style="dim", highlight=False)


def _table(statistic: Statistic) -> Table:
    table = Table(title=statistic.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column(statistic.label_head, max_width=40, no_wrap=True, overflow="ellipsis")
    for head in statistic.heads:
        table.add_column(head, justify="right")
    table.add_column("", width=_BAR_WIDTH)
    whole = 100 if statistic.percent else max((_shown(row.numbers, statistic) for row in statistic.rows), default=0)
    for row in statistic.rows:
        bar = Bar(max(whole, 1), 0, _shown(row.numbers, statistic), width=_BAR_WIDTH, color="cyan")
        table.add_row(Text(one_line(row.label)), *(f"{number:,}" for number in row.numbers), bar)
    return table


def _shown(numbers: tuple[int, ...], statistic: Statistic) -> int:
    """What the bar of a row stands for: all its changes of a week, else its last number."""
    return numbers[-1] if statistic.percent else sum(numbers)
