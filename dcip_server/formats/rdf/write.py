"""Triples to N3 text: prefixes, one block a subject, blank nodes nested where they are used once.

The same triples give the same bytes on every machine. Relative IRIs stay relative: the line that
says what they are relative to, ``@base``, is put in front when the text is served (DESIGN 2).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from dcip_server.entities import Triple
from dcip_server.formats.rdf.terms import is_blank
from dcip_server.namespaces import PREFIXES, RDF

_MAX_NESTING = 8
_PREFIX_OF = {namespace.iri: namespace.prefix for namespace in PREFIXES}
_PREFIXED = re.compile(f"<({'|'.join(map(re.escape, _PREFIX_OF))})([A-Za-z_][A-Za-z0-9_]*)>")
#: Terms of the vocabularies with their prefix, as they are met: a few hundred at most.
_SHORT: dict[str, tuple[str, str]] = {}


def _short(term: str) -> tuple[str, str] | None:
    """The IRI term with a prefix, and which; ``None`` where no vocabulary of ours has it."""
    found = _SHORT.get(term)
    if found is None and (match := _PREFIXED.fullmatch(term)):
        prefix = _PREFIX_OF[match[1]]
        found = (f"{prefix}:{match[2]}", prefix)
        if len(_SHORT) < 4096:
            _SHORT[term] = found
    return found


def base_line(endpoint: str) -> bytes:
    """The line that goes in front of a stored document at the endpoint (no trailing slash)."""
    return f"@base <{endpoint}/> .\n".encode()


def write(triples: Iterable[Triple], main_subject: str) -> bytes:
    """Render the triples, the main subject's block first. UTF-8, without ``@base``."""
    return _Writer(triples).document(main_subject)


class _Writer:
    def __init__(self, triples: Iterable[Triple]) -> None:
        self._said: dict[str, dict[str, list[str]]] = {}
        self._uses: dict[str, int] = defaultdict(int)
        for subject, predicate, object in triples:
            predicates = self._said.get(subject)
            if predicates is None:
                predicates = self._said[subject] = {}
            predicates.setdefault(predicate, []).append(object)
            if object[0] == "_":
                self._uses[object] += 1
        self._written: set[str] = set()
        self._prefixes: set[str] = set()

    def document(self, main_subject: str) -> bytes:
        blocks = [self._block(main_subject)]
        rest = [subject for subject in self._said if subject != main_subject]
        rest.sort(key=lambda subject: (is_blank(subject), subject))
        # What stands on its own first: a blank node used once is written where it is used.
        for nested in (False, True):
            blocks += [
                self._block(subject)
                for subject in rest
                if subject not in self._written and (nested or not is_blank(subject) or self._uses[subject] != 1)
            ]
        head = [f"@prefix {ns.prefix}: <{ns.iri}> ." for ns in PREFIXES if ns.prefix in self._prefixes]
        return ("\n".join(head) + "\n\n" + "\n".join(blocks)).encode()

    def _block(self, subject: str) -> str:
        self._written.add(subject)
        return f"{self._term(subject)} {self._predicates(subject, '    ', 0)} .\n"

    def _predicates(self, subject: str, indent: str, depth: int) -> str:
        said = self._said[subject]
        lines: list[str] = []
        for predicate in sorted(said):
            objects = said[predicate]
            if len(objects) > 1:
                objects = sorted(set(objects))
            values = ", ".join([self._object(object, indent, depth) for object in objects])
            if predicate == RDF.type:
                lines.insert(0, f"a {values}")
            else:
                lines.append(f"{self._iri(predicate)} {values}")
        return f" ;\n{indent}".join(lines)

    def _object(self, term: str, indent: str, depth: int) -> str:
        if term[0] != "_":
            # Plain text, which most objects are, stands as it is.
            return term if term[-1] == '"' else self._term(term)
        if self._uses[term] != 1 or term in self._written or depth >= _MAX_NESTING:
            return term
        self._written.add(term)
        if term not in self._said:
            return "[]"
        deeper = indent + "    "
        return f"[\n{deeper}{self._predicates(term, deeper, depth + 1)}\n{indent}]"

    def _term(self, term: str) -> str:
        if term[0] == "<":
            return self._iri(term)
        if term[-1] == ">":
            text, _, datatype = term.rpartition("^^")
            return f"{text}^^{self._iri(datatype)}"
        return term

    def _iri(self, term: str) -> str:
        short = _short(term)
        if short is None:
            return term
        self._prefixes.add(short[1])
        return short[0]
