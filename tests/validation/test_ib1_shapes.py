"""IB1's shapes as pyshacl reads them: on every file it finds what the validator finds, one for one; and what a shapes file may say."""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib.namespace import DCTERMS, SH

from benchmarks.frame import Result, Run
from benchmarks.validation import measure_validation
from dcip_server.formats.rdf.terms import is_blank, is_iri, is_literal, literal_datatype, literal_language, literal_text
from dcip_server.validation import Context, load_context
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.checks import read_file
from dcip_server.validation.ib1.documents import FileRefusedError, Parsed
from dcip_server.validation.ib1.rules import RULES, Letter
from dcip_server.validation.ib1.shapes import PROFILES, check_shapes, read_shapes
from dcip_server.validation.ib1.terms import plain
from dcip_server.validation.profiles import Submission
from dcip_server.validation.shacl import load_shapes
from tests.validation.test_ib1_examples import EXAMPLES
from tests.validation.test_ib1_files import FOLDER

#: What of the shapes the legacy form has nothing for.
_RDF_ONLY = {
    "Identified", "References", "LinkedDataset", "LinkedDistribution", "DistributionIri", "Distribution", "AnyDistribution",
}  # fmt: skip


def _parsed(profile: Letter) -> list[Checking]:
    """Every file of ours, and every example of the specification, that the profile does not refuse as a whole."""
    found = []
    for folder, context in ((FOLDER, "context.json"), (EXAMPLES, "context-default.json")):
        for path in sorted(folder.glob("*.*")):
            if path.suffix != ".tsv" and not path.name.startswith("context"):
                known = load_context(folder / context)
                with suppress(FileRefusedError):
                    found.append(read_file(Submission(path.read_bytes(), known, path.suffix[1:]), profile))
    return found


def _merged(checkings: list[Checking], profile: Letter) -> Checking:
    """All files in one, so that a processor runs once: subjects get a name that no other file's have."""
    parsed = Parsed("turtle")
    legacy = {}
    for number, c in enumerate(checkings):

        def own(term: str, known: dict[str, object] = c.by_subject, number: int = number) -> str:  # type: ignore[assignment]  # nothing of the values is used
            if term not in known and not is_blank(term):
                return term
            return f"{term}f{number}" if is_blank(term) else f"{term[:-1]}/f{number}>"

        for subject, said in c.by_subject.items():
            for predicate, values in said.items():
                for value in values:
                    parsed.add(own(subject), predicate, own(value))
        legacy |= {own(node): None for node in c.legacy}
    merged = Checking(parsed, profile, Context(), "file")
    merged.legacy = legacy
    return merged


def _term(term: str) -> rdflib.term.Node:
    if is_blank(term):
        return rdflib.BNode(term[2:])
    if is_iri(term):
        return rdflib.URIRef(plain(term))
    assert is_literal(term)
    datatype, language = literal_datatype(term), literal_language(term)
    return rdflib.Literal(
        literal_text(term), language or None, rdflib.URIRef(datatype[1:-1]) if datatype else None, normalize=False
    )


def _by_pyshacl(c: Checking, is_legacy: bool) -> set[tuple[str, str, str, str]]:
    """Rule, severity, focus node and value (where SHACL gives one) of every result."""
    shapes = rdflib.Graph().parse(data=read_shapes(), format="turtle")
    for shape, rule in list(shapes.subject_objects(DCTERMS.identifier)):
        audience = shapes.value(shape, DCTERMS.audience)
        if RULES[str(rule)].severity(c.profile) is None or audience not in (None, rdflib.Literal(PROFILES[c.profile])):
            shapes.add((shape, SH.deactivated, rdflib.Literal(True)))
    if is_legacy:
        for name in _RDF_ONLY:
            shapes.add((rdflib.URIRef(f"urn:dcip-server:ib1:{name}"), SH.deactivated, rdflib.Literal(True)))
    data = rdflib.Graph()
    for subject, said in c.by_subject.items():
        for predicate, values in said.items():
            for value in values:
                data.add((_term(subject), _term(predicate), _term(value)))  # type: ignore[arg-type]  # as wide as RDF
    _, results, _ = pyshacl.validate(data, shacl_graph=shapes, advanced=True)
    assert isinstance(results, rdflib.Graph)
    found = set()
    for result in results.objects(None, SH.result):
        shape = results.value(result, SH.sourceShape)
        rule = str(shapes.value(shape, DCTERMS.identifier))
        is_warning = results.value(result, SH.resultSeverity) == SH.Warning
        severity = "W" if is_warning else RULES[rule].severity(c.profile)
        value, path = results.value(result, SH.value), results.value(result, SH.resultPath)
        focus = results.value(result, SH.focusNode)
        found.add((rule, str(severity), _name(focus), "" if value is None or path is None else _name(value)))
    return found


def _name(node: object) -> str:
    return f"_:{node}" if isinstance(node, rdflib.BNode) else str(node)


@pytest.mark.parametrize(("profile", "is_legacy", "at_least"), [("O", False, 25), ("M", False, 25), ("M", True, 9)])
def test_pyshacl_finds_what_the_validator_finds_in_every_file(profile: Letter, is_legacy: bool, at_least: int) -> None:
    files = [c for c in _parsed(profile) if bool(c.legacy) == is_legacy]
    if is_legacy:
        # Who is due to be looked at is said by a class, which an item without @type does not have (IB1-Y-03).
        files = [c for c in files if all(c.types(node) for node in c.by_subject)]
    c = _merged(files, profile)
    check_shapes(c)
    theirs = _by_pyshacl(c, is_legacy)
    counted = {(rule, severity, focus) for rule, severity, focus, value in theirs if not value}
    ours = {
        (f.rule, f.severity, f.subject, "" if (f.rule, f.severity, f.subject) in counted else f.value)
        for f in c.findings
    }
    with_values = {(f.rule, f.severity, f.subject, f.value) for f in c.findings}
    assert {found[:3] for found in ours} == {found[:3] for found in theirs}
    assert {found for found in theirs if found[3]} <= with_values
    assert {found for found in ours if found[3]} <= theirs
    assert len({f.rule for f in c.findings}) >= at_least
    assert len(files) > (15 if is_legacy else 70)


def test_every_rule_that_is_a_shape_is_found_in_some_file() -> None:
    shapes = {shape.rule for group in load_shapes(read_shapes()).values() for shape in group}
    found = set()
    for profile in ("O", "M"):
        for c in _parsed(profile):
            check_shapes(c)
            found |= {finding.rule for finding in c.findings}
    assert shapes <= found | set()
    assert len(shapes) == 35


def test_a_message_says_what_was_found_and_names_the_property() -> None:
    for shapes in load_shapes(read_shapes()).values():
        for shape in shapes:
            assert shape.message
            assert shape.rule in RULES
            if shape.path is not None:
                named = {"{property}", plain(shape.property).rpartition("#")[2], "dcat:Dat", "dcat:Distribution"}
                assert any(name in shape.message for name in named), shape.message


_SHAPE = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcterms: <http://purl.org/dc/terms/> .
<urn:x:S> sh:targetClass dcterms:Agent ; sh:property [ dcterms:identifier "X" ; sh:path dcterms:title ; %s ] .
"""


@pytest.mark.parametrize(
    "constraint",
    ["sh:minLength 3", "sh:xone ()", "sh:closed true ; sh:property [ sh:path dcterms:type ]", 'sh:languageIn ( "en" )',
     "sh:node [ sh:minCount 1 ]", "sh:sparql [ ]", "sh:minCount 1 ; sh:path ( dcterms:type dcterms:title )"],
)  # fmt: skip
def test_a_constraint_that_is_not_read_is_not_passed_over(constraint: str) -> None:
    text = _SHAPE.replace("sh:path dcterms:title ; %s" if "sh:path (" in constraint else "%s", constraint)
    with pytest.raises(ValueError, match=r"is not read|needs a path"):
        load_shapes(text.encode())
    assert len(load_shapes((_SHAPE % "sh:minCount 1").encode())["S"]) == 1


def test_the_shapes_are_installed_with_the_package() -> None:
    assert files("dcip_server.validation.ib1").joinpath("shapes.ttl").is_file()
    setup = (Path(__file__).resolve().parents[2] / "setup.cfg").read_text()
    assert "dcip_server.validation.ib1 = *.ttl" in setup


# --- the table of rules ---


def test_every_rule_names_the_module_that_checks_it() -> None:
    package = Path(str(files("dcip_server.validation.ib1")))
    sources = {path.stem: path.read_text() for path in package.glob("*.py") if path.stem != "rules"}
    sources["directory"] = (package.parents[1] / "harvest" / "directory.py").read_text()
    for rule in RULES.values():
        checks = {name for name, text in sources.items() if f'"{rule.id}"' in text}
        if any(shape.rule == rule.id for shapes in load_shapes(read_shapes()).values() for shape in shapes):
            checks.add("shapes.ttl")
        # That an entry goes, and that all changes at once, is no finding (U-03 and U-04).
        assert set(rule.check.split()) == checks or (rule.severities == "--" and rule.check == "directory"), rule.id
    assert len(RULES) == 115


def test_a_thousand_datasets_take_less_time_than_pyshacl_needs_for_the_shapes() -> None:
    report = Run(records=0, large=0, rounds=1, seconds=0, folder=Path())
    result = next(iter(measure_validation(report)))
    assert isinstance(result, Result)
    assert result.ratio is not None
    # It was a twentieth where it was measured.
    assert result.ratio < 0.1
