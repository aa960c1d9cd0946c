"""Debian's nginx over an export, and what it answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

_CONFIGURATION = """
worker_processes 1;
user {user};
error_log {work}/error.log;
pid {work}/nginx.pid;
daemon off;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {work}/body; proxy_temp_path {work}/proxy; fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi; scgi_temp_path {work}/scgi;
    include {folder}/maps.conf;
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        include {folder}/locations.conf;
    }}
}}
"""


@dataclass(frozen=True)
class Answer:
    """``headers`` by name in lower case; those that came twice are joined."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Asked:
    """One connection to nginx: targets are sent as they are, nothing tidies them up."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=20)

    def __call__(self, target: str, method: str = "GET", **headers: str) -> Answer:
        self._connection.request(method, target, headers={name.replace("_", "-"): headers[name] for name in headers})
        response = self._connection.getresponse()
        found: dict[str, str] = {}
        for name, value in response.getheaders():
            found[name.lower()] = f"{found[name.lower()]}, {value}" if name.lower() in found else value
        return Answer(response.status, found, response.read())

    def close(self) -> None:
        self._connection.close()


@contextmanager
def serving(folder: Path, work: Path, port: int, home: str) -> Iterator[Asked]:
    """nginx over the export in ``folder``; what it writes is in ``work``; ``home`` is the home page's path."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.fail("nginx is not installed; .ci/run installs it (Debian: nginx-light)")
    work.mkdir()
    configuration = work / "nginx.conf"
    # As another user it could not enter pytest's folders.
    user = "root" if os.geteuid() == 0 else "nobody"
    configuration.write_text(_CONFIGURATION.format(user=user, work=work, folder=folder, port=port))
    process = subprocess.Popen([program, "-p", str(work), "-c", str(configuration)], stderr=subprocess.PIPE)
    asked = Asked(port)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                asked(home)
                break
            except OSError:
                asked.close()
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.02)
        yield asked
        log = (work / "error.log").read_text()
        assert "[error]" not in log, log
        assert "[crit]" not in log, log
    finally:
        asked.close()
        process.terminate()
        process.wait(20)
        assert process.stderr
        process.stderr.close()
