"""Draft, "Entities" and "Extensions": datasets in both serialisations, and further entity types.

A further type is one row of the table of entity types and an entity of that type; everything else
reads the table.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rdflib import Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF

from dcip_server.entities import Dataset
from dcip_server.namespaces import DCAT as DCAT_TERMS
from dcip_server.protocol.entity_types import ENTITY_TYPES, EntityType
from dcip_server.store import Delete, Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import JSON, N3, TEXT, ask, assert_bare, assert_ok, ids, read_graph, read_json

ENDPOINT = "http://catalog.example/rest"


@rule("DCIP-ENT-1", "DCIP-ENT-2")
def test_every_live_dataset_is_there_in_json_and_in_n3(catalog: Site) -> None:
    for id in (123, "wells", "rivers", "springs"):
        value = read_json(catalog, f"/rest/dataset/id/{id}.json")
        assert value["id"] == id
        graph = read_graph(catalog, f"/rest/dataset/id/{id}.dcat.N3")
        subject = URIRef(f"{ENDPOINT}/dataset/id/{id}")
        assert (subject, RDF.type, DCAT.Dataset) in graph
        assert graph.value(subject, DCTERMS.title) == Literal(value["title"])


class DataService(Dataset):
    """An entity of another type, with the same attributes."""

    entity_type = "dataservice"


def service(id: str, **keys: str) -> DataService:
    base = dataset(id)
    return DataService(id=id, title=keys.get("title", f"Service {id}"), distributions=base.distributions, tags=("api",))


@pytest.fixture
def two_types(sqlite_store: Store, make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site with a second entity type: one more row."""
    row = EntityType(
        name="dataservice",
        label="DataService",
        plural="DataServices",
        rdf_class=DCAT_TERMS.DataService,
        help_text="dataset.txt",
        attributes=("title", "tags"),
    )
    monkeypatch.setitem(ENTITY_TYPES, "dataservice", row)
    sqlite_store.revise([Put(dataset("x", title="A dataset")), Put(service("x", title="A service")), Put(service("y"))])
    return make_site(sqlite_store, catalog_title="A catalog of two types")


@rule("DCIP-ENT-1")
def test_a_further_entity_is_read_in_json(two_types: Site) -> None:
    assert read_json(two_types, "/rest/dataservice/id/x.json")["title"] == "A service"
    assert read_json(two_types, "/rest/dataset/id/x.json")["title"] == "A dataset"
    assert read_json(two_types, "/rest/DataService/id/y.json")["title"] == "Service y"
    assert_bare(ask(two_types, "/rest/dataset/id/y.json"), 404)
    assert_bare(ask(two_types, "/rest/dataservice/id/z.json"), 404)
    assert_bare(ask(two_types, "/rest/dataservice/id/x"), 400)


@rule("DCIP-ENT-2")
def test_a_further_entity_is_read_in_n3_as_its_own_class(two_types: Site) -> None:
    graph = read_graph(two_types, "/rest/dataservice/id/x.dcat.N3")
    subject = URIRef(f"{ENDPOINT}/dataservice/id/x")
    assert graph.value(subject, DCTERMS.title) == Literal("A service")
    assert list(graph.objects(subject, RDF.type)) == [DCAT.DataService]
    assert list(graph.subjects(RDF.type, DCAT.Dataset)) == []


def test_each_entity_type_has_a_list_of_its_own(two_types: Site) -> None:
    assert ids(read_json(two_types, "/rest/dataset/id/")) == ["x"]
    services = read_json(two_types, "/rest/dataservice/id/")
    assert [entry["url"] for entry in services] == [f"{ENDPOINT}/dataservice/id/{id}.json" for id in "xy"]
    assert [entry["revision"] for entry in services] == [2, 3]
    topics = set(read_graph(two_types, "/rest/dataservice/id.dcat.N3").objects(None, FOAF.primaryTopic))
    assert topics == {URIRef(f"{ENDPOINT}/dataservice/id/{id}") for id in "xy"}


def test_a_change_of_one_type_is_none_of_the_other(two_types: Site) -> None:
    before = ask(two_types, "/rest/dataset/id/").data
    two_types.store.revise([Put(service("y", title="Renamed")), Delete("dataservice", "x")])
    found = [(entry["id"], entry["change_type"]) for entry in read_json(two_types, "/rest/dataservice/id/")]
    assert found == [("y", "update"), ("x", "delete")]
    assert ask(two_types, "/rest/dataset/id/").data == before
    assert ids(read_json(two_types, "/rest/dataservice/since/3.json")) == ["y", "x"]
    assert read_json(two_types, "/rest/dataset/since/1.json") == []


def test_a_further_entity_type_is_looked_up_by_its_own_attributes(two_types: Site) -> None:
    assert ids(read_json(two_types, "/rest/dataservice/tags/api.json")) == ["x", "y"]
    assert read_json(two_types, "/rest/dataset/tags/api.json") == []
    assert ids(read_json(two_types, "/rest/dataset/license/cc-by.json")) == ["x"]
    assert_bare(ask(two_types, "/rest/dataservice/license/cc-by.json"), 400)


@rule("DCIP-HELP-4", "DCIP-API-4")
def test_a_further_entity_type_has_help_and_stands_in_the_api_help(two_types: Site) -> None:
    for url in ("/rest/dataservice/", "/rest/dataservice"):
        assert ask(two_types, url).headers["Location"] == f"{ENDPOINT}/dataservice/help.txt"
    answer = ask(two_types, "/rest/dataservice/help.txt")
    assert_ok(answer, TEXT)
    assert "DataServices" in answer.text
    assert f"GET {ENDPOINT}/dataservice/id/123.json" in answer.text
    api_help = ask(two_types, "/rest/help.txt").text
    assert f"{ENDPOINT}/dataservice/help.txt" in api_help
    assert f"{ENDPOINT}/dataset/help.txt" in api_help


def test_the_rules_hold_for_a_further_entity_type(two_types: Site) -> None:
    assert_bare(ask(two_types, "/rest/dataservice/id/x.json", "POST"), 400)
    assert_ok(ask(two_types, "/rest/dataservice/id.dcat.N3"), N3)
    assert_ok(ask(two_types, "/rest/dataservice/", headers={"Accept": "application/json"}), JSON)


def test_without_a_row_a_type_is_unknown(catalog: Site) -> None:
    assert_bare(ask(catalog, "/rest/distribution/"), 400)
    assert_bare(ask(catalog, "/rest/distribution/id/x.json"), 400)
