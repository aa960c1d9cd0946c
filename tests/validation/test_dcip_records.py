"""Profile ``dcip`` says of a document what an import of it does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcip_server.validation import validate
from tests.conftest import Ran
from tests.records import record

_UDATA = {"slug": "dup", "created_at": "2020-01-01T00:00:00Z", "license": "cc-by", "resources": []}
_SERIES = {"entity_type": "datasetseries"}
#: Records of one document; which of them an import takes, by position from 1; and which it finds repeated.
_DUPLICATES: dict[str, tuple[list[dict[str, Any]], set[int], set[int]]] = {
    "the same twice": ([record("1"), record("1")], {1}, {2}),
    "another title": ([record("1", title="A"), record("1", title="B")], {1}, set()),
    "the first, another, the first": ([record("1"), record("1", title="B"), record("1")], {1}, {3}),
    "a number and its text": ([record(1), record("1")], {1}, set()),
    "of two entity types": ([record("1"), record("1", **_SERIES)], {1, 2}, set()),
    "the first is refused": ([record("1", title=""), record("1", title="B")], {2}, set()),
    "two of udata's": ([{**_UDATA, "id": "d", "title": "A"}, {**_UDATA, "id": "d", "title": "B"}], {1}, set()),
}


@pytest.mark.parametrize("case", _DUPLICATES)
def test_of_records_with_one_id_those_are_accepted_that_an_import_takes(
    run: Callable[..., Ran], tmp_path: Path, case: str
) -> None:
    records, taken, repeated = _DUPLICATES[case]
    data = json.dumps(records).encode()
    report = validate(data, "dcip", extension="json")
    refused = set(range(1, len(records) + 1)) - taken - repeated
    assert sum(entry.accepted for entry in report.entries) == len(taken)
    assert sum(not entry.accepted for entry in report.entries) == len(refused)
    assert bool(report.errors) == bool(refused)
    places = {position: f"record {position}" for position in range(1, len(records) + 1)}
    assert [f.message for f in report.warnings if f.rule == "DCIP-V-07"] == [
        f"{places[position]} says the same as {places[min(taken)]}, which has this id; it is taken once"
        for position in sorted(repeated)
    ]
    (tmp_path / "records.json").write_bytes(data)
    ran = run("import", str(tmp_path / "records.json"))
    assert (ran.status, len(ran.err.splitlines())) == (int(bool(refused)), len(refused))
    assert f"{len(taken)} created" in ran.out
    assert (f"{len(repeated)} repeated" in ran.out) == bool(repeated)


def test_the_second_record_with_an_id_is_refused_and_named_by_its_place() -> None:
    report = validate(json.dumps([record("dup", title="A"), record("dup", title="B")]).encode(), "dcip")
    (error,) = report.errors
    assert (error.rule, error.severity, error.subject, error.value) == ("DCIP-V-05", "E", "dup (record 2)", "dup")
    assert error.message == "record 1 has this id already and is kept; record 2 says something else and is refused"


@pytest.mark.parametrize("text", ["", "<http://a.example/x> <http://purl.org/dc/terms/title> 'A' ."])
def test_a_document_without_records_is_not_valid(text: str) -> None:
    report = validate(f"# nothing\n{text}".encode(), "dcip", extension="ttl")
    assert ([error.rule for error in report.errors], report.entries, report.valid) == (["DCIP-V-06"], (), "no")


@pytest.mark.parametrize(
    ("bad", "subject"),
    [
        ({"id": "x", "title": ""}, "x (record 1)"),
        ({"id": "x", "title": "A", "y": float(10**308) * 10}, "x (record 1)"),
        ({"title": "A", "license": "x"}, "record 1"),
    ],
    ids=["a blank title", "a number too large", "no id"],
)
def test_a_record_that_is_refused_is_named_by_its_id_and_its_place(bad: dict[str, Any], subject: str) -> None:
    data = json.dumps([bad]).replace("Infinity", "1e400").encode()
    report = validate(data, "dcip", extension="json")
    assert [error.subject for error in report.errors] == [entry.subject for entry in report.entries] == [subject]
