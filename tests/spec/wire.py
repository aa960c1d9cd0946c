"""HTTP as bytes on a socket: nothing between a test and the server tidies up."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import Server

READ = b"/rest/dataset/id/1.json"


@dataclass(frozen=True)
class Answer:
    """An answer as it stood on the wire; header names in lower case, in their order."""

    version: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name]

    @property
    def json(self) -> Any:
        return json.loads(self.body.decode("utf-8"))


class Wire:
    """One connection to a server."""

    def __init__(self, server: Server, *, receive_buffer: int = 0, timeout_s: float = 20) -> None:
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(("127.0.0.1", urlsplit(server.url).port))
        except OSError:
            self._socket.close()
            raise
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send all of it, or as much as the server takes before it has heard enough."""
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return

    def receive(self, *, head: bool = False, begun: bytes = b"") -> Answer:
        """The next final answer; ``head`` says that it answers a HEAD, ``begun`` what was read of it before."""
        line = (begun + self._file.readline()).decode("latin-1")
        assert line.endswith("\r\n"), f"the connection ended with {line!r}"
        version, status, reason = line.rstrip("\r\n").split(" ", 2)
        headers = []
        while (line := self._file.readline().decode("latin-1")) not in ("\r\n", ""):
            name, _, value = line.partition(":")
            headers.append((name.lower(), value.strip()))
        if status.startswith("1"):
            return self.receive(head=head)
        length = 0 if head else int(dict(headers).get("content-length", 0))
        return Answer(version, int(status), reason, tuple(headers), self._file.read(length))

    def get(self, target: str) -> Answer:
        """Ask for a target, or a URL, on this connection."""
        path = target if target.startswith("/") else "/" + target.split("/", 3)[3]
        self.send(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode("latin-1"))
        return self.receive()

    def rest(self) -> bytes:
        """Whatever else comes until the server closes the connection."""
        return self._file.read()

    def read(self, count: int) -> bytes:
        """So many bytes, as they are."""
        return self._file.read(count)


def get(target: bytes = READ, *headers: bytes, method: bytes = b"GET", version: bytes = b"1.1") -> bytes:
    """A request as bytes."""
    return b"\r\n".join([b"%s %s HTTP/%s" % (method, target, version), b"Host: catalog.example", *headers, b"", b""])


def exchange(server: Server, request: bytes, *, head: bool = False) -> Answer:
    """One request on a connection of its own."""
    with Wire(server) as wire:
        wire.send(request)
        return wire.receive(head=head)


def assert_whole(answer: Answer, status: int) -> None:
    """One Content-Length, exact; no other framing; open to scripts; a body with 200 alone."""
    assert answer.status == status
    assert answer.all("content-length") == [str(len(answer.body))]
    assert answer.all("transfer-encoding") == answer.all("content-encoding") == []
    assert answer.all("access-control-allow-origin") == ["*"]
    assert bool(answer.body) == (status == 200)
