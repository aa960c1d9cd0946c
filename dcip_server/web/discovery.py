"""How search engines find every record: ``robots.txt``, ``sitemap.xml`` and its parts (sitemaps.org)."""

from __future__ import annotations

from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from flask_cors import CORS
from werkzeug.exceptions import NotFound

from dcip_server.web.ordinary_http import say_when_modified
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
    text = f"User-agent: *\nDisallow:\n\nSitemap: {site_url()}/sitemap.xml\n"
    return Response(text, content_type="text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """The parts of the sitemap: revisions 1 to 50,000 and so on, so that a part only ever shrinks or grows at the end."""
    state = store().state()
    parts = "".join(
        f"<sitemap><loc>{escape(site_url())}/sitemap-{number}.xml</loc></sitemap>\n"
        for number in range(1, state.revision // _MOST_URLS + 2)
    )
    return _xml(f"<sitemapindex {_NAMESPACE}>\n{parts}</sitemapindex>\n", state.modified)


@blueprint.get("/sitemap-<int:number>.xml")
def part(number: int) -> Response:
    """The pages of live records whose latest change is in one range of revisions."""
    state = store().state()
    if not 1 <= number <= state.revision // _MOST_URLS + 1:
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
    return _xml(f"<urlset {_NAMESPACE}>\n{''.join(urls)}</urlset>\n", state.modified)


def _xml(text: str, modified: str) -> Response:
    return say_when_modified(Response(_HEAD + text, content_type="application/xml; charset=utf-8"), modified)
