"""Stored bytes: the same record gives the same bytes, on every database and in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from dcip_server.protocol.urls import FORMATS, Format
from dcip_server.store import Put, Store
from tests.records import dataset, record
from tests.store.reading import body, entries, list_bytes

_TIMES = {"metadata_created": "2019-02-03T04:05:06Z", "metadata_modified": "2020-02-03T04:05:06Z"}
_JSON = [
    record("plain", **_TIMES),
    record(12, tags=["water", "rail", "air", "rail"], author="Ägypten & Söhne", maintainer="\U0001f6b2 <b>", **_TIMES),
    record("extra", theme={"b": [1, {"z": 1, "a": None}], "a": 1.5}, zeta="z", alpha="a", **_TIMES),
    record(
        "place",
        spatial={"type": "Point", "coordinates": [8.54, 47.37]},
        temporal="2001/2002",
        version="1.0",
        resources=[
            {"resource_type": "api", "url": "https://data.example/api", "x-b": 1, "x-a": 2},
            {"resource_type": "file", "url": "https://data.example/a.csv", "size": 12, "hash": "md5:00"},
        ],
        **_TIMES,
    ),
]
_TURTLE = """\
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<https://data.example/trees> a dcat:Dataset ;
    dct:identifier "trees" ;
    dct:title "Street trees"@en, "Bäume"@de ;
    dcat:keyword "tree", "street", "green" ;
    dct:publisher [ a foaf:Agent ; foaf:name "City", "Stadt"@de ] ;
    dct:spatial [ a dct:Location ; dct:title "Zürich" ], [ a dct:Location ; dct:title "Zug" ] ;
    dcat:distribution
        [ a dcat:Distribution ; dcat:downloadURL <https://data.example/trees.csv> ; dct:format "CSV" ],
        [ a dcat:Distribution ; dcat:accessURL <https://data.example/trees> ; dct:title "Page" ] .

[] a dcat:CatalogRecord ; foaf:primaryTopic <https://data.example/trees> ;
    dct:issued "2019-02-03T04:05:06Z"^^xsd:dateTime ; dct:modified "2020-02-03T04:05:06Z"^^xsd:dateTime .
"""
_IDS = ["plain", "12", "extra", "place", "trees"]


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    """A file of JSON and one of RDF."""
    (tmp_path / "four.json").write_text(json.dumps(_JSON))
    (tmp_path / "trees.ttl").write_text(_TURTLE)
    return [str(tmp_path / "four.json"), str(tmp_path / "trees.ttl")]


def _import(database_url: str, sources: list[str], hash_seed: str) -> None:
    command = [sys.executable, "-m", "dcip_server", "--database", database_url, "import", *sources]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "5 created" in done.stdout


def _representations(database_url: str, lists: Path) -> dict[tuple[str, Format], bytes | None]:
    with Store(database_url, list_folder=str(lists)) as store:
        return {(id, format): body(store, id, format) for id in _IDS for format in FORMATS.values()}


@pytest.fixture
def reference(tmp_path: Path, sources: list[str]) -> dict[tuple[str, Format], bytes | None]:
    """What a process with the hash seed 0 stores in SQLite."""
    url = f"sqlite:///{tmp_path}/reference.db"
    _import(url, sources, "0")
    return _representations(url, tmp_path / "reference-lists")


@pytest.mark.parametrize("hash_seed", ["1", "4242"])
def test_the_same_source_gives_the_same_bytes_on_every_database_and_in_every_process(
    database_url: str,
    sources: list[str],
    reference: dict[tuple[str, Format], bytes | None],
    hash_seed: str,
    tmp_path: Path,
) -> None:
    _import(database_url, sources, hash_seed)
    found = _representations(database_url, tmp_path / "lists")
    assert len(found) == 10
    assert None not in found.values()
    assert found == reference


def test_a_second_process_with_another_hash_seed_finds_no_change(database_url: str, sources: list[str]) -> None:
    _import(database_url, sources, "0")
    command = [sys.executable, "-m", "dcip_server", "--database", database_url, "import", *sources]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "0 created, 0 updated, 0 deleted, 5 unchanged\n"


def test_the_change_list_is_the_same_on_every_database(
    store: Store, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcip_server.protocol.times.now", lambda: "2026-01-01T00:00:00Z")
    write = [Put(dataset(id)) for id in ("a", "b/c", "ä", "a\nb", 7)]
    other_url = sqlite_url.replace("catalog.db", "other.db")
    with Store(other_url, list_folder=str(tmp_path / "other"), create=True) as other:
        store.revise(write)
        other.revise(write)
        for format in FORMATS.values():
            assert list_bytes(store, format) == list_bytes(other, format)


def test_the_digest_in_the_list_is_that_of_the_bytes_which_the_url_answers(store: Store) -> None:
    store.revise([Put(dataset(id, title=f"Títle {id}")) for id in ("a", "ä", 7, "a b")])
    store.revise([Put(dataset("a", title="Another"))])
    listed = entries(store)
    assert len(listed) == 4
    for entry in listed:
        json_body = body(store, entry["id"])
        assert json_body is not None
        assert entry["sha256"] == sha256(json_body).hexdigest()


def test_a_representation_knows_its_digest_and_its_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcip_server.protocol.times.now", lambda: "2026-01-01T00:00:00Z")
    store.revise([Put(dataset("a"))])
    found = store.find_representation("dataset", "a", Format.JSON)
    assert found is not None
    assert found.sha256 == sha256(found.body).hexdigest()
    assert found.modified == "2026-01-01T00:00:00Z"


def test_no_public_address_is_stored_in_a_body(store: Store) -> None:
    store.revise([Put(dataset("a"))])
    list_bytes(store)
    for format in FORMATS.values():
        stored = body(store, "a", format)
        assert stored is not None
        assert b"catalog.example" not in stored
