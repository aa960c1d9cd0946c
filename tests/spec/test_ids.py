"""Draft, "URL Structure" and "Response Format": any id a source may have comes back through its URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, XSD

from dcip_server.store import Delete, Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.spec import rule
from tests.spec.asking import JSON, N3, ask, assert_bare, assert_ok, read_graph, read_json
from tests.spec.sites import site_in

IDS: dict[str, str | int] = {
    "integer": 123,
    "zero": 0,
    "negative": -5,
    "text of digits": "0042",
    "UUID": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "URN": "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "IRI": "https://data.example/datasets/rain",
    "IRI with query and fragment": "https://data.example/d?id=1&x=%20y#part",
    "IRI with a slash at its end": "http://data.example/",
    "IRI that is not ASCII": "https://data.example/Köln/東京",
    "IRI of this endpoint": "http://catalog.example/rest/dataset/id/123.json",
    "DOI": "10.5281/zenodo.1234567",
    "spaces": "a b  c",
    "space at both ends": " a ",
    "space alone": " ",
    "no-break space": "\u00a0",
    "dots": "a.b.c",
    "dot at the end": "a.",
    "dot": ".",
    "two dots": "..",
    "three dots": "...",
    "dot segments": "a/../b/./c",
    "looks like JSON": "a.json",
    "looks like N3": "x.dcat.N3",
    "extension alone": ".json",
    "N3 extension alone": ".dcat.N3",
    "both extensions": "a.json.dcat.N3",
    "slash": "/",
    "two slashes": "//",
    "two slashes first": "//x",
    "slash at the end": "a/",
    "slash first": "/a",
    "slashes inside": "a//b///c",
    "the attribute": "id",
    "the attribute with a slash": "id/",
    "the list": "id.json",
    "the help": "help.txt",
    "the catalog": "catalog.json",
    "since": "since/1",
    "umlauts": "Übergrößenträger",
    "Arabic": "بيانات",
    "Devanagari": "आँकड़े",
    "emoji": "🌧️",
    "emoji family": "👩‍👩‍👧",
    "combining, composed": "é",
    "combining, decomposed": "e\u0301",
    "combining alone": "\u0301",
    "right to left mark": "a\u200fb",
    "astral": "𝄞\U0010fffd",
    "noncharacter": "a\ufffeb\uffff",
    "byte order mark": "\ufeffa",
    "line separator": "a\u2028b\u2029c\u0085d",
    "percent": "%",
    "percent two F": "%2F",
    "percent two five": "100%25",
    "percent nonsense": "%zz%",
    "percent FF": "%FF",
    "plus": "a+b",
    "plus alone": "+",
    "ampersand": "a&b=c",
    "semicolon": "a;b;v=1",
    "question mark": "a?b",
    "hash": "a#b",
    "colon": "a:b",
    "at": "a@b",
    "comma": "a,b",
    "brackets": "[a]{b}(c)<d>",
    "single quote": "a'b",
    "double quote": 'a"b',
    "backslash": "a\\b",
    "backslash n": "a\\nb",
    "backtick": "a`b",
    "caret and bar": "a^b|c",
    "dollar and bang": "$a!",
    "tilde": "~a",
    "star": "*",
    "underscore and dash": "_a-b_",
    "tab": "a\tb",
    "newline": "a\nb",
    "newline at the end": "a\n",
    "carriage return": "a\r\nb",
    "control characters": "".join(map(chr, range(1, 32))),
    "delete": "a\x7fb",
    "C1 control": "a\x9fb",
    "JSON inside": '","change_type":"delete","modified":"2000-01-01T00:00:00Z","url":"x","revision":9}',
    "N3 inside": '" ; dcterms:modified "2000-01-01T00:00:00Z"^^xsd:dateTime ; adms:status <x> . <y> a "',
    "list syntax inside": ' ; dcat:version "9" ; foaf:primaryTopic <',
    "SQL inside": "'; DROP TABLE record; --",
    "template inside": "{{ endpoint }}{% x %}",
    "NULL": "NULL",
    "null": "null",
    "case A": "Case",
    "case B": "case",
    "sharp s": "ß",
    "double s": "ss",
    "dotless i": "ı",
    "8000 bytes": "x" * 8000,
    "8000 bytes in other letters": "é" * 4000,
    "8000 slashes": "/" * 8000,
    "8000 percent signs": "%" * 8000,
}


@dataclass(frozen=True)
class Nasty:
    """One catalog of them all, with its list in both serialisations."""

    site: Site
    entries: dict[str, dict[str, Any]]
    graph: Graph


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nasty]:
    with site_in(tmp_path_factory.mktemp("ids")) as site:
        site.store.revise([Put(dataset(id, title=f"Named {name}")) for name, id in IDS.items()])
        entries = read_json(site, "/rest/dataset/id.json")
        yield Nasty(site, dict(zip(IDS, entries, strict=True)), read_graph(site, "/rest/dataset/id.dcat.N3"))


def term(id: str | int) -> Literal:
    """The id as it stands in N3."""
    return Literal(str(id), datatype=XSD.integer) if isinstance(id, int) else Literal(id)


def title_in(graph: Graph, id: str | int) -> str:
    """The title of the one thing in the graph that has the identifier."""
    (subject,) = set(graph.subjects(DCTERMS.identifier, term(id)))
    return str(graph.value(subject, DCTERMS.title))


def test_the_table_of_ids_is_complete() -> None:
    assert len(IDS) == len({str(id) for id in IDS.values()}) == 100


def raw_slashes(url: str) -> str:
    return url.replace("%2F", "/")


@rule("DCIP-LIST-2", "DCIP-LIST-5", "DCIP-READ-1")
@pytest.mark.parametrize("name", IDS)
def test_the_url_in_the_json_list_answers_the_record_with_that_id(nasty: Nasty, name: str) -> None:
    entry, id = nasty.entries[name], IDS[name]
    assert (entry["id"], type(entry["id"])) == (id, type(id))
    assert entry["url"] == f"http://catalog.example/rest/dataset/id/{quote(str(id), safe='')}.json"
    for url in (entry["url"], raw_slashes(entry["url"]), entry["url"] + "?x=1"):
        answer = ask(nasty.site, url)
        assert_ok(answer, JSON)
        assert (answer.json["id"], answer.json["title"]) == (id, f"Named {name}")
        assert sha256(answer.data).hexdigest() == entry["sha256"]


@rule("DCIP-LIST-2", "DCIP-LIST-5", "DCIP-READ-1")
@pytest.mark.parametrize("name", IDS)
def test_the_url_in_the_n3_list_answers_the_record_with_that_id(nasty: Nasty, name: str) -> None:
    id = IDS[name]
    url = f"http://catalog.example/rest/dataset/id/{quote(str(id), safe='')}.dcat.N3"
    (listed,) = nasty.graph.subjects(DCTERMS.identifier, term(id))
    assert URIRef(url) in set(nasty.graph.objects(listed))
    for each in (url, raw_slashes(url)):
        assert title_in(read_graph(nasty.site, each), id) == f"Named {name}"


def test_an_id_without_extension_is_not_taken_for_a_url_that_has_one(nasty: Nasty) -> None:
    for name, id in IDS.items():
        answer = ask(nasty.site, nasty.entries[name]["url"].removesuffix(".json"))
        if str(id).endswith((".json", ".dcat.N3")) and str(id) not in (".json", ".dcat.N3"):
            # The same URL as that of a shorter id, which somebody may have.
            assert answer.status_code in (200, 404), name
        else:
            assert_bare(answer, 400)


def test_every_title_is_found_by_its_look_up(nasty: Nasty) -> None:
    for name in IDS:
        (entry,) = read_json(nasty.site, f"/rest/dataset/title/{quote(f'Named {name}', safe='')}.json")
        assert entry["url"] == nasty.entries[name]["url"]


def test_they_are_listed_and_read_back_on_each_kind_of_database(store: Store, make_site: Callable[..., Site]) -> None:
    store.revise([Put(dataset(id)) for id in IDS.values()])
    site = make_site(store)
    entries = read_json(site, "/rest/dataset/id/")
    assert [entry["id"] for entry in entries] == list(IDS.values())
    assert [read_json(site, entry["url"])["id"] for entry in entries] == list(IDS.values())
    store.revise([Delete("dataset", id) for id in IDS.values()], allow_mass_delete=True)
    assert [ask(site, entry["url"]).status_code for entry in entries] == [404] * len(IDS)


#: Anything that is text and has a UTF-8 form, and integers; often what URLs give a meaning to.
ANY_ID = st.one_of(
    st.integers(),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60),
    st.text("/.%?#;&=+ \\'\"jsondcatN3\t\n~é\u0301𝄞", min_size=1, max_size=12),
)


@pytest.fixture(scope="module")
def anything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("any")) as site:
        yield site


@rule("DCIP-LIST-5", "DCIP-LIST-7", "DCIP-READ-1", "DCIP-READ-3")
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(id=ANY_ID)
def test_whatever_the_id_it_is_listed_read_and_deleted(anything: Site, id: str | int) -> None:
    site = anything
    before = site.store.state().revision
    site.store.revise([Put(dataset(id, title="Some title", tags=[str(before)]))])
    (entry,) = read_json(site, f"/rest/dataset/since/{before}.json")
    assert (entry["id"], type(entry["id"])) == (id, type(id))
    assert entry["change_type"] == "create"
    for url in (entry["url"], raw_slashes(entry["url"])):
        answer = ask(site, url)
        assert_ok(answer, JSON)
        assert answer.json["id"] == id
        assert sha256(answer.data).hexdigest() == entry["sha256"]
        assert title_in(read_graph(site, url.removesuffix(".json") + ".dcat.N3"), id) == "Some title"
    listed = read_graph(site, f"/rest/dataset/since/{before}.dcat.N3")
    (subject,) = listed.subjects(DCTERMS.identifier, term(id))
    assert URIRef(entry["url"].removesuffix(".json") + ".dcat.N3") in set(listed.objects(subject))
    site.store.revise([Delete("dataset", id)])
    assert_bare(ask(site, entry["url"]), 404)
    (entry,) = read_json(site, f"/rest/dataset/since/{before}.json")
    assert (entry["id"], entry["change_type"]) == (id, "delete")


@rule("DCIP-READ-6")
@settings(deadline=None, max_examples=200)
@given(path=st.one_of(st.binary(max_size=40), st.text("/datsei.jonN3%?#hlp ", max_size=30).map(str.encode)))
def test_no_path_below_the_endpoint_is_answered_by_anything_else(catalog: Site, path: bytes) -> None:
    answer = catalog.get("/", environ_overrides={"PATH_INFO": "/rest/" + path.decode("latin-1")})
    if answer.status_code == 200:
        assert_ok(answer, answer.headers["Content-Type"])
        assert answer.headers["Content-Type"] in (JSON, N3, "text/plain; charset=utf8")
    else:
        assert answer.status_code in (301, 400, 404)
        assert_bare(answer, answer.status_code)
