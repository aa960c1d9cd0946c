"""Nodes that several records of one document describe: their blank nodes are said once.

Two datasets that have one distribution both bring its checksum. Each as a blank node of its own, that would be two checksums.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from dcip_server.entities import Triple
from dcip_server.formats.rdf.terms import is_blank

_By = dict[str, list[tuple[str, str]]]


def said_once(records: Sequence[list[Triple]]) -> Iterator[Triple]:
    """The triples of all records in order, without the blank nodes that an earlier record says of the same node."""
    subjects = Counter(subject for triples in records for subject in {s for s, _, _ in triples if not is_blank(s)})
    shared = {subject for subject, count in subjects.items() if count > 1}
    said: set[tuple[str, str, str]] = set()
    for triples in records:
        yield from _new(triples, shared, said) if shared else triples


def _new(triples: list[Triple], shared: set[str], said: set[tuple[str, str, str]]) -> list[Triple]:
    """The record's triples but for what was ``said`` of the shared nodes, to which its own is added."""
    uses = Counter(o for _, _, o in triples if is_blank(o))
    rooted = [(s, p, o) for s, p, o in triples if s in shared and is_blank(o) and uses[o] == 1]
    if not rooted:
        return triples
    by_subject: _By = defaultdict(list)
    for s, p, o in triples:
        if is_blank(s):
            by_subject[s].append((p, o))
    repeated: set[str] = set()
    own: set[tuple[str, str, str]] = set()
    for s, p, o in rooted:
        nodes: list[str] = []
        text = _text(o, by_subject, uses, nodes)
        if text is None:
            continue
        if (s, p, text) in said:
            repeated.update(nodes)
        own.add((s, p, text))
    said |= own
    return [triple for triple in triples if triple[0] not in repeated and triple[2] not in repeated]


def _text(node: str, by_subject: _By, uses: Counter[str], nodes: list[str]) -> str | None:
    """All that is said of a blank node, whatever the nodes in it are called; ``None`` where one is used elsewhere, too.

    ``nodes`` gets it and those in it. A node in which there are too many is not compared.
    """
    nodes.append(node)
    if len(nodes) > _MOST_NODES:
        return None
    said = []
    for predicate, object in by_subject[node]:
        if is_blank(object):
            inner = None if uses[object] > 1 or object in nodes else _text(object, by_subject, uses, nodes)
            if inner is None:
                return None
            object = f"[{inner}]"
        said.append(f"{predicate} {object}")
    return "; ".join(sorted(said))


_MOST_NODES = 200
