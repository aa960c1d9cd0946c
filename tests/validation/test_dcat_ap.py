"""Documents against DCAT-AP's terms: each row changes one thing in a document that is valid; all real files as the official shapes judge them."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib.namespace import SH

from dcip_server.formats.rdf.terms import iri, iri_text
from dcip_server.validation import Context, validate
from tests.conftest import REAL_CATALOGS

_VALID = """@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <https://data.example.org/> .
:catalog a dcat:Catalog ; dcterms:title "Data" ; dcterms:description "Of a town." ; dcterms:publisher :town ;
    dcat:dataset :trees ; dcat:record :record ; dcat:service :api .
:town a foaf:Agent ; foaf:name "Town" .
:record a dcat:CatalogRecord ; foaf:primaryTopic :trees ; dcterms:modified "2026-01-02"^^xsd:date .
:api a dcat:DataService ; dcterms:title "API" ; dcat:endpointURL :endpoint ; dcat:servesDataset :trees .
:series a dcat:DatasetSeries ; dcterms:title "Years" ; dcterms:description "One a year." .
:trees a dcat:Dataset ; dcterms:title "Trees"@en ; dcterms:description "In streets." ; dcterms:issued "2025"^^xsd:gYear ;
    dcat:inSeries :series ; dcat:distribution [ a dcat:Distribution ; dcterms:title "CSV" ; dcat:accessURL :csv ;
        dcat:byteSize "12"^^xsd:nonNegativeInteger ;
        spdx:checksum [ a spdx:Checksum ; spdx:algorithm :sha1 ; spdx:checksumValue "0a"^^xsd:hexBinary ] ] .
"""
_TREES, _CATALOG, _API = (f"https://data.example.org/{name}" for name in ("trees", "catalog", "api"))

#: What is replaced, by what, and the finding that is due: rule, severity, property, and the entry that is not accepted.
_ROWS = [
    ('dcterms:title "Trees"@en ;', "", ("DCATAP-02", "E", "dcterms:title", _TREES)),
    ('dcterms:description "In streets." ;', "", ("DCATAP-02", "E", "dcterms:description", _TREES)),
    ('"In streets."', "<https://data.example.org/text>", ("DCATAP-05", "E", "dcterms:description", _TREES)),
    ("dcat:accessURL :csv ;", "", ("DCATAP-02", "E", "dcat:accessURL", _TREES)),
    ("dcat:accessURL :csv", 'dcat:accessURL "https://data.example.org/csv"', ("DCATAP-05", "E", "dcat:accessURL", _TREES)),
    ('"12"^^xsd:nonNegativeInteger', '"12"', ("DCATAP-06", "E", "dcat:byteSize", _TREES)),
    ('"12"^^xsd:nonNegativeInteger', '"-12"^^xsd:nonNegativeInteger', ("DCATAP-06", "E", "dcat:byteSize", _TREES)),
    ('"12"^^xsd:nonNegativeInteger', '"12"^^xsd:nonNegativeInteger, "13"^^xsd:nonNegativeInteger',
     ("DCATAP-04", "E", "dcat:byteSize", _TREES)),
    ("spdx:algorithm :sha1 ;", "", ("DCATAP-02", "E", "spdx:algorithm", _TREES)),
    ('"0a"^^xsd:hexBinary', '"0a"', ("DCATAP-06", "E", "spdx:checksumValue", _TREES)),
    ('"2025"^^xsd:gYear', '"2025"', ("DCATAP-06", "W", "dcterms:issued", None)),
    ('"2025"^^xsd:gYear', '"2025-02-30"^^xsd:date', ("DCATAP-06", "W", "dcterms:issued", None)),
    ("dcterms:publisher :town ;", "", ("DCATAP-02", "E", "dcterms:publisher", _CATALOG)),
    ("dcterms:publisher :town ;", "dcterms:publisher :town, :land ;", ("DCATAP-04", "E", "dcterms:publisher", _CATALOG)),
    ('foaf:name "Town"', 'rdfs:label "Town"', ("DCATAP-02", "E", "foaf:name", _CATALOG)),
    ("foaf:primaryTopic :trees", "foaf:primaryTopic :bushes", ("DCATAP-05", "E", "foaf:primaryTopic", _CATALOG)),
    ('"2026-01-02"^^xsd:date', '"yesterday"', ("DCATAP-06", "W", "dcterms:modified", None)),
    ("dcat:endpointURL :endpoint ;", "", ("DCATAP-02", "E", "dcat:endpointURL", _API)),
    ("dcat:servesDataset :trees", "rdfs:seeAlso :trees", ("DCATAP-03", "W", "dcat:servesDataset", None)),
    ("dcat:inSeries :series ;", "", ("DCATAP-03", "W", "^dcat:inSeries", None)),
    # A class that the document itself puts below dcat:Dataset.
    (":trees a dcat:Dataset ; dcterms:title", ":Map rdfs:subClassOf dcat:Dataset . :trees a :Map ; rdfs:label",
     ("DCATAP-02", "E", "dcterms:title", _TREES)),
    (_VALID, "<https://data.example.org/a> <https://data.example.org/b> 1 .", ("DCATAP-07", "W", "", None)),
    (_VALID, "@prefix", ("DCATAP-01", "E", "", None)),
    (_VALID, '{"title": "JSON"}', ("DCATAP-01", "E", "", None)),
]  # fmt: skip


def test_a_document_with_all_mandatory_terms_is_valid() -> None:
    report = validate(_VALID.encode(), "dcat-ap", extension="ttl")
    assert report.errors == ()
    assert report.valid == "yes"
    assert [entry.subject.rpartition("/")[2] for entry in report.entries] == ["api", "catalog", "series", "trees"]


@pytest.mark.parametrize(("old", "new", "due"), _ROWS)
def test_what_a_term_must_be_is_said_with_its_rule(old: str, new: str, due: tuple[str, str, str, str | None]) -> None:
    assert old in _VALID
    rule, severity, property_name, refused = due
    extension = "json" if new.startswith("{") else "ttl"
    report = validate(_VALID.replace(old, new).encode(), "dcat-ap", extension=extension)
    assert (rule, severity, property_name) in {(f.rule, f.severity, f.property_name) for f in report.findings}
    assert {f.severity for f in report.errors} == ({"E"} if severity == "E" else set())
    assert {entry.subject for entry in report.entries if not entry.accepted} == ({refused} if refused else set())


def test_a_blank_node_is_called_by_where_it_hangs_in_every_process() -> None:
    document = _VALID.replace("dcat:accessURL :csv ;", "").replace("spdx:algorithm :sha1 ;", "")
    report = validate(document.encode(), "dcat-ap", extension="ttl")
    assert [finding.subject for finding in report.errors] == [
        f"dcat:distribution of {_TREES} ('CSV')",
        f"spdx:checksum of dcat:distribution of {_TREES}",
    ]


def test_a_long_chain_of_blank_nodes_is_checked_without_end_or_fall() -> None:
    chain = "".join(f"_:b{n} <https://a.example/next> _:b{n + 1} .\n" for n in range(30_000))
    report = validate((_VALID + chain + "_:b30000 a foaf:Agent .").encode(), "dcat-ap", extension="ttl")
    [finding] = report.errors
    assert finding.subject == "https://a.example/next of " * 5 + "a blank node"


@pytest.mark.parametrize(("change", "options", "status"), [("", ["--online"], 0), ("dcat:accessURL :csv ;", [], 1)])
def test_the_command_says_in_its_exit_status_whether_a_file_is_valid(
    tmp_path: Path, change: str, options: list[str], status: int
) -> None:
    (tmp_path / "catalog.ttl").write_text(_VALID.replace(change, ""))
    command = [sys.executable, "-m", "dcip_server", "validate", "--profile", "dcat-ap", *options, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "must have dcat:accessURL" in done.stdout) == (status, bool(status)), done


# --- the official shapes ---

_SHAPES = REAL_CATALOGS / "schemas" / "dcat-ap-3.0.1-shapes.ttl"
_GENERATED_SHAPES = REAL_CATALOGS / "schemas" / "dcat-ap-3.0.1-dcat-ap-SHACL.ttl"
_FORMATS = {".ttl": "turtle", ".n3": "n3", ".rdf": "xml", ".xml": "xml", ".jsonld": "json-ld"}
_FILES = sorted(path for path in REAL_CATALOGS.glob("*") if path.suffix in _FORMATS)
#: No parser reads these: prefixes are missing in them.
_MALFORMED = {
    "ckanext-dcat-dataset.ttl", "dcip-n3-example.n3", "es-Conventions_general-http-uris.ttl",
    "ib1-directory-organization.ttl",
}  # fmt: skip
_RULES = {
    SH.MinCountConstraintComponent: "DCATAP-02", SH.MaxCountConstraintComponent: "DCATAP-04",
    SH.NodeKindConstraintComponent: "DCATAP-05", SH.DatatypeConstraintComponent: "DCATAP-06",
}  # fmt: skip


def _official(data: rdflib.Graph, shapes: rdflib.Graph) -> set[tuple[str, str, str]]:
    """What the shapes refuse: rule, local name of the property, IRI of the subject or ""."""
    _, results, _ = pyshacl.validate(data, shacl_graph=shapes)
    assert isinstance(results, rdflib.Graph)
    found = set()
    for result in results.objects(None, SH.result):
        if results.value(result, SH.resultSeverity) != SH.Violation:
            continue
        component, path = results.value(result, SH.sourceConstraintComponent), results.value(result, SH.resultPath)
        focus = results.value(result, SH.focusNode)
        rule = _RULES.get(component, "DCATAP-05" if str(path).endswith("primaryTopic") else "DCATAP-06")  # type: ignore[call-overload]  # None has none
        found.add((rule, _local(str(path)), _iri(focus) if isinstance(focus, rdflib.URIRef) else ""))
    return found


def _iri(node: rdflib.URIRef) -> str:
    """As it is read here: spaces in IRIs are percent-encoded."""
    return iri_text(iri(str(node)))


def _local(name: str) -> str:
    return name.replace("#", "/").replace(":", "/").rpartition("/")[2]


def test_the_verdict_on_every_real_file_is_that_of_the_official_shapes() -> None:
    shapes = rdflib.Graph().parse(_SHAPES) if _FILES else rdflib.Graph()
    verdicts: Counter[str] = Counter()
    for path in _FILES:
        # With an address, relative IRIs are the same for both.
        context = Context(file_url="https://a.example/")
        report = validate(path.read_bytes(), "dcat-ap", context, extension=path.suffix[1:])
        if path.name in _MALFORMED:
            assert [finding.rule for finding in report.errors] == ["DCATAP-01"]
            continue
        data = rdflib.Graph().parse(path, format=_FORMATS[path.suffix], publicID=context.file_url)
        iris = {_iri(subject) for subject in data.subjects() if isinstance(subject, rdflib.URIRef)}
        ours = {
            (finding.rule, _local(finding.property_name), finding.subject if finding.subject in iris else "")
            for finding in report.errors
        }
        assert ours == _official(data, shapes), path.name
        verdicts["invalid" if report.errors else "valid"] += 1
    assert verdicts in (Counter(), Counter(invalid=64, valid=6))


def test_a_term_is_mandatory_where_the_official_shapes_say_so() -> None:
    if not _SHAPES.exists():
        return
    official = set()
    for name in (_SHAPES, _GENERATED_SHAPES):
        shapes = rdflib.Graph().parse(name)
        for shape, target in shapes.subject_objects(SH.targetClass):
            for property in shapes.objects(shape, SH.property):
                severity = shapes.value(property, SH.severity, default=SH.Violation)
                if shapes.value(property, SH.minCount) and severity == SH.Violation:
                    official.add((_local(str(target)), _local(str(shapes.value(property, SH.path)))))
    table = files("dcip_server.validation").joinpath("dcat_ap_terms.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    assert {(_local(row[0]), _local(row[1])) for row in rows if row[2] == "M"} == official
    assert len(official) == 20
