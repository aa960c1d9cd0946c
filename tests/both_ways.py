"""Every read that a test makes is answered with the fast paths and without, and both are the same."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: The first two times an answer is made, from the third on it is one that was kept.
_UNTIL_KEPT = 3
_KEPT_PAGES = ("/", "/search", "/search.json")
#: Twice the time that a kept answer may be old.
_NOTICED_WITHIN_S = 0.02

_Answer = tuple[str, list[tuple[str, str]], bytes]


class BothWays:
    """Passes on what the application with fast paths answers, if the one without answers the same.

    Only reads are asked twice: whatever else a request does, it does once.
    """

    def __init__(self, fast: WSGIApplication, plain: WSGIApplication) -> None:
        self.fast = fast
        self._plain = plain

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.fast(environ, start_response)
        due = _answer(self._plain, environ)
        for _ in range(_UNTIL_KEPT if "/id/" in environ["PATH_INFO"] or environ["PATH_INFO"] in _KEPT_PAGES else 1):
            got = _answer(self.fast, environ)
            if got != due:
                # Somebody may have written between the two, and what another process does is noticed a little later.
                time.sleep(_NOTICED_WITHIN_S)
                due, got = _answer(self._plain, environ), _answer(self.fast, environ)
            assert got == due, environ["PATH_INFO"]
        status, headers, body = got
        start_response(status, headers)
        return [body] if body else []


def _answer(app: WSGIApplication, environ: WSGIEnvironment) -> _Answer:
    body, status, headers = run_wsgi_app(app, dict(environ), buffered=True)
    return status, [header for header in headers if header[0] != "Date"], b"".join(body)
