"""A PostgreSQL server of the tests' own: a temporary folder, a free port, nothing left behind."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def binaries() -> Path | None:
    """Where initdb and pg_ctl are, or ``None`` on a machine without PostgreSQL."""
    if _BIN:
        return _BIN[-1]
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def require() -> Path:
    """Where its programs are; a test fails in CI, and is skipped elsewhere, on a machine without them."""
    found = binaries()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed; .ci/run installs it")
        pytest.skip("PostgreSQL is not installed on this machine")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Start a server in the folder; yields its SQLAlchemy URL without database name."""
    bin = require()
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    user = "postgres" if os.getuid() == 0 else None
    if user:
        shutil.chown(folder, user)
        folder.chmod(0o755)
    port = free_port()
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    run(str(bin / "initdb"), "-D", str(data), "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60"
    run(str(bin / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"postgresql+psycopg://tester@127.0.0.1:{port}"
    finally:
        run(str(bin / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
