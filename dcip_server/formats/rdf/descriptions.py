"""Cuts a graph into one description for each record."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from dcip_server.entities import Triple
from dcip_server.formats.rdf.graph import Graph, too_much_said
from dcip_server.formats.rdf.terms import is_blank, is_iri, is_literal, literal_text
from dcip_server.namespaces import DCAT

#: Instances of these are records of their own in most cases; the others belong to what points at them.
_SERIES = (DCAT.DatasetSeries, DCAT.DataSeries)
_MAYBE_RECORDS = (DCAT.DataService, *_SERIES)
#: How many nodes are remembered: those that many records share, above all.
_REMEMBERED_NODES = 1024
#: How many datasets and catalogs a node within a record may name, and be kept with all of them.
MOST_OTHERS = 50


@dataclass(frozen=True, slots=True)
class _Node:
    """What is said of a node, apart: of datasets and catalogs, by these, and of all else; and which nodes to go on to."""

    statements: list[tuple[str, str]]
    about_records: dict[str, list[str]]
    onward: list[str]
    size_bytes: int


class Descriptions:
    """The parts of a graph that describe its records.

    A description is everything that can be reached from the record and from the catalog records
    about it, up to other datasets and catalogs, and to services and series that are records. Of a node that names
    more than :data:`MOST_OTHERS` of these, what it says of *other* records belongs to those: otherwise a service for ten
    thousand datasets would be copied whole into each.
    """

    def __init__(self, graph: Graph, titles: tuple[str, ...]) -> None:
        """``titles`` are the properties one of which a dataset needs to be a record."""
        self._graph = graph
        self._titles = titles
        self._node = lru_cache(_REMEMBERED_NODES)(self._read_node)
        #: Whether a service or series is a record: it has a title, and is a series, an IRI, or a blank node to which only catalogs point.
        self.is_linked = lru_cache(_REMEMBERED_NODES)(self._is_linked)

    def _is_linked(self, node: str) -> bool:
        graph = self._graph
        return (
            graph.is_a(node, *_MAYBE_RECORDS)
            and not graph.is_record_to_others(node)
            and graph.has_title(node)
            and (is_iri(node) or graph.is_a(node, *_SERIES) or not graph.is_pointed_at(node))
        )

    def is_nested_record(self, node: str) -> bool:
        """Whether a blank node, which records may point to, is a record itself."""
        return is_blank(node) and (self._is_titled_dataset(node) or self.is_linked(node))

    def _is_titled_dataset(self, node: str) -> bool:
        return self._graph.is_a(node, DCAT.Dataset) and any(
            is_literal(title) and literal_text(title).strip()
            for predicate in self._titles
            for title in self._graph.objects(node, predicate)
        )

    def of(self, record: str) -> list[Triple]:
        """The triples that describe the record; the nodes they are about are taken.

        Raises :class:`RecordError` where they are more than may be in memory at once.
        """
        triples: list[Triple] = []
        waiting = [record, *self._graph.records_about(record)]
        reached = set(waiting)
        waiting = list(reached)
        size = 0
        while waiting:
            subject = waiting.pop()
            self._graph.take(subject)
            node = self._node(subject)
            size += node.size_bytes
            if size > self._graph.max_bytes:
                raise too_much_said(record, self._graph.max_bytes)
            triples += [(subject, predicate, object) for predicate, object in node.statements]
            if node.about_records:
                told = node.about_records
                if subject != record and len(told) > MOST_OTHERS:
                    told = {record: told.get(record, [])}
                triples += [(subject, p, other) for other, predicates in told.items() for p in predicates]
            for object in node.onward:
                if object not in reached:
                    reached.add(object)
                    waiting.append(object)
        return triples

    def _read_node(self, subject: str) -> _Node:
        graph = self._graph
        statements: list[tuple[str, str]] = []
        about_records: dict[str, list[str]] = {}
        onward: list[str] = []
        size = 0
        for predicate, objects in graph.said(subject).items():
            for object in objects:
                size += len(object)
                if not is_literal(object) and object in graph:
                    if graph.is_record_to_others(object):
                        about_records.setdefault(object, []).append(predicate)
                        continue
                    if not self.is_linked(object):
                        onward.append(object)
                statements.append((predicate, object))
        return _Node(statements, about_records, onward, size)
