"""Every kind of source: files, folders, globs, archives, standard input and URLs."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dcip_server.addresses import is_public
from tests.conftest import Ran
from tests.records import record

Run = Callable[..., Ran]

_JSON = json.dumps(record("json")).encode()
_TTL = b'<http://data.example/ttl> a <http://www.w3.org/ns/dcat#Dataset> ; <http://purl.org/dc/terms/title> "A" .'
_RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://www.w3.org/ns/dcat#">
<d:Dataset rdf:about="d/1"><t:title xmlns:t="http://purl.org/dc/terms/">A</t:title></d:Dataset></rdf:RDF>"""
_CKAN = json.dumps({"id": "ckan", "title": "A", "owner_org": "o"}).encode()


def created(count: int) -> str:
    return f"{count} created, 0 updated, 0 deleted, 0 unchanged\n"


# --- files, folders, globs ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three catalog files in two levels, and files that are none."""
    folder = tmp_path / "in"
    (folder / "b" / "c").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    (folder / "a.json").write_bytes(_JSON)
    (folder / "b" / "x.TTL").write_bytes(_TTL)
    (folder / "b" / "c" / "y.json.gz").write_bytes(gzip.compress(_CKAN))
    for name in ("README.md", "b/data.csv", ".hidden/z.json", "b/.z.json", "notes.geojson"):
        (folder / name).write_text("not a catalog")
    return folder


def test_a_folder_is_read_whole_but_for_hidden_files_and_those_of_other_kinds(run: Run, folder: Path) -> None:
    ran = run("import", str(folder))
    assert (ran.status, ran.out) == (0, created(3))
    assert "files passed over" in ran.err


def test_a_folder_without_catalogs_gives_nothing_and_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "data.csv").write_text("a,b")
    ran = run("import", str(tmp_path / "in"))
    assert ran.out.startswith("0 created")
    assert "1 files passed over" in ran.err


@pytest.mark.parametrize(
    ("pattern", "count"), [("*.json", 1), ("**/*.TTL", 1), ("b/*", 1), ("**/*.*", 3), ("[ab].json", 1), ("a.?son", 1)]
)
def test_a_glob_is_resolved(run: Run, folder: Path, pattern: str, count: int) -> None:
    for name in ("README.md", "b/data.csv", "notes.geojson"):
        (folder / name).unlink()
    assert run("import", str(folder / pattern)).out == created(count)


def test_a_glob_that_matches_nothing_is_a_failure(run: Run, folder: Path) -> None:
    ran = run("import", f"{folder}/*.xml")
    assert (ran.status, ran.err) == (1, f"{folder}/*.xml: no file matches\n")


def test_a_file_that_is_named_like_a_glob_is_that_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a[1].json").write_bytes(_JSON)
    assert run("import", str(tmp_path / "a[1].json")).out == created(1)


def test_sources_of_all_kinds_are_one_import(run: Run, folder: Path) -> None:
    ran = run("import", str(folder / "a.json"), str(folder / "b"), "-", stdin=json.dumps(record("stdin")).encode())
    assert ran.out == created(4)


_HOSTILE_NAMES = [
    "a\nb.json",
    "a\rb.json",
    "a\x1b]0;title\x07b.json",
    "a\x1b[2Jb.json",
    "a\x9b31mb.json",
    "a\u202eb.json",
    "a\tb.json",
    "\u2028.json",
    "\xe9\U0001f4ca.json",
]


@pytest.mark.parametrize("name", _HOSTILE_NAMES, ids=ascii)
def test_a_file_s_name_cannot_write_to_the_terminal(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{")
    for arguments in (["--verbose", str(tmp_path / name)], [str(tmp_path)], [str(tmp_path / ("missing" + name))]):
        ran = run("import", *arguments)
        lines = ran.err.removesuffix("\n").split("\n")
        assert len(lines) == (2 if "--verbose" in arguments or arguments == [str(tmp_path)] else 1), ran.err
        assert all(line.isprintable() for line in lines)


def test_a_file_s_name_that_is_no_unicode_is_read_and_reported(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a\udcff.json"
    path.write_bytes(_JSON)
    assert run("import", str(path)).out == created(1)
    path.write_text("{")
    assert run("import", str(path)).status == 1


# --- archives ---


def _tar(mode: str, *members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return packed.getvalue()


_MEMBERS = (
    ("a.json", _JSON),
    ("b/c.ttl", _TTL),
    ("../../d.json.gz", gzip.compress(_CKAN)),
    ("data.csv", b"a,b"),
    (".x.json", b"{"),
)


@pytest.mark.parametrize(
    ("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz"), ("a", "w"), ("a.json", "w:gz")]
)
def test_the_catalog_files_in_an_archive_are_read_where_they_lie(
    run: Run, tmp_path: Path, name: str, mode: str
) -> None:
    (tmp_path / name).write_bytes(_tar(mode, *_MEMBERS))
    assert run("import", str(tmp_path / name)).out == created(3)
    assert not (tmp_path.parent / "d.json.gz").exists()


def test_a_bad_member_is_named_and_the_others_are_taken(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(
        _tar("w", ("a.json", _JSON), ("bad.json", b"{"), ("c.ttl", _TTL), ("d.json.gz", b"no gzip"))
    )
    ran = run("import", str(tmp_path / "a.tar"))
    assert ran.out == "2 created, 0 updated, 0 deleted, 0 unchanged, 2 refused\n"
    assert [line.partition(": ")[0] for line in ran.err.splitlines()] == [
        f"{tmp_path}/a.tar!bad.json",
        f"{tmp_path}/a.tar!d.json.gz",
    ]


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_of_an_archive_that_is_cut_off_the_members_before_the_cut_are_taken(
    run: Run, tmp_path: Path, mode: str
) -> None:
    many = json.dumps([record(sha256(str(number).encode()).hexdigest()) for number in range(500)]).encode()
    packed = _tar(mode, ("a.json", _JSON), ("b.json", many))
    (tmp_path / "a.tar").write_bytes(packed[: len(packed) // 2 if mode == "w:gz" else 20_000])
    ran = run("import", str(tmp_path / "a.tar"))
    assert ran.status == 1
    assert len(ran.err.splitlines()) == 1
    assert int(ran.out.split()[0]) > 1


@pytest.mark.parametrize("size", [512, 1024, 1536, 1700, 2560, 3000, 4608, 5120, 5400])
def test_an_archive_that_is_cut_off_anywhere_deletes_nothing(run: Run, tmp_path: Path, size: int) -> None:
    packed = _tar("w", *((f"{number}.json", json.dumps(record(str(number))).encode()) for number in range(5)))
    (tmp_path / "a.tar").write_bytes(packed)
    assert run("import", str(tmp_path / "a.tar")).out == created(5)
    (tmp_path / "a.tar").write_bytes(packed[:size])
    ran = run("import", "--sync", str(tmp_path / "a.tar"))
    assert ran.status == 1
    assert " 0 deleted, " in ran.out
    assert " cut off" in ran.err


@pytest.mark.parametrize(
    ("name", "content", "compression"),
    [("a.json.bz2", bz2.compress(_JSON), "bzip2"), ("a.json.xz", lzma.compress(_JSON), "xz"), ("a.zip", b"PK\x03\x04", "zip")],
)  # fmt: skip
def test_another_compression_is_named(run: Run, tmp_path: Path, name: str, content: bytes, compression: str) -> None:
    (tmp_path / name).write_bytes(content)
    ran = run("import", str(tmp_path / name))
    assert ran.status == 1
    assert ran.err == f"{tmp_path / name}: compressed with {compression}; gzip is read, and what is not compressed\n"


def test_a_url_of_another_scheme_is_refused_as_such(run: Run) -> None:
    ran = run("import", "ftp://data.example/a.json")
    assert (ran.status, ran.err) == (
        1, "ftp://data.example/a.json: only http and https URLs can be fetched, not ftp://\n",
    )  # fmt: skip


# --- standard input ---


@pytest.mark.parametrize(
    "content", [_JSON, gzip.compress(_JSON), _TTL, _RDF, b"[" + _JSON + b"]", _CKAN, _tar("w:gz", ("a.json", _JSON))]
)
def test_standard_input_is_read_as_a_file_would_be(run: Run, content: bytes) -> None:
    assert run("import", "-", stdin=content).out == created(1)


def test_what_is_wrong_with_standard_input_is_named_as_such(run: Run) -> None:
    ran = run("import", "-", stdin=b"")
    assert (ran.status, ran.err) == (1, "standard input: empty\n")


# --- URLs ---


class _Answers(BaseHTTPRequestHandler):
    """Answers by path from ``self.server.answers``: status, headers, body."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))  # type: ignore[attr-defined] - set below
        status, headers, body = self.server.answers[self.path]  # type: ignore[attr-defined] - set below
        self.send_response(status)
        length = {} if "Transfer-Encoding" in headers else {"Content-Length": str(len(body))}
        for name, value in (length | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


class Web:
    """A web server of the test's own."""

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.server.asked, self.server.answers = self.asked, self.answers  # type: ignore[attr-defined] - for the handler
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.server.shutdown()
    web.server.server_close()


def test_a_url_is_fetched_politely(run: Run, web: Web) -> None:
    web.answers["/a.json?x=1"] = (200, {"Content-Type": "application/json"}, _JSON)
    assert run("import", f"{web.url}/a.json?x=1#fragment").out == created(1)
    ((path, headers),) = web.asked
    assert path == "/a.json?x=1"
    assert headers["User-Agent"].startswith("dcip-server/")
    assert "text/turtle" in headers["Accept"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/turtle", _TTL), ("application/rdf+xml; charset=utf-8", _RDF), ("application/ld+json", b'{"@id": "urn:x:1", "@type": "http://www.w3.org/ns/dcat#Dataset", "http://purl.org/dc/terms/title": "A"}'),
        ("application/json; charset=utf8", _JSON), ("text/n3", _TTL), ("text/plain", _JSON), ("application/octet-stream", gzip.compress(_TTL)),
        ("text/html", _JSON), ("", _TTL), ("nonsense", _JSON),
    ],
)  # fmt: skip
def test_the_content_type_decides_where_the_address_tells_nothing(
    run: Run, web: Web, content_type: str, body: bytes
) -> None:
    web.answers["/catalog"] = (200, {"Content-Type": content_type} if content_type else {}, body)
    assert run("import", f"{web.url}/catalog").out == created(1)


def test_the_content_type_wins_over_the_extension_of_the_address(run: Run, web: Web) -> None:
    context = b'{"@context": {"@vocab": "urn:v:"}, "@id": "urn:x:1", "@type": "http://www.w3.org/ns/dcat#Dataset", "http://purl.org/dc/terms/title": "A"}'
    web.answers["/a.ttl"] = (200, {"Content-Type": "application/ld+json"}, context)
    assert run("import", f"{web.url}/a.ttl").out == created(1)


def test_relative_iris_are_resolved_against_the_address_where_the_document_was_found(run: Run, web: Web) -> None:
    web.answers["/old"] = (302, {"Location": "/deep/catalog"}, b"")
    web.answers["/deep/catalog"] = (200, {"Content-Type": "application/rdf+xml"}, _RDF)
    run("import", f"{web.url}/old")
    assert json.loads(run("show", f"{web.url}/deep/d/1").out)["title"] == "A"


def test_an_answer_in_chunks_is_read_whole(run: Run, web: Web) -> None:
    web.answers["/a"] = (
        200,
        {"Transfer-Encoding": "chunked"},
        b"3\r\n" + _JSON[:3] + b"\r\n%x\r\n" % (len(_JSON) - 3) + _JSON[3:] + b"\r\n0\r\n\r\n",
    )
    assert run("import", f"{web.url}/a").out == created(1)


def test_an_answer_that_is_compressed_unasked_is_unpacked(run: Run, web: Web) -> None:
    web.answers["/a.json"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(_JSON))
    assert run("import", f"{web.url}/a.json").out == created(1)


def test_an_endless_answer_ends_at_the_limit(run: Run, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCIP_IMPORT_MAX_BYTES", "1000")
    web.answers["/a"] = (200, {}, b" " * 1001)
    ran = run("import", f"{web.url}/a")
    assert (ran.status, ran.err) == (1, f"{web.url}/a: unpacks to more than 1000 bytes (IMPORT_MAX_BYTES)\n")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(run: Run, web: Web, status: int) -> None:
    web.answers["/1"] = (status, {"Location": "2"}, b"")
    web.answers["/2"] = (status, {"Location": f"{web.url}/3"}, b"")
    web.answers["/3"] = (200, {}, _JSON)
    assert run("import", f"{web.url}/1").out == created(1)


_FAILURES: dict[str, tuple[int, dict[str, str], bytes, str]] = {
    "not found": (404, {}, b"", "status 404"),
    "an error with a catalog as body": (500, {}, _JSON, "status 500"),
    "no content": (204, {}, b"", "status 204"),
    "not modified": (304, {}, b"", "status 304"),
    "a redirect to nowhere": (302, {}, b"", "status 302"),
    "redirects in a circle": (302, {"Location": "/a"}, b"", "redirects"),
    "a redirect to a file": (302, {"Location": "file:///etc/passwd"}, b"", "only http and https"),
    "a redirect to no URL": (302, {"Location": "http://[x"}, b"", ""),
    "cut off": (200, {"Content-Length": str(len(_JSON) + 7)}, _JSON, "7 bytes are missing"),
    "chunks cut off": (200, {"Transfer-Encoding": "chunked"}, b"%x\r\n" % (len(_JSON) + 9) + _JSON, ""),
    "chunks that are none": (200, {"Transfer-Encoding": "chunked"}, b"zz\r\n" + _JSON, ""),
    "longer than it says": (200, {"Content-Length": "20"}, _JSON, "malformed JSON"),
    "empty": (200, {}, b"", "empty"),
    "an HTML page": (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><p>Log in", "an HTML page"),
}  # fmt: skip


@pytest.mark.parametrize("case", _FAILURES)
def test_whatever_is_no_complete_answer_is_a_failure_of_that_source_alone(
    run: Run, web: Web, tmp_path: Path, case: str
) -> None:
    status, headers, body, reason = _FAILURES[case]
    web.answers["/a"] = (status, headers, body)
    (tmp_path / "b.ttl").write_bytes(_TTL)
    ran = run("import", f"{web.url}/a", str(tmp_path / "b.ttl"))
    assert (ran.status, ran.out) == (1, created(1).replace("\n", ", 1 refused\n"))
    assert len(ran.err.splitlines()) == 1
    assert ran.err.startswith(f"{web.url}/a: ")
    assert reason in ran.err


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x",
        "http://no-such-host.invalid/",
        "http://",
        "http://[::1",
        "https://127.0.0.1:1/",
        "http://127.0.0.1:99999/",
    ],
)
def test_a_url_that_cannot_be_reached_is_one_line(run: Run, url: str) -> None:
    ran = run("import", url)
    assert (ran.status, len(ran.err.splitlines())) == (1, 1)
    assert ran.err.startswith(url)


@pytest.mark.parametrize("location", ["/a\x1b]0;evil\x07", "http://x\x9b2J.invalid/"])
def test_a_redirect_cannot_write_to_the_terminal(run: Run, web: Web, location: str) -> None:
    web.answers["/a"] = (302, {"Location": location}, b"")
    web.answers["/a%1B]0;evil%07"] = (404, {}, b"")
    ran = run("import", f"{web.url}/a")
    assert ran.status == 1
    assert all(line.isprintable() for line in ran.err.splitlines())


def test_sync_of_an_answer_that_is_cut_off_deletes_nothing(run: Run, web: Web) -> None:
    web.answers["/a"] = (200, {}, json.dumps([record("1"), record("2")]).encode())
    run("import", f"{web.url}/a")
    web.answers["/a"] = (200, {"Content-Length": "100000"}, json.dumps([record("1")]).encode())
    assert run("import", "--sync", f"{web.url}/a").status == 1
    assert run("show", "2").status == 0
    web.answers["/a"] = (200, {}, json.dumps([record("1")]).encode())
    assert run("import", "--sync", f"{web.url}/a").status == 0
    assert run("show", "2").status == 1


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("93.184.216.34", True), ("2606:4700::1111", True), ("::ffff:8.8.8.8", True),
        ("127.0.0.1", False), ("127.8.9.1", False), ("0.0.0.0", False), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("224.0.0.1", False), ("255.255.255.255", False), ("192.0.2.1", False), ("240.0.0.1", False),
        ("::1", False), ("::", False), ("fe80::1", False), ("fe80::1%eth0", False), ("fc00::1", False), ("ff02::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("::127.0.0.1", False),
    ],
)  # fmt: skip
def test_only_addresses_that_everyone_can_reach_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public
