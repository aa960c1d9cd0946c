"""URLs as the checker reads and compares them."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit

_FULL_URL = re.compile(r'https?://[^\s\x00-\x20\x7f<>"{}|\\^`\ud800-\udfff]+', re.IGNORECASE)
_URL_IN_TEXT = re.compile(r"https?://[^\s<>\"'`\]]+", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def is_full_url(text: object) -> bool:
    """Whether the value is a whole http(s) URL that can be asked as it stands."""
    if not isinstance(text, str) or not _FULL_URL.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def origin(url: str) -> str:
    """Scheme, host and port in the one spelling that can be compared; ``url`` is a full URL."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    host = (parts.hostname or "").lower()
    return f"{scheme}://{host}:{parts.port or _PORTS.get(scheme, 0)}"


def canonical(url: str) -> str:
    """The one spelling of a full URL: host in lower case, port stated, percent-encoding resolved, no fragment."""
    parts = urlsplit(url)
    return origin(url) + unquote(parts.path) + (f"?{parts.query}" if parts.query else "")


def same(url: object, other: str) -> bool:
    """Whether two values are the same full URL."""
    return isinstance(url, str) and is_full_url(url) and is_full_url(other) and canonical(url) == canonical(other)


def is_below(url: str, endpoint: str) -> bool:
    """Whether a full URL is one of the endpoint's."""
    return is_full_url(url) and (canonical(url) + "/").startswith(canonical(endpoint) + "/")


def resolve(base: str, reference: str) -> str | None:
    """The full URL that a reference on a page means, or ``None`` where it means none."""
    try:
        url = urljoin(base, reference.strip())
    except ValueError:
        return None
    return url if is_full_url(url) else None


def urls_in(text: str) -> list[str]:
    """The URLs that a text names, without the punctuation that follows them."""
    return [url for match in _URL_IN_TEXT.finditer(text) if is_full_url(url := match[0].rstrip(".,;:!?)*_"))]
