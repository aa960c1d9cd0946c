"""``validate --online`` against real servers on this machine: hosting, liveness, politeness, and addresses that are not asked.

Names are resolved by the tests: ``private.example.org`` leads to 127.0.0.2, and other names to 127.0.0.1, which
counts as a public address here.
"""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dcip_server.harvest import fetch
from dcip_server.harvest.network import Network
from dcip_server.validation import Context, Report, validate
from tests.conftest import Ran
from tests.validation.test_ib1_rules import _DATASET, _MEMBER, _SERVICE

_HOST = "public.example.org"
_REAL_GETADDRINFO = socket.getaddrinfo


class _Handler(BaseHTTPRequestHandler):
    """Answers by the path. ``asked`` are method and path of all requests; ``most`` is how many there were at once."""

    asked: ClassVar[list[str]] = []
    bodies: ClassVar[dict[str, tuple[str, bytes]]] = {}
    ranges: ClassVar[list[str | None]] = []
    credentials: ClassVar[list[str | None]] = []
    now: ClassVar[Counter[str]] = Counter()
    most: ClassVar[Counter[str]] = Counter()
    lock: ClassVar[threading.Lock] = threading.Lock()

    def do_GET(self) -> None:
        host = self.headers["Host"]
        with self.lock:
            self.asked.append(f"{self.command} {self.path}")
            self.ranges.append(self.headers["Range"])
            self.credentials.append(self.headers["Authorization"] or self.headers["Cookie"])
            self.now[host] += 1
            self.most[host] = max(self.most[host], self.now[host])
        try:
            getattr(self, "answer_" + self.path.strip("/").partition("/")[0].replace("-", "_"))()
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            with self.lock:
                self.now[host] -= 1

    do_HEAD = do_GET  # noqa: N815 - as http.server has it

    def _send(self, status: int, type: str | None = "text/csv", body: bytes = b"a,b\n", **headers: str) -> None:
        self.send_response(status)
        if type is not None:
            self.send_header("Content-Type", type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_ok(self) -> None:
        self._send(200)

    def answer_body(self) -> None:
        type, body = self.bodies[self.path]
        self._send(200, type or None, body)

    def answer_status(self) -> None:
        status = int(self.path.rpartition("/")[2])
        self._send(status, WWW_Authenticate="Basic") if status == 401 else self._send(status)

    def answer_no_head(self) -> None:
        self._send(405 if self.command == "HEAD" else 200)

    def answer_redirect(self) -> None:
        self._send(302, Location=self.path.removeprefix("/redirect") or "/redirect")

    def answer_loop(self) -> None:
        self._send(302, Location="/loop")

    def answer_elsewhere(self) -> None:
        self._send(302, Location=f"{self.server.scheme}://private.example.org:{self.server.server_port}/ok")  # type: ignore[attr-defined]  # set below

    def answer_metadata(self) -> None:
        self._send(302, Location="http://169.254.169.254/latest/meta-data/")

    def answer_pause(self) -> None:
        time.sleep(0.05)
        self._send(200)

    def answer_silent(self) -> None:
        time.sleep(1.5)

    def answer_slow(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/turtle")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(30):
            self.wfile.write(b"#")
            self.wfile.flush()
            time.sleep(0.05)

    def answer_endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/turtle")
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b"# " + b"x" * (1 << 16))

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of its own making for public.example.org, with its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", f"/CN={_HOST}", "-addext", f"subjectAltName=DNS:{_HOST}", "-keyout", "key.pem", "-out", "cert.pem",
    ]  # fmt: skip
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return both


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Addresses by name, which the tests may change."""
    addresses = {"private.example.org": "127.0.0.2"}

    def resolve(host: str, *arguments: Any, **options: Any) -> Any:
        known = addresses.get(host, "127.0.0.1" if host.endswith(".example.org") else host)
        return _REAL_GETADDRINFO(known, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(fetch, "is_public", lambda address: address == "127.0.0.1")
    return addresses


@pytest.fixture(params=["https", "http"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(scheme: str, certificate: Path, resolved: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that listens at 127.0.0.1 and 127.0.0.2; over https its certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = ThreadingHTTPServer(("0.0.0.0", 0), _Handler)
    server.scheme = scheme  # type: ignore[attr-defined]  # for the handler
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that go away are what is tested
    if scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    for kept in (_Handler.asked, _Handler.ranges, _Handler.credentials, _Handler.bodies, _Handler.now, _Handler.most):
        kept.clear()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"{scheme}://{_HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _check(text: str, profile: str = "ib1-open-data", **options: Any) -> Report:
    network = Network(**options)
    return validate(text.encode(), profile, Context(member=_MEMBER, fetcher=network), extension="ttl")


def _network_rules(report: Report) -> list[str]:
    """What is said of the network but for schemas and the Registry's documents, which are nowhere here (H-12)."""
    return [f.rule[4:] for f in report.findings if f.rule[4] == "H" and f.rule != "IB1-H-12"]


# --- downloads ---

#: The path of a download, the rules of its findings, and the requests that were made for it.
_DOWNLOADS = [
    ("/ok", [], ["HEAD"]),
    ("/status/404", ["H-07"], ["HEAD", "GET"]),
    ("/status/410", ["H-07"], ["HEAD", "GET"]),
    ("/status/401", ["H-06"], ["HEAD"]),
    ("/status/403", ["H-06"], ["HEAD"]),
    ("/status/503", ["H-08"], ["HEAD", "GET"]),
    ("/status/429", ["H-08"], ["HEAD", "GET"]),
    ("/no-head", ["H-08"], ["HEAD", "GET"]),
    ("/redirect/ok", ["H-09"], ["HEAD", "HEAD"]),
    ("/loop", ["H-08"], ["HEAD", "GET"]),
    ("/elsewhere", ["H-10"], ["HEAD"]),
    ("/metadata", ["H-10"], ["HEAD"]),
    ("/silent", ["H-08"], ["HEAD", "GET"]),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["http"], indirect=True)
@pytest.mark.parametrize(("path", "rules", "requests"), _DOWNLOADS)
def test_a_download_is_asked_for_its_head_and_then_for_one_byte(
    site: str, path: str, rules: list[str], requests: list[str]
) -> None:
    timeout_s = 0.5 if path == "/silent" else 10.0
    text = _DATASET.replace("https://files.example.org/trees.csv", site + path)
    report = _check(text, timeout_s=timeout_s)
    assert _network_rules(report) == rules
    assert [request.split()[0] for request in _Handler.asked] == requests
    # The byte alone is asked for, and what both tries gave is reported.
    assert {asked for asked in _Handler.ranges if asked} == ({"bytes=0-0"} if "GET" in requests else set())
    if "GET" in requests:
        (said,) = (f.message for f in report.findings if f.rule[4:] in rules)
        assert "HEAD " in said
        assert "GET of one byte " in said
    assert set(_Handler.credentials) == {None}


@pytest.mark.parametrize("scheme", ["http"], indirect=True)
def test_a_name_that_leads_to_another_address_later_is_looked_at_again(site: str, resolved: dict[str, str]) -> None:
    network = Network()
    assert network.request("HEAD", f"{site}/ok", 0).status == 200
    resolved[_HOST] = "127.0.0.2"
    assert network.request("HEAD", f"{site}/ok?again", 0).error == "private"
    assert _Handler.asked == ["HEAD /ok"]


@pytest.mark.parametrize("scheme", ["http"], indirect=True)
def test_many_downloads_are_asked_at_once_but_few_of_one_host_and_none_twice(site: str) -> None:
    hosts = [_HOST, *(f"h{number}.example.org" for number in range(5))]
    links = [site.replace(_HOST, host) + f"/pause/{number % 6}" for number, host in enumerate(hosts * 12)]
    nodes = "".join(
        f'<https://data.example.org/{number}> a dcat:Distribution ; dcat:downloadURL <{link}> ; dcat:mediaType "text/csv" .\n'
        for number, link in enumerate(links)
    )
    listed = ", ".join(f"<https://data.example.org/{number}>" for number in range(len(links)))
    text = _DATASET.replace("dcat:distribution <", f"dcat:distribution {listed} , <") + nodes
    began = time.monotonic()
    report = _check(text.replace("https://files.example.org/trees.csv", f"{site}/ok"))
    took_s = time.monotonic() - began
    assert _network_rules(report) == []
    # Each address was asked once, though several distributions have it.
    asked = len(_Handler.asked)
    assert asked == len(set(links)) + 1
    assert max(_Handler.most.values()) == 2
    # One after the other they would take at least this long.
    assert took_s < 0.05 * asked


@pytest.mark.parametrize("scheme", ["http"], indirect=True)
def test_what_is_kept_of_answers_is_bounded(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcip_server.harvest.network._MAX_HELD_BYTES", 25)
    for name in "abc":
        _Handler.bodies[f"/body/{name}"] = ("text/turtle", name.encode() * 10)
    network = Network()
    for name in "abccba":
        assert network.request("GET", f"{site}/body/{name}", 100).body == name.encode() * 10
    # The oldest had to go when the third came.
    assert _Handler.asked == [f"GET /body/{name}" for name in "abca"]


# --- hosting ---

#: Content-Type and path (or the file itself, where it is empty), and the rule that refuses the file; "" where it is taken.
_FILES = [
    ("text/turtle", "", ""),
    ("text/turtle; charset=utf-8", "", ""),
    ("text/plain", "", "H-04"),
    ("", "", "H-04"),
    ("application/ld+json", "", "H-04"),
    ("text/turtle", "/redirect/body/catalog", "H-02"),
    ("text/turtle", "/status/404", "H-02"),
    ("text/turtle", "/status/503", "H-02"),
    ("text/turtle", "/status/206", "H-02"),
    ("text/turtle", "/status/401", "H-03"),
    ("text/turtle", "/status/403", "H-03"),
    ("text/turtle", "/endless", "F-09"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["https"], indirect=True)
@pytest.mark.parametrize(("type", "path", "rule"), _FILES)
def test_a_file_is_fetched_from_where_it_is_published(
    site: str, type: str, path: str, rule: str, run: Callable[..., Ran]
) -> None:
    text = _DATASET.replace("https://files.example.org/trees.csv", f"{site}/ok")
    _Handler.bodies["/body/catalog"] = (type, text.encode())
    source = site + (path or "/body/catalog")
    ran = run("validate", "--profile", "ib1-open-data", "--online", "--json", source)
    report = json.loads(ran.out)
    assert [f["rule"] for f in report["findings"] if f["severity"] == "E"] == ([f"IB1-{rule}"] if rule else [])
    assert (ran.status, len(report["entries"])) == ((1, 0) if rule else (0, 1))
    if not rule:
        assert report["unchecked"] == []
        assert sorted(_Handler.asked) == ["GET /body/catalog", "HEAD /ok"]
    elif path:
        assert _Handler.asked == [f"GET {path}"]


@pytest.mark.parametrize("scheme", ["https"], indirect=True)
@pytest.mark.parametrize(("path", "timeout_s", "rule"), [("/slow", 0.5, "H-02"), ("/silent", 0.3, "H-02")])
def test_a_file_that_comes_too_slowly_is_not_waited_for(site: str, path: str, timeout_s: float, rule: str) -> None:
    context = Context(file_url=site + path, hosted=True, fetcher=Network(timeout_s=timeout_s))
    began = time.monotonic()
    report = validate(b"", "ib1-open-data", context)
    assert [(f.rule, "timeout" in f.message) for f in report.findings] == [(f"IB1-{rule}", True)]
    assert time.monotonic() - began < 1.4


@pytest.mark.parametrize("scheme", ["https"], indirect=True)
def test_a_certificate_that_nobody_knows_refuses_the_file(
    site: str, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Ran]
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    ran = run("validate", "--profile", "ib1-metadata", "--online", "--json", f"{site}/body/catalog")
    assert [finding["rule"] for finding in json.loads(ran.out)["findings"]] == ["IB1-H-05"]
    # One for another host is none either.
    other = Network(allow_private=True).request("GET", site.replace(_HOST, "127.0.0.1"), 10)
    assert (other.error, _Handler.asked) == ("tls", [])


@pytest.mark.parametrize("scheme", ["https"], indirect=True)
@pytest.mark.parametrize("host", ["private.example.org", "127.0.0.1", "localhost", "[::1]", "169.254.169.254"])
def test_a_file_at_an_address_that_is_not_public_is_not_asked_for(
    site: str, host: str, run: Callable[..., Ran]
) -> None:
    ran = run("validate", "--profile", "ib1-open-data", "--online", "--json", site.replace(_HOST, host) + "/ok")
    assert [finding["rule"] for finding in json.loads(ran.out)["findings"]] == ["IB1-H-01"]
    assert _Handler.asked == []


# --- data services ---

_SERVER = {
    "url": "{endpointURL}",
    "variables": {"endpointURL": {"default": "https://endpointurl-not-specified.ib1.org"}},
}
_API = {
    "openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "servers": [_SERVER],
    "paths": {"/alive": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {}}}}}}},
}  # fmt: skip


@pytest.mark.parametrize("scheme", ["https"], indirect=True)
@pytest.mark.parametrize(
    ("paths", "rules"),
    [(_API["paths"], []), ({**_API["paths"], "/more": {}}, ["IB1-S-06"])],  # type: ignore[dict-item]  # a mapping of mappings
)
def test_the_heartbeats_description_is_fetched_and_read(site: str, paths: dict[str, Any], rules: list[str]) -> None:
    _Handler.bodies["/body/api"] = ("application/json", json.dumps(_API).encode())
    _Handler.bodies["/body/alive"] = ("application/json", json.dumps({**_API, "paths": paths}).encode())
    text = _SERVICE.replace("https://api.example.org/openapi.json", f"{site}/body/api")
    text = text.replace("ib1:oauthIssuer", f"ib1:heartbeatDescription <{site}/body/alive> ; ib1:oauthIssuer")
    report = _check(text, "ib1-metadata")
    assert [finding.rule for finding in report.errors] == rules
    assert sorted(_Handler.asked) == ["GET /body/alive", "GET /body/api"]
