"""What the feed serves of real catalogs, against DCAT-AP: only what a source never said is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pyshacl
import rdflib
from rdflib.namespace import RDF, SH

from dcip_server.store import Store
from dcip_server.validation import validate
from tests.conftest import REAL_CATALOGS, Ran, Site

HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
_SHAPES = REAL_CATALOGS / "schemas" / "dcat-ap-3.0.1-shapes.ttl"

#: Mandatory terms that the sources do not give: of so many nodes.
_NOT_SAID = {
    "dcterms:description": 93, "dcat:accessURL": 6, "dcterms:relation": 4, "dcterms:title": 1,
    "dcterms:modified": 1, "foaf:primaryTopic": 1, "spdx:algorithm": 1,
}  # fmt: skip
#: Values that are no kind of what is due, and stay as they are: "hello" for an address, a theme without an IRI.
_NO_SUCH_VALUE = {"dcat:landingPage": 9, "dcat:theme": 6, "dcterms:identifier": 1}
#: The official shapes take seconds for each page, so they look at every ninth.
_STEP = 9


def test_real_catalogs_are_served_without_breach_of_a_mandatory_term_that_their_source_gave(
    run: Callable[..., Ran], sqlite_store: Store, make_site: Callable[..., Site]
) -> None:
    if not REAL_CATALOGS.exists():
        return
    run("import", str(REAL_CATALOGS), "--allow-mass-delete")
    site = make_site(sqlite_store)
    site.ask_once()
    shapes = rdflib.Graph().parse(_SHAPES)
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
        if number % _STEP == 1:
            assert _official(rdflib.Graph().parse(data=body), shapes) <= _NOT_SAID.keys() | _NO_SUCH_VALUE.keys()
    assert number > 50
    assert missing == _NOT_SAID
    assert of_another_kind == _NO_SUCH_VALUE


def _official(page: rdflib.Graph, shapes: rdflib.Graph) -> set[str]:
    """The properties of which the official shapes find too few, or values of another kind."""
    (_,) = page.subjects(RDF.type, HYDRA.PagedCollection)
    _, results, _ = pyshacl.validate(page, shacl_graph=shapes)
    assert isinstance(results, rdflib.Graph)
    return {
        page.namespace_manager.normalizeUri(str(results.value(result, SH.resultPath)))
        for result in results.objects(None, SH.result)
        if results.value(result, SH.resultSeverity) == SH.Violation
        and results.value(result, SH.sourceConstraintComponent) != SH.MaxCountConstraintComponent
    }
