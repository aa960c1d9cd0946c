"""``create_app`` joins the parts and does nothing else."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from dcip_server.errors import UsageError
from dcip_server.settings import Settings
from dcip_server.store import Store
from dcip_server.store.kept_files import own_temporary_folder
from dcip_server.web import (
    catalog_feed,
    ckan_api,
    directory_page,
    discovery,
    endpoint,
    feeds,
    ordinary_http,
    pages,
    policy,
    portal,
    record_pages,
    rendering,
    search_pages,
    stats_pages,
)
from dcip_server.web.kept import KeptAnswers
from dcip_server.web.kept_pages import KeptPages
from dcip_server.web.middleware import DcipMiddleware, SitePrefix
from dcip_server.web.rate_limit import RateLimit
from dcip_server.web.records import DirectReads

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


def create_app(settings: Settings, *, fast_paths: bool = True) -> Flask:
    """The Flask application over the catalog that the settings name.

    ``fast_paths`` answers plain reads outside Flask, and sends answers to recent ones again while
    nothing was written; without them Flask makes each anew, byte for byte the same.
    Raises :class:`CatalogError` where there is no catalog, or one of another version.
    """
    app = Flask("dcip_server", static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    app.url_map.converters["any_path"] = endpoint.AnyPath
    app.extensions["dcip_settings"] = settings
    store = app.extensions["dcip_store"] = Store(settings.database_url, list_folder=settings.list_folder)
    direct = DirectReads(store, settings, KeptAnswers()).answer if fast_paths else _leave_to_flask
    folder = _shared_folder(settings)
    limit = RateLimit(settings.rate_limit, settings.rate_limit_storage, folder)
    app.register_blueprint(endpoint.blueprint, url_prefix=settings.endpoint_path)
    for part in (
        pages.blueprint,
        search_pages.blueprint,
        record_pages.blueprint,
        portal.pages,
        ckan_api.blueprint,
        directory_page.blueprint,
        discovery.blueprint,
        catalog_feed.blueprint,
        feeds.blueprint,
        stats_pages.blueprint,
        policy.blueprint,
    ):
        app.register_blueprint(part)
    if settings.portal_api == "on":
        app.register_blueprint(portal.blueprint)
    rendering.set_up(app)
    ordinary_http.set_up(app, folder)
    pages_kept = KeptPages(app.wsgi_app, store, KeptAnswers()) if fast_paths else app.wsgi_app
    endpoint_rules = DcipMiddleware(pages_kept, settings.endpoint_path, limit.allows, direct)
    app.wsgi_app = _wrap(endpoint_rules, settings)  # type: ignore[method-assign, assignment]  # Flask's own way of adding middleware
    return app


def _leave_to_flask(_: WSGIEnvironment) -> None:
    """No answer from outside Flask."""


def _wrap(wsgi_app: WSGIApplication, settings: Settings) -> WSGIApplication:
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        wsgi_app = ProxyFix(wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=hops, x_prefix=hops)
    if prefix := unquote_to_bytes(urlsplit(settings.site_url).path).decode("latin-1"):
        wsgi_app = SitePrefix(wsgi_app, prefix)
    return wsgi_app


def _shared_folder(settings: Settings) -> Path:
    """A folder that all workers of this server share, and no other server.

    Raises :class:`UsageError` where nothing can be written there.
    """
    parent = Path(settings.list_folder) if settings.list_folder else own_temporary_folder()
    folder = parent / ("server-" + hashlib.sha256(settings.database_url.encode()).hexdigest()[:16])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UsageError(f"LIST_FOLDER: {parent} cannot be written to: {error.strerror or error}") from None
    return folder
