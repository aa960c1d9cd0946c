"""The home page and pages of results, sent again as they are while nothing was written."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING

from werkzeug.test import run_wsgi_app

from dcip_server.errors import CatalogError
from dcip_server.store import Store
from dcip_server.web.every_language import WANTED
from dcip_server.web.kept import KeptAnswers
from dcip_server.web.search_pages import BROWSED

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PAGES = {"/", "/search", "/search.json"}
_LISTS = tuple(f"/{facet}/" for facet in BROWSED)
#: Which source holds a record can change without a revision of the catalog.
_NOT_KEPT = "source="
#: All that such a page depends on beside the catalog: its address, and what the reader's browser said it takes.
_DEPENDS_ON = (
    "PATH_INFO", "QUERY_STRING", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme", "SCRIPT_NAME",
    "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE",
    "HTTP_IF_RANGE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_ORIGIN", WANTED,
)  # fmt: skip


class KeptPages:
    """Answers GETs of the pages above as the wrapped application did before, when they are asked for again."""

    def __init__(self, app: WSGIApplication, store: Store, kept: KeptAnswers) -> None:
        self._app = app
        self._store = store
        self._kept = kept

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if (
            environ["REQUEST_METHOD"] != "GET"
            or not (path in _PAGES or path.startswith(_LISTS))
            or _NOT_KEPT in environ.get("QUERY_STRING", "")
        ):
            return self._app(environ, start_response)
        try:
            # Before the page is made: what is written meanwhile makes it one of yesterday.
            generation = self._store.generation()
        except CatalogError:
            return self._app(environ, start_response)
        key = (sha256("\0".join(str(environ.get(name, "")) for name in _DEPENDS_ON).encode()).hexdigest(),)
        sent = self._kept.find(key, generation)
        if sent is None:
            made, status, found = run_wsgi_app(self._app, environ, buffered=True)
            sent = status, tuple(found), list(made)
            if status.startswith(("200", "304")):
                self._kept.keep(key, generation, sent)
        status, headers, body = sent
        start_response(status, list(headers))
        return body
