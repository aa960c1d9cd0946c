"""Bytes in, findings out: documents checked against the rules of a profile.

``validate`` is the one call. It never opens a socket or a file: what a rule needs from the network it
asks of the context's fetcher, and without one such rules are reported as unchecked.
"""

from __future__ import annotations

from dcip_server.validation.context import Answer, CannedNetwork, Context, Fetcher, context_of, load_context
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
    from ``context.file_url`` and ``data`` is not looked at.
    """
    return PROFILES[profile].check(Submission(data, context or Context(), extension.lower(), content_type))
