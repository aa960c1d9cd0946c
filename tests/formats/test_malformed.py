"""What is no catalog is refused in one line that names file, place and reason; what is sound beside it is taken."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.formats.limited import assert_refused
from tests.records import record

_SOUND = json.dumps(record("1"))
_RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#"'
    ' xmlns:dct="http://purl.org/dc/terms/"><dcat:Dataset rdf:about="http://data.example/1"><dct:title>%s</dct:title>'
    "</dcat:Dataset></rdf:RDF>"
)
_TTL = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n%s"
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
_LD = {"@type": "http://www.w3.org/ns/dcat#Dataset", "http://purl.org/dc/terms/title": "A"}

#: File name, content and what the one line has to say.
_CASES: dict[str, tuple[str, str | bytes, str]] = {
    "empty file": ("a.json", "", "empty"),
    "empty Turtle": ("a.ttl", "", "empty"),
    "only blanks": ("a.json", " \n\t ", ""),
    "only a byte order mark": ("a.json", "\ufeff", ""),
    "empty gzip": ("a.json.gz", gzip.compress(b""), "empty"),
    "HTML": ("a.html", "<!DOCTYPE html><html><title>404</title></html>", "an HTML page"),
    "HTML as JSON": ("a.json", "<html><body>Moved</body></html>", "an HTML page"),
    "HTML as Turtle": ("a.ttl", "<!doctype html><html>", "an HTML page"),
    "prose": ("a.txt", "Dear reader, this is no catalog.", "neither JSON nor RDF"),
    "binary": ("a.bin", bytes(range(256)), "neither JSON nor RDF"),
    "PDF": ("a.json", "%PDF-1.4\n1 0 obj", "malformed JSON"),
    # JSON
    "cut off object": ("a.json", _SOUND[:-10], "malformed JSON"),
    "cut off string": ("a.json", '{"id": "1', "malformed JSON"),
    "trailing comma": ("a.json", '{"id": "1", "title": "A",}', "line 1, column"),
    "unquoted keys": ("a.json", '[{id: "1"}]', "line 1"),
    "two values": ("a.json", _SOUND + " 7", "more text after"),
    "more after the array": ("a.json", "[] []", "more text after"),
    "Latin-1": ("a.json", json.dumps(record("1", title="\xe9t\xe9"), ensure_ascii=False).encode("latin-1"), "not UTF-8: byte 0xe9"),
    "Latin-1 in an array": ("a.json", json.dumps([record("1", title="\xe9")], ensure_ascii=False).encode("latin-1"), "not UTF-8: byte 0xe9"),
    "UTF-16": ("a.json", _SOUND.encode("utf-16"), "a.json: UTF-16 is not read; JSON is due in UTF-8"),
    "Turtle in UTF-16": ("a.ttl", _TTL.encode("utf-16"), "UTF-16 is not read; Turtle is due in UTF-8"),
    "Turtle in UTF-16 that nothing names": ("a.txt", _TTL.encode("utf-16-be").join((b"\xfe\xff", b"")), "UTF-16 is not read; N3 or Turtle is due in UTF-8"),
    "JSON-LD in UTF-16": ("a.jsonld", json.dumps(_LD).encode("utf-16"), "UTF-16 is not read; JSON-LD is due in UTF-8"),
    "YAML that is no list": ("a.yaml", "content: {}", 'a YAML document that is no list: a list of objects is due, each with a block "content"'),
    "YAML in UTF-16": ("a.yaml", "- content: {}".encode("utf-16"), "UTF-16 is not read; YAML is due in UTF-8"),
    "UTF-16 without a mark": ("a.json", _SOUND.encode("utf-16-le"), ""),
    "UTF-32": ("a.json", _SOUND.encode("utf-32"), ""),
    "a NUL in the document": ("a.json", _SOUND[:20] + "\0" + _SOUND[20:], "malformed JSON"),
    "a raw control character in a string": ("a.json", '{"id": "1", "title": "a\x01b"}', "Invalid control character"),
    "NaN": ("a.json", '{"id": "1", "title": "A", "x": NaN}', "NaN is not JSON"),
    "Infinity": ("a.json", '[{"id": "1", "title": "A", "x": [-Infinity]}]', "Infinity is not JSON"),
    "a number beyond all bounds": ("a.json", '{"id": "1", "title": "A", "x": 1e999}', "number"),
    "a number of five thousand digits": ("a.json", '{"id": "1", "title": "A", "x": %s}' % ("9" * 5_000), ""),
    "an id of five thousand digits": ("a.json", '{"id": %s, "title": "A", "resources": []}' % ("9" * 5_000), ""),
    "an id of ten thousand characters": ("a.json", json.dumps(record("x" * 10_000)), "at most 8192"),
    "a lone surrogate in the title": ("a.json", r'{"id": "1", "title": "a\ud800"}', "lone surrogate"),
    "a lone surrogate far down": ("a.json", r'{"id": "1", "title": "A", "x": [{"y": "\udfff"}]}', "id '1': x, number 1, y: text holds a lone surrogate"),
    "a lone surrogate in a key": ("a.json", r'{"id": "1", "title": "A", "x\ud800": 1}', "lone surrogate"),
    "a lone surrogate in a tag": ("a.json", r'{"id": "1", "title": "A", "tags": ["\ud800"]}', "lone surrogate"),
    "a NUL in the title": ("a.json", r'{"id": "1", "title": "a\u0000"}', "NUL"),
    "a string": ("a.json", '"a"', "an object is due"),
    "null": ("a.json", "null", "an object is due"),
    "an array of arrays": ("a.json", "[[]]", "an object is due, got an array"),
    "an object of something else": ("a.json", '{"a": 1}', "not recognised"),
    "GeoJSON": ("a.json", '{"type": "FeatureCollection", "features": []}', "not recognised"),
    "a change list": ("a.json", '[{"id": "1", "change_type": "create", "url": "x", "modified": "2011"}]', "change list"),
    "a data.json without a list of datasets": ("a.json", '{"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": "x"}', '"dataset" of this data.json: a list is due, got "x"'),
    "a data.json whose list is null": ("a.json", '{"dataset": null}', 'the member "dataset" of this data.json: a list is due, got null'),
    "a data.json whose services are null": ("a.json", '{"dataset": [], "service": null}', '"service" of this data.json: a list is due, got null'),
    "a data.json whose catalog is a text": ("a.json", '{"dataset": [], "catalog": "c"}', "an object is due, got a string"),
    "a page of udata whose list is null": ("a.json", '{"data": null, "page_size": 20}', 'the member "data" of this page of udata: a list is due, got null'),
    "a record of an answer in a line": (
        "a.jsonl", '{"success": true, "result": []}\n{"success": true, "result": [{"id": "x", "title": "", "notes": "n"}]}\n',
        "a.jsonl: line 2, record 1: id 'x': title is missing",
    ),
    "a record of an answer in an array": (
        "a.json", '[{"success": true, "result": [{"id": "x", "title": "", "notes": "n"}]}]', "a.json: record 1, record 1: id 'x': title is missing",
    ),
    "a record of an answer": ("a.json", '{"success": true, "result": [{"id": "x", "title": "", "notes": "n"}]}', "a.json: record 1: id 'x': title is missing"),
    "an identifier that is a list": ("a.json", '[{"identifier": ["a", "b"], "title": "A", "keyword": ["k"]}]', 'record 1: identifier: a text or a whole number is due, got ["a", "b"]'),
    "an identifier that is an object": ("a.json", '[{"identifier": {"x": 1}, "title": "A", "keyword": ["k"]}]', 'identifier: a text or a whole number is due, got {"x": 1}'),
    "an identifier that is true": ("a.json", '[{"identifier": true, "title": "A", "keyword": ["k"]}]', "identifier: a text or a whole number is due, got true"),
    "an identifier that is a fraction": ("a.json", '[{"identifier": 1.5, "title": "A", "keyword": ["k"]}]', "identifier: a text or a whole number is due, got 1.5"),
    "an id of udata's that is false": ("a.json", '[{"id": false, "title": "A", "slug": "a", "created_at": "2020-01-01"}]', "id: a text or a whole number is due, got false"),
    "an id of CKAN's that is a list": ("a.json", '[{"id": ["a"], "title": "A", "notes": "n"}]', 'id: a text or a whole number is due, got ["a"]'),
    "an id of IB1's that is a list": ("a.json", '[{"content": {"@id": ["a"]}, "access": []}]', '@id: an http IRI is due, got ["a"]'),
    "a title that is a list": ("a.json", '[{"identifier": "x", "title": ["A"], "keyword": ["k"]}]', """record 1: id 'x': title: a text is due, got ["A"]"""),
    "a title of udata's that is true": ("a.json", '[{"id": "x", "title": true, "slug": "a", "created_at": "2020-01-01"}]', "id 'x': title: a text is due, got true"),
    "a title of CKAN's that is a list": ("a.json", '[{"id": "x", "title": ["A"], "notes": "n"}]', """id 'x': title: a text is due, got ["A"]"""),
    "a record without title that has an id": ("a.json", '[{"id": "x", "title": ""}]', "record 1: id 'x': title is missing or blank"),
    "a number without quotes as id": ("a.json", '[{"id": 7, "title": ""}]', "record 1: id 7: title is missing or blank"),
    "a number that is too large": (
        "a.json", '{"dataset": [{"identifier": "x", "title": "A", "distribution": [{"downloadURL": "u", "byteSize": 1e400}]}]}',
        "record 1: id 'x': resources, number 1, pod, byteSize: a number up to 1.8e308 is due, got a larger one",
    ),
    "a size that is too large": (
        "a.json", '[{"id": "x", "title": "A", "resources": [{"url": "u", "size": 1e400}]}]',
        "record 1: id 'x': resource 1: size: a number of bytes is due, got a number beyond 1.8e308",
    ),
    "a list of sizes that are too large": (
        "a.json", '[{"id": "x", "title": "A", "resources": [{"url": "u", "size": [1, -1e400]}]}]', "a number of bytes is due, got [1, a number beyond -1.8e308]",
    ),
    "content of IB1's alone, without a title": ("a.json", '[{"content": {"ib1:dataSetStableIdentifier": "x"}}]', "id 'x': title is missing"),
    "a title of IB1's that is an object": (
        "a.json", '[{"content": {"@context": {"dct": "http://purl.org/dc/terms/"}, "@id": "http://x.example/1", "dct:title": {"x": 1}}, "access": []}]',
        """id 'http://x.example/1': dct:title: a text is due, got {"x": 1}""",
    ),
    "a title of IB1's that is empty": (
        "a.json", '[{"content": {"@context": {"dct": "http://purl.org/dc/terms/"}, "@id": "http://x.example/1", "dct:title": []}, "access": []}]',
        "id 'http://x.example/1': title is missing or blank",
    ),
    "a beta-3 record whose identifier is a list": ("a.json", '[{"identifier": [1], "title": "A"}]', "identifier: a text or a whole number is due, got [1]"),
    "a CKAN answer without success": ("a.json", '{"success": false, "error": {"message": "Not found"}}', "Not found"),
    "a CKAN answer that says nothing": ("a.json", '{"success": true, "result": null}', "result"),
    "a package_list": ("a.json", '{"success": true, "result": ["a", "b", "c"]}', "3 names and no datasets"),
    # RDF
    "a text named as RDF/XML": ("a.rdf", "nothing of the kind", "a.rdf: line 1, column 1: not well-formed XML"),
    "bytes named as RDF/XML": ("a.rdf", b"\x00\x01", "a.rdf: line 1, column 1: not well-formed XML"),
    "a text named as JSON-LD": ("a.jsonld", "{id: 1}", "not well-formed jsonld: line 1"),
    "a title that is an IRI": ("a.ttl", _TTL % "<http://data.example/1> a dcat:Dataset ; dct:title <http://data.example/t> .", "http://data.example/1: title: a text is due, got <http://data.example/t>"),
    "a title that is a node": ("a.ttl", _TTL % '<http://data.example/1> a dcat:Dataset ; dct:title [ dct:title "A" ] .', "http://data.example/1: title: a text is due, got a blank node"),
    "a title that is blank": ("a.ttl", _TTL % '<http://data.example/1> a dcat:Dataset ; dct:title " " .', "http://data.example/1: title is missing or blank"),
    "DOCTYPE": ("a.rdf", "<!DOCTYPE rdf>" + _RDF % "A", "DOCTYPE"),
    "an internal entity": ("a.rdf", '<!DOCTYPE r [<!ENTITY e "x">]>' + _RDF % "&e;", "DOCTYPE"),
    "an external entity": ("a.rdf", '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + _RDF % "&e;", "DOCTYPE"),
    "an external DTD": ("a.rdf", '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">' + _RDF % "A", "DOCTYPE"),
    "a parameter entity": ("a.rdf", '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>' + _RDF % "A", "DOCTYPE"),
    "a billion laughs": ("a.rdf", f'<!DOCTYPE r [<!ENTITY l0 "lol">{_LAUGHS}]>' + _RDF % "&l9;", "DOCTYPE"),
    "a billion laughs in UTF-16": (
        "a.rdf", (f'<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY l0 "lol">{_LAUGHS}]>' + _RDF % "&l9;").encode("utf-16"), "DOCTYPE",
    ),
    "an entity nobody declared": ("a.rdf", _RDF % "&nbsp;", "line 1"),
    "a namespace nobody declared": ("a.rdf", _RDF.replace("xmlns:dct", "xmlns:x") % "A", ""),
    "XML that is not closed": ("a.rdf", (_RDF % "A")[:-5], "line 1"),
    "an unknown encoding": ("a.rdf", '<?xml version="1.0" encoding="klingon"?>' + _RDF % "A", ""),
    "a prefix nobody declared": ("a.ttl", ":a a dcat:Dataset .", "line 1"),
    "Turtle cut off": ("a.ttl", _TTL % '<http://data.example/1> a dcat:Dataset ; dct:title "A', "line 2"),
    "Turtle in Latin-1": ("a.ttl", (_TTL % '<http://data.example/1> a dcat:Dataset ; dct:title "\xe9" .').encode("latin-1"), ""),
    "an escape that is none": ("a.ttl", _TTL % r'<http://data.example/1> a dcat:Dataset ; dct:title "\q" .', "line 2"),
    "a surrogate escape": ("a.ttl", _TTL % r'<http://data.example/1> a dcat:Dataset ; dct:title "\uD800" .', "line 2"),
    "an N3 rule": ("a.n3", _TTL % "{ ?x a dcat:Dataset } => { ?x a dct:Thing } .", "line 2: N3 formulae"),
    "an N3 formula behind braces that are none": (
        "a.n3", _TTL % '<urn:a:1> dct:title "{", """{\n"{""" . # {\n{ <urn:a:2> dct:source 1 } dct:source 1 .', "line 4: N3 formulae",
    ),
    "YAML with a key twice": ("a.yaml", "- content:\n    a: 1\n    a: 2\n", "duplicate key 'a' in one mapping; keep one of them (line 3)"),
    "YAML with a tag": ("a.yaml", "- content:\n    a: !!python/name:os.system x\n", "(line 2)"),
    "YAML of two documents": ("a.yaml", "- content: {}\n---\n- content: {}\n", "(line 2)"),
    "YAML with an alias inside itself": ("a.yaml", "- content:\n    a: &a\n      b: *a\n", "(line 3)"),
    "RDF/XML that ends in its first tag": ("a.rdf", "<rdf:RDF", "line 1, column"),
    "RDF/XML that ends in an attribute": ("a.rdf", "<rdf:RDF xmlns:rdf='", "line 1, column"),
    "an RDF 1.2 triple term": ("a.ttl", _TTL % "<urn:a:1> dct:source <<( <urn:a:1> <urn:a:2> <urn:a:3> )>> .", "triple terms"),
    "an RDF 1.2 reified triple": ("a.ttl", _TTL % "<< <urn:a:1> <urn:a:2> <urn:a:3> >> dct:source 1 .", "triple terms"),
    "an RDF 1.2 annotation": ("a.ttl", _TTL % "<urn:a:1> <urn:a:2> <urn:a:3> {| dct:source 1 |} .", "triple terms"),
    "an RDF 1.2 triple in N-Triples": ("a.nt", "<urn:a:1> <urn:a:2> <<( <urn:a:1> <urn:a:2> <urn:a:3> )>> .\n", "triple terms"),
    "a remote context": ("a.jsonld", json.dumps({"@context": "http://127.0.0.1:9/c", **_LD}), "<http://127.0.0.1:9/c> is not fetched"),
    "a remote context among others": ("a.jsonld", json.dumps({"@context": [{}, "http://127.0.0.1:9/c"], **_LD}), "not fetched"),
    "an imported context": (
        "a.jsonld", json.dumps({"@context": {"@version": 1.1, "@import": "http://127.0.0.1:9/c"}, **_LD}), "<http://127.0.0.1:9/c> is not fetched",
    ),
    "a remote context further in": ("a.jsonld", json.dumps({"@graph": [{"@context": "http://127.0.0.1:9/c", **_LD}]}), "not fetched"),
    "a remote context of a term": (
        "a.jsonld", json.dumps({"@context": {"x": {"@id": "urn:x:y", "@context": "http://127.0.0.1:9/c"}}, **_LD, "x": {"y": 1}}), "not fetched",
    ),
    "JSON-LD cut off": ("a.jsonld", json.dumps(_LD)[:-1], ""),
    "JSON-LD with a keyword of the wrong type": ("a.jsonld", json.dumps({**_LD, "@id": 5}), ""),
    "a relative context in JSON-LD": ("a.jsonld", json.dumps({"@context": "context.jsonld", **_LD}), "not fetched"),
    # compression and archives
    "gzip cut off": ("a.json.gz", gzip.compress(_SOUND.encode() * 50)[:-20], "gzip"),
    "gzip with a wrong checksum": ("a.json.gz", gzip.compress(_SOUND.encode())[:-8] + b"\0" * 8, "gzip"),
    "gzip that is none": ("a.json.gz", _SOUND, "named as gzip, but is none"),
    "gzip with rubbish behind it": ("a.json.gz", gzip.compress(_SOUND.encode()) + b"rubbish", "gzip"),
    "only a gzip header": ("a.json.gz", gzip.compress(b"x")[:10], "gzip"),
    "tar that is none": ("a.tar", _SOUND, "named as a tar archive, but is none"),
    "gzipped JSON named as a tar archive": ("a.tar.gz", gzip.compress(_SOUND.encode()), "named as a tar archive, but is none"),
}  # fmt: skip


@pytest.mark.parametrize("case", _CASES)
def test_what_is_no_catalog_is_refused_in_one_line(tmp_path: Path, run: Callable[..., Ran], case: str) -> None:
    name, content, reason = _CASES[case]
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    assert_refused(run("import", str(tmp_path / name)), str(tmp_path / name), reason)


@pytest.mark.parametrize("case", _CASES)
def test_the_sound_file_beside_it_is_taken(tmp_path: Path, run: Callable[..., Ran], case: str) -> None:
    name, content, _ = _CASES[case]
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (tmp_path / "sound.json").write_text(json.dumps(record("sound")))
    ran = run("import", str(tmp_path / name), str(tmp_path / "sound.json"))
    assert ran.out == "1 created, 0 updated, 0 deleted, 0 unchanged, 1 refused\n"


_TAKEN: dict[str, tuple[str, bytes]] = {
    "JSON with a byte order mark": ("a.json", b"\xef\xbb\xbf" + _SOUND.encode()),
    "an array with a byte order mark": ("a.json", b"\xef\xbb\xbf [" + _SOUND.encode() + b"]"),
    "Turtle with a byte order mark": ("a.ttl", b"\xef\xbb\xbf" + (_TTL % '<urn:x:1> a dcat:Dataset ; dct:title "A" .').encode()),
    "N-Triples with a byte order mark": (
        "a.nt", b"\xef\xbb\xbf<urn:x:1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Dataset> .\n"
        b'<urn:x:1> <http://purl.org/dc/terms/title> "A" .\n',
    ),
    "JSON-LD with a byte order mark": ("a.jsonld", b"\xef\xbb\xbf" + json.dumps({"@id": "urn:x:1", **_LD}).encode()),
    "CRLF": ("a.json", json.dumps(record("1"), indent=1).replace("\n", "\r\n").encode()),
    "escaped surrogate pairs": ("a.json", rb'{"id": "1", "title": "\ud83d\udcca"}'),
    "RDF/XML in ISO-8859-1": ("a.rdf", ('<?xml version="1.0" encoding="ISO-8859-1"?>' + _RDF % "\xe9").encode("latin-1")),
    "RDF/XML in windows-1252": ("a.rdf", ("<?xml version='1.0' encoding='windows-1252'?>" + _RDF % "\u20ac").encode("cp1252")),
    "RDF/XML in UTF-16": ("a.rdf", ('<?xml version="1.0" encoding="UTF-16"?>' + _RDF % "\xe9").encode("utf-16")),
    "RDF/XML in UTF-8 with a mark": ("a.rdf", b"\xef\xbb\xbf" + (_RDF % "\xe9").encode()),
    "RDF/XML behind a comment": ("a.rdf", b"<!-- a comment -->" + (_RDF % "A").encode()),
    "gzip that is not named so": ("a.json", gzip.compress(_SOUND.encode())),
}  # fmt: skip


@pytest.mark.parametrize("case", _TAKEN)
def test_what_only_looks_odd_is_taken(tmp_path: Path, run: Callable[..., Ran], case: str) -> None:
    name, content = _TAKEN[case]
    (tmp_path / name).write_bytes(content)
    ran = run("import", str(tmp_path / name))
    assert (ran.status, ran.out, ran.err) == (0, "1 created, 0 updated, 0 deleted, 0 unchanged\n", "")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("ISO-8859-1", "\xe9t\xe9 \xdf"), ("windows-1252", "\u20ac \u201cx\u201d"), ("UTF-16", "\u6771\u4eac")],
)
def test_the_declared_encoding_of_xml_is_honoured(
    tmp_path: Path, run: Callable[..., Ran], encoding: str, text: str
) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?>' + _RDF % text
    (tmp_path / "a.rdf").write_bytes(document.encode(encoding))
    run("import", str(tmp_path / "a.rdf"))
    assert json.loads(run("show", "http://data.example/1").out)["title"] == text


def test_what_an_external_entity_names_is_not_read(tmp_path: Path, run: Callable[..., Ran]) -> None:
    (tmp_path / "secret").write_text("very secret")
    entity = f'<!DOCTYPE r [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'
    (tmp_path / "a.rdf").write_text(entity + _RDF % "A &e;")
    ran = run("import", str(tmp_path / "a.rdf"))
    assert "very secret" not in ran.err + ran.out


# --- the rest goes on ---


def test_bad_lines_among_good_ones_are_refused_by_their_number(tmp_path: Path, run: Callable[..., Ran]) -> None:
    lines = [
        _SOUND,
        "{",
        '{"id": 2}',
        "",
        json.dumps(record("3")),
        "7",
        "not json",
        '{"id": 8, "x": NaN}',
        json.dumps(record("9")),
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    ran = run("import", str(tmp_path / "a.jsonl"))
    assert ran.out == "3 created, 0 updated, 0 deleted, 0 unchanged, 5 refused\n"
    places = [line.removeprefix(f"{tmp_path}/a.jsonl: ").partition(":")[0] for line in ran.err.splitlines()]
    assert places == ["line 2", "line 3", "line 6", "line 7", "line 8"]


_BAD_RECORDS = ['{"id": 2, "title": ""}', "7", "null", "[]", '"x"', '{"id": 2, "title": "A", "x": 1e999}', '{"a": 1}',
                '{"id": 2, "title": "A", "x": NaN}', '{"id": 2, "title": "A", "x": -Infinity}',
                '{"id": 2, "title": "A", "x": %s}' % ("9" * 5_000)]  # fmt: skip


@pytest.mark.parametrize("bad", _BAD_RECORDS, ids=[bad[:40] for bad in _BAD_RECORDS])
def test_a_bad_record_in_an_array_is_refused_by_its_number_and_the_others_are_taken(
    tmp_path: Path, run: Callable[..., Ran], bad: str
) -> None:
    (tmp_path / "a.json").write_text(f"[{_SOUND},{bad},{json.dumps(record('3'))}]")
    ran = run("import", str(tmp_path / "a.json"))
    assert ran.out == "2 created, 0 updated, 0 deleted, 0 unchanged, 1 refused\n"
    assert "a.json: record 2: " in ran.err


@pytest.mark.parametrize("cut", [1, 5, 40, 80])
def test_of_an_array_that_is_cut_off_the_records_before_the_cut_are_taken(
    tmp_path: Path, run: Callable[..., Ran], cut: int
) -> None:
    document = json.dumps([record(str(number)) for number in range(5)])
    (tmp_path / "a.json").write_text(document[:-cut])
    ran = run("import", str(tmp_path / "a.json"))
    created = 5 if cut == 1 else 4
    assert ran.out == f"{created} created, 0 updated, 0 deleted, 0 unchanged, 1 refused\n"
    assert f"a.json: record {created}: " in ran.err or f"a.json: record {created + 1}: " in ran.err


@pytest.mark.parametrize("count", [100, 3_000])
def test_a_compressed_stream_that_is_cut_off_gives_what_came_before(
    tmp_path: Path, run: Callable[..., Ran], count: int
) -> None:
    # Digests, since what compresses to nothing cannot be cut in its middle.
    records = [record(sha256(str(number).encode()).hexdigest()) for number in range(count)]
    packed = gzip.compress(json.dumps(records).encode())
    (tmp_path / "a.json.gz").write_bytes(packed[: len(packed) * 9 // 10])
    ran = run("import", str(tmp_path / "a.json.gz"))
    assert ran.status == 1
    assert len(ran.err.splitlines()) == 1
    assert int(ran.out.split()[0]) > count // 2


def test_lines_are_lines_however_many_bad_ones_come_first(tmp_path: Path, run: Callable[..., Ran]) -> None:
    (tmp_path / "a.jsonl").write_text(f"not json\n{{\n{_SOUND}\n{json.dumps(record('2'))}\n")
    ran = run("import", str(tmp_path / "a.jsonl"))
    assert ran.out == "2 created, 0 updated, 0 deleted, 0 unchanged, 2 refused\n"
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == ["line 1", "line 2"]


@pytest.mark.parametrize("size", [1_000, 100_000, 262_144, 300_000, 1_000_000])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a"])
def test_lines_are_lines_however_long_the_first_one_is(
    tmp_path: Path, run: Callable[..., Ran], name: str, size: int
) -> None:
    lines = [json.dumps(record("1", description="x" * size)), json.dumps(record("2")), json.dumps(record("3"))]
    (tmp_path / name).write_text("\n".join(lines))
    assert run("import", str(tmp_path / name)).out == "3 created, 0 updated, 0 deleted, 0 unchanged\n"
