"""The specification's example files, row by row, where the machine has them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable

from dcip_server.validation import load_context, validate
from tests.conftest import REAL_CATALOGS, Ran

EXAMPLES = REAL_CATALOGS.parent / "spec" / "ib1-examples"


def _rows() -> list[dict[str, str]]:
    path = EXAMPLES / "expected.tsv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines, delimiter="\t") if row["valid"] != "scenario"]


_ROWS = _rows()


def _ids(cell: str) -> set[str]:
    return set() if cell == "-" else set(cell.split(","))


def test_every_example_is_judged_as_the_specification_says() -> None:
    for row in _ROWS:
        name = "context-default.json" if row["context"] == "-" else row["context"]
        path = EXAMPLES / row["file"]
        context = load_context(EXAMPLES / name)
        report = validate(path.read_bytes(), row["profile"], context, extension=path.suffix[1:])
        at = f"{row['file']} {row['profile']} {row['context']}"
        accepted = sum(entry.accepted for entry in report.entries)
        assert (report.valid, f"{accepted}/{len(report.entries)}") == (row["valid"], row["accepted"]), at
        assert {finding.rule for finding in report.errors} == _ids(row["errors"]), at
        assert {finding.rule for finding in report.warnings} >= _ids(row["warnings"]), at
        listed = _ids(row["errors"]) or _ids(row["warnings"])
        messages = " ".join(finding.message.casefold() for finding in report.findings if finding.rule in listed)
        assert row["keyword"] == "-" or any(word.casefold() in messages for word in row["keyword"].split("|")), at
    assert len(_ROWS) in (0, 21)


def test_the_command_says_the_same_as_the_library(run: Callable[..., Ran]) -> None:
    for row in _ROWS[::5]:
        context = EXAMPLES / ("context-default.json" if row["context"] == "-" else row["context"])
        arguments = ["--profile", row["profile"], "--json", "--context", str(context), str(EXAMPLES / row["file"])]
        ran = run("validate", *arguments)
        report = json.loads(ran.out)
        assert (report["valid"], ran.status) == (row["valid"], 0 if row["valid"] == "yes" else 1), row
    assert _ROWS == [] or len(_ROWS[::5]) == 5
