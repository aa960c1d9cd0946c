"""Asks the application as a server does: it alone says what is answered."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dcip_server.web.every_language import EVERY, WANTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers`` by name in lower case; ``body`` is read once, in pieces."""

    status: int
    headers: dict[str, str]
    body: Iterable[bytes]


@contextmanager
def ask(
    app: WSGIApplication, path: str, query: str = "", *, language: str = "", method: str = "GET"
) -> Iterator[Answer]:
    """The answer to a request for a decoded path below the site; in :data:`EVERY` language it may have marks."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if language == EVERY:
        environ[WANTED] = EVERY
    elif language:
        environ["HTTP_ACCEPT_LANGUAGE"] = language
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        started[:] = [status, headers]

    body = app(environ, start_response)
    try:
        status, headers = started
        yield Answer(int(status[:3]), {name.lower(): value for name, value in headers}, body)
    finally:
        if close := getattr(body, "close", None):
            close()
