"""The real server on a real socket, byte by byte, and what it does under load and at its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest

from dcip_server.settings import SETTINGS
from dcip_server.store import Put, Store
from tests.conftest import Server, wait_for
from tests.postgresql import free_port
from tests.records import dataset, record
from tests.spec import rule
from tests.spec.test_ids import IDS
from tests.spec.wire import READ, Answer, Wire, assert_whole, exchange, get

Serve = Callable[..., Server]


@pytest.fixture
def server(serve: Serve, sqlite_url: str, tmp_path: Path) -> Server:
    """A running server over two records."""
    with Store(sqlite_url, create=True) as store:
        store.revise([Put(dataset("1", title="Zürich")), Put(dataset("2"))])
    return serve(sqlite_url, DCIP_LIST_FOLDER=str(tmp_path / "lists"))


ANSWERS: dict[str, tuple[bytes, int, bytes]] = {
    "read JSON": (READ, 200, b"application/json; charset=utf8"),
    "read N3": (b"/rest/dataset/id/1.dcat.N3", 200, b"text/n3; charset=utf8"),
    "list": (b"/rest/dataset/id/", 200, b"application/json; charset=utf8"),
    "list N3": (b"/rest/dataset/id.dcat.N3", 200, b"text/n3; charset=utf8"),
    "since": (b"/rest/dataset/since/1.json", 200, b"application/json; charset=utf8"),
    "look-up": (b"/rest/dataset/title/Z%C3%BCrich.json", 200, b"application/json; charset=utf8"),
    "catalog": (b"/rest/catalog.json", 200, b"application/json; charset=utf8"),
    "help": (b"/rest/help.txt", 200, b"text/plain; charset=utf8"),
    "redirect": (b"/rest/dataset/", 301, b""),
    "not understood": (b"/rest/dataset/id/1", 400, b""),
    "invalid UTF-8": (b"/rest/dataset/id/%FF.json", 400, b""),
    "double slash": (b"/rest//dataset/id/1.json", 400, b""),
    "not found": (b"/rest/dataset/id/nobody.json", 404, b""),
}


@rule("DCIP-HEAD-1", "DCIP-HEAD-2", "DCIP-HEAD-3", "DCIP-READ-7", "DCIP-READ-8")
def test_answers_are_whole_in_http_1_0_and_1_1(server: Server) -> None:
    for name, (target, status, content_type) in ANSWERS.items():
        bodies = set()
        for version in (b"1.0", b"1.1"):
            answer = exchange(server, get(target, version=version))
            assert_whole(answer, status)
            assert answer.version in ("HTTP/1.0", "HTTP/1.1"), name
            if status == 200:
                assert answer.all("content-type") == [content_type.decode()], name
            bodies.add(answer.body)
        assert len(bodies) == 1, name


def test_http_1_0_without_host_gets_full_urls(server: Server) -> None:
    answer = exchange(server, b"GET /rest HTTP/1.0\r\n\r\n")
    assert_whole(answer, 301)
    assert answer.all("location") == [f"{server.endpoint}/help.txt"]
    with Wire(server) as wire:
        wire.send(b"GET /rest/dataset/id/ HTTP/1.0\r\n\r\n")
        assert wire.receive().json[0]["url"] == f"{server.endpoint}/dataset/id/1.json"
        assert wire.rest() == b""


def test_a_connection_is_kept_for_further_requests(server: Server) -> None:
    with Wire(server) as wire:
        for target, status, _ in list(ANSWERS.values()) * 2:
            assert_whole(wire.get(target.decode()), status)
        wire.send(get(READ, b"Connection: close"))
        assert_whole(wire.receive(), 200)
        assert wire.rest() == b""


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    with Wire(server) as wire:
        wire.send(b"".join(get(target) for target, _, _ in ANSWERS.values()))
        for _, status, _ in ANSWERS.values():
            assert_whole(wire.receive(), status)


@rule("DCIP-URL-4")
def test_any_other_method_is_answered_400_and_the_connection_goes_on(server: Server) -> None:
    methods = (b"HEAD", b"OPTIONS", b"POST", b"PUT", b"PATCH", b"DELETE", b"TRACE", b"CONNECT", b"BREW", b"get")
    with Wire(server) as wire:
        for target in (READ, b"/rest", b"/rest/dataset/id/", b"/rest/nothing"):
            for method in methods:
                wire.send(get(target, method=method) + get())
                assert_whole(wire.receive(head=method == b"HEAD"), 400)
                assert_whole(wire.receive(), 200)


def test_a_body_changes_nothing_and_does_not_cost_a_client_its_answer(server: Server) -> None:
    bodies = [(b"Content-Length: %d" % size, b"x" * size) for size in (5, 10_000, 65_536, 1_000_000)]
    bodies.append((b"Transfer-Encoding: chunked", b"5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n"))
    for method, status in ((b"GET", 200), (b"POST", 400), (b"DELETE", 400)):
        for header, body in bodies:
            assert_whole(exchange(server, get(READ, header, method=method) + body), status)


def test_who_expects_to_continue_gets_a_final_answer(server: Server) -> None:
    for method, status in ((b"GET", 200), (b"POST", 400)):
        request = get(READ, b"Expect: 100-continue", b"Content-Length: 5", method=method)
        assert_whole(exchange(server, request), status)
        assert_whole(exchange(server, request + b"hello"), status)


def test_upgrades_and_codings_are_not_taken(server: Server) -> None:
    for target in (
        READ,
        b"/rest/dataset/id/",
        b"/rest/dataset/title/x.json",
        b"/rest/catalog.dcat.N3",
        b"/rest/help.txt",
    ):
        plain = exchange(server, get(target)).body
        for headers in (
            (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: eA=="),
            (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: "),
            (b"Accept-Encoding: gzip, br, zstd",),
            (b"Range: bytes=0-3", b"TE: chunked"),
        ):
            answer = exchange(server, get(target, *headers))
            assert_whole(answer, 200)
            assert answer.body == plain


def test_every_id_is_read_through_the_wire(serve: Serve, sqlite_url: str, tmp_path: Path) -> None:
    with Store(sqlite_url, create=True) as store:
        store.revise([Put(dataset(id)) for id in IDS.values()])
    server = serve(sqlite_url, DCIP_LIST_FOLDER=str(tmp_path / "lists"))
    with Wire(server) as wire:
        entries = wire.get("/rest/dataset/id/").json
        assert [entry["id"] for entry in entries] == list(IDS.values())
        for entry in entries:
            for url in (entry["url"], entry["url"].replace("%2F", "/")):
                answer = wire.get(url)
                assert_whole(answer, 200)
                assert answer.json["id"] == entry["id"]
                assert_whole(wire.get(url.removesuffix(".json") + ".dcat.N3"), 200)


def test_outside_the_endpoint_head_is_a_get_without_body(server: Server) -> None:
    page, head = exchange(server, get(b"/")), exchange(server, get(b"/", method=b"HEAD"), head=True)
    assert (page.status, head.status) == (200, 200)
    assert head.all("content-length") == page.all("content-length") == [str(len(page.body))]


@rule("DCIP-READ-5")
def test_a_traceback_goes_to_the_log_and_not_to_the_client(server: Server, tmp_path: Path) -> None:
    for path in tmp_path.glob("catalog.db*"):
        path.unlink()
    for target in (READ, b"/rest/dataset/id/", b"/rest/catalog.json"):
        assert_whole(exchange(server, get(target)), 500)
    assert server.log.count("Traceback (most recent call last)") >= 3
    assert b"Traceback" not in exchange(server, get(b"/")).body
    assert_whole(exchange(server, get(b"/rest/help.txt")), 200)


def test_the_rate_limit_is_one_count_over_all_workers(serve: Serve, sqlite_url: str, tmp_path: Path) -> None:
    Store(sqlite_url, create=True).close()
    folder = str(tmp_path / "lists")
    server = serve(sqlite_url, "--workers", "2", DCIP_RATE_LIMIT="40 per minute", DCIP_LIST_FOLDER=folder)
    answers = [exchange(server, get(b"/rest/help.txt")) for _ in range(60)]
    # One was spent on finding out that the server is up.
    assert [answer.status for answer in answers] == [200] * 39 + [429] * 21
    for answer in answers[39:]:
        assert_whole(answer, 429)
    with Wire(server) as wire:
        wire.send(get(b"/") + get(b"/", method=b"HEAD"))
        page, head = wire.receive(), wire.receive(head=True)
    assert (page.status, head.status, head.body) == (429, 429, b"")
    assert page.all("content-length") == head.all("content-length") == [str(len(page.body))]
    assert page.body == b"Too Many Requests: try again in a second\n"


@rule("DCIP-READ-4")
def test_a_full_walk_never_trips_the_default_limit(serve: Serve, sqlite_url: str, tmp_path: Path) -> None:
    with Store(sqlite_url, create=True) as store:
        store.revise([Put(dataset(number)) for number in range(1500)])
    default = str(next(setting.default for setting in SETTINGS if setting.name == "RATE_LIMIT"))
    assert default
    server = serve(sqlite_url, DCIP_RATE_LIMIT=default, DCIP_LIST_FOLDER=str(tmp_path / "lists"))
    with Wire(server) as wire:
        entries = wire.get("/rest/dataset/id/").json
        assert [wire.get(entry["url"]).status for entry in entries] == [200] * 1500


def fill_with_a_long_list(sqlite_url: str) -> None:
    """Few records with ids so long that the list fills every buffer between server and client."""
    with Store(sqlite_url, create=True) as store:
        store.revise([Put(dataset("é" * 4000 + str(number))) for number in range(120)])


@pytest.fixture
def slow_readers(serve: Serve, sqlite_url: str, tmp_path: Path) -> Iterator[tuple[Server, list[Wire]]]:
    """A server, and eight clients that asked for a list of 10 MB and read only its beginning."""
    fill_with_a_long_list(sqlite_url)
    server = serve(sqlite_url, DCIP_LIST_FOLDER=str(tmp_path / "lists"))
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(server, receive_buffer=4096)) for _ in range(8)]
        for wire in wires:
            wire.send(get(b"/rest/dataset/id.dcat.N3"))
            assert wire.read(15) == b"HTTP/1.1 200 OK"
        yield server, wires


def test_slow_readers_of_a_list_do_not_hold_up_others(slow_readers: tuple[Server, list[Wire]], sqlite_url: str) -> None:
    server, wires = slow_readers
    began = time.monotonic()
    before = exchange(server, get(b"/rest/dataset/id.dcat.N3"))
    for target in (READ, b"/rest/help.txt", b"/rest/dataset/", b"/rest/dataset/since/110.json", b"/"):
        for _ in range(10):
            assert exchange(server, get(target)).status in (200, 301, 404)
    with Store(sqlite_url) as store:
        store.revise([Put(dataset("another"))])
    assert len(exchange(server, get(b"/rest/dataset/id.json")).json) == 121
    assert time.monotonic() - began < 10
    # A list that a client has begun to read it reads to its end, whatever has changed since.
    slow = wires[0].receive(begun=b"HTTP/1.1 200 OK")
    assert_whole(slow, 200)
    assert slow.body == before.body


def test_many_clients_that_read_records_are_answered_by_few_threads(
    serve: Serve, sqlite_url: str, tmp_path: Path
) -> None:
    with Store(sqlite_url, create=True) as store:
        store.revise([Put(dataset(number)) for number in range(200)])
    server = serve(sqlite_url, fast_paths=True, DCIP_LIST_FOLDER=str(tmp_path / "lists"))
    threads = Path(f"/proc/{children(server.process.pid)[0]}/task")
    _read_all(server, 20)
    before = len(list(threads.iterdir()))
    readers = [Thread(target=_read_all, args=(server, 100)) for _ in range(16)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    # Four of the server's own; each more would cost all of them time.
    assert len(list(threads.iterdir())) <= before + 4
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(server)) for _ in range(16)]
        for wire in wires:
            wire.send(get(b"/rest/dataset/id/"))
        assert {wire.receive().status for wire in wires} == {200}


def test_bodies_arrive_and_one_that_never_ends_holds_up_nobody(serve: Serve, sqlite_url: str, tmp_path: Path) -> None:
    with Store(sqlite_url, create=True) as store:
        store.revise([Put(dataset(number)) for number in range(20)])
    server = serve(sqlite_url, DCIP_LIST_FOLDER=str(tmp_path / "lists"))
    search, body = b"/api/3/action/package_search", b'{"rows": 3}'

    def ask() -> Answer:
        return exchange(server, get(search, b"Content-Length: %d" % len(body), method=b"POST") + body)

    assert [len(ask().json["result"]["results"]) for _ in range(20)] == [3] * 20
    with ExitStack() as stack:
        for _ in range(12):
            stack.enter_context(Wire(server)).send(get(search, b"Content-Length: 50", method=b"POST"))
        time.sleep(0.5)
        began = time.monotonic()
        for target in (READ, b"/rest/dataset/id/", b"/", search):
            assert exchange(server, get(target)).status == 200
        # Elsewhere there may be a thread for it; here it is told to come again.
        assert ask().status in (200, 429)
        assert time.monotonic() - began < 10
    time.sleep(0.5)
    assert len(ask().json["result"]["results"]) == 3


def test_a_worker_goes_on_when_threads_end_after_a_burst(sqlite_url: str, tmp_path: Path) -> None:
    with Store(sqlite_url, create=True) as store:
        store.revise([Put(dataset(number)) for number in range(200)])
    port = free_port()
    command = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--no-ws", "--port", str(port)]
    command += ["--blocking-threads", "64", "--blocking-threads-idle-timeout", "5", "dcip_server.wsgi:app"]
    settings = {"DCIP_DATABASE_URL": sqlite_url, "DCIP_RATE_LIMIT": "", "DCIP_LIST_FOLDER": str(tmp_path / "lists")}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **settings})
    server = Server(f"http://127.0.0.1:{port}", process, tmp_path / "log")
    try:
        wait_for(server)
        readers = [Thread(target=_read_all, args=(server, 200)) for _ in range(16)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        before = len(list(Path(f"/proc/{children(process.pid)[0]}/task").iterdir()))
        time.sleep(8)
        assert len(list(Path(f"/proc/{children(process.pid)[0]}/task").iterdir())) < before
        _read_all(server, 20)
        assert process.poll() is None
        assert "exit" not in server.log
    finally:
        process.terminate()
        process.wait()


def _read_all(server: Server, count: int) -> None:
    for number in range(count):
        with urllib.request.urlopen(f"{server.endpoint}/dataset/id/{number}.json", timeout=10) as answer:
            assert json.load(answer)["id"] == number


def test_a_second_server_at_the_same_port_says_that_it_is_taken(server: Server, sqlite_url: str) -> None:
    port = server.url.rpartition(":")[2]
    command = [sys.executable, "-m", "dcip_server", "--database", sqlite_url, "serve", "--port", port]
    second = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.splitlines() == [
        f"dcip-server: cannot listen at 127.0.0.1 port {port}: Address already in use"
    ]


def children(pid: int) -> list[int]:
    """The process's own processes."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def assert_ends_cleanly(server: Server, how: signal.Signals) -> None:
    """The server and its workers are gone within the ten seconds that supervisors allow, status 0."""
    workers = children(server.process.pid)
    try:
        server.process.send_signal(how)
        assert server.process.wait(9.5) == 0
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    finally:
        for pid in [server.process.pid, *workers]:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)
    assert "Traceback" not in server.log
    with pytest.raises(ConnectionRefusedError):
        Wire(server)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_a_signal_ends_the_server_and_its_workers(
    serve: Serve, sqlite_url: str, tmp_path: Path, how: signal.Signals
) -> None:
    Store(sqlite_url, create=True).close()
    server = serve(sqlite_url, "--workers", "2", DCIP_LIST_FOLDER=str(tmp_path / "lists"))
    with Wire(server) as idle, Wire(server):
        assert idle.get("/rest/help.txt").status == 200
        assert_ends_cleanly(server, how)


def test_clients_that_never_finish_asking_or_reading_do_not_keep_the_server_up(
    slow_readers: tuple[Server, list[Wire]],
) -> None:
    server, _ = slow_readers
    with Wire(server) as wire:
        wire.send(b"GET /rest/dataset")
        time.sleep(0.2)
        assert_ends_cleanly(server, signal.SIGTERM)


def run_import(database_url: str, source: Path) -> int:
    command = [sys.executable, "-m", "dcip_server", "--database", database_url, "import", "--quiet", str(source)]
    return subprocess.run(command, stdout=subprocess.DEVNULL, timeout=60).returncode


def test_two_servers_and_two_importers_share_a_database_and_no_import_is_half_visible(
    serve: Serve, database_url: str, tmp_path: Path
) -> None:
    size, rounds = 60, 2

    def write(name: str, number: int) -> Path:
        path = tmp_path / f"{name}-{number}.json"
        path.write_text(json.dumps([record(f"{name}{place}", title=f"{number}") for place in range(size)]))
        return path

    with Store(database_url, create=True) as store:
        for name in "ab":
            store.revise([Put(dataset(f"{name}{place}")) for place in range(size)])
    folder = str(tmp_path / "lists")
    servers = [
        serve(database_url, DCIP_LIST_FOLDER=folder),
        serve(database_url, "--workers", "2", DCIP_LIST_FOLDER=folder),
    ]
    over, statuses, wrong = Event(), [], []

    def bring(name: str) -> None:
        statuses.extend(run_import(database_url, write(name, number)) for number in range(1, rounds + 1))

    def walk(server: Server, seed: int) -> None:
        random, seen = Random(seed), 0
        with Wire(server) as wire:
            while not over.wait(0.02):
                entries = wire.get("/rest/dataset/id/").json
                for name in "ab":
                    revisions = [entry["revision"] for entry in entries if entry["id"].startswith(name)]
                    if len(revisions) != size or revisions[-1] - revisions[0] != size - 1:
                        wrong.append(f"{name}: {len(revisions)} of {revisions[:1]} to {revisions[-1:]}")
                if entries[-1]["revision"] < seen:
                    wrong.append("a revision was seen and is gone")
                seen = entries[-1]["revision"]
                for url in (
                    random.choice(entries)["url"],
                    f"/rest/dataset/since/{seen}.dcat.N3",
                    "/rest/dataset/title/1.json",
                ):
                    answer = wire.get(url)
                    if answer.status != 200:
                        wrong.append(f"{url}: {answer.status}")

    readers = [Thread(target=walk, args=(server, seed)) for seed, server in enumerate(servers)]
    importers = [Thread(target=bring, args=(name,)) for name in "ab"]
    for thread in readers + importers:
        thread.start()
    for thread in importers:
        thread.join()
    over.set()
    for thread in readers:
        thread.join()
    assert statuses == [0] * 2 * rounds
    assert wrong == []
    for server in servers:
        with Wire(server) as wire:
            entries = wire.get("/rest/dataset/id/").json
            assert [entry["change_type"] for entry in entries] == ["update"] * 2 * size
            assert entries[-1]["revision"] == 2 * size * (rounds + 1)
            assert {wire.get(entry["url"]).json["title"] for entry in entries} == {str(rounds)}
        assert "Traceback" not in server.log


def test_the_body_of_a_request_reaches_what_answers_it(server: Server) -> None:
    request = urllib.request.Request(f"{server.url}/api/3/action/package_search", json.dumps({"rows": 1}).encode())
    request.add_header("Content-Type", "application/json")
    for _ in range(5):
        with urllib.request.urlopen(request, timeout=20) as answer:
            found = json.load(answer)["result"]
        assert (found["count"], len(found["results"])) == (2, 1)
