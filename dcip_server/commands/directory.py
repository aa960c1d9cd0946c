"""``dcip-server directory``"""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import click

from dcip_server.commands.output import one_line, say
from dcip_server.errors import CatalogError, UsageError
from dcip_server.settings import Settings
from dcip_server.store import Store
from dcip_server.store.directory import MetadataFile, add_file, find_last_report, list_files, remove_file

if TYPE_CHECKING:
    from dcip_server.harvest.directory import Update

#: Profiles of the rules that an update goes by.
_PROFILES = ("ib1-open-data", "ib1-metadata")


class _Period(click.ParamType):  # type: ignore[type-arg]  # older versions have no argument
    """``90s``, ``30m``, ``24h`` or ``7d`` as seconds."""

    name = "period"
    _SECONDS: ClassVar = {"s": 1, "m": 60, "h": 3600, "d": 86400}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds; wrong usage where it is no such text."""
        found = re.fullmatch(r"([1-9][0-9]{0,4})([smhd])", str(value))
        if found is None:
            self.fail(f"{value!r}: a number and s, m, h or d is due, such as 24h", param, ctx)
        return float(int(found[1]) * self._SECONDS[found[2]])


@click.group()
def directory() -> None:
    """Fill the catalog from the metadata files that IB1's Members publish."""


@directory.command()
@click.argument("member_url", metavar="MEMBER_URL")
@click.argument("file_url", metavar="FILE_URL")
@click.option("--scheme", "schemes", metavar="URL", multiple=True, help="A Scheme that the Member joined; repeat it.")
@click.pass_obj
def add(settings: Settings, member_url: str, file_url: str, schemes: tuple[str, ...]) -> int:
    """Register a metadata file of a Member; the next update reads it.

    Without --scheme it is not known which Schemes the Member joined, and entries of any are accepted. A file
    that is registered already gets the Schemes that are said now.
    """
    for name, url in (("MEMBER_URL", member_url), ("FILE_URL", file_url), *(("--scheme", url) for url in schemes)):
        _check_url(name, url)
    if not file_url.startswith("https://"):
        say(f"{file_url}: metadata files must be served over https, so an update will refuse it")
    with Store(settings.database_url, create=True) as store:
        add_file(store.engine, member_url, file_url, schemes or None)
    click.echo(f"{one_line(file_url)} registered")
    return 0


@directory.command()
@click.argument("file_url", metavar="FILE_URL")
@click.pass_obj
def remove(settings: Settings, file_url: str) -> int:
    """Take a file off the list; its entries are deleted by the next update."""
    with Store(settings.database_url, create=True) as store:
        remove_file(store.engine, file_url)
    click.echo(f"{one_line(file_url)} removed; its entries go with the next update")
    return 0


@directory.command("list")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@click.pass_obj
def list_command(settings: Settings, as_json: bool) -> int:
    """Print the registered files in the order of their registration, with the number of entries in the catalog."""
    with Store(settings.database_url) as store:
        files = list_files(store.engine)
    if as_json:
        click.echo(json.dumps([_file_object(file) for file in files], indent=1))
        return 0
    for file in files:
        count = "1 entry" if file.entries == 1 else f"{file.entries} entries"
        schemes = ", ".join(file.schemes) if file.schemes else "any scheme"
        click.echo("\t".join(map(one_line, (file.url, file.member, count, schemes, f"registered {file.registered}"))))
    return 0


@directory.command()
@click.option(
    "--profile", "profile", type=click.Choice(_PROFILES),
    help="The rules that files and entries must keep: by default ENFORCED_PROFILE, where it is IB1's, else ib1-open-data.",
)  # fmt: skip
@click.option(
    "--context", "context_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file, as validate takes it: today, schemes, and http, the answers that stand for the network.",
)  # fmt: skip
@click.option("--every", metavar="TIME", type=_Period(), help="Go on until interrupted, once in each 30m, 24h or 7d.")
@click.pass_obj
def update(settings: Settings, profile: str | None, context_file: Path | None, every: float | None) -> int:
    """Fetch and validate every registered file, then change the catalog at once.

    A file that cannot be fetched or has no valid entry keeps its entries, an entry that is refused keeps its last
    accepted version, and an entry that is gone from its file is deleted. The exit status is 1 where
    anything was refused; `directory report` tells what.
    """
    # What an audit by the same rules withdraws does not come back before it keeps them.
    enforced = settings.enforced_profile
    profile = profile or (enforced if enforced in _PROFILES else _PROFILES[0])
    if every is None:
        return _run_update(settings, profile, context_file)
    due = time.monotonic()
    while True:
        try:
            _run_update(settings, profile, context_file)
        except CatalogError as error:
            # Such as a database that is being restarted; the catalog is as it was, and the next run may do.
            say(f"dcip-server: {error}")
        due += every * max(1, math.ceil((time.monotonic() - due) / every))
        time.sleep(max(0.0, due - time.monotonic()))


@directory.command()
@click.option("--json", "as_json", is_flag=True, help="The whole report as one object.")
@click.pass_obj
def report(settings: Settings, as_json: bool) -> int:
    """Print what the last update found, file by file and entry by entry."""
    with Store(settings.database_url) as store:
        text = find_last_report(store.engine)
    if text is None:
        say("dcip-server: there was no update yet; run: dcip-server directory update")
        return 1
    found = json.loads(text)
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return 0
    from dcip_server.commands.report_formats import TextWriter
    from dcip_server.validation import Report

    click.echo(f"update {found['number']}, finished {found['finished']}, {found['profile']}")
    writer = TextWriter(found["profile"], several=True)
    for file in found["files"]:
        writer.add(file["file_url"], Report.from_json(file))
        for subject in file["removed"]:
            click.echo(f"  {one_line(subject)}\n    deleted: gone from the file")
    for file in found["unregistered"]:
        click.echo(f"{one_line(file['file_url'])}: taken off the list, {len(file['removed'])} deleted")
    writer.end()
    return 0


def _run_update(settings: Settings, profile: str, context_file: Path | None) -> int:
    """One update, what it did on stdout, what it refused on stderr; returns the exit status."""
    from dcip_server.harvest.directory import UNSERVABLE

    with Store(settings.database_url, create=True) as store:
        made = _update(settings, profile, context_file).run(store)
    for file in made["files"]:
        for finding in file["findings"]:
            # All else was said when its file was looked at.
            if finding["rule"] == UNSERVABLE:
                _say_finding(file, finding)
    refused = sum(finding["severity"] == "E" for file in made["files"] for finding in file["findings"])
    counts = ", ".join(f"{made[name]} {name}" for name in ("created", "updated", "deleted", "unchanged"))
    count = len(made["files"])
    click.echo(
        f"{'1 file' if count == 1 else f'{count} files'}: {counts}" + (f"; errors: {refused}" if refused else "")
    )
    return 1 if refused else 0


def _update(settings: Settings, profile: str, context_file: Path | None) -> Update:
    from dcip_server.harvest.directory import Update
    from dcip_server.harvest.network import Network
    from dcip_server.validation import Context, Fetcher, load_context

    context = load_context(context_file) if context_file else Context()
    today = context.today or datetime.datetime.now(datetime.UTC).date()
    canned = context.fetcher
    allow_private = settings.private_addresses == "on"

    def network() -> Fetcher:
        return canned or Network(allow_private=allow_private)

    added = frozenset(settings.open_licenses.split())
    context = dataclasses.replace(context, today=today, max_bytes=settings.validate_max_bytes, open_licenses=added)
    return Update(profile, context, network, settings.import_max_record_bytes, _say_refused)


def _say_refused(file: dict[str, Any]) -> None:
    """A line for each error of a file, and for what was kept in its place."""
    for finding in file["findings"]:
        if finding["severity"] == "E" or finding["rule"].startswith("IB1-U-"):
            _say_finding(file, finding)


def _say_finding(file: dict[str, Any], finding: dict[str, Any]) -> None:
    place = "" if finding["subject"] == file["file_url"] else f"{finding['subject']}: "
    say(f"{file['file_url']}: {place}{finding['rule']} {finding['message']}")


def _file_object(file: MetadataFile) -> dict[str, Any]:
    return {
        "member_url": file.member,
        "file_url": file.url,
        "schemes": None if file.schemes is None else list(file.schemes),
        "registered": file.registered,
        "entries": file.entries,
    }


def _check_url(name: str, url: str) -> None:
    """Raise :class:`UsageError` for what is no absolute http(s) URL, or holds a password."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(f"{name} must be an absolute http(s) URL, not {url!r}")
    if "@" in parts.netloc:
        raise UsageError(f"{name} must not hold a user name or password")
