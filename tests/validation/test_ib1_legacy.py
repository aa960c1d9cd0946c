"""The legacy YAML form: each row changes one thing in a file that is valid."""

from __future__ import annotations

import datetime

import pytest

from dcip_server.validation import Context, validate

_FILE = """- content:
    "@type": "dcat:Dataset"
    "@context": {dcat: "http://www.w3.org/ns/dcat#", dct: "http://purl.org/dc/terms/", ib1: "https://registry.trust.ib1.org/ns/1.0#"}
    dct:title: Trees
    dct:description: Every tree in a street
    dcat:version: "1.2.0"
    dcat:versionNotes: First
    ib1:sensitivityClass: IB1-SA
    ib1:dataSetStableIdentifier: trees
  access:
    - rule: ib1:verified grants ib1:use_any
      sufficient: true
      appliesFrom: 2025-01-01
      appliesTo: 2030-12-31
  transport:
    http:
      openapi: 3.0.0
      info: {title: Trees, version: 1.0.0}
      servers: [{url: "https://api.example.org"}]
      paths: {/data: {get: {responses: {200: {description: All}}}}}
  representation: {mime: text/csv, csvw: {"@context": "http://www.w3.org/ns/csvw"}}
"""
_ROWS = [
    ("Trees", "Trees", "", "F-02"),
    ("dct:title: Trees", "dct:title: ' '", "C-04", ""),
    ('"1.2.0"', "1.10", "", "D-07"),
    ("ib1:dataSetStableIdentifier: trees", "dct:subject: x", "Y-04", ""),
    ("ib1:dataSetStableIdentifier", "ib1oe:dataSetStableIdentifier", "", "F-14"),
    ("dcat:Dataset", "dcat:Catalog", "Y-03", ""),
    ("  access:", "  acces:", "", "Y-02 A-08"),
    ("ib1:verified grants", "ib1:age max_age_days 60, g:day before 01/02/2025, x:y in ['a, grants','b'], ib1:n>=3 grants", "", ""),
    ("ib1:verified grants", "ib1oe:verified grants", "", "A-05"),
    ("ib1:verified grants ib1:use_any", "grants ib1:use_all", "", "A-04"),
    ("ib1:verified grants", "ib1:verified grant", "A-01", ""),
    ("ib1:verified grants", "ib1:Verified grants", "A-01", ""),
    ("ib1:verified grants", "g:day before 31/02/2025 grants", "A-01", ""),
    ("ib1:verified grants", "ib1:age max_age_days 1.5 grants", "A-02", ""),
    ("grants ib1:use_any", "grants ib1:use_any, open:cc0", "A-03", ""),
    ("2025-01-01", "20251-01-01", "A-06", ""),
    ("2025-01-01", "2025-02-30", "A-06", ""),
    ("2025-01-01", "0x" + "f" * 300, "A-06", ""),
    ("2025-01-01", "2031-01-01", "A-07", ""),
    ("2030-12-31", "2025-02-01", "", "A-07"),
    ("sufficient: true", "sufficient: maybe", "A-08", ""),
    ("    http:\n", "    https:\n", "P-01", ""),
    ("openapi: 3.0.0", "openapi: 3.0", "P-02", ""),
    ("openapi: 3.0.0", "openapi: 3.1.0", "", "P-02"),
    ("{responses: {200: {description: All}}}", "{}, responses: {}", "P-02", ""),
    ("{200: {description: All}}", "{200: {$ref: 'https://x.example/'}}", "P-02", ""),
    ('[{url: "https://api.example.org"}]', "[]", "", "P-03"),
    ("  transport:\n", "  transport:\n    heartbeat_url: /beat\n", "P-05", ""),
    ("mime: text/csv", "mime: csv", "N-01 N-02", ""),
    ("mime: text/csv", "mime: text/xml", "N-02", ""),
    ("ns/csvw", "ns/other", "N-03", ""),
    ("      openapi: 3.0.0", "      security: [{key: []}]\n      openapi: 3.0.0", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "errors", "warnings"), _ROWS)
def test_a_change_of_a_valid_legacy_file_has_these_findings(old: str, new: str, errors: str, warnings: str) -> None:
    assert old in _FILE
    context = Context(today=datetime.date(2025, 6, 1))
    report = validate(_FILE.replace(old, new, 1).encode(), "ib1-metadata", context, extension="yaml")
    assert {finding.rule for finding in report.errors} == {f"IB1-{id}" for id in errors.split()}
    assert {finding.rule for finding in report.warnings} >= {f"IB1-{id}" for id in warnings.split()}
    assert [entry.accepted for entry in report.entries] == [not errors]
    assert len(_ROWS) == 32


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("just text", "item 2 is 'just text'"),
        ("7", "item 2 is '7'"),
        ("[a]", "item 2 is a list"),
        ("", "item 2 is empty"),
    ],
)
def test_what_is_no_item_is_named_by_its_number(item: str, said: str) -> None:
    report = validate(f"{_FILE}- {item}\n".encode(), "ib1-metadata", extension="yaml")
    assert [(finding.rule, finding.message) for finding in report.errors] == [
        ("IB1-Y-01", f"The file must be a list of mappings; {said}.")
    ]


_OPEN = _FILE.replace("IB1-SA", "IB1-O").replace("ib1:verified grants ib1:use_any", "grants open:cc0")


@pytest.mark.parametrize(
    ("old", "new", "errors"),
    [
        ("Trees", "Trees", []),
        ("openapi: 3.0.0", "openapi: 3.0.0\n      security: []", []),
        ("openapi: 3.0.0", "openapi: 3.0.0\n      security: [{key: []}]", ["IB1-P-04"]),
        ("{responses:", "{security: [{key: []}], responses:", ["IB1-P-04"]),
    ],
)
def test_open_data_is_served_without_security(old: str, new: str, errors: list[str]) -> None:
    assert old in _OPEN
    report = validate(_OPEN.replace(old, new, 1).encode(), "ib1-metadata", extension="yaml")
    assert [finding.rule for finding in report.errors] == errors


#: What is replaced in the version after the accepted one, and the findings of group V.
_CHANGES = [
    ("Every tree", "All trees", []),
    ("dct:title: Trees", "dct:title: Trees\n    dct:conformsTo: {'@id': 'https://a.example/'}", ["IB1-V-02"]),
    ("dct:title: Trees", "dct:title: Trees\n    ib1:dataSchema: {'@id': 'https://a.example/'}", ["IB1-V-03"]),
    ('"1.2.0"', '"1.1.0"', ["IB1-V-06", "IB1-V-06"]),
    ('"1.2.0"', '"1.3.0"', ["IB1-V-06"]),
    ("Identifier: trees", "Identifier: woods", []),
]


@pytest.mark.parametrize(("old", "new", "rules"), _CHANGES)
def test_a_change_of_an_item_is_permitted_or_not(old: str, new: str, rules: list[str]) -> None:
    assert old in _FILE
    context = Context(today=datetime.date(2025, 6, 1), previous=(_FILE.encode(), "yaml"))
    report = validate(_FILE.replace(old, new, 1).encode(), "ib1-metadata", context, extension="yaml")
    assert [finding.rule for finding in report.findings if finding.rule[4] == "V"] == rules
