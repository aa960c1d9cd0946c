"""How a format is recognised: by what is in the file, unless it is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.records import record

Run = Callable[..., Ran]

_JSON = json.dumps(record("json")).encode()
_TTL = b'<http://data.example/ttl> a <http://www.w3.org/ns/dcat#Dataset> ; <http://purl.org/dc/terms/title> "A" .'
_RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://www.w3.org/ns/dcat#">
<d:Dataset rdf:about="d/1"><t:title xmlns:t="http://purl.org/dc/terms/">A</t:title></d:Dataset></rdf:RDF>"""
_CKAN = json.dumps({"id": "ckan", "title": "A", "owner_org": "o"}).encode()
_CREATED = "1 created, 0 updated, 0 deleted, 0 unchanged\n"

_DETECTED: dict[str, tuple[str, bytes, str | int]] = {
    "DCIP": ("a", _JSON, "json"),
    "DCIP without license or resources": ("a.json", b'{"id": "x", "title": "A"}', "x"),
    "DCIP 1.0-beta-3": ("a.json", b'[{"uri": "http://x.example/1", "identifier": "b3", "title": "A"}]', "b3"),
    "DCIP 1.0-beta-3 without an identifier": ("a.json", b'[{"uri": "http://x.example/1", "title": "A"}]', "http://x.example/1"),
    "CKAN": ("a", _CKAN, "ckan"),
    "JSON-LD named as JSON": ("a.json", b'{"@id": "urn:x:1", "@type": "http://www.w3.org/ns/dcat#Dataset", "http://purl.org/dc/terms/title": "A"}', "urn:x:1"),
    "JSON-LD in an array": ("a.json", b'[{"@id": "urn:x:1", "@type": ["http://www.w3.org/ns/dcat#Dataset"], "http://purl.org/dc/terms/title": "A"}]', "urn:x:1"),
    "Turtle without extension": ("a", _TTL, "http://data.example/ttl"),
    "Turtle named as XML": ("a.xml", _TTL, "http://data.example/ttl"),
    "RDF/XML named as Turtle": ("a.ttl", b'<?xml version="1.0"?>' + _RDF, "d/1"),
    "RDF/XML named as JSON": ("a.json", _RDF, "d/1"),
    "Turtle behind comments": ("a", b"# a catalog\n\n" + _TTL, "http://data.example/ttl"),
    "Turtle that begins with a blank node": ("a.ttl", b"[] <urn:x:y> 1 . " + _TTL, "http://data.example/ttl"),
    "JSON behind blank lines": ("a", b"\n\n  " + _JSON, "json"),
}  # fmt: skip


@pytest.mark.parametrize("case", _DETECTED)
def test_a_format_is_recognised_by_what_is_in_the_file(run: Run, tmp_path: Path, case: str) -> None:
    name, content, id = _DETECTED[case]
    (tmp_path / name).write_bytes(content)
    assert run("import", str(tmp_path / name)).out == _CREATED
    assert json.loads(run("show", str(id)).out)["id"] == id


@pytest.mark.parametrize(("format", "keys"), [("dcip", {"notes", "license_id"}), ("ckan", {"description"})])
def test_the_format_that_is_named_wins_over_what_would_be_recognised(run: Run, format: str, keys: set[str]) -> None:
    package = {"id": "1", "title": "A", "notes": "B", "license_id": "cc-by"}
    assert run("import", "--format", format, "-", stdin=json.dumps(package).encode()).out == _CREATED
    assert keys <= json.loads(run("show", "1").out).keys()


def test_a_file_that_is_not_of_the_format_that_is_named_is_a_failure(run: Run) -> None:
    assert run("import", "--format", "dcip", "-", stdin=_TTL).status == 1
    assert run("import", "--format", "dcat", "-", stdin=b'{"id": 1').status == 1


@pytest.mark.parametrize(
    "further", ["groups", "organization", "notes", "extras", "state", "private", "isopen", "revision_id", "owner_org"]
)
def test_a_record_with_all_that_the_draft_requires_is_the_draft_s_whatever_further_keys_it_has(
    run: Run, further: str
) -> None:
    given = record(
        "1",
        metadata_created="2011-05-09",
        metadata_modified="2011-05-09",
        temporal="2011",
        resources=[{"resource_type": "file", "url": "https://data.example/a.csv", "name": "a-slug"}],
    )
    given[further] = "x"
    assert run("import", "-", stdin=json.dumps(given).encode()).out == _CREATED
    found = json.loads(run("show", "1").out)
    assert {key: found.get(key) for key in given} == given
