"""The ``opendata`` command at our own portal API: over HTTP at a running server, and as ``local``."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dcip_server.publish.portals import choose_portal
from dcip_server.store import Store
from dcip_server.store.api_keys import create_api_key
from tests.conftest import Ran, Server

DATASET = {"title": "x509 certificates shared in MISP", "description": "From MISP."}
RESOURCE = {"title": "All x509 certificates shared with MISP", "type": "api"}
LINK = "https://misp.example/events/restSearch/tags:tlp:white"


@dataclass
class Desk:
    """Where queries are sent from: to the portal ``base``, with a publisher's key."""

    run: Callable[..., Ran]
    base: str
    portal: str
    key: str
    options: tuple[str, ...] = ()

    def send(self, *options: str, **members: Any) -> Ran:
        document = {
            "returnFormat": "opendata",
            "auth": self.key,
            "misp-url": "https://misp.example",
            "portal-url": self.portal,
            **members,
        }
        document = {key: value for key, value in document.items() if value is not ...}
        ran = self.run("opendata", *self.options, *options, "-", stdin=json.dumps(document).encode())
        assert self.key not in ran.out + ran.err
        return ran

    def publish(self, resources: Any = None, dataset: Any = DATASET, **members: Any) -> Ran:
        return self.send(setup={"dataset": dataset, "resources": resources}, tags="tlp:white", **members)

    def delete(self, resources: Any = ..., dataset: Any = DATASET["title"], **members: Any) -> Ran:
        setup = {"dataset": dataset} if resources is ... else {"dataset": dataset, "resources": resources}
        return self.send(setup=setup, delete=1, **members)

    def search(self, resources: Any = None, dataset: Any = DATASET["title"], **members: Any) -> Ran:
        return self.send(setup={"dataset": dataset, "resources": resources}, search=1, **members)

    def found(self) -> dict[str, Any]:
        return json.loads(self.search().out)  # type: ignore[no-any-return]


@pytest.fixture(params=["remote", "local"])
def desk(request: pytest.FixtureRequest, run: Callable[..., Ran], sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    with Store(sqlite_url, create=True) as store:
        key = create_api_key(store.engine, "misp", "publisher")
    if request.param == "local":
        yield Desk(run, "http://127.0.0.1:8000", "local", key)
        return
    server: Server = request.getfixturevalue("serve")(sqlite_url, DCIP_PORTAL_API="on")
    portals = tmp_path / "portals.json"
    portals.write_text(json.dumps([server.url + "/", "https://other.example/"]))
    yield Desk(run, server.url, server.url.removeprefix("http://"), key, ("--portals", str(portals)))


def _confirmation(desk: Desk, what: str, done: str, id: str, resource: str = "") -> str:
    page, api = f"{desk.base}/en/datasets/{id}/", f"{desk.base}/api/1/datasets/{id}/"
    if resource:
        page, api = f"{page}#resource-{resource}", f"{api}resources/{resource}/"
    return (
        f"Your {what} has been successfully {done}.\n"
        f"It is available under the following link: {page}\n"
        f"You can also find the json format equivalent: {api}\n"
    )


def test_a_datasets_life_row_by_row(desk: Desk) -> None:
    made = desk.publish()
    dataset = desk.found()
    id = dataset["id"]
    assert made == Ran(0, _confirmation(desk, "dataset", "created", id), "")
    assert (dataset["frequency"], dataset["resources"]) == ("unknown", [])

    changed = desk.publish(dataset={**DATASET, "title": "X509 Certificates – shared in MISP", "acronym": "X5"})
    assert changed == Ran(0, _confirmation(desk, "dataset", "updated", id), "")
    assert (desk.found()["acronym"], desk.found()["title"]) == ("X5", "X509 Certificates – shared in MISP")

    added = desk.publish(RESOURCE, {"title": DATASET["title"], "acronym": "not sent"})
    (resource,) = desk.found()["resources"]
    assert added == Ran(0, _confirmation(desk, "resource", "created", id, resource["id"]), "")
    assert (resource["url"], resource["format"], resource["filetype"]) == (LINK, "json", "remote")
    assert desk.found()["acronym"] == "X5"

    again = desk.publish({**RESOURCE, "format": "csv"}, level="attributes")
    assert again == Ran(0, _confirmation(desk, "resource", "updated", id, resource["id"]), "")
    (resource,) = desk.found()["resources"]
    assert (resource["url"], resource["format"]) == (LINK.replace("events", "attributes"), "csv")
    with_option = desk.send("--level", "events", setup={"dataset": DATASET, "resources": RESOURCE}, level="attributes")
    assert with_option.status == 0
    assert desk.found()["resources"][0]["url"] == "https://misp.example/events/restSearch/"
    assert "no filter" in with_option.err

    two = desk.publish([{**RESOURCE, "title": "a"}, RESOURCE, {**RESOURCE, "title": "b"}])
    assert two.status == 0
    assert re.findall("Your resource has been successfully (.*)[.]", two.out) == ["created", "updated", "created"]

    removed = desk.delete(["a", "c", "b"])
    done = "The resource {} has been deleted from the open data portal.\n"
    assert removed == Ran(
        1,
        done.format("a") + done.format("b"),
        f"The resource c does not exist in the dataset {DATASET['title']}.\n",
    )
    assert desk.delete(RESOURCE["title"]).status == 0
    assert desk.found()["resources"] == []
    gone = desk.delete()
    assert gone == Ran(0, f"The dataset {DATASET['title']} has been deleted from the open data portal.\n", "")
    missing = desk.delete()
    assert (missing.status, missing.out) == (1, "")
    assert f"The dataset {DATASET['title']} you want to delete has not been found" in missing.err
    assert "Status: 404" in missing.err
    looked_for = desk.search()
    assert (looked_for.status, looked_for.out) == (1, "")
    assert f"The dataset {DATASET['title']} you are looking for has not been found" in looked_for.err
    by_id = desk.search(dataset=id)
    assert (by_id.status, by_id.out) == (1, "")


def test_a_dataset_is_made_with_all_its_resources_and_the_same_query_changes_nothing(desk: Desk) -> None:
    resources = [
        RESOURCE,
        {"title": "Help", "type": "documentation", "url": "https://misp.example/help", "format": "html"},
    ]
    made = desk.publish(resources)
    dataset = desk.found()
    assert made == Ran(0, _confirmation(desk, "dataset", "created", dataset["id"]), "")
    assert [(r["title"], r["url"]) for r in dataset["resources"]] == [
        (RESOURCE["title"], LINK),
        ("Help", "https://misp.example/help"),
    ]
    again = desk.publish(resources)
    assert again.out == "".join(
        _confirmation(desk, "resource", "updated", dataset["id"], r["id"]) for r in dataset["resources"]
    )
    assert desk.found() == dataset


def test_a_dataset_and_a_resource_may_be_named_by_id_and_keep_their_titles(desk: Desk) -> None:
    desk.publish(RESOURCE)
    before = desk.found()
    for name in (before["id"], before["slug"]):
        assert desk.publish(dataset={"title": name, "acronym": "A"}).status == 0
        assert desk.publish({"title": before["resources"][0]["id"], "type": "main"}, {"title": name}).status == 0
        after = desk.found()
        assert (after["title"], after["acronym"]) == (before["title"], "A")
        assert [(r["title"], r["type"]) for r in after["resources"]] == [(RESOURCE["title"], "main")]
    assert desk.delete(before["resources"][0]["id"], before["id"]).status == 0
    assert desk.delete(dataset=before["id"]).status == 0


def test_any_title_is_found_again(desk: Desk) -> None:
    for title in ("IP/domain lists", "a?b#c %2F", "..", "L’été 数据", "resources/", "datasets"):
        dataset = {"title": title, "description": "x"}
        assert "successfully created" in desk.publish(dataset=dataset).out, title
        assert "successfully updated" in desk.publish(dataset=dataset).out, title
        assert json.loads(desk.search(dataset={"title": title}).out)["title"] == title
        assert desk.delete(dataset=title).status == 0, title


def test_a_search_shows_what_was_asked_for_and_warns_of_the_rest(desk: Desk) -> None:
    desk.publish([{**RESOURCE, "title": "a"}, {**RESOURCE, "title": "b"}])
    whole = desk.found()
    title = DATASET["title"]
    one = [r for r in whole["resources"] if r["title"] == "a"]
    for wanted, resources, warning in (
        ("a", one, ""),
        ([{"title": "a"}], one, ""),
        (["a", "X"], one, f"A resource you mentioned (X) has not been found in the dataset {title}.\n"),
        (["X", "a", "Y"], one, f"Some of the resources you mentioned (X, Y) have not been found in the dataset {title}.\n"),
        ("X", whole["resources"], "The resource you looked for (X) has not been found in the following dataset:\n"),
        (["X", "Y"], whole["resources"],
         "None of the resources you looked for (X, Y) have been found in the following dataset:\n"),
    ):  # fmt: skip
        ran = desk.search(wanted, auth=...)
        shown = json.dumps({**whole, "resources": resources}, indent=4, ensure_ascii=False) + "\n"
        assert ran == Ran(0, shown, warning)
    both = desk.search(delete=1)
    assert "nothing is deleted" in both.err
    assert json.loads(both.out) == whole


def test_several_datasets_are_published_in_one_query(desk: Desk) -> None:
    setups = [{"dataset": {**DATASET, "title": f"Dataset {n}"}, "resources": RESOURCE} for n in range(3)]
    assert desk.send(setup=setups, tags="a").out.count("Your dataset has been successfully created.") == 3
    assert desk.send(setup=setups, tags="a").out.count("Your resource has been successfully updated.") == 3


def test_what_the_portal_refuses_is_said_with_its_status(desk: Desk) -> None:
    wrong = desk.publish(auth="a-wrong-key-0123456789")
    assert (wrong.status, wrong.out) == (1, "")
    assert "Your query encountered an error. 401 - Unauthorized - " in wrong.err
    assert "a-wrong-key" not in wrong.err
    desk.publish()
    unknown = desk.publish(dataset={**DATASET, "frequency": "sometimes"})
    assert unknown.status == 1
    assert "400" in unknown.err
    assert "frequency" in unknown.err


def test_the_first_refusal_stops_and_what_was_done_is_said(desk: Desk) -> None:
    desk.publish()
    local = {**RESOURCE, "title": "b", "url": "http://localhost/"}
    ran = desk.publish([{**RESOURCE, "title": "a"}, local, {**RESOURCE, "title": "c"}])
    assert ran.status == 1
    assert ran.out.count("successfully") == 1
    assert "400" in ran.err
    assert "(1) is done" in ran.err
    assert [r["title"] for r in desk.found()["resources"]] == ["a"]


def test_a_new_dataset_needs_a_description(desk: Desk) -> None:
    ran = desk.publish(dataset={"title": "New"})
    assert (ran.status, ran.out) == (2, "")
    assert "description" in ran.err
    assert desk.search(dataset="New").status == 1


def test_a_dry_run_tells_what_would_be_sent_and_sends_nothing(desk: Desk) -> None:
    would = desk.send("--dry-run", setup={"dataset": DATASET, "resources": RESOURCE}, tags="tlp:white")
    assert would.status == 0
    request, body = would.out.splitlines()
    assert request == f"Would send POST {desk.base}/api/1/datasets/"
    assert json.loads(body)["resources"][0]["url"] == LINK
    assert desk.search().status == 1
    desk.publish(RESOURCE)
    before = desk.found()
    would = desk.send("--dry-run", setup={"dataset": DATASET["title"]}, delete=1)
    assert would.out == f"Would send DELETE {desk.base}/api/1/datasets/{before['id']}/\n"
    assert desk.found() == before


@pytest.mark.parametrize("portal", ["", "other", "example", "other.example/x", "other.example:8443", "http://other.example/?x", "a b"])  # fmt: skip
def test_a_portal_is_known_by_its_whole_address(run: Callable[..., Ran], tmp_path: Path, portal: str) -> None:
    portals = tmp_path / "portals.json"
    portals.write_text('["https://other.example/", "udata.example/portal"]')
    ran = Desk(run, "", portal, "0123456789abcdef", ("--portals", str(portals))).search()
    assert (ran.status, ran.out) == (2, "")
    assert "The provided portal url is not supported yet (or misspelled)." in ran.err
    assert "https://other.example, https://udata.example/portal" in ran.err


@pytest.mark.parametrize(
    "portal",
    ["other.example", "https://other.example", "OTHER.example/", "other.example:443", "https://other.example//"],
)
def test_a_portal_is_listed_with_or_without_scheme_and_final_slash(portal: str) -> None:
    assert choose_portal(portal, ["https://udata.example", "https://other.example"]) == "https://other.example"


@pytest.mark.parametrize(
    "portals", ["{}", "[]", "[5]", '["ftp://a.example"]', '["https://u:geheim@a.example"]', "[", '["a b"]']
)
def test_a_wrong_list_of_portals_is_refused(run: Callable[..., Ran], tmp_path: Path, portals: str) -> None:
    file = tmp_path / "portals.json"
    file.write_text(portals)
    ran = Desk(run, "", "a.example", "0123456789abcdef", ("--portals", str(file))).search()
    assert (ran.status, ran.out) == (2, "")
    assert "geheim" not in ran.err
    assert re.search("portal|JSON", ran.err)


def test_a_publication_is_at_once_read_by_dcip(
    run: Callable[..., Ran], serve: Callable[..., Server], sqlite_url: str, tmp_path: Path
) -> None:
    with Store(sqlite_url, create=True) as store:
        key = create_api_key(store.engine, "misp", "publisher")
    server = serve(sqlite_url, DCIP_PORTAL_API="off")
    desk = Desk(run, "http://127.0.0.1:8000", "local", key)
    desk.publish(RESOURCE)
    id = desk.found()["id"]
    with urllib.request.urlopen(f"{server.endpoint}/dataset/id/{id}.json", timeout=10) as answer:
        assert json.load(answer)["resources"][0]["url"] == LINK
