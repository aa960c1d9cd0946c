"""Draft, "List Dataset API Call": the change list in N3, a dcat:Catalog with its dcat:CatalogRecords."""

from __future__ import annotations

from datetime import datetime

import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, XSD

from dcip_server.store import Delete, Put
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import read_graph, read_json

ADMS = Namespace("http://www.w3.org/ns/adms#")
CHANGE = Namespace("http://purl.org/adms/changetype/")
STATUS = {"create": CHANGE.created, "update": CHANGE.updated, "delete": CHANGE.deleted}

LIST = "/rest/dataset/id.dcat.N3"


def record_of(graph: Graph, id: str | int) -> URIRef:
    """The catalog record that bears the identifier."""
    literal = Literal(id) if isinstance(id, str) else Literal(str(id), datatype=XSD.integer)
    (found,) = graph.subjects(DCTERMS.identifier, literal)
    assert isinstance(found, URIRef)
    return found


@rule("DCIP-LIST-1")
def test_the_list_is_one_catalog_with_a_record_for_each_entry(catalog: Site) -> None:
    graph = read_graph(catalog, LIST)
    (listing,) = graph.subjects(RDF.type, DCAT.Catalog)
    records = set(graph.objects(listing, DCAT.record))
    assert len(records) == len(read_json(catalog, "/rest/dataset/id.json")) == 5
    assert records == set(graph.subjects(RDF.type, DCAT.CatalogRecord))


@rule("DCIP-LIST-2", "DCIP-LIST-3", "DCIP-LIST-4", "DCIP-LIST-5")
def test_the_n3_list_says_what_the_json_list_says(catalog: Site) -> None:
    graph = read_graph(catalog, LIST)
    for entry in read_json(catalog, "/rest/dataset/id.json"):
        record = record_of(graph, entry["id"])
        assert list(graph.objects(record, DCTERMS.modified)) == [Literal(entry["modified"], datatype=XSD.dateTime)]
        assert list(graph.objects(record, ADMS.status)) == [STATUS[entry["change_type"]]]
        assert URIRef(entry["url"].removesuffix(".json") + ".dcat.N3") in set(graph.objects(record))
        assert Literal(str(entry["revision"])) in set(graph.objects(record))


@rule("DCIP-LIST-4")
def test_modified_is_a_time_that_rdf_tools_understand(catalog: Site) -> None:
    graph = read_graph(catalog, LIST)
    times = [literal.toPython() for literal in graph.objects(None, DCTERMS.modified)]
    assert len(times) == 5
    assert all(isinstance(moment, datetime) and moment.utcoffset() is not None for moment in times)


def test_the_primary_topic_is_what_the_records_n3_describes(catalog: Site) -> None:
    graph = read_graph(catalog, LIST)
    for entry in read_json(catalog, "/rest/dataset/id.json"):
        (topic,) = graph.objects(record_of(graph, entry["id"]), FOAF.primaryTopic)
        if entry["change_type"] != "delete":
            described = read_graph(catalog, entry["url"].removesuffix(".json") + ".dcat.N3")
            assert list(described.subjects(RDF.type, DCAT.Dataset)) == [topic]


@pytest.mark.parametrize(
    ("id", "topic"),
    [
        ("http://data.example/d/1", "http://data.example/d/1"),
        ("https://data.example/d?x=1#y", "https://data.example/d?x=1#y"),
        ("plain", "http://catalog.example/rest/dataset/id/plain"),
        ("a b", "http://catalog.example/rest/dataset/id/a%20b"),
        ("urn:x:1", "http://catalog.example/rest/dataset/id/urn%3Ax%3A1"),
    ],
)
def test_the_primary_topic_is_the_datasets_own_iri_or_its_url(site: Site, id: str, topic: str) -> None:
    site.store.revise([Put(dataset(id))])
    graph = read_graph(site, LIST)
    assert list(graph.objects(record_of(graph, id), FOAF.primaryTopic)) == [URIRef(topic)]
    site.store.revise([Delete("dataset", id)])
    graph = read_graph(site, LIST)
    assert list(graph.objects(record_of(graph, id), FOAF.primaryTopic)) == [URIRef(topic)]
    assert list(graph.objects(record_of(graph, id), ADMS.status)) == [CHANGE.deleted]


@rule("DCIP-LIST-1")
def test_an_empty_catalog_is_a_catalog_without_records(site: Site) -> None:
    graph = read_graph(site, LIST)
    assert len(list(graph.subjects(RDF.type, DCAT.Catalog))) == 1
    assert list(graph.objects(None, DCAT.record)) == []


def test_the_catalog_of_the_list_is_the_catalog_of_the_catalog_url(catalog: Site) -> None:
    listed = set(read_graph(catalog, LIST).subjects(RDF.type, DCAT.Catalog))
    assert listed == set(read_graph(catalog, "/rest/catalog.dcat.N3").subjects(RDF.type, DCAT.Catalog))


def test_changes_since_have_the_same_shape(catalog: Site) -> None:
    graph = read_graph(catalog, "/rest/dataset/since/6.dcat.N3")
    (listing,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert set(graph.objects(listing, DCAT.record)) == {record_of(graph, "tides"), record_of(graph, "springs")}
    whole = read_graph(catalog, LIST)
    assert set(graph) <= set(whole)


def test_a_look_up_has_the_same_shape_and_titles(catalog: Site) -> None:
    graph = read_graph(catalog, "/rest/dataset/tags/water.dcat.N3")
    (listing,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert set(graph.objects(listing, DCAT.record)) == {record_of(graph, 123), record_of(graph, "wells")}
    assert list(graph.objects(record_of(graph, 123), DCTERMS.title)) == [Literal("Lakes")]
