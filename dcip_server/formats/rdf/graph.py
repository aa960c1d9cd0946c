"""A parsed RDF document, indexed by subject, and the part of it that describes one dataset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from dcip_server.entities import Triple
from dcip_server.formats.rdf.terms import iri_text, is_blank, is_iri, is_literal, is_relative, literal, literal_text
from dcip_server.namespaces import DCAT, DCTERMS, FOAF, RDF

#: Nodes of these classes are records of their own: a description stops before them.
_OTHER_RECORDS = (DCAT.Dataset, DCAT.Catalog)
#: So are most of these; the others belong to what points at them.
_MAYBE_RECORDS = (DCAT.DataService, DCAT.DatasetSeries, DCAT.DataSeries)


class Graph:
    """Triples by subject. Named graphs are merged: datasets inside them count like any others.

    ``local_names`` maps the blank nodes that stand for relative IRIs to what the document calls them.
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._by_subject: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        self.local_names: dict[str, str] = {}
        relative = False
        for subject, predicate, object in triples:
            self._by_subject[subject][(predicate, object)] = None
            relative = relative or is_relative(object) or is_relative(subject)
        if relative:
            self._localise()

    def _localise(self) -> None:
        """Relative IRIs of a document without address: nodes become blank, mere references text.

        Nobody can know what they are relative to; resolving them against an address of ours
        would invent IRIs.
        """
        names = {term: f"_:{iri_text(term)}" for term in self._by_subject if is_relative(term)}
        by_subject, self._by_subject = self._by_subject, defaultdict(dict)
        for subject, pairs in by_subject.items():
            for predicate, object in pairs:
                if is_relative(object):
                    object = names.get(object) or literal(iri_text(object))
                self._by_subject[names.get(subject, subject)][(predicate, object)] = None
        self.local_names = {node: iri_text(term) for term, node in names.items()}

    def __contains__(self, subject: str) -> bool:
        return subject in self._by_subject

    def __len__(self) -> int:
        return sum(map(len, self._by_subject.values()))

    def about(self, subject: str) -> Iterator[tuple[str, str]]:
        """Predicate and object of each triple about the subject."""
        return iter(self._by_subject.get(subject, ()))

    def objects(self, subject: str, *predicates: str) -> list[str]:
        """The objects of the first of the predicates that has any."""
        pairs = self._by_subject.get(subject)
        if pairs:
            for wanted in predicates:
                found = [object for predicate, object in pairs if predicate == wanted]
                if found:
                    return found
        return []

    def instances(self, rdf_class: str) -> list[str]:
        """The subjects typed as the class, in document order."""
        return [subject for subject, pairs in self._by_subject.items() if (RDF.type, rdf_class) in pairs]

    def pairs_with(self, predicate: str) -> Iterator[tuple[str, str]]:
        """Subject and object of every triple with the predicate."""
        for subject, pairs in self._by_subject.items():
            for found, object in pairs:
                if found == predicate:
                    yield subject, object

    def has_title(self, node: str) -> bool:
        """Whether the node has a dcterms:title that is not blank."""
        return any(is_literal(title) and literal_text(title).strip() for title in self.objects(node, DCTERMS.title))

    def objects_outside(self, rdf_class: str) -> set[str]:
        """The blank nodes to which others than the instances of the class point."""
        return {
            object
            for subject, pairs in self._by_subject.items()
            if not self.is_a(subject, rdf_class)
            for _, object in pairs
            if is_blank(object)
        }

    def is_a(self, subject: str, *classes: str) -> bool:
        pairs = self._by_subject.get(subject, {})
        return any((RDF.type, rdf_class) in pairs for rdf_class in classes)


class Descriptions:
    """Cuts a graph into one description for each dataset, and knows what no description took.

    A description is everything that can be reached from the dataset and from the catalog records
    about it, up to other datasets and catalogs. What a shared node (a service, a series) says of
    *other* datasets belongs to those: otherwise a service for ten thousand datasets would be
    copied whole into each.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._others = {subject for rdf_class in _OTHER_RECORDS for subject in graph.instances(rdf_class)}
        pointed_at = graph.objects_outside(DCAT.Catalog)
        #: Services and series with a title that are an IRI, or a blank node to which only catalogs point.
        self._linked = {
            node
            for rdf_class in _MAYBE_RECORDS
            for node in graph.instances(rdf_class)
            if node not in self._others and graph.has_title(node) and (is_iri(node) or node not in pointed_at)
        }
        self._records: dict[str, list[str]] = defaultdict(list)
        for record in graph.instances(DCAT.CatalogRecord):
            for topic in graph.objects(record, FOAF.primaryTopic):
                self._records[topic].append(record)
        self.taken: set[str] = set()

    def instances(self, rdf_class: str) -> list[str]:
        """The nodes of the class that are records of their own, in document order."""
        nodes = self._graph.instances(rdf_class)
        return nodes if rdf_class in _OTHER_RECORDS else [node for node in nodes if node in self._linked]

    def records_about(self, dataset: str) -> list[str]:
        """The dcat:CatalogRecord nodes whose primary topic is the dataset."""
        return self._records.get(dataset, [])

    def of(self, dataset: str) -> list[Triple]:
        """The triples that describe the dataset."""
        triples: list[Triple] = []
        reached = {dataset, *self.records_about(dataset)}
        waiting = list(reached)
        while waiting:
            subject = waiting.pop()
            self.taken.add(subject)
            for predicate, object in self._graph.about(subject):
                other = object != dataset and object in self._others
                if other and subject != dataset:
                    continue
                triples.append((subject, predicate, object))
                other = other or (object != dataset and object in self._linked)
                if not other and object not in reached and not is_literal(object) and object in self._graph:
                    reached.add(object)
                    waiting.append(object)
        return triples

    def rest(self) -> list[Triple]:
        """Triples about nodes that neither a description nor a catalog covers."""
        left: list[Triple] = []
        for subject in list(self._graph._by_subject):  # noqa: SLF001 - the same module's class
            if subject not in self.taken and subject not in self._others:
                left += [(subject, predicate, object) for predicate, object in self._graph.about(subject)]
        return left
