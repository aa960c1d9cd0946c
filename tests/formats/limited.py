"""Imports in a process of their own with little memory and little time, for input that wants a lot of both."""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
from pathlib import Path

from tests.conftest import Ran

MEMORY_BYTES = 3 << 29  # 1.5 GiB of address space
TIME_S = 60


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def run_limited(database: Path, *arguments: str, user: int | None = None, **environment: str) -> Ran:
    """Run ``dcip-server`` on a SQLite file; raises where it takes longer than :data:`TIME_S`."""
    done = subprocess.run(
        [sys.executable, "-m", "dcip_server", "--database", f"sqlite:///{database}", *arguments],
        preexec_fn=_limit_memory,
        timeout=TIME_S,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
        user=user,
        group=user,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def import_limited(folder: Path, document: bytes, name: str, **environment: str) -> Ran:
    """Import a document as a file of that name in the folder."""
    (folder / name).write_bytes(document)
    return run_limited(folder / "catalog.db", "import", str(folder / name), **environment)


def gzip_bomb(head: bytes, unit: bytes, megabytes: int = 300) -> bytes:
    """Compressed data that unpacks to the head and then to that many megabytes of the unit."""
    block = gzip.compress(unit * ((1 << 20) // len(unit)))
    return gzip.compress(head) + block * megabytes


def assert_refused(ran: Ran, name: str, reason: str) -> None:
    """One line on stderr with file and reason, one with the counts on stdout, status 1."""
    lines = [line for line in ran.err.splitlines() if ": note: " not in line]
    assert len(lines) == 1, ran.err[-2000:]
    assert name in lines[0]
    assert reason in lines[0]
    assert len(lines[0]) < 1000
    assert ran.out.endswith("1 refused\n")
    assert ran.status == 1
