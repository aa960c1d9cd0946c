"""``dcip-server validate``: sources, exit statuses, and reports for people and for machines."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.conftest import Ran
from tests.validation.test_ib1_files import FOLDER
from tests.validation.test_ib1_rules import _DATASET, _MEMBER

_WARNED = _DATASET.replace("dcat:Distribution", "dcterms:Thing")
_REFUSED = _DATASET.replace('dcterms:title "Trees"', 'dcterms:subject "<Trees> & \x7f"')
_O = ("validate", "--profile", "ib1-open-data")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files named after what is wrong with them; every publisher looks like a member's."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name, text in (("good", _DATASET), ("warned", _WARNED), ("refused", _REFUSED)):
        (folder / f"{name}.ttl").write_text(text)
    (folder / "broken.ttl").write_text("@prefix dcat: <http://www.w3.org/ns/dcat#> .\n\nx")
    return folder


@pytest.mark.parametrize(
    ("names", "status", "strict"),
    [
        (["good"], 0, 0),
        (["warned"], 0, 1),
        (["refused"], 1, 1),
        (["broken"], 1, 1),
        (["good", "warned"], 0, 1),
        (["refused", "good"], 1, 1),
        (["missing"], 1, 1),
    ],
)
def test_the_exit_status_says_whether_there_are_errors(
    run: Callable[..., Ran], folder: Path, names: list[str], status: int, strict: int
) -> None:
    files = [str(folder / f"{name}.ttl") for name in names]
    assert [run(*_O, *files).status, run(*_O, "--strict", *files).status] == [status, strict]


def test_a_file_that_is_broken_or_not_there_does_not_stop_the_others(run: Callable[..., Ran], folder: Path) -> None:
    files = [str(folder / f"{name}.ttl") for name in ("broken", "missing", "good")]
    ran = run(*_O, "--json", *files)
    report = json.loads(ran.out)
    assert [(file["source"], file["valid"]) for file in report["files"]] == list(
        zip(files, ["no", "no", "yes"], strict=True)
    )
    assert report["valid"] == "partial"
    assert [finding["rule"] for file in report["files"] for finding in file["findings"]] == ["IB1-F-03", "SOURCE"]
    assert report["files"][0]["findings"][0]["line"] == 3


def test_one_file_is_one_report_and_a_folder_or_a_glob_is_several(run: Callable[..., Ran], folder: Path) -> None:
    one = json.loads(run(*_O, "--json", str(folder / "good.ttl")).out)
    assert (one["valid"], [entry["accepted"] for entry in one["entries"]], one["findings"]) == ("yes", [True], [])
    assert set(one) == {"valid", "entries", "findings", "unchecked"}
    for source in (str(folder), str(folder / "*.ttl")):
        several = json.loads(run(*_O, "--format", "json", source).out)
        assert [Path(file["source"]).stem for file in several["files"]] == ["broken", "good", "refused", "warned"]
    assert json.loads(run(*_O, "--json", str(folder / "none*.ttl")).out)["files"][0]["findings"][0]["rule"] == "SOURCE"


def test_standard_input_is_read_by_the_rules_of_the_records(run: Callable[..., Ran]) -> None:
    record = {"id": "a", "title": "A", "license": "cc0", "resources": []}
    ran = run("validate", "--profile", "dcip", "--json", "-", stdin=json.dumps([record, {"id": "b"}]).encode())
    report = json.loads(ran.out)
    assert (ran.status, report["valid"]) == (1, "partial")
    assert [entry["accepted"] for entry in report["entries"]] == [True, False]


@pytest.mark.parametrize(
    ("name", "profile", "valid"),
    [
        ("valid.ttl", "ib1-open-data", "yes"),
        ("byte-order-mark.ttl", "ib1-open-data", "yes"),
        ("valid.rdf", "ib1-open-data", "yes"),
        ("valid.xml", "ib1-open-data", "yes"),
        ("valid.jsonld", "ib1-open-data", "yes"),
        ("list-of-nodes.jsonld", "ib1-metadata", "no"),
        ("valid.yaml", "ib1-metadata", "yes"),
        ("valid.yml", "ib1-metadata", "yes"),
        ("valid-list.json", "ib1-metadata", "yes"),
        ("valid.yaml", "ib1-open-data", "no"),
        ("page.ttl", "ib1-open-data", "no"),
        ("empty.ttl", "ib1-open-data", "no"),
    ],
)
def test_what_comes_from_standard_input_is_known_by_its_first_bytes(
    run: Callable[..., Ran], name: str, profile: str, valid: str
) -> None:
    stdin = (FOLDER / name).read_bytes()
    ran = run("validate", "--profile", profile, "--json", "--context", str(FOLDER / "context.json"), "-", stdin=stdin)
    assert (json.loads(ran.out)["valid"], ran.status) == (valid, int(valid != "yes"))


# --- for people ---


def test_the_text_says_the_verdict_the_findings_and_the_counts(run: Callable[..., Ran], folder: Path) -> None:
    ran = run(*_O, str(folder))
    lines = ran.out.splitlines()
    assert f"{folder}/good.ttl: valid, 1 of 1 entries accepted" in lines
    assert f"{folder}/refused.ttl: not valid, 0 of 1 entries accepted" in lines
    assert "    error   IB1-C-04  dcterms:title is missing; a text that is not blank is due, found nothing." in lines
    found = "[http://purl.org/dc/terms/Thing]"
    assert f"    warning IB1-T-08  The distribution is not typed dcat:Distribution. {found}" in lines
    assert lines[-1] == "4 documents, 2 not wholly valid; 2 errors, 1 warning"
    assert "\x1b" not in ran.out


def _on_a_terminal(*arguments: str, **environment: str) -> str:
    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "dcip_server", *arguments]
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(command, stdout=terminal, env={**kept, "TERM": "xterm-256color", **environment})
    os.close(terminal)
    output = b""
    try:
        while piece := os.read(master, 65536):
            output += piece
    except OSError:  # Linux's way of saying that the terminal is closed.
        pass
    os.close(master)
    assert process.wait(60) == 1
    return output.decode()


def test_a_terminal_gets_colours_unless_no_color_is_set(folder: Path) -> None:
    arguments = (*_O, str(folder / "refused.ttl"))
    coloured, plain = _on_a_terminal(*arguments), _on_a_terminal(*arguments, NO_COLOR="1")
    assert "\x1b[31m" in coloured
    assert "\x1b" not in plain
    assert "IB1-C-04" in plain


# --- for machines ---


def test_sarif_has_a_result_for_each_finding_and_the_rules_of_the_profile(
    run: Callable[..., Ran], folder: Path
) -> None:
    ran = run(*_O, "--format", "sarif", str(folder))
    log = json.loads(ran.out)
    (sarif,) = log["runs"]
    assert (ran.status, log["version"], sarif["tool"]["driver"]["name"]) == (1, "2.1.0", "dcip-server")
    rules = {rule["id"] for rule in sarif["tool"]["driver"]["rules"]}
    results: list[dict[str, Any]] = sarif["results"]
    assert [(result["ruleId"], result["level"]) for result in results] == [
        ("IB1-F-03", "error"),
        ("IB1-C-04", "error"),
        ("IB1-T-08", "warning"),
    ]
    assert {result["ruleId"] for result in results} <= rules
    assert results[0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert all(result["message"]["text"] for result in results)
    assert json.loads(run(*_O, "--format", "sarif", str(folder / "good.ttl")).out)["runs"][0]["results"] == []


def test_junit_has_a_suite_for_each_document_and_a_case_for_each_entry(run: Callable[..., Ran], folder: Path) -> None:
    root = ElementTree.fromstring(run(*_O, "--format", "junit", str(folder)).out)
    assert root.tag == "testsuites"
    suites = {Path(suite.attrib["name"]).stem: suite for suite in root}
    assert {name: (suite.attrib["tests"], suite.attrib["failures"]) for name, suite in suites.items()} == {
        "broken": ("1", "1"), "good": ("1", "0"), "refused": ("1", "1"), "warned": ("1", "0"),
    }  # fmt: skip
    failures = [failure.attrib["type"] for failure in root.iter("failure")]
    assert failures == ["IB1-F-03", "IB1-C-04"]
    assert "IB1-T-08" in (suites["warned"].findtext("system-out") or "")
    assert all(int(s.attrib["tests"]) == len(s.findall("testcase")) for s in root)


def test_two_runs_say_the_same_bytes(run: Callable[..., Ran], folder: Path) -> None:
    for format in ("text", "json", "sarif", "junit"):
        assert run(*_O, "--format", format, str(folder)).out == run(*_O, "--format", format, str(folder)).out != ""


# --- contexts ---


def test_a_context_says_what_the_file_does_not(run: Callable[..., Ran], folder: Path) -> None:
    context = folder / "context.json"
    for member, rules in ((_MEMBER, []), ("https://directory.example.org/member/2", ["IB1-C-06"])):
        context.write_text(json.dumps({"member": member}))
        report = json.loads(run(*_O, "--json", "--context", str(context), str(folder / "good.ttl")).out)
        assert [finding["rule"] for finding in report["findings"]] == rules


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read"),
        ("[]", "an object is due"),
        ('{"members": ""}', "'members' is no key of a context"),
        ('{"member": 1}', "member must be str, not int"),
        ('{"today": "2023-02-30"}', "day"),
        ('{"previous": "none.ttl"}', "none.ttl"),
        ('{"http": {"https://a.example/": 1}}', "an object with status"),
    ],
)
def test_a_context_that_is_wrong_is_wrong_usage(run: Callable[..., Ran], folder: Path, text: str, said: str) -> None:
    (folder / "context.json").write_text(text)
    ran = run(*_O, "--context", str(folder / "context.json"), str(folder / "good.ttl"))
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


def test_a_request_that_must_not_be_made_fails_the_run(run: Callable[..., Ran], folder: Path) -> None:
    url = "https://files.example.org/trees.csv"
    for forbidden, status in (([], 0), (["https://never.example.org/"], 0), ([url], 1)):
        http = {url: {"status": 200, "type": "text/csv"}}
        (folder / "context.json").write_text(json.dumps({"http": http, "must_not_fetch": forbidden}))
        ran = run(*_O, "--context", str(folder / "context.json"), str(folder / "good.ttl"))
        assert (ran.status, "CONTEXT" in ran.out) == (status, status == 1)


def test_an_operator_may_add_licenses_to_the_list_of_open_ones(
    run: Callable[..., Ran], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = folder / "own.ttl"
    license = "https://licenses.example/open/1.0"
    own.write_text(_DATASET.replace("https://creativecommons.org/licenses/by/4.0/", license))
    assert license in own.read_text()
    refused = run(*_O, str(own))
    assert (refused.status, "IB1-L-02" in refused.out) == (1, True)
    monkeypatch.setenv("DCIP_OPEN_LICENSES", f"https://other.example/ {license}")
    assert run(*_O, "--strict", str(own)).status == 0
    # The list itself stays, and anything else is as before.
    assert run(*_O, str(folder / "good.ttl")).status == 0
    own.write_text(own.read_text().replace("open/1.0", "closed/1.0"))
    assert run(*_O, str(own)).status == 1
