"""How search engines find every record: ``robots.txt``, ``sitemap.xml`` and its parts (sitemaps.org)."""

from __future__ import annotations

from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from flask_cors import CORS
from werkzeug.exceptions import NotFound

from dcip_server.web.rendering import record_page
from dcip_server.web.site import site_url, store

#: The most addresses that the protocol of sitemaps allows in one file.
_MOST_URLS = 50_000
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

blueprint = Blueprint("discovery", __name__)
CORS(blueprint, send_wildcard=True)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Nothing is closed to anyone; the sitemap says what there is."""
    return _ok(f"User-agent: *\nDisallow:\n\nSitemap: {site_url()}/sitemap.xml\n", "text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """The parts of the sitemap: revisions 1 to 50,000 and so on, so that a part only ever shrinks or grows at the end."""
    state = store().state()
    parts = "".join(
        f"<sitemap><loc>{escape(site_url())}/sitemap-{number}.xml</loc></sitemap>\n"
        for number in range(1, state.revision // _MOST_URLS + 2)
    )
    return _ok(f"{_HEAD}<sitemapindex {_NAMESPACE}>\n{parts}</sitemapindex>\n", "application/xml; charset=utf-8")


@blueprint.get("/sitemap-<int:number>.xml")
def part(number: int) -> Response:
    """The pages of live records whose latest change is in one range of revisions."""
    if not 1 <= number <= store().state().revision // _MOST_URLS + 1:
        raise NotFound
    site = site_url()
    urls = []
    # Newest first, before the revision behind the range: at most as many as the range is long.
    for entry in store().newest(_MOST_URLS, number * _MOST_URLS):
        if entry.revision < (number - 1) * _MOST_URLS:
            break
        if entry.change_type != "delete":
            page = site + record_page(entry.entity, entry.id).removeprefix(request.script_root)
            urls.append(f"<url><loc>{escape(page)}</loc><lastmod>{entry.modified}</lastmod></url>\n")
    return _ok(f"{_HEAD}<urlset {_NAMESPACE}>\n{''.join(urls)}</urlset>\n", "application/xml; charset=utf-8")


def _ok(text: str, content_type: str) -> Response:
    response = Response(text, content_type=content_type)
    response.add_etag()
    response.make_conditional(request)
    return response
