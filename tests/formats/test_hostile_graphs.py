"""Blank nodes that cannot be told apart do not make the catalog search for ever for an order."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.formats.conftest import PREFIXES, Catalog
from tests.formats.limited import import_limited, run_limited

_HEAD = f'{PREFIXES} :d a dcat:Dataset ; dct:title "A" .\n'
ID = "http://data.example/d"


def _links(pairs: list[tuple[int, int]]) -> list[str]:
    return [f"_:n{a} :to _:n{b} ." for a, b in pairs]


def _reached_from_d(lines: list[str], *nodes: int) -> str:
    return "\n".join([*(f":d :to _:n{node} ." for node in nodes), *lines])


def clique(size: int) -> str:
    return _reached_from_d(_links([(a, b) for a in range(size) for b in range(size) if a != b]), *range(size))


def ring(size: int) -> str:
    return _reached_from_d(_links([(n, (n + 1) % size) for n in range(size)]), *range(size))


def rings(count: int, size: int) -> str:
    pairs = [(ring * size + n, ring * size + (n + 1) % size) for ring in range(count) for n in range(size)]
    return _reached_from_d(_links(pairs), *range(count * size))


def grid(size: int) -> str:
    pairs = [(a * size + b, c) for a in range(size) for b in range(size)
             for c in ((a + 1) % size * size + b, a * size + (b + 1) % size)]  # fmt: skip
    return _reached_from_d(_links(pairs), *range(size * size))


def tree(depth: int) -> str:
    return _reached_from_d(_links([(n, 2 * n + side) for n in range(1, 2**depth) for side in (0, 1)]), 1)


def both_ways(size: int) -> str:
    return _reached_from_d(_links([pair for n in range(size) for pair in ((n, n + 1), (n + 1, n))]), 0)


_GRAPHS = {
    "empty nodes": ":d :to " + ", ".join(["[]"] * 2_000) + " .",
    "nodes that say the same": "\n".join(':d :to [ dct:title "same" ] .' for _ in range(2_000)),
    "small clique": clique(7),
    "clique": clique(60),
    "small ring": ring(9),
    "ring": ring(3_000),
    "many rings": rings(500, 3),
    "torus": grid(12),
    "binary tree": tree(13),
    "chain": _reached_from_d(_links([(n, n + 1) for n in range(100_000)]), 0),
    "chain both ways": both_ways(20_000),
    "chain into itself": _reached_from_d(_links([*((n, n + 1) for n in range(20_000)), (20_000, 0)]), 0),
}  # fmt: skip


@pytest.mark.parametrize("name", _GRAPHS)
def test_blank_nodes_in_any_shape_are_taken_in_bounded_time(tmp_path: Path, name: str) -> None:
    ran = import_limited(tmp_path, (_HEAD + _GRAPHS[name]).encode(), "graph.ttl")
    assert (ran.status, ran.out) == (0, "1 created, 0 updated, 0 deleted, 0 unchanged\n"), ran.err[-500:]
    assert run_limited(tmp_path / "catalog.db", "show", ID).status == 0


def _renamed(text: str, seed: int) -> str:
    """The lines in another order, the labels of blank nodes shuffled."""
    chance = random.Random(seed)
    lines = text.splitlines()
    chance.shuffle(lines)
    labels = sorted({word for word in text.split() if word.startswith("_:")})
    names = dict(zip(labels, chance.sample(labels, len(labels)), strict=True))
    return "\n".join(" ".join(names.get(word, word) for word in line.split()) for line in lines)


@pytest.mark.parametrize("name", ["small clique", "small ring", "binary tree", "clique"])
def test_the_same_shape_under_other_labels_is_no_change(catalog: Catalog, name: str) -> None:
    graph = _GRAPHS[name] if name != "binary tree" else tree(6)
    catalog.take((_HEAD + graph).encode(), "graph.ttl")
    for seed in range(5):
        assert catalog.take((_HEAD + _renamed(graph, seed)).encode(), "graph.ttl").counts == (0, 0, 1, 0)


_DIFFERENT = {
    "one ring of six, two rings of three": (ring(6), rings(2, 3)),
    "a clique, a clique without one link": (clique(5), clique(5).replace("_:n0 :to _:n1 .", "")),
    "a ring, a ring with one link turned": (ring(5), ring(5).replace("_:n0 :to _:n1 .", "_:n1 :to _:n0 .")),
    "three empty nodes, two": (":d :to [], [], [] .", ":d :to [], [] ."),
}


@pytest.mark.parametrize("name", _DIFFERENT)
def test_another_shape_is_a_change(catalog: Catalog, name: str) -> None:
    before, after = _DIFFERENT[name]
    catalog.take((_HEAD + before).encode(), "graph.ttl")
    assert catalog.take((_HEAD + after).encode(), "graph.ttl").counts == (0, 1, 0, 0)
