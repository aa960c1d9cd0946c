"""A small server that does what the draft says, for the checker to be tried on.

It shares no code with the server of this project. Exact bytes go out: no HTTP library adds or
corrects a header.
"""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

JSON = "application/json; charset=utf8"
N3 = "text/n3; charset=utf8"
TEXT = "text/plain; charset=utf8"

IDS: tuple[str | int, ...] = (
    1, "air-quality", "bus stops", "a/b", "été", "100%", "data.json", "http://example.org/id?x=1&y=2", "b0f1", "last",
)  # fmt: skip
DELETED: tuple[str, ...] = ("gone-1", "gone-2")


def dataset(id: str | int) -> dict[str, Any]:
    """A Dataset object with every attribute of the draft."""
    return {
        "id": id,
        "title": f"Été, dataset {id}",
        "license": "cc-by",
        "resources": [
            {"resource_type": "file", "url": "http://example.org/a.csv", "format": "CSV", "size": 17},
            {"resource_type": "api", "url": "http://example.org/api", "last_modified": "2026-01-31"},
        ],
        "name": "a-name",
        "author": "An Author",
        "maintainer": "A Maintainer",
        "tags": ["one", "two"],
        "spatial": {"type": "Point", "coordinates": [], "properties": None},
        "temporal": "2025",
        "version": "1",
        "metadata_modified": "2026-02-01T12:00:00Z",
        "metadata_created": "2026-01-01 12:00",
        "additional": {"nested": ["information"]},
    }


CATALOG = {"id": "reference", "description": "A few datasets for tests", "contact": "catalog@example.org"}
HOME = '<!doctype html>\n<html><head><title>Home</title>\n<meta content="dcip-basic-rest-endpoint" value="{}">\n</head>'
API_HELP = """# Help

A few datasets for tests. Contact: catalog@example.org

    GET {endpoint}/catalog.json
    GET {endpoint}/catalog.dcat.N3

Dataset
    See {endpoint}/dataset/help.txt
"""
ENTITY_HELP = """# Datasets

This API is based on the DCIP specification version 1.0 DRAFT at
http://datacanspeak.com/ref/dcip/1.0-draft.html

    GET {endpoint}/dataset/id/123.json
    GET {endpoint}/Dataset/id/
"""


@dataclass(frozen=True)
class Request:
    """``target`` is what stands in the request line; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    http_version: str
    site: str

    @property
    def endpoint(self) -> str:
        return f"{self.site}/rest"

    @property
    def below(self) -> str:
        """The path below the endpoint, undecoded."""
        return self.target[5:] if self.target.startswith("/rest") else "outside"

    @property
    def id(self) -> str | None:
        """The id that is asked for as JSON or N3, if any."""
        match = re.fullmatch(r"/dataset/id/(.+)\.(json|dcat\.N3)", self.below)
        return unquote(match[1]) if match else None


@dataclass(frozen=True)
class Answer:
    """What goes over the wire. ``cut`` closes the connection without a byte."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False

    def with_body(self, body: bytes) -> Answer:
        return replace(self, body=body, headers={**self.headers, "Content-Length": str(len(body))})

    def with_headers(self, **headers: str | None) -> Answer:
        """Underscores stand for hyphens; ``None`` takes a header away."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        merged = {**self.headers, **changed}
        return replace(self, headers={name: value for name, value in merged.items() if value is not None})


Respond = Callable[[Request], Answer]
Alter = Callable[[Request, Answer], Answer]


def empty(status: int, **headers: str) -> Answer:
    return Answer(status, {"Content-Length": "0"}).with_headers(**headers)


def ok(text: str, content_type: str) -> Answer:
    answer = Answer(200, {"Content-Type": content_type, "Access-Control-Allow-Origin": "*", "ETag": '"one"'})
    return answer.with_body(text.encode())


def ok_json(value: Any) -> Answer:
    return ok(json.dumps(value, ensure_ascii=False), JSON)


def entries(endpoint: str) -> list[dict[str, Any]]:
    """The change list."""
    ids = [(id, "create") for id in IDS] + [(id, "delete") for id in DELETED]
    return [
        {
            "id": id,
            "change_type": change_type,
            "modified": "2026-02-01 12:00",
            "url": f"{endpoint}/dataset/id/{quote(str(id), safe='')}.json",
            "revision": number,
        }
        for number, (id, change_type) in enumerate(ids, 1)
    ]


def n3_of(request: Request, id: str | int) -> str:
    return (
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n"
        f"<{request.endpoint}/d/{len(str(id))}> a dcat:Dataset ; dct:identifier {json.dumps(str(id))} ;"
        f" dct:title {json.dumps(dataset(id)['title'])} .\n"
    )


def n3_list(request: Request) -> str:
    urls = [entry["url"].removesuffix(".json") + ".dcat.N3" for entry in entries(request.endpoint)]
    return "".join(f"<{request.endpoint}> <http://www.w3.org/ns/dcat#record> <{url}> .\n" for url in urls)


def reference(request: Request) -> Answer:
    """The server that keeps every rule."""
    if request.target == "/":
        return ok(HOME.format(request.endpoint), "text/html")
    if not request.target.startswith("/rest"):
        return empty(404)
    if request.method != "GET":
        return empty(400)
    return _read(request) if request.id is not None else _call(request)


def _read(request: Request) -> Answer:
    id = next((id for id in IDS if str(id) == request.id), None)
    if id is None:
        return empty(404)
    return ok_json(dataset(id)) if request.target.endswith(".json") else ok(n3_of(request, id), N3)


def _call(request: Request) -> Answer:
    endpoint, below = request.endpoint, request.below
    if below == "/dataset/id/" and request.headers.get("accept") == "text/n3":
        return ok(n3_list(request), N3)
    if below.startswith("/dataset/title/") and below.endswith(".json"):
        title = unquote(below.removeprefix("/dataset/title/").removesuffix(".json"))
        return ok_json([{"id": id} for id in IDS if dataset(id)["title"] == title])
    calls: dict[str, Callable[[], Answer]] = {
        "": lambda: empty(301, Location=f"{endpoint}/help.txt"),
        "/": lambda: empty(301, Location=f"{endpoint}/help.txt"),
        "/dataset": lambda: empty(301, Location=f"{endpoint}/dataset/help.txt"),
        "/dataset/": lambda: empty(301, Location=f"{endpoint}/dataset/help.txt"),
        "/help.txt": lambda: ok(API_HELP.format(endpoint=endpoint), TEXT),
        "/dataset/help.txt": lambda: ok(ENTITY_HELP.format(endpoint=endpoint), TEXT),
        "/catalog.json": lambda: ok_json(CATALOG),
        "/catalog.dcat.N3": lambda: ok(f"<{endpoint}> a <http://www.w3.org/ns/dcat#Catalog> .", N3),
        "/dataset/id/": lambda: ok_json(entries(endpoint)),
        "/dataset/id.dcat.N3": lambda: ok(n3_list(request), N3),
    }
    return calls.get(below, lambda: empty(400))()


# --- the wire ---


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64
    respond: Respond


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        method, target, version = self.rfile.readline().decode("latin-1").split()
        headers = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        server = self.server
        assert isinstance(server, _Server)
        host, port = self.request.getsockname()[:2]
        answer = server.respond(Request(method, target, headers, version, f"http://{host}:{port}"))
        if not answer.cut:
            lines = [
                f"HTTP/1.1 {answer.status} Some Reason",
                *(f"{name}: {value}" for name, value in answer.headers.items()),
            ]
            head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
            self.wfile.write(head + (b"" if method == "HEAD" else answer.body))


@contextmanager
def serving(respond: Respond) -> Iterator[str]:
    """Serve on a free port of the loopback interface; gives the endpoint's URL."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.respond = respond
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/rest"
        finally:
            server.shutdown()
            thread.join()
