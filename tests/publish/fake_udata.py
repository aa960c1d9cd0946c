"""A portal that behaves like udata, over HTTP, and misbehaves where it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from werkzeug.test import EnvironBuilder

from dcip_server.publish.titles import slug, title_key

KEY = "geheim-0123456789abcdef"


@dataclass
class Fault:
    """What is done instead of an answer, ``times`` times, to calls of ``method`` whose path begins with ``path``."""

    method: str
    path: str
    status: int = 0
    body: bytes = b'{"message": "no"}'
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    wait_s: float = 0.0
    times: int = 1000


@dataclass
class FakeUdata:
    """The portal's state; ``seen`` are method, path and key of every request."""

    url: str = ""
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    paged: bool = False

    def add(self, **fields: Any) -> dict[str, Any]:
        """A dataset; as in udata, a slug stays taken for ever."""
        id = f"{len(self.datasets) + 1:024x}"
        taken = {dataset["slug"] for dataset in self.datasets.values()}
        resources = [{**resource, "id": str(uuid4())} for resource in fields.pop("resources", [])]
        made = {"id": id, "deleted": None, "resources": resources, **fields}
        self.datasets[id] = {"slug": slug(fields["title"], taken.__contains__), **made}
        return self.datasets[id]

    def answer(self, method: str, path: str, key: str | None, body: Any) -> tuple[int, Any]:
        if (method != "GET" or path.startswith("me/")) and key != KEY:
            return 401, {"message": "Invalid API Key"}
        match path.partition("?")[0].strip("/").split("/"):
            case ["me", "datasets"]:
                return 200, self._listed(path)
            case ["me", "org_datasets"]:
                return 200, []
            case ["datasets"] if method == "POST":
                return 201, self.add(**body)
            case ["datasets", ref]:
                return self._dataset(method, unquote(ref), body)
            case ["datasets", ref, "resources"] if method == "POST":
                made = {**body, "id": str(uuid4())}
                self.datasets[ref]["resources"].insert(0, made)
                return 201, made
            case ["datasets", ref, "upload"]:
                made = self._uploaded(body) | {"id": str(uuid4()), "filetype": "file"}
                self.datasets[ref]["resources"].insert(0, made)
                return 201, made | {"success": True}
            case ["datasets", ref, "resources", resource_id, "upload"]:
                known = next(r for r in self.datasets[ref]["resources"] if r["id"] == resource_id)
                known.update(self._uploaded(body))
                return 200, known | {"success": True}
            case ["datasets", ref, "resources", resource_id]:
                resources = self.datasets[ref]["resources"]
                known = next((r for r in resources if r["id"] == resource_id), None)
                if known is None:
                    return 404, {"message": "Resource does not exist"}
                if method == "DELETE":
                    resources.remove(known)
                    return 204, None
                # The address of a file of its own, udata does not let be changed.
                kept = {"url": known["url"]} if known.get("filetype") == "file" else {}
                known.update((body or {}) | kept)
                return 200, known
        return 404, {"message": "no such call"}

    def _uploaded(self, sent: tuple[str, bytes]) -> dict[str, Any]:
        """udata names a resource after its file until it is told otherwise."""
        name, _ = sent
        self.files.append(sent)
        return {"title": name, "url": f"{self.url}/files/{len(self.files)}/{name}", "format": name.rpartition(".")[2]}

    def _listed(self, path: str) -> Any:
        listed = list(self.datasets.values())
        if not self.paged:
            return listed
        number = int(path.partition("page=")[2] or 1)
        more = f"{self.url}/api/1/me/datasets/?page={number + 1}" if number < len(listed) else None
        return {"data": listed[number - 1 : number], "page": number, "next_page": more}

    def _dataset(self, method: str, ref: str, body: Any) -> tuple[int, Any]:
        found = self.datasets.get(ref) or next(
            (d for d in self.datasets.values() if d["slug"] in (ref, title_key(ref))), None
        )
        if found is None:
            return 404, {"message": "Dataset not found"}
        if found["deleted"]:
            return 410, {"message": "Dataset has been deleted"}
        if method == "DELETE":
            found["deleted"] = "2020-01-01T00:00:00+00:00"
            return 204, None
        found.update(body or {})
        return 200, found


@contextmanager
def running() -> Iterator[FakeUdata]:
    """The portal at a port of its own."""
    portal = FakeUdata()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            key = self.headers.get("X-API-KEY")
            portal.seen.append((self.command, self.path, key))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.removeprefix("/api/1/")
            fault = next(
                (f for f in portal.faults if f.times and f.method == self.command and path.startswith(f.path)), None
            )
            if fault:
                fault.times -= 1
                time.sleep(fault.wait_s)
                if fault.status:
                    self._send(fault.status, fault.body, fault.headers, len(fault.body) + 10 * fault.cut)
                self.close_connection = True
                return
            if not path.partition("?")[0].endswith("/"):
                self._send(301, b"", {"Location": self.path + "/"})
                return
            status, value = portal.answer(self.command, path, key, self._read(body))
            self._send(status, b"" if value is None else json.dumps(value).encode())

        def _read(self, body: bytes) -> Any:
            if not body or not self.headers["Content-Type"].startswith("multipart/"):
                return json.loads(body) if body else None
            environ = EnvironBuilder(method="POST", data=body, content_type=self.headers["Content-Type"])
            with environ.get_request() as request:
                return request.files["file"].filename, request.files["file"].read()

        def _send(
            self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            # Who was too slow to be waited for may find nobody.
            with suppress(ConnectionError):
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        portal.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield portal
        server.shutdown()
        thread.join()
