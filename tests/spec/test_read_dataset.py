"""Draft, "Read Dataset API Call"."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, XSD

from dcip_server.store import Delete, Put
from tests.conftest import Site
from tests.records import dataset, record
from tests.spec import rule
from tests.spec.asking import JSON, N3, ask, assert_bare, assert_ok, read_graph, read_json

ENDPOINT = "http://catalog.example/rest"


@rule("DCIP-READ-1", "DCIP-READ-9")
def test_a_dataset_that_exists_is_answered_200_with_its_json(catalog: Site) -> None:
    answer = ask(catalog, "/rest/dataset/id/123.json")
    assert_ok(answer, JSON)
    value = json.loads(answer.data.decode("utf-8"))
    assert value.items() >= record(123, title="Lakes", tags=["water", "lake"]).items()


@rule("DCIP-READ-1", "DCIP-READ-10")
def test_a_dataset_that_exists_is_answered_200_with_its_n3(catalog: Site) -> None:
    answer = ask(catalog, "/rest/dataset/id/123.dcat.N3")
    assert_ok(answer, N3)
    graph = Graph().parse(data=answer.data.decode("utf-8"), format="n3")
    subject = URIRef(f"{ENDPOINT}/dataset/id/123")
    assert list(graph.subjects(RDF.type, DCAT.Dataset)) == [subject]
    assert graph.value(subject, DCTERMS.title) == Literal("Lakes")
    assert graph.value(subject, DCTERMS.identifier) == Literal("123", datatype=XSD.integer)
    assert set(graph.objects(subject, DCAT.keyword)) == {Literal("water"), Literal("lake")}
    (catalog_record,) = graph.subjects(RDF.type, DCAT.CatalogRecord)
    assert graph.value(catalog_record, FOAF.primaryTopic) == subject


@rule("DCIP-READ-9")
def test_the_json_is_one_object_in_utf_8_without_byte_order_mark(site: Site) -> None:
    site.store.revise([Put(dataset("1", title="Zürich, 東京, 𝄞 \u2028 \u200f"))])
    body = ask(site, "/rest/dataset/id/1.json").data
    assert body.startswith(b"{")
    assert json.loads(body.decode("utf-8"))["title"] == "Zürich, 東京, 𝄞 \u2028 \u200f"


@rule("DCIP-READ-10")
def test_the_n3_is_utf_8_without_byte_order_mark(site: Site) -> None:
    title = 'Zürich, 東京, 𝄞 \u2028 \u200f " \\ \n'
    site.store.revise([Put(dataset("1", title=title))])
    body = ask(site, "/rest/dataset/id/1.dcat.N3").data
    assert not body.startswith(b"\xef\xbb\xbf")
    graph = Graph().parse(data=body.decode("utf-8"), format="n3")
    assert graph.value(URIRef(f"{ENDPOINT}/dataset/id/1"), DCTERMS.title) == Literal(title)


@rule("DCIP-READ-3", "DCIP-READ-7")
@pytest.mark.parametrize(
    "id", ["nobody", "1234", "12", "0123", "wells.json", "123.dcat", "%20123", "wells%2F", "x" * 9000]
)
def test_an_id_never_seen_is_answered_404(catalog: Site, id: str) -> None:
    assert_bare(ask(catalog, f"/rest/dataset/id/{id}.json"), 404)
    assert_bare(ask(catalog, f"/rest/dataset/id/{id}.dcat.N3"), 404)


@rule("DCIP-READ-3")
def test_the_id_of_a_deleted_dataset_is_answered_404(catalog: Site) -> None:
    assert_bare(ask(catalog, "/rest/dataset/id/tides.json"), 404)
    assert_bare(ask(catalog, "/rest/dataset/id/tides.dcat.N3"), 404)


@rule("DCIP-READ-1")
def test_a_dataset_that_was_deleted_and_created_again_is_answered_200(catalog: Site) -> None:
    assert read_json(catalog, "/rest/dataset/id/springs.json")["title"] == "Springs again"
    assert len(read_graph(catalog, "/rest/dataset/id/springs.dcat.N3")) > 5


@rule("DCIP-READ-2", "DCIP-READ-11")
@pytest.mark.parametrize("id", ["123", "nobody", "tides", "", "a%2Fb", "123.", ".", "..", "123.json.", "123.json.xml"])
def test_a_url_without_a_known_format_extension_is_answered_400_whether_or_not_the_id_exists(
    catalog: Site, id: str
) -> None:
    if id:
        assert_bare(ask(catalog, f"/rest/dataset/id/{id}"), 400)
    for extension in (".xml", ".html", ".n3", ".ttl", ".rdf", ".jsonld", ".JSON", ".Json", ".dcat.n3", ".DCAT.N3"):
        assert_bare(ask(catalog, f"/rest/dataset/id/{id}{extension}"), 400)


@rule("DCIP-READ-11")
@pytest.mark.parametrize("id", ["a.json", "a.dcat.N3", ".json", "json", "id.json"])
def test_an_id_that_looks_like_a_file_still_needs_its_extension(site: Site, id: str) -> None:
    site.store.revise([Put(dataset(id))])
    assert read_json(site, f"/rest/dataset/id/{id}.json")["id"] == id
    expected = 400 if id in (".json", "json") else 404
    assert_bare(ask(site, f"/rest/dataset/id/{id}"), expected)


@rule("DCIP-READ-8")
@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/1.1"])
def test_both_versions_of_http_get_the_same_answer(catalog: Site, protocol: str) -> None:
    answer = ask(catalog, "/rest/dataset/id/123.json", environ_overrides={"SERVER_PROTOCOL": protocol})
    assert_ok(answer, JSON)
    assert answer.data == ask(catalog, "/rest/dataset/id/123.json").data


def test_reading_does_not_depend_on_what_else_was_read(catalog: Site) -> None:
    urls = ["/rest/dataset/id/123.json", "/rest/dataset/id/wells.json", "/rest/dataset/id/123.dcat.N3"]
    first = [ask(catalog, url).data for url in urls]
    assert [ask(catalog, url).data for url in reversed(urls)] == first[::-1]


def test_an_update_is_read_at_once_in_both_serialisations(site: Site) -> None:
    for title in ("First", "Second", "Third"):
        site.store.revise([Put(dataset("1", title=title))])
        assert read_json(site, "/rest/dataset/id/1.json")["title"] == title
        graph = read_graph(site, "/rest/dataset/id/1.dcat.N3")
        assert graph.value(URIRef(f"{ENDPOINT}/dataset/id/1"), DCTERMS.title) == Literal(title)


def test_the_same_record_is_the_same_bytes_however_often_it_is_imported(site: Site) -> None:
    site.store.revise([Put(dataset("1"))])
    before = [ask(site, f"/rest/dataset/id/1.{extension}").data for extension in ("json", "dcat.N3")]
    site.store.revise([Put(dataset("1"))])
    assert [ask(site, f"/rest/dataset/id/1.{extension}").data for extension in ("json", "dcat.N3")] == before
    assert [entry["revision"] for entry in read_json(site, "/rest/dataset/id/")] == [1]


def test_123_and_text_123_are_one_record_and_the_last_import_decides_the_type(site: Site) -> None:
    for id in (123, "123", 123):
        site.store.revise([Put(dataset(id))])
        assert read_json(site, "/rest/dataset/id/123.json")["id"] == id
        (entry,) = read_json(site, "/rest/dataset/id/")
        assert entry["id"] == id
        assert entry["url"] == f"{ENDPOINT}/dataset/id/123.json"
        assert entry["sha256"] == sha256(ask(site, entry["url"]).data).hexdigest()
    assert entry["revision"] == 3
    site.store.revise([Delete("dataset", "123")])
    assert_bare(ask(site, "/rest/dataset/id/123.json"), 404)


@pytest.mark.parametrize("id", [0, -1, 7, 10**30])
def test_an_integer_id_is_read_back_as_an_integer(site: Site, id: int) -> None:
    site.store.revise([Put(dataset(id))])
    (entry,) = read_json(site, "/rest/dataset/id/")
    assert entry["id"] == id == read_json(site, entry["url"])["id"]
    graph = read_graph(site, f"/rest/dataset/id/{id}.dcat.N3")
    assert list(graph.objects(None, DCTERMS.identifier)) == [Literal(str(id), datatype=XSD.integer)]


@pytest.mark.parametrize("id", ["007", "+7", "1e3", "1.0", "-0", "٣"])
def test_text_that_looks_like_a_number_is_read_back_as_that_text(site: Site, id: str) -> None:
    site.store.revise([Put(dataset(id))])
    (entry,) = read_json(site, "/rest/dataset/id/")
    assert entry["id"] == id == read_json(site, entry["url"])["id"]
    assert_bare(ask(site, "/rest/dataset/id/7.json"), 404)
