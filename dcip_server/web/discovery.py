"""How search engines find every record: ``robots.txt``, ``sitemap.xml`` and its parts (sitemaps.org)."""

from __future__ import annotations

from xml.sax.saxutils import escape

from flask import Blueprint, Response
from flask_cors import CORS
from werkzeug.exceptions import NotFound

from dcip_server.protocol.urls import page_path
from dcip_server.web.ordinary_http import say_when_modified
from dcip_server.web.site import site_url, store

#: The protocol of sitemaps allows 50,000 addresses and 50 MiB in one file, and ids can be long.
MOST_URLS = 10_000
#: Nobody has more records.
_MOST_PARTS = 10**9
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

blueprint = Blueprint("discovery", __name__)
CORS(blueprint, send_wildcard=True)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Nothing is closed to anyone; the sitemap says what there is."""
    text = f"User-agent: *\nDisallow:\n\nSitemap: {site_url()}/sitemap.xml\n"
    # Of the same age as the sitemap: it is to be read anew when that is.
    return say_when_modified(Response(text, content_type="text/plain; charset=utf-8"), store().state().modified)


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """The parts of the sitemap: by the records' numbers, which stay, so that a change of one changes its own part alone."""
    parts = "".join(
        f"<sitemap><loc>{escape(site_url())}/sitemap-{number}.xml</loc></sitemap>\n"
        for number in store().parts(MOST_URLS) or [1]
    )
    return _xml(f"<sitemapindex {_NAMESPACE}>\n{parts}</sitemapindex>\n", store().state().modified)


@blueprint.get("/sitemap-<int:number>.xml")
def part(number: int) -> Response:
    """The pages of live records whose numbers are in one range."""
    entries = store().part(number, MOST_URLS) if number <= _MOST_PARTS else []
    if not entries and number != 1:
        raise NotFound
    site = site_url()
    urls = [
        f"<url><loc>{escape(site)}/{escape(page_path(entry.entity, entry.id))}</loc><lastmod>{entry.modified}</lastmod></url>\n"
        for entry in entries
    ]
    return _xml(f"<urlset {_NAMESPACE}>\n{''.join(urls)}</urlset>\n", store().state().modified)


def _xml(text: str, modified: str) -> Response:
    return say_when_modified(Response(_HEAD + text, content_type="application/xml; charset=utf-8"), modified)
