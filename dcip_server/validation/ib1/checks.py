"""IB1's two profiles: a file's bytes through all of their rules."""

from __future__ import annotations

from dcip_server.validation.ib1.changes import check_changes
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.documents import FileRefusedError, parse
from dcip_server.validation.ib1.entries import (
    check_media_types,
    check_owner,
    check_publisher,
    check_scheme,
    check_values,
)
from dcip_server.validation.ib1.hosting import read_hosted
from dcip_server.validation.ib1.legacy import read_legacy
from dcip_server.validation.ib1.licenses import check_licenses
from dcip_server.validation.ib1.online import check_online
from dcip_server.validation.ib1.rules import RULES, Letter, list_rules, list_warnings
from dcip_server.validation.ib1.series import check_periods
from dcip_server.validation.ib1.shapes import check_shapes
from dcip_server.validation.ib1.wording import check_classes, check_prefixes, check_properties
from dcip_server.validation.profiles import Submission
from dcip_server.validation.report import Finding, Report

_HOSTING = ("IB1-H-02", "IB1-H-03", "IB1-H-04", "IB1-H-05")


def check_open(submission: Submission) -> Report:
    """Check against ``ib1-open-data``."""
    return _check(submission, "O")


def check_metadata(submission: Submission) -> Report:
    """Check against ``ib1-metadata``."""
    return _check(submission, "M")


def open_rules() -> dict[str, str]:
    """The rules of ``ib1-open-data``."""
    return dict(list_rules("O"))


def metadata_rules() -> dict[str, str]:
    """The rules of ``ib1-metadata``."""
    return dict(list_rules("M"))


def open_warnings() -> frozenset[str]:
    """The rules of ``ib1-open-data`` that only warn."""
    return list_warnings("O")


def metadata_warnings() -> frozenset[str]:
    """The rules of ``ib1-metadata`` that only warn."""
    return list_warnings("M")


def _check(submission: Submission, profile: Letter) -> Report:
    context = submission.context
    file = context.file_url or "file"
    unchecked = {rule for rule in list_rules(profile) if RULES[rule].net} if context.fetcher is None else set()
    if not context.hosted:
        unchecked.update(_HOSTING)
    try:
        c = read_file(submission, profile)
    except FileRefusedError as error:
        return Report.of((), [Finding(error.rule, "E", file, "", error.value, str(error), error.line)], unchecked)
    c.unchecked = unchecked
    check_graph(c)
    if context.fetcher is not None:
        check_online(c, context.fetcher)
    return c.report()


def read_file(submission: Submission, profile: Letter) -> Checking:
    """The file, as it is published where that is due, ready to be checked. Raises :class:`FileRefusedError`."""
    context = submission.context
    file = context.file_url or "file"
    submission, serialisation = read_hosted(submission, profile)
    parsed = parse(submission, profile, serialisation)
    return read_legacy(parsed, context, file) if parsed.is_legacy else Checking(parsed, profile, context, file)


def check_graph(c: Checking) -> None:
    """All rules that need no network."""
    check_classes(c)
    check_properties(c)
    check_prefixes(c)
    check_periods(c)
    check_shapes(c)
    for entry in (*c.datasets, *c.services, *c.series):
        check_values(c, entry)
        check_owner(c, entry)
        if entry not in c.series:
            check_publisher(c, entry)
            check_scheme(c, entry)
            check_licenses(c, entry)
            check_media_types(c, entry)
    check_changes(c)
