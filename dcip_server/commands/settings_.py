"""``dcip-server settings``"""

from __future__ import annotations

import click

from dcip_server.settings import SETTINGS, Settings, masked


@click.command("settings")
@click.pass_obj
def settings_(settings: Settings) -> int:
    """Print every setting with its present value, its default and its meaning."""
    for setting in SETTINGS:
        value = masked(getattr(settings, setting.name.lower()))
        click.echo(f"{setting.name} = {value!r}\n    {setting.meaning}; default: {setting.default!r}")
    return 0
