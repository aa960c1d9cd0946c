"""The rules that ask the network: canned answers, and a real server on this machine."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path
from typing import Any

import pytest

from dcip_server.harvest.network import Network
from dcip_server.validation import CannedNetwork, Context, validate
from tests.validation.test_ib1_rules import _DATASET, _MEMBER

_FILE = "https://data.example.org/catalog.ttl"
_DOWNLOAD = "https://files.example.org/trees.csv"
_OK: dict[str, Any] = {"status": 200, "type": "text/csv"}

#: Answers for the file and the download; error ids; warnings that must be there.
_ROWS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({}, _OK, "", ""),
    ({"status": 301}, _OK, "H-02", ""),
    ({"status": 206}, _OK, "H-02", ""),
    ({"status": 404}, _OK, "H-02", ""),
    ({"status": 401}, _OK, "H-03", ""),
    ({"error": "tls"}, _OK, "H-05", ""),
    ({"error": "timeout"}, _OK, "H-02", ""),
    ({"type": "text/turtle; charset=latin-1"}, _OK, "H-04", ""),
    ({"type": "text/turtle; charset=UTF-8"}, _OK, "", ""),
    ({"type": None}, _OK, "H-04", ""),
    ({"type": "application/rdf+xml"}, _OK, "H-04", ""),
    ({}, {"status": 200, "head": 403}, "H-06", ""),
    ({}, {"status": 410}, "H-07", ""),
    ({}, {"status": 200, "head": 405}, "", "H-08"),
    ({}, {"error": "timeout"}, "", "H-08"),
    ({}, {"status": 200, "type": "text/html"}, "", "H-11"),
    ({}, {"status": 302, "headers": {"Location": "http://127.1/"}}, "H-10", ""),
    ({}, {"status": 302, "headers": {"Location": _DOWNLOAD}}, "", "H-08"),
    ({}, {"status": 302, "headers": {"Location": "/gone"}}, "", "H-08 H-09"),
]


@pytest.mark.parametrize(("file", "download", "errors", "warnings"), _ROWS)
def test_what_the_network_answers_decides(
    file: dict[str, Any], download: dict[str, Any], errors: str, warnings: str, tmp_path: Path
) -> None:
    (tmp_path / "catalog.ttl").write_text(_DATASET)
    http = {_FILE: {"status": 200, "type": "text/turtle", "body": "catalog.ttl", **file}, _DOWNLOAD: download}
    context = Context(file_url=_FILE, hosted=True, member=_MEMBER, fetcher=CannedNetwork(http, tmp_path))
    report = validate(b"", "ib1-open-data", context)
    assert {finding.rule for finding in report.errors} == {f"IB1-{id}" for id in errors.split()}
    assert {finding.rule for finding in report.warnings} >= {f"IB1-{id}" for id in warnings.split()}
    assert len(_ROWS) == 19


class _Handler(http.server.BaseHTTPRequestHandler):
    asked: list[tuple[str, str]] = []  # noqa: RUF012 - one list for the test's server

    def do_HEAD(self) -> None:
        self.asked.append((self.command, self.path))
        self.send_response(405 if self.path == "/no-head" else 200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b"a,b,c")

    do_GET = do_HEAD  # noqa: N815 - as http.server has it

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_real_request_goes_to_a_private_address_only_where_that_is_allowed() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/no-head"
        assert Network().request("HEAD", url, 0).error == "private"
        assert _Handler.asked == []
        network = Network(allow_private=True)
        assert [network.request("HEAD", url, 0).status for _ in range(3)] == [405, 405, 405]
        assert network.first_byte(url).body == b"a"
        assert _Handler.asked == [("HEAD", "/no-head"), ("GET", "/no-head")]
        assert network.request("GET", url + "2", 2).error == "too large"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
