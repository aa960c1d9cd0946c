"""``dcip-server audit``"""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from dcip_server.commands.output import one_line, say
from dcip_server.commands.progress import PlainProgress
from dcip_server.commands.report_formats import sentence
from dcip_server.errors import MassDeleteError
from dcip_server.harvest.audit import Audit, Violation
from dcip_server.harvest.network import Network
from dcip_server.protocol.urls import Place
from dcip_server.settings import Settings
from dcip_server.store import AuditFigures, Store
from dcip_server.validation.profiles import PROFILES


@click.command()
@click.option(
    "--profile", "profile", type=click.Choice(list(PROFILES)), help="The rules; ENFORCED_PROFILE where not given."
)
@click.option(
    "--online", is_flag=True, help="Ask the network what the rules need to know, such as whether downloads exist."
)
@click.option("--withdraw", is_flag=True, help="Delete the records that break rules, with the reasons.")
@click.option("--allow-mass-delete", is_flag=True, help="Confirm that most of the catalog may go.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def audit(
    settings: Settings, profile: str | None, online: bool, withdraw: bool, allow_mass_delete: bool, as_json: bool
) -> int:
    """Check every record of the catalog again against a profile.

    Records that break rules are listed with what they break; warnings are counted. The figures are
    kept and shown at /policy. The exit status is 1 when a record breaks a rule.
    """
    profile = profile or settings.enforced_profile
    site = settings.site_url or "http://localhost"
    place = Place(site=site, endpoint=site + settings.endpoint_path)
    printed = _Json(profile) if as_json else _Text()
    with Store(settings.database_url, create=True) as store, PlainProgress(quiet=False, verbose=False) as listener:
        network = Network(allow_private=settings.private_addresses == "on") if online else None
        run = Audit(store, profile, place, network, frozenset(settings.open_licenses.split()))
        for violation in run.run():
            listener.record_done()
            if violation is not None:
                printed.add(violation)
        figures = run.finish()
        try:
            if withdraw:
                figures = run.withdraw(lambda _, error: say(str(error)), allow_mass_delete=allow_mass_delete)
        except MassDeleteError:
            printed.end(figures)
            raise
    printed.end(figures)
    return 1 if figures.violating else 0


class _Text:
    """Each violating record with what it breaks, then the figures."""

    def add(self, violation: Violation) -> None:
        entry = violation.entry
        click.echo(one_line(f"{entry.entity} {entry.id}: {entry.title[:200]}"))
        for finding in violation.errors:
            click.echo(one_line(sentence(finding)))

    def end(self, figures: AuditFigures) -> None:
        click.echo(
            f"{figures.records} records checked against {figures.profile}: {figures.violating} with errors,"
            f" {figures.warned} with only warnings, {figures.withdrawn} withdrawn"
        )


class _Json:
    """``{"profile", "violations": [{"entity", "id", "title", "revision", "findings"}], "figures"}``, record by record."""

    def __init__(self, profile: str) -> None:
        click.echo(f'{{"profile": {json.dumps(profile)}, "violations": [', nl=False)
        self._first = True

    def add(self, violation: Violation) -> None:
        entry = violation.entry
        value = {
            "entity": entry.entity,
            "id": entry.id,
            "title": entry.title,
            "revision": entry.revision,
            "findings": [finding.to_json() for finding in violation.findings],
        }
        click.echo(("" if self._first else ",") + "\n" + json.dumps(value), nl=False)
        self._first = False

    def end(self, figures: AuditFigures) -> None:
        click.echo(f'\n], "figures": {json.dumps(asdict(figures))}}}')
