"""Draft, "URL Structure" to "Read Dataset API Call": a view that forgets the rules cannot break them.

Each test adds a view below the endpoint that does something of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, abort, redirect

from tests.conftest import Site
from tests.spec import rule
from tests.spec.asking import JSON, TEXT, ask, assert_bare, assert_ok


@pytest.fixture
def add_view(site: Site) -> Callable[[Callable[[], Any]], None]:
    """Adds a view at ``/rest/new`` that takes every method."""
    app = site.ask_once()
    assert isinstance(app, Flask)

    def add(view: Callable[[], Any]) -> None:
        app.add_url_rule("/rest/new", "new", view, methods=["GET", "POST", "OPTIONS"], provide_automatic_options=False)

    return add


#: A status that a view or a library may answer with, and what leaves the server.
STATUSES = {
    **dict.fromkeys((201, 202, 203, 205, 206, 207, 226, 304), 500),
    **dict.fromkeys((300, 302, 303, 305, 307, 308), 301),
    **dict.fromkeys(
        (401, 402, 403, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 418, 422, 428, 431, 451), 400
    ),
    **dict.fromkeys((501, 502, 503, 504, 505, 507, 599), 500),
    301: 301,
    400: 400,
    404: 404,
    429: 429,
    500: 500,
}


@rule("DCIP-READ-6", "DCIP-READ-7")
def test_any_other_status_is_mapped_to_one_of_the_drafts(
    site: Site, add_view: Callable[[Callable[[], Any]], None]
) -> None:
    assert len(STATUSES) == 45
    statuses = iter(STATUSES)
    add_view(lambda: Response("a body", status=next(statuses), headers={"Location": "http://x.example/"}))
    for status, due in STATUSES.items():
        answer = ask(site, "/rest/new")
        assert answer.status_code == due, status
        assert_bare(answer, due)
        assert ("Location" in answer.headers) == (due == 301)


def _failing_stream() -> Iterator[bytes]:
    yield b"{"
    raise RuntimeError("half-way")


def _raise() -> None:
    raise RuntimeError("no answer")


def _exit() -> None:
    raise SystemExit(3)


#: What a view may do wrong; the client gets the status, and the log the reason.
FAULTS: dict[str, tuple[Callable[[], Any], int]] = {
    "raises": (_raise, 500),
    "divides by nought": (lambda: 1 // 0, 500),
    "returns nothing": (lambda: None, 500),
    "answers HTML": (lambda: Response("<p>hello</p>"), 500),
    "answers JSON with a hyphen in utf-8": (
        lambda: Response("{}", content_type="application/json; charset=utf-8"),
        500,
    ),
    "answers JSON without charset": (lambda: {"a": 1}, 500),
    "answers without type": (lambda: Response("{}", content_type=""), 500),
    "compresses": (lambda: Response(b"x", content_type=JSON, headers={"Content-Encoding": "gzip"}), 500),
    "fails in the middle of a stream": (lambda: Response(_failing_stream(), content_type=JSON), 500),
    "aborts with a page": (lambda: abort(404), 404),
    "aborts with another page": (lambda: abort(405), 400),
    "redirects": (lambda: redirect("http://catalog.example/rest/help.txt", 308), 301),
}


@rule("DCIP-READ-5", "DCIP-READ-7", "DCIP-HEAD-1", "DCIP-HEAD-2", "DCIP-HEAD-3")
@pytest.mark.parametrize(("view", "status"), FAULTS.values(), ids=FAULTS.keys())
def test_a_view_that_goes_wrong_is_answered_as_the_draft_wants(
    site: Site,
    add_view: Callable[[Callable[[], Any]], None],
    caplog: pytest.LogCaptureFixture,
    view: Callable[[], Any],
    status: int,
) -> None:
    add_view(view)
    assert_bare(ask(site, "/rest/new"), status)
    assert ("/rest/new" in caplog.text) == (status == 500)


@rule("DCIP-HEAD-2", "DCIP-HEAD-3")
def test_what_is_right_is_left_as_it_is_and_what_is_missing_is_added(
    site: Site, add_view: Callable[[Callable[[], Any]], None]
) -> None:
    headers = {"Set-Cookie": "a=b", "Allow": "GET", "Access-Control-Allow-Origin": "https://x.example"}
    add_view(lambda: Response(iter([b"one ", "zwölf".encode()]), content_type=TEXT, headers=headers))
    answer = ask(site, "/rest/new")
    assert_ok(answer, TEXT)
    assert answer.data.decode("utf-8") == "one zwölf"


@rule("DCIP-HEAD-2")
def test_a_wrong_length_is_put_right(site: Site, add_view: Callable[[Callable[[], Any]], None]) -> None:
    add_view(lambda: Response(["12345"], content_type=TEXT, headers={"Content-Length": "3"}))
    answer = ask(site, "/rest/new")
    assert_ok(answer, TEXT)
    assert answer.data == b"12345"


@rule("DCIP-URL-4")
@pytest.mark.parametrize("method", ["POST", "OPTIONS", "HEAD"])
def test_a_view_never_sees_another_method(
    site: Site, add_view: Callable[[Callable[[], Any]], None], method: str
) -> None:
    seen: list[str] = []
    add_view(lambda: seen.append("called") or Response("{}", content_type=JSON))
    assert_bare(ask(site, "/rest/new", method), 400)
    assert seen == []
    assert_ok(ask(site, "/rest/new"), JSON)
    assert seen == ["called"]
