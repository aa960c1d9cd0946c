"""``dcip-server sample``"""

from __future__ import annotations

from importlib import resources

import click

from dcip_server.commands.progress import progress
from dcip_server.harvest.job import Job, Limits
from dcip_server.settings import Settings
from dcip_server.store import Store


@click.command()
@click.pass_obj
def sample(settings: Settings) -> int:
    """Fill an empty catalog with the sample: a dozen well-known open datasets of the world."""
    folder = resources.files("dcip_server.sample_catalog")
    files = [str(file) for file in folder.iterdir() if file.name.endswith((".ttl", ".json"))]
    with Store(settings.database_url, create=True) as store:
        if store.state().revision:
            click.echo("the catalog is not empty; the sample was not loaded")
            return 0
        limits = Limits(settings.import_max_bytes, settings.import_max_record_bytes)
        with progress(quiet=True, verbose=False) as listener:
            job = Job(sorted(files), limits, listener)
            outcome = job.run(store)
    click.echo(f"sample catalog: {outcome.created} datasets")
    return 1 if job.failures else 0
