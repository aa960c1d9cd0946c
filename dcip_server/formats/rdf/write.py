"""Triples to N3 text: prefixes, one block a subject, blank nodes nested where they are used once.

The same triples give the same bytes on every machine. Relative IRIs stay relative: the line that
says what they are relative to, ``@base``, is put in front when the text is served (DESIGN 2).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from dcip_server.entities import Triple
from dcip_server.formats.rdf.terms import is_blank
from dcip_server.namespaces import PREFIXES, RDF

_LOCAL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_NESTING = 8
_NAMESPACES = sorted(
    ((f"<{namespace.iri}", namespace.prefix) for namespace in PREFIXES), key=lambda pair: -len(pair[0])
)


@lru_cache(maxsize=4096)
def _short(term: str) -> str:
    for namespace, prefix in _NAMESPACES:
        if term.startswith(namespace):
            local = term[len(namespace) : -1]
            return f"{prefix}:{local}" if _LOCAL_NAME.fullmatch(local) else term
    return term


def base_line(endpoint: str) -> bytes:
    """The line that goes in front of a stored document at the endpoint (no trailing slash)."""
    return f"@base <{endpoint}/> .\n".encode()


def write(triples: Iterable[Triple], main_subject: str) -> bytes:
    """Render the triples, the main subject's block first. UTF-8, without ``@base``."""
    return _Writer(triples).document(main_subject)


class _Writer:
    def __init__(self, triples: Iterable[Triple]) -> None:
        self._pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._uses: dict[str, int] = defaultdict(int)
        for subject, predicate, object in triples:
            self._pairs[subject].append((predicate, object))
            if is_blank(object):
                self._uses[object] += 1
        self._written: set[str] = set()
        self._prefixes: set[str] = set()

    def document(self, main_subject: str) -> bytes:
        blocks = [self._block(main_subject)]
        rest = [subject for subject in self._pairs if subject != main_subject]
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
        objects: dict[str, list[str]] = defaultdict(list)
        for predicate, object in self._pairs[subject]:
            objects[predicate].append(object)
        lines = []
        for predicate in sorted(objects, key=lambda predicate: (predicate != RDF.type, predicate)):
            verb = "a" if predicate == RDF.type else self._term(predicate)
            found = sorted(objects[predicate])
            lines.append(f"{verb} " + ", ".join(self._object(object, indent, depth) for object in found))
        return f" ;\n{indent}".join(lines)

    def _object(self, term: str, indent: str, depth: int) -> str:
        if not is_blank(term) or self._uses[term] != 1 or term in self._written or depth >= _MAX_NESTING:
            return self._term(term)
        self._written.add(term)
        if term not in self._pairs:
            return "[]"
        deeper = indent + "    "
        return f"[\n{deeper}{self._predicates(term, deeper, depth + 1)}\n{indent}]"

    def _term(self, term: str) -> str:
        if term[0] == "<":
            short = _short(term)
        elif term[0] == '"' and term[-1] == ">":
            text, _, datatype = term.rpartition("^^")
            typed = _short(datatype)
            if typed is not datatype:
                self._prefixes.add(typed.partition(":")[0])
                return f"{text}^^{typed}"
            return term
        else:
            return term
        if short is not term:
            self._prefixes.add(short.partition(":")[0])
        return short
