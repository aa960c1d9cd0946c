"""Catalogs for the tests of formats: documents in, what the endpoint serves of them out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph
import pytest
import rdflib
from werkzeug.middleware.lint import LintMiddleware
from werkzeug.test import Client

from dcip_server import settings
from dcip_server.app import create_app
from dcip_server.harvest.job import Job, Limits
from dcip_server.harvest.sources import Source
from dcip_server.store import Outcome, Store
from tests.formats.readings import assert_read_alike_from_disk

ENDPOINT = "http://catalog.example/rest"


@dataclass
class Taken:
    """What an import did, and the lines it would print."""

    outcome: Outcome = field(default_factory=Outcome)
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Created, updated, unchanged, refused."""
        return self.outcome.created, self.outcome.updated, self.outcome.unchanged, len(self.refused)


class _Notes:
    """Hears what an import says, for :class:`Taken`."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken

    def started(self, source: Source) -> None: ...
    def bytes_read(self, count: int) -> None: ...
    def record_done(self) -> None: ...

    def refused(self, place: str, reason: str) -> None:
        self._taken.refused.append(f"{place}: {reason}")

    def remark(self, place: str, text: str) -> None:
        self._taken.remarks.append(f"{place}: {text}")


class Catalog:
    """A catalog of its own, filled by imports, read over HTTP."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        url = f"sqlite:///{folder}/catalog.db"
        self.store = Store(url, list_folder=str(folder / "lists"), create=True)
        self._app = create_app(settings.load({}, database_url=url, rate_limit="", list_folder=str(folder / "lists")))
        self._client = Client(LintMiddleware(self._app))

    def close(self) -> None:
        self._app.extensions["dcip_store"].close()
        self.store.close()

    def take(
        self, document: bytes, name: str = "records.json", format: str | None = None, *, sync: bool = False
    ) -> Taken:
        """Import a document as a file of that name."""
        return self.take_files({name: document}, format, sync=sync)

    def take_files(self, documents: Mapping[str, bytes], format: str | None = None, *, sync: bool = False) -> Taken:
        """Import documents, by file name, as one import."""
        for name, document in documents.items():
            (self._folder / name).write_bytes(document)
            assert_read_alike_from_disk(self._folder / name, format)
        taken = Taken()
        paths = [str(self._folder / name) for name in documents]
        job = Job(paths, Limits(1 << 30, 1 << 28), _Notes(taken), format, sync)
        taken.outcome = job.run(self.store, allow_mass_delete=True)
        return taken

    def take_json(self, *records: Any, format: str | None = None, sync: bool = False) -> Taken:
        """Import records as a JSON array."""
        return self.take(json.dumps(records).encode(), format=format, sync=sync)

    def take_turtle(self, text: str) -> Taken:
        """Import Turtle; the usual prefixes are bound."""
        return self.take((PREFIXES + text).encode(), "records.ttl")

    def page(self, path: str) -> bytes:
        """What is answered outside the endpoint, or anywhere."""
        return self._get(path)

    def _get(self, path: str) -> bytes:
        answer = self._client.get(path, base_url="http://catalog.example", buffered=True)
        assert answer.status_code == 200, path
        return answer.data

    def feed(self, path: str) -> bytes:
        """What the site answers outside the endpoint."""
        return self._get(path)

    def json(self, id: str | int, entity: str = "dataset") -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.json_bytes(id, entity))
        return value

    def json_bytes(self, id: str | int, entity: str = "dataset") -> bytes:
        return self._get(f"/rest/{entity}/id/{quote(str(id), safe='')}.json")

    def n3(self, id: str | int, entity: str = "dataset") -> bytes:
        return self._get(f"/rest/{entity}/id/{quote(str(id), safe='')}.dcat.N3")

    def data_json(self) -> dict[str, dict[str, Any]]:
        """The datasets of ``/data.json`` by their identifiers."""
        return {item["identifier"]: item for item in json.loads(self._get("/data.json"))["dataset"]}

    def help(self, entity: str) -> str:
        """The help text of an entity type."""
        return self._get(f"/rest/{entity}/help.txt").decode()

    def graph(self, id: str | int) -> pyoxigraph.Dataset:
        return graph_of(self.n3(id))

    def objects(self, id: str | int, predicate: str) -> set[str]:
        """The objects of every triple of the record's N3 with the predicate, as N-Triples."""
        return {str(quad.object) for quad in self.graph(id) if quad.predicate.value == predicate}

    def ids(self, entity: str = "dataset") -> list[str | int]:
        """The ids of the live records of a type, in the order of the change list."""
        entries = json.loads(self._get(f"/rest/{entity}/id/"))
        return [entry["id"] for entry in entries if entry["change_type"] != "delete"]

    @property
    def revision(self) -> int:
        return self.store.state().revision


PREFIXES = """\
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <http://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <http://data.example/> .
"""


def graph_of(
    document: bytes, format: pyoxigraph.RdfFormat = pyoxigraph.RdfFormat.N3, canonical: bool = True
) -> pyoxigraph.Dataset:
    """The triples of a document; with blank nodes labelled canonically, equal graphs compare equal."""
    graph = pyoxigraph.Dataset(
        pyoxigraph.Quad(*quad.triple) for quad in pyoxigraph.parse(document, format, base_iri="http://base.example/")
    )
    if canonical:
        graph.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return graph


def graph_by_rdflib(document: bytes, format: str = "n3") -> pyoxigraph.Dataset:
    """The same by the other parser."""
    triples = rdflib.Graph().parse(data=document, format=format).serialize(format="nt", encoding="utf-8")
    return graph_of(triples, pyoxigraph.RdfFormat.N_TRIPLES)


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    """The record with tags and resources in one order: a round trip is exact but for these."""
    ordered = dict(record)
    ordered["resources"] = sorted(record["resources"], key=lambda resource: json.dumps(resource, sort_keys=True))
    if "tags" in record:
        ordered["tags"] = sorted(record["tags"])
    return ordered


_RESOURCE_TYPES = {"size": int} | dict.fromkeys(
    ("resource_type", "url", "format", "title", "mimetype", "hash", "last_modified", "name"), str
)
_DATASET_TYPES = {"resources": list, "tags": list, "spatial": dict} | dict.fromkeys(
    (
        "title",
        "license",
        "name",
        "author",
        "maintainer",
        "temporal",
        "version",
        "metadata_modified",
        "metadata_created",
    ),
    str,
)


def assert_types(record: dict[str, Any], id: str | int) -> None:
    """The draft's required keys are there, and every key of the draft has the draft's type and is not empty."""
    assert {"id", "title", "license", "resources", "metadata_modified", "metadata_created"} <= record.keys()
    assert record["id"] == id
    for found, types, required in ((record, _DATASET_TYPES, {"resources"}), *(
        (resource, _RESOURCE_TYPES, {"size"}) for resource in record["resources"]
    )):  # fmt: skip
        for key in types.keys() & found.keys():
            assert type(found[key]) is types[key], (key, found[key])
            assert found[key] or key in required, key
    assert all(isinstance(tag, str) and tag for tag in record.get("tags", []))
    for resource in record["resources"]:
        assert {"resource_type", "url"} <= resource.keys()
        assert resource.get("size", 0) >= 0


@pytest.fixture(autouse=True)
def _literals_as_written() -> Iterator[None]:
    """rdflib rewrites ``"01"^^xsd:integer`` to ``"1"`` unless it is told not to."""
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    yield
    rdflib.NORMALIZE_LITERALS = before


@pytest.fixture(scope="module")
def new_catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Catalog]]:
    """Makes empty catalogs: ``new_catalog()``."""
    made: list[Catalog] = []

    def make() -> Catalog:
        made.append(Catalog(tmp_path_factory.mktemp("catalog")))
        return made[-1]

    yield make
    for catalog in made:
        catalog.close()


@pytest.fixture
def catalog(new_catalog: Callable[[], Catalog]) -> Catalog:
    """An empty catalog."""
    return new_catalog()


@pytest.fixture(scope="module")
def catalogs(new_catalog: Callable[[], Catalog]) -> tuple[Catalog, Catalog]:
    """Two catalogs for the whole module: what one serves, the other takes."""
    return new_catalog(), new_catalog()
