"""Writes a document to disk, from which ``disk_graph.py`` reads it: its triples in segments, and the index."""

from __future__ import annotations

import marshal
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dcip_server.entities import Triple
from dcip_server.errors import SourceError
from dcip_server.formats.rdf.disk_files import FILTERS, HEADER, INDEX, STATEMENTS, TAKEN, Filter
from dcip_server.formats.rdf.disk_graph import DiskGraph, may_be_blank
from dcip_server.formats.rdf.disk_index import DiskIndex, node_key
from dcip_server.formats.rdf.graph import CLASSES, LOOKED_UP_BACKWARDS, add, backward_key, deduplicate
from dcip_server.formats.rdf.terms import is_iri, is_relative
from dcip_server.namespaces import DCAT, RDF

#: A segment ends before the next subject with an IRI once it has so many triples, and in any case at the greater bounds.
SEGMENT_TRIPLES, _MOST_SEGMENT_TRIPLES, _MOST_SEGMENT_BYTES = 256, 2048, 1 << 20
#: How much larger than the document its statements may be in full: a long prefix makes any number of long IRIs.
_MOST_GROWTH = 16
_LEAST_BOUND_BYTES = 64 << 20


@contextmanager
def told_as_the_folder_s_fault(folder: Path) -> Iterator[None]:
    """What goes wrong with a temporary folder becomes a :class:`SourceError` that names it."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SourceError(
            f"cannot be kept in the temporary folder {folder.parent} while it is read: {reason}"
        ) from None


def write_graph(triples: Iterable[Triple], folder: Path, document_bytes: int) -> None:
    """Write a document of that size into an empty folder, from which :class:`DiskGraph` reads it.

    Raises :class:`SourceError` where there is no room, and as the triples do.
    """
    with told_as_the_folder_s_fault(folder):
        writer = _Writer(folder, max(_LEAST_BOUND_BYTES, document_bytes * _MOST_GROWTH))
        try:
            writer.write(triples)
        finally:
            writer.close()


class _Writer:
    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._file = (folder / STATEMENTS).open("wb")
        self._index = DiskIndex(folder / INDEX)
        self._index.create()
        self._place = 0
        self._nodes = 0
        self._present = Filter()
        self._relative = False

    def close(self) -> None:
        self._file.close()
        self._index.close()

    def write(self, triples: Iterable[Triple]) -> None:
        segment: dict[str, dict[str, list[str]]] = {}
        count = size = 0
        for subject, predicate, object in triples:
            if count >= SEGMENT_TRIPLES and (
                (is_iri(subject) and subject not in segment)
                or count >= _MOST_SEGMENT_TRIPLES
                or size >= _MOST_SEGMENT_BYTES
            ):
                self._write_segment(segment)
                segment = {}
                count = size = 0
            add(segment, subject, predicate, object)
            count += 1
            size += len(object) + len(subject)
        self._write_segment(segment)
        self._file.flush()
        self._index.finish_nodes()
        spread = Filter()
        for key in self._index.spread_keys():
            spread.add(key)
        (self._folder / FILTERS).write_bytes(bytes([self._relative]) + self._present.bits + spread.bits)
        (self._folder / TAKEN).write_bytes(b"")
        os.truncate(self._folder / TAKEN, max(1, self._nodes))
        self._note_pointed_at()

    def _write_segment(self, segment: dict[str, dict[str, list[str]]]) -> None:
        for said in segment.values():
            deduplicate(said)
        data = marshal.dumps(segment)
        self._file.write(HEADER.pack(len(data), self._nodes, len(segment)) + data)
        for number, (subject, said) in enumerate(segment.items(), self._nodes):
            key = node_key(subject)
            self._present.add(key)
            self._index.add_node(key, self._place, number)
            for rdf_class in CLASSES.intersection(said.get(RDF.type, ())):
                self._index.add_instance(rdf_class, key, subject)
            for predicate in LOOKED_UP_BACKWARDS:
                for object in said.get(predicate, ()):
                    self._index.add_backward(predicate, backward_key(predicate, object), key, subject)
            self._relative = self._relative or _has_relative(subject, said)
        self._nodes += len(segment)
        self._place += HEADER.size + len(data)
        if self._place > self._max_bytes:
            raise SourceError(f"its statements in full take more than {self._max_bytes} bytes; are its prefixes right?")

    def _note_pointed_at(self) -> None:
        """Only where it will be asked: for services and series without an IRI."""
        classes = (DCAT.DataService, DCAT.DatasetSeries, DCAT.DataSeries)
        if not any(may_be_blank(node) for rdf_class in classes for node in self._index.instances(rdf_class)):
            return
        graph = DiskGraph(self._folder)
        try:
            self._index.add_pointed_at(graph.pointed_at())
        finally:
            graph.close()


def _has_relative(subject: str, said: dict[str, list[str]]) -> bool:
    return any(is_relative(term) for objects in (*said.values(), [subject]) for term in objects)
