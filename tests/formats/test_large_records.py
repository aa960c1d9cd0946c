"""Very large records: taken, or refused in one line, in bounded time and memory."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.formats.limited import assert_refused, import_limited, run_limited
from tests.records import record


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
        assert len(run_limited(tmp_path / "catalog.db", "show", "http://data.example/1").out) > 20 << 20


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


def test_one_large_record_does_not_slow_down_the_many_behind_it(tmp_path: Path) -> None:
    large = json.dumps(record("0", description="x" * (16 << 20)))
    small = json.dumps({"pad": "x" * 1000})
    document = f"[{large}{f',{small}' * 20_000}]".encode()
    began = time.monotonic()
    ran = import_limited(tmp_path, document, "records.json")
    assert time.monotonic() - began < 15
    assert (ran.status, ran.out) == (1, "1 created, 0 updated, 0 deleted, 0 unchanged, 20000 refused\n")
