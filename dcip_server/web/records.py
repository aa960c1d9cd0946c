"""Reading one record, with and without Flask: one definition of the answer, two ways to it.

Most requests of a harvest are reads of single records. All that they need was done when the
record was written, so the middleware answers them from here; everything else, and every read
that is not a plain hit, goes through the blueprint, which uses the same function.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

from werkzeug.http import http_date

from dcip_server.errors import CatalogError, RequestError
from dcip_server.formats.rdf.write import base_line
from dcip_server.protocol.answers import Headers, Sent
from dcip_server.protocol.urls import Call, Format, Target, parse_path
from dcip_server.settings import Settings
from dcip_server.store import Store
from dcip_server.web.kept import KeptAnswers, key_of
from dcip_server.web.site import site_url_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def read_record(store: Store, target: Target, endpoint: str) -> tuple[bytes, Headers] | None:
    """Body and all headers for a live record at the endpoint, or ``None`` where there is none.

    The protocol's rules find nothing to change in it.
    """
    assert target.entity_type and target.format  # noqa: S101, PT018 - a target of Call.READ has both
    found = store.find_representation(target.entity_type.name, target.value, target.format)
    if found is None:
        return None
    body, etag = found.body, found.sha256
    if target.format is Format.N3:
        line, mark = _base(endpoint)
        body, etag = line + body, f"{etag}-{mark}"
    headers = (
        ("Content-Type", target.format.content_type),
        ("ETag", f'"{etag}"'),
        ("Last-Modified", _http_date(found.modified)),
        ("Content-Length", str(len(body))),
        ("Access-Control-Allow-Origin", "*"),
    )
    return body, headers


@lru_cache(maxsize=64)
def _base(endpoint: str) -> tuple[bytes, str]:
    line = base_line(endpoint)
    return line, f"{crc32(line):08x}"


@lru_cache(maxsize=4096)
def _http_date(modified: str) -> str:
    return http_date(datetime.fromisoformat(modified))


class DirectReads:
    """Answers GETs of single live records for the middleware; leaves all else to Flask.

    ``kept`` holds answers to recent reads.
    """

    def __init__(self, store: Store, settings: Settings, kept: KeptAnswers) -> None:
        self._store = store
        self._settings = settings
        self._kept = kept

    def answer(self, environ: WSGIEnvironment) -> Sent | None:
        """What is sent, or ``None`` for what is not the plain read of a live record."""
        if "/id/" not in environ["PATH_INFO"]:
            return None
        # Before the record is read: what is written meanwhile makes the answer one of yesterday.
        try:
            generation = self._store.generation()
        except CatalogError:
            # For what is no read, nothing is wrong yet.
            return self._read(environ)
        key = key_of(environ)
        sent = self._kept.find(key, generation)
        if sent is None and (sent := self._read(environ)):
            self._kept.keep(key, generation, sent)
        return sent

    def _read(self, environ: WSGIEnvironment) -> Sent | None:
        path: str = environ["PATH_INFO"]
        try:
            below = path[len(self._settings.endpoint_path) :].encode("latin-1").decode()
            target = parse_path(below)
            if target.call is not Call.READ:
                return None
            endpoint = site_url_of(environ, self._settings) + self._settings.endpoint_path
        except (UnicodeDecodeError, RequestError):
            return None
        found = read_record(self._store, target, endpoint)
        return None if found is None else ("200 OK", found[1], [found[0]])
