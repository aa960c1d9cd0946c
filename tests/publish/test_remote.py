"""The ``opendata`` command at a portal like udata, which does as it is told or goes wrong in every way."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dcip_server.errors import SourceError
from dcip_server.publish.remote import RemotePortal
from tests.conftest import Ran
from tests.postgresql import free_port
from tests.publish.fake_udata import KEY, FakeUdata, Fault, running

TITLE = "x509 certificates shared in MISP"
DATASET = {"title": TITLE, "description": "From MISP."}
RESOURCE = {"title": "All certificates", "type": "api"}
SECOND = {"title": "Second", "type": "api"}

Send = Callable[..., Ran]


@pytest.fixture
def portal() -> Iterator[FakeUdata]:
    with running() as portal:
        yield portal


@pytest.fixture
def send(run: Callable[..., Ran], portal: FakeUdata, tmp_path: Path) -> Send:
    """Sends a query with members: ``send({"dataset": …}, delete=1)``."""

    def send(setup: Any, url: str = portal.url, **members: Any) -> Ran:
        portals = tmp_path / "portals.json"
        portals.write_text(json.dumps([url]))
        document = {
            "returnFormat": "opendata", "auth": KEY, "misp-url": "https://misp.example", "tags": "tlp:white",
            "portal-url": url, "setup": setup, **members,
        }  # fmt: skip
        ran = run("opendata", "--portals", str(portals), "-", stdin=json.dumps(document).encode())
        assert KEY not in ran.out + ran.err
        assert "Traceback" not in ran.err
        return ran

    return send


def _publish(*resources: Any) -> dict[str, Any]:
    return {"dataset": DATASET, "resources": list(resources)}


def test_the_whole_life_of_a_dataset_at_udata(send: Send, portal: FakeUdata) -> None:
    assert "dataset has been successfully created" in send(_publish(RESOURCE)).out
    assert "resource has been successfully updated" in send(_publish(RESOURCE)).out
    assert "resource has been successfully created" in send(_publish(SECOND)).out
    assert "dataset has been successfully updated" in send(_publish()).out
    (dataset,) = portal.datasets.values()
    assert [r["title"] for r in dataset["resources"]] == ["Second", "All certificates"]
    assert send({"dataset": TITLE, "resources": ["Second"]}, delete=1).status == 0
    assert len(dataset["resources"]) == 1
    assert send({"dataset": TITLE}, delete=1).status == 0
    assert dataset["deleted"]
    again = send({"dataset": TITLE}, delete=1)
    assert (again.status, again.out) == (1, "")
    assert "Status: 410" in again.err
    # The slug of what was deleted stays taken: the new dataset is found through the key's own list.
    assert "dataset has been successfully created" in send(_publish(RESOURCE)).out
    assert "resource has been successfully updated" in send(_publish(RESOURCE)).out
    assert len(portal.datasets) == 2


def test_a_search_sends_no_key_and_a_redirect_to_the_final_slash_is_followed(send: Send, portal: FakeUdata) -> None:
    portal.add(**DATASET)
    assert json.loads(send({"dataset": TITLE}, search=1).out)["title"] == TITLE
    assert [key for _, _, key in portal.seen] == [None]
    assert RemotePortal(portal.url, None).ask("GET", "datasets/000000000000000000000001").status == 200
    assert send({"dataset": "other"}, search=1).status == 1


@pytest.mark.parametrize("paged", [False, True])
def test_a_dataset_whose_slug_says_otherwise_is_found_in_the_keys_own_list(send: Send, portal: FakeUdata, paged: bool) -> None:  # fmt: skip
    portal.paged = paged
    portal.add(title="Other", description="x")
    portal.add(**DATASET, slug="something-else")
    portal.add(**DATASET, slug="deleted", deleted="2020-01-01")
    assert "resource has been successfully created" in send(_publish(RESOURCE)).out
    portal.add(**{**DATASET, "title": TITLE.upper()}, slug="third")
    assert "resource has been successfully updated" in send(_publish(RESOURCE)).out
    portal.add(**DATASET, slug="fourth")
    doubtful = send(_publish(RESOURCE))
    assert (doubtful.status, doubtful.out) == (1, "")
    assert "0" * 23 + "2" in doubtful.err
    assert "0" * 23 + "5" in doubtful.err


def test_what_udata_shows_its_owner_of_a_deleted_dataset_is_not_found(send: Send, portal: FakeUdata) -> None:
    shown = {"id": "0" * 24, "title": TITLE, "slug": "x", "deleted": "2020-01-01", "resources": []}
    portal.faults = [Fault("GET", "datasets/x509", 200, json.dumps(shown).encode())]
    assert "dataset has been successfully created" in send(_publish(RESOURCE)).out
    portal.faults = [Fault("GET", "datasets/x509", 200, json.dumps({**shown, "deleted": None, "title": "b"}).encode())]
    assert "resource has been successfully updated" in send(_publish(RESOURCE)).out


def test_two_resources_of_one_title_are_not_guessed_between(send: Send, portal: FakeUdata) -> None:
    resources = portal.add(**DATASET, resources=[RESOURCE, RESOURCE])["resources"]
    for ran in (
        send(_publish(SECOND, RESOURCE)),
        send({"dataset": TITLE, "resources": [SECOND["title"], RESOURCE["title"]]}, delete=1),
    ):
        assert (ran.status, ran.out) == (1, "")
        assert resources[0]["id"] in ran.err
        assert resources[1]["id"] in ran.err
    assert {method for method, _, _ in portal.seen} == {"GET"}
    assert send({"dataset": TITLE, "resources": resources[1]["id"]}, delete=1).status == 0
    assert [r["id"] for r in portal.datasets["0" * 23 + "1"]["resources"]] == [resources[0]["id"]]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("GET", "datasets/", 500), "500 - Internal Server Error"),
        (Fault("GET", "me/", 401), "401 - Unauthorized"),
        (Fault("POST", "datasets/", 401, f'{{"message": "no such key: {KEY}"}}'.encode()), "401"),
        (Fault("POST", "datasets/", 403), '403 - Forbidden - {"message": "no"}'),
        (Fault("POST", "datasets/", 400, b'{"errors": {"frequency": ["what?"]}}'), "what?"),
        (Fault("POST", "datasets/", 404), "404"),
        (Fault("POST", "datasets/", 500, b"<html>\r\nno"), "500 - Internal Server Error - <html> no"),
        (Fault("POST", "datasets/", 599, b""), "599"),
        (Fault("POST", "datasets/", 429, headers={"Retry-After": "100000"}), "429"),
        (Fault("POST", "datasets/", 429, headers={"Retry-After": "Fri, 31 Dec 2999 23:59:59 GMT"}), "429"),
        (Fault("POST", "datasets/", 301, headers={"Location": "/api/1/datasets/"}), "nothing was written"),
        (Fault("POST", "datasets/", 201, b"[]"), "no id"),
        (Fault("POST", "datasets/", 201, b'{"id": "../../x"}'), "no id"),
        (Fault("POST", "datasets/", 201, b'{"id": "1', cut=True), "127.0.0.1.*not known"),
        (Fault("POST", "datasets/", 201, b"<html>"), "127.0.0.1.*not JSON"),
        (Fault("POST", "datasets/"), "127.0.0.1.*not known"),
        (Fault("GET", "datasets/"), "127.0.0.1"),
        (Fault("GET", "datasets/", 200, b'{"a": ', cut=True), "127.0.0.1.*cut off"),
        (Fault("GET", "datasets/", 200, b"[" * 100_000), "127.0.0.1.*not JSON"),
        (Fault("GET", "datasets/", 302, headers={"Location": "/api/1/datasets/x/"}), "redirects"),
        (Fault("GET", "datasets/", 302, headers={"Location": "http://[/"}), "127.0.0.1.*no URL"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_nothing_is_said_to_be_done_where_the_portal_fails(send: Send, portal: FakeUdata, fault: Fault, words: str) -> None:  # fmt: skip
    portal.faults = [fault]
    ran = send(_publish(RESOURCE))
    assert (ran.status, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == 1
    assert all(part in ran.err for part in words.split(".*")), ran.err
    assert portal.datasets == {}


@pytest.mark.parametrize(("action", "method"), [("update", "PUT"), ("delete", "DELETE"), ("add", "POST")])
@pytest.mark.parametrize("status", [401, 403, 500, 0])
def test_the_first_failure_stops_and_what_was_done_before_is_said(
    send: Send, portal: FakeUdata, action: str, method: str, status: int
) -> None:
    known = [] if action == "add" else [{**RESOURCE, "title": title} for title in "abc"]
    resources = portal.add(**DATASET, resources=known)["resources"]
    if action == "add":
        portal.faults = [Fault("POST", "datasets/000000000000000000000001/resources/", 201, b'{"id": "r1"}', times=1)]
        portal.faults += [Fault("POST", "datasets/", status)]
    else:
        portal.faults = [Fault(method, f"datasets/{'0' * 23}1/resources/{resources[1]['id']}", status)]
    given = ["a", "b", "c"] if action == "delete" else [{**RESOURCE, "title": title} for title in "abc"]
    title = TITLE if action == "delete" else DATASET
    ran = send({"dataset": title, "resources": given}, **({"delete": 1} if action == "delete" else {}))
    assert ran.status == 1
    assert ran.out.count("successfully" if action != "delete" else "deleted") == 1
    assert "(1) is done" in ran.err
    assert sum(seen[0] == method for seen in portal.seen) == 2


def test_who_was_quicker_to_delete_makes_it_missing(send: Send, portal: FakeUdata) -> None:
    portal.add(**DATASET, resources=[RESOURCE])
    portal.faults = [Fault("DELETE", "datasets/", 404)]
    for setup in ({"dataset": TITLE, "resources": RESOURCE["title"]}, {"dataset": TITLE}):
        ran = send(setup, delete=1)
        assert (ran.status, ran.out) == (1, "")
        assert "does not exist in" in ran.err or "Status: 404" in ran.err


def test_a_busy_portal_is_asked_again_when_it_says(send: Send, portal: FakeUdata) -> None:
    portal.faults = [
        Fault("GET", "datasets/", 429, headers={"Retry-After": "0"}, times=2),
        Fault("POST", "datasets/", 429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, times=1),
        Fault("POST", "datasets/", 429, headers={"Retry-After": "1"}, times=1),
    ]
    began = time.monotonic()
    assert "dataset has been successfully created" in send(_publish(RESOURCE)).out
    assert time.monotonic() - began >= 1
    assert [method for method, _, _ in portal.seen] == ["GET", "GET", "GET", "GET", "GET", "POST", "POST", "POST"]
    assert len(portal.datasets) == 1


def test_the_key_does_not_follow_to_another_origin(send: Send, portal: FakeUdata) -> None:
    with running() as other:
        for location in (f"{other.url}/api/1/datasets/x/", other.url.replace("http:", "")):
            portal.faults = [Fault("GET", "datasets/", 302, headers={"Location": location})]
            ran = send(_publish(RESOURCE))
            assert (ran.status, ran.out) == (1, "")
            assert "another origin" in ran.err
        assert other.seen == []


def test_a_portal_that_is_not_there_is_named(send: Send, portal: FakeUdata) -> None:
    port = free_port()
    for url, named in (
        (f"http://127.0.0.1:{port}", f"127.0.0.1:{port}"),
        (portal.url.replace("http", "https"), "127.0.0.1"),
    ):
        ran = send(_publish(RESOURCE), url)
        assert (ran.status, ran.out) == (1, "")
        assert len(ran.err.splitlines()) == 1
        assert named in ran.err


@pytest.mark.parametrize(
    "fault", [Fault("GET", "datasets/", wait_s=5), Fault("GET", "datasets/", 200, b"{}", wait_s=5)]
)
def test_a_slow_portal_is_not_waited_for(portal: FakeUdata, fault: Fault) -> None:
    portal.faults = [fault]
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"127\.0\.0\.1"):
        RemotePortal(portal.url, KEY, timeout_s=0.3).ask("GET", "datasets/x/")
    assert time.monotonic() - began < 4


def test_a_run_that_only_creates_asks_for_the_keys_own_list_once(send: Send, portal: FakeUdata) -> None:
    setups = [{"dataset": {**DATASET, "title": f"Dataset {n}"}} for n in range(5)]
    portal.add(title="Dataset 0", description="x", deleted="2020-01-01")
    # The first one's slug is taken by what was deleted, so only the list knows it the second time.
    twice = send([*setups, setups[0]])
    assert (twice.status, twice.err) == (0, "")
    assert (twice.out.count("created"), twice.out.count("updated")) == (5, 1)
    assert sum(path.endswith("me/datasets/") for _, path, _ in portal.seen) == 1


@pytest.mark.parametrize(("setting", "status"), [("off", 1), ("on", 0)])
def test_a_portal_with_a_public_name_is_not_asked_at_a_private_address_unless_allowed(
    run: Callable[..., Ran],
    portal: FakeUdata,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    status: int,
) -> None:
    port = portal.url.rpartition(":")[2]
    monkeypatch.setenv("DCIP_PRIVATE_ADDRESSES", setting)
    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port)))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: here)
    (tmp_path / "list.json").write_text(json.dumps([f"http://portal.example.com:{port}"]))
    query = {"returnFormat": "opendata", "auth": KEY, "setup": {"dataset": {"title": "A", "description": "B"}},
             "portal-url": f"portal.example.com:{port}"}  # fmt: skip
    ran = run("opendata", "--portals", str(tmp_path / "list.json"), "-", stdin=json.dumps(query).encode())
    assert ran.status == status, ran.err
    assert len(portal.datasets) == 1 - status
    assert ("not a public address" in ran.err) == (status == 1)
