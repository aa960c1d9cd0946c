"""The DCIP rules around the endpoint, outside Flask (DESIGN 5).

Flask and werkzeug answer HEAD, OPTIONS, 405, 308 and error pages by themselves; under the
endpoint none of that may reach a client. Every answer goes through the rows of the rule table
that have an ``enforce`` function. Outside the endpoint ordinary HTTP rules hold; there this
module only makes sure that a failure is logged and answered.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Protocol

from dcip_server.protocol.answers import STATUSES, Answer
from dcip_server.protocol.rules import ENFORCED

_LOG = logging.getLogger("dcip_server")

Environ = dict[str, Any]


class StartResponse(Protocol):
    """PEP 3333's ``start_response``."""

    def __call__(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: tuple[type[BaseException], BaseException, TracebackType] | None = None,
        /,
    ) -> Any: ...


class WsgiApp(Protocol):
    """PEP 3333's application."""

    def __call__(self, environ: Environ, start_response: StartResponse, /) -> Iterable[bytes]: ...


class DcipMiddleware:
    """Guards the endpoint at ``endpoint_path`` (``/rest``) of the wrapped application.

    ``allows`` says whether a client address may make another request.
    """

    def __init__(self, app: WsgiApp, endpoint_path: str, allows: Callable[[str], bool]) -> None:
        self._app = app
        self._path = endpoint_path
        self._allows = allows

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        allowed = self._allows(environ.get("REMOTE_ADDR", ""))
        if path != self._path and not path.startswith(self._path + "/"):
            return self._outside(environ, start_response) if allowed else _too_many(start_response)
        answer = self._ask(environ) if allowed else Answer(environ["REQUEST_METHOD"], 429)
        for rule in ENFORCED:
            assert rule.enforce is not None  # noqa: S101 - that is what ENFORCED means
            answer = rule.enforce(answer)
        for fault in answer.faults:
            _LOG.error("%s %r: a view broke a rule: %s", answer.method, path, fault)
        start_response(f"{answer.status} {STATUSES[answer.status]}", list(answer.headers))
        return answer.body

    def _ask(self, environ: Environ) -> Answer:
        """The application's answer; a GET is all that it gets to see."""
        method = environ["REQUEST_METHOD"]
        if method != "GET":
            return Answer(method, 400)
        started: list[tuple[int, tuple[tuple[str, str], ...]]] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            started.append((int(status[:3]), tuple(headers)))

        try:
            body = self._app(environ, start)
            if not hasattr(body, "size"):
                body = _collected(body)
        except Exception as error:  # noqa: BLE001 - this is the one place that answers 500 and logs it
            _log_failure(environ)
            return Answer(method, 500, failure=error)
        status, headers = started[-1]
        return Answer(method, status, headers, body)

    def _outside(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._app(environ, start_response)
        except Exception:  # noqa: BLE001 - as above
            _log_failure(environ)
            body = b"Internal Server Error\n"
            headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
            start_response("500 Internal Server Error", headers)
            return [body]


def _too_many(start_response: StartResponse) -> Iterable[bytes]:
    start_response("429 Too Many Requests", [("Content-Length", "0"), ("Retry-After", "1")])
    return []


def _collected(body: Iterable[bytes]) -> list[bytes]:
    try:
        return list(body)
    finally:
        if close := getattr(body, "close", None):
            close()


def _log_failure(environ: Environ) -> None:
    _LOG.exception("%s %r failed", environ.get("REQUEST_METHOD"), environ.get("PATH_INFO"))


class SitePrefix:
    """Takes the path of SITE_URL off a request, where the proxy in front did not.

    With ``SITE_URL = https://example.org/data`` both ``/rest`` and ``/data/rest`` reach the endpoint.
    """

    def __init__(self, app: WsgiApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(self._prefix + "/"):
            environ["PATH_INFO"] = path[len(self._prefix) :]
        environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)
