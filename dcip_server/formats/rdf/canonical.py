"""Blank nodes get labels that depend on what they say, not on how a file names them.

The same graph with its blank nodes renamed or its triples reordered comes out the same. Trees of
blank nodes, which is what catalogs hold, are labelled in one pass; cycles by colour refinement
with a bounded search among what stays alike, so no input takes exponential time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256

from dcip_server.entities import Triple
from dcip_server.formats.rdf.terms import is_blank

#: How many complete labellings are compared where refinement leaves nodes alike.
_SEARCH_BUDGET = 64
#: How many nodes are looked at before what is still alike is taken in any order. Real catalogs
#: need none of it; a graph made to be hard costs a second and may then count as changed.
_WORK_BUDGET = 200_000
#: How many nodes are singled out one after the other.
_MOST_CHOICES = 24


def canonical(triples: Iterable[Triple]) -> tuple[Triple, ...]:
    """The triples sorted, each once, with blank nodes named ``_:b0``, ``_:b1`` …"""
    triples = set(triples)
    nodes = {term for subject, _, object in triples for term in (subject, object) if is_blank(term)}
    if not nodes:
        return tuple(sorted(triples))
    labels = _Labels(triples, nodes).labels()
    return _relabel(triples, labels)


def _relabel(triples: Iterable[Triple], labels: dict[str, str]) -> tuple[Triple, ...]:
    return tuple(sorted((labels.get(s, s), p, labels.get(o, o)) for s, p, o in triples))


def _digest(parts: Iterable[str]) -> str:
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class _Labels:
    def __init__(self, triples: set[Triple], nodes: set[str]) -> None:
        self._triples = triples
        self._nodes = nodes
        self._out: dict[str, list[tuple[str, str]]] = {node: [] for node in nodes}
        self._into: dict[str, list[tuple[str, str]]] = {node: [] for node in nodes}
        for subject, predicate, object in triples:
            if subject in nodes:
                self._out[subject].append((predicate, object))
            if object in nodes:
                self._into[object].append((subject, predicate))
        self._budget = _SEARCH_BUDGET
        self._work = _WORK_BUDGET

    def labels(self) -> dict[str, str]:
        colours = self._hash_trees()
        colours = self._refine(colours)
        return self._search(colours)

    def _hash_trees(self) -> dict[str, str]:
        """Hash bottom-up every node from which no cycle can be reached; cycles get ``""``."""
        waiting_for = {node: sum(o in self._nodes for _, o in pairs) for node, pairs in self._out.items()}
        ready = [node for node, count in waiting_for.items() if not count]
        colours = dict.fromkeys(self._nodes, "")
        while ready:
            node = ready.pop()
            colours[node] = self._colour_of(node, colours)
            for subject, _ in self._into[node]:
                if subject in self._nodes:
                    waiting_for[subject] -= 1
                    if not waiting_for[subject]:
                        ready.append(subject)
        return colours

    def _colour_of(self, node: str, colours: dict[str, str]) -> str:
        return _digest(sorted(f"{p} {colours.get(o, o)}" for p, o in self._out[node]))

    def _refine(self, colours: dict[str, str]) -> dict[str, str]:
        """Tell nodes apart by what points at them and where they point, until nothing new shows."""
        classes = len(set(colours.values()))
        while classes < len(colours) and self._work > 0:
            self._work -= len(colours)
            finer = {
                node: _digest(
                    (
                        colours[node],
                        self._colour_of(node, colours),
                        *sorted(f"{colours.get(s, s)} {p}" for s, p in self._into[node]),
                    )
                )
                if self._alike[colours[node]] > 1
                else colours[node]
                for node in self._count(colours)
            }
            refined = len(set(finer.values()))
            if refined == classes:
                break
            colours, classes = finer, refined
        return colours

    def _count(self, colours: dict[str, str]) -> dict[str, str]:
        self._alike: dict[str, int] = defaultdict(int)
        for colour in colours.values():
            self._alike[colour] += 1
        return colours

    def _search(self, colours: dict[str, str], depth: int = 0) -> dict[str, str]:
        """Break ties: twins in any order, others by the labelling that sorts first."""
        by_colour: dict[str, list[str]] = defaultdict(list)
        for node, colour in colours.items():
            by_colour[colour].append(node)
        for colour in sorted(by_colour):
            nodes = by_colour[colour]
            if len(nodes) == 1 or self._work <= 0 or depth >= _MOST_CHOICES or self._are_twins(nodes):
                continue
            candidates: list[tuple[tuple[Triple, ...], dict[str, str]]] = []
            for node in sorted(nodes):
                if candidates and (self._budget <= 0 or self._work <= 0):
                    break
                self._budget -= 1
                labels = self._search(self._refine({**colours, node: _digest((colour, "chosen"))}), depth + 1)
                candidates.append((_relabel(self._triples, labels), labels))
            return min(candidates, key=lambda candidate: candidate[0])[1]
        ordered = sorted(colours, key=lambda node: (colours[node], node))
        return {node: f"_:b{position}" for position, node in enumerate(ordered)}

    def _are_twins(self, nodes: list[str]) -> bool:
        """Whether the nodes have the very same neighbours, so that their order cannot matter."""
        first, *others = nodes
        out, into = set(self._out[first]), set(self._into[first])
        return all(set(self._out[node]) == out and set(self._into[node]) == into for node in others)
