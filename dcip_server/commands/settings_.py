"""``dcip-server settings``"""

from __future__ import annotations

import click
from sqlalchemy.engine import make_url

from dcip_server.settings import SETTINGS, Settings


@click.command()
@click.pass_obj
def settings(settings: Settings) -> int:
    """Print every setting with its present value, its default and its meaning."""
    for setting in SETTINGS:
        value = getattr(settings, setting.name.lower())
        click.echo(f"{setting.name} = {_shown(value)}\n    {setting.meaning}; default: {setting.default!r}")
    return 0


def _shown(value: object) -> str:
    """The value without the password that a URL may hold."""
    if isinstance(value, str) and "://" in value and "@" in value:
        return repr(make_url(value).set(query={}).render_as_string(hide_password=True))
    return repr(value)
