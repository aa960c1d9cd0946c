"""Datasets that have a distribution or a contact in common: what they both say of it is said once in a feed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from rdflib import DCAT, DCTERMS, Namespace, URIRef
from rdflib.namespace import RDFS

from tests.conftest import Ran, Site

_SPDX = Namespace("http://spdx.org/rdf/terms#")
_FILE = URIRef("https://a.example/file")
_HEAD = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
"""
_DATASET = """<https://a.example/{id}> a dcat:Dataset ; dct:identifier "{id}" ; dct:title "{id}" ; dcat:distribution <https://a.example/file> .
"""
_SAID = """<https://a.example/file> a dcat:Distribution ; dcat:accessURL <https://a.example/> ;
    spdx:checksum [ a spdx:Checksum ; spdx:checksumValue "{sum}" ] ;
    dct:rights [ a dct:RightsStatement ; rdfs:label "free", "frei" ; dct:source [ dct:title "law" ] ] .
"""
_FEEDS = {
    "/catalog.ttl": "turtle", "/catalog.rdf": "xml", "/catalog.jsonld": "json-ld", "/catalog.n3": "n3", "/data.rdf": "xml",
}  # fmt: skip


def _feed(site: Site, path: str) -> rdflib.Graph:
    answer = site.get(path)
    assert answer.status_code == 200
    return rdflib.Graph().parse(data=answer.data, format=_FEEDS[path])


def _import(site: Site, run: Callable[..., Ran], tmp_path: Path, *documents: str) -> None:
    for number, document in enumerate(documents):
        path = tmp_path / f"{number}.ttl"
        path.write_text(_HEAD + document)
        assert run("import", str(path)).status == 0


@pytest.mark.parametrize("path", _FEEDS)
def test_a_checksum_and_rights_that_two_datasets_have_with_their_file_are_there_once(
    site: Site, run: Callable[..., Ran], tmp_path: Path, path: str
) -> None:
    _import(site, run, tmp_path, _DATASET.format(id="a") + _DATASET.format(id="b") + _SAID.format(sum="ab12"))
    graph = _feed(site, path)
    assert len(list(graph.subjects(DCAT.distribution, _FILE))) == 2
    assert len(list(graph.objects(_FILE, _SPDX.checksum))) == 1
    (rights,) = graph.objects(_FILE, DCTERMS.rights)
    assert {str(label) for label in graph.objects(rights, RDFS.label)} == {"free", "frei"}
    assert len(list(graph.triples((None, DCTERMS.title, rdflib.Literal("law"))))) == 1


def test_what_they_say_of_it_in_two_ways_stands_there_in_both(
    site: Site, run: Callable[..., Ran], tmp_path: Path
) -> None:
    _import(
        site, run, tmp_path,
        _DATASET.format(id="a") + _SAID.format(sum="ab12"), _DATASET.format(id="b") + _SAID.format(sum="cd34"),
    )  # fmt: skip
    graph = _feed(site, "/catalog.ttl")
    sums = [graph.value(checksum, _SPDX.checksumValue) for checksum in graph.objects(_FILE, _SPDX.checksum)]
    assert sorted(map(str, sums)) == ["ab12", "cd34"]
    assert len(list(graph.objects(_FILE, DCTERMS.rights))) == 1


def test_what_one_of_them_says_twice_stays_there_twice(site: Site, run: Callable[..., Ran], tmp_path: Path) -> None:
    twice = '<https://a.example/file> dct:rights [ rdfs:label "free" ], [ rdfs:label "free" ] .'
    _import(site, run, tmp_path, _DATASET.format(id="a") + _DATASET.format(id="b") + twice)
    assert len(list(_feed(site, "/catalog.ttl").objects(_FILE, DCTERMS.rights))) == 2
