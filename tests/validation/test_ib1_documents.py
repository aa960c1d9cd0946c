"""The rules that read a second document: schemas, OpenAPI files and requirements, from canned answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dcip_server.validation import CannedNetwork, Context, Report, validate
from tests.validation.test_ib1_rules import _DATASET, _MEMBER, _SERVICE

_PREFIXES = "@prefix dcterms: <http://purl.org/dc/terms/> .\n@prefix ib1: <https://registry.trust.ib1.org/ns/1.0#> .\n"


def _check(text: str, profile: str, folder: Path, **documents: str | bytes) -> Report:
    """Validate a file beside documents, each at https://docs.example.org/<name>."""
    http = {"https://files.example.org/trees.csv": {"status": 200}}
    documents = {"scheme": "", **documents}
    text = text.replace("https://registry.example.org/scheme", "https://docs.example.org/scheme")
    text = text.replace("https://registry.example.org/tf", "https://docs.example.org/tf")
    for name, body in documents.items():
        (folder / name).write_bytes(body if isinstance(body, bytes) else body.encode())
        http[f"https://docs.example.org/{name}"] = {"status": 200, "body": name}
    context = Context(member=_MEMBER, fetcher=CannedNetwork(http, folder))
    return validate(text.encode(), profile, context, extension="ttl")


_JSON_SCHEMA = '{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}'
_CSVW = '{"@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], "url": "trees.csv"}'
_XSD = '<?xml version="1.0"?><!-- x --><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'
_XSD_UTF16 = _XSD.replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16")
#: Media type, schema, and whether they fit.
_SCHEMAS: list[tuple[str, str | bytes, bool]] = [
    ("text/csv", _CSVW, True),
    ("text/csv", '{"@context": "http://www.w3.org/ns/csvw"}', True),
    ("text/csv; header=present", _JSON_SCHEMA, False),
    ("text/tab-separated-values", _XSD, False),
    ("application/json", _JSON_SCHEMA, True),
    ("application/geo+json", '{"anyOf": []}', True),
    ("application/json", _CSVW, False),
    ("application/json", '["$schema"]', False),
    ("application/json", "{", False),
    ("application/xml", _XSD, True),
    ("application/gml+xml", _XSD_UTF16, True),
    ("text/xml", _JSON_SCHEMA, False),
    ("text/xml", "<schema/>", False),
    ("text/xml", "<", False),
    ("text/xml", b'<!DOCTYPE x [<!ENTITY a "b">]><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">&a;', True),
    ("application/zip", "anything", True),
]


@pytest.mark.parametrize(("media_type", "schema", "fits"), _SCHEMAS)
@pytest.mark.parametrize("on", ["the distribution", "the dataset"])
def test_a_schema_is_of_the_kind_that_the_media_type_needs(
    media_type: str, schema: str | bytes, fits: bool, on: str, tmp_path: Path
) -> None:
    text = _DATASET.replace("text/csv", media_type).replace(
        "https://data.example.org/schema", "https://docs.example.org/s"
    )
    if on == "the dataset":
        text = text.replace(" ; ib1:dataSchema <https://docs.example.org/s> .", " .")
    report = _check(text, "ib1-open-data", tmp_path, s=schema)
    assert [(f.rule, f.subject) for f in report.errors] == (
        [] if fits else [("IB1-T-07", "https://data.example.org/trees/csv")]
    )
    assert all("schema" in finding.message for finding in report.errors)


def test_the_schema_of_a_dataset_says_nothing_of_one_of_several_distributions(tmp_path: Path) -> None:
    text = _DATASET.replace("https://data.example.org/schema", "https://docs.example.org/s")
    text = text.replace(" ; ib1:dataSchema <https://docs.example.org/s> .", " .").replace(
        "trees/csv> .\n", 'trees/csv>, [ dcat:downloadURL <https://a.example/> ; dcat:mediaType "text/xml" ] .\n', 1
    )
    assert _check(text, "ib1-open-data", tmp_path, s=_XSD).errors == ()


# --- OpenAPI files ---

_SERVER = {
    "url": "{endpointURL}",
    "variables": {"endpointURL": {"default": "https://endpointurl-not-specified.ib1.org"}},
}
_API: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Voltage", "version": "1"},
    "servers": [_SERVER],
    "paths": {"/v": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {}}}}}}},
}


def _answering(media_type: str) -> dict[str, Any]:
    return {"/v": {"get": {"responses": {"200": {"description": "", "content": {media_type: {}}}}}}}


#: What is put into the OpenAPI file, the error it makes as the description and as the heartbeat's.
_APIS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "", ""),
    ({"openapi": "3.1.0"}, "", ""),
    ({"openapi": 3.0}, "S-02", "S-06"),
    ({"openapi": "2.0"}, "S-02", "S-06"),
    ({"info": None}, "S-02", "S-06"),
    ({"paths": []}, "S-02", "S-06"),
    ({"servers": []}, "S-03", "S-06"),
    ({"servers": [_SERVER, _SERVER]}, "S-03", "S-06"),
    ({"servers": [{**_SERVER, "url": "https://api.example.org"}]}, "S-03", "S-06"),
    ({"servers": [{**_SERVER, "variables": {"endpointURL": {"default": "https://x.example"}}}]}, "S-03", "S-06"),
    ({"paths": {"/v": {**_API["paths"]["/v"], "servers": [_SERVER]}}}, "S-03", "S-06"),
    ({"paths": _answering("text/csv")}, "S-04", ""),
    ({"paths": _answering("application/problem+xml; charset=utf-8")}, "", ""),
    ({"paths": {**_answering("text/xml"), "/w": {}}}, "", "S-06"),
    ({"paths": {"/v": {"post": {"responses": {"200": {"description": ""}}}}}}, "", "S-06"),
    ({"paths": {"/v": {"get": {"responses": {"204": {"description": ""}}}}}}, "", "S-06"),
]


@pytest.mark.parametrize(("change", "description", "heartbeat"), _APIS)
def test_an_openapi_file_is_as_the_service_needs_it(
    change: dict[str, Any], description: str, heartbeat: str, tmp_path: Path
) -> None:
    api = json.dumps({**_API, **change})
    text = _SERVICE.replace("https://api.example.org/openapi.json", "https://docs.example.org/api")
    report = _check(text, "ib1-metadata", tmp_path, api=api)
    assert [finding.rule for finding in report.errors] == [f"IB1-{id}" for id in description.split()]
    text = text.replace("ib1:oauthIssuer", "ib1:heartbeatDescription <https://docs.example.org/beat> ; ib1:oauthIssuer")
    report = _check(text, "ib1-metadata", tmp_path, api=json.dumps(_API), beat=api)
    assert {finding.rule for finding in report.errors} == {f"IB1-{id}" for id in heartbeat.split()}


def test_an_openapi_file_may_be_yaml_and_one_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    text = _SERVICE.replace("https://api.example.org/openapi.json", "https://docs.example.org/api")
    import yaml

    assert _check(text, "ib1-metadata", tmp_path, api=yaml.safe_dump(_API)).findings == ()
    assert [f.rule for f in _check(text, "ib1-metadata", tmp_path, other="").findings] == ["IB1-H-12"]


# --- the Scheme's own document ---


@pytest.mark.parametrize(
    ("said", "rules"),
    [
        ("", []),
        ("<scheme> ib1:trustFramework <tf> .", []),
        ("<scheme> ib1:trustFramework <tf>, <other> .", []),
        ("<scheme> ib1:trustFramework <other> .", ["IB1-C-09"]),
        ("<scheme> <https://registry.core.trust.ib1.org/ns/1.0#trustFramework> <other> .", ["IB1-C-09"]),
        ("<another> ib1:trustFramework <other> .", []),
        ("not RDF", []),
    ],
)
@pytest.mark.parametrize("profile", ["ib1-open-data", "ib1-metadata"])
def test_a_scheme_says_itself_which_trust_framework_it_is_of(
    said: str, rules: list[str], profile: str, tmp_path: Path
) -> None:
    document = f"{_PREFIXES}@base <https://docs.example.org/> .\n{said}"
    report = _check(_DATASET, profile, tmp_path, scheme=document)
    assert [finding.rule for finding in report.errors] == rules
    assert {finding.rule for finding in report.warnings} <= {"IB1-H-12"}
    # Without a network this half of the rule is said to be unchecked.
    assert "IB1-C-09" in validate(_DATASET.encode(), profile, extension="ttl").unchecked


# --- Scheme Catalog Requirements ---

_ISSUER = "ib1:oauthIssuer <https://auth.example.org/>"
#: What the requirements say beside the type, what stands in the service, and the errors or warnings.
_REQUIREMENTS = [
    ("ib1:requiredMetadata []", "", ""),
    ("dcterms:title 'x'", "", "Q-08"),
    ("ib1:requiredMetadata [ dcterms:language 'en' ]", "dcterms:language 'en'", ""),
    ("ib1:requiredMetadata [ dcterms:language 'en' ]", "dcterms:language 'en', 'fr'", "Q-02"),
    ("ib1:requiredMetadata [ dcterms:language 'en' ]", "", "Q-02"),
    ("ib1:requiredMetadata [ ib1:sensitivityClass ib1:IB1-SA ]", "", ""),
    ("ib1:requiredMetadata [ ib1:sensitivityClass 'IB1-SB' ]", "", "Q-02"),
    ("ib1:requireAllAndAllowAdditional dcterms:language ; ib1:requiredMetadata [ dcterms:language 'en' ]", "dcterms:language 'en', 'fr'", ""),
    ("ib1:requireAllAndAllowAdditional dcterms:language ; ib1:requiredMetadata [ dcterms:language 'en' ]", "dcterms:language 'fr'", "Q-03"),
    ("ib1:requireAnyOneOf dcterms:language ; ib1:requiredMetadata [ dcterms:language 'en', 'fr' ]", "dcterms:language 'fr'", ""),
    ("ib1:requireAnyOneOf dcterms:language ; ib1:requiredMetadata [ dcterms:language 'en', 'fr' ]", "dcterms:language 'en', 'fr'", "Q-04"),
    ("ib1:requireAnyValue dcterms:language ; ib1:requiredMetadata []", "dcterms:language 'xx'", ""),
    ("ib1:requireAnyValue dcterms:language ; ib1:requiredMetadata []", "", "Q-05"),
    ("ib1:requireAbsenceOf dcterms:language ; ib1:requiredMetadata []", "", ""),
    ("ib1:requireAbsenceOf ib1:oauthIssuer ; ib1:requiredMetadata []", "", "Q-06"),
    ("ib1:requiredMetadata [ ib1:dataSchema <https://s.example/> ]", "ib1:dataSchema <https://s.example/>", ""),
    ("ib1:requiredMetadata [ ib1:dataSchema <https://s.example/> ]", "ib1:dataSchema <https://t.example/>", "Q-07"),
    ("ib1:requiredMetadata [ ib1:dataSchema <https://s.example/> ]", "", "Q-07"),
]  # fmt: skip


@pytest.mark.parametrize(("required", "said", "rule"), _REQUIREMENTS)
def test_a_standard_of_the_scheme_is_kept(required: str, said: str, rule: str, tmp_path: Path) -> None:
    standard = (
        f"{_PREFIXES}<> a ib1:SchemeCatalogRequirements ;"
        f" ib1:requiredType <http://www.w3.org/ns/dcat#DataService> ; {required} ."
    )
    text = _SERVICE.replace("https://api.example.org/openapi.json", "https://docs.example.org/api")
    text = text.replace(_ISSUER, f"{_ISSUER} ; dcterms:conformsTo <https://docs.example.org/standard>; {said}")
    report = _check(text, "ib1-metadata", tmp_path, api=json.dumps(_API), standard=standard)
    assert [finding.rule for finding in report.findings] == [f"IB1-{id}" for id in rule.split()]
    other = _check(
        text, "ib1-metadata", tmp_path, api=json.dumps(_API), standard=standard.replace("DataService", "Dataset")
    )
    assert "IB1-Q-01" in {finding.rule for finding in other.errors}


def test_another_standard_imposes_nothing(tmp_path: Path) -> None:
    text = _SERVICE.replace("https://api.example.org/openapi.json", "https://docs.example.org/api")
    text = text.replace(_ISSUER, f"{_ISSUER} ; dcterms:conformsTo <https://docs.example.org/standard>")
    standard = f"{_PREFIXES}<> a dcterms:Standard ; ib1:requireAbsenceOf ib1:oauthIssuer ."
    assert _check(text, "ib1-metadata", tmp_path, api=json.dumps(_API), standard=standard).findings == ()


# --- addresses that must not be asked ---


def test_a_request_for_a_forbidden_address_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "trees.csv").write_bytes(b"")
    network = CannedNetwork({"https://files.example.org/trees.csv": {"status": 200}}, tmp_path)
    forbidden = frozenset({"https://files.example.org/trees.csv", "https://never.example.org/"})
    context = Context(member=_MEMBER, fetcher=network, must_not_fetch=forbidden)
    report = validate(_DATASET.encode(), "ib1-open-data", context, extension="ttl")
    assert [(f.rule, f.value) for f in report.errors] == [("CONTEXT", "https://files.example.org/trees.csv")]
    assert "https://files.example.org/trees.csv" not in network.asked
    assert [entry.accepted for entry in report.entries] == [True]
