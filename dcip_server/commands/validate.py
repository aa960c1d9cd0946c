"""``dcip-server validate``"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcip_server.commands.report_formats import REPORT_FORMATS, Writer
from dcip_server.errors import SourceError
from dcip_server.harvest.sources import Failure, documents, find_source
from dcip_server.settings import Settings
from dcip_server.validation.profiles import PROFILES

if TYPE_CHECKING:
    from dcip_server.validation import Context, Report

#: Larger than any archive member that is read: a document is cut at the profile's own limit.
_MAX_UNPACKED_BYTES = 4 << 30


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--profile", "profile", type=click.Choice(list(PROFILES)), required=True, help="The rules to check against."
)
@click.option(
    "--context", "context_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file that says what the documents do not: file_url, member, schemes, previous, today, http.",
)  # fmt: skip
@click.option("--online", is_flag=True, help="Ask the network what the rules need to know.")
@click.option("--strict", is_flag=True, help="Warnings make the exit status 1, too.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--format", "format", type=click.Choice(list(REPORT_FORMATS)), default="text", show_default=True)
@click.pass_obj
def validate(
    settings: Settings,
    sources: tuple[str, ...],
    profile: str,
    context_file: Path | None,
    online: bool,
    strict: bool,
    as_json: bool,
    format: str,
) -> int:
    """Check metadata files against the rules of a profile.

    SOURCE is a file, a folder, a glob, an http(s) URL or - for standard input. Files are read and reported one
    after the other, so that memory does not grow with their number. The exit status is 0 when no document
    has an error (with --strict: nor a warning), else 1.
    """
    context = _context(settings, context_file, online and PROFILES[profile].asks_network)
    several = (
        len(sources) > 1
        or Path(sources[0]).is_dir()
        or not (Path(sources[0]).exists() or "://" in sources[0] or sources[0] == "-")
    )
    writer: Writer = REPORT_FORMATS["json" if as_json else format](profile, several)
    failed = False
    for name, report in _reports(sources, profile, context):
        writer.add(name, report)
        failed = failed or bool(report.findings if strict else report.errors)
    writer.end()
    return 1 if failed else 0


def _context(settings: Settings, path: Path | None, online: bool) -> Context:
    from dcip_server.validation import Context, load_context

    context = load_context(path) if path else Context()
    added = frozenset(settings.open_licenses.split())
    context = dataclasses.replace(context, max_bytes=settings.validate_max_bytes, open_licenses=added)
    if online and context.fetcher is None:
        from dcip_server.harvest.network import Network

        network = Network(allow_private=settings.private_addresses == "on")
        context = dataclasses.replace(context, fetcher=network, hosted=bool(context.file_url))
    return context


def _reports(sources: tuple[str, ...], profile: str, context: Context) -> Iterator[tuple[str, Report]]:
    from dcip_server.validation import validate as check

    if context.hosted:
        # The file is fetched from where it is published, once for each source as it is named.
        for argument in sources:
            yield argument, check(b"", profile, context)
        return
    for argument in sources:
        if argument.startswith(("http://", "https://")) and context.fetcher is not None and not context.file_url:
            hosted = dataclasses.replace(context, file_url=argument, hosted=True)
            yield argument, check(b"", profile, hosted)
            continue
        try:
            found = documents(find_source(argument), _MAX_UNPACKED_BYTES)
            for document in found:
                if isinstance(document, Failure):
                    yield document.name, _unreadable(document.name, str(document.error))
                    continue
                try:
                    data = document.stream.read(context.max_bytes + 1)
                except (SourceError, OSError) as error:
                    yield document.name, _unreadable(document.name, str(error))
                    continue
                known = context
                if document.address and not context.file_url:
                    known = dataclasses.replace(context, file_url=document.address)
                yield (
                    document.name,
                    check(data, profile, known, extension=document.extension, content_type=document.content_type),
                )
        except SourceError as error:
            yield argument, _unreadable(argument, str(error))


def _unreadable(name: str, reason: str) -> Report:
    from dcip_server.validation import Finding, Report

    return Report.of((), (Finding("SOURCE", "E", name, "", "", f"cannot be read: {reason}"),))
