"""``dcip-server opendata``"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click

from dcip_server.commands.output import one_line, say
from dcip_server.errors import DcipError, UsageError
from dcip_server.publish.document import MAX_BYTES, read_document
from dcip_server.publish.files import UploadFolder
from dcip_server.publish.links import LEVELS
from dcip_server.publish.local import LocalPortal
from dcip_server.publish.misp import Misp, fetched, read_misp_key
from dcip_server.publish.opendata import Kind, Said, run
from dcip_server.publish.portals import LOCAL, PortalClient, choose_portal, read_portals
from dcip_server.publish.query import Query, read_query
from dcip_server.publish.remote import RemotePortal
from dcip_server.settings import Settings
from dcip_server.store import Store

_DEFAULT_SITE_URL = "http://127.0.0.1:8000"


@click.command()
@click.argument("query", metavar="QUERY", type=click.File("rb"))
@click.option(
    "--portals",
    metavar="FILE",
    type=click.File("rb"),
    help="JSON list of the portals' base URLs, instead of the setting.",
)
@click.option("--level", type=click.Choice(LEVELS), help="What MISP is searched for; wins over the query's level.")
@click.option("--upload", is_flag=True, help="Send the data itself: fetch what a resource's link gives and upload it.")
@click.option("--dry-run", is_flag=True, help="Look everything up, print what would be sent, write nothing.")
@click.pass_obj
def opendata(
    settings: Settings, query: BinaryIO, portals: BinaryIO | None, level: str | None, upload: bool, dry_run: bool
) -> int:
    """Publish a search of MISP at an open-data portal, or change, delete or show what is there.

    QUERY is a file with MISP's opendata query in JSON, or - for stdin. Confirmations and JSON go to stdout,
    warnings to stderr. The exit status is 1 where the portal refused or something was not found, 2 where the
    query or the command line is wrong.
    """
    document = query.read(MAX_BYTES + 1)
    asked = read_query(document, level=level, misp_url=settings.misp_external_url or settings.misp_url, upload=upload)
    listed = (
        read_portals(read_document(portals.read(MAX_BYTES + 1), "the list of portals"), "the list of portals")
        if portals
        else read_portals(list(settings.opendata_portals.split()), "OPENDATA_PORTALS")
    )
    status, done = 0, 0
    try:
        with _portal(settings, asked, listed, writes=asked.action != "search" and not dry_run) as portal:
            misp = _misp(settings, read_misp_key(settings.misp_key_file) if upload else None)
            with fetched(asked, misp, lambda text: say(_without(asked.auth, text))) as data:
                for said in run(asked, portal, data, dry_run=dry_run):
                    _tell(said, asked.auth)
                    done += said.kind is Kind.DONE
                    status = 1 if said.kind is Kind.MISSING else status
    except DcipError as error:
        say(f"dcip-server: {_without(asked.auth, str(error))}")
        if done and not dry_run:
            say(f"stopped there; what was confirmed before ({done}) is done")
        return 2 if isinstance(error, UsageError) else 1
    return status


@contextmanager
def _portal(settings: Settings, asked: Query, listed: tuple[str, ...], *, writes: bool) -> Iterator[PortalClient]:
    """The portal that the query names: our own catalog, or one of the list."""
    own = settings.site_url or _DEFAULT_SITE_URL
    if asked.portal == LOCAL or (asked.portal and settings.site_url and _is_own(asked.portal, own)):
        with Store(settings.database_url, create=writes) as store:
            files = UploadFolder(settings.upload_folder, settings.upload_max_bytes)
            yield LocalPortal(store, own, asked.auth, files, allow_local=settings.portal_local_urls == "on")
        return
    site = listed[0] if asked.portal is None else choose_portal(asked.portal, listed)
    yield RemotePortal(site, asked.auth, allow_private=settings.private_addresses == "on")


def _misp(settings: Settings, key: str | None) -> Misp:
    return Misp(
        key=key,
        trusted=tuple(filter(None, (settings.misp_external_url, settings.misp_url))),
        max_bytes=settings.upload_max_bytes,
        allow_private=settings.private_addresses == "on",
    )


def _is_own(portal: str, own: str) -> bool:
    try:
        return choose_portal(portal, (own,)) == own
    except UsageError:
        return False


_CONTROL = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _tell(said: Said, key: str | None) -> None:
    text = _without(key, said.text)
    if said.kind in (Kind.WARNING, Kind.MISSING):
        say(text)
    elif said.kind is Kind.SHOWN:
        # Still the same JSON, but nothing in it speaks to the terminal.
        shown = _CONTROL.sub(_escaped, text)
        sys.stdout.flush()
        sys.stdout.buffer.write(shown.encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.buffer.flush()
    else:
        for line in text.split("\n"):
            click.echo(one_line(line))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _without(key: str | None, text: str) -> str:
    """The text without the key, should a portal have said it."""
    if not key:
        return text
    for form in {key, json.dumps(key)[1:-1]}:
        text = text.replace(form, "***")
    return text
