"""``dcip-server show``"""

from __future__ import annotations

import sys

import click

from dcip_server.errors import NotFoundError
from dcip_server.protocol.entity_types import DATASET, ENTITY_TYPES
from dcip_server.protocol.urls import Place
from dcip_server.representations import SERIALISATIONS, represent
from dcip_server.settings import Settings
from dcip_server.store import Store

#: Where the server is when SITE_URL does not say: the address that ``serve`` uses by default.
_DEFAULT_SITE_URL = "http://127.0.0.1:8000"


@click.command()
@click.argument("id", metavar="ID")
@click.option("--format", "format", type=click.Choice(SERIALISATIONS), default="json", help="The serialisation.")
@click.option("--entity", type=click.Choice(tuple(ENTITY_TYPES)), default=DATASET.name, help="The entity type.")
@click.pass_obj
def show(settings: Settings, id: str, format: str, entity: str) -> int:
    """Print one record: exactly the bytes that the server answers."""
    site = settings.site_url or _DEFAULT_SITE_URL
    with Store(settings.database_url) as store:
        body = represent(store, entity, id, format, Place(site, site + settings.endpoint_path))
    if body is None:
        raise NotFoundError(f"no {entity} with the id {id!r}")
    sys.stdout.buffer.write(body)
    return 0
