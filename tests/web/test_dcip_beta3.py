"""``/dcip.json`` and ``/data.rdf``: the feeds of an older version of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from rdflib import DCAT, DCTERMS, RDF

from dcip_server.formats.pod import parse_record
from dcip_server.store import Delete, Put, Store
from tests.conftest import Site
from tests.records import dataset


def _ids(site: Site, query: str) -> list[str]:
    answer = site.get(f"/dcip.json{query}")
    assert (answer.status_code, int(answer.headers["Content-Length"])) == (200, len(answer.data))
    return [item["id"] for item in answer.json]


def test_pages_are_cut_where_a_size_says_and_end_in_an_empty_list(site: Site) -> None:
    assert _ids(site, "") == _ids(site, "?page=2") == _ids(site, "?page_size=3") == []
    site.store.revise([Put(dataset(id)) for id in range(5)])
    every = ["0", "1", "2", "3", "4"]
    assert _ids(site, "") == _ids(site, "?page=1") == _ids(site, "?page_size=5") == every
    assert [_ids(site, f"?page_size=2&page={page}") for page in range(1, 5)] == [every[:2], every[2:4], every[4:], []]
    assert _ids(site, "?page=2") == _ids(site, "?page=999999999&page_size=1") == []
    assert site.get("/dcip.json?page_size=5").data == site.get("/dcip.json").data


def test_modified_since_gives_what_the_catalog_changed_since_then(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, ids in (("01", (0, 1, 2)), ("03", (1, 3)), ("05", (0,))):
        monkeypatch.setattr("dcip_server.protocol.times.now", lambda day=day: f"2030-01-{day}T12:00:00Z")
        site.store.revise([Put(dataset(id, title=day)) for id in ids])
    assert _ids(site, "?modified_since=2030-01-01") == ["0", "1", "2", "3"]
    assert _ids(site, "?modified_since=2030-01-03T12:00:00Z") == ["0", "1", "3"]
    assert _ids(site, "?modified_since=2030-01-03T13:00:00%2B02:00&page_size=2&page=2") == ["3"]
    assert _ids(site, "?modified_since=2030-01-04T00:00") == ["0"]
    assert _ids(site, "?modified_since=2030-02-01") == []
    site.store.revise([Delete("dataset", 0)])
    assert _ids(site, "?modified_since=2030-01-04") == []


def _in_rdf(site: Site, query: str = "") -> list[str]:
    """The identifiers of the datasets that the document describes and lists, each once."""
    answer = site.get(f"/data.rdf{query}")
    assert (answer.status_code, int(answer.headers["Content-Length"])) == (200, len(answer.data))
    assert answer.headers["Content-Type"] == "application/rdf+xml; charset=utf-8"
    graph = rdflib.Graph().parse(data=answer.data, format="xml")
    (catalog,) = graph.subjects(RDF.type, DCAT.Catalog)
    subjects = list(graph.subjects(RDF.type, DCAT.Dataset))
    assert sorted(subjects) == sorted(graph.objects(catalog, DCAT.dataset))
    return sorted(str(graph.value(subject, DCTERMS.identifier, any=False)) for subject in subjects)


def test_the_same_in_rdf_follows_every_change(store: Store, make_site: Callable[..., Site], tmp_path: Path) -> None:
    site = make_site(store)
    assert _in_rdf(site) == []
    for changes in (
        [Put(dataset(id, author="A", description="a < b & \r\x01")) for id in range(5)],
        [Put(dataset(0, title="First")), Delete("dataset", 4)],
        [Delete("dataset", 0), Put(dataset("Ä/5"))],
    ):
        store.revise(changes)
        assert _in_rdf(site) == sorted(site.get("/dcip.json").json[n]["id"] for n in range(len(_ids(site, ""))))
    assert _in_rdf(site) == ["1", "2", "3", "Ä/5"]
    assert [_in_rdf(site, f"?page_size=3&page={page}") for page in (1, 2, 3)] == [["1", "2", "3"], ["Ä/5"], []]
    assert _in_rdf(site, "?page=2") == _in_rdf(site, "?modified_since=2999-01-01") == []
    assert make_site(store, list_folder=str(tmp_path / "anew")).get("/data.rdf").data == site.get("/data.rdf").data
    # What describes the catalog and where it is stand in it, too.
    moved = make_site(store, site_url="https://data.example", catalog_title="Moved").get("/data.rdf").text
    assert "Moved" in moved
    assert "catalog.example" not in moved
    assert moved.count('rdf:about="https://data.example/dataset/') == 4


@pytest.mark.parametrize("path", ["/dcip.json", "/data.rdf"])
@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=x", "page=", "page=²", "page_size=0", "page_size=10001", "page_size=1e3", "size=2",
     "modified_since=yesterday", "modified_since=2030", "modified_since=", "modified_since=2030-13-01",
     "page=1&page=2", "Page=1"],
)  # fmt: skip
def test_what_is_not_understood_is_refused(site: Site, path: str, query: str) -> None:
    site.store.revise([Put(dataset(1))])
    assert site.get(f"{path}?{query}").status_code == 400


def test_empty_keys_are_left_out_and_both_names_of_the_id_are_text(site: Site) -> None:
    given = {"@type": "dcat:Dataset", "identifier": 7, "title": "T", "keyword": [], "description": "", "spatial": None}
    site.store.revise(
        [Put(parse_record({**given, "distribution": [{"accessURL": "https://x.example/", "title": ""}]}))]
    )
    assert site.get("/dcip.json").json == [
        {
            "id": "7",
            "identifier": "7",
            "@type": "dcat:Dataset",
            "title": "T",
            "distribution": [{"accessURL": "https://x.example/"}],
        }
    ]
