"""``dcip-server import``"""

from __future__ import annotations

import click

from dcip_server.commands.progress import progress
from dcip_server.formats import FORMATS
from dcip_server.harvest.job import Job, Limits
from dcip_server.processes import look_for_garbage_seldom
from dcip_server.settings import Settings
from dcip_server.store import Outcome, Store


@click.command("import")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--format", "format", type=click.Choice(FORMATS), help="What the sources are; detected where it is not given."
)
@click.option("--sync", is_flag=True, help="Delete what these same sources delivered before and no longer hold.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--allow-mass-delete", is_flag=True, help="Confirm that most of the catalog may go.")
@click.option("--quiet", is_flag=True, help="Only what was refused.")
@click.option("--verbose", is_flag=True, help="Also which source is being read.")
@click.pass_obj
def import_(
    settings: Settings,
    sources: tuple[str, ...],
    format: str | None,
    sync: bool,
    dry_run: bool,
    allow_mass_delete: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Read datasets into the catalog, all at once or not at all.

    SOURCE is a file, a folder, a glob, an http(s) URL or - for standard input, compressed with
    gzip or not; tar archives are unpacked. Arrays, NDJSON and standard input are streamed.
    """
    look_for_garbage_seldom()
    limits = Limits(settings.import_max_bytes, settings.import_max_record_bytes)
    with Store(settings.database_url, create=True) as store, progress(quiet, verbose) as listener:
        job = Job(sources, limits, listener, format, sync, settings.import_processes)
        outcome = job.run(store, dry_run=dry_run, allow_mass_delete=allow_mass_delete)
    click.echo(_summary(outcome, job.failures, dry_run))
    return 1 if job.failures else 0


def _summary(outcome: Outcome, refused: int, dry_run: bool) -> str:
    counts = f"{outcome.created} created, {outcome.updated} updated, {outcome.deleted} deleted, {outcome.unchanged} unchanged"
    counts += f", {outcome.repeated} repeated" if outcome.repeated else ""
    counts += f", {refused} refused" if refused else ""
    return f"dry run: {counts}; nothing was changed" if dry_run else counts
