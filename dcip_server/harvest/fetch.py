"""The only code that opens sockets: HTTP requests, polite and bounded.

No request goes to a loopback, private, link-local or otherwise non-public address unless the
caller allows it; the check is made on the address that is connected to, so neither DNS nor a
redirect gets around it.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from dcip_server import __version__
from dcip_server.addresses import is_public
from dcip_server.errors import CertificateError, NotPublicError, SourceError, TimedOutError, TooLargeError

USER_AGENT = f"dcip-server/{__version__}"
#: For one read; for a whole answer; for a whole document.
TIMEOUT_S = 60.0
_ANSWER_TOTAL_S = 300.0
_DOCUMENT_TOTAL_S = 7200.0
_MAX_REDIRECTS = 5
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer as they went over the wire; redirects are not followed.

    ``headers`` keep their order and repetitions, names in lower case. ``body`` is what came after
    the headers, transfer coding undone, content coding not. ``http_version`` is 10 or 11.
    """

    method: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    http_version: int

    def header(self, name: str) -> str | None:
        """The value of the first header of that name, or ``None``."""
        return next((value for found, value in self.headers if found == name.lower()), None)


class _Guard:
    """Resolves and connects, refusing addresses that are not public."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private

    def connect(self, host: str, port: int, timeout_s: float) -> socket.socket:
        last: OSError | None = None
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            if not self._allow_private and not is_public(str(address[0])):
                raise NotPublicError(f"{host} is {address[0]}, which is not a public address")
            connection = socket.socket(family, kind, protocol)
            connection.settimeout(timeout_s)
            try:
                connection.connect(address)
            except OSError as error:
                connection.close()
                last = error
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        raise last or OSError("no address found")


def _connection(scheme: str, host: str, port: int, guard: _Guard, timeout_s: float) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    plain = guard.connect(host, port, timeout_s)
    if scheme == "https":
        try:
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise
    else:
        connection.sock = plain
    return connection


class _Deadline:
    """Ends a connection that takes too long altogether, though each read is quick enough."""

    def __init__(self, connection: socket.socket, total_s: float) -> None:
        self._connection = connection
        self._total_s = total_s
        self._passed = False
        self._timer = threading.Timer(total_s, self._end)
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        self._passed = True
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def check(self, url: str) -> None:
        if self._passed:
            raise TimedOutError(f"{url}: not answered whole within {self._total_s:g} seconds")

    def cancel(self) -> None:
        self._timer.cancel()


@contextmanager
def _request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    guard: _Guard,
    timeout_s: float,
    total_s: float,
    http_version: int = 11,
    body: bytes | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """Send one request; what goes wrong on the way comes out as :class:`SourceError`."""
    connection = None
    deadline = None
    try:
        scheme, host, port, target = _split(url)
        connection = _connection(scheme, host, port, guard, timeout_s)
        deadline = _Deadline(connection.sock, total_s)
        if http_version == 10:
            connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"  # type: ignore[attr-defined]  # noqa: SLF001 - http.client has no public switch for it
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        yield connection.getresponse()
        deadline.check(url)
    except TimeoutError:
        raise TimedOutError(f"{url}: no answer within {timeout_s:g} seconds") from None
    except ssl.SSLCertVerificationError as error:
        raise CertificateError(f"{url}: {_explain(error)}") from None
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        if deadline is not None:
            deadline.check(url)
        raise SourceError(f"{url}: {_explain(error)}") from None
    except SourceError:
        # An answer that the deadline ended looks cut off.
        if deadline is not None:
            deadline.check(url)
        raise
    finally:
        if deadline is not None:
            deadline.cancel()
        if connection is not None:
            connection.close()


def _explain(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return "cut off"
    if isinstance(error, http.client.RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(error, http.client.BadStatusLine | http.client.LineTooLong):
        return "what came is no HTTP answer"
    return str(error).strip() or type(error).__name__


def _split(url: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise SourceError(f"{url}: not a URL: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"{url}: only http and https URLs can be fetched")
    target = quote(parts.path or "/", safe="%/:=&?~#+!$,;'@()*[]") + (
        f"?{quote(parts.query, safe=_QUERY_SAFE)}" if parts.query else ""
    )
    return parts.scheme, parts.hostname, port, target


_QUERY_SAFE = "%/:=&?~#+!$,;'@()*[]|"


def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    body: bytes | None = None,
    http_version: int = 11,
    max_bytes: int,
    timeout_s: float = TIMEOUT_S,
    total_s: float = _ANSWER_TOTAL_S,
    allow_private: bool = True,
    cut: bool = False,
) -> Exchange:
    """One request to an address that the operator named, private or not, and its whole answer.

    With ``cut`` no more than ``max_bytes`` are read, else a longer answer raises :class:`TooLargeError`; where there
    is no answer, one too late, or one from an address that is not public unless ``allow_private``, it is another
    :class:`SourceError`.
    """
    guard = _Guard(allow_private)
    with _request(method, url, headers or {}, guard, timeout_s, total_s, http_version, body) as response:
        answer = response.read(max_bytes if cut else max_bytes + 1)
        if len(answer) > max_bytes:
            raise TooLargeError(f"{url}: an answer of more than {max_bytes} bytes")
        if response.length and not cut and method != "HEAD":
            raise SourceError(f"{url}: the answer is cut off, {response.length} bytes are missing")
        sent = tuple((name.lower(), value) for name, value in response.getheaders())
        return Exchange(method, url, response.status, sent, answer, response.version)


def check_can_listen(host: str, port: int) -> None:
    """Raise OSError where another program listens already.

    Servers that share a port between workers would share it with a stranger as well.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        probe.listen(1)


@dataclass(frozen=True, slots=True)
class Download:
    """A document being fetched. ``url`` is where it was found after redirects; ``size`` may be unknown."""

    url: str
    content_type: str
    size: int | None
    chunks: Iterator[bytes]


@contextmanager
def download(url: str) -> Iterator[Download]:
    """GET a document, following redirects. The operator typed the URL, so it may be private itself;

    a redirect from a public address to a private one is refused all the same.
    Raises :class:`SourceError` for anything but a complete 200.
    """
    guard = _Guard(allow_private=_is_private_host(url))
    for _ in range(_MAX_REDIRECTS + 1):
        with _request("GET", url, {"Accept": _ACCEPT}, guard, TIMEOUT_S, _DOCUMENT_TOTAL_S) as response:
            location = response.headers.get("Location")
            if response.status in (301, 302, 303, 307, 308) and location:
                url = urljoin(url, location)
                continue
            if response.status != 200:
                raise SourceError(f"{url}: status {response.status}, 200 is due")
            coding = response.headers.get("Content-Encoding", "identity").strip().lower()
            if coding not in ("identity", "gzip", "x-gzip", ""):
                raise SourceError(f"{url}: sent with the coding {coding!r}, which was not asked for")
            content_type = response.headers.get_content_type() if response.headers.get("Content-Type") else ""
            yield Download(url, content_type, response.length, _chunks(url, response))
            return
    raise SourceError(f"{url}: more than {_MAX_REDIRECTS} redirects")


_ACCEPT = "application/json, application/ld+json, text/turtle, application/rdf+xml, text/n3, */*;q=0.1"


def _chunks(url: str, response: http.client.HTTPResponse) -> Iterator[bytes]:
    while chunk := response.read(_CHUNK_BYTES):
        yield chunk
    if response.length:
        raise SourceError(f"{url}: cut off, {response.length} bytes are missing")


def _is_private_host(url: str) -> bool:
    _, host, port, _ = _split(url)
    try:
        return not all(is_public(str(found[4][0])) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except OSError as error:
        raise SourceError(f"{url}: {error}") from None
