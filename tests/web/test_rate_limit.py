"""The rate limit: one count for a client address over all workers, pages and endpoint alike."""

from __future__ import annotations

import http.client
import logging
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dcip_server.store import Store
from dcip_server.web.rate_limit import SharedFileStorage
from tests.conftest import Server, Site


@pytest.fixture
def counters(tmp_path: Path) -> SharedFileStorage:
    return SharedFileStorage(f"shared-file://{tmp_path}/counters")


def _count(path: str, key: str, times: int) -> list[int]:
    storage = SharedFileStorage(f"shared-file://{path}")
    return [storage.incr(key, 600) for _ in range(times)]


# --- counters ---


def test_processes_count_together_and_exactly(counters: SharedFileStorage, tmp_path: Path) -> None:
    counters.incr("shared", 600, amount=5)
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(_count, f"{tmp_path}/counters", "shared", 3000) for _ in range(4)]
        counted = [number for job in jobs for number in job.result()]
    assert sorted(counted) == list(range(6, 12_006))
    assert counters.get("shared") == 12_005


def test_threads_count_together_and_exactly(counters: SharedFileStorage) -> None:
    def count() -> None:
        for _ in range(2000):
            counters.incr("shared", 600)

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters.get("shared") == 12_000


def test_a_window_begins_with_its_first_request_and_ends(counters: SharedFileStorage) -> None:
    began = time.time()
    assert [counters.incr("a", 0.5), counters.incr("a", 0.5)] == [1, 2]
    assert began + 0.5 <= counters.get_expiry("a") <= time.time() + 0.5
    assert counters.get("a") == 2
    time.sleep(0.6)
    assert counters.get("a") == 0
    assert counters.incr("a", 0.5) == 1


def test_a_later_request_does_not_move_the_end_of_the_window(counters: SharedFileStorage) -> None:
    counters.incr("a", 600)
    end = counters.get_expiry("a")
    counters.incr("a", 600)
    assert counters.get_expiry("a") == end


def test_a_clock_that_was_set_back_does_not_make_a_window_longer(
    counters: SharedFileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    counters.incr("a", 1, amount=1000)
    monkeypatch.setattr("time.time", lambda: now - 3600)
    assert counters.incr("a", 1) == 1
    monkeypatch.setattr("time.time", lambda: now - 3590)
    assert counters.incr("a", 1) == 1


def test_keys_are_counted_apart(counters: SharedFileStorage) -> None:
    keys = [f"LIMITER/2001:db8::{number:x}/1000/1/second" for number in range(1500)]
    for times in (1, 2, 3):
        assert {counters.incr(key, 600) for key in keys} == {times}


def test_where_there_are_more_keys_than_room_the_oldest_give_way(counters: SharedFileStorage) -> None:
    for number in range(40_000):
        assert counters.incr(f"address {number}", 600 + number) >= 1
    # Who comes last has a count of its own, whatever happened before.
    assert counters.incr("address 39999", 600 + 39_999) == 2
    assert counters.incr("one more", 10**6) == 1
    assert counters.incr("one more", 10**6) == 2


@pytest.mark.parametrize("key", ["", "a", "ü", "\U0001f6b2", "\0", "a\nb", "x" * 10**6], ids=ascii)
def test_a_key_may_be_any_text(counters: SharedFileStorage, key: str) -> None:
    assert [counters.incr(key, 600), counters.incr(key, 600), counters.get(key)] == [1, 2, 2]


def test_a_counter_can_be_cleared_and_all_can_be_reset(counters: SharedFileStorage) -> None:
    for key in ("a", "b"):
        counters.incr(key, 600)
    counters.clear("a")
    counters.clear("never counted")
    assert [counters.get("a"), counters.get("b")] == [0, 1]
    counters.reset()
    assert counters.get("b") == 0
    assert counters.check()


def test_counters_go_on_in_a_file_that_is_there_already(counters: SharedFileStorage, tmp_path: Path) -> None:
    counters.incr("a", 600)
    assert SharedFileStorage(f"shared-file://{tmp_path}/counters").incr("a", 600) == 2


@pytest.mark.parametrize(
    "content", [b"", b"x", b"\xff" * 10**6, b"noise" * 10**5], ids=["empty", "short", "ones", "noise"]
)
def test_a_file_with_anything_else_in_it_is_no_obstacle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "counters").write_bytes(content)
    counters = SharedFileStorage(f"shared-file://{tmp_path}/counters")
    assert counters.incr("a", 600) == 1
    assert counters.incr("a", 600) == 2


def test_only_this_user_can_read_who_asked(counters: SharedFileStorage, tmp_path: Path) -> None:
    assert (tmp_path / "counters").stat().st_mode & 0o077 == 0


# --- the limit ---


def test_pages_and_endpoint_are_counted_together(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    site = make_site(sqlite_store, rate_limit="4 per hour")
    paths = ["/", "/rest/help.txt", "/no/such/page", "/rest/nothing", "/", "/rest/help.txt", "/static/style.css"]
    assert [site.get(path).status_code for path in paths] == [200, 200, 404, 400, 429, 429, 429]


@pytest.mark.parametrize("path", ["/rest/help.txt", "/rest/dataset/id/1.json", "/rest"])
def test_too_many_requests_are_answered_429_with_no_body(
    sqlite_store: Store, make_site: Callable[..., Site], path: str
) -> None:
    site = make_site(sqlite_store, rate_limit="1 per hour")
    site.get("/rest/help.txt")
    answer = site.get(path)
    assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (429, b"", "0")


@pytest.mark.parametrize("path", ["/", "/search.json", "/no/such/page"])
def test_outside_the_endpoint_too_many_requests_are_told_so_and_when_to_come_again(
    sqlite_store: Store, make_site: Callable[..., Site], path: str
) -> None:
    site = make_site(sqlite_store, rate_limit="1 per hour")
    site.get("/rest/help.txt")
    for method in ("GET", "POST"):
        answer = site.request(method, path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert (answer.data, answer.content_type) == (
            b"Too Many Requests: try again in a second\n",
            "text/plain; charset=utf-8",
        )


def test_another_address_has_its_own_count(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    site = make_site(sqlite_store, rate_limit="2 per hour")
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1", "", "x" * 5000):
        found = [site.get("/rest/help.txt", environ_overrides={"REMOTE_ADDR": address}).status_code for _ in range(3)]
        assert found == [200, 200, 429]


def test_behind_a_proxy_the_client_is_counted_and_not_the_proxy(
    sqlite_store: Store, make_site: Callable[..., Site]
) -> None:
    site = make_site(sqlite_store, rate_limit="1 per hour", trusted_proxies=1)

    def get(forwarded: str) -> int:
        return site.get("/rest/help.txt", headers={"X-Forwarded-For": forwarded}).status_code

    assert [get("203.0.113.1"), get("203.0.113.2"), get("203.0.113.1")] == [200, 200, 429]
    # What the client invented stands before what the proxy saw.
    assert get("198.51.100.77, 203.0.113.1") == 429


def test_a_client_that_invents_forwarded_addresses_is_still_counted(
    sqlite_store: Store, make_site: Callable[..., Site]
) -> None:
    site = make_site(sqlite_store, rate_limit="2 per hour")
    headers = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(4)]
    assert [site.get("/rest/help.txt", headers=forged).status_code for forged in headers] == [200, 200, 429, 429]


def test_every_one_of_several_limits_holds(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    site = make_site(sqlite_store, rate_limit="2 per second; 3 per hour")
    assert [site.get("/rest/help.txt").status_code for _ in range(3)] == [200, 200, 429]
    time.sleep(1.1)
    assert [site.get("/rest/help.txt").status_code for _ in range(2)] == [200, 429]


def test_an_empty_limit_is_none(sqlite_store: Store, make_site: Callable[..., Site]) -> None:
    site = make_site(sqlite_store, rate_limit="")
    assert {site.get("/rest/help.txt").status_code for _ in range(1500)} == {200}


def test_a_shared_storage_that_is_away_lets_everybody_in_and_says_so(
    sqlite_store: Store, make_site: Callable[..., Site], caplog: pytest.LogCaptureFixture
) -> None:
    site = make_site(sqlite_store, rate_limit="1 per hour", rate_limit_storage="redis://127.0.0.1:1/0")
    with caplog.at_level(logging.ERROR):
        assert [site.get("/rest/help.txt").status_code for _ in range(3)] == [200, 200, 200]
    assert "cannot be reached" in caplog.text


def test_all_workers_of_a_server_count_together(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = {"DCIP_RATE_LIMIT": "30 per hour", "DCIP_TRUSTED_PROXIES": "1", "DCIP_LIST_FOLDER": str(tmp_path)}
    server = serve(sqlite_url, "--workers", "3", **settings)
    found: Counter[int] = Counter()

    def ask() -> None:
        for _ in range(20):
            connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
            connection.request("GET", "/rest/help.txt", headers={"X-Forwarded-For": "203.0.113.5"})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            found[answer.status] += 1

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {200: 30, 429: 70}
