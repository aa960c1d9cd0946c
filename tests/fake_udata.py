"""A udata portal for tests: the calls that the contract names, and faults on demand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

#: A fault: a status with headers; or ``close`` (no answer), ``cut`` (half an answer), ``slow``, ``html``.
Fault = tuple[int, dict[str, str]] | str


@dataclass
class FakeUdata:
    """``faults`` come in their order, each in place of one answer whose method and path begin so; after it was done."""

    key: str
    url: str = ""
    datasets: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    slow_s: float = 3.0

    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _, _ in self.asked if method != "GET"]

    def answer(self, method: str, path: str, key: str | None, body: Any) -> tuple[int, Any]:
        """Status and body, as udata has them; a path is below /api/1/ and decoded once."""
        parts = path.strip("/").split("/")
        if key is not None and key != self.key:
            return 401, {"message": "Invalid API Key"}
        if parts in (["me", "datasets"], ["me", "org_datasets"]):
            return (200, self.datasets if parts[1] == "datasets" else []) if key else (401, {"message": "no key"})
        if method != "GET" and key is None:
            return 401, {"message": "Unauthorized"}
        if parts == ["datasets"] and method == "POST":
            return 201, self._create(body)
        dataset = next((d for d in self.datasets if parts[1] in (d["id"], d["slug"], d["title"])), None)
        if dataset is None:
            return 404, {"message": "Not found"}
        if dataset["deleted"]:
            return 410, {"message": "Dataset has been deleted"}
        return self._within(method, dataset, parts[2:], body)

    def _within(self, method: str, dataset: dict[str, Any], parts: list[str], body: Any) -> tuple[int, Any]:
        match method, parts:
            case "GET", []:
                return 200, dataset
            case "PUT", []:
                dataset.update(body)
                return 200, dataset
            case "DELETE", []:
                # The slug of a deleted dataset is kept for ever.
                dataset["deleted"] = "2026-01-01T00:00:00+00:00"
                return 204, None
            case "POST", ["resources"]:
                dataset["resources"].insert(0, {"id": str(uuid4()), **body})
                return 201, dataset["resources"][0]
        resource = next(r for r in dataset["resources"] if r["id"] == parts[1])
        if method == "DELETE":
            dataset["resources"].remove(resource)
            return 204, None
        resource.update(body or {})
        return 200, resource

    def _create(self, body: Any) -> dict[str, Any]:
        slug = body["title"].lower().replace(" ", "-")
        while any(d["slug"] == slug for d in self.datasets):
            slug += "-1"
        resources = [{"id": str(uuid4()), **resource} for resource in body.get("resources", [])]
        made = {**body, "id": f"{len(self.datasets):024x}", "slug": slug, "deleted": None, "resources": resources}
        self.datasets.append(made)
        return made


@contextmanager
def running(fake: FakeUdata) -> Iterator[FakeUdata]:
    """Serves the portal at ``fake.url``."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            path = unquote(self.path.removeprefix("/api/1/"))
            fake.asked.append((self.command, path, dict(self.headers), body))
            expected = next((f for f in fake.faults if f"{self.command} {path}".startswith(f[0])), None)
            if expected:
                fake.faults.remove(expected)
                if not isinstance(expected[1], str):
                    return self._send(expected[1][0], b'{"message": "no"}', expected[1][1])
            status, value = fake.answer(self.command, path, self.headers.get("X-API-KEY"), body)
            sent = b"" if value is None else json.dumps(value).encode()
            match expected and expected[1]:
                case "close":
                    self.close_connection = True
                    return None
                case "cut":
                    return self._send(status, sent[: len(sent) // 2], {"Content-Length": str(len(sent))})
                case "slow":
                    time.sleep(fake.slow_s)
                case "html":
                    sent = b"<h1>Welcome</h1>"
            return self._send(status, sent, {})

        do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 - names that http.server calls

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: the test reads ``asked``."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A client that hung up is no error of the test."""

    server = Server(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
