"""Blank nodes of things that several records of a document may describe: they have the same name in each.

Two datasets that have one distribution both bring its checksum. Under a name for each of them, that would be two checksums.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from hashlib import sha256

from dcip_server.entities import Triple
from dcip_server.formats.rdf.terms import is_blank


def named_alike(triples: list[Triple], own: tuple[str, ...]) -> list[Triple]:
    """The record's triples; blank nodes of IRIs are named by what these say of them, but for IRIs that begin with one of ``own``.

    Those are of this record alone. A node that is used in several places keeps its name, as does one in which such a node is.
    """
    uses = Counter(o for _, _, o in triples if o[0] == "_")
    roots = [(s, p, o) for s, p, o in triples if o[0] == "_" and uses[o] == 1 and s[0] == "<" and not s.startswith(own)]
    if not roots:
        return triples
    names = _Names(triples, uses)
    for s, p, o in roots:
        names.give(o, f"{s} {p}")
    given = names.given
    return [(given.get(s, s), p, given.get(o, o)) for s, p, o in triples]


class _Names:
    """The names that blank nodes are given."""

    def __init__(self, triples: list[Triple], uses: Counter[str]) -> None:
        self.given: dict[str, str] = {}
        self._uses = uses
        self._said: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for s, p, o in triples:
            if s[0] == "_":
                self._said[s].append((p, o))
        #: Of what is said twice in one place each has a name of its own.
        self._times: Counter[str] = Counter()

    def give(self, node: str, place: str) -> None:
        """Name the node at a place of the graph, and those in it."""
        text = self._text(node, [])
        if text is None:
            return
        said = f"{place} {text}"
        self._times[said] += 1
        name = sha256(f"{self._times[said]} {said}".encode()).hexdigest()[:24]
        self.given[node] = f"_:s{name}"
        for predicate, object in sorted(self._said[node]):
            if is_blank(object):
                self.give(object, f"{name} {predicate}")

    def _text(self, node: str, reached: list[str]) -> str | None:
        """All that is said of a node, whatever those in it are called; ``None`` where one is used elsewhere, too, or there are too many."""
        reached.append(node)
        if len(reached) > _MOST_NODES:
            return None
        said = []
        for predicate, object in self._said[node]:
            if is_blank(object):
                inner = None if self._uses[object] > 1 or object in reached else self._text(object, reached)
                if inner is None:
                    return None
                said.append(f"{predicate} [{inner}]")
            else:
                said.append(f"{predicate} {object}")
        return "; ".join(sorted(said))


#: A node in which there are more is not compared.
_MOST_NODES = 200
