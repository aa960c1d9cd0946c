"""A graph's records as pieces of the document: those of a graph on disk are read by whichever process is given one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from dcip_server.formats.dcat import Reader, parse_graph
from dcip_server.formats.dcat_left_out import left_out
from dcip_server.formats.item import Item, Piece
from dcip_server.formats.rdf.disk_graph import DiskGraph
from dcip_server.formats.rdf.disk_writer import told_as_the_folder_s_fault
from dcip_server.formats.rdf.graph import Graph

#: What a record of a large catalog has in RDF, about.
_RECORD_BYTES = 2048


class _Opened:
    """The graph that this process reads pieces of, and its reader; the one before is closed."""

    def __init__(self) -> None:
        self._folder = ""
        self._graph: DiskGraph | None = None
        self._reader: Reader | None = None

    def open(self, folder: str, max_bytes: int) -> tuple[DiskGraph, Reader]:
        """The graph in the folder."""
        if self._graph is None or self._reader is None or folder != self._folder:
            self.close()
            self._graph = DiskGraph(Path(folder), max_bytes)
            self._reader = Reader(self._graph)
            self._folder = folder
        return self._graph, self._reader

    def close(self) -> None:
        if self._graph is not None:
            self._graph.close()
        self._graph = self._reader = None


_OPENED = _Opened()


class _RecordPiece(NamedTuple):
    """One record of the graph in a folder."""

    folder: str
    max_bytes: int
    node: str
    entity_type: str

    @property
    def size_bytes(self) -> int:
        return _RECORD_BYTES

    @property
    def records(self) -> int:
        return 1

    @property
    def alone(self) -> bool:
        return False

    def items(self) -> Iterable[Item]:
        with told_as_the_folder_s_fault(Path(self.folder)):
            _, reader = _OPENED.open(self.folder, self.max_bytes)
            return (reader.item(self.node, self.entity_type),)


class _RestPiece(NamedTuple):
    """What no record of the graph in a folder took; known when all are read, whoever did that."""

    folder: str
    max_bytes: int

    @property
    def size_bytes(self) -> int:
        return 0

    @property
    def records(self) -> int:
        return 0

    @property
    def alone(self) -> bool:
        return True

    def items(self) -> Iterable[Item]:
        with told_as_the_folder_s_fault(Path(self.folder)):
            graph, _ = _OPENED.open(self.folder, self.max_bytes)
            return list(left_out(graph))


def pieces(graph: Graph) -> Iterator[Piece]:
    """The records of the graph, by type, then in document order, and at the end what is to be said of the rest."""
    if not isinstance(graph, DiskGraph):
        yield from parse_graph(graph)
        return
    folder = str(graph.folder)
    with closing(_OPENED):
        reader = Reader(graph)
        reader.prepare()
        for node, entity_type in reader.records():
            yield _RecordPiece(folder, graph.max_bytes, node, entity_type)
        yield _RestPiece(folder, graph.max_bytes)
