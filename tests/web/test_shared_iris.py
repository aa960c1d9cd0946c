"""Records that have one IRI are as many datasets in the RDF feeds, each with its own facts alone."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import rdflib
from rdflib import DCAT, DCTERMS, FOAF, OWL, RDF, URIRef

from dcip_server.entities import DataService
from dcip_server.formats.feeds import Feed
from dcip_server.protocol.urls import Format
from dcip_server.store import Change, Delete, Put, Store
from tests.conftest import Ran, Site
from tests.records import dataset

_SHARED = "https://a.example/1"
_SITE = Site.url
_FEEDS = {
    "/catalog.ttl": "turtle",
    "/catalog.rdf": "xml",
    "/catalog.jsonld": "json-ld",
    "/catalog.n3": "n3",
    "/data.rdf": "xml",
}
_IN_RDF = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
    @prefix foaf: <http://xmlns.com/foaf/0.1/> .
    <https://a.example/1> a dcat:Dataset ; dct:identifier "{id}" ; dct:title "{title}" ;
        dcat:landingPage <https://a.example/1> ; dcat:distribution <https://a.example/1/csv> .
    <https://a.example/1/csv> a dcat:Distribution ; dct:title "{title} as CSV" ; dcat:downloadURL <https://a.example/1.csv> .
    <https://a.example/1/record> a dcat:CatalogRecord ; dct:title "{title}'s record" ; foaf:primaryTopic <https://a.example/1> ."""


def _with_iri(id: str, iri: str = _SHARED, title: str = "In JSON") -> Put:
    return Put(replace(dataset(id, title=title), iri=iri))


def _graph(site: Site, path: str, format: str) -> rdflib.Graph:
    answer = site.get(path)
    assert answer.status_code == 200
    return rdflib.Graph().parse(data=answer.data, format=format)


def _subjects(site: Site, path: str = "/catalog.ttl", format: str = "turtle") -> dict[str, str]:
    """The id of each dataset by its IRI; each has one, and is among the catalog's."""
    graph = _graph(site, path, format)
    found: dict[str, str] = {}
    for subject in graph.subjects(RDF.type, DCAT.Dataset):
        (id,) = graph.objects(subject, DCTERMS.identifier)
        found[str(subject)] = str(id)
    assert {str(listed) for listed in graph.objects(None, DCAT.dataset)} == found.keys()
    return found


@pytest.mark.parametrize(("path", "format"), _FEEDS.items(), ids=_FEEDS)
def test_the_oldest_record_keeps_the_iri_and_the_others_stand_under_their_pages(
    site: Site, run: Callable[..., Ran], tmp_path: Path, path: str, format: str
) -> None:
    for id in ("one", "two"):
        (tmp_path / f"{id}.ttl").write_text(_IN_RDF.format(id=id, title=id.title()))
        run("import", str(tmp_path / f"{id}.ttl"))
    site.store.revise([Put(dataset(_SHARED, title="In JSON"))])
    two, in_json = f"{_SITE}/dataset/two", f"{_SITE}/dataset/https%3A%2F%2Fa.example%2F1"
    assert _subjects(site, path, format) == {_SHARED: "one", two: "two", in_json: _SHARED}
    graph = _graph(site, path, format)
    for subject, title in ((_SHARED, "One"), (two, "Two"), (in_json, "In JSON")):
        assert [str(text) for text in graph.objects(URIRef(subject), DCTERMS.title)] == [title]
        same = [] if subject == _SHARED else [URIRef(_SHARED)]
        assert list(graph.objects(URIRef(subject), OWL.sameAs)) == same
    for subject, title in ((_SHARED, "One"), (two, "Two")):
        (distribution,) = graph.objects(URIRef(subject), DCAT.distribution)
        assert [str(text) for text in graph.objects(distribution, DCTERMS.title)] == [f"{title} as CSV"]
        (record,) = {
            node
            for node in graph.subjects(FOAF.primaryTopic, URIRef(subject))
            if "/dcat.N3#" not in node and (node, DCTERMS.title, None) in graph
        }
        assert [str(text) for text in graph.objects(record, DCTERMS.title)] == [f"{title}'s record"]
        assert [*graph.objects(record, FOAF.primaryTopic)] == [URIRef(subject)]
        assert [*graph.objects(URIRef(subject), DCAT.landingPage)] == [URIRef(_SHARED)]
    # By itself each says what its source says.
    for own, kind in (("/rest/dataset/id/two.dcat.N3", "n3"), ("/dataset/two.ttl", "turtle")):
        assert [str(text) for text in _graph(site, own, kind).objects(URIRef(_SHARED), DCTERMS.title)] == ["Two"]


#: Writes to a catalog of a, b and c, of which all have the IRI, and of d without, and who stands where then.
_WRITES: dict[str, tuple[list[Change], dict[str, str]]] = {
    "nothing": ([], {"a": _SHARED, "b": "", "c": ""}),
    "the one that has it is edited": ([_with_iri("a", title="New")], {"a": _SHARED, "b": "", "c": ""}),
    "another is edited": ([_with_iri("b", title="New")], {"a": _SHARED, "b": "", "c": ""}),
    "the one that has it is deleted": ([Delete("dataset", "a")], {"b": _SHARED, "c": ""}),
    "another is deleted": ([Delete("dataset", "b")], {"a": _SHARED, "c": ""}),
    "the one that has it gets a new one": (
        [_with_iri("a", "https://a.example/new")],
        {"a": "https://a.example/new", "b": _SHARED, "c": ""},
    ),
    "the one that has it has none any more": ([Put(dataset("a"))], {"a": "", "b": _SHARED, "c": ""}),
    "one that has it not gets a new one": (
        [_with_iri("c", "https://a.example/new")],
        {"a": _SHARED, "b": "", "c": "https://a.example/new"},
    ),
    "two are deleted": ([Delete("dataset", "a"), Delete("dataset", "b")], {"c": _SHARED}),
    "an older one comes to it": (
        [_with_iri("z")], {"z": _SHARED, "a": "", "b": "", "c": ""},
    ),
    "a service has it first": (
        [Put(DataService(id="z", title="Z", iri=_SHARED))], {"a": "", "b": "", "c": ""},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("write", "due"), _WRITES.values(), ids=_WRITES)
def test_who_has_the_iri_follows_every_write_in_all_feeds(
    store: Store, make_site: Callable[..., Site], tmp_path: Path, write: list[Change], due: dict[str, str]
) -> None:
    store.revise([Put(dataset("z")), Put(DataService(id="z", title="Z"))])
    store.revise([*map(_with_iri, "abc"), Put(dataset("d"))])
    site = make_site(store)
    before = {"a": _SHARED, "b": "", "c": "", "d": "", "z": ""}
    expected = {"d": "", "z": "", **due}
    for path in ("/catalog.ttl", "/data.rdf"):
        assert _subjects(site, path, _FEEDS[path]) == {iri or f"{_SITE}/dataset/{id}": id for id, iri in before.items()}
    store.revise(write)
    anew = make_site(store, list_folder=str(tmp_path / "anew"))
    for path in ("/catalog.ttl", "/data.rdf"):
        assert _subjects(site, path, _FEEDS[path]) == {
            iri or f"{_SITE}/dataset/{id}": id for id, iri in expected.items()
        }
        assert site.get(path).data == anew.get(path).data
    if write:
        # And back again: what was put aside is found there.
        store.revise([Delete("dataset", "z"), *map(_with_iri, "abc")])
        other = make_site(store, list_folder=str(tmp_path / "other"))
        assert site.get("/data.rdf").data == other.get("/data.rdf").data


def test_no_iri_repeats_over_the_pages_of_a_walk(store: Store, make_site: Callable[..., Site]) -> None:
    store.revise([_with_iri(f"d{number}", f"https://a.example/{number % 60}") for number in range(250)])
    site = make_site(store)
    found = [iri for page in (1, 2, 3) for iri in _subjects(site, f"/catalog.ttl?page={page}")]
    assert (len(found), len(set(found))) == (250, 250)
    assert len({iri for iri in found if iri.startswith("https://a.example/")}) == 60
    assert _subjects(site, "/data.rdf", "xml").keys() == set(found)


@pytest.mark.parametrize("address", ["/dataset/b", "/rest/dataset/id/b", "/dataset/none", "/datasetseries/b"])
@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")], ids=["the page first", "the page last"])
def test_the_address_of_a_page_of_ours_stands_for_the_record_of_that_page(
    site: Site, address: str, ids: tuple[str, str]
) -> None:
    site.store.revise([_with_iri("a", _SITE + address) if id == "a" else Put(dataset(id)) for id in ids])
    for path, format in _FEEDS.items():
        assert _subjects(site, path, format) == {f"{_SITE}/dataset/{id}": id for id in "ab"}


def test_an_iri_below_our_address_that_is_no_page_of_a_record_stays(site: Site) -> None:
    iris = [f"{_SITE}/dataset/b#it", f"{_SITE}/dataset/b/c", f"{_SITE}/data/b", f"{_SITE}/dataset/d"]
    site.store.revise([_with_iri(id, iri) for id, iri in zip("abcd", iris, strict=True)])
    assert _subjects(site) == dict(zip(iris, "abcd", strict=True))


def test_whatever_is_written_the_document_is_the_one_made_anew_and_the_oldest_has_the_iri(
    sqlite_store: Store, make_site: Callable[..., Site], tmp_path: Path
) -> None:
    random = Random(4)
    site = make_site(sqlite_store)
    ids, iris = [f"d{number}" for number in range(8)], [f"https://a.example/{number}" for number in range(3)]
    live: dict[str, str] = {}
    # One that is deleted keeps its place.
    by_age: dict[str, None] = {}
    for turn in range(24):
        write: list[Change] = []
        for id in random.sample(ids, random.randint(1, 4)):
            if id in live and random.random() < 0.4:
                write.append(Delete("dataset", id))
                del live[id]
            else:
                live[id] = random.choice([*iris, ""])
                by_age[id] = None
                write.append(_with_iri(id, live[id]) if live[id] else Put(dataset(id)))
        sqlite_store.revise(write, allow_mass_delete=True)
        owners = {live[id]: id for id in reversed(by_age) if live.get(id)}
        due = {live[id] if owners.get(live[id]) == id else f"{_SITE}/dataset/{id}": id for id in live}
        if turn % 8 == 7:
            assert _subjects(site, "/data.rdf", "xml") == due
            anew = make_site(sqlite_store, list_folder=str(tmp_path / f"anew-{turn}"))
            assert anew.get("/data.rdf").data == site.get("/data.rdf").data
        assert _subjects(site) == due


_HOSTILE = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
    @prefix hydra: <http://www.w3.org/ns/hydra/core#> .
    {main} a dcat:Dataset ; dct:title "Not the catalog" ; dct:relation {node} .
    {node} dct:description "Of another" ; hydra:next <https://evil.example/> ; hydra:nextPage <https://evil.example/> ;
        hydra:totalItems 0 ; dcat:dataset <https://evil.example/1> ; dct:relation {node} ."""
#: Nodes of the catalog's own, and of another record.
_OURS = {
    "a page of the feed": "/catalog.ttl?page=1",
    "the catalog": "/rest/catalog.dcat.N3#catalog",
    "another's catalog record": "/rest/dataset/id/one.dcat.N3#record",
}


@pytest.mark.parametrize("is_main", [True, False], ids=["as its IRI", "beside it"])
@pytest.mark.parametrize("node", _OURS.values(), ids=_OURS)
def test_nothing_that_a_record_says_of_our_own_nodes_is_taken_for_what_we_say(
    site: Site, run: Callable[..., Ran], tmp_path: Path, node: str, is_main: bool
) -> None:
    site.store.revise([Put(dataset("one"))])
    target = f"<{_SITE}{node}>"
    before = set(_graph(site, "/catalog.ttl", "turtle").predicate_objects(URIRef(target[1:-1])))
    (tmp_path / "source.ttl").write_text(
        _HOSTILE.format(main=target if is_main else "<https://a.example/other>", node=target)
    )
    assert run("import", str(tmp_path / "source.ttl")).status == 0
    graph = _graph(site, "/catalog.ttl", "turtle")
    after = set(graph.predicate_objects(URIRef(target[1:-1])))
    hydra = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
    (page,) = graph.subjects(RDF.type, hydra.PagedCollection)
    assert not set(graph.objects(page, hydra.next)) | set(graph.objects(page, hydra.nextPage))
    assert [int(total) for total in graph.objects(page, hydra.totalItems)] == [2]
    # Blank nodes have other names in each document.
    changing = {hydra.totalItems, DCTERMS.modified, DCAT.dataset, DCAT.record, DCTERMS.publisher, DCAT.contactPoint}
    assert {fact for fact in after if fact[0] not in changing} == {fact for fact in before if fact[0] not in changing}
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == 2


def test_bringing_the_document_up_to_date_takes_no_more_memory_the_more_has_changed(sqlite_store: Store) -> None:
    feed = Feed("lines", b"[\n", b"]\n", lambda record: b"%d\n" % record.number, Format.N3, by_iri=True)

    def peak_after(changed: int, title: str) -> int:
        sqlite_store.revise(
            [_with_iri(f"d{number}", f"https://a.example/{number}", title) for number in range(changed)]
        )
        tracemalloc.start()
        sqlite_store.feed(feed).close()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    peak_after(4000, "First")
    peak_after(500, "Second")
    few = peak_after(500, "Third")
    assert peak_after(4000, "Fourth") < 1.5 * few
