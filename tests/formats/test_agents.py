"""Who made the data and who publishes them: each by himself in the N3, whatever one text says of several."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.formats.conftest import Catalog, comparable

_ORCID = "https://orcid.example/1"
_FOAF = "http://xmlns.com/foaf/0.1/"
_POD = {"identifier": "1", "title": "A", "keyword": ["k"]}
_DCIP = {"id": "1", "title": "A", "license": "l", "resources": []}

#: A record, the keys that come of it, and its creators and publishers in the N3: names, and IRIs of those that have one.
_CASES: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[set[str], set[str]]]] = {
    "one creator": ({**_POD, "creator": {"name": "C"}}, {"author": "C", "authors": ...}, ({"C"}, set())),
    "one creator in a list": ({**_POD, "creator": [{"name": "C"}]}, {"author": "C", "authors": ...}, ({"C"}, set())),
    "two creators": (
        {**_POD, "creator": [{"name": "D"}, {"name": "C"}]},
        {"author": "D; C", "authors": ["D", "C"], "pod": {"creator": [{"name": "D"}, {"name": "C"}]}}, ({"C", "D"}, set()),
    ),
    "two creators as text": ({**_POD, "creator": ["D", "C"]}, {"author": "D; C", "authors": ["D", "C"]}, ({"C", "D"}, set())),
    "a creator said twice": ({**_POD, "creator": ["C", "C"]}, {"author": "C", "authors": ...}, ({"C"}, set())),
    "creators of whom one has no name": ({**_POD, "creator": [{"name": "D"}, {"mbox": "c"}]}, {"author": ..., "authors": ...}, (set(), set())),
    "a name with a semicolon": ({**_POD, "creator": {"name": "Roads; Parks"}}, {"author": "Roads; Parks", "authors": ...}, ({"Roads; Parks"}, set())),
    "two publishers": ({**_POD, "publisher": [{"name": "P"}, {"name": "Q"}]}, {"maintainer": "P; Q", "publishers": ["P", "Q"]}, (set(), {"P", "Q"})),
    "a creator by his IRI": ({**_DCIP, "author": _ORCID}, {"author": _ORCID}, ({_ORCID}, set())),
    "a publisher by an IRI and by name": (
        {**_DCIP, "maintainer": _ORCID, "publishers": [_ORCID, "P"]}, {"maintainer": _ORCID, "publishers": [_ORCID, "P"]}, (set(), {_ORCID, "P"}),
    ),
    "a publisher that is none of the publishers": (
        {**_DCIP, "maintainer": "M", "publishers": ["P", "Q"]}, {"maintainer": "M", "publishers": ["P", "Q"]}, (set(), {"M", "P", "Q"}),
    ),
    "publishers that are no list of names": ({**_DCIP, "publishers": {"a": 1}, "authors": ["A", 1]}, {"publishers": {"a": 1}, "authors": ["A", 1]}, (set(), set())),
    "a record that is its own creator": ({**_DCIP, "id": _ORCID, "author": _ORCID}, {"author": _ORCID}, ({_ORCID}, set())),
    "one publisher in a list": ({**_DCIP, "maintainer": "P", "publishers": ["P"]}, {"publishers": ["P"]}, (set(), {"P"})),
}  # fmt: skip


@pytest.mark.parametrize("case", _CASES)
def test_each_creator_and_publisher_stands_by_himself_in_the_n3(catalogs: tuple[Catalog, Catalog], case: str) -> None:
    record, due, (creators, publishers) = _CASES[case]
    id = record.get("id", "1")
    assert catalogs[0].take_json(record).refused == []
    found = catalogs[0].json(id)
    assert {key: found.get(key, ...) for key in due} == due
    assert _agents(catalogs[0], id) == (creators, publishers)
    assert catalogs[1].take(catalogs[0].n3(id), "records.n3").refused == []
    assert comparable(catalogs[1].json(id)) == comparable(found)


def _agents(catalog: Catalog, id: str) -> tuple[set[str], set[str]]:
    graph = catalog.graph(id)
    names = {str(quad.subject): quad.object.value for quad in graph if quad.predicate.value == _FOAF + "name"}
    creators, publishers = (
        [quad.object for quad in graph if quad.predicate.value == f"http://purl.org/dc/terms/{name}"]
        for name in ("creator", "publisher")
    )
    return tuple({names.get(str(node)) or node.value for node in nodes} for nodes in (creators, publishers))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ('dct:creator [ foaf:name "B" ], [ foaf:name "A" ]', {"author": "A; B", "authors": ["A", "B"]}),
        ('dct:creator [ foaf:name "A" ]', {"author": "A", "authors": ...}),
        (f'dct:publisher <{_ORCID}>, [ foaf:name "A" ]', {"maintainer": f"A; {_ORCID}", "publishers": ["A", _ORCID]}),
    ],
)
def test_of_several_in_rdf_each_is_named(catalogs: tuple[Catalog, Catalog], said: str, due: dict[str, Any]) -> None:
    catalogs[0].take_turtle(f':agents a dcat:Dataset ; dct:title "A" ; dct:identifier "agents" ; {said} .')
    found = catalogs[0].json("agents")
    assert {key: found.get(key, ...) for key in due} == due
    # Another catalog that reads the JSON says in RDF what was there.
    assert catalogs[1].take(json.dumps([found]).encode()).refused == []
    assert _agents(catalogs[1], "agents") == _agents(catalogs[0], "agents")
