"""Texts of sources as HTML that can do no harm: no scripts, no images, links to web pages alone."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from dcip_server.addresses import authority_of

_MOST_CHARACTERS = 50_000
_MOST_LINK = 4000
_TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "dl", "dt", "em", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p",
    "pre", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto"}
# HTML in a description is common; what nh3 leaves of it is shown.
_MARKDOWN = MarkdownIt("commonmark", {"html": True, "maxNesting": 20}).enable("table")
_WITH_SCHEME = re.compile(r"(https?://|mailto:)[^\s/]", re.IGNORECASE)
_WEB_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


@lru_cache(maxsize=256)
def to_html(text: str) -> Markup:
    """Markdown, or HTML, as HTML that can stand in a page under its own heading."""
    tokens = _MARKDOWN.parse(text[:_MOST_CHARACTERS])
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        # Nobody knows what an address without a host was relative to: here it would lead somewhere else.
        attribute_filter=lambda _, __, address: address if _WITH_SCHEME.match(address) else None,
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )
    return Markup(clean)  # noqa: S704 - nh3 has just cleaned it


@lru_cache(maxsize=2048)
def to_text(text: str, characters: int = 240) -> str:
    """The beginning of a text without its markup; ``text`` is best cut before it is handed over."""
    clean = nh3.clean(_MARKDOWN.render(text), tags=set())
    words = " ".join(unescape(clean).split())
    return words if len(words) <= characters else words[:characters].rsplit(" ", 1)[0] + " …"


def web_link(value: object) -> str | None:
    """The address where it is one of the web that a browser can read, else ``None``: no other kind becomes a link."""
    if not isinstance(value, str) or len(value) > _MOST_LINK or not _WEB_LINK.fullmatch(value):
        return None
    return value if authority_of(value) else None
