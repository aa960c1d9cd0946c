"""Long answers compressed: files, each made by the first who asks for it and shared by all workers of a machine.

So a feed of any size is compressed once for a revision of the catalog, its length is known before it is sent, and
neither costs memory.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

#: Files of the latest answers that are kept; each is some fifth of what it holds.
_MOST_FILES = 12
_LEVEL = 6


class PackedFiles:
    """Keeps them in one folder, which may be emptied at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "packed"

    def open(self, name: str, chunks: Iterable[bytes]) -> BinaryIO:
        """The chunks in gzip, from the file of that name: it stands for the very bytes. They are read where there is none."""
        path = self._folder / hashlib.sha256(name.encode()).hexdigest()
        try:
            return path.open("rb")
        except FileNotFoundError:
            self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Another worker may have made it meanwhile.
            if not path.exists():
                self._make(path, chunks)
            return path.open("rb")

    def _make(self, path: Path, chunks: Iterable[bytes]) -> None:
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix="making-", delete=False) as file:
            try:
                # No time and no name in it: the same bytes give the same bytes.
                with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed:
                    for chunk in chunks:
                        packed.write(chunk)
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
        found = sorted(self._folder.glob("[0-9a-f]*"), key=lambda kept: kept.stat().st_mtime)
        for old in found[:-_MOST_FILES]:
            old.unlink(missing_ok=True)
