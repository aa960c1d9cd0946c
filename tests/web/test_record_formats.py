"""A record outside the endpoint: one address with content negotiation, and one for each format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
import rdflib
from rdflib import DCAT, DCTERMS, FOAF, RDF

from dcip_server.store import Delete, Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.web.html import Page

_TYPES = {
    "html": ("text/html; charset=utf-8", ""),
    "json": ("application/json; charset=utf-8", ""),
    "ttl": ("text/turtle; charset=utf-8", "turtle"),
    "rdf": ("application/rdf+xml; charset=utf-8", "xml"),
    "jsonld": ("application/ld+json; charset=utf-8", "json-ld"),
    "n3": ("text/n3; charset=utf-8", "n3"),
}
_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.fixture
def lakes(site: Site) -> Site:
    site.store.revise([Put(dataset("a/lakes 1", title="Lakes")), Put(dataset("gone"))])
    site.store.revise([Delete("dataset", "gone")])
    return site


def test_each_format_has_an_address_and_says_the_same(lakes: Site) -> None:
    assert len(_TYPES) == 6
    graphs = []
    for extension, (content_type, parser) in _TYPES.items():
        answer = lakes.get(f"/dataset/a%2Flakes%201.{extension}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type)
        assert lakes.get(f"/dataset/a%2Flakes%201?format={extension}").data == answer.data
        if parser:
            graphs.append(rdflib.Graph().parse(data=answer.data, format=parser))
    assert all(set(graph) == set(graphs[0]) for graph in graphs)
    (subject,) = graphs[0].subjects(RDF.type, DCAT.Dataset)
    assert graphs[0].value(subject, DCTERMS.title) == rdflib.Literal("Lakes")
    endpoint = lakes.get("/rest/dataset/id/a%2Flakes%201.json")
    assert lakes.get("/dataset/a%2Flakes%201.json").data == endpoint.data


@pytest.mark.parametrize(
    ("accept", "extension"),
    [
        ("", "html"), ("*/*", "html"), (_BROWSER, "html"), ("image/png", "html"),
        ("text/turtle", "ttl"), ("application/rdf+xml", "rdf"), ("application/ld+json", "jsonld"), ("text/n3", "n3"),
        ("application/json", "json"), ("text/html;q=0.5, text/turtle", "ttl"), ("text/turtle;q=0.5, text/html", "html"),
        ("application/ld+json;q=0.2, text/turtle;q=0.1", "jsonld"), ("text/turtle, */*;q=0.1", "ttl"),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', "jsonld"), ("text/turtle;charset=utf-8", "ttl"),
        ("text/turtle;q=1.0;ext=1", "ttl"), ("text/turtle;charset=utf-8;q=0.4, application/rdf+xml;q=0.6", "rdf"),
        ("TEXT/TURTLE;Charset=UTF-8", "ttl"),
    ],
)  # fmt: skip
def test_the_one_address_gives_what_is_preferred(lakes: Site, accept: str, extension: str) -> None:
    answer = lakes.get("/dataset/a%2Flakes%201", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, _TYPES[extension][0])
    assert "Accept" in [name.strip() for name in answer.headers["Vary"].split(",")]


def test_every_address_that_a_page_names_answers_in_the_type_that_it_names(lakes: Site) -> None:
    for accept in ("text/html", "text/turtle"):
        answer = lakes.get("/dataset/a%2Flakes%201", headers={"Accept": accept})
        links = [link.split("; ") for link in answer.headers["Link"].split(", ")]
        assert links[0] == [f"<{lakes.url}/dataset/a%2Flakes%201>", 'rel="canonical"']
        named = {link[2].removeprefix("type=").strip('"'): link[0].strip("<>") for link in links[1:]}
        assert len(named) == 5
        for media_type, url in named.items():
            assert lakes.get(url.removeprefix(lakes.url)).headers["Content-Type"].startswith(f"{media_type};")
    page = Page(lakes.get("/dataset/a%2Flakes%201").text)
    alternates = [link for link in page.all("link") if link.attributes.get("rel") == "alternate"]
    types = {link.attributes["type"] for link in alternates if "/search" not in (link.attributes["href"] or "")}
    assert types >= {"text/turtle", "application/rdf+xml", "application/ld+json", "application/json", "text/n3"}


@pytest.mark.parametrize(
    "path", ["/id/thing", "/def/trees%20%26%20more", "/old.php?id=7", "/été", "/dataset/that/was/here"]
)
def test_an_iri_below_the_site_that_is_no_page_leads_to_the_page_of_its_record(
    sqlite_store: Store, make_site: Callable[..., Site], path: str
) -> None:
    site = make_site(sqlite_store, site_url="https://data.example/cat", endpoint_path="/api")
    site.store.revise([Put(replace(dataset("a/b"), iri=f"https://data.example/cat{path}")), Put(dataset("c"))])
    for method in ("GET", "HEAD"):
        answer = site.request(method, path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "https://data.example/cat/dataset/a%2Fb")
    assert site.request("POST", path).status_code in (404, 405)
    assert site.get(f"{path}x").status_code == 404
    site.store.revise([Delete("dataset", "a/b")])
    assert site.get(path).status_code == 404


def test_below_the_endpoint_no_iri_leads_to_a_page(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    site = make_site(sqlite_store, site_url="https://data.example/cat", endpoint_path="/api")
    site.store.revise([Put(replace(dataset("a"), iri="https://data.example/cat/api/dataset/id/none.json"))])
    assert site.get("/api/dataset/id/none.json").status_code == 404


@pytest.mark.parametrize("id", ["a/b c?d#e%2F+Ä", 7, "x.json", "x.ttl", ".", "..", "urn:x:1"])
def test_an_iri_of_ours_is_the_same_in_all_formats_and_feeds_and_answers_there(
    sqlite_store: Store, make_site: Callable[..., Site], id: str | int
) -> None:
    site = make_site(sqlite_store, site_url="https://data.example/cat", endpoint_path="/api")
    site.store.revise([Put(dataset("x")), Put(dataset(id, title="Wanted"))])
    graphs = {f"/catalog.{extension}": parser for extension, (_, parser) in _TYPES.items() if parser}
    graphs |= {f"/dataset/{quote(str(id), safe='')}?format={path[9:]}": parser for path, parser in graphs.items()}
    assert len(graphs) == 8
    found = set()
    for path, parser in graphs.items():
        graph = rdflib.Graph().parse(data=site.get(path).data, format=parser)
        subject = graph.value(predicate=DCTERMS.title, object=rdflib.Literal("Wanted"), any=False)
        assert graph.value(predicate=FOAF.primaryTopic, object=subject)
        found.add(str(subject))
    (iri,) = found
    assert iri.startswith("https://data.example/cat/dataset/")
    for content_type, _ in _TYPES.values():
        accept = {"Accept": content_type.partition(";")[0]}
        answer = site.get(iri.removeprefix("https://data.example/cat"), headers=accept)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type)
    # At the endpoint it is the one that its protocol's URLs have.
    assert "/api/> ." in site.get(f"/api/dataset/id/{quote(str(id), safe='')}.dcat.N3").text


def test_an_iri_that_the_source_gave_stays_in_all_formats(site: Site) -> None:
    site.store.revise([Put(dataset("https://elsewhere.example/d/1"))])
    for path in ("/catalog.ttl", "/dataset/https%3A%2F%2Felsewhere.example%2Fd%2F1.ttl"):
        graph = rdflib.Graph().parse(data=site.get(path).data)
        assert set(graph.subjects(RDF.type, DCAT.Dataset)) == {rdflib.URIRef("https://elsewhere.example/d/1")}


def test_an_id_that_ends_like_an_extension_is_an_id_first(lakes: Site) -> None:
    lakes.store.revise([Put(dataset("x", title="Plain")), Put(dataset("x.ttl", title="Named like a file"))])
    assert Page(lakes.get("/dataset/x.ttl").text).one("h1").text == "Named like a file"
    turtle = lakes.get("/dataset/x", headers={"Accept": "text/turtle"})
    assert "Plain" in turtle.text
    assert f"<{lakes.url}/dataset/x?format=ttl>" in turtle.headers["Link"]
    assert lakes.get("/dataset/x?format=ttl").data == turtle.data
    assert "Named like a file" in lakes.get("/dataset/x.ttl.ttl").text


@pytest.mark.parametrize(
    ("path", "status"),
    [("gone", 410), ("gone.ttl", 410), ("never.ttl", 404), (".ttl", 404), ("gone?format=ttl", 410), ("x?format=exe", 400)],
)  # fmt: skip
def test_what_is_not_there_is_no_data(lakes: Site, path: str, status: int) -> None:
    assert lakes.get(f"/dataset/{path}", headers={"Accept": "text/turtle"}).status_code == status


def test_a_very_long_id_makes_no_header_that_a_proxy_refuses(lakes: Site) -> None:
    lakes.store.revise([Put(dataset("long" * 2000))])
    answer = lakes.get(f"/dataset/{'long' * 2000}.ttl")
    assert (answer.status_code, "Link" in answer.headers) == (200, False)
