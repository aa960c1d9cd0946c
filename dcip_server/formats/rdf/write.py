"""Triples to N3 text: prefixes, one block a subject, blank nodes nested where they are used once.

The same triples give the same bytes on every machine. Relative IRIs stay relative: the line that
says what they are relative to, ``@base``, is put in front when the text is served.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import itemgetter

from dcip_server.entities import Triple
from dcip_server.formats.rdf.terms import is_blank
from dcip_server.namespaces import PREFIXES, RDF

#: What is said of a node: objects by predicate, each list sorted. An object is a term, or for a
#: blank node that is written where it is used what is said of that.
Said = dict[str, list["Object"]]
Object = str | Said

_MAX_NESTING = 8
_PREFIX_OF = {namespace.iri: namespace.prefix for namespace in PREFIXES}
_NAMESPACES = tuple(_PREFIX_OF)
_PREFIX_LINES = [(namespace.prefix, f"@prefix {namespace.prefix}: <{namespace.iri}> .\n") for namespace in PREFIXES]
_INDENT = "    "
_LOCAL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def base_line(endpoint: str) -> bytes:
    """The line that goes in front of a stored document at the endpoint (no trailing slash)."""
    return f"@base <{endpoint}/> .\n".encode()


def write(triples: Iterable[Triple], main_subject: str) -> bytes:
    """Render the triples, the main subject's block first. UTF-8, without ``@base``."""
    return render(_Nester(triples).blocks(main_subject))


def render(blocks: Iterable[tuple[str, Said]]) -> bytes:
    """Render subjects with what is said of them, in that order. UTF-8, without ``@base``."""
    page = Page()
    for subject, said in blocks:
        page.add(page.term(subject), {predicate: page.show(objects) for predicate, objects in said.items()})
    return page.render()


def is_of_vocabulary(iri: str) -> bool:
    """Whether an IRI is shown with a prefix, or might be."""
    return iri.startswith(_NAMESPACES)


class _Nester:
    """Puts blank nodes where they are used, if that is one place."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._said: dict[str, Said] = {}
        self._uses: dict[str, int] = defaultdict(int)
        for subject, predicate, object in triples:
            predicates = self._said.get(subject)
            if predicates is None:
                predicates = self._said[subject] = {}
            predicates.setdefault(predicate, []).append(object)
            if object[0] == "_":
                self._uses[object] += 1
        self._done: set[str] = set()

    def blocks(self, main_subject: str) -> list[tuple[str, Said]]:
        blocks = [self._block(main_subject)]
        rest = [subject for subject in self._said if subject != main_subject]
        rest.sort(key=lambda subject: (is_blank(subject), subject))
        # What stands on its own first: a blank node used once is written where it is used.
        for nested in (False, True):
            blocks += [
                self._block(subject)
                for subject in rest
                if subject not in self._done and (nested or not is_blank(subject) or self._uses[subject] != 1)
            ]
        return blocks

    def _block(self, subject: str) -> tuple[str, Said]:
        self._done.add(subject)
        return subject, self._nested(subject, 0)

    def _nested(self, subject: str, depth: int) -> Said:
        said = self._said[subject]
        for predicate in sorted(said):
            objects = said[predicate]
            if len(objects) > 1:
                objects = sorted(set(objects))  # type: ignore[type-var]  # still terms alone
            said[predicate] = [self._object(object, depth) for object in objects]
        return said

    def _object(self, term: Object, depth: int) -> Object:
        if not isinstance(term, str) or term[0] != "_":
            return term
        if self._uses[term] != 1 or term in self._done or depth >= _MAX_NESTING:
            return term
        self._done.add(term)
        return self._nested(term, depth + 1) if term in self._said else {}


class Page:
    """A document that is being written, block after block, with the prefixes that it needs so far."""

    def __init__(self) -> None:
        self.prefixes: set[str] = set()
        self._blocks: list[str] = []

    def add(self, subject: str, shown: dict[str, str]) -> None:
        """Add a node's block: the node as it stands there, and for each predicate its objects, as :meth:`show` gives them."""
        self._blocks.append(f"{subject} {self._predicates(shown, _INDENT)} .\n")

    def render(self) -> bytes:
        """The document in UTF-8, without ``@base``."""
        return f"{_head(frozenset(self.prefixes))}\n{chr(10).join(self._blocks)}".encode()

    def show(self, objects: list[Object], indent: str = _INDENT) -> str:
        """The objects of one predicate as they stand in a block."""
        if len(objects) == 1:
            return self._object(objects[0], indent)
        return ", ".join([self._object(object, indent) for object in objects])

    def _predicates(self, shown: dict[str, str], indent: str) -> str:
        template, order, prefixes = _layout(tuple(shown), indent)
        self.prefixes |= prefixes
        return template % order(shown)

    def _object(self, object: Object, indent: str) -> str:
        if isinstance(object, str):
            return self.term(object)
        if not object:
            return "[]"
        deeper = indent + _INDENT
        shown = {predicate: self.show(objects, deeper) for predicate, objects in object.items()}
        return f"[\n{deeper}{self._predicates(shown, deeper)}\n{indent}]"

    def term(self, term: str) -> str:
        """The term as it stands in the document."""
        if term[-1] == '"':
            return term
        if term[0] == "<":
            return self._iri(term)
        if term[-1] == ">":
            text, _, datatype = term.rpartition("^^")
            return f"{text}^^{self._iri(datatype)}"
        return term

    def _iri(self, term: str) -> str:
        if not term.startswith(_NAMESPACES, 1):
            return term
        shown, prefix = shorten(term)
        if prefix:
            self.prefixes.add(prefix)
        return shown


@lru_cache(maxsize=1024)
def _head(prefixes: frozenset[str]) -> str:
    return "".join([line for prefix, line in _PREFIX_LINES if prefix in prefixes])


@lru_cache(maxsize=4096)
def shorten(term: str) -> tuple[str, str]:
    """A vocabulary's IRI with its prefix, and which that is; as it stands where no local name can end it."""
    cut = max(term.rfind("#"), term.rfind("/")) + 1
    prefix = _PREFIX_OF.get(term[1:cut], "")
    if not prefix or not _LOCAL_NAME.fullmatch(term, cut, len(term) - 1):
        return term, ""
    return f"{prefix}:{term[cut:-1]}", prefix


@lru_cache(maxsize=4096)
def _layout(
    predicates: tuple[str, ...], indent: str
) -> tuple[str, Callable[[dict[str, str]], tuple[str, ...]], frozenset[str]]:
    """What the objects of the predicates are put into, in which order, and the prefixes that it needs.

    rdf:type comes first, then what is left is sorted. Remembered: nodes of one kind say the same things of themselves.
    """
    ordered = sorted(predicates, key=lambda predicate: (predicate != RDF.type, predicate))
    shortened = [("a", "") if predicate == RDF.type else shorten(predicate) for predicate in ordered]
    template = f" ;\n{indent}".join(shown.replace("%", "%%") + " %s" for shown, _ in shortened)
    order = itemgetter(*ordered) if len(ordered) > 1 else lambda shown: (shown[ordered[0]],)
    return template, order, frozenset(prefix for _, prefix in shortened if prefix)
