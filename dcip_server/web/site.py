"""Where the site is: the public URL that answers are built with."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import current_app, request

from dcip_server.errors import RequestError
from dcip_server.settings import Settings
from dcip_server.store import Store

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,260}}$)(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]{{2,45}}\])(?::[0-9]{{1,5}})?")


def settings() -> Settings:
    """The settings of the running application."""
    found: Settings = current_app.extensions["dcip_settings"]
    return found


def store() -> Store:
    """The store of the running application."""
    found: Store = current_app.extensions["dcip_store"]
    return found


def site_url() -> str:
    """Public URL of the site for the present request; see :func:`site_url_of`."""
    return site_url_of(request.environ, settings())


def site_url_of(environ: WSGIEnvironment, settings: Settings) -> str:
    """Public URL of the site without trailing slash: SITE_URL, else scheme and host of the request.

    Raises :class:`RequestError` for a Host header that names no host.
    """
    if settings.site_url:
        return settings.site_url
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return _url(environ["wsgi.url_scheme"], host, environ.get("SCRIPT_NAME", ""))


# A site has few names, and each is asked for by every request.
@lru_cache(maxsize=64)
def _url(scheme: str, host: str, prefix: str) -> str:
    if not _HOST.fullmatch(host):
        raise RequestError(f"the Host header {host!r} names no host")
    return f"{scheme}://{host}{prefix.rstrip('/')}"


def endpoint_url() -> str:
    """Full URL of the DCIP endpoint without trailing slash."""
    return site_url() + settings().endpoint_path
