"""Catalogs that are read by measurements: made once by the real import, kept from one run to the next."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from benchmarks import records
from dcip_server.store.schema import newest_schema


class Kind(Protocol):
    """A module that makes records, always the same."""

    __file__: str | None

    def ndjson(self, count: int, /) -> Iterator[bytes]:
        """The first so many, one a line."""


def cache() -> Path:
    """What is kept from one run to the next; it may be removed at any time between two."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dcip-server-benchmarks"


def folder(kind: Kind = records) -> Path:
    """Where the catalogs of one kind are kept."""
    # Other records or another schema are other catalogs.
    digest = hashlib.sha256(Path(kind.__file__ or "").read_bytes() + newest_schema().encode()).hexdigest()[:12]
    found = cache() / digest
    found.mkdir(parents=True, exist_ok=True)
    return found


def kept_lines(count: int, kind: Kind = records) -> Path:
    """The first so many records, one a line."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.writelines(kind.ndjson(count))

    return _kept(folder(kind) / f"{count}.ndjson", write)


def kept(count: int, kind: Kind = records) -> str:
    """Database URL of a catalog that holds them."""

    def make(path: Path) -> None:
        import_lines(kept_lines(count, kind), f"sqlite:///{path}")

    return f"sqlite:///{_kept(folder(kind) / f'{count}.db', make)}"


def _kept(path: Path, make: Callable[[Path], object]) -> Path:
    """The file, which is made first where it is not there yet; by one run, though several ask."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            begun = time.monotonic()
            print(f"{path} is made, once", file=sys.stderr, flush=True)
            making = path.with_name(f"{path.name}.making")
            for rest in making.parent.glob(f"{making.name}*"):
                rest.unlink()
            make(making)
            making.rename(path)
            print(f"{path} was made in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return path


def read_once(database: str) -> None:
    """Have a catalog's file in the page cache, as far as memory goes: what is measured then is no disk."""
    with open(database.removeprefix("sqlite:///"), "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def import_lines(lines: Path, database: str) -> None:
    """Import a file by the command, as an operator does."""
    command = [sys.executable, "-m", "dcip_server", "--database", database, "import", "--quiet", str(lines)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
