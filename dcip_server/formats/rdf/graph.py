"""A parsed RDF document, asked node by node.

:class:`Graph` is what the mapping asks. :class:`MemoryGraph` holds a
document in memory; what is larger is kept on disk (``disk_graph.py``). Both give the same answers in the same order.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from dcip_server.entities import Triple
from dcip_server.errors import RecordError
from dcip_server.formats.rdf.terms import iri_text, is_blank, is_literal, is_relative, literal, literal_text, text_of
from dcip_server.namespaces import DCAT, DCTERMS, FOAF, RDF

#: What is said of a node: for each predicate its objects, each once, both in document order.
Statements = Mapping[str, list[str]]

#: Properties that are also looked up from their object to the subjects; what a DCAT graph is asked backwards.
LOOKED_UP_BACKWARDS = (DCTERMS.identifier, DCAT.inSeries, FOAF.primaryTopic)

#: The classes that it is asked for.
CLASSES = frozenset(
    (DCAT.Dataset, DCAT.Catalog, DCAT.CatalogRecord, DCAT.DataService, DCAT.DatasetSeries, DCAT.DataSeries)
)


def backward_key(predicate: str, object: str) -> str:
    """By what subjects are looked up: identifiers by their text, whatever language or type it has."""
    return text_of(object) if predicate == DCTERMS.identifier else object


def local_node(relative: str) -> str:
    """The blank node that stands for a relative IRI of a document without address."""
    return f"_:{relative}"


def local_name(node: str) -> str | None:
    """What the document calls a node, where a blank node stands for a relative IRI."""
    return node[3:-1] if node.startswith("_:<") else None


class Tally(Protocol):
    """How often texts occur."""

    def update(self, texts: Iterable[str], /) -> None: ...
    def __getitem__(self, text: str, /) -> int: ...


class Graph(ABC):
    """Triples by subject. Named graphs are merged: datasets inside them count like any others.

    Relative IRIs of a document without address: nobody can know what they are relative to, and resolving
    them against an address of ours would invent IRIs. So nodes become blank (:func:`local_node`), mere
    references text.
    """

    #: How many nodes share a text that is to identify them; filled by whoever needs it.
    tally: Tally
    #: What of the document may be in memory at once: more said of one node, or of one record, is refused.
    max_bytes: int

    @abstractmethod
    def said(self, subject: str) -> Statements:
        """What is said of a node; nothing of one that is no subject."""

    @abstractmethod
    def __contains__(self, subject: str) -> bool: ...

    @abstractmethod
    def is_a(self, subject: str, *classes: str) -> bool:
        """Whether the node is typed as one of the classes, which are of :data:`CLASSES`."""

    @abstractmethod
    def instances(self, rdf_class: str) -> Iterator[str]:
        """The subjects typed as the class of :data:`CLASSES`, in document order."""

    @abstractmethod
    def subjects(self, predicate: str, key: str) -> list[str]:
        """The subjects, in document order, with that :func:`backward_key` for one of :data:`LOOKED_UP_BACKWARDS`."""

    @abstractmethod
    def is_pointed_at(self, blank: str) -> bool:
        """Whether anything but catalogs points to the blank node."""

    @abstractmethod
    def take(self, subject: str) -> None:
        """Note that the node belongs to a record."""

    @abstractmethod
    def left(self) -> Iterator[tuple[str, Statements]]:
        """The nodes that no record took, datasets and catalogs apart, each once, with what is said of them."""

    def about(self, subject: str) -> Iterator[tuple[str, str]]:
        """Predicate and object of each triple about the subject."""
        return ((predicate, object) for predicate, objects in self.said(subject).items() for object in objects)

    def objects(self, subject: str, *predicates: str) -> list[str]:
        """The objects of the first of the predicates that has any."""
        said = self.said(subject)
        for predicate in predicates:
            if found := said.get(predicate):
                return found
        return []

    def has_title(self, node: str) -> bool:
        """Whether the node has a dcterms:title that is not blank."""
        return any(is_literal(title) and literal_text(title).strip() for title in self.objects(node, DCTERMS.title))

    def records_about(self, node: str) -> list[str]:
        """The dcat:CatalogRecord nodes whose primary topic is the node, whoever wrote them."""
        return [record for record in self.subjects(FOAF.primaryTopic, node) if self.is_a(record, DCAT.CatalogRecord)]

    def is_record_to_others(self, node: str) -> bool:
        """Whether the node is a dataset or a catalog: descriptions of others stop before it."""
        return self.is_a(node, *_OTHER_RECORDS)


#: Nodes of these classes are records of their own.
_OTHER_RECORDS = (DCAT.Dataset, DCAT.Catalog)


def too_much_said(node: str, max_bytes: int) -> RecordError:
    """What is raised where more is said of a node than :attr:`Graph.max_bytes`."""
    shown = node if len(node) <= 100 else node[:100] + "…"
    return RecordError(f"more than {max_bytes} bytes are said of {shown} (IMPORT_MAX_RECORD_BYTES)")


def localised(object: str, is_subject: bool) -> str:
    """A relative object of a document without address: its node, or its text where nothing is said of it."""
    return local_node(object) if is_subject else literal(iri_text(object))


class MemoryGraph(Graph):
    """A document in memory."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._by_subject: dict[str, dict[str, list[str]]] = {}
        relative = False
        for subject, predicate, object in triples:
            add(self._by_subject, subject, predicate, object)
            relative = relative or is_relative(object) or is_relative(subject)
        if relative:
            self._localise()
        for said in self._by_subject.values():
            deduplicate(said)
        self._backwards: dict[str, dict[str, list[str]]] = {}
        self._pointed_at: set[str] | None = None
        self._taken: set[str] = set()
        self.tally: Counter[str] = Counter()
        # All of it is in memory already.
        self.max_bytes = sys.maxsize

    def _localise(self) -> None:
        """Say relative IRIs as :class:`Graph` wants them."""
        by_subject, self._by_subject = self._by_subject, {}
        for subject, said in by_subject.items():
            node = local_node(subject) if is_relative(subject) else subject
            self._by_subject[node] = {
                predicate: [
                    localised(object, object in by_subject) if is_relative(object) else object for object in objects
                ]
                for predicate, objects in said.items()
            }

    def __len__(self) -> int:
        return sum(len(objects) for said in self._by_subject.values() for objects in said.values())

    def said(self, subject: str) -> Statements:
        return self._by_subject.get(subject, _NOTHING)

    def __contains__(self, subject: str) -> bool:
        return subject in self._by_subject

    def is_a(self, subject: str, *classes: str) -> bool:
        types = self._by_subject.get(subject, _NOTHING).get(RDF.type, ())
        return any(rdf_class in types for rdf_class in classes)

    def instances(self, rdf_class: str) -> Iterator[str]:
        return (subject for subject in self._by_subject if self.is_a(subject, rdf_class))

    def subjects(self, predicate: str, key: str) -> list[str]:
        """See :meth:`Graph.subjects`; a property's look-up is made when it is first asked for."""
        found = self._backwards.get(predicate)
        if found is None:
            found = self._backwards[predicate] = defaultdict(list)
            for subject, said in self._by_subject.items():
                for known in dict.fromkeys(backward_key(predicate, object) for object in said.get(predicate, ())):
                    found[known].append(subject)
        return found.get(key, [])

    def is_pointed_at(self, blank: str) -> bool:
        if self._pointed_at is None:
            self._pointed_at = {
                object
                for subject, said in self._by_subject.items()
                if not self.is_a(subject, DCAT.Catalog)
                for objects in said.values()
                for object in objects
                if is_blank(object)
            }
        return blank in self._pointed_at

    def take(self, subject: str) -> None:
        self._taken.add(subject)

    def left(self) -> Iterator[tuple[str, Statements]]:
        for subject, said in self._by_subject.items():
            if subject not in self._taken and not self.is_record_to_others(subject):
                yield subject, said


_NOTHING: Statements = {}


def add(by_subject: dict[str, dict[str, list[str]]], subject: str, predicate: str, object: str) -> None:
    """Add a triple; :func:`deduplicate` has to follow, once, when all are there."""
    said = by_subject.get(subject)
    if said is None:
        by_subject[subject] = {predicate: [object]}
    elif predicate in said:
        said[predicate].append(object)
    else:
        said[predicate] = [object]


def deduplicate(said: dict[str, list[str]]) -> None:
    """Leave each object of a property once, where it stood first."""
    for predicate, objects in said.items():
        if len(objects) > 1:
            said[predicate] = list(dict.fromkeys(objects))
