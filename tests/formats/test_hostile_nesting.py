"""Documents nested a hundred thousand deep are taken, or refused in one line, in bounded time and memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.formats.conftest import PREFIXES, Catalog, graph_of
from tests.formats.limited import assert_refused, import_limited, run_limited
from tests.records import record

_DEEP = 100_000
_HEAD = f'{PREFIXES} :d a dcat:Dataset ; dct:title "A" ; dct:relation '
_RDF_XML = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://www.w3.org/ns/dcat#">{}</rdf:RDF>'
)

#: The document, and what its refusal has to say.
_REFUSED = {
    "arrays.json": ("[" * _DEEP + "]" * _DEEP, "nested too deeply"),
    "objects.json": ('{"a":' * _DEEP + "1" + "}" * _DEEP, "nested too deeply"),
    "objects.jsonld": ('{"@context":{"@vocab":"urn:x:"},"a":' * _DEEP + "1" + "}" * _DEEP, ""),
    "lists.jsonld": ('{"@context":{"@vocab":"urn:x:"},"a":' + "[" * _DEEP + "1" + "]" * _DEEP + "}", ""),
    "elements.rdf": (_RDF_XML.format("<d:Dataset><d:x>" * _DEEP + "</d:x></d:Dataset>" * _DEEP), "nested deeper than"),
    "formulas.n3": (_HEAD + "{ :a :b " * _DEEP + "1" + " }" * _DEEP + " .", ""),
    "open-formulas.n3": (PREFIXES + "{" * _DEEP, ""),
    "triple-terms.ttl": (_HEAD + "<<( :a :b " * _DEEP + "1" + " )>>" * _DEEP + " .", "triple terms"),
    "reified.ttl": (PREFIXES + "<< " * _DEEP + ":a :b :c" + " >>" * _DEEP + " :b 1 .", "triple terms"),
    "graphs.trig": (PREFIXES + ":g {" * _DEEP, ""),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_a_document_nested_too_deeply_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    document, reason = _REFUSED[name]
    assert_refused(import_limited(tmp_path, document.encode(), name), name, reason)


_SOUND = {
    "blank-nodes.ttl": _HEAD + "[ :b " * _DEEP + "1" + " ]" * _DEEP + " .",
    "collections.ttl": _HEAD + "(" * _DEEP + ")" * _DEEP + " .",
}


@pytest.mark.parametrize("name", _SOUND)
def test_sound_turtle_nested_deeply_is_taken_and_served(tmp_path: Path, name: str) -> None:
    ran = import_limited(tmp_path, _SOUND[name].encode(), name)
    assert (ran.status, ran.err) == (0, "")
    shown = run_limited(tmp_path / "catalog.db", "show", "http://data.example/d", "--format", "dcat.N3")
    assert len(graph_of(shown.out.encode(), canonical=False)) > _DEEP


def test_what_a_formula_says_is_no_data(catalog: Catalog) -> None:
    text = f'{PREFIXES} :d a dcat:Dataset ; dct:title "A" . :someone :says {{ :e a dcat:Dataset ; dct:title "E" }} .'
    taken = catalog.take(text.encode(), "formula.n3")
    assert "http://data.example/e" not in catalog.ids()
    assert len(taken.refused) == 1
    assert "formulae" in taken.refused[0]


@pytest.mark.parametrize("depth", [100, 300, 400, 600, 900, 1_000, 10_000])
@pytest.mark.parametrize("kind", ["arrays", "objects"])
def test_a_record_nested_deeply_is_taken_or_refused_and_the_rest_of_the_array_is_taken(
    catalog: Catalog, depth: int, kind: str
) -> None:
    opening, closing = {"arrays": ("[", "]"), "objects": ('{"a":', "}")}[kind]
    deep = json.dumps(record("deep", x="?")).replace('"?"', opening * depth + "1" + closing * depth)
    taken = catalog.take(f"[{json.dumps(record('before'))},{deep},{json.dumps(record('after'))}]".encode())
    assert {"before", "after"} <= set(catalog.ids())
    if taken.refused:
        assert len(taken.refused) == 1
        assert "record 2: " in taken.refused[0]
        assert "nested too deeply" in taken.refused[0]
    else:
        assert catalog.json("deep")["title"]


@pytest.mark.parametrize("depth", [100, 400, 900, 10_000])
def test_a_line_nested_deeply_is_taken_or_refused_and_the_other_lines_are_taken(catalog: Catalog, depth: int) -> None:
    deep = json.dumps(record("deep", x="?")).replace('"?"', "[" * depth + "]" * depth)
    taken = catalog.take("\n".join([json.dumps(record("before")), deep, json.dumps(record("after"))]).encode())
    assert {"before", "after"} <= set(catalog.ids())
    assert len(taken.refused) == 3 - len(catalog.ids())
