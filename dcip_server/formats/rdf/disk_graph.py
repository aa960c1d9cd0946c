"""A document on disk (``disk_writer.py`` writes it), read node by node.

Around a dataset usually stands what belongs to it, so a segment that was read answers most of what is asked
next; the rest is found by the index (``disk_index.py``). Memory is bounded: a few segments, two filters of fixed
size, the index's cache. The files are temporary ones of this program's own making: nobody else writes them.
"""

from __future__ import annotations

import marshal
import mmap
import os
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from dcip_server.formats.rdf.disk_files import FILTERS, HEADER, INDEX, STATEMENTS, TAKEN, Filter
from dcip_server.formats.rdf.disk_index import DiskIndex, node_key
from dcip_server.formats.rdf.graph import (
    CLASSES,
    Graph,
    Statements,
    backward_key,
    deduplicate,
    local_name,
    local_node,
    localised,
    too_much_said,
)
from dcip_server.formats.rdf.terms import is_blank, is_relative
from dcip_server.namespaces import DCAT, RDF

#: What is kept of what was read, by the size that it has on disk.
_SEGMENTS_BYTES, _NODES_BYTES = 2 << 20, 4 << 20
_READ_BYTES = 1 << 16
_RECENT_SEGMENTS = 4

#: The numbers under which a node is noted as taken, and what is said of it.
_Entry = tuple[tuple[int, ...], dict[str, list[str]]]
_Segment = dict[str, tuple[int, dict[str, list[str]]]]


def may_be_blank(node: str) -> bool:
    """Whether a node is blank in what the graph says: what is relative becomes so."""
    return is_blank(node) or is_relative(node)


class DiskGraph(Graph):
    """A document in the folder into which it was written; several processes may read it at once.

    ``max_bytes`` bounds what one node may have said of it: more raises :class:`RecordError`.
    """

    def __init__(self, folder: Path, max_bytes: int = 1 << 28) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self._index = DiskIndex(folder / INDEX)
        self._file = os.open(folder / STATEMENTS, os.O_RDONLY)
        filters = (folder / FILTERS).read_bytes()
        half = len(filters) // 2
        self._relative = bool(filters[0])
        self._present, self._spread = Filter(filters[1 : half + 1]), Filter(filters[half + 1 :])
        with (folder / TAKEN).open("r+b") as file:
            self._taken = mmap.mmap(file.fileno(), 0)
        self._backwards = self._index.backward_predicates()
        self._segments: OrderedDict[int, tuple[_Segment, int]] = OrderedDict()
        self._segments_bytes = 0
        self._recent: list[tuple[_Segment, int]] = []
        self._entries: dict[str, _Entry] = {}
        self._entries_bytes = 0
        self._subjects: dict[str, bool] = {}
        self._classes: dict[str, frozenset[str]] = {}
        self.tally = self._index

    def close(self) -> None:
        os.close(self._file)
        self._taken.close()
        self._index.close()

    # --- one node ---

    def said(self, subject: str) -> Statements:
        entry = self._entries.get(subject)
        return entry[1] if entry is not None else self._entry(subject)[1]

    def __contains__(self, subject: str) -> bool:
        found = self._subjects.get(subject)
        if found is None:
            if len(self._subjects) >= _REMEMBERED_TERMS:
                self._subjects.clear()
            found = self._subjects[subject] = self._is_subject(self._as_written(subject))
        return found

    def _is_subject(self, written: str) -> bool:
        for segment, _ in self._recent:
            if written in segment:
                return True
        key = node_key(written)
        return key in self._present and self._index.has_node(key)

    def is_a(self, subject: str, *classes: str) -> bool:
        """See :meth:`Graph.is_a`; what is not in :data:`CLASSES` is not known."""
        found = self._classes.get(subject)
        if found is None:
            if len(self._classes) >= _REMEMBERED_TERMS:
                self._classes.clear()
            found = self._classes[subject] = self._find_classes(subject)
        return not found.isdisjoint(classes)

    def _find_classes(self, subject: str) -> frozenset[str]:
        """Not by all that is said of the node, which may be a catalog with links to all of its datasets."""
        subject = self._as_written(subject)
        key = node_key(subject)
        if key not in self._present:
            return frozenset()
        if key not in self._spread:
            for segment, _ in self._recent:
                if subject in segment:
                    return CLASSES.intersection(segment[subject][1].get(RDF.type, ()))
        return frozenset(self._index.classes(subject, key))

    def take(self, subject: str) -> None:
        for number in self._entry(subject)[0]:
            self._taken[number] = 1

    def _entry(self, subject: str) -> _Entry:
        entry = self._entries.get(subject)
        if entry is None:
            entry, size = self._read_entry(self._as_written(subject))
            self._entries_bytes += size
            if self._entries_bytes > _NODES_BYTES:
                self._entries.clear()
                self._entries_bytes = size
            self._entries[subject] = entry
        return entry

    def _read_entry(self, subject: str) -> tuple[_Entry, int]:
        """What is said of a node, and about how many bytes that is."""
        key = node_key(subject)
        if key not in self._present:
            return _NO_ENTRY, len(subject)
        if key not in self._spread:
            for segment, node_bytes in self._recent:
                if subject in segment:
                    number, said = segment[subject]
                    return ((number,), self._localised(said)), node_bytes
        parts = []
        size = 0
        for place in self._index.places(key):
            segment, node_bytes = self._segment(place)
            if subject in segment:
                parts.append(segment[subject])
                size += node_bytes
                if size > self.max_bytes:
                    raise too_much_said(subject, self.max_bytes)
        if len(parts) == 1:
            said = parts[0][1]
        else:
            said = {}
            for _, part in parts:
                for predicate, objects in part.items():
                    said.setdefault(predicate, []).extend(objects)
            deduplicate(said)
        return (tuple(number for number, _ in parts), self._localised(said)), size

    def _segment(self, place: int) -> tuple[_Segment, int]:
        """A segment, and about how many bytes of it belong to one node."""
        found = self._segments.get(place)
        if found is None:
            found = self._read_segment(place)
            self._segments[place] = found
            self._segments_bytes += _bytes_of(found)
            while self._segments_bytes > _SEGMENTS_BYTES and len(self._segments) > 1:
                self._segments_bytes -= _bytes_of(self._segments.popitem(last=False)[1])
        else:
            self._segments.move_to_end(place)
        if not any(found is recent for recent in self._recent):
            self._recent = [found, *self._recent[: _RECENT_SEGMENTS - 1]]
        return found

    def _read_segment(self, place: int) -> tuple[_Segment, int]:
        data = os.pread(self._file, _READ_BYTES, place)
        length, first, _ = HEADER.unpack_from(data)
        length += HEADER.size
        while len(data) < length:
            data += os.pread(self._file, length - len(data), place + len(data))
        by_subject = marshal.loads(memoryview(data)[HEADER.size : length])  # noqa: S302 - see above: our own file
        segment = {subject: (number, said) for number, (subject, said) in enumerate(by_subject.items(), first)}
        return segment, length // max(1, len(segment))

    # --- relative IRIs ---

    def _as_written(self, node: str) -> str:
        """A node as the document has it."""
        return node[2:] if self._relative and local_name(node) is not None else node

    def _as_node(self, subject: str) -> str:
        """The way back of :meth:`_as_written`."""
        return local_node(subject) if self._relative and is_relative(subject) else subject

    def _localised(self, said: dict[str, list[str]]) -> dict[str, list[str]]:
        if not self._relative:
            return said
        found = {
            predicate: [
                localised(object, self._is_subject(object)) if is_relative(object) else object for object in objects
            ]
            for predicate, objects in said.items()
        }
        deduplicate(found)
        return found

    # --- all nodes ---

    def instances(self, rdf_class: str) -> Iterator[str]:
        return map(self._as_node, self._index.instances(rdf_class))

    def subjects(self, predicate: str, key: str) -> list[str]:
        """See :meth:`Graph.subjects`."""
        if predicate not in self._backwards:
            return []
        found = [*map(self._as_node, self._index.subjects(predicate, self._as_written(key)))]
        if self._relative:
            # The index knows what is written, which is not what a relative IRI becomes.
            return [
                node
                for node in found
                if any(backward_key(predicate, object) == key for object in self.objects(node, predicate))
            ]
        return found

    def is_pointed_at(self, blank: str) -> bool:
        return self._index.is_pointed_at(node_key(self._as_written(blank)))

    def pointed_at(self) -> Iterator[int]:
        """The keys of all nodes that may be blank to which others than catalogs point, again and again."""
        for place, _, _ in self._places():
            for subject, (_, said) in self._read_segment(place)[0].items():
                if not self.is_a(self._as_node(subject), DCAT.Catalog):
                    for objects in said.values():
                        yield from (node_key(object) for object in objects if may_be_blank(object))

    def _places(self) -> Iterator[tuple[int, int, int]]:
        """Where each segment is, the number of its first node, and how many nodes it has."""
        place, end = 0, os.fstat(self._file).st_size
        while place < end:
            length, first, count = HEADER.unpack(os.pread(self._file, HEADER.size, place))
            yield place, first, count
            place += HEADER.size + length

    def left(self) -> Iterator[tuple[str, Statements]]:
        """See :meth:`Graph.left`; only segments are read again in which something is left."""
        for catalog in self._index.instances(DCAT.Catalog):
            # One that links to its datasets beside each of them is in every segment.
            for number in self._index.numbers(node_key(catalog)):
                self._taken[number] = 1
        for place, first, count in self._places():
            if self._taken.find(b"\0", first, first + count) < 0:
                continue
            for subject, (number, _) in self._read_segment(place)[0].items():
                node = self._as_node(subject)
                if self._taken[number] or self.is_record_to_others(node):
                    continue
                numbers, said = self._entry(node)
                if numbers[0] == number:
                    yield node, said


def _bytes_of(segment: tuple[_Segment, int]) -> int:
    return len(segment[0]) * segment[1]


_NO_ENTRY: _Entry = ((), {})
_REMEMBERED_TERMS = 4096
