"""``dcip-server delete``"""

from __future__ import annotations

import click

from dcip_server.commands.output import say
from dcip_server.protocol.entity_types import DATASET, ENTITY_TYPES
from dcip_server.settings import Settings
from dcip_server.store import Delete, Store


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--entity", type=click.Choice(tuple(ENTITY_TYPES)), default=DATASET.name, help="The entity type.")
@click.option("--allow-mass-delete", is_flag=True, help="Confirm that most of the catalog may go.")
@click.pass_obj
def delete(settings: Settings, ids: tuple[str, ...], entity: str, allow_mass_delete: bool) -> int:
    """Delete records. They stay in the change list, as deleted."""
    changes = (Delete(entity, id) for id in dict.fromkeys(ids))
    with Store(settings.database_url, create=True) as store:
        outcome = store.revise(changes, allow_mass_delete=allow_mass_delete, refused=lambda _, error: say(str(error)))
    click.echo(f"{outcome.deleted} deleted")
    return 1 if outcome.refused else 0
