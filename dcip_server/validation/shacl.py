"""Shapes in SHACL, compiled to functions: the part of SHACL Core that a profile's shapes file uses, and no more.

A file of shapes is one definition that any SHACL processor reads, and running it here costs a
small part of what a general processor needs. Who a shape is about is not decided here: the caller knows the targets by the name of
their shape. A constraint that is not known is an error when the file is loaded, so none can pass unseen.
Classes are those that are written: no rdfs:subClassOf is followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from dcip_server.formats.rdf.parse import parse
from dcip_server.formats.rdf.terms import iri_text, is_blank, is_iri, is_literal, literal_language, literal_text
from dcip_server.namespaces import DCTERMS, RDF, Namespace

SH = Namespace("sh", "http://www.w3.org/ns/shacl#")


class Nodes(Protocol):
    """A graph of N-Triples terms as shapes look at it."""

    def objects(self, subject: str) -> Mapping[str, Collection[str]]:
        """What is said of a subject: values by predicate, in document order, none twice."""

    def subjects(self, predicate: str, object: str) -> Collection[str]:
        """Of which subjects this is said."""

    def text(self, term: str) -> str:
        """The text of an IRI or a literal, as patterns are compared with it."""


#: Whether a node conforms.
_Test = Callable[[Nodes, str], bool]
#: Whether the values of a path conform together.
_Together = Callable[[Nodes, Collection[str]], bool]
_Path = Callable[[Nodes, str], Collection[str]]


@dataclass(frozen=True, slots=True)
class Violation:
    """A node that does not conform to a shape: ``value`` is the one that fails, ``None`` where it is about all ``values``."""

    shape: Shape
    focus: str
    value: str | None
    values: Collection[str]


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape with a message. ``property`` is the term it is about; ``audience`` is empty where it is for everyone.

    Without a ``path`` it is about the focus node itself.
    """

    rule: str
    message: str
    property: str
    is_warning: bool
    audience: str
    path: _Path | None
    each: tuple[_Test, ...]
    together: tuple[_Together, ...]

    def violations(self, nodes: Nodes, focus: str) -> Iterator[Violation]:
        """Every failure of the focus node."""
        values = (focus,) if self.path is None else self.path(nodes, focus)
        for test in self.each:
            for value in values:
                if not test(nodes, value):
                    yield Violation(self, focus, value, values)
        for together in self.together:
            if not together(nodes, values):
                yield Violation(self, focus, None, values)


def load_shapes(turtle: bytes) -> Mapping[str, tuple[Shape, ...]]:
    """The shapes of a file by the local name of the node shape whose targets they are about, in the file's order.

    Raises :class:`ValueError` for a constraint or a path that is not known.
    """
    return _Loader(turtle).load()


class _Loader:
    def __init__(self, turtle: bytes) -> None:
        self._said: dict[str, list[tuple[str, str]]] = {}
        for subject, predicate, object in parse(turtle, "turtle"):
            self._said.setdefault(subject, []).append((predicate, object))

    def load(self) -> dict[str, tuple[Shape, ...]]:
        found = {}
        for node, pairs in self._said.items():
            if any(predicate in (SH.target, SH.targetClass) for predicate, _ in pairs):
                name = re.split("[:#/]", iri_text(node))[-1]
                own = [node] if self._one(node, DCTERMS.identifier) else []
                found[name] = tuple(map(self._shape, own + self._all(node, SH.property)))
        return found

    def _all(self, node: str, predicate: str) -> list[str]:
        return [object for found, object in self._said.get(node, ()) if found == predicate]

    def _one(self, node: str, predicate: str, default: str = "") -> str:
        return next(iter(self._all(node, predicate)), default)

    def _text(self, node: str, predicate: str) -> str:
        found = self._one(node, predicate)
        return literal_text(found) if found else ""

    def _number(self, node: str, predicate: str) -> int:
        return int(self._text(node, predicate))

    def _list(self, node: str) -> list[str]:
        found: list[str] = []
        while node != RDF.nil:
            if len(self._all(node, RDF.first)) != 1 or len(found) > len(self._said):
                raise ValueError(f"{node} is not read as a list")
            found.append(self._one(node, RDF.first))
            node = self._one(node, RDF.rest)
        return found

    # --- shapes ---

    def _shape(self, node: str) -> Shape:
        each, together = self._constraints(node)
        path = self._one(node, SH.path)
        return Shape(
            rule=self._text(node, DCTERMS.identifier),
            message=self._text(node, SH.message),
            property=self._property(path) if path else self._one(node, DCTERMS.subject),
            is_warning=self._one(node, SH.severity) == SH.Warning,
            audience=self._text(node, DCTERMS.audience),
            path=self._path(path) if path else None,
            each=tuple(each),
            together=tuple(together),
        )

    def _constraints(self, node: str) -> tuple[list[_Test], list[_Together]]:
        """What each value must be, and what all values together."""
        each: list[_Test] = []
        together: list[_Together] = []
        for predicate, value in self._said.get(node, ()):
            if predicate in _NO_CONSTRAINTS:
                continue
            if predicate in (SH.minCount, SH.maxCount):
                together.append(_count(predicate, int(literal_text(value)), None))
            elif predicate in (SH.qualifiedMinCount, SH.qualifiedMaxCount):
                shape = self._conforms(self._one(node, SH.qualifiedValueShape))
                together.append(_count(predicate, int(literal_text(value)), shape))
            elif predicate == SH.uniqueLang:
                together.append(_has_unique_languages)
            else:
                each.append(self._test(node, predicate, value))
        return each, together

    def _test(self, node: str, predicate: str, value: str) -> _Test:
        """The constraint as a question to one value."""
        if predicate == SH.nodeKind:
            return _of_kinds(value)
        if predicate == SH.pattern:
            return _matches(literal_text(value), "i" in self._text(node, SH.flags))
        if predicate == SH["in"]:
            return _among(frozenset(self._list(value)))
        if predicate == SH["class"]:
            return lambda nodes, term: value in nodes.objects(term).get(RDF.type, ())
        if predicate == SH.closed and not self._all(node, SH.property):
            return lambda nodes, term: not nodes.objects(term)
        if predicate == SH.languageIn and [literal_text(range) for range in self._list(value)] == ["*"]:
            return lambda _, term: is_literal(term) and bool(literal_language(term))
        if predicate == SH.node:
            return self._conforms(value)
        if predicate == SH["not"]:
            denied = self._conforms(value)
            return lambda nodes, term: not denied(nodes, term)
        if predicate == SH["or"]:
            choices = tuple(map(self._conforms, self._list(value)))
            return lambda nodes, term: any(choice(nodes, term) for choice in choices)
        raise ValueError(f"{predicate} is not read in a shape")

    def _conforms(self, node: str) -> _Test:
        """Whether a node conforms to a shape that says nothing itself."""
        each, together = self._constraints(node)
        if not (path := self._one(node, SH.path)):
            if together:
                raise ValueError(f"{node}: what is counted needs a path")
            tests = tuple(each)
            return tests[0] if len(tests) == 1 else lambda nodes, term: all(test(nodes, term) for test in tests)
        values = self._path(path)

        def conforms(nodes: Nodes, term: str) -> bool:
            found = values(nodes, term)
            return all(test(nodes, value) for test in each for value in found) and all(
                t(nodes, found) for t in together
            )

        return conforms

    # --- paths ---

    def _path(self, path: str) -> _Path:
        if is_iri(path):
            return lambda nodes, term: nodes.objects(term).get(path, ())
        if inverse := self._one(path, SH.inversePath):
            return lambda nodes, term: tuple(nodes.subjects(inverse, term))
        choices = self._list(self._one(path, SH.alternativePath))
        if not all(map(is_iri, choices)):
            raise ValueError(f"{path} is not read as a path")
        return lambda nodes, term: tuple(dict.fromkeys(_chain(nodes.objects(term), choices)))

    def _property(self, path: str) -> str:
        """The term by which a path is called: of alternatives the first."""
        if is_iri(path):
            return path
        return self._one(path, SH.inversePath) or self._list(self._one(path, SH.alternativePath))[0]


#: What a shape has beside its constraints; flags and the shape of counted values are read with them.
_NO_CONSTRAINTS = frozenset((
    RDF.type, DCTERMS.identifier, DCTERMS.subject, DCTERMS.audience, SH.target, SH.targetClass, SH.property, SH.path,
    SH.message, SH.severity, SH.flags, SH.qualifiedValueShape,
))  # fmt: skip


def _chain(said: Mapping[str, Collection[str]], predicates: Iterable[str]) -> Iterator[str]:
    for predicate in predicates:
        yield from said.get(predicate, ())


def _count(predicate: str, limit: int, shape: _Test | None) -> _Together:
    is_least = predicate in (SH.minCount, SH.qualifiedMinCount)

    def holds(nodes: Nodes, values: Collection[str]) -> bool:
        count = len(values) if shape is None else sum(shape(nodes, value) for value in values)
        return count >= limit if is_least else count <= limit

    return holds


def _has_unique_languages(_: Nodes, values: Collection[str]) -> bool:
    languages = [language for value in values if is_literal(value) and (language := literal_language(value))]
    return len(set(languages)) == len(languages)


def _of_kinds(node_kind: str) -> _Test:
    kinds = {
        SH.IRI: (is_iri,), SH.Literal: (is_literal,), SH.BlankNode: (is_blank,), SH.BlankNodeOrIRI: (is_iri, is_blank),
        SH.IRIOrLiteral: (is_iri, is_literal), SH.BlankNodeOrLiteral: (is_blank, is_literal),
    }[node_kind]  # fmt: skip
    return lambda _, term: any(kind(term) for kind in kinds)


def _matches(pattern: str, ignores_case: bool) -> _Test:
    search = re.compile(pattern, re.IGNORECASE if ignores_case else 0).search
    return lambda nodes, term: not is_blank(term) and search(nodes.text(term)) is not None


def _among(terms: frozenset[str]) -> _Test:
    return lambda _, term: term in terms
