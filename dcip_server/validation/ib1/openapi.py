"""What makes a document OpenAPI 3.0: objects with their fields, as the OpenAPI Specification 3.0.3 names them.

Validators of OpenAPI exist; the one that the tests hold this against needs eighty times as long, which is too long for a
metadata file that holds ten thousand. Schemas, examples and the like are not looked into, and
nothing is fetched: a ``$ref`` that leads out of the document is a problem, one within it is taken as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

#: Fields by object: a kind is ``text``, ``flag``, ``any``, an object, ``[kind]`` a list or ``{kind}`` a mapping of it.
#: ``!`` marks what is due; every object may have fields that begin with ``x-``.
_OBJECTS: dict[str, dict[str, str]] = {
    "OpenAPI": {
        "openapi": "any", "info": "Info!", "externalDocs": "ExternalDocs", "servers": "[Server]", "security": "[{[text]}]",
        "tags": "[Tag]", "paths": "Paths!", "components": "Components",
    },
    "Info": {
        "title": "text!", "description": "text", "termsOfService": "text", "contact": "Contact", "license": "License",
        "version": "text!",
    },
    "Contact": {"name": "text", "url": "text", "email": "text"},
    "License": {"name": "text!", "url": "text"},
    "ExternalDocs": {"description": "text", "url": "text!"},
    "Server": {"url": "text!", "description": "text", "variables": "{Variable}"},
    "Variable": {"enum": "[text]", "default": "text!", "description": "text"},
    "Tag": {"name": "text!", "description": "text", "externalDocs": "ExternalDocs"},
    "PathItem": {
        "$ref": "text", "summary": "text", "description": "text", "servers": "[Server]", "parameters": "[Parameter]",
        **dict.fromkeys(METHODS, "Operation"),
    },
    "Operation": {
        "tags": "[text]", "summary": "text", "description": "text", "externalDocs": "ExternalDocs", "operationId": "text",
        "parameters": "[Parameter]", "requestBody": "RequestBody", "responses": "Responses!", "callbacks": "{any}",
        "deprecated": "flag", "security": "[{[text]}]", "servers": "[Server]",
    },
    "Parameter": {
        "name": "text!", "in": "text!", "description": "text", "required": "flag", "deprecated": "flag",
        "allowEmptyValue": "flag", "style": "text", "explode": "flag", "allowReserved": "flag", "schema": "any",
        "example": "any", "examples": "{any}", "content": "{MediaType}",
    },
    "RequestBody": {"description": "text", "content": "{MediaType}!", "required": "flag"},
    "MediaType": {"schema": "any", "example": "any", "examples": "{any}", "encoding": "{any}"},
    "Response": {"description": "text!", "headers": "{any}", "content": "{MediaType}", "links": "{any}"},
    "Components": dict.fromkeys(
        ("schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links",
         "callbacks"), "{any}"),
}  # fmt: skip
#: Objects in whose place a reference may stand.
_REFERABLE = ("Parameter", "RequestBody", "Response")
#: Objects whose fields are patterns: what a key must be, in words and as an expression, and what stands there.
_PATTERNED = {
    "Paths": ("start with /", re.compile(r"/.*", re.DOTALL), "PathItem"),
    "Responses": ("be a status code such as 200, a range such as 2XX, or default", re.compile(r"[1-5](?:\d\d|XX)|default"), "Response"),
}  # fmt: skip
_PLACES = ("path", "query", "header", "cookie")


def find_problems(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What keeps a mapping from being OpenAPI 3.0 or 3.1: where, as keys joined by dots, and a clause that says it."""
    version = document.get("openapi")
    if "swagger" in document or not isinstance(version, str) or not re.fullmatch(r"3\.[01]\.\d+(-.+)?", version):
        yield "openapi", "openapi must be the text of a version 3.0.x"
    known = {key: value for key, value in document.items() if key not in ("swagger", *_NEW_IN_3_1)}
    yield from _check("OpenAPI", known, "")
    if remote := _remote_reference(document):
        yield "$ref", f"$ref {remote!r} leads out of the document and is not fetched"


#: What the document itself may have in 3.1 beside.
_NEW_IN_3_1 = ("webhooks", "jsonSchemaDialect")


def _check(kind: str, value: Any, at: str) -> Iterator[tuple[str, str]]:
    if kind == "any":
        return
    if kind[0] in "[{":
        yield from _check_many(kind, value, at)
    elif kind in ("text", "flag"):
        if not isinstance(value, str if kind == "text" else bool):
            yield at, f"{at} must be {'a text' if kind == 'text' else 'true or false'}"
    elif not isinstance(value, dict):
        yield at, f"{at} must be a mapping"
    elif kind in _PATTERNED:
        yield from _check_patterned(kind, value, at)
    elif not (kind in _REFERABLE and isinstance(value.get("$ref"), str)):
        yield from _check_object(kind, value, at)


def _check_many(kind: str, value: Any, at: str) -> Iterator[tuple[str, str]]:
    inner = kind[1:-1]
    if not isinstance(value, list if kind[0] == "[" else dict):
        yield at, f"{at} must be a {'list' if kind[0] == '[' else 'mapping'}"
        return
    for key, below in enumerate(value) if isinstance(value, list) else value.items():
        yield from _check(inner, below, f"{at}.{key}")


def _check_patterned(kind: str, value: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    words, pattern, inner = _PATTERNED[kind]
    for key, below in value.items():
        if key.startswith("x-"):
            continue
        if not pattern.fullmatch(key):
            yield f"{at}.{key}", f"{at}.{key} must {words}"
        yield from _check(inner, below, f"{at}.{key}")
    if kind == "Responses" and not any(map(pattern.fullmatch, value)):
        yield at, f"{at.removesuffix('.responses')} has no responses"


def _check_object(kind: str, value: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    fields = _OBJECTS[kind]
    below = f"{at}." if at else ""
    for name, due in fields.items():
        if due[-1] == "!" and name not in value:
            said = f"{at} has no responses" if name == "responses" else f"{below}{name} is missing"
            yield f"{below}{name}", said
    for key, held in value.items():
        if key in fields:
            yield from _check(fields[key].removesuffix("!"), held, f"{below}{key}")
        elif not key.startswith("x-"):
            yield f"{below}{key}", f"{at or 'the document'} must not hold {key!r}"
    if kind == "Parameter":
        yield from _check_parameter(value, at)


def _check_parameter(value: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    place = value.get("in")
    if isinstance(place, str) and place not in _PLACES:
        yield f"{at}.in", f"{at}.in must be one of {', '.join(_PLACES)}"
    if place == "path" and value.get("required") is not True:
        yield f"{at}.required", f"{at} is in the path, so required must be true"
    if ("schema" in value) == ("content" in value):
        yield at, f"{at} must have either schema or content"


def _remote_reference(value: Any) -> str:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str) and not reference.startswith("#"):
                return reference
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return ""


def list_operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Path, method and operation of everything that can be called; what is no mapping is left out."""
    for path, item in mapping(document.get("paths")).items():
        for method, operation in mapping(item).items():
            if method in METHODS and isinstance(operation, dict):
                yield path, method, operation


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}
