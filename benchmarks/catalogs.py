"""Catalogs that are read by measurements: made once by the real import, kept from one run to the next."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from benchmarks import records
from dcip_server.store.database import newest_schema


class Kind(Protocol):
    """A module that makes records, always the same."""

    __file__: str

    def ndjson(self, count: int, /) -> Iterator[bytes]:
        """The first so many, one a line."""


def folder(kind: Kind = records) -> Path:
    """Where they are kept; what is in there may be removed at any time between two runs."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    # Other records or another schema are other catalogs.
    digest = hashlib.sha256(Path(kind.__file__).read_bytes() + newest_schema().encode()).hexdigest()[:12]
    found = Path(cache) / "dcip-server-benchmarks" / digest
    found.mkdir(parents=True, exist_ok=True)
    return found


def kept_lines(count: int, kind: Kind = records) -> Path:
    """The first so many records, one a line."""
    path = folder(kind) / f"{count}.ndjson"
    if not path.exists():
        making = path.with_suffix(".making")
        with making.open("wb") as file:
            file.writelines(kind.ndjson(count))
        making.rename(path)
    return path


def kept(count: int, kind: Kind = records) -> str:
    """Database URL of a catalog that holds them."""
    path = folder(kind) / f"{count}.db"
    if not path.exists():
        making = path.with_suffix(".making")
        for rest in making.parent.glob(f"{making.name}*"):
            rest.unlink()
        begun = time.monotonic()
        print(f"a catalog of {count:,} is made, once", file=sys.stderr, flush=True)
        import_lines(kept_lines(count, kind), f"sqlite:///{making}")
        making.rename(path)
        print(f"a catalog of {count:,} was made in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return f"sqlite:///{path}"


def import_lines(lines: Path, database: str) -> None:
    """Import a file by the command, as an operator does."""
    command = [sys.executable, "-m", "dcip_server", "--database", database, "import", "--quiet", str(lines)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
