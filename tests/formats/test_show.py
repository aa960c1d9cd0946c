"""``dcip-server show``: the bytes that the server answers, and the same graph in other serialisations."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from pyoxigraph import RdfFormat

from dcip_server.store import Store
from tests.conftest import Ran, Site
from tests.formats.conftest import PREFIXES, graph_by_rdflib, graph_of
from tests.records import record

Run = Callable[..., Ran]

_TTL = f"""{PREFIXES}
:d a dcat:Dataset ; dct:title "A"@en, "\xc4"@de ; dct:publisher [ foaf:name "Agency" ] ; dct:issued "2011"^^xsd:gYear ;
    <urn:x:odd%20term> "x" ; dcat:distribution :csv, [ dcat:accessURL <http://data.example/\xe9> ] .
:csv dct:title 'it\\'s "quoted"\\n' .
"""
#: Ids, of every kind of record: the draft's JSON, CKAN's, RDF.
_IDS = ["json", 7, "a/b?c=d#e %2F+\xe9\U0001f4ca", "ckan", "http://data.example/d"]


@pytest.fixture
def filled(run: Run, tmp_path: Path) -> None:
    """A catalog of each of the ids; all state their times, so that nothing depends on when they were imported."""
    times = {"metadata_created": "2011-05-09T10:00:00Z", "metadata_modified": "2012-05-09T10:00:00Z"}
    package = {"id": "ckan", "title": "A", "owner_org": "o", "tags": [{"name": "t", "id": "x"}], **times}
    nested = {"x": {"b": [1, {"c": "\u2028"}], "a": None}, "tags": ["z", "a"], "author": "Ada", "temporal": "2011/2012"}
    records = [record("json", **nested, **times), record(7, **times), record(_IDS[2], **times)]
    (tmp_path / "a.json").write_text(json.dumps(records))
    (tmp_path / "b.json").write_text(json.dumps(package))
    record_of_it = (
        f':r a dcat:CatalogRecord ; foaf:primaryTopic :d ; dct:issued "{times["metadata_created"]}"^^xsd:dateTime ;'
    )
    (tmp_path / "c.ttl").write_text(f'{_TTL}{record_of_it} dct:modified "{times["metadata_modified"]}"^^xsd:dateTime .')
    assert run("import", *(str(tmp_path / name) for name in ("a.json", "b.json", "c.ttl"))).status == 0


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("extension", ["json", "dcat.N3"])
@pytest.mark.parametrize("id", _IDS, ids=ascii)
def test_show_prints_exactly_the_bytes_that_the_server_answers(
    run: Run,
    make_site: Callable[..., Site],
    sqlite_url: str,
    id: str | int,
    extension: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DCIP_SITE_URL", "https://catalog.example/sub/")
    monkeypatch.setenv("DCIP_ENDPOINT_PATH", "/api")
    shown = run("show", str(id), "--format", extension)
    with Store(sqlite_url) as store:
        site = make_site(store, site_url="https://catalog.example/sub", endpoint_path="/api")
        answer = site.get(f"/sub/api/dataset/id/{quote(str(id), safe='')}.{extension}")
    assert (answer.status_code, answer.data) == (200, shown.out.encode())
    assert (shown.status, shown.err) == (0, "")


@pytest.mark.usefixtures("filled")
def test_show_prints_json_where_no_format_is_named(run: Run) -> None:
    assert run("show", "7").out == run("show", "7", "--format", "json").out
    assert json.loads(run("show", "7").out)["id"] == 7


_GRAPHS = {
    "ttl": (RdfFormat.TURTLE, "turtle"),
    "rdf": (RdfFormat.RDF_XML, "xml"),
    "jsonld": (RdfFormat.JSON_LD, "json-ld"),
    "n3": (RdfFormat.N3, "n3"),
}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("format", _GRAPHS)
@pytest.mark.parametrize("id", _IDS, ids=ascii)
def test_the_other_serialisations_are_the_same_graph_to_both_parsers(run: Run, id: str | int, format: str) -> None:
    """But that an IRI of ours is the page's there, since the endpoint answers none without extension."""
    ours = quote(str(id), safe="")
    stored = run("show", str(id), "--format", "dcat.N3").out
    due = graph_of(stored.replace(f"<dataset/id/{ours}>", f"<http://127.0.0.1:8000/dataset/{ours}>").encode())
    shown = run("show", str(id), "--format", format).out
    oxigraph, other = _GRAPHS[format]
    assert graph_of(shown.encode(), oxigraph) == due
    assert graph_by_rdflib(shown.encode(), other) == due


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_same_record_is_the_same_bytes_whatever_process_wrote_it(run: Run, tmp_path: Path, seed: str) -> None:
    database = f"sqlite:///{tmp_path}/{seed}.db"
    sources = [str(tmp_path / name) for name in ("c.ttl", "b.json", "a.json")]
    command = [sys.executable, "-m", "dcip_server", "--database", database, "import", *sources]
    subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
    for id in map(str, _IDS):
        for format in ("json", "dcat.N3"):
            assert run("show", id, "--format", format) == run("show", id, "--format", format, database=database)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("format", ["json", "dcat.N3", *_GRAPHS])
def test_what_is_not_there_is_exit_status_1(run: Run, format: str) -> None:
    ran = run("show", "missing", "--format", format)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.splitlines() == ["dcip-server: no dataset with the id 'missing'"]


_AWKWARD = {
    "a predicate that no XML name can end": '<urn:x:d> a dcat:Dataset ; dct:title "A" ; <http://voc.example/1> "x" .',
    "a predicate that ends in a slash": '<urn:x:d> a dcat:Dataset ; dct:title "A" ; <http://voc.example/> "x" .',
    "control characters": r'<urn:x:d> a dcat:Dataset ; dct:title "a\u0001b" .',
    "characters that are none": r'<urn:x:d> a dcat:Dataset ; dct:title "a\uFFFEb" .',
    "a carriage return": r'<urn:x:d> a dcat:Dataset ; dct:title "a\r\nb" .',
    "a deep structure": '<urn:x:d> a dcat:Dataset ; dct:title "A" ; dct:relation '
    + "[ dct:relation " * 50
    + '"x"'
    + "]" * 50
    + " .",
}


@pytest.mark.parametrize("format", _GRAPHS)
@pytest.mark.parametrize("case", _AWKWARD)
def test_what_a_serialisation_cannot_say_is_one_line_and_never_a_malformed_document(
    run: Run, tmp_path: Path, case: str, format: str
) -> None:
    (tmp_path / "a.ttl").write_text(PREFIXES + _AWKWARD[case])
    assert run("import", str(tmp_path / "a.ttl")).status == 0
    ran = run("show", "urn:x:d", "--format", format)
    if ran.status == 0:
        said = run("show", "urn:x:d", "--format", "dcat.N3").out
        if format == "rdf":
            # In XML, for what no document can hold.
            said = said.replace(r"\u0001", "\ufffd").replace(r"\uFFFE", "\ufffd")
        due = graph_of(said.encode())
        assert graph_of(ran.out.encode(), _GRAPHS[format][0]) == due
        assert graph_by_rdflib(ran.out.encode(), _GRAPHS[format][1]) == due
    else:
        assert (ran.status, ran.out, len(ran.err.splitlines())) == (1, "", 1)
        assert format == "rdf"


def test_show_of_a_catalog_that_is_not_there_says_how_to_make_one(run: Run, tmp_path: Path) -> None:
    ran = run("show", "1", database=f"sqlite:///{tmp_path}/missing.db")
    assert ran.status == 1
    assert len(ran.err.splitlines()) == 1
    assert not (tmp_path / "missing.db").exists()


def test_prefixes_are_declared_in_turtle(run: Run, filled: None) -> None:
    assert "@prefix dcat: <http://www.w3.org/ns/dcat#>" in run("show", "7", "--format", "ttl").out
