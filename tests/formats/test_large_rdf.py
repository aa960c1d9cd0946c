"""RDF of any size, its triples in any order: read with bounded memory, and as a small document is."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fcntl import LOCK_EX
from fcntl import flock as lock_as_ever
from pathlib import Path
from typing import IO

import pyoxigraph
import pytest

from benchmarks.turtle import catalog as turtle
from tests.conftest import Ran
from tests.formats.conftest import PREFIXES
from tests.formats.limited import assert_refused
from tests.formats.readings import assert_read_alike_from_disk, kept_on_disk, readings

_PEOPLE = """
:catalog a dcat:Catalog ; dcat:dataset :a, :b, :c ; dct:publisher :office ; dcat:service _:api, _:shared ;
    dcat:record [ a dcat:CatalogRecord ; foaf:primaryTopic :a ; dct:modified "2020-01-02" ; dct:identifier "a" ] .
:a a dcat:Dataset ; dct:title "A" ; dct:identifier "a" ; dct:publisher :office ; dct:isPartOf :catalog ; dct:relation :b .
:b a dcat:Dataset ; dct:title "B" ; dct:identifier "same" ; dcat:inSeries :series ; dct:publisher :office .
:c a dcat:Dataset, dcat:DatasetSeries ; dct:title "C" ; dct:identifier "same"@en ; dcat:distribution [ dct:title "D" ; dcat:accessService _:shared ] .
[] a dcat:Dataset ; dct:title "blank" ; dcat:landingPage :page .
[] a dcat:Dataset ; dct:title "blank" ; dcat:landingPage :page ; dct:description "another" .
_:api a dcat:DataService ; dct:title "API" ; dcat:servesDataset :a, :b ; dcat:endpointURL :endpoint .
_:shared a dcat:DataService ; dct:title "Shared" ; dcat:servesDataset :c, :a .
:series a dcat:DatasetSeries ; dct:title "Series" . :also a dcat:DataSeries ; dct:title "Also" .
:office foaf:name "Office", "Amt"@de ; foaf:member :a, :c . :nobody foaf:name "Nobody" ; foaf:knows [ foaf:name "No one" ] .
"""


def _shuffled(turtle: str, seed: int) -> bytes:
    quads = [*pyoxigraph.parse(turtle, pyoxigraph.RdfFormat.TURTLE)]
    quads += quads[::3]
    random.Random(seed).shuffle(quads)
    return b"".join(f"{quad.subject} {quad.predicate} {quad.object} .\n".encode() for quad in quads)


_DOCUMENTS = {
    "one of everything": PREFIXES + _PEOPLE,
    "a portal's catalog": "".join(turtle(40)),
}


@pytest.mark.parametrize("name", _DOCUMENTS)
@pytest.mark.parametrize("segment_triples", [1, 7, 1000])
def test_triples_in_any_order_say_the_same_from_disk_as_from_memory(
    tmp_path: Path, name: str, segment_triples: int
) -> None:
    path = tmp_path / "a.nt"
    for seed in range(3):
        path.write_bytes(_shuffled(_DOCUMENTS[name], seed))
        in_memory = readings(path)
        assert len(in_memory) > 8
        with kept_on_disk(segment_triples):
            assert readings(path) == in_memory


def test_relative_iris_say_the_same_from_disk_as_from_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    relative = PREFIXES.replace("http://data.example/", "") + _PEOPLE.replace(":office foaf", "_:office foaf")
    path.write_text(relative + ':a dct:title "foo"; dct:identifier <foo>, "office" .')
    assert len(readings(path)) >= 8
    assert_read_alike_from_disk(path, None)


_HEAD = PREFIXES + ':a a dcat:Dataset ; dct:title "A" .\n'
#: A document in each serialisation, and how it goes on after more than is kept in memory.
_FILLING = {
    "a.ttl": (_HEAD, ":n%d :is %d .\n"),
    "a.n3": (_HEAD, ":n%d :is %d .\n"),
    "a.trig": (_HEAD, ":n%d :is %d .\n"),
    "a.nt": ("", '<urn:n:%d> <urn:x:is> "%d" .\n'),
    "a.nq": ("", '<urn:n:%d> <urn:x:is> "%d" <urn:x:graph> .\n'),
    "a.rdf": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="urn:x:">\n',
        '<rdf:Description rdf:about="urn:n:%d"><x:is>%d</x:is></rdf:Description>\n',
    ),
}


@pytest.mark.parametrize("name", _FILLING)
def test_damage_in_the_middle_of_a_large_document_is_named_by_its_line_and_nothing_of_it_is_taken(
    tmp_path: Path, run: Callable[..., Ran], name: str
) -> None:
    head, line = _FILLING[name]
    sound = head + "".join(line % (number, number) for number in range(1000))
    (tmp_path / name).write_text(sound + "<<< damaged\n" + line % (0, 0))
    with kept_on_disk():
        ran = run("import", str(tmp_path / name))
    assert_refused(ran, name, f"line {sound.count(chr(10)) + 1}")
    assert ran.out.startswith("0 created")


def _catalog_file(folder: Path, datasets: int) -> Path:
    path = folder / f"{datasets}.ttl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(turtle(datasets))
    return path


_READ = """
import resource, sys
from dcip_server import formats
from dcip_server.formats.document import Document
from dcip_server.formats.rdf import documents
documents.IN_MEMORY_BYTES = 1 << 16
with open(sys.argv[1], "rb") as stream:
    count = sum(item.entity is not None for item in formats.parse(Document("a", stream, "ttl"), None, 1 << 28))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def test_memory_does_not_grow_with_the_document(tmp_path: Path) -> None:
    peaks = []
    for datasets in (2_000, 8_000):
        path = _catalog_file(tmp_path, datasets)
        done = subprocess.run([sys.executable, "-c", _READ, str(path)], capture_output=True, check=True, text=True)
        count, peak = map(int, done.stdout.split())
        assert count == datasets
        peaks.append(peak)
    # The larger file has 9 MB more.
    assert peaks[1] - peaks[0] < 6 << 20


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A document that is too large for memory."""
    (tmp_path / "tmp").mkdir()
    path = tmp_path / "large.ttl"
    path.write_text(_HEAD + "# filling\n" * 1_000_000)
    return path


def _import(path: Path, preexec_fn: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "dcip_server",
        "--database",
        f"sqlite:///{path.parent}/catalog.db",
        "import",
        str(path),
    ]
    return subprocess.Popen(
        command,
        preexec_fn=preexec_fn,
        env={**os.environ, "TMPDIR": str(path.parent / "tmp")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _left_behind(path: Path) -> list[Path]:
    return list((path.parent / "tmp").glob("dcip-import-*"))


def test_a_document_for_which_the_temporary_folder_has_no_room_is_refused_in_one_line(large: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))

    with _import(large, limit) as process:
        out, err = process.communicate(timeout=60)
    assert_refused(Ran(process.returncode, out, err), "large.ttl", f"in the temporary folder {large.parent}/tmp")
    assert _left_behind(large) == []


def test_nothing_is_left_in_the_temporary_folder(large: Path) -> None:
    with _import(large) as process:
        out, err = process.communicate(timeout=60)
    assert (out, err) == ("1 created, 0 updated, 0 deleted, 0 unchanged\n", "")
    assert _left_behind(large) == []


def test_what_a_killed_import_left_in_the_temporary_folder_goes_with_the_next(large: Path) -> None:
    with _import(large) as process:
        for _ in _until(30):
            if _left_behind(large):
                break
        process.kill()
    assert _left_behind(large)
    with _import(large) as process:
        process.communicate(timeout=60)
    assert _left_behind(large) == []


def test_an_import_that_was_killed_before_it_locked_its_folder_leaves_none_either(large: Path) -> None:
    (large.parent / "tmp" / "dcip-import-early").mkdir(parents=True)
    (large.parent / "tmp" / "dcip-import-mine").mkdir()
    (large.parent / "tmp" / "dcip-import-mine" / "kept").write_bytes(b"")
    with _import(large) as process:
        process.communicate(timeout=60)
    assert process.returncode == 0
    # What is no import's is nobody's to remove.
    assert [path.name for path in _left_behind(large)] == ["dcip-import-mine"]


def _until(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.002)


def test_a_folder_is_not_taken_for_abandoned_by_another_import_that_starts_at_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(PREFIXES + _PEOPLE)
    due = readings(path)
    others: list[Path] = []

    def lock_late(file: IO[bytes], how: int) -> None:
        if how == LOCK_EX and not others:
            others.append(path)
            with kept_on_disk():
                assert readings(path) == due
        lock_as_ever(file, how)

    monkeypatch.setattr("dcip_server.formats.rdf.documents.flock", lock_late)
    with kept_on_disk():
        assert readings(path) == due
    assert others == [path]


def test_a_record_of_which_more_is_said_than_may_be_in_memory_is_refused_and_the_rest_is_taken(
    tmp_path: Path, run: Callable[..., Ran]
) -> None:
    more = "".join(f':a dcat:keyword "{number} {"x" * 500}" .\n' for number in range(2_000))
    (tmp_path / "a.ttl").write_text(_HEAD + more + ':b a dcat:Dataset ; dct:title "B" .\n')
    with kept_on_disk(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DCIP_IMPORT_MAX_RECORD_BYTES", "500000")
        ran = run("import", str(tmp_path / "a.ttl"))
    assert_refused(ran, "http://data.example/a", "more than 500000 bytes are said of")
    assert ran.out.startswith("1 created")


def test_prefixes_that_make_a_small_document_huge_are_refused(tmp_path: Path, run: Callable[..., Ran]) -> None:
    long = "x" * 1_000_000
    statements = "".join(f"p:a{number} p:b p:c{number} .\n" for number in range(200))
    (tmp_path / "a.ttl").write_text(f"@prefix p: <http://{long}/> .\n{statements}")
    with kept_on_disk():
        ran = run("import", str(tmp_path / "a.ttl"))
    assert_refused(ran, "a.ttl", "its statements in full take more than")
