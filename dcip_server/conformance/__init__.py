"""The conformance checker: every rule of the table, asked of a server from outside, over HTTP.

``discovery`` finds the endpoint, ``gathering`` asks (through ``asking``, which sends one request
after the other), ``observations`` is what came of it, the ``checks_*`` modules are functions from
there to evidence, ``results`` has the table of them by rule, ``report`` tells it.
"""

from __future__ import annotations

from collections.abc import Callable

from dcip_server.conformance.asking import TIMEOUT_S, Asker
from dcip_server.conformance.discovery import discover
from dcip_server.conformance.gathering import gather
from dcip_server.conformance.report import Report
from dcip_server.conformance.results import judge

__all__ = ["Report", "check"]


def check(
    url: str, *, timeout_s: float = TIMEOUT_S, on_request: Callable[[str, str], None] = lambda *_: None
) -> Report:
    """Check the endpoint, or the endpoint that a home page names, with fewer than a hundred requests.

    ``timeout_s`` is how long one answer may stay away; ``on_request`` hears of each request.
    Raises :class:`UsageError` for what is no http(s) URL, :class:`SourceError` where nothing answers.
    """
    asker = Asker(timeout_s, on_request)
    endpoint, pages = discover(asker, url)
    results = judge(gather(asker, endpoint, pages))
    return Report(url, endpoint, sum(seen.asked for seen in asker.log), results)
