"""The servers that are compared: ours and nginx, each pinned to the first processor."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER_CPU, LOAD_CPU = "0", "1"

_NGINX = """
worker_processes 1; user root; error_log {folder}/error.log; pid {folder}/nginx.pid; daemon off;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; types {{ }}
  default_type "application/json; charset=utf8"; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def ours(database_url: str, **settings: str) -> Iterator[tuple[str, int]]:
    """One worker with those settings and no rate limit; yields the site's URL and the worker's process id.

    Its change lists are its own, so none is there when it starts.
    """
    port = free_port()
    command = [sys.executable, "-m", "dcip_server", "--database", database_url, "serve", "--port", str(port)]
    with tempfile.TemporaryDirectory(prefix="dcip-benchmark-lists-") as lists:
        environment = {**os.environ, "DCIP_RATE_LIMIT": "", "DCIP_LIST_FOLDER": lists, **settings}
        with running(["taskset", "-c", SERVER_CPU, *command], environment) as process:
            wait_for(f"http://127.0.0.1:{port}/rest/help.txt")
            worker = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
            yield f"http://127.0.0.1:{port}", worker


@contextmanager
def nginx(root: Path) -> Iterator[str]:
    """nginx with one worker and sendfile over the files in ``root``; yields its URL."""
    port = free_port()
    folder = root.with_name(f"{root.name}-nginx")
    folder.mkdir()
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, port=port, root=root))
    with running(["taskset", "-c", SERVER_CPU, "nginx", "-c", str(configuration)], dict(os.environ)):
        wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that says nothing and is ended at the end."""
    silent = subprocess.DEVNULL
    # A group of its own, so that nothing is left of a server whose workers do not end.
    process = subprocess.Popen(command, env=environment, stdout=silent, stderr=silent, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(url: str) -> None:
    """Wait until it is answered, whatever the answer."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{url} does not answer")


def resident_bytes(process: int) -> int:
    """Memory of a process that is its own: resident pages less those of files."""
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines() if ":" in line
    )
    return int(fields["RssAnon"].split()[0]) * 1024
