"""``dcip-server db``"""

from __future__ import annotations

import click

from dcip_server.commands.progress import Counted
from dcip_server.settings import Settings
from dcip_server.store.database import close, open_engine
from dcip_server.store.schema import upgrade as upgrade_schema


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@click.pass_obj
def upgrade(settings: Settings) -> int:
    """Create the catalog's tables, or bring them up to date."""
    engine = open_engine(settings.database_url, create=True)
    try:
        before, after = upgrade_schema(engine, Counted("indexed anew"))
    finally:
        close(engine)
    if before == after:
        click.echo(f"schema {after}, nothing to do")
    else:
        click.echo(f"schema {after}, was {before or 'empty'}")
    return 0
