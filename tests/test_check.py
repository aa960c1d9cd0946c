"""``dcip-server check``: the reference server comes out conformant, each broken one with its own rules."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from dcip_server import conformance
from dcip_server.commands.check import check as command
from dcip_server.conformance import addresses, asking
from dcip_server.conformance.report import Report
from dcip_server.conformance.results import CHECKS, Outcome
from dcip_server.errors import SourceError, UsageError
from dcip_server.protocol.rules import RULES, Level
from tests.broken_servers import FAULTS, Fault, is_list, is_record
from tests.reference_server import (
    DELETED,
    IDS,
    Answer,
    Request,
    dataset,
    empty,
    entries,
    ok,
    ok_json,
    reference,
    serving,
)

#: What nobody can see from outside of a server that keeps every rule.
UNCHECKABLE = {"DCIP-READ-4", "DCIP-READ-5"}


def check(url: str) -> Report:
    return conformance.check(url, timeout_s=5)


def ids_of(report: Report, outcome: Outcome) -> set[str]:
    return {result.rule.id for result in report.results if result.outcome is outcome}


def reason_of(report: Report, id: str) -> str:
    return next(result.reason for result in report.results if result.rule.id == id)


def test_every_rule_has_a_check() -> None:
    assert CHECKS.keys() == {rule.id for rule in RULES}


def test_the_reference_server_is_conformant() -> None:
    with serving(reference) as endpoint:
        report = check(endpoint)
    assert ids_of(report, Outcome.FAILED) == set()
    assert ids_of(report, Outcome.UNCHECKED) == UNCHECKABLE
    assert report.conformant
    assert report.compliant
    assert report.exit_status == 0
    assert report.requests <= asking.MAX_REQUESTS
    assert all(result.reason for result in report.results if result.outcome is Outcome.UNCHECKED)


@pytest.mark.parametrize("tail", ["/", "/../"], ids=["slash", "home page"])
def test_the_endpoint_is_found_from(tail: str) -> None:
    with serving(reference) as endpoint:
        url = endpoint + tail if tail == "/" else endpoint.removesuffix("rest")
        report = check(url)
    assert report.endpoint == endpoint
    assert report.conformant


def test_the_faults_are_many() -> None:
    assert len(FAULTS) == 100
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_every_rule_that_can_be_broken_is_broken_by_a_fault() -> None:
    broken = {id for fault in FAULTS for id in fault.failed}
    never = {"DCIP-HELP-6", "DCIP-API-5", "DCIP-EXT-1"}
    assert broken == {rule.id for rule in RULES} - UNCHECKABLE - never


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_fails_its_rules_and_no_other(fault: Fault) -> None:
    with serving(fault.respond) as endpoint:
        report = check(endpoint)
    assert ids_of(report, Outcome.FAILED) == fault.failed
    assert set(report.absent_parts) == fault.absent
    must = {rule.id for rule in RULES if rule.level is Level.MUST}
    assert report.compliant == (not fault.failed & must)
    assert report.conformant == (report.compliant and not fault.absent)


def test_an_absent_part_leaves_a_server_compliant() -> None:
    with serving(next(fault for fault in FAULTS if fault.name == "n3_absent").respond) as endpoint:
        report = check(endpoint)
    assert report.compliant
    assert not report.conformant
    assert report.exit_status == 1
    assert report.verdict.startswith("compliant, not conformant")


def test_an_empty_catalog_leaves_rules_unchecked_and_fails_none() -> None:
    def respond(request: Request) -> Answer:
        answer = reference(request)
        if is_list(request, answer):
            return ok_json([])
        return empty(404) if request.id and request.method == "GET" else answer

    with serving(respond) as endpoint:
        report = check(endpoint)
    assert ids_of(report, Outcome.FAILED) == set()
    assert {"DCIP-LIST-2", "DCIP-LIST-7", "DCIP-READ-1", "DCIP-SCHEMA-2"} <= ids_of(report, Outcome.UNCHECKED)
    assert "no live dataset in the list" in reason_of(report, "DCIP-READ-1")


def test_a_list_without_deleted_datasets_says_so() -> None:
    def respond(request: Request) -> Answer:
        answer = reference(request)
        live = [entry for entry in entries(request.endpoint) if entry["id"] not in DELETED]
        return ok_json(live) if is_list(request, answer) else answer

    with serving(respond) as endpoint:
        report = check(endpoint)
    assert report.conformant
    assert reason_of(report, "DCIP-LIST-7") == "no deleted dataset in the list"


def test_a_list_at_the_entity_url_is_a_list() -> None:
    def respond(request: Request) -> Answer:
        if request.method == "GET" and request.below == "/dataset/id/":
            return empty(400)
        listed = request.method == "GET" and request.below in ("/dataset", "/dataset/")
        return ok_json(entries(request.endpoint)) if listed else reference(request)

    with serving(respond) as endpoint:
        report = check(endpoint)
    assert report.conformant
    assert "is the list" in reason_of(report, "DCIP-HELP-1")


def test_what_could_change_a_catalog_is_held_back_from_a_server_that_may_obey() -> None:
    asked: list[tuple[str, str]] = []

    def respond(request: Request) -> Answer:
        asked.append((request.method, request.target))
        return empty(204) if request.method in ("DELETE", "PUT") else reference(request)

    with serving(respond) as endpoint:
        report = check(endpoint)
    assert "DCIP-URL-4" in report.failed_musts
    assert all("dcip-check" in target for method, target in asked if method in ("DELETE", "PUT"))
    assert any("dcip-check" not in target for method, target in asked if method == "POST")


def test_samples_have_unusual_ids_first() -> None:
    read: list[str] = []

    def respond(request: Request) -> Answer:
        if request.method == "GET" and request.id is not None and request.target.endswith(".json"):
            read.append(request.id)
        return reference(request)

    with serving(respond) as endpoint:
        check(endpoint)
    asked = list(dict.fromkeys(read))
    assert asked[:4] == ["bus stops", "a/b", "été", "100%"]
    assert {str(IDS[0]), str(IDS[-1]), *DELETED} <= set(asked)
    assert len(asked) == 8 + len(DELETED) + 1


def test_something_else_at_the_url_is_no_endpoint() -> None:
    with serving(lambda request: empty(400 if request.method != "GET" else 404)) as endpoint:
        report = check(endpoint)
    assert not report.compliant
    assert report.verdict == "neither compliant nor conformant: there is no DCIP endpoint at this URL"


def test_n3_beyond_turtle_is_n3() -> None:
    def respond(request: Request) -> Answer:
        answer = reference(request)
        if not is_record(request, answer, ".N3"):
            return answer
        return answer.with_body(
            answer.body + b"<a> = <b> . <c> is dct:title of <d> . @forAll <x> . {<x> a <y>} => {} ."
        )

    with serving(respond) as endpoint:
        assert check(endpoint).conformant


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("HTTP://Example.ORG:80/rest", "http://example.org/rest"),
        ("https://example.org:443/%7Ea", "https://example.org/~a"),
        ("http://example.org/%C3%A9#x", "http://example.org/é"),
    ],
)
def test_the_same_url_in_two_spellings(url: str, other: str) -> None:
    assert addresses.same(url, other)


# --- servers that misbehave ---


def test_a_rate_limit_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("dcip_server.conformance.asking.time.sleep", pauses.append)
    count = 0

    def respond(request: Request) -> Answer:
        nonlocal count
        count += 1
        return empty(429, Retry_After="2") if count % 10 == 0 else reference(request)

    with serving(respond) as endpoint:
        report = check(endpoint)
    assert report.conformant
    assert "DCIP-READ-4" in ids_of(report, Outcome.PASSED)
    assert set(pauses) == {2.0}


def test_a_server_that_limits_everything_fails_nothing_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcip_server.conformance.asking.time.sleep", lambda _: None)
    with serving(lambda _: empty(429, Retry_After="100")) as endpoint:
        report = check(endpoint)
    assert ids_of(report, Outcome.FAILED) == set()
    assert "429" in reason_of(report, "DCIP-READ-3")


def test_a_redirect_loop_ends() -> None:
    with serving(lambda request: empty(301, Location=f"{request.site}{request.target}")) as endpoint:
        report = check(endpoint)
    assert not report.compliant


@contextmanager
def raw_server(talk: Callable[[socket.socket], None], after: int = 0) -> Iterator[str]:
    """A server that answers ``after`` requests as it should and then talks as it likes."""
    count = 0
    lock = threading.Lock()

    def respond(request: Request) -> Answer:
        return reference(replace(request, site=f"http://127.0.0.1:{port}"))

    with serving(respond) as behind, socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        behind_port = int(behind.rpartition(":")[2].partition("/")[0])

        def one(connection: socket.socket) -> None:
            nonlocal count
            with lock:
                count += 1
                good = count <= after
            with connection:
                request = connection.recv(1 << 16)
                if not good:
                    talk(connection)
                    return
                with socket.create_connection(("127.0.0.1", behind_port)) as upstream:
                    upstream.sendall(request)
                    while piece := upstream.recv(1 << 16):
                        connection.sendall(piece)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{port}/rest"
        listener.shutdown(socket.SHUT_RDWR)


def _send(data: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        with suppress(OSError):
            connection.sendall(data)

    return talk


MISBEHAVIOUR = {
    "garbage": _send(b"\x00\x1b[2Jgarbage\r\n\r\n"),
    "cut": _send(b""),
    "half a status line": _send(b"HTTP/1.1 2"),
    "huge headers": _send(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * (20 << 20)),
    "too many headers": _send(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n"),
    "body too short": _send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
    "odd chunk": _send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n"),
    "bad status": _send(b"HTTP/1.1 9999 OK\r\n\r\n"),
}


@pytest.mark.parametrize("talk", MISBEHAVIOUR.values(), ids=MISBEHAVIOUR)
def test_a_misbehaving_server_gets_a_report(talk: Callable[[socket.socket], None]) -> None:
    with raw_server(talk, after=20) as endpoint:
        report = check(endpoint)
    assert not report.compliant
    assert json.loads(json.dumps(report.to_json()))["compliant"] is False
    came = {piece.came for result in report.results for piece in result.evidence if not piece.ok}
    assert any(text.startswith("no answer: ") for text in came)


def test_a_server_that_hangs_is_given_up() -> None:
    with raw_server(lambda _: time.sleep(3), after=20) as endpoint:
        began = time.monotonic()
        report = conformance.check(endpoint, timeout_s=0.2)
    assert time.monotonic() - began < 3
    assert not report.compliant
    assert "kept too many requests waiting" in "".join(result.reason for result in report.results)


def test_a_server_that_never_answers_cannot_be_checked() -> None:
    with raw_server(lambda _: time.sleep(1)) as endpoint, pytest.raises(SourceError, match="no answer within"):
        conformance.check(endpoint, timeout_s=0.2)


HOSTILE_LISTS: dict[str, str] = {
    "deep": "[" * 100_000,
    "deep but closed": "[" * 500 + "]" * 500,
    "odd entries": json.dumps([None, 1, [], {}, {"id": None}, {"id": True}, {"id": {}}, {"id": "x", "url": 5}]),
    "surrogates": r'[{"id": "\ud800", "url": "http://\ud800/", "change_type": [], "modified": "\ud800"}]',
    "nul": r'[{"id": "a\u0000b", "url": "http://h\u0000/"}]',
    "odd urls": json.dumps(
        [{"id": str(n), "url": url} for n, url in enumerate(["http://[", "http://h:99999/", "//", ""])]
    ),
    "control characters": r'[{"id": "\u001b[2J\r\n", "url": "\u001b[2J"}]',
    "large number": "[" + "9" * 5000 + "]",
    "no UTF-8": "[\udcff]",
}


@pytest.mark.parametrize("text", HOSTILE_LISTS.values(), ids=HOSTILE_LISTS)
def test_a_hostile_list_gets_a_report(text: str) -> None:
    def respond(request: Request) -> Answer:
        answer = reference(request)
        return answer.with_body(text.encode("utf-8", "surrogateescape")) if is_list(request, answer) else answer

    with serving(respond) as endpoint:
        result = run(endpoint)
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "\x1b" not in result.stdout


def test_hostile_records_get_a_report() -> None:
    deep = json.loads("[" * 400 + "]" * 400)

    def respond(request: Request) -> Answer:
        answer = reference(request)
        if request.id is None or answer.status != 200 or not request.target.endswith(".json"):
            return answer
        record = {**dataset(request.id), "title": deep, "tags": [deep], "resources": [None, deep, {"size": True}]}
        return ok_json({**record, "spatial": {"type": []}, "metadata_modified": {}, "extra": deep})

    with serving(respond) as endpoint:
        report = check(endpoint)
    assert {"DCIP-SCHEMA-2", "DCIP-SCHEMA-3", "DCIP-SCHEMA-4", "DCIP-SCHEMA-5"} <= set(report.failed_musts)


@pytest.mark.parametrize(
    "page", ["<![x[", "<meta" * 1000, '<meta content="dcip-basic-rest-endpoint" value="http://[">']
)
def test_an_odd_home_page_is_one_without_the_tag(page: str) -> None:
    def respond(request: Request) -> Answer:
        return ok(page, "text/html") if request.target == "/" else reference(request)

    with serving(respond) as endpoint:
        report = check(endpoint)
    assert report.failed_musts == ("DCIP-DISC-1",)


# --- the command ---


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_the_command_prints_every_rule_and_the_verdict() -> None:
    with serving(reference) as endpoint:
        result = run(endpoint)
    assert result.exit_code == 0
    assert all(f"{rule.id}: {rule.due}" in result.stdout for rule in RULES)
    lines = result.stdout.splitlines()
    assert [line for line in lines if line in tuple(Level)] == list(Level)
    assert lines[-1] == "conformant: the entire API is there, and no MUST failed (2 could not be checked)"
    assert "not checked  DCIP-READ-5" in result.stdout
    assert result.stderr == ""


def test_the_command_says_what_failed_first() -> None:
    with serving(next(fault for fault in FAULTS if fault.name == "post_answered_405").respond) as endpoint:
        result = run(endpoint)
    assert result.exit_code == 1
    must = result.stdout.partition("MUST\n")[2].splitlines()
    assert must[0].startswith("FAILED       DCIP-URL-4")
    assert any("POST http://" in line and "(Content-Length: 0)" in line for line in must)
    assert "               came: 405" in must
    assert "               due:  400" in must
    assert result.stdout.splitlines()[-1] == "neither compliant nor conformant: 2 MUSTs failed"


def test_the_command_prints_json() -> None:
    with serving(reference) as endpoint:
        result = run(endpoint + "/", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert document.keys() == {"url", "endpoint", "compliant", "conformant", "rules", "counts"}
    assert (document["url"], document["endpoint"]) == (endpoint + "/", endpoint)
    assert [rule["id"] for rule in document["rules"]] == [rule.id for rule in RULES]
    for rule in document["rules"]:
        assert rule.keys() == {"id", "level", "part", "heading", "due", "result", "reason", "exchanges"}
        assert rule["result"] in ("passed", "failed", "absent", "unchecked")
        for exchange in rule["exchanges"]:
            assert exchange.keys() == {"method", "url", "headers", "status", "came", "due", "ok"}
    assert sum(sum(counts.values()) for counts in document["counts"].values()) == len(RULES)
    assert document["counts"]["MUST"]["failed"] == 0


@pytest.mark.parametrize(
    "arguments", [(), ("example.org/rest",), ("ftp://example.org/",), ("http://",), ("http://h:x/",)]
)
def test_misuse_has_exit_status_2(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_an_unreachable_server_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = run(f"http://127.0.0.1:{port}/rest")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "Connection refused" in result.stderr


def test_what_a_server_sends_cannot_write_to_the_terminal() -> None:
    with raw_server(MISBEHAVIOUR["garbage"]) as endpoint:
        result = run(endpoint)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("url", ["", "example.org", "mailto:x@example.org", "http://a b/"])
def test_the_library_refuses_what_is_no_url(url: str) -> None:
    with pytest.raises(UsageError):
        check(url)
