"""``dcip-server apikey``"""

from __future__ import annotations

import click

from dcip_server.commands.output import one_line
from dcip_server.settings import Settings
from dcip_server.store import Store
from dcip_server.store.api_keys import ROLES, create_api_key, list_api_keys, revoke_api_key


@click.group()
def apikey() -> None:
    """Make, list and revoke the keys of those who publish through the portal API."""


@apikey.command()
@click.argument("name", metavar="NAME")
@click.option("--role", type=click.Choice(ROLES), default="publisher", show_default=True, help="What the key may do.")
@click.pass_obj
def create(settings: Settings, name: str, role: str) -> int:
    """Make a key and print it, once: only its digest is stored.

    A reader sees its own private datasets, a publisher changes what it owns, an admin everything.
    A name whose key was revoked can get a new one, and then owns what it owned.
    """
    with Store(settings.database_url, create=True) as store:
        click.echo(create_api_key(store.engine, name, role))
    return 0


@apikey.command("list")
@click.pass_obj
def list_keys(settings: Settings) -> int:
    """Print name, role, id, and when each key was made and revoked; the keys themselves are not known."""
    with Store(settings.database_url) as store:
        for key in list_api_keys(store.engine):
            ended = f"revoked {key.revoked}" if key.revoked else "live"
            click.echo(f"{one_line(key.name)}\t{key.role}\t{key.publisher}\tmade {key.created}\t{ended}")
    return 0


@apikey.command()
@click.argument("name", metavar="NAME")
@click.pass_obj
def revoke(settings: Settings, name: str) -> int:
    """End a key at once; what it published stays."""
    with Store(settings.database_url, create=True) as store:
        revoke_api_key(store.engine, name)
    click.echo(f"{one_line(name)} revoked")
    return 0
