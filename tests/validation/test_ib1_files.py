"""Files as publishers write and break them, each judged by the command as ``files/expected.tsv`` says, and never by the others.

A row names the file, the profile, the context (``-`` is ``context.json``), the verdict, the accepted entries, and
all rules that the findings name (without ``IB1-``), errors and warnings apart.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran

FOLDER = Path(__file__).parent / "files"
_EXPECTED = FOLDER / "expected.tsv"


def rows() -> list[dict[str, str]]:
    """The rows of ``expected.tsv``; ``context`` is the name of a file."""
    with _EXPECTED.open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines, delimiter="\t"))
    return [row | {"context": "context.json" if row["context"] == "-" else row["context"]} for row in found]


_ROWS = rows()
_IDS = ["-".join((row["file"], row["profile"].removeprefix("ib1-"), row["context"])) for row in _ROWS]


def _rules(findings: list[dict[str, Any]], severity: str) -> str:
    return ",".join(sorted({f["rule"][4:] for f in findings if f["severity"] == severity})) or "-"


def _judged(report: dict[str, Any]) -> dict[str, str]:
    """A report in the words of ``expected.tsv``."""
    accepted = sum(entry["accepted"] for entry in report["entries"])
    return {
        "valid": report["valid"],
        "accepted": f"{accepted}/{len(report['entries'])}",
        "errors": _rules(report["findings"], "E"),
        "warnings": _rules(report["findings"], "W"),
    }


def _expected(row: dict[str, str]) -> dict[str, str]:
    return {name: row[name] for name in ("valid", "accepted", "errors", "warnings")}


def _validate(run: Callable[..., Ran], profile: str, context: str, *files: Path) -> Ran:
    return run("validate", "--profile", profile, "--json", "--context", str(FOLDER / context), *map(str, files))


@pytest.mark.parametrize("row", _ROWS, ids=_IDS)
def test_the_command_judges_a_file_as_the_rules_do(row: dict[str, str], run: Callable[..., Ran]) -> None:
    ran = _validate(run, row["profile"], row["context"], FOLDER / row["file"])
    report = json.loads(ran.out)
    assert _judged(report) == _expected(row)
    assert (ran.status, ran.err) == (0 if row["valid"] == "yes" else 1, "")
    # Each finding names its place, and says what to do in one sentence.
    for finding in report["findings"]:
        assert finding["subject"]
        assert finding["message"][-1] in ".?"
        assert "\n" not in finding["message"]


def test_every_file_has_a_row_and_there_are_so_many() -> None:
    assert {row["file"] for row in _ROWS} | {row["context"] for row in _ROWS} | {_EXPECTED.name} == {
        path.name for path in FOLDER.iterdir()
    }
    assert len({row["file"] for row in _ROWS}) == 165
    assert len(_ROWS) == 240
    assert {row["valid"] for row in _ROWS} == {"yes", "no", "partial"}


@pytest.mark.parametrize("profile", ["ib1-open-data", "ib1-metadata"])
def test_in_one_call_each_file_is_judged_as_if_it_were_alone(profile: str, run: Callable[..., Ran]) -> None:
    mine = [row for row in _ROWS if (row["profile"], row["context"]) == (profile, "context.json")]
    ran = _validate(run, profile, "context.json", *(FOLDER / row["file"] for row in mine))
    report = json.loads(ran.out)
    assert (ran.status, report["valid"]) == (1, "partial")
    assert [Path(file["source"]).name for file in report["files"]] == [row["file"] for row in mine]
    assert [_judged(file) for file in report["files"]] == [_expected(row) for row in mine]


_TYPES = {
    ".ttl": "text/turtle", ".rdf": "application/rdf+xml", ".xml": "application/rdf+xml", ".jsonld": "application/ld+json",
    ".n3": "text/n3", ".yaml": "application/yaml", ".yml": "text/yaml", ".json": "application/json", ".txt": "text/plain",
}  # fmt: skip


def test_an_update_takes_what_is_valid_out_of_all_these_files(run: Callable[..., Ran], tmp_path: Path) -> None:
    mine = [row for row in _ROWS if (row["profile"], row["context"]) == ("ib1-metadata", "context.json")]
    context = json.loads((FOLDER / "context.json").read_text())
    published = {}
    for number, row in enumerate(mine):
        # Every file tells of the same wells, which belong to the file that has them first; so each has wells of its own.
        body = tmp_path / str(number)
        body.write_bytes((FOLDER / row["file"]).read_bytes().replace(b"data.example.org", b"d%d.example.org" % number))
        url = f"https://d{number}.example.org/{row['file']}"
        published[url] = {"status": 200, "type": _TYPES[Path(row["file"]).suffix], "body": str(number)}
        assert run("directory", "add", context["member"], url).status == 0
    (tmp_path / "context.json").write_text(json.dumps(context | {"http": published}))
    ran = run("directory", "update", "--profile", "ib1-metadata", "--context", str(tmp_path / "context.json"))
    report = json.loads(run("directory", "report", "--json").out)
    assert (ran.status, len(report["files"])) == (1, len(mine))
    taken = {}
    for row, file in zip(mine, report["files"], strict=True):
        accepted = sum(entry["accepted"] for entry in file["entries"])
        # At an address of its own a relative identifier is one.
        if row["file"] not in ("no-base.ttl", "relative.jsonld"):
            assert accepted == int(row["accepted"].partition("/")[0]) or file["findings"][0]["rule"] == "IB1-H-04", file
        taken[row["file"]] = accepted
    assert (sum(taken.values()), report["created"]) == (63, 63)


# --- large files, which are made here ---


def _large(name: str, limit: int) -> bytes:
    """As many copies of a file's entry, each with a name of its own, as the limit allows."""
    text = (FOLDER / name).read_text()
    begin, end = {
        "valid.ttl": ("<https://data.example.org/wells> a", None),
        "valid.n3": ("<https://data.example.org/wells> a", None),
        "valid.rdf": ("<dcat:Dataset", "</rdf:RDF>"),
        "valid-list.json": (" {", "\n]"),
        "graph.jsonld": ("  {", "\n ]"),
    }[name]
    start, stop = text.index(begin), text.index(end) if end else len(text)
    head, entry, tail = text[:start], text[start:stop], text[stop:]
    comma = "," if name.endswith(("json", "jsonld")) else ""
    copies = (limit - len(text)) // (len(entry) + entry.count("wells") * 5 + 1)
    entries = comma.join(entry.replace("wells", f"wells{number:05}") for number in range(copies))
    return (head + entries + tail).encode()


_MIB = 1 << 20


def _too_large() -> Iterator[tuple[str, bytes]]:
    """Files at and above the limit, whose findings are known without looking at them: extension and bytes."""
    yield "ttl", b"# " + b"x" * (10 * _MIB)
    yield "json", b"[" + b" " * (10 * _MIB) + b"]"
    yield "yaml", b"- x\n" * (10 * _MIB // 4)
    yield "rdf", b"<r>" * (10 * _MIB // 3)
    yield "jsonld", b'{"a":' * (10 * _MIB // 5)
    yield "ttl", b'<https://a.example/> <https://b.example/> "' + b"x" * (10 * _MIB - 60) + b'" .'
    yield "ttl", b"<https://a.example/> <https://b.example/> " + b"[ <https://b.example/> " * 450_000


@pytest.mark.parametrize("name", ["valid.ttl", "valid.n3", "valid.rdf", "valid-list.json", "graph.jsonld"])
def test_ten_megabytes_of_valid_entries_are_valid(name: str, run: Callable[..., Ran], tmp_path: Path) -> None:
    data = _large(name, 10 * _MIB)
    assert 9 * _MIB < len(data) <= 10 * _MIB
    (tmp_path / f"large{Path(name).suffix}").write_bytes(data)
    began = time.process_time()
    report = json.loads(_validate(run, "ib1-metadata", "context.json", tmp_path / f"large{Path(name).suffix}").out)
    assert (report["valid"], len(report["entries"]) > 5000) == ("yes", True)
    # Ten seconds by the clock are due, of a processor that others use as well.
    assert time.process_time() - began < 10


def test_ten_megabytes_of_anything_end_in_a_report(run: Callable[..., Ran], tmp_path: Path) -> None:
    files = []
    for number, (extension, data) in enumerate(_too_large()):
        files.append(tmp_path / f"{number}.{extension}")
        files[-1].write_bytes(data)
    began = time.process_time()
    report = json.loads(_validate(run, "ib1-metadata", "context.json", *files, FOLDER / "valid.ttl").out)
    rules = [_rules(file["findings"], "E") for file in report["files"]]
    assert rules == ["F-09", "F-09", "F-07", "F-07", "F-07", "F-11", "F-03", "-"]
    assert time.process_time() - began < 10 * len(files)
