"""Draft, "Potential Catalog Entity Attributes": the catalog about itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rdflib import Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, RDF

from dcip_server.store import Delete, Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import read_graph, read_json

TEXTS = {
    "catalog_id": "north-water",
    "catalog_title": "Water of the North",
    "catalog_description": 'Gauges & <springs>, “quoted” \\ "wells".\nSecond line.',
    "catalog_contact": "Desk for Waters",
}


@rule("DCIP-SCHEMA-6")
def test_the_catalog_has_id_description_and_contact_in_json(
    sqlite_store: Store, make_site: Callable[..., Site]
) -> None:
    value = read_json(make_site(sqlite_store, **TEXTS), "/rest/catalog.json")
    assert value["id"] == TEXTS["catalog_id"]
    assert value["title"] == TEXTS["catalog_title"]
    assert value["description"] == TEXTS["catalog_description"]
    assert value["contact"] == TEXTS["catalog_contact"]


@rule("DCIP-SCHEMA-6")
def test_the_catalog_has_them_in_n3(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    graph = read_graph(make_site(sqlite_store, **TEXTS), "/rest/catalog.dcat.N3")
    (catalog,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert list(graph.objects(catalog, DCTERMS.identifier)) == [Literal(TEXTS["catalog_id"])]
    assert list(graph.objects(catalog, DCTERMS.title)) == [Literal(TEXTS["catalog_title"])]
    assert list(graph.objects(catalog, DCTERMS.description)) == [Literal(TEXTS["catalog_description"])]
    (contact,) = graph.objects(catalog, DCAT.contactPoint)
    assert Literal(TEXTS["catalog_contact"]) in set(graph.objects(contact))


@rule("DCIP-SCHEMA-6")
@pytest.mark.parametrize(
    ("contact", "term"),
    [
        ("water@data.example", URIRef("mailto:water@data.example")),
        ("https://data.example/contact", URIRef("https://data.example/contact")),
        ("Desk, water@data.example", Literal("Desk, water@data.example")),
        ("+41 44 000 00 00", Literal("+41 44 000 00 00")),
    ],
)
def test_a_contact_is_a_mail_address_a_page_or_a_name(
    sqlite_store: Store, make_site: Callable[..., Site], contact: str, term: URIRef | Literal
) -> None:
    site = make_site(sqlite_store, catalog_contact=contact)
    assert read_json(site, "/rest/catalog.json")["contact"] == contact
    graph = read_graph(site, "/rest/catalog.dcat.N3")
    (point,) = graph.objects(None, DCAT.contactPoint)
    assert term in set(graph.objects(point))


@rule("DCIP-SCHEMA-6")
def test_an_operator_who_sets_nothing_still_has_a_catalog_that_conforms(site: Site) -> None:
    value = read_json(site, "/rest/catalog.json")
    assert all(value[key].strip() for key in ("id", "description", "contact"))
    assert len(read_graph(site, "/rest/catalog.dcat.N3")) > 5


def test_the_catalog_tells_how_many_records_live_and_its_revision(site: Site) -> None:
    assert read_json(site, "/rest/catalog.json")["records"] == 0
    site.store.revise([Put(dataset(number)) for number in range(5)])
    site.store.revise([Delete("dataset", 1), Delete("dataset", 2)])
    value = read_json(site, "/rest/catalog.json")
    assert (value["records"], value["revision"]) == (3, 7)
    assert value["modified"] == read_json(site, "/rest/dataset/id/")[-1]["modified"]
