"""Bytes in, findings out: documents checked against the rules of a profile.

``validate`` is the one call. It never opens a socket or a file: what a rule needs from the network it
asks of the context's fetcher, and without one such rules are reported as unchecked.
"""

from __future__ import annotations

from dataclasses import replace

from dcip_server.validation.context import (
    Answer,
    CannedNetwork,
    Context,
    Fetcher,
    GuardedNetwork,
    context_of,
    load_context,
)
from dcip_server.validation.profiles import PROFILES, Profile, Submission
from dcip_server.validation.report import Entry, Finding, Report

__all__ = [
    "PROFILES", "Answer", "CannedNetwork", "Context", "Entry", "Fetcher", "Finding", "Profile", "Report", "Submission",
    "context_of", "load_context", "validate",
]  # fmt: skip


def validate(
    data: bytes, profile: str, context: Context | None = None, *, extension: str = "", content_type: str = ""
) -> Report:
    """Check a document against a profile (a key of :data:`PROFILES`).

    The format is that of ``content_type`` where there is one, else of ``extension`` (no dot). Whatever the
    document holds, a report comes back, never an exception. With ``context.hosted`` the document is fetched
    from ``context.file_url`` and ``data`` is not looked at. A rule that would ask an address of
    ``context.must_not_fetch`` makes an error under the id ``CONTEXT``.
    """
    context = context or Context()
    if context.fetcher is None or not context.must_not_fetch:
        return PROFILES[profile].check(Submission(data, context, extension.lower(), content_type))
    guarded = GuardedNetwork(context.fetcher, context.must_not_fetch)
    submission = Submission(data, replace(context, fetcher=guarded), extension.lower(), content_type)
    report = PROFILES[profile].check(submission)
    tried = [
        Finding("CONTEXT", "E", context.file_url or "file", "must_not_fetch", url, f"<{url}> must not be requested.")
        for url in guarded.asked
    ]
    return Report.of(report.entries, (*report.findings, *tried), report.unchecked)
