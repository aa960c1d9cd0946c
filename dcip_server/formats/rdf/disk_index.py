"""The index of one document that is kept on disk: in a temporary SQLite file, which goes when the document is read.

It says where in the file of statements a node is described, and answers what a graph is asked of all nodes
at once. Its rows are small and few: one for each node, record, and triple that is looked up backwards.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

_SCHEMA = """
CREATE TABLE node (key INTEGER NOT NULL, place INTEGER NOT NULL, number INTEGER NOT NULL);
CREATE TABLE instance (class TEXT NOT NULL, key INTEGER NOT NULL, subject TEXT NOT NULL);
CREATE TABLE backward (predicate TEXT NOT NULL, key BLOB NOT NULL, subject_key INTEGER NOT NULL, subject TEXT NOT NULL);
CREATE TABLE pointed_at (key INTEGER NOT NULL);
CREATE TABLE tally (key BLOB NOT NULL);
"""
#: The order of a node is where it is the subject of a triple for the first time.
_INDEXES = """
CREATE INDEX node_place ON node (key, place);
CREATE TABLE ordered AS
    SELECT class, key, subject, (SELECT min(node.rowid) FROM node WHERE node.key = instance.key) AS position
    FROM (SELECT DISTINCT class, key, subject FROM instance) AS instance;
DROP TABLE instance;
CREATE INDEX ordered_position ON ordered (class, position);
CREATE INDEX ordered_key ON ordered (key);
CREATE INDEX backward_key ON backward (predicate, key);
"""
_CACHE_KIB = 8192
_BATCH_ROWS = 4096


def node_key(term: str) -> int:
    """Where to look for a node: 64 bits. Two nodes can have the same; who reads what is there sees which it is."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)


def text_key(text: str) -> bytes:
    """Stands for a text that is looked up: 128 bits, so that no two texts ever have the same."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class DiskIndex:
    """The tables. One process makes them; then any number may read."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._waiting: dict[str, list[tuple[object, ...]]] = {}

    def close(self) -> None:
        self._connection.close()

    # --- making it ---

    def create(self) -> None:
        """Make the tables in a new file."""
        self._connection.executescript(_SCHEMA)

    def add_node(self, key: int, place: int, number: int) -> None:
        self._add("INSERT INTO node VALUES (?, ?, ?)", (key, place, number))

    def add_instance(self, rdf_class: str, key: int, subject: str) -> None:
        self._add("INSERT INTO instance VALUES (?, ?, ?)", (rdf_class, key, subject))

    def add_backward(self, predicate: str, text: str, subject_key: int, subject: str) -> None:
        self._add("INSERT INTO backward VALUES (?, ?, ?, ?)", (predicate, text_key(text), subject_key, subject))

    def finish_nodes(self) -> None:
        """All nodes are there: they can be looked up from now on."""
        self._write_waiting()
        self._connection.executescript(_INDEXES)
        self._connection.commit()

    def add_pointed_at(self, keys: Iterable[int]) -> None:
        """Note nodes to which others than catalogs point."""
        self._connection.executemany("INSERT INTO pointed_at VALUES (?)", ((key,) for key in keys))
        self._connection.execute("CREATE INDEX pointed_at_key ON pointed_at (key)")
        self._connection.commit()

    def update(self, texts: Iterable[str]) -> None:
        """Count texts (``graph.Tally``); once."""
        self._connection.executemany("INSERT INTO tally VALUES (?)", ((text_key(text),) for text in texts))
        self._connection.execute("CREATE INDEX tally_key ON tally (key)")
        self._connection.commit()

    def _add(self, statement: str, row: tuple[object, ...]) -> None:
        rows = self._waiting.setdefault(statement, [])
        rows.append(row)
        if len(rows) >= _BATCH_ROWS:
            self._connection.executemany(statement, rows)
            rows.clear()

    def _write_waiting(self) -> None:
        for statement, rows in self._waiting.items():
            self._connection.executemany(statement, rows)
        self._waiting.clear()

    # --- reading it ---

    def places(self, key: int) -> list[int]:
        """Where in the file of statements nodes with the key are, in its order."""
        rows = self._connection.execute("SELECT place FROM node WHERE key = ? ORDER BY place", (key,))
        return [place for (place,) in rows]

    def numbers(self, key: int) -> Iterator[int]:
        """The numbers of nodes with the key, one for each place."""
        return (number for (number,) in self._connection.execute("SELECT number FROM node WHERE key = ?", (key,)))

    def has_node(self, key: int) -> bool:
        """Whether a node with the key is a subject."""
        return self._connection.execute("SELECT 1 FROM node WHERE key = ? LIMIT 1", (key,)).fetchone() is not None

    def spread_keys(self) -> Iterator[int]:
        """The keys of nodes that are described in several places."""
        rows = self._connection.execute("SELECT key FROM node GROUP BY key HAVING count(*) > 1")
        return (key for (key,) in rows)

    def instances(self, rdf_class: str) -> Iterator[str]:
        """The subjects that are typed as the class, in document order."""
        rows = self._connection.execute("SELECT subject FROM ordered WHERE class = ? ORDER BY position", (rdf_class,))
        return (subject for (subject,) in rows)

    def classes(self, subject: str, key: int) -> list[str]:
        """The classes whose instance a node is, of those that were added."""
        rows = self._connection.execute("SELECT class FROM ordered WHERE key = ? AND subject = ?", (key, subject))
        return [rdf_class for (rdf_class,) in rows]

    def backward_predicates(self) -> set[str]:
        """The properties by which any subject can be looked up."""
        return {predicate for (predicate,) in self._connection.execute("SELECT DISTINCT predicate FROM backward")}

    def subjects(self, predicate: str, text: str) -> list[str]:
        """The subjects that were added with the property and text, each once, in document order."""
        rows = self._connection.execute(
            "SELECT subject, (SELECT min(node.rowid) FROM node WHERE node.key = subject_key)"
            " FROM backward WHERE predicate = ? AND key = ? ORDER BY 2",
            (predicate, text_key(text)),
        )
        return list(dict.fromkeys(subject for subject, _ in rows))

    def is_pointed_at(self, key: int) -> bool:
        """Whether others than catalogs point to the node."""
        return self._connection.execute("SELECT 1 FROM pointed_at WHERE key = ? LIMIT 1", (key,)).fetchone() is not None

    def __getitem__(self, text: str) -> int:
        """How often a text was counted."""
        count: int = self._connection.execute("SELECT count(*) FROM tally WHERE key = ?", (text_key(text),)).fetchone()[
            0
        ]
        return count
