"""Draft, "Read Dataset API Call": the server speaks HTTP 1.0 and 1.1, and survives what is neither."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dcip_server.store import Put, Store
from tests.conftest import Server
from tests.records import dataset
from tests.spec import rule
from tests.spec.wire import READ, Wire, assert_whole, exchange, get

#: What the HTTP server itself refuses before the application sees it.
MALFORMED = {
    "no HTTP": b"NONSENSE\r\n\r\n",
    "no version": b"GET /rest\r\n\r\n",
    "blank in the URL": get(b"/rest/data set"),
    "no URL": b"GET  HTTP/1.1\r\nHost: a\r\n\r\n",
    "unknown version": b"GET /rest HTTP/3.7\r\nHost: a\r\n\r\n",
    "bad method": get(method=b"G{T"),
    "raw control character": get(b"/rest/\x01"),
    "raw NUL": get(b"/rest/dataset/id/\x00.json"),
    "raw bytes that are no UTF-8": get(b"/rest/dataset/id/\xff.json"),
    "header without colon": get(READ, b"Bad"),
    "header with a blank name": get(READ, b" : x"),
    "two lengths": get(READ, b"Content-Length: 5", b"Content-Length: 6") + b"hello",
    "length that is no number": get(READ, b"Content-Length: five"),
    "header of 1 MB": get(READ, b"X: " + b"x" * 1_000_000),
    "a thousand headers": get(READ, *(b"X-%d: 1" % number for number in range(1000))),
    "URL of 100,000 letters": get(b"/rest/" + b"x" * 100_000),
    "URL of 1 MB": get(b"/rest/" + b"x" * 1_000_000),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n",
}


@rule("DCIP-READ-8")
def test_what_is_no_http_request_is_answered_in_the_400_class_without_a_body(
    serve: Callable[..., Server], sqlite_url: str, tmp_path: Path
) -> None:
    with Store(sqlite_url, create=True) as store:
        store.revise([Put(dataset("1"))])
    server = serve(sqlite_url, DCIP_LIST_FOLDER=str(tmp_path / "lists"))
    wrong = {}
    for name, request in MALFORMED.items():
        with Wire(server, timeout_s=3) as wire:
            wire.send(request)
            try:
                answer = wire.receive()
            except (AssertionError, ValueError, TimeoutError) as error:
                wrong[name] = str(error)
                continue
            if answer.status // 100 != 4 or answer.body or answer.all("content-length") != ["0"]:
                wrong[name] = str(answer)
    assert wrong == {}
    assert_whole(exchange(server, get()), 200)
    assert "Traceback" not in server.log
