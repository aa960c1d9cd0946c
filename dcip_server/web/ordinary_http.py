"""Ordinary HTTP (RFC 9110) for all that is answered outside the endpoint.

A view gives the bytes and their type. Here they get a strong ETag, 304 for who has them already,
and gzip for who accepts it. The compressed bytes have an ETag of their own: a strong one stands
for the very bytes that are sent.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from flask import Flask, Response, request
from werkzeug.wsgi import FileWrapper

from dcip_server.store.kept_files import CHUNK_BYTES
from dcip_server.web.packed import PackedFiles

#: Shorter bodies would hardly get shorter.
_LEAST_BYTES = 500
#: What is sent in pieces and is no longer than this is read and treated as all else.
_LONGEST_READ = 1 << 20
_COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/ld+json",
    "application/geo+json",
    "application/javascript",
    "image/svg+xml",
)
#: Times have whole seconds, so what changed just now can change again under the same time.
_SETTLED_AFTER = timedelta(seconds=2)


def set_up(app: Flask, folder: Path) -> None:
    """Let all answers outside the endpoint go through :func:`answer_as_asked`; ``folder`` is for long ones."""
    files = PackedFiles(folder)

    @app.after_request
    def _ordinary(response: Response) -> Response:
        return response if request.blueprint == "endpoint" else answer_as_asked(response, files)


def answer_as_asked(response: Response, files: PackedFiles) -> Response:
    """The answer to a GET or HEAD with a validator, compressed or 304 as the request asks; others as they are.

    What is long and sent in pieces is not read into memory, and has its length however it is sent: harvesters
    look at that before they read.
    """
    if response.status_code == 304:
        response.vary.add("Accept-Encoding")
    if response.status_code != 200 or request.method not in ("GET", "HEAD"):
        return response
    length = response.content_length
    if response.is_streamed and (length is None or length > _LONGEST_READ):
        return _packed_as_asked(response, files)
    response.direct_passthrough = False
    response.add_etag()
    if _may_be_compressed(response) and _has_gzip_for(response):
        response.make_conditional(request)
        if response.status_code == 200:
            # No time and no name in it: the same bytes give the same bytes.
            response.set_data(gzip.compress(response.get_data(), mtime=0))
        return response
    response.make_conditional(request)
    return response


def _packed_as_asked(response: Response, files: PackedFiles) -> Response:
    tag, _ = response.get_etag()
    if tag is None or response.content_length is None:
        return response
    packed = _is_compressible(response) and _has_gzip_for(response)
    response.make_conditional(request)
    if packed and response.status_code == 200:
        plain = response.response
        # Parts of a feed have the tag of the whole.
        file = files.open(f"{tag} {request.url}", cast("Iterable[bytes]", plain))
        response.close()
        response.response = FileWrapper(file, CHUNK_BYTES)
        response.content_length = os.fstat(file.fileno()).st_size
    return response


def _has_gzip_for(response: Response) -> bool:
    """Whether gzip is asked for; the answer that could be compressed, and has its ETag, says then that it is."""
    response.vary.add("Accept-Encoding")
    if not _accepts_gzip():
        return False
    tag, _ = response.get_etag()
    response.set_etag(f"{tag}-gzip")
    response.headers["Content-Encoding"] = "gzip"
    # Parts of a file are parts of what is in it.
    response.headers.pop("Accept-Ranges", None)
    return True


def say_when_modified(response: Response, modified: str) -> Response:
    """State when what is answered last changed (UTC, ``2026-11-21T13:34:00Z``), once that is settled."""
    moment = datetime.fromisoformat(modified)
    if moment + _SETTLED_AFTER < datetime.now(UTC):
        response.last_modified = moment
    return response


def _may_be_compressed(response: Response) -> bool:
    return _is_compressible(response) and len(response.get_data()) >= _LEAST_BYTES


def _is_compressible(response: Response) -> bool:
    kind = response.mimetype or ""
    return (
        kind.startswith(_COMPRESSIBLE) or kind.endswith(("xml", "json"))
    ) and "Content-Encoding" not in response.headers


def _accepts_gzip() -> bool:
    accepted = request.accept_encodings
    quality = accepted.quality("gzip")
    return quality > 0 and quality >= accepted.quality("identity")
