"""The catalog's records as files, for nginx to serve under the same paths."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def save_files(database_url: str, root: Path) -> None:
    """Write the JSON of every record below ``root`` as it is served."""
    folder = root / "rest/dataset/id"
    folder.mkdir(parents=True)
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
        rows = connection.execute("SELECT id, json FROM record JOIN representation ON record = number")
        for id, body in rows:
            (folder / f"{id}.json").write_bytes(body)
