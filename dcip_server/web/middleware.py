"""The DCIP rules around the endpoint, outside Flask.

Flask and werkzeug answer HEAD, OPTIONS, 405, 308 and error pages by themselves; under the
endpoint none of that may reach a client. Every answer goes through the rows of the rule table
that have an ``enforce`` function. Outside the endpoint ordinary HTTP rules hold; there this
module only makes sure that a failure is logged and answered, and that too many requests are refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dcip_server.protocol.answers import STATUSES, Answer, Sent
from dcip_server.protocol.rules import ENFORCED
from dcip_server.web.briefly import ALLOWED, BRIEFLY, NotBriefly

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger("dcip_server")
_FAILED = b"Internal Server Error\n"
_TOO_MANY = b"Too Many Requests: try again in a second\n"


class DcipMiddleware:
    """Guards the endpoint at ``endpoint_path`` (``/rest``) of the wrapped application.

    ``allows`` says whether a client address may make another request, after a pause if it may wait. ``direct`` answers what
    needs no application, as the rules would leave it, or gives ``None``.
    """

    def __init__(
        self,
        app: WSGIApplication,
        endpoint_path: str,
        allows: Callable[[str, bool], bool],
        direct: Callable[[WSGIEnvironment], Sent | None],
    ) -> None:
        self._app = app
        self._path = endpoint_path
        self._allows = allows
        self._direct = direct

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        allowed = ALLOWED in environ or self._allows(environ.get("REMOTE_ADDR", ""), BRIEFLY not in environ)
        if path != self._path and not path.startswith(self._path + "/"):
            return self._outside(environ, start_response) if allowed else _too_many(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if not allowed:
            status, headers, body = _sent(Answer(method, 429), path)
        elif method != "GET":
            status, headers, body = _sent(Answer(method, 400), path)
        else:
            status, headers, body = self._get(environ, path)
        start_response(status, list(headers))
        return body

    def _get(self, environ: WSGIEnvironment, path: str) -> Sent:
        """What is sent for a GET."""
        try:
            if direct := self._direct(environ):
                return direct
            answer = self._ask(environ)
        except NotBriefly:
            raise
        except Exception as error:  # noqa: BLE001 - this is the one place that answers 500 and logs it
            log_failure(environ)
            return _sent(Answer("GET", 500, failure=error), path)
        return _sent(answer, path)

    def _ask(self, environ: WSGIEnvironment) -> Answer:
        """The application's answer."""
        started: list[tuple[int, tuple[tuple[str, str], ...]]] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
            started.append((int(status[:3]), tuple(headers)))
            return _refuse_write

        body = self._app(_as_http(environ), start)
        if not hasattr(body, "size"):
            body = _collected(body)
        status, headers = started[-1]
        return Answer("GET", status, headers, body)

    def _outside(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._app(_as_http(environ), start_response)
        except NotBriefly:
            raise
        except Exception:  # noqa: BLE001 - as above
            log_failure(environ)
            start_response("500 Internal Server Error", _headers_of(_FAILED))
            return [_FAILED]


def _sent(answer: Answer, path: str) -> Sent:
    """The answer made to obey the protocol."""
    for rule in ENFORCED:
        assert rule.enforce is not None  # noqa: S101 - that is what ENFORCED means
        answer = rule.enforce(answer)
    for fault in answer.faults:
        _LOG.error("%s %r: a view broke a rule: %s", answer.method, path, fault)
    return f"{answer.status} {STATUSES[answer.status]}", answer.headers, answer.body


def _as_http(environ: WSGIEnvironment) -> WSGIEnvironment:
    """The request for Flask, which takes its time, and would refuse a web socket's handshake instead of ignoring it."""
    if BRIEFLY in environ:
        raise NotBriefly(ALLOWED)
    environ.pop("HTTP_UPGRADE", None)
    return environ


def _too_many(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Says so in words, since people see it; a page of the site would take the time that is to be saved."""
    start_response("429 Too Many Requests", [*_headers_of(_TOO_MANY), ("Retry-After", "1")])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [_TOO_MANY]


def _headers_of(text: bytes) -> list[tuple[str, str]]:
    return [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]


def _refuse_write(data: bytes) -> object:
    raise NotImplementedError("PEP 3333's write() is not offered under the endpoint")


def _collected(body: Iterable[bytes]) -> list[bytes]:
    try:
        return list(body)
    finally:
        if close := getattr(body, "close", None):
            close()


def log_failure(environ: WSGIEnvironment) -> None:
    """Tell the log what a request failed of; called while the exception is handled."""
    _LOG.exception("%s %r failed", environ.get("REQUEST_METHOD"), environ.get("PATH_INFO"))


class SitePrefix:
    """Takes the path of SITE_URL off a request, where the proxy in front did not.

    With ``SITE_URL = https://example.org/data`` both ``/rest`` and ``/data/rest`` reach the endpoint.
    """

    def __init__(self, app: WSGIApplication, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(self._prefix + "/"):
            environ["PATH_INFO"] = path[len(self._prefix) :]
        environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)
