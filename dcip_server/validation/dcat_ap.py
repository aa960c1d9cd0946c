"""Profile ``dcat-ap``: the terms of DCAT-AP 3.0.1 and how often, and as what, each may be said.

``dcat_ap_terms.tsv`` has one row for each term of a class: ``need`` (M mandatory, R recommended),
``most`` (how many values at most) and ``range``. A missing mandatory term, one value too many or one
of another kind is an error, as for the shapes that the profile's editors publish; a missing
recommended term is a warning. Whether a value is from a given vocabulary is not looked at.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dcip_server.entities import Triple
from dcip_server.errors import SourceError
from dcip_server.formats import sniff
from dcip_server.formats.document import Document
from dcip_server.formats.rdf.parse import parse as parse_rdf
from dcip_server.formats.rdf.terms import (
    iri_text,
    is_blank,
    is_iri,
    is_literal,
    literal_datatype,
    literal_text,
)
from dcip_server.namespaces import ADMS, DCAT, DCTERMS, FOAF, LOCN, RDF, RDFS, SKOS, SPDX, XSD, Namespace
from dcip_server.validation.profiles import Submission
from dcip_server.validation.report import Entry, Finding, Report, Severity

_RULES = {
    "DCATAP-01": "The document is RDF that can be read to its end.",
    "DCATAP-02": "A mandatory term is there.",
    "DCATAP-03": "A recommended term is there.",
    "DCATAP-04": "A term has no more values than the profile allows.",
    "DCATAP-05": "A value is an IRI, a node or text, whichever the term takes.",
    "DCATAP-06": "A value has the datatype that the term takes, and is written as that datatype is.",
    "DCATAP-07": "The document describes at least one catalog, dataset, series or data service.",
}

_PREFIXES = {
    namespace.prefix: namespace
    for namespace in (
        ADMS, DCAT, DCTERMS, FOAF, LOCN, SPDX, XSD,
        Namespace("dcatap", "http://data.europa.eu/r5r/"), Namespace("odrl", "http://www.w3.org/ns/odrl/2/"),
        SKOS, Namespace("prov", "http://www.w3.org/ns/prov#"),
        Namespace("time", "http://www.w3.org/2006/time#"),
    )
}  # fmt: skip
#: What a document's entries are, and what a catalog record may be about.
_RESOURCES = frozenset((DCAT.Catalog, DCAT.Dataset, DCAT.DataService, DCAT.DatasetSeries))
#: Blank nodes that a report names on the way to one with an IRI.
_MAX_PATH = 5
_TIMES = {XSD.date, XSD.dateTime, XSD.gYear, XSD.gYearMonth}


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of a class. ``most`` 0 is without limit; ``is_inverse`` counts what points at the subject."""

    class_name: str
    name: str
    predicate: str
    is_inverse: bool
    need: str
    most: int
    range: str


def list_rules() -> Mapping[str, str]:
    """The profile's rules by id."""
    return _RULES


def list_warnings() -> frozenset[str]:
    """The ids of the rules that only warn."""
    return frozenset({"DCATAP-03", "DCATAP-07"})


def check(submission: Submission) -> Report:
    """Check an RDF document: an entry for each catalog, dataset, series and data service that it describes."""
    name = submission.context.file_url or "document"
    try:
        graph = _Graph(_read(submission, name))
    except SourceError as error:
        return Report.of((), [Finding("DCATAP-01", "E", name, "", "", str(error))])
    findings: list[Finding] = []
    broken: set[str] = set()
    for subject, term in graph.due():
        for finding in _check_term(graph, subject, term):
            findings.append(finding)
            if finding.is_error:
                broken.add(subject)
    refused = graph.led_to(broken)
    entries = [
        Entry(graph.name(subject), subject not in refused)
        for subject in graph.classes
        if not graph.classes[subject].isdisjoint(_RESOURCES)
    ]
    if not entries:
        findings.append(Finding("DCATAP-07", "W", name, "", "", "nothing here is a dcat:Catalog, dcat:Dataset, "
                                "dcat:DatasetSeries or dcat:DataService; give each its rdf:type"))  # fmt: skip
    return Report.of(entries, findings)


def _read(submission: Submission, name: str) -> Iterator[Triple]:
    address = submission.context.file_url
    document = Document(
        name, io.BufferedReader(io.BytesIO(submission.data)),
        submission.extension, submission.content_type.partition(";")[0].strip().lower(), address,
    )  # fmt: skip
    serialisation = sniff.serialisation(document, None)
    if serialisation in ("json", "yaml"):
        raise SourceError(
            f"{serialisation.upper()}, not RDF: import it, and check what the server makes of it at /catalog.ttl"
        )
    return parse_rdf(submission.data, serialisation, address)


class _Graph:
    """Triples by subject and by what they point at, and the classes of each subject.

    A class that the document itself puts below another counts as that, too.
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.values: dict[str, dict[str, dict[str, None]]] = {}
        self.pointing: dict[str, dict[str, dict[str, None]]] = {}
        for subject, predicate, object in triples:
            self.values.setdefault(subject, {}).setdefault(predicate, {})[object] = None
            if not is_literal(object):
                self.pointing.setdefault(object, {}).setdefault(predicate, {})[subject] = None
        self.classes = {
            subject: frozenset(self._with_those_above(by_predicate[RDF.type]))
            for subject, by_predicate in self.values.items()
            if RDF.type in by_predicate
        }

    def _with_those_above(self, classes: Iterable[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(classes)
        while waiting:
            if (one := waiting.pop()) not in found:
                found.add(one)
                waiting.extend(self.values.get(one, {}).get(RDFS.subClassOf, ()))
        return found

    def due(self) -> Iterator[tuple[str, _Term]]:
        """Every subject with each term of each of its classes."""
        terms = _terms()
        for subject, classes in self.classes.items():
            for one in sorted(classes & terms.keys()):
                for term in terms[one]:
                    yield subject, term

    def found(self, subject: str, term: _Term) -> Iterable[str]:
        """The values of a term."""
        return (self.pointing if term.is_inverse else self.values).get(subject, {}).get(term.predicate, ())

    def led_to(self, nodes: Iterable[str]) -> set[str]:
        """The nodes, and all from which one of them is reached without passing an entry of the document."""
        found: set[str] = set()
        waiting = list(nodes)
        while waiting:
            if (one := waiting.pop()) not in found:
                found.add(one)
                if self.classes.get(one, frozenset()).isdisjoint(_RESOURCES):
                    waiting += (subject for subjects in self.pointing.get(one, {}).values() for subject in subjects)
        return found

    def name(self, node: str) -> str:
        """What a report calls a node: its IRI, or where a blank one hangs and what it is called there.

        A parser makes up labels for blank nodes, so a label would say nothing and differ every time.
        """
        if not is_blank(node):
            return iri_text(node)
        title = min(map(literal_text, self._titles(node)), default="")
        path: list[str] = []
        while is_blank(node) and len(path) < _MAX_PATH:
            above = [(p, subject) for p, subjects in self.pointing.get(node, {}).items() for subject in subjects]
            if not above:
                break
            predicate, node = min(((p, s) for p, s in above if is_iri(s)), default=above[0])
            path.append(f"{_short(predicate)} of ")
        end = "a blank node" if is_blank(node) else iri_text(node)
        return "".join(path) + end + (f" ({title!r})" if title else "")

    def _titles(self, node: str) -> Iterator[str]:
        for predicate in (DCTERMS.title, FOAF.name, RDFS.label):
            yield from filter(is_literal, self.values.get(node, {}).get(predicate, ()))


def _check_term(graph: _Graph, subject: str, term: _Term) -> Iterator[Finding]:
    values = graph.found(subject, term)

    def find(rule: str, severity: Severity, value: str, message: str) -> Finding:
        return Finding(rule, severity, graph.name(subject), term.name, value, message)

    if not values and term.need == "M":
        yield find("DCATAP-02", "E", "", f"a {term.class_name} must have {term.name}; add it")
    elif not values and term.need == "R":
        yield find("DCATAP-03", "W", "", f"a {term.class_name} should have {term.name}")
    elif term.most and len(list(values)) > term.most:
        message = f"a {term.class_name} may have {term.name} once; keep one of {len(list(values))}"
        yield find("DCATAP-04", "E", "", message)
    for value in values:
        text = literal_text(value) if is_literal(value) else graph.name(value)
        if wanted := _wrong_kind(graph, value, term.range):
            yield find("DCATAP-05", "E", text, f"{term.name} takes {wanted}; this is {_kind(value)}")
        elif wanted := _wrong_datatype(value, term.range):
            severity: Severity = "W" if term.range == "date?" else "E"
            yield find("DCATAP-06", severity, text, f"{term.name} takes {wanted}; this is {_kind(value)}")


def _wrong_kind(graph: _Graph, value: str, range: str) -> str:
    """What the range wants instead of a value of this kind, or ``""``."""
    match range:
        case "node" if is_literal(value):
            return "an IRI or a node"
        case "iri" if not is_iri(value):
            return "an IRI"
        case "text" if not is_literal(value):
            return "a literal"
        case "resource" if graph.classes.get(value, frozenset()).isdisjoint(_RESOURCES):
            return "a catalog, dataset, series or data service that this document describes"
    return ""


def _wrong_datatype(value: str, range: str) -> str:
    """What the range wants instead of a value of this datatype, or ``""``."""
    if range.startswith("date"):
        wanted, text = _TIMES, "an xsd:date, xsd:dateTime, xsd:gYear or xsd:gYearMonth"
    elif range.startswith("xsd:"):
        wanted, text = {_expand(range)}, f"an {range}"
    else:
        return ""
    if is_literal(value) and literal_datatype(value) in wanted and _is_well_formed(value):
        return ""
    return text


def _is_well_formed(literal: str) -> bool:
    from dcip_server.formats.rdf.by_rdflib import is_well_formed  # late: see there

    return is_well_formed(literal)


def _kind(value: str) -> str:
    if is_iri(value):
        return "an IRI"
    if is_blank(value):
        return "a blank node"
    datatype = literal_datatype(value)
    if not datatype:
        return "plain text"
    return f"{_short(datatype)}" + ("" if _is_well_formed(value) else ", and not written as one")


@cache
def _terms() -> Mapping[str, tuple[_Term, ...]]:
    """The profile's terms by class."""
    found: dict[str, list[_Term]] = {}
    table = files("dcip_server.validation").joinpath("dcat_ap_terms.tsv").read_text(encoding="utf-8")
    for line in table.splitlines()[1:]:
        class_name, name, need, most, range = line.split("\t")
        predicate = _expand(name.removeprefix("^"))
        term = _Term(class_name, name, predicate, name.startswith("^"), need, int(most or 0), range)
        found.setdefault(_expand(class_name), []).append(term)
    return {name: tuple(terms) for name, terms in found.items()}


def _expand(name: str) -> str:
    prefix, _, rest = name.partition(":")
    return _PREFIXES[prefix][rest]


def _short(term: str) -> str:
    text = iri_text(term)
    for namespace in _PREFIXES.values():
        if text.startswith(namespace.iri):
            return f"{namespace.prefix}:{text[len(namespace.iri) :]}"
    return text
