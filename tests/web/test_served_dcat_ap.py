"""What the feeds serve of real catalogs, against DCAT-AP and DCAT-US: only what a source never said is missing."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph
import pyshacl
import rdflib
from jsonschema import Draft202012Validator
from rdflib.namespace import DCAT, DCTERMS, RDF, SH, XSD

from dcip_server.namespaces import PREFIXES
from dcip_server.store import Store
from dcip_server.validation import validate
from tests.conftest import REAL_CATALOGS, Ran, Site

_SHAPES = REAL_CATALOGS / "schemas" / "dcat-ap-3.0.1-shapes.ttl"

#: Mandatory terms that the sources do not give: of so many nodes.
_NOT_SAID = {
    "dcterms:description": 93, "dcat:accessURL": 6, "dcterms:title": 1,
    "dcterms:modified": 1, "foaf:primaryTopic": 1, "spdx:algorithm": 1,
}  # fmt: skip
#: Values that are no kind of what is due, and stay as they are: "hello" for an address, a theme without an IRI.
_NO_SUCH_VALUE = {"dcat:landingPage": 9, "dcat:theme": 6}


def test_real_catalogs_are_served_without_breach_of_a_mandatory_term_that_their_source_gave(
    real_site: Site | None,
) -> None:
    if real_site is None:
        return
    site = real_site
    site.ask_once()
    samples = Samples()
    missing: Counter[str] = Counter()
    of_another_kind: Counter[str] = Counter()
    number, last = 0, False
    while not last:
        number += 1
        body = site.get(f"/catalog.ttl?page={number}").data
        last = b"hydra:next " not in body
        report = validate(body, "dcat-ap", extension="ttl")
        missing.update(finding.property_name for finding in report.errors if finding.rule == "DCATAP-02")
        of_another_kind.update(
            finding.property_name for finding in report.errors if finding.rule in ("DCATAP-05", "DCATAP-06")
        )
        samples.take(body)
    assert number > 50
    assert missing == _NOT_SAID
    assert of_another_kind == _NO_SUCH_VALUE
    assert _official(samples.graph) == _NOT_SAID.keys() | _NO_SUCH_VALUE.keys()
    assert samples.kinds > 1000
    _check_the_us_document(
        site, {str(record.entry.id): json.loads(record.json) for record in site.store.live_records()}
    )


#: Dates as sources write them: both of a dataset, and those of its period.
_DATES = [
    ('"2012"^^xsd:date', '"2012-01-01 13:34"'),
    ('"1. Januar 2012"@de', '"2012-01-01 13:34"^^xsd:dateTime'),
    ('"mars 2012"@fr', '"Sun, 01 Jan 2012 13:34:00 GMT"'),
    ('"31.12.2012"', '"2012-01-01 13:34:00+01:00"'),
    ('"2012-01-01"', '"2012-01-01T13:34:00"^^<http://schema.org/DateTime>'),
]


def test_a_date_that_was_read_is_served_as_one_in_the_form_that_json_has(
    run: Callable[..., Ran], sqlite_store: Store, make_site: Callable[..., Site], tmp_path: Path
) -> None:
    lines = [
        f"""<https://t.example/{number}> a dcat:Dataset ; dcterms:title "T" ; dcterms:description "D" ;
          dcterms:issued {issued} ; dcterms:modified {modified} ;
          dcterms:temporal [ a dcterms:PeriodOfTime ; dcat:startDate {issued} ; dcat:endDate {modified} ] ;
          dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://t.example/{number}/f> ;
            dcterms:issued {issued} ; dcterms:modified {modified} ] ."""
        for number, (issued, modified) in enumerate(_DATES)
    ]
    prefixes = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dcterms: <http://purl.org/dc/terms/> .
      @prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."""
    source = "\n".join([prefixes, *lines])
    (tmp_path / "dates.ttl").write_text(source)
    run("import", str(tmp_path / "dates.ttl"))
    body = make_site(sqlite_store).get("/catalog.ttl").data
    graph = rdflib.Graph().parse(data=body, format="turtle")
    for record in sqlite_store.live_records():
        value = json.loads(record.json)
        dataset = rdflib.URIRef(str(record.entry.id))
        (period,) = graph.objects(dataset, DCTERMS.temporal)
        (file,) = graph.objects(dataset, DCAT.distribution)
        for key, predicate, of_period in (
            ("issued", DCTERMS.issued, DCAT.startDate),
            ("modified", DCTERMS.modified, DCAT.endDate),
        ):
            said = {
                *graph.objects(dataset, predicate),
                *graph.objects(file, predicate),
                *graph.objects(period, of_period),
            }
            (time,) = map(_literal, said)
            assert str(time).replace("+00:00", "Z") == value[key]
            assert time.datatype in (XSD.gYear, XSD.gYearMonth, XSD.date, XSD.dateTime)
            assert not time.ill_typed
    assert _no_dates(source.encode()) == {re.sub(r'"(.+)".*', r"\1", text) for pair in _DATES for text in pair}
    assert _no_dates(body) == set()
    if _SHAPES.exists():
        assert not _official(graph) & _TIMES


def _literal(node: rdflib.term.Node) -> rdflib.Literal:
    assert isinstance(node, rdflib.Literal)
    return node


#: The terms that take a date.
_TIMES = {"dcterms:issued", "dcterms:modified", "dcat:startDate", "dcat:endDate"}


def _no_dates(document: bytes) -> set[str]:
    """The values that the profile does not take for dates; that one is missing is another matter."""
    return {
        finding.value
        for finding in validate(document, "dcat-ap", extension="ttl").findings
        if finding.property_name in _TIMES and finding.value
    }


#: Terms that DCAT-US requires of a dataset, and the key of a record that could say them.
_REQUIRED = {"description": "description", "keyword": "tags", "publisher": "maintainer", "modified": "modified"}
#: Where what is required is not all there: a contact without name or address.
_OTHER_FAULTS = {"contactPoint"}


def _check_the_us_document(site: Site, records: dict[str, Any]) -> None:
    """``/data.json`` against DCAT-US 1.1: what is missing is what no source said."""
    schemas = REAL_CATALOGS / "schemas"
    schema = json.loads((schemas / "dcat-us-1.1-non-federal_dataset.json").read_text())
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    found = site.get("/data.json").json["dataset"]
    for item in found:
        said = records[item["identifier"]]
        for error in validator.iter_errors(item):
            place = "/".join(part for part in error.absolute_path if isinstance(part, str))
            if place or error.validator != "required":
                assert place in _OTHER_FAULTS, (item["identifier"], error.message)
                continue
            for term in set(_REQUIRED) - item.keys():
                assert not said.get(_REQUIRED[term]), (item["identifier"], term)
    assert len(found) > 6000


#: What leads from the catalog to its records, which are looked at for themselves.
_MEMBERS = {str(DCAT.dataset), str(DCAT.service), str(DCAT.record)}


class Samples:
    """One node of each kind that pages hold, with those it leads to: pyshacl would need a minute for all.

    The official shapes ask of a node how many values of which kind and class it has, so nodes that are alike in this
    pass or fail alike.
    """

    def __init__(self) -> None:
        self.graph = rdflib.Graph()
        for namespace in PREFIXES:
            self.graph.bind(namespace.prefix, namespace.iri)
        self._seen: set[frozenset[tuple[str, str]]] = set()

    @property
    def kinds(self) -> int:
        return len(self._seen)

    def take(self, page: bytes) -> None:
        said: dict[str, list[pyoxigraph.Triple]] = defaultdict(list)
        for quad in pyoxigraph.parse(page, pyoxigraph.RdfFormat.TURTLE):
            said[str(quad.subject)].append(quad.triple)
        wanted: list[pyoxigraph.Triple] = []
        for triples in list(said.values()):
            kind = frozenset(Counter(_kind(triple, said) for triple in triples).items())
            if kind not in self._seen:
                self._seen.add(kind)
                for triple in triples:
                    wanted.append(triple)
                    if triple.predicate.value not in _MEMBERS:
                        wanted += said.get(str(triple.object), ())
        lines = "".join(f"{triple} .\n" for triple in dict.fromkeys(wanted))
        self.graph.parse(data=lines, format="nt")


def _kind(triple: pyoxigraph.Triple, said: Mapping[str, list[pyoxigraph.Triple]]) -> tuple[str, ...]:
    """What the shapes see of a triple."""
    object = triple.object
    if _is_type(triple):
        return triple.predicate.value, str(object)
    if isinstance(object, pyoxigraph.Literal):
        return triple.predicate.value, object.datatype.value
    classes = sorted(str(other.object) for other in said.get(str(object), ()) if _is_type(other))
    return triple.predicate.value, type(object).__name__, *classes


def _is_type(triple: pyoxigraph.Triple) -> bool:
    return triple.predicate.value == str(RDF.type)


def _official(graph: rdflib.Graph) -> set[str]:
    """The properties of which the official shapes find too few, or values of another kind."""
    _, results, _ = pyshacl.validate(graph, shacl_graph=rdflib.Graph().parse(_SHAPES))
    assert isinstance(results, rdflib.Graph)
    return {
        graph.namespace_manager.normalizeUri(str(results.value(result, SH.resultPath)))
        for result in results.objects(None, SH.result)
        if results.value(result, SH.resultSeverity) == SH.Violation
        and results.value(result, SH.sourceConstraintComponent) != SH.MaxCountConstraintComponent
    }
