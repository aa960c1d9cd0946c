"""The catalog in RDF as harvesters walk it: ckanext-dcat's and udata's walk, played over a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import rdflib
from rdflib import DCAT, DCTERMS, FOAF, RDF

from dcip_server.store import Change, Delete, Put, Store
from tests.conftest import Ran, Server, Site
from tests.records import dataset

HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
TYPES = {
    "ttl": ("text/turtle; charset=utf-8", "turtle"),
    "rdf": ("application/rdf+xml; charset=utf-8", "xml"),
    "jsonld": ("application/ld+json; charset=utf-8", "json-ld"),
    "n3": ("text/n3; charset=utf-8", "n3"),
}


def _fill(store: Store, first: int, last: int) -> None:
    store.revise([Put(dataset(f"d{number}", title=f"Bäume {number}")) for number in range(first, last + 1)])


def _ask(method: str, url: str) -> tuple[HTTPResponse, bytes]:
    parts = urlsplit(url)
    with closing(HTTPConnection(parts.netloc)) as connection:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path)
        answer = connection.getresponse()
        return answer, answer.read()


def _next_of(graph: rdflib.Graph, kind: Any, predicate: Any) -> str | None:
    """The one node of that kind leads on, or not."""
    (node,) = graph.subjects(RDF.type, kind)
    (total,) = graph.objects(node, HYDRA.totalItems)
    assert isinstance(total.toPython(), int)
    found = list(graph.objects(node, predicate))
    return str(found[0]) if found else None


def _walk_like_ckanext_dcat(url: str) -> Iterator[rdflib.Graph]:
    """3.1: HEAD, which must be 200 with a length; GET; the format of page 1 for all; ``hydra:next``."""
    format, seen, wanted = "", set(), url
    while wanted:
        assert wanted not in seen
        seen.add(wanted)
        head, nothing = _ask("HEAD", wanted)
        assert (head.status, nothing) == (200, b"")
        assert int(head.headers["Content-Length"]) < 50 << 20
        answer, body = _ask("GET", wanted)
        assert (answer.status, len(body)) == (200, int(head.headers["Content-Length"]))
        format = format or answer.headers["Content-Type"].split(";")[0]
        yield (graph := rdflib.Graph().parse(data=body.decode(), format=format))
        wanted = _next_of(graph, HYDRA.PartialCollectionView, HYDRA.next) or ""


def _walk_like_udata(url: str, format: str) -> Iterator[rdflib.Graph]:
    """3.4: the format from the URL's extension, for all pages; any redirect is an error."""
    wanted: str | None = url
    while wanted:
        answer, body = _ask("GET", wanted)
        assert answer.status == 200
        yield (graph := rdflib.Graph().parse(data=body.decode(), format=format))
        wanted = _next_of(graph, HYDRA.PagedCollection, HYDRA.nextPage)


def _identifiers(graph: rdflib.Graph) -> list[str]:
    subjects = set(graph.subjects(RDF.type, DCAT.Dataset))
    return [str(graph.value(subject, DCTERMS.identifier, any=False)) for subject in subjects]


def test_both_walks_over_a_real_server_give_every_dataset_once(
    sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]
) -> None:
    _fill(sqlite_store, 1, 250)
    due = sorted(f"d{number}" for number in range(1, 251))
    server = serve(sqlite_url)
    assert len(TYPES) == 4
    for extension, (content_type, format) in TYPES.items():
        answer, _ = _ask("HEAD", f"{server.url}/catalog.{extension}")
        assert answer.headers["Content-Type"] == content_type
        pages = list(_walk_like_udata(f"{server.url}/catalog.{extension}", format))
        assert len(pages) == 3
        assert sorted(id for page in pages for id in _identifiers(page)) == due
    pages = list(_walk_like_ckanext_dcat(f"{server.url}/catalog.ttl"))
    assert sorted(id for page in pages for id in _identifiers(page)) == due
    sqlite_store.revise([Delete("dataset", "d7"), Put(dataset("d8", title="Other")), Put(dataset("new"))])
    again = [id for page in _walk_like_ckanext_dcat(f"{server.url}/catalog.rdf") for id in _identifiers(page)]
    assert sorted(again) == sorted({*due, "new"} - {"d7"})


def _graph(site: Site, path: str, format: str = "turtle") -> rdflib.Graph:
    answer = site.get(path)
    assert answer.status_code == 200
    return rdflib.Graph().parse(data=answer.data, format=format)


def test_what_happens_in_the_middle_of_a_walk_hides_nothing(store: Store, make_site: Callable[..., Site]) -> None:
    _fill(store, 1, 220)
    site = make_site(store)
    first = _identifiers(_graph(site, "/catalog.ttl"))
    store.revise([Delete("dataset", "d1"), Put(dataset("d2", title="Edited")), Put(dataset("d150", title="Edited"))])
    store.revise([Put(dataset("late")), Put(dataset("d1"))])
    rest = [id for number in (2, 3) for id in _identifiers(_graph(site, f"/catalog.ttl?page={number}"))]
    assert sorted(first + rest) == sorted([*(f"d{number}" for number in range(1, 221)), "late"])


def test_pages_whose_records_are_gone_are_not_walked_but_answered(store: Store, make_site: Callable[..., Site]) -> None:
    _fill(store, 1, 350)
    store.revise([Delete("dataset", f"d{number}") for number in range(101, 301)], allow_mass_delete=True)
    site = make_site(store)
    page = _graph(site, "/catalog.ttl")
    assert _next_of(page, HYDRA.PartialCollectionView, HYDRA.next) == f"{site.url}/catalog.ttl?page=4"
    gone = _graph(site, "/catalog.ttl?page=2")
    assert _identifiers(gone) == []
    assert len(_identifiers(_graph(site, "/catalog.ttl?page=4"))) == 50
    assert site.get("/catalog.ttl?page=5").status_code == 404


def test_an_empty_catalog_has_one_page_without_a_next(site: Site) -> None:
    graph = _graph(site, "/catalog.ttl")
    assert _identifiers(graph) == []
    assert _next_of(graph, HYDRA.PartialCollectionView, HYDRA.next) is None
    assert _next_of(graph, HYDRA.PagedCollection, HYDRA.nextPage) is None
    (catalog,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert graph.value(catalog, DCTERMS.title)
    assert graph.value(catalog, DCTERMS.description)
    publisher = graph.value(catalog, DCTERMS.publisher)
    assert graph.value(publisher, FOAF.name)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=", "page=1&page=2", "modified_since=2026-01-01", "page=1&x=", f"page={'9' * 30}",
     "page=01", "page=1.0", "page=1e1", "page=%EF%BC%91", "page=1%0A", "page=+1", "page=None", "PAGE=1", "page=0-1", "page=a-b",
     "page=1-", "page=1-0", "page=-1-5", "page=1-5-6", "page=1--5", "page=1-b", "page=1-05", "page=1- 5", "page=1%2D", f"page=1-{'9' * 30}"]
)  # fmt: skip
def test_what_is_no_page_is_refused_and_not_answered_with_less(site: Site, query: str) -> None:
    assert site.get(f"/catalog.rdf?{query}").status_code == 400


def test_a_page_of_large_records_ends_before_it_is_too_long_and_leads_on_to_the_rest(
    store: Store, make_site: Callable[..., Site]
) -> None:
    text = "word " * 60_000
    store.revise([Put(dataset(number, description=text)) for number in range(1, 31)])
    store.revise([Put(dataset(number)) for number in range(31, 103)])
    site = make_site(store)
    found: list[str] = []
    pages: list[tuple[int, str]] = []
    path: str | None = "/catalog.n3"
    while path:
        graph = _graph(site, path, "n3")
        found += _identifiers(graph)
        pages.append((len(site.get(path).data), path))
        following = _next_of(graph, HYDRA.PagedCollection, HYDRA.nextPage)
        path = following and following.removeprefix(site.url)
        # What was read becomes small, what follows larger, and one is gone: nobody is missed or met twice.
        if len(pages) == 2:
            store.revise([Put(dataset(1)), Put(dataset(40, description=text)), Delete("dataset", "20")])
    assert sorted(found, key=int) == [str(number) for number in range(1, 103) if number != 20]
    assert max(length for length, _ in pages) < 3_000_000
    assert [path.partition("=")[2] for _, path in pages] == ["", "1-7", "1-13", "1-19", "1-26", "2"]
    for query, status in (("1-7", 200), ("1-500", 404), ("2-7", 404), ("2-101", 200), ("9-801", 404)):
        assert site.get(f"/catalog.n3?page={query}").status_code == status


#: What happens to the records 1 to 30, all of them large, between two walks.
_EDITS: dict[str, list[Change]] = {
    "all are small then": [Put(dataset(number)) for number in range(1, 31)],
    "those before are larger": [Put(dataset(number, description="word " * 120_000)) for number in range(1, 10)],
    "every second is gone": [Delete("dataset", str(number)) for number in range(1, 31, 2)],
    "the second page of them is gone": [Delete("dataset", str(number)) for number in range(7, 13)],
    "all but the first are gone": [Delete("dataset", str(number)) for number in range(2, 31)],
    "more have come": [Put(dataset(number, description="word " * 60_000)) for number in range(31, 41)],
}


@pytest.mark.parametrize("edits", _EDITS.values(), ids=_EDITS)
def test_every_page_that_a_walk_was_led_to_leads_to_all_behind_it_after_every_edit(
    site: Site, edits: list[Change]
) -> None:
    def walk(path: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        wanted: str | None = path
        while wanted:
            assert wanted not in found
            graph = _graph(site, wanted)
            ids = _identifiers(graph)
            assert not {id for seen in found.values() for id in seen} & set(ids)
            found[wanted] = set(ids)
            following = _next_of(graph, HYDRA.PagedCollection, HYDRA.nextPage)
            wanted = following and following.removeprefix(site.url)
        return found

    site.store.revise([Put(dataset(number, description="word " * 60_000)) for number in range(1, 31)])
    before = walk("/catalog.ttl")
    assert len(before) == 5
    site.store.revise(edits, allow_mass_delete=True)
    now = {id for page in walk("/catalog.ttl").values() for id in page}
    read: set[str] = set()
    for path, seen in before.items():
        behind = {id for page in walk(path).values() for id in page}
        # As for a client that had read the pages before it when the edit came.
        assert behind == now - read
        read |= seen


def test_a_page_is_answered_where_records_were_and_not_beyond(site: Site) -> None:
    _fill(site.store, 1, 150)
    site.store.revise([Delete("dataset", f"d{number}") for number in range(141, 151)])
    table = {"1": 100, "1-1": 100, "1-2": 99, "1-100": 1, "2": 40, "2-101": 40, "2-150": 0,
             "1-101": None, "2-1": None, "2-100": None, "2-151": None, "2-201": None, "3": None, "3-201": None,
             "999999999999": None, "1-999999999999": None, "999999999999-999999999999": None}  # fmt: skip
    for page, due in table.items():
        answer = site.get(f"/catalog.ttl?page={page}")
        assert (page, answer.status_code) == (page, 404 if due is None else 200)
        if due is not None:
            assert len(_identifiers(rdflib.Graph().parse(data=answer.data))) == due


def test_all_iris_are_absolute_and_next_is_under_the_public_address(
    sqlite_store: Store, make_site: Callable[..., Site]
) -> None:
    _fill(sqlite_store, 1, 101)
    site = make_site(sqlite_store, site_url="https://data.example/cat")
    for extension, (_, format) in TYPES.items():
        graph = _graph(site, f"/catalog.{extension}", format)
        terms = {term for triple in graph for term in triple if isinstance(term, rdflib.URIRef)}
        assert {term for term in terms if not str(term).startswith(("http://", "https://"))} == set()
        due = f"https://data.example/cat/catalog.{extension}?page=2"
        assert _next_of(graph, HYDRA.PagedCollection, HYDRA.nextPage) == due


def test_distributions_have_access_url_and_licence_and_nothing_is_invented(site: Site) -> None:
    site.store.revise([Put(dataset(5)), Put(dataset("bare", license="", resources=[]))])
    graph = _graph(site, "/catalog.n3", "n3")
    (catalog,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert len(set(graph.objects(catalog, DCAT.dataset))) == 2
    five = graph.value(predicate=DCTERMS.identifier, object=rdflib.Literal("5"), any=False)
    node = graph.value(five, DCAT.distribution, any=False)
    assert graph.value(node, DCAT.downloadURL) == graph.value(node, DCAT.accessURL, any=False)
    assert graph.value(node, DCAT.accessURL) == rdflib.URIRef("https://data.example/5.csv")
    assert graph.value(node, DCTERMS.license) == graph.value(five, DCTERMS.license, any=False)
    bare = graph.value(predicate=DCTERMS.identifier, object=rdflib.Literal("bare"), any=False)
    assert not set(graph.predicates(bare)) & {DCTERMS.license, DCTERMS.publisher, DCTERMS.description, DCAT.keyword}


_IDENTIFIED = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
    @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
    <https://a.example/1> a dcat:Dataset ; dct:title "A" ;
        dct:identifier "doi:1"^^xsd:anyURI, "no. 1", [ dct:title "in the library" ], <https://ids.example/1> ; dct:issued ""^^xsd:date .
    <https://a.example/3> a dcat:DataSeries ; dct:title "C" .
    <https://a.example/2> a dcat:Dataset ; dct:title "B" ; dct:identifier "b-2"^^xsd:anyURI ."""


def test_a_record_has_one_identifier_which_is_text_and_the_others_beside_it(
    site: Site, run: Callable[..., Ran], tmp_path: Path
) -> None:
    (tmp_path / "source.ttl").write_text(_IDENTIFIED)
    run("import", str(tmp_path / "source.ttl"))
    adms, skos = (
        rdflib.Namespace("http://www.w3.org/ns/adms#"),
        rdflib.Namespace("http://www.w3.org/2004/02/skos/core#"),
    )
    for extension, (_, format) in TYPES.items():
        graph = _graph(site, f"/catalog.{extension}", format)
        first, second = (rdflib.URIRef(f"https://a.example/{number}") for number in (1, 2))
        assert [*graph.objects(first, DCTERMS.identifier)] == [rdflib.Literal("https://a.example/1")]
        assert [*graph.objects(second, DCTERMS.identifier)] == [rdflib.Literal("b-2")]
        others = set(graph.objects(first, adms.identifier))
        assert {str(graph.value(node, skos.notation)) for node in others} == {"doi:1", "no. 1", "None"}
        assert rdflib.URIRef("https://ids.example/1") in others
        assert {str(graph.value(node, DCTERMS.title)) for node in others} == {"in the library", "None"}
        assert not set(graph.objects(second, adms.identifier))
        assert not set(graph.objects(first, DCTERMS.issued))
        series = rdflib.URIRef("https://a.example/3")
        assert {str(kind).partition("#")[2] for kind in graph.objects(series, RDF.type)} == {
            "DatasetSeries",
            "DataSeries",
        }


def test_what_a_record_says_of_another_dataset_makes_no_further_dataset(
    site: Site, run: Callable[..., Ran], tmp_path: Path
) -> None:
    source = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
        <https://a.example/1> a dcat:Dataset ; dct:title "One" ; dct:relation <https://a.example/2>, [ a dcat:Dataset ] ;
            dcat:inSeries <https://a.example/s> .
        <https://a.example/2> a dcat:Dataset ; dct:description "Without a title" .
        <https://a.example/s> a dcat:DatasetSeries ; dct:description "Neither has this one" ."""
    (tmp_path / "source.ttl").write_text(source)
    run("import", str(tmp_path / "source.ttl"))
    graph = _graph(site, "/catalog.ttl")
    (one,) = graph.subjects(RDF.type, DCAT.Dataset)
    assert str(one) == "https://a.example/1"
    assert not set(graph.subjects(RDF.type, rdflib.URIRef(f"{DCAT}DatasetSeries")))
    assert len(set(graph.objects(one, DCTERMS.relation))) == 2


def test_a_title_under_another_property_stands_where_harvesters_look_for_it(
    site: Site, run: Callable[..., Ran], tmp_path: Path
) -> None:
    (tmp_path / "source.ttl").write_text("""@prefix dcat: <http://www.w3.org/ns/dcat#> .
        <https://a.example/1> a dcat:Dataset ; <http://www.w3.org/2000/01/rdf-schema#label> "Bäume"@de .""")
    run("import", str(tmp_path / "source.ttl"))
    assert set(_graph(site, "/catalog.rdf", "xml").objects(None, DCTERMS.title)) >= {rdflib.Literal("Bäume", lang="de")}


def test_a_character_that_xml_cannot_hold_keeps_no_title_from_harvesters(site: Site) -> None:
    site.store.revise([Put(dataset("odd", title="a\x01b", description="\ufffe")), Put(dataset("even"))])
    for path in ("/catalog.rdf", "/data.rdf", "/dataset/odd.rdf"):
        graph = _graph(site, path, "xml")
        odd = graph.value(None, DCTERMS.identifier, rdflib.Literal("odd"))
        assert graph.value(odd, DCTERMS.title) == rdflib.Literal("a\ufffdb")
        assert graph.value(odd, DCTERMS.description) == rdflib.Literal("\ufffd")
    assert "a\x01b" in {str(text) for text in _graph(site, "/catalog.jsonld", "json-ld").objects(None, DCTERMS.title)}


def test_a_property_that_xml_cannot_say_does_not_keep_the_rest_from_harvesters(
    run: Callable[..., Ran], site: Site, tmp_path: Path
) -> None:
    (tmp_path / "source.ttl").write_text("""@prefix dcat: <http://www.w3.org/ns/dcat#> .
        <https://a.example/1> a dcat:Dataset ; <http://purl.org/dc/terms/title> "A" ; <https://a.example/2> "two" .""")
    run("import", str(tmp_path / "source.ttl"))
    graph = _graph(site, "/catalog.rdf", "xml")
    assert "A" in {str(text) for text in graph.objects(None, DCTERMS.title)}
    assert "two" not in {str(text) for text in graph.objects()}
    assert "two" in {str(text) for text in _graph(site, "/catalog.jsonld", "json-ld").objects()}


_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@pytest.mark.parametrize(
    ("predicate", "object", "is_said"),
    [
        (f"{_RDF}li", '"x"', False), (f"{_RDF}about", '"x"', False), (f"{_RDF}aboutEach", '"x"', False),
        (f"{_RDF}_1", '"x"', True), ("http://www.w3.org/2000/xmlns/b", '"x"', False),
        ("http://www.w3.org/XML/1998/namespacelang", '"x"', True), ("https://example.org/ns/", '"x"', False),
        ("https://example.org/ns/12", '"x"', False), ("https://example.org/ns/1two", '"x"', True),
        ("https://example.org/ns/m\u00b2", '"x"', False), ("https://example.org/?a=1&b=zw\u00f6lf", '"x"', True),
        ("https://example.org/ns#a", '"<b a=\\"1\\">&amp;\\r\\n\'"@de-AT', True),
        ("https://example.org/ns#a", "<https://example.org/?a=1&b='2'>", True),
        (f"{_RDF}type", "<https://example.org/classes/>", True), (f"{_RDF}type", f"<{_RDF}li>", True),
        (f"{_RDF}type", f"<{_RDF}Description>", True), (f"{_RDF}type", f"<{_RDF}aboutEach>", True),
        (f"{_RDF}type", "<https://example.org/Class>", True), (f"{_RDF}type", "<https://example.org/?a&amp;b=C>", True),
    ],
)  # fmt: skip
def test_rdf_xml_says_what_it_can_and_names_what_it_leaves_out(
    site: Site, run: Callable[..., Ran], tmp_path: Path, predicate: str, object: str, is_said: bool
) -> None:
    said = f"<https://example.org/agent> <{predicate}> {object} ."
    (
        tmp_path / "odd.ttl"
    ).write_text(f"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dcterms: <http://purl.org/dc/terms/> .
        <https://example.org/1> a dcat:Dataset ; dcterms:title "Odd" ; dcterms:creator <https://example.org/agent> . {said}""")
    assert run("import", str(tmp_path / "odd.ttl")).status == 0
    (statement,) = rdflib.Graph().parse(data=said, format="turtle")
    assert statement in _graph(site, "/catalog.ttl", "turtle")
    for path in ("/catalog.rdf", "/data.rdf"):
        found = _graph(site, path, "xml")
        assert rdflib.Literal("Odd") in set(found.objects(None, DCTERMS.title))
        assert (statement in found) is is_said


_SHOW = """
import sys
from werkzeug.test import Client
from dcip_server import settings
from dcip_server.app import create_app
client = Client(create_app(settings.load({}, database_url=sys.argv[1], list_folder=sys.argv[2])))
for extension in ("ttl", "rdf", "jsonld", "n3"):
    sys.stdout.buffer.write(client.get(f"/catalog.{extension}").data)
    sys.stdout.buffer.write(client.get(f"/dataset/d1.{extension}").data)
for path in ("/data.rdf", "/data.json", "/dcip.json"):
    sys.stdout.buffer.write(client.get(path).data)
"""


def test_the_bytes_are_the_same_in_every_process(sqlite_store: Store, sqlite_url: str, tmp_path: Any) -> None:
    spatial = {"type": "Point", "coordinates": [1, 2]}
    records = [
        dataset(f"d{n}", author="A", maintainer="B", spatial=spatial, temporal="2020-01-01/2021-01-01") for n in (1, 2)
    ]
    sqlite_store.revise([Put(record) for record in records])
    outputs = set()
    for seed in ("1", "2", "3"):
        command = [sys.executable, "-c", _SHOW, sqlite_url, str(tmp_path / f"lists{seed}")]
        ran = subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
        outputs.add(ran.stdout)
    assert len(outputs) == 1
    assert b"rdf:RDF" in outputs.pop()


def test_distributions_of_one_address_keep_their_iris_when_one_says_more(
    site: Site, run: Callable[..., Ran], tmp_path: Path
) -> None:
    source = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
        <https://a.example/1> a dcat:Dataset ; dct:title "A" ; dcat:distribution
            [ a dcat:Distribution ; dct:title "B" {more_b}; dcat:accessURL <https://a.example/f> ],
            [ a dcat:Distribution ; dct:title "C" {more_c}; dcat:accessURL <https://a.example/f> ] ."""
    said = ['; dct:modified "2020-01-01"', '; dct:description "more"', '; dct:format "CSV"']
    found = []
    for more_b, more_c in [("", ""), *((more, "") for more in said), *(("", more) for more in said)]:
        (tmp_path / "source.ttl").write_text(source.format(more_b=more_b, more_c=more_c))
        run("import", str(tmp_path / "source.ttl"))
        graph = _graph(site, "/catalog.ttl")
        found.append([graph.value(None, DCTERMS.title, rdflib.Literal(title)) for title in "BC"])
    assert all(pair == found[0] for pair in found)
    assert found[0][0] != found[0][1]
