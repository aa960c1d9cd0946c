"""What every answer under the endpoint has to be, as functions on answers.

The rule table names these functions; the middleware applies them one after the other, whatever
a view or a library made, so no view can forget one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dcip_server.protocol.urls import TEXT_CONTENT_TYPE, Format

#: Nothing else ever leaves the endpoint (surface 2).
STATUSES = {
    200: "OK",
    301: "Moved Permanently",
    400: "Bad Request",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
}
CONTENT_TYPES = frozenset((*(format.content_type for format in Format), TEXT_CONTENT_TYPE))

#: Headers that a library may add and that have no place in an answer of the endpoint.
_UNWANTED = frozenset(("content-encoding", "transfer-encoding", "set-cookie", "allow", "connection", "server"))
_OF_A_BODY = frozenset(("content-type", "content-length", "etag", "last-modified"))


Headers = tuple[tuple[str, str], ...]
#: Status line, headers and body as they go to the server.
Sent = tuple[str, Headers, Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is a list of bytes, or an iterable that is only read while it is sent.

    ``method`` is the request's. ``failure`` is the exception that the application ended with;
    ``faults`` collects what a view got wrong, for the log.
    """

    method: str
    status: int
    headers: Headers = ()
    body: Iterable[bytes] = ()
    failure: BaseException | None = None
    faults: tuple[str, ...] = field(default=())

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        for found, value in self.headers:
            if found.lower() == wanted:
                return value
        return None

    def with_header(self, name: str, value: str) -> Answer:
        return self.with_headers((*_without(self.headers, frozenset((name.lower(),))), (name, value)))

    def with_headers(self, headers: Headers) -> Answer:
        # Not by dataclasses.replace, which takes as long as reading a record.
        return Answer(self.method, self.status, headers, self.body, self.failure, self.faults)

    def failed(self, fault: str) -> Answer:
        """The answer to a request that a fault of ours broke."""
        return replace(self, status=500, faults=(*self.faults, fault))


def _without(headers: Headers, names: frozenset[str]) -> Headers:
    for name, _ in headers:
        if name.lower() in names:
            return tuple((name, value) for name, value in headers if name.lower() not in names)
    return headers


def refuse_other_methods(answer: Answer) -> Answer:
    """400 for whatever was not a GET."""
    return answer if answer.method == "GET" else replace(answer, status=400)


def hide_failures(answer: Answer) -> Answer:
    """500 where the application ended with an exception."""
    return answer if answer.failure is None else replace(answer, status=500)


def allow_only_defined_statuses(answer: Answer) -> Answer:
    """Map any other status to the nearest that the draft defines."""
    if answer.status in STATUSES:
        return answer
    if answer.status < 200 or answer.status >= 500:
        return answer.failed(f"status {answer.status}")
    if answer.status < 300 or answer.status == 304:
        return answer.failed(f"status {answer.status}, 200 is due")
    return replace(answer, status=301 if answer.status < 400 else 400)


def require_content_type(answer: Answer) -> Answer:
    """A 200 has one of the draft's Content-Types; anything else is a fault of ours."""
    found = answer.header("Content-Type")
    if answer.status != 200 or found in CONTENT_TYPES:
        return answer
    return answer.failed(f"Content-Type {found!r}")


def require_exact_length(answer: Answer) -> Answer:
    """A 200 says how many bytes it has; it is never compressed or chunked."""
    coded = answer.header("Content-Encoding") if answer.status == 200 else None
    answer = answer.with_headers(_without(answer.headers, _UNWANTED))
    if coded:
        return answer.failed(f"Content-Encoding {coded!r}")
    if answer.status != 200:
        return answer
    if isinstance(answer.body, list):
        return answer.with_header("Content-Length", str(sum(map(len, answer.body))))
    length = answer.header("Content-Length")
    if length is None or not length.isdigit():
        return answer.failed("a streamed body without Content-Length")
    return answer


def empty_unless_ok(answer: Answer) -> Answer:
    """Only a 200 has a body."""
    if answer.status == 200:
        return answer
    headers = _without(answer.headers, _OF_A_BODY if answer.status == 301 else _OF_A_BODY | {"location"})
    return replace(answer, headers=(*headers, ("Content-Length", "0")), body=[])


def allow_any_origin(answer: Answer) -> Answer:
    """Scripts of any web page may read the answer."""
    return answer.with_header("Access-Control-Allow-Origin", "*")
