"""``dcip-server opendata`` at a portal on the network that is slow, wrong, busy, hostile or gone."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dcip_server.publish import remote
from tests.conftest import Ran
from tests.fake_udata import FakeUdata, Fault, running

_KEY = "the-secret-key-of-misp"
_TITLE = "x509 certificates shared in MISP"
_RESOURCE = {"title": "All x509 certificates", "type": "api"}


@pytest.fixture
def fake() -> Iterator[FakeUdata]:
    with running(FakeUdata(_KEY)) as portal:
        yield portal


@pytest.fixture
def send(
    run: Callable[..., Ran], fake: FakeUdata, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Callable[..., Ran]:
    """Sends a query to the portal; whatever comes of it, the key is nowhere in what is said, nor is a traceback."""
    portals = tmp_path / "portals.json"
    portals.write_text(json.dumps([fake.url + "/"]))
    caplog.set_level(logging.DEBUG)

    def send(setup: Any, auth: str = _KEY, **members: Any) -> Ran:
        query = {"returnFormat": "opendata", "auth": auth, "setup": setup, "tags": "tlp:white",
                 "misp-url": "https://misp.example", "portal-url": fake.url, **members}  # fmt: skip
        ran = run("opendata", "--portals", str(portals), "-", stdin=json.dumps(query).encode())
        assert auth not in ran.out + ran.err + caplog.text
        assert "Traceback" not in ran.err
        return ran

    return send


def _setup(*resources: Any, title: str = _TITLE) -> dict[str, Any]:
    return {
        "dataset": {"title": title, "description": "From MISP."},
        **({"resources": list(resources)} if resources else {}),
    }


def test_a_round_and_the_same_again(send: Callable[..., Ran], fake: FakeUdata) -> None:
    for word in ("created", "updated", "updated"):
        ran = send(_setup(_RESOURCE))
        assert (ran.status, ran.err) == (0, "")
        assert f"has been successfully {word}." in ran.out
    (dataset,) = fake.datasets
    (resource,) = dataset["resources"]
    assert resource["url"] == "https://misp.example/events/restSearch/tags:tlp:white"
    assert f"{fake.url}/en/datasets/{dataset['id']}/#resource-{resource['id']}\n" in ran.out
    assert ran.out.endswith(f"{fake.url}/api/1/datasets/{dataset['id']}/resources/{resource['id']}/\n")
    assert [method for method, _ in fake.writes()] == ["POST", "PUT", "PUT"]
    assert all(path.endswith("/") for _, path, _, _ in fake.asked)
    shown = send({"dataset": _TITLE}, search=1)
    assert json.loads(shown.out) == dataset
    assert send({"dataset": _TITLE, "resources": _RESOURCE["title"]}, delete=1).status == 0
    assert (
        send({"dataset": _TITLE}, delete=1).out == f"The dataset {_TITLE} has been deleted from the open data portal.\n"
    )


def test_a_dataset_that_was_deleted_is_made_anew_once_and_then_found(send: Callable[..., Ran], fake: FakeUdata) -> None:
    """Its old slug stays 410 at udata: without a look at the publisher's own, each run would make one more."""
    send(_setup())
    assert send({"dataset": _TITLE}, delete=1).status == 0
    assert send({"dataset": _TITLE}, delete=1).status == 1
    assert [send(_setup(_RESOURCE)).status for _ in range(3)] == [0, 0, 0]
    assert [bool(dataset["deleted"]) for dataset in fake.datasets] == [True, False]


def test_no_key_is_sent_for_a_search(send: Callable[..., Ran], fake: FakeUdata) -> None:
    assert send({"dataset": _TITLE}, search=1).status == 1
    assert fake.asked
    assert all("x-api-key" not in {name.lower() for name in headers} for _, _, headers, _ in fake.asked)


#: Where a fault comes, which one, and what the message says of it.
_FAULTS: list[tuple[str, Fault, str]] = [
    ("GET datasets/", (500, {}), "500"),
    ("POST datasets/", (500, {}), "500"),
    ("POST datasets/", (401, {}), "401"),
    ("POST datasets/", (403, {}), "403"),
    ("POST datasets/", (400, {}), "400"),
    ("POST datasets/", (429, {"Retry-After": "100000"}), "429"),
    ("POST datasets/", (301, {"Location": "/api/1/datasets/"}), "301"),
    ("POST datasets/", (307, {"Location": "http://127.0.0.1:1/api/1/datasets/"}), "another origin"),
    ("GET datasets/", (302, {"Location": "http://127.0.0.1:1/api/1/datasets/"}), "another origin"),
    ("GET datasets/", (302, {"Location": "http://[/"}), "127.0.0.1"),
    ("GET datasets/", "close", "127.0.0.1"),
    ("POST datasets/", "close", "127.0.0.1"),
    ("POST datasets/", "cut", "cut"),
    ("POST datasets/", "html", "not JSON"),
    ("POST datasets/", "slow", "127.0.0.1"),
]  # fmt: skip


@pytest.mark.parametrize(("at", "fault", "word"), _FAULTS, ids=[f"{at}{fault}" for at, fault, _ in _FAULTS])
def test_nothing_is_reported_as_done_that_the_portal_did_not_confirm(
    send: Callable[..., Ran], fake: FakeUdata, monkeypatch: pytest.MonkeyPatch, at: str, fault: Fault, word: str
) -> None:
    if fault == "slow":
        monkeypatch.setattr(remote, "TIMEOUT_S", 0.5)
        monkeypatch.setattr(remote.RemotePortal.__init__, "__kwdefaults__",
                            {**(remote.RemotePortal.__init__.__kwdefaults__ or {}), "timeout_s": 0.5})  # fmt: skip
        fake.slow_s = 1.5
    fake.faults.append((at, fault))
    ran = send(_setup(_RESOURCE))
    assert (ran.status, ran.out) == (1, "")
    assert word in ran.err, ran.err
    # The same query again ends where it would have, whether or not the portal had done it.
    assert send(_setup(_RESOURCE)).status == 0
    assert [len(dataset["resources"]) for dataset in fake.datasets] == [1]


def test_a_busy_portal_is_asked_again_when_it_says_so(send: Callable[..., Ran], fake: FakeUdata) -> None:
    fake.faults += [("GET datasets/", (429, {"Retry-After": "0"})), ("POST datasets/", (429, {"Retry-After": "1"}))]
    assert send(_setup(_RESOURCE)).status == 0
    assert [method for method, _ in fake.writes()] == ["POST", "POST"]
    assert len(fake.datasets) == 1


def test_a_redirect_within_the_portal_is_followed_and_a_write_stays_a_write(
    send: Callable[..., Ran], fake: FakeUdata
) -> None:
    fake.faults += [("GET datasets/", (308, {"Location": f"/api/1/datasets/{_TITLE.replace(' ', '%20')}/"})),
                    ("POST datasets/", (308, {"Location": f"{fake.url}/api/1/datasets/"}))]  # fmt: skip
    assert send(_setup(_RESOURCE)).status == 0
    assert [len(dataset["resources"]) for dataset in fake.datasets] == [1]


def test_the_first_refusal_stops_the_run_and_what_was_done_is_told(send: Callable[..., Ran], fake: FakeUdata) -> None:
    send(_setup())
    fake.faults += [("POST datasets/000000000000000000000000/resources/", (201, {"X-Is": "no resource"}))]
    ran = send(_setup(_RESOURCE, {**_RESOURCE, "title": "Second"}))
    assert (ran.status, ran.out) == (1, "")
    assert len(fake.writes()) == 2
    fake.faults += [("POST datasets/000000000000000000000000/resources/", (403, {}))]
    ran = send([_setup(title="Another"), _setup(_RESOURCE), _setup(title="Never")])
    assert ran.status == 1
    assert ran.out.count("has been successfully created.") == 1
    assert "done" in ran.err.lower()
    assert not any(dataset["title"] == "Never" for dataset in fake.datasets)


def test_a_portal_that_says_the_key_back_does_not_get_it_printed(send: Callable[..., Ran], fake: FakeUdata) -> None:
    fake.key = "another"
    fake.answer = lambda *_: (401, {"message": f"what is {_KEY}?"})  # type: ignore[method-assign]
    ran = send(_setup())
    assert ran.status == 1
    assert "401" in ran.err


def test_a_portal_that_is_not_there_is_one_line_with_its_host(run: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "portals.json").write_text('["http://127.0.0.1:1"]')
    query = {"returnFormat": "opendata", "auth": _KEY, "setup": _setup(), "portal-url": "127.0.0.1:1"}
    ran = run("opendata", "--portals", str(tmp_path / "portals.json"), "-", stdin=json.dumps(query).encode())
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (1, "", 1)
    assert "127.0.0.1" in ran.err


def test_two_resources_of_one_title_are_an_error_and_nothing_is_changed(
    send: Callable[..., Ran], fake: FakeUdata
) -> None:
    send(_setup(_RESOURCE))
    (dataset,) = fake.datasets
    dataset["resources"].append({**dataset["resources"][0], "id": "e6e9492d-1f01-4e27-9fd6-73e00409fdb0"})
    for members in ({}, {"delete": 1}):
        ran = send(_setup(_RESOURCE), **members)
        assert (ran.status, ran.out) == (1, "")
        assert all(resource["id"] in ran.err for resource in dataset["resources"])
    assert len(fake.writes()) == 1
