"""From a URL that somebody typed to the endpoint and the catalog's home page (draft, "API Endpoint")."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from dcip_server.conformance.addresses import is_full_url, origin, resolve
from dcip_server.conformance.asking import Asker, Seen
from dcip_server.errors import SourceError, UsageError

NAME = "dcip-basic-rest-endpoint"
_IN_HEAD = frozenset(("html", "head", "title", "meta", "link", "script", "style", "base", "noscript", "template"))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MAX_REDIRECTS = 5
_MAX_PARENTS = 8
#: More of a home page is not read: its head comes first.
_MAX_PAGE_CHARACTERS = 1 << 19


@dataclass(frozen=True, slots=True)
class MetaTag:
    """``fault`` says how the tag differs from the draft's, ``""`` where it does not."""

    value: str
    fault: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page that may be the catalog's home page, and the meta tags on it that point to an endpoint."""

    seen: Seen
    tags: tuple[MetaTag, ...]


class _MetaTags(HTMLParser):
    """Collects the meta tags; a head need not be marked as such in HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[MetaTag] = []
        self._in_head = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_head = self._in_head and tag in _IN_HEAD
        attributes = {name: (value or "").strip() for name, value in attrs}
        if tag != "meta":
            return
        fault = "" if self._in_head else "not in the head"
        if attributes.get("content") == NAME and "value" in attributes:
            self.found.append(MetaTag(attributes["value"], fault))
        elif NAME in (attributes.get("name"), attributes.get("property")):
            self.found.append(MetaTag(attributes.get("content", ""), f'content="{NAME}" and value="..." are due'))

    def handle_endtag(self, tag: str) -> None:
        if tag == "head":
            self._in_head = False


def meta_tags(html: str) -> tuple[MetaTag, ...]:
    """The meta tags that point to a DCIP endpoint, those that are as the draft wants them first."""
    parser = _MetaTags()
    # html.parser gives up on malformed declarations with an AssertionError; what came before them counts.
    with suppress(AssertionError):
        parser.feed(html)
    return tuple(sorted(parser.found, key=lambda tag: bool(tag.fault)))


def discover(asker: Asker, url: str) -> tuple[str, tuple[Page, ...]]:
    """The endpoint, without a slash at its end, and the pages that may be the home page.

    Raises :class:`UsageError` for what is no http(s) URL, :class:`SourceError` where nothing answers.
    """
    url = url.strip()
    if not is_full_url(url):
        raise UsageError(f"{url!r} is not a URL that starts with http:// or https://")
    page = _page(asker, url)
    if page.seen.exchange is None:
        raise SourceError(f"{page.seen.url}: {page.seen.failure}")
    if page.tags:
        return _without_slash(resolve(page.seen.url, page.tags[0].value) or url), (page,)
    endpoint = _without_slash(url)
    moved = _without_slash(page.seen.url)
    if urlsplit(moved).path == urlsplit(endpoint).path:
        endpoint = moved
    return endpoint, _home_pages(asker, endpoint)


def _home_pages(asker: Asker, endpoint: str) -> tuple[Page, ...]:
    """Go up from the endpoint to the host's root until a page has the tag."""
    pages: list[Page] = []
    path = urlsplit(endpoint).path
    root = endpoint.removesuffix(path)
    while path and len(pages) < _MAX_PARENTS:
        path = path.rpartition("/")[0]
        pages.append(_page(asker, f"{root}{path}/"))
        if pages[-1].tags:
            break
    return tuple(pages)


def _page(asker: Asker, url: str) -> Page:
    """GET a page, following redirects on the same site only, up to a help text."""
    for _ in range(_MAX_REDIRECTS + 1):
        seen = asker.ask(url, headers={"Accept": "text/html, */*;q=0.1"})
        target = resolve(url, seen.header("Location")) if seen.status in _REDIRECTS else None
        if target is None or target.endswith("/help.txt") or _site(target) != _site(url):
            break
        url = target
    html = seen.body.decode("utf-8", "replace")[:_MAX_PAGE_CHARACTERS] if seen.status == 200 else ""
    return Page(seen, meta_tags(html))


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().removeprefix("www.")


def _without_slash(url: str) -> str:
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2] or origin(url)
    return f"{parts.scheme}://{address}{parts.path.rstrip('/')}"
