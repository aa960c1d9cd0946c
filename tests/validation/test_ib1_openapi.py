"""OpenAPI blocks of the legacy form (IB1-P-02): each row changes one thing in a valid document; a library gives the same verdict."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from dcip_server.validation.ib1.openapi import find_problems

_OPERATION: dict[str, Any] = {
    "summary": "All trees",
    "parameters": [{"name": "since", "in": "query", "schema": {"type": "string"}}],
    "responses": {"200": {"description": "Trees", "content": {"text/csv": {"schema": {"type": "string"}}}}},
}
_VALID: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Trees", "version": "1.0.0"},
    "servers": [{"url": "https://api.example.org/{v}", "variables": {"v": {"default": "1"}}}],
    "paths": {"/trees": {"get": _OPERATION}},
}

#: Where the rule says more than OpenAPI's schema: which version, and that there is at least one code.
_OURS_ALONE = ("swagger", "openapi")
_NO_CODE = {"x-own": 1}

#: Where something is put (keys joined by a blank; ``None`` takes it away), and the place of the problem, "" for none.
_ROWS: list[tuple[str, Any, str]] = [
    ("x-own", 1, ""),
    ("paths /trees x-own", 1, ""),
    ("paths /trees get x-own", 1, ""),
    ("paths /trees summary", "Trees", ""),
    ("paths /trees get responses default", {"description": "Others"}, ""),
    ("paths /trees get responses 4XX", {"description": "Wrong"}, ""),
    ("paths /trees get responses 200", {"$ref": "#/components/responses/trees"}, ""),
    ("paths /trees get requestBody", {"content": {"application/json": {}}}, ""),
    ("paths /trees get tags", ["trees"], ""),
    ("paths /trees get security", [], ""),
    ("paths /trees get security", [{"key": []}], ""),
    ("components schemas", {"Tree": {"type": "object"}}, ""),
    ("tags", [{"name": "trees"}], ""),
    ("paths", {}, ""),
    ("servers", None, ""),
    ("info description", "About trees", ""),
    ("info license", {"name": "CC0"}, ""),
    ("swagger", "2.0", "openapi"),
    ("openapi", "3.0", "openapi"),
    ("openapi", 3.0, "openapi"),
    ("info", None, "info"),
    ("info", [], "info"),
    ("info title", None, "info.title"),
    ("info title", 1, "info.title"),
    ("info version", 1.0, "info.version"),
    ("info licence", {"name": "CC0"}, "info.licence"),
    ("info license", {"url": "https://a.example/"}, "info.license.name"),
    ("paths", None, "paths"),
    ("paths", [], "paths"),
    ("path", {}, "path"),
    ("paths trees", {}, "paths.trees"),
    ("paths /trees responses", {"200": {"description": "Trees"}}, "paths./trees.responses"),
    ("paths /trees fetch", {}, "paths./trees.fetch"),
    ("paths /trees", None, ""),
    ("paths /trees get", None, ""),
    ("paths /trees get", [], "paths./trees.get"),
    ("paths /trees get responses", None, "paths./trees.get.responses"),
    ("paths /trees get responses", {}, "paths./trees.get.responses"),
    ("paths /trees get responses", _NO_CODE, "paths./trees.get.responses"),
    ("paths /trees get responses 2000", {"description": "Trees"}, "paths./trees.get.responses.2000"),
    ("paths /trees get responses ok", {"description": "Trees"}, "paths./trees.get.responses.ok"),
    ("paths /trees get responses 200 description", None, "paths./trees.get.responses.200.description"),
    ("paths /trees get responses 200 schema", {}, "paths./trees.get.responses.200.schema"),
    ("paths /trees get responses 200 content", [], "paths./trees.get.responses.200.content"),
    ("paths /trees get parameters 0 name", None, "paths./trees.get.parameters.0.name"),
    ("paths /trees get parameters 0 in", None, "paths./trees.get.parameters.0.in"),
    ("paths /trees get parameters 0 in", "body", "paths./trees.get.parameters.0.in"),
    ("paths /trees get parameters 0 schema", None, "paths./trees.get.parameters.0"),
    ("paths /trees get parameters 0 content", {"text/csv": {}}, "paths./trees.get.parameters.0"),
    ("paths /trees get parameters 0 type", "string", "paths./trees.get.parameters.0.type"),
    ("paths /trees get parameters 0 required", "yes", "paths./trees.get.parameters.0.required"),
    ("paths /trees get parameters", {}, "paths./trees.get.parameters"),
    ("paths /trees get requestBody", {}, "paths./trees.get.requestBody.content"),
    ("paths /trees get deprecated", "no", "paths./trees.get.deprecated"),
    ("paths /trees get tags", "trees", "paths./trees.get.tags"),
    ("paths /trees get security", {"key": []}, "paths./trees.get.security"),
    ("servers", {}, "servers"),
    ("servers 0 url", None, "servers.0.url"),
    ("servers 0 variables v default", None, "servers.0.variables.v.default"),
    ("servers 0 variables v default", 1, "servers.0.variables.v.default"),
    ("tags", [{"description": "Trees"}], "tags.0.name"),
    ("externalDocs", {"description": "Trees"}, "externalDocs.url"),
    ("components definitions", {}, "components.definitions"),
]  # fmt: skip


def _changed(place: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(_VALID)
    document["components"] = {"responses": {"trees": {"description": "Trees"}}}
    *way, last = place.split(" ")
    at: Any = document
    for key in way:
        at = at[int(key)] if isinstance(at, list) else at[key]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return document


@pytest.mark.parametrize(("place", "value", "problem"), _ROWS)
def test_openapi_is_judged_as_the_library_judges_it(place: str, value: Any, problem: str) -> None:
    document = _changed(place, value)
    found = list(find_problems(document))
    assert [where for where, _ in found] == ([problem] if problem else [])
    assert all(clause.strip() == clause != "" for _, clause in found)
    if place not in _OURS_ALONE and value != _NO_CODE:
        try:
            validate(document, cls=OpenAPIV30SpecValidator)
        except OpenAPIValidationError:
            assert problem, json.dumps(document)
        else:
            assert not problem, json.dumps(document)


def test_there_are_so_many_rows() -> None:
    assert len(_ROWS) == 63


@pytest.mark.parametrize("reference", ["https://a.example/x.json", "file:///etc/passwd", "other.yaml#/x"])
def test_a_reference_out_of_the_document_is_a_problem_and_is_not_fetched(reference: str) -> None:
    document = _changed("paths /trees get responses 200", {"$ref": reference})
    assert [where for where, _ in find_problems(document)] == ["$ref"]
