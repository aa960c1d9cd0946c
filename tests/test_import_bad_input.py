"""Input that is made to hurt ends in bounded time and memory, in one clear line, with exit status 1."""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.formats.limited import gzip_bomb, import_limited, run_limited
from tests.records import record


def assert_refused(ran: Ran, name: str, reason: str) -> None:
    """One line on stderr with file and reason, one with the counts on stdout, status 1."""
    lines = [line for line in ran.err.splitlines() if ": note: " not in line]
    assert len(lines) == 1, ran.err[-2000:]
    assert name in lines[0]
    assert reason in lines[0]
    assert len(lines[0]) < 1000
    assert ran.out.endswith("1 refused\n")
    assert ran.status == 1


# --- bombs ---

#: What it unpacks to: a head, then 300 MB of the unit; and the limit that stops it where none is set.
_BOMBS = {
    "zeros.json.gz": (b"", b"\0", "IMPORT_MAX_RECORD_BYTES"),
    "blanks.json.gz": (b"", b" ", "IMPORT_MAX_RECORD_BYTES"),
    "array-of-blanks.json.gz": (b"[", b" ", "cut off"),
    "brackets.json.gz": (b"", b"[", "nested too deeply"),
    "one-string.json.gz": (b'[{"id": "', b"a", "IMPORT_MAX_RECORD_BYTES"),
    "comment.ttl.gz": (b"", b"#", "IMPORT_MAX_RECORD_BYTES"),
    "blanks.rdf.gz": (b'<?xml version="1.0"?>', b" ", "IMPORT_MAX_RECORD_BYTES"),
}


@pytest.mark.parametrize("name", _BOMBS)
def test_a_gzip_bomb_ends_at_the_default_limits(tmp_path: Path, name: str) -> None:
    head, unit, reason = _BOMBS[name]
    assert_refused(import_limited(tmp_path, gzip_bomb(head, unit), name), name, reason)


@pytest.mark.parametrize("name", ["zeros.json.gz", "blanks.json.gz", "array-of-blanks.json.gz", "comment.ttl.gz"])
def test_a_gzip_bomb_ends_at_the_limit_that_is_set(tmp_path: Path, name: str) -> None:
    head, unit, _ = _BOMBS[name]
    ran = import_limited(tmp_path, gzip_bomb(head, unit), name, DCIP_IMPORT_MAX_BYTES="1000000")
    assert_refused(ran, name, "more than 1000000 bytes (IMPORT_MAX_BYTES)")


def test_a_text_that_takes_four_bytes_a_character_once_it_is_unpacked_ends_in_one_line(tmp_path: Path) -> None:
    ran = import_limited(tmp_path, gzip_bomb('[{"id": "\U0001f4ca'.encode(), b"a"), "wide.json.gz")
    assert_refused(ran, "wide.json.gz", "")


def test_values_that_take_more_memory_than_there_is_end_in_one_line(tmp_path: Path) -> None:
    ran = import_limited(tmp_path, gzip_bomb(b'{"id": 1, "x": [', b"[],", megabytes=90), "lists.json.gz")
    assert_refused(ran, "lists.json.gz", "")


def test_a_tar_that_unpacks_to_too_much_ends_at_the_limit(tmp_path: Path) -> None:
    (tmp_path / "bomb.json").write_bytes(b" " * 3_000_000)
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "bomb.json", "bomb.json")
    ran = run_limited(
        tmp_path / "catalog.db", "import", str(tmp_path / "bomb.tar.gz"), DCIP_IMPORT_MAX_BYTES="1000000"
    )
    assert_refused(ran, "bomb.tar.gz", "more than 1000000 bytes (IMPORT_MAX_BYTES)")


# --- very large, but sound ---


@pytest.mark.parametrize(
    "name", ["literal.json", "literal.ttl", "literal.nt", "literal.rdf", "literal.jsonld", "long-quotes.ttl"]
)
def test_a_literal_of_twenty_megabytes_is_taken_or_refused_in_one_line(tmp_path: Path, name: str) -> None:
    text = "x" * (20 << 20)
    head = "<http://data.example/1> a <http://www.w3.org/ns/dcat#Dataset> ; <http://purl.org/dc/terms/title>"
    typed = "<http://data.example/1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Dataset> ."
    document = {
        "literal.json": json.dumps(record("http://data.example/1", description=text)),
        "literal.ttl": f'{head} "{text}" .',
        "long-quotes.ttl": f'{head} """{text}""" .',
        "literal.nt": f'{typed}\n<http://data.example/1> <http://purl.org/dc/terms/title> "{text}" .\n',
        "literal.rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://www.w3.org/ns/dcat#">'
        f'<d:Dataset rdf:about="http://data.example/1"><t:title xmlns:t="http://purl.org/dc/terms/">{text}</t:title>'
        "</d:Dataset></rdf:RDF>",
        "literal.jsonld": json.dumps(
            {"@id": "http://data.example/1", "@type": "http://www.w3.org/ns/dcat#Dataset", "http://purl.org/dc/terms/title": text}
        ),
    }[name]  # fmt: skip
    ran = import_limited(tmp_path, document.encode(), name)
    if ran.status:
        assert_refused(ran, name, "longer than 16 MiB")
    else:
        assert ran.out.startswith("1 created")


@pytest.mark.parametrize("name", ["distributions.json", "distributions.ttl"])
def test_a_dataset_of_ten_thousand_distributions_is_taken(tmp_path: Path, name: str) -> None:
    urls = [f"http://data.example/{number}" for number in range(10_000)]
    if name.endswith("json"):
        document = json.dumps(record("1", resources=[{"url": url, "hash": "md5:x"} for url in urls]))
    else:
        document = "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<http://data.example/d> a dcat:Dataset ;"
        document += '<http://purl.org/dc/terms/title> "A" .\n'
        document += "".join(f"<http://data.example/d> dcat:distribution [ dcat:accessURL <{url}> ] .\n" for url in urls)
    ran = import_limited(tmp_path, document.encode(), name)
    assert (ran.status, ran.err) == (0, "")
    id = "1" if name.endswith("json") else "http://data.example/d"
    shown = run_limited(tmp_path / "catalog.db", "show", id)
    assert len(json.loads(shown.out)["resources"]) == 10_000


def test_one_large_record_does_not_slow_down_the_small_ones_behind_it(tmp_path: Path) -> None:
    large = record("0", description="x" * (16 << 20))
    small = ({"id": number, "title": "A", "resources": []} for number in range(1, 20_001))
    document = "[" + ",".join([json.dumps(large), *map(json.dumps, small)]) + "]"
    ran = import_limited(tmp_path, document.encode(), "records.json")
    assert (ran.status, ran.out) == (0, "20001 created, 0 updated, 0 deleted, 0 unchanged\n")


# --- files that are no files ---


def test_a_pipe_in_a_folder_does_not_stop_the_import(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in" / "a.json")
    (tmp_path / "in" / "b.json").write_text(json.dumps(record("1")))
    ran = run_limited(tmp_path / "catalog.db", "import", str(tmp_path / "in"))
    assert ran.out.startswith("1 created")


@pytest.mark.parametrize("target", ["missing.json", "a.json"], ids=["dangling", "loop"])
def test_a_link_that_leads_nowhere_is_reported_and_the_rest_of_the_folder_is_read(
    tmp_path: Path, run: Callable[..., Ran], target: str
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").symlink_to(tmp_path / "in" / target)
    (tmp_path / "in" / "b.json").write_text(json.dumps(record("1")))
    ran = run("import", str(tmp_path / "in"))
    assert ran.out.startswith("1 created")
    assert (ran.status, len(ran.err.splitlines())) == (1, 1)
    assert "a.json: " in ran.err


def test_a_file_that_must_not_be_read_is_reported_and_the_rest_of_the_folder_is_read() -> None:
    # Nobody keeps root from reading, so where the tests run as root the import runs as somebody else.
    user = 65534 if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "a.json").write_text("{}")
        (folder / "a.json").chmod(0)
        (folder / "b.json").write_text(json.dumps(record("1")))
        ran = run_limited(folder / "catalog.db", "import", str(folder), user=user)
    assert ran.out.startswith("1 created")
    assert ran.status == 1
    assert ran.err.splitlines() == [f"{folder}/a.json: Permission denied"]
