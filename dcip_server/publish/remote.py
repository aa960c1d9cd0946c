"""A portal on the network: udata's API over HTTP, with patience where the portal asks for it."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from dcip_server.addresses import is_public_url
from dcip_server.entities import Json
from dcip_server.errors import PortalError, SourceError
from dcip_server.harvest.fetch import Exchange, exchange
from dcip_server.publish.files import Upload, file_name, media_type
from dcip_server.publish.objects import API_PATH
from dcip_server.publish.portals import Reply

TIMEOUT_S = 30.0
_MAX_BYTES = 64 << 20
_MAX_REDIRECTS = 5
#: All that is waited in a run because a portal says "later" (429).
_MAX_PAUSES_S = 120.0
_PAUSE_S = 2.0
_LEAST_BYTES_PER_S = 100_000
_REDIRECTS = (301, 302, 303, 307, 308)


class RemotePortal:
    """Asks the portal at ``site`` and no other: the key goes to that origin alone.

    Where the site's name is a public one, an address that is not public is refused, unless ``allow_private``: who
    lists a portal of his own network names it so that this can be seen.
    """

    def __init__(
        self, site: str, key: str | None, *, allow_private: bool = False, timeout_s: float = TIMEOUT_S
    ) -> None:
        self.site = site
        self.has_key = key is not None
        self._key = key
        self._allow_private = allow_private or not is_public_url(site)
        self._timeout_s = timeout_s
        self._patience_s = _MAX_PAUSES_S

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, upload: Upload | None = None
    ) -> Reply:
        """See :class:`PortalClient`; redirects are followed within the origin, and only where nothing is written."""
        url = f"{self.site}{API_PATH}{path}"
        content_type, sent = _form(upload) if upload else _json(body)
        for _ in range(_MAX_REDIRECTS + 1):
            answer = self._patiently(method, url, content_type, sent)
            location = answer.header("location")
            if answer.status not in _REDIRECTS or not location:
                return self._reply(answer)
            if method != "GET" and answer.status not in (307, 308):
                raise PortalError(f"{self._host}: {method} was redirected ({answer.status}), nothing was written")
            url = self._within(url, location)
        raise SourceError(f"{self._host}: more than {_MAX_REDIRECTS} redirects")

    def _patiently(self, method: str, url: str, content_type: str, sent: bytes | None) -> Exchange:
        """The answer, asked again where the portal says that it is too busy to have looked."""
        while True:
            answer = self._send(method, url, content_type, sent)
            if answer.status != 429:
                return answer
            pause_s = _pause_s(answer.header("retry-after"))
            if pause_s > self._patience_s:
                return answer
            self._patience_s -= pause_s
            time.sleep(pause_s)

    def _send(self, method: str, url: str, content_type: str, sent: bytes | None) -> Exchange:
        headers = {"Accept": "application/json", "Content-Type": content_type}
        if self._key is not None:
            headers["X-API-KEY"] = self._key
        # What takes long to send may take long altogether.
        limit_s = self._timeout_s + len(sent or b"") / _LEAST_BYTES_PER_S
        try:
            return exchange(
                method, url, headers, body=sent, max_bytes=_MAX_BYTES, timeout_s=self._timeout_s,
                total_s=limit_s,
                allow_private=self._allow_private,
            )  # fmt: skip
        except SourceError as error:
            if method == "GET":
                raise
            raise SourceError(f"{error} ({method}: whether the portal did it is not known)") from None

    @property
    def _host(self) -> str:
        return urlsplit(self.site).netloc

    def _within(self, url: str, location: str) -> str:
        """Where ``location`` leads from ``url``, if that is at the portal's own origin."""
        try:
            url = urljoin(url, location)
            there, here = urlsplit(url), urlsplit(self.site)
        except ValueError:
            raise SourceError(f"{self._host}: redirects to what is no URL") from None
        if (there.scheme, there.netloc.lower()) != (here.scheme, here.netloc.lower()):
            origin = f"{there.scheme}://{there.netloc.rpartition('@')[2]}"
            raise SourceError(f"{self._host}: redirects to another origin, {origin}, which was not followed")
        return url

    def _reply(self, answer: Exchange) -> Reply:
        text = answer.body.decode("utf-8", "replace")
        value: Json = None
        try:
            value = json.loads(text) if text.strip() else None
        except (ValueError, RecursionError):
            if answer.status < 400:
                raise SourceError(f"{self._host}: answered {answer.status} with what is not JSON") from None
        return Reply(answer.status, text, value)


def _json(body: Mapping[str, Any] | None) -> tuple[str, bytes | None]:
    """A call's type and bytes; portals want the type also where there is no body."""
    return "application/json", None if body is None else json.dumps(body, ensure_ascii=False).encode()


def _form(upload: Upload) -> tuple[str, bytes]:
    """A file as the form's one field, ``file`` (RFC 7578)."""
    boundary = secrets.token_hex(16)
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name(upload.name)}"\r\n'
        f"Content-Type: {media_type(upload.name)}\r\n\r\n"
    )
    return f"multipart/form-data; boundary={boundary}", b"".join(
        (head.encode(), upload.stream.read(), f"\r\n--{boundary}--\r\n".encode())
    )


def _pause_s(header: str | None) -> float:
    """Retry-After, seconds or a date, in seconds from now; a short while where it says nothing."""
    text = (header or "").strip()
    if text.isdecimal() and text.isascii():
        return float(text[:9])
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return _PAUSE_S
