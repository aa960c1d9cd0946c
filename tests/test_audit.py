"""``dcip-server audit`` and the page ``/policy``: what breaks the rules is found, and withdrawn with a reason."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dcip_server import settings
from dcip_server.errors import RecordError
from dcip_server.store import Delete, Put, Store
from dcip_server.validation import PROFILES
from tests.conftest import Ran, Site
from tests.records import dataset, record
from tests.validation.test_ib1_legacy import _FILE as _LEGACY
from tests.validation.test_ib1_rules import _DATASET, _SERIES, _SERVICE

_GOOD = "https://data.example.org/trees"
_BAD = "https://data.example.org/shrubs"
_SHRUBS = (
    _DATASET[_DATASET.index("<https://data.example.org/trees> a") :]
    .replace("/trees", "/shrubs")
    .replace("by/4.0", "by-nc/4.0")
    .replace('"Trees"', '"Shrubs <b>&amp;"')
)
_O = ("audit", "--profile", "ib1-open-data")


@pytest.fixture
def filled(run: Callable[..., Ran], tmp_path: Path) -> None:
    """A catalog of a dataset that keeps all rules, and one whose license is not open."""
    (tmp_path / "catalog.ttl").write_text(_DATASET + _SHRUBS)
    assert run("import", str(tmp_path / "catalog.ttl")).status == 0


@pytest.mark.usefixtures("filled")
def test_the_records_that_break_rules_are_listed(run: Callable[..., Ran]) -> None:
    ran = run(*_O)
    lines = ran.out.splitlines()
    assert (ran.status, ran.err) == (1, "")
    assert lines[0] == f"dataset {_BAD}: Shrubs <b>&amp;"
    assert lines[1].startswith("    error   IB1-L-02  <https://creativecommons.org/licenses/by-nc/4.0/> does not")
    assert lines[2:] == ["2 records checked against ib1-open-data: 1 with errors, 0 with only warnings, 0 withdrawn"]
    assert run("audit", "--profile", "ib1-metadata").status == 0


@pytest.mark.usefixtures("filled")
def test_a_license_that_the_operator_added_is_open(run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "IB1-L-02" in run(*_O).out
    monkeypatch.setenv("DCIP_OPEN_LICENSES", "https://creativecommons.org/licenses/by-nc/4.0")
    assert "IB1-L-02" not in run(*_O).out


@pytest.mark.usefixtures("filled")
def test_machines_get_one_document(run: Callable[..., Ran]) -> None:
    ran = run(*_O, "--json")
    report = json.loads(ran.out)
    (violation,) = report["violations"]
    assert (ran.status, report["profile"], violation["id"], violation["revision"]) == (1, "ib1-open-data", _BAD, 2)
    assert [(finding["rule"], finding["severity"]) for finding in violation["findings"]] == [("IB1-L-02", "E")]
    figures = report["figures"]
    assert (figures["records"], figures["violating"], figures["withdrawn"], figures["rules"]) == (
        2,
        1,
        0,
        {"IB1-L-02": 1},
    )
    assert "IB1-H-07" in figures["unchecked"]
    assert json.loads(run("audit", "--profile", "ib1-metadata", "--json").out)["violations"] == []


@pytest.mark.usefixtures("filled")
def test_an_audit_that_withdraws_nothing_changes_no_record(run: Callable[..., Ran], sqlite_url: str) -> None:
    with Store(sqlite_url) as store:
        before = store.state()
        run(*_O)
        assert store.state() == before


@pytest.mark.usefixtures("filled")
def test_what_is_withdrawn_is_gone_with_the_reason_on_its_page(
    run: Callable[..., Ran], sqlite_url: str, make_site: Callable[..., Site]
) -> None:
    ran = run(*_O, "--withdraw")
    assert (ran.status, ran.out.splitlines()[-1]) == (
        1, "2 records checked against ib1-open-data: 1 with errors, 0 with only warnings, 1 withdrawn",
    )  # fmt: skip
    assert run(*_O, "--withdraw").out.startswith("1 records checked against ib1-open-data: 0 with errors")
    with Store(sqlite_url) as store:
        site = make_site(store)
        page = site.get("/dataset/https:%2F%2Fdata.example.org%2Fshrubs")
        assert page.status_code == 410
        assert page.text.count("ib1-open-data: IB1-L-02: &lt;https://creativecommons.org/licenses/by-nc/4.0/&gt;") == 2
        assert 'href="/policy"' in page.text
        changes = site.get("/rest/dataset/id/").get_json()
        assert [(entry["id"], entry["change_type"]) for entry in changes] == [(_GOOD, "create"), (_BAD, "delete")]
        reason = "ib1-open-data: IB1-L-02: &lt;https://creativecommons.org/licenses/by-nc/4.0/&gt;"
        assert [site.get(f"/changes{at}").text.count(reason) for at in ("", ".atom")] == [1, 1]


@pytest.mark.usefixtures("filled")
def test_the_reason_stays_in_the_history_of_a_record_that_comes_back(
    run: Callable[..., Ran], sqlite_url: str, make_site: Callable[..., Site], tmp_path: Path
) -> None:
    run(*_O, "--withdraw")
    (tmp_path / "catalog.ttl").write_text(_DATASET + _SHRUBS.replace("by-nc", "by"))
    run("import", str(tmp_path / "catalog.ttl"))
    assert run(*_O).status == 0
    with Store(sqlite_url) as store:
        page = make_site(store).get("/dataset/https:%2F%2Fdata.example.org%2Fshrubs")
        assert (page.status_code, page.text.count("ib1-open-data: IB1-L-02")) == (200, 1)
        run("delete", _BAD)
        assert "withdrawn" not in make_site(store).get("/dataset/https:%2F%2Fdata.example.org%2Fshrubs").text


def test_most_of_a_catalog_is_withdrawn_only_where_that_is_confirmed(
    run: Callable[..., Ran], sqlite_store: Store
) -> None:
    sqlite_store.revise([Put(dataset(id)) for id in range(300)])
    ran = run(*_O, "--withdraw", "--json")
    assert (ran.status, sqlite_store.state().live_records) == (1, 300)
    assert "--allow-mass-delete" in ran.err
    assert len(json.loads(ran.out)["violations"]) == 300
    assert run(*_O, "--withdraw", "--allow-mass-delete").out.splitlines()[-1].endswith(" 300 withdrawn")
    assert sqlite_store.state().live_records == 0
    assert run(*_O).out == "0 records checked against ib1-open-data: 0 with errors, 0 with only warnings, 0 withdrawn\n"


def test_a_record_that_changed_since_it_was_checked_is_not_deleted(store: Store) -> None:
    store.revise([Put(dataset("a"))])
    store.revise([Put(dataset("a", title="New"))])
    refused: list[str] = []
    change = Delete("dataset", "a", reason="wrong", revision=1)
    outcome = store.revise([change], refused=lambda _, error: refused.append(str(error)))
    assert (outcome.deleted, outcome.refused, store.state().live_records) == (0, 1, 1)
    assert "has changed since revision 1" in refused[0]
    with pytest.raises(RecordError):
        store.revise([change])
    assert store.revise([Delete("dataset", "a", reason="wrong", revision=2)]).deleted == 1
    history = store.find_history("dataset", "a")
    assert history is not None
    assert [revision.reason for revision in history.revisions] == ["wrong", None, None]


#: What is imported, the profile, and what is found: exit status and rules.
_IMPORTS = [
    ("a.json", json.dumps([record("a")]), "dcip", 0, set()),
    ("a.json", json.dumps([record("a")]), "dcat-ap", 1, {"DCATAP-02"}),
    ("a.json", json.dumps([record("a", description="All.")]), "dcat-ap", 0, set()),
    ("a.json", json.dumps([record("a")]), "ib1-open-data", 1, {"IB1-C-07", "IB1-C-08", "IB1-C-10", "IB1-C-06", "IB1-D-01", "IB1-T-04"}),
    ("a.yaml", _LEGACY, "ib1-metadata", 0, set()),
    ("a.yaml", _LEGACY, "ib1-open-data", 1, {"IB1-F-01"}),
    ("a.yaml", _LEGACY.replace("sufficient: true", "sufficient: 1"), "ib1-metadata", 1, {"IB1-A-08"}),
    ("a.ttl", _SERVICE, "ib1-metadata", 0, set()),
    ("a.ttl", _SERVICE.replace("v1>", "v1?x>"), "ib1-metadata", 1, {"IB1-S-05"}),
    ("a.ttl", _DATASET.replace("ib1:scheme <", "dcat:inSeries <https://data.example.org/series> ; ib1:scheme <") + _SERIES, "ib1-open-data", 0, set()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "profile", "status", "rules"), _IMPORTS)
def test_records_of_every_origin_are_judged_as_their_files_were(
    run: Callable[..., Ran], tmp_path: Path, name: str, text: str, profile: str, status: int, rules: set[str]
) -> None:
    (tmp_path / name).write_text(text)
    assert run("import", str(tmp_path / name)).status == 0
    ran = run("audit", "--profile", profile, "--json")
    report = json.loads(ran.out)
    found = {f["rule"] for v in report["violations"] for f in v["findings"] if f["severity"] == "E"}
    assert (ran.status, found) == (status, rules)
    assert report["figures"]["records"] > 0
    assert report["figures"]["warned"] <= report["figures"]["records"]


def test_an_audit_asks_the_network_where_that_is_wanted(
    run: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    monkeypatch.setenv("DCIP_PRIVATE_ADDRESSES", "on")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        # A file of this name is not where the tests are run.
        url = f"http://127.0.0.1:{server.server_port}/no-trees.csv"
        (tmp_path / "catalog.ttl").write_text(_DATASET.replace("https://files.example.org/trees.csv", url))
        assert run("import", str(tmp_path / "catalog.ttl")).status == 0
        reports = [json.loads(run(*_O, "--json", *options).out) for options in ([], ["--online"])]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert [sorted(report["figures"]["rules"]) for report in reports] == [["IB1-H-10"], ["IB1-H-07", "IB1-H-10"]]
    assert "IB1-H-07" in reports[0]["figures"]["unchecked"]
    assert reports[1]["figures"]["unchecked"] == ["IB1-H-02", "IB1-H-03", "IB1-H-04", "IB1-H-05"]


def test_the_profile_is_that_of_the_setting(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, sqlite_store: Store
) -> None:
    sqlite_store.revise([Put(dataset("a"))])
    assert "against dcip:" in run("audit").out
    monkeypatch.setenv("DCIP_ENFORCED_PROFILE", "ib1-metadata")
    assert "against ib1-metadata:" in run("audit").out


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_can_be_enforced(profile: str) -> None:
    assert settings.load({"DCIP_ENFORCED_PROFILE": profile}).enforced_profile == profile


# --- the page ---


@pytest.mark.usefixtures("filled")
def test_the_policy_tells_the_rules_the_contact_and_the_last_audit(
    run: Callable[..., Ran], sqlite_url: str, make_site: Callable[..., Site]
) -> None:
    with Store(sqlite_url) as store:
        site = make_site(store, enforced_profile="ib1-open-data", catalog_contact="https://data.example.org/contact")
        before = site.get("/policy").text
        assert "There has been no audit yet." in before
        assert '<a href="https://data.example.org/contact">' in before
        run(*_O)
        run("audit", "--profile", "dcip")
        after = site.get("/policy").text
    rules = PROFILES["ib1-open-data"].list_rules()
    assert len(rules) > 60
    assert all(f"<code>{id}</code>" in after for id in rules)
    assert '<th scope="row">Records that broke a rule</th><td>1</td>' in after
    row = after.partition('<tr id="IB1-L-02">')[2].partition("</tr>")[0]
    assert row.endswith("<td>error</td><td>1</td>")
    assert after.partition('<tr id="IB1-C-12">')[2].partition("</tr>")[0].endswith("<td>warning</td><td></td>")


def test_the_policy_speaks_the_readers_language_and_is_linked_from_every_page(site: Site) -> None:
    assert 'href="/policy"' in site.get("/").text
    assert "Letzte Prüfung" in site.get("/policy", headers={"Accept-Language": "de"}).text
    assert "Dernier audit" in site.get("/policy", headers={"Accept-Language": "fr"}).text


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("data@city.example", '<a href="mailto:data@city.example">data@city.example</a>'),
        ("https://city.example/help", '<a href="https://city.example/help">https://city.example/help</a>'),
        ("the <b>data</b> team", "<strong>the &lt;b&gt;data&lt;/b&gt; team</strong>"),
        ("Ann, ann@city.example", "<strong>Ann, ann@city.example</strong>"),
    ],
)
def test_a_violation_is_reported_to_the_contact(
    sqlite_store: Store, make_site: Callable[..., Site], contact: str, shown: str
) -> None:
    assert shown in make_site(sqlite_store, catalog_contact=contact).get("/policy").text
