"""Catalogs that people have published, where the machine has them: counts, round trips, no second revision."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat

from dcip_server.formats.json_value import with_bytes_as_text
from tests import said
from tests.conftest import REAL_CATALOGS
from tests.formats.conftest import Catalog, assert_types, comparable


@dataclass(frozen=True)
class RealCatalog:
    """A file, what it is, and how many datasets its collector counted in it; ``None`` for one that is malformed."""

    path: Path
    format: str
    datasets: int | None


def _collected() -> list[RealCatalog]:
    manifest = REAL_CATALOGS / "MANIFEST.tsv"
    if not manifest.exists():
        return []
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        RealCatalog(
            REAL_CATALOGS / row["file"], row["format"], None if row["datasets"] == "-" else int(row["datasets"])
        )
        for row in rows
    ]


_CATALOGS = _collected()

_NO_TITLE = "title is missing"
_NO_ID_OR_TITLE = "is missing"
#: How many records of a file are refused although they were counted, and why.
_REFUSED_RECORDS: dict[str, tuple[int, str]] = {
    **{f"dxwg-csiro-dap-examples.{kind}": (3, _NO_TITLE) for kind in ("ttl", "rdf", "jsonld")},
    **{f"dxwg-spatial-properties.{kind}": (4, _NO_TITLE) for kind in ("ttl", "rdf", "jsonld")},
    **{f"dxwg-temporal-properties.{kind}": (8, _NO_TITLE) for kind in ("ttl", "rdf", "jsonld")},
    "ar-sample-missing_dataset_title.data.json": (1, _NO_TITLE),
    "gsa-sample-missing-catalog.data.json": (1, _NO_ID_OR_TITLE),
    "gsa-sample-missing-dataset-fields.data.json": (1, _NO_ID_OR_TITLE),
    "gsa-sample-missing-identifier-title.data.json": (2, _NO_ID_OR_TITLE),
    "iowa-geodata-hub.data.json": (3, "occurs more than once"),
    "swiss-dataset-datetimes.xml": (1, _NO_TITLE),
    "swiss-dataset-datetimes-bad.xml": (1, _NO_TITLE),
}
#: So many records of a type and file go through N3 and back at most, spread over the file.
_MOST_ROUND_TRIPS = 500
#: Why a file as a whole is refused.
_REFUSED_FILES = {
    "alberta-package-list.json.gz": "31340 names and no datasets",
    "ckanext-dcat-dataset.ttl": "line 149",
    "ar-sample-invalid_dataset_type.data.json": "a list is due",
    "ar-sample-missing_dataset.data.json": "id is missing",
    "dcip-list-example.json": "record 1: malformed JSON",
    "dcip-n3-example.n3": "line 1",
    "es-Conventions_general-http-uris.ttl": "line 14",
    "ib1-directory-organization.ttl": "line 25",
    "jkan-template-data.json": "line 1",
    "misp-create.json": "a MISP query",
    "misp-delete.json": "line 11",
    "misp-search.json": "line 7",
}


def test_all_files_that_were_collected_are_covered() -> None:
    assert len(_CATALOGS) == (156 if REAL_CATALOGS.exists() else 0)
    assert sum(catalog.datasets or 0 for catalog in _CATALOGS) == (6_667 if REAL_CATALOGS.exists() else 0)


@pytest.fixture
def catalogs(tmp_path: Path) -> Iterator[tuple[Catalog, Catalog]]:
    """Two empty catalogs."""
    folders = (tmp_path / "first", tmp_path / "second")
    for folder in folders:
        folder.mkdir()
    made = Catalog(folders[0]), Catalog(folders[1])
    yield made
    for catalog in made:
        catalog.close()


_RDF = {
    "turtle": RdfFormat.TURTLE, "n3": RdfFormat.N3, "rdfxml": RdfFormat.RDF_XML, "jsonld": RdfFormat.JSON_LD,
}  # fmt: skip
#: Text between properties, which only a lenient reader of RDF/XML takes.
_READ_LENIENTLY = {"udata-geonetwork.xml"}


def _assert_nothing_is_lost(catalog: Catalog, real: RealCatalog) -> None:
    document = said.unpacked(real.path.read_bytes())
    format = _RDF.get(real.format.rpartition("-")[2])
    if format is None:
        lost = _lost_values(catalog, document, real.path.name)
    else:
        served = [
            triple
            for entity in ("dataset", "dataservice", "datasetseries")
            for id in catalog.ids(entity)
            for triple in said.triples_of(catalog.n3(id, entity), RdfFormat.N3)
        ]
        lenient = real.path.name in _READ_LENIENTLY
        source = said.triples_by_rdflib(document) if lenient else said.triples_of(document, format)
        assert source
        lost = said.due(source) - said.patterns(served)
    assert sorted(lost)[:5] == []


def _lost_values(catalog: Catalog, document: bytes, name: str) -> set[tuple[str, str, str]]:
    """Values of the records taken that their JSON does not hold: id, value and where."""
    taken = {str(id): id for id in catalog.ids()}
    lost = set()
    seen = set()
    for record in said.records(document, name):
        id = str(said.id_of(record))
        # Of records with the same id the first is kept.
        if id in taken and id not in seen:
            seen.add(id)
            served = said.served_values(catalog.json(taken[id]))
            lost |= {
                (id, value, name) for value in with_bytes_as_text(list(said.values(record))) if value not in served
            }
    return lost


@pytest.mark.parametrize("real", _CATALOGS, ids=lambda real: real.path.name)
def test_a_real_catalog_is_taken_and_comes_back_from_its_n3(
    catalogs: tuple[Catalog, Catalog], real: RealCatalog
) -> None:
    first, second = catalogs
    name, document = real.path.name, real.path.read_bytes()
    taken = first.take(document, name)
    if name in _REFUSED_FILES:
        assert len(taken.refused) == 1
        assert _REFUSED_FILES[name] in taken.refused[0]
        assert first.ids() == []
        return

    _assert_nothing_is_lost(first, real)

    # As many as were counted, but for the ones that the table above explains.
    assert real.datasets is not None
    refused, reason = _REFUSED_RECORDS.get(name, (0, ""))
    others = sum(len(first.ids(entity)) for entity in ("dataservice", "datasetseries"))
    assert len(first.ids()) == real.datasets - refused
    assert taken.counts == (real.datasets - refused + others, 0, 0, refused)
    assert all(reason in line for line in taken.refused)

    # The same once more makes no revision.
    revision = first.revision
    assert first.take(document, name).counts == (0, 0, real.datasets - refused + others, refused)
    assert first.revision == revision

    # JSON, N3, JSON, each record by itself; of a large catalog every second or third, since this is the slow part.
    for entity in ("dataset", "dataservice", "datasetseries"):
        ids = first.ids(entity)
        ids = ids[:: len(ids) // _MOST_ROUND_TRIPS + 1]
        parts = {f"{entity} {number}.n3": first.n3(id, entity) for number, id in enumerate(ids)}
        assert second.take_files(parts).refused == []
        assert second.ids(entity) == ids
        for id in ids:
            served = first.json(id, entity)
            assert_types(served, id)
            assert comparable(second.json(id, entity)) == comparable(served)
