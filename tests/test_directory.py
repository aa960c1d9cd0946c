"""``dcip-server directory``: Members' metadata files in, entries out, and what an update does with files in error."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dcip_server.errors import CatalogError, DcipError
from dcip_server.store import Put, Store
from dcip_server.store.directory import add_file, commit_update, find_last_report, read_directory
from tests.conftest import REAL_CATALOGS, Ran
from tests.records import dataset
from tests.validation.test_ib1_legacy import _FILE as _LEGACY_FILE

_MEMBER = "https://directory.example.org/member/1"
_OTHER = "https://directory.example.org/member/2"
_A = "https://a.example.org/catalog.ttl"
_B = "https://b.example.org/catalog.ttl"
_GONE = "https://gone.example.org/catalog.ttl"
_SCHEME = "https://registry.example.org/scheme"
_PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix ib1: <https://registry.trust.ib1.org/ns/1.0#> .
"""


def _entry(name: str, title: str, *, publisher: str = _MEMBER, conforms: str = "1", license: str = "by/4.0") -> str:
    """An entry of ``ib1-open-data``, its distribution a blank node."""
    return f"""<https://data.example.org/{name}> a dcat:Dataset ;
    dcterms:title "{title}" ; dcterms:description "About {name}." ; dcterms:publisher <{publisher}> ;
    dcterms:license <https://creativecommons.org/licenses/{license}/> ;
    dcterms:conformsTo <https://registry.example.org/standard/{conforms}> ;
    ib1:sensitivityClass <https://registry.trust.ib1.org/sensitivity-class/IB1-O> ;
    ib1:trustFramework <https://registry.example.org/tf> ; ib1:scheme <{_SCHEME}> ;
    dcat:distribution [ a dcat:Distribution ; dcat:downloadURL <https://files.example.org/{name}.csv> ;
        dcat:mediaType "text/csv" ; ib1:dataSchema <https://data.example.org/{name}/schema> ] .
"""


class _Directory:
    """The command line over a catalog, with files that are published by being written down."""

    def __init__(self, run: Callable[..., Ran], url: str, folder: Path) -> None:
        self.run = run
        self.url = url
        self.folder = folder
        self.http: dict[str, dict[str, Any]] = {}

    def publish(self, url: str, *entries: str, text: str | None = None, type: str = "text/turtle") -> None:
        name = f"file-{len(list(self.folder.iterdir()))}"
        (self.folder / name).write_text(_PREFIXES + "".join(entries) if text is None else text)
        self.http[url] = {"status": 200, "type": type, "body": name}

    def add(self, url: str, *options: str, member: str = _MEMBER) -> None:
        assert self.run("directory", "add", member, url, *options).status == 0

    def update(self, *options: str) -> Ran:
        context = self.folder / "context.json"
        context.write_text(json.dumps({"http": self.http, "today": "2026-01-01"}))
        return self.run("directory", "update", "--context", str(context), *options)

    def report(self) -> dict[str, Any]:
        found = json.loads(self.run("directory", "report", "--json").out)
        assert isinstance(found, dict)
        return found

    def errors(self) -> set[str]:
        """The rules that the last update refused something by, and what it kept by rules U."""
        findings = [finding for file in self.report()["files"] for finding in file["findings"]]
        rules = {f["rule"] for f in findings if f["severity"] == "E" or f["rule"].startswith("IB1-U-")}
        return {rule.removeprefix("IB1-") for rule in rules}

    def entries(self) -> dict[str, str]:
        """Titles of the live records by the last part of their ids."""
        with Store(self.url) as store:
            live = [entry for entry in store.newest(100) if entry.change_type != "delete"]
            return {str(entry.id).rpartition("/")[2]: entry.title for entry in live}

    def revision(self) -> int:
        with Store(self.url) as store:
            return store.state().revision


@pytest.fixture
def directory(run: Callable[..., Ran], sqlite_url: str, tmp_path: Path) -> _Directory:
    folder = tmp_path / "published"
    folder.mkdir()
    return _Directory(run, sqlite_url, folder)


_TREES, _PARKS, _POOLS = _entry("trees", "Trees"), _entry("parks", "Parks"), _entry("pools", "Pools")
_ALL = {"trees": "Trees", "parks": "Parks", "pools": "Pools"}
_CLOSED = "by-nc/4.0"

#: From a catalog with all three entries of one file: what the file is at the next update, the entries then, the rules said.
_STEPS: dict[str, tuple[list[str] | dict[str, Any], dict[str, str], set[str]]] = {
    "the same file": ([_POOLS, _PARKS, _TREES], _ALL, set()),
    "an entry changed": ([_entry("trees", "Street trees"), _PARKS, _POOLS], _ALL | {"trees": "Street trees"}, set()),
    "an entry gone": ([_TREES, _PARKS], {"trees": "Trees", "parks": "Parks"}, set()),
    "an entry new": ([_TREES, _PARKS, _POOLS, _entry("roads", "Roads")], _ALL | {"roads": "Roads"}, set()),
    "an entry refused": (
        [_entry("trees", "Tree trunks", license=_CLOSED), _entry("parks", "Gardens"), _POOLS],
        _ALL | {"parks": "Gardens"},
        {"L-02", "U-02"},
    ),
    "a new entry refused": ([_TREES, _PARKS, _POOLS, _entry("roads", "R", license=_CLOSED)], _ALL, {"L-02", "U-02"}),
    "another publisher's": ([_TREES, _PARKS, _entry("pools", "P", publisher=_OTHER)], _ALL, {"C-06", "U-02"}),
    "a change that is not permitted": ([_TREES, _PARKS, _entry("pools", "P", conforms="2")], _ALL, {"V-02", "U-02"}),
    "a schema that changed": ([_TREES, _PARKS, _POOLS.replace("/schema", "/2")], _ALL, {"V-03", "U-02"}),
    "another class": ([_TREES, _PARKS, _POOLS.replace("dcat:Dataset ;", "dcat:DatasetSeries ;")], _ALL, {"V-05", "U-02"}),
    "an entry renamed": ([_TREES, _PARKS, _POOLS.replace("org/pools>", "org/pool>")], _ALL, {"V-01", "U-02"}),
    "no valid entry": ([_entry("trees", "Trees", license=_CLOSED)], _ALL, {"L-02", "U-01"}),
    "no entry": ([], _ALL, {"F-11", "U-01"}),
    "malformed": (["<https://data.example.org/"], _ALL, {"F-03", "U-01"}),
    "not there": ({"status": 404}, _ALL, {"H-02", "U-01"}),
    "moved": ({"status": 301}, _ALL, {"H-02", "U-01"}),
    "closed": ({"status": 401}, _ALL, {"H-03", "U-01"}),
    "unreachable": ({"error": "timeout"}, _ALL, {"H-02", "U-01"}),
}  # fmt: skip


@pytest.mark.parametrize("case", _STEPS)
def test_what_a_file_says_decides_what_becomes_of_its_entries(case: str, directory: _Directory) -> None:
    published, entries, rules = _STEPS[case]
    directory.add(_A)
    directory.publish(_A, _TREES, _PARKS, _POOLS)
    assert directory.update().status == 0
    assert directory.entries() == _ALL
    before = directory.revision()
    if isinstance(published, dict):
        directory.http[_A] = published
    else:
        directory.publish(_A, *published)
    ran = directory.update()
    assert directory.entries() == entries
    assert directory.errors() == rules
    assert (ran.status, bool(ran.err)) == ((1, True) if rules else (0, False))
    changed = {name for name in _ALL.keys() | entries if _ALL.get(name) != entries.get(name)}
    assert directory.revision() - before == len(changed)
    assert len(_STEPS) == 18


def test_a_refused_version_is_not_what_the_next_one_is_compared_with(directory: _Directory) -> None:
    directory.add(_A)
    for conforms, rules in (("1", set()), ("2", {"V-02", "U-02"}), ("2", {"V-02", "U-02"}), ("1", set())):
        directory.publish(_A, _TREES, _entry("pools", "Pools", conforms=conforms))
        directory.update()
        assert directory.errors() == rules


def test_entries_of_a_file_that_is_taken_off_the_list_go_with_the_next_update(directory: _Directory) -> None:
    directory.add(_A)
    directory.add(_B)
    directory.publish(_A, *(_entry(f"a{number}", "A") for number in range(12)))
    directory.publish(_B, _POOLS)
    directory.update()
    assert directory.run("directory", "remove", _A).status == 0
    assert len(directory.entries()) == 13
    assert directory.update().status == 0
    assert directory.entries() == {"pools": "Pools"}
    (gone,) = directory.report()["unregistered"]
    assert (gone["file_url"], len(gone["removed"])) == (_A, 12)
    assert directory.update().status == 0
    assert directory.report()["unregistered"] == []


@pytest.mark.parametrize("first", [_A, _B])
def test_of_two_files_with_the_same_entry_the_one_registered_first_has_it(first: str, directory: _Directory) -> None:
    for url in (first, _B if first == _A else _A):
        directory.add(url)
    directory.publish(_A, _TREES, _entry("pools", "Pools of A"))
    directory.publish(_B, _PARKS, _entry("pools", "Pools of B"))
    directory.update()
    owner = "A" if first == _A else "B"
    assert directory.entries() == {"trees": "Trees", "parks": "Parks", "pools": f"Pools of {owner}"}
    assert directory.errors() == {"V-04", "U-02"}
    # The file that has it keeps it, and lets it go before the other one can have it.
    directory.publish(first, _entry("else", "Else"))
    directory.update()
    assert "pools" not in directory.entries()
    assert directory.errors() == {"V-04", "U-02"}
    directory.update()
    assert directory.entries()["pools"] == f"Pools of {'B' if owner == 'A' else 'A'}"
    assert directory.errors() == set()


def test_an_entry_moves_at_once_from_a_file_that_is_taken_off_the_list(directory: _Directory) -> None:
    directory.add(_A)
    directory.publish(_A, _POOLS)
    directory.update()
    directory.run("directory", "remove", _A)
    directory.add(_B)
    directory.publish(_B, _POOLS)
    before = directory.revision()
    assert directory.update().status == 0
    assert directory.entries() == {"pools": "Pools"}
    assert directory.revision() == before


def test_a_file_in_error_does_not_stop_the_others(directory: _Directory) -> None:
    urls = [f"https://data.example.org/{number}.ttl" for number in range(20)]
    for number, url in enumerate(urls):
        directory.add(url)
        if number % 3:
            directory.publish(url, _entry(f"e{number}", "E"))
    assert directory.update().status == 1
    assert len(directory.entries()) == 13
    assert [file["file_url"] for file in directory.report()["files"]] == urls
    assert [file["valid"] for file in directory.report()["files"]] == ["no" if n % 3 == 0 else "yes" for n in range(20)]


def test_a_scheme_that_the_member_did_not_join_is_refused(directory: _Directory) -> None:
    directory.publish(_A, _TREES)
    directory.add(_A, "--scheme", "https://registry.example.org/another")
    directory.update()
    assert directory.errors() == {"C-08", "U-01"}
    directory.add(_A, "--scheme", "https://registry.example.org/another", "--scheme", _SCHEME)
    directory.update()
    assert directory.entries() == {"trees": "Trees"}


def test_an_entry_is_known_by_its_iri_whatever_it_says_of_itself(directory: _Directory) -> None:
    stolen = '; dcterms:identifier "mine" .\n[] a dcat:CatalogRecord ; <http://xmlns.com/foaf/0.1/primaryTopic> <https://data.example.org/trees> ;'
    own = '<http://spec.datacatalogs.com/#id> "https://data.example.org/parks" .'
    directory.publish(_A, _TREES.rstrip(" .\n") + stolen + own)
    directory.add(_A)
    directory.update()
    assert directory.entries() == {"trees": "Trees"}


def test_the_legacy_form_is_known_below_its_files_url(directory: _Directory) -> None:
    url = "https://a.example.org/catalog.yaml"
    directory.add(url)
    for text in (_LEGACY_FILE, _LEGACY_FILE.replace("Every tree", "Each tree")):
        directory.publish(url, text=text, type="application/yaml")
        ran = directory.update("--profile", "ib1-metadata")
        assert (ran.status, ran.err) == (0, "")
        subject = f"{url}#trees"
        shown = json.loads(directory.run("show", subject).out)
        assert (shown["id"], shown["uri"]) == (subject, subject)
    assert shown["description"] == "Each tree in a street"


def test_an_entry_that_keeps_the_rules_but_cannot_be_a_record_is_refused_alone(directory: _Directory) -> None:
    long = _entry("x" * 9000, "Long")
    directory.publish(_A, _TREES, long)
    directory.add(_A)
    ran = directory.update()
    assert ran.status == 1
    assert "RECORD Cannot be served: id" in ran.err
    assert directory.entries() == {"trees": "Trees"}
    (file,) = directory.report()["files"]
    assert file["valid"] == "partial"
    assert [entry["result"] for entry in file["entries"]] == ["accepted", "left out"]


def test_a_series_under_its_older_name_is_a_series(directory: _Directory) -> None:
    series = '<https://data.example.org/all> a dcat:DataSeries ; dcterms:title "All" .'
    member = "<https://data.example.org/trees> dcat:inSeries <https://data.example.org/all> ."
    directory.publish(_A, _TREES, member, series)
    directory.add(_A)
    assert directory.update().status == 0
    assert directory.entries() == {"trees": "Trees", "all": "All"}
    shown = json.loads(directory.run("show", "https://data.example.org/all", "--entity", "datasetseries").out)
    assert shown["members"] == ["https://data.example.org/trees"]


def test_the_list_and_the_report_are_for_people_and_for_machines(directory: _Directory) -> None:
    directory.add(_A, "--scheme", _SCHEME)
    directory.add(_B, member=_OTHER)
    early = directory.run("directory", "report")
    assert (early.status, early.err) == (1, "dcip-server: there was no update yet; run: dcip-server directory update\n")
    directory.publish(_A, _TREES)
    directory.publish(_B, _entry("parks", "Parks"))
    ran = directory.update()
    assert ran.out == "2 files: 1 created, 0 updated, 0 deleted, 0 unchanged; errors: 1\n"
    assert f"{_B}: https://data.example.org/parks: IB1-C-06" in ran.err
    listed = json.loads(directory.run("directory", "list", "--json").out)
    assert [{key: value for key, value in row.items() if key != "registered"} for row in listed] == [
        {"member_url": _MEMBER, "file_url": _A, "schemes": [_SCHEME], "entries": 1},
        {"member_url": _OTHER, "file_url": _B, "schemes": None, "entries": 0},
    ]
    assert directory.run("directory", "list").out.startswith(f"{_A}\t{_MEMBER}\t1 entry\t{_SCHEME}\t")
    first, second = directory.report()["files"]
    assert first["entries"] == [{"subject": "https://data.example.org/trees", "accepted": True, "result": "accepted"}]
    assert second["entries"] == [{"subject": "https://data.example.org/parks", "accepted": False, "result": "left out"}]
    text = directory.run("directory", "report").out
    assert f"{_B}: not valid, 0 of 1 entries accepted" in text
    assert "IB1-C-06" in text


_REFUSED_COMMANDS = [
    (("add", _MEMBER, "catalog.ttl"), 2, "catalog.ttl"),
    (("add", "member/1", _A), 2, "member/1"),
    (("add", _MEMBER, "https://me:secret@a.example.org/c.ttl"), 2, "password"),
    (("add", _MEMBER, _A, "--scheme", "x"), 2, "'x'"),
    (("add", _OTHER, _B), 1, _MEMBER),
    (("add", _OTHER, _GONE), 1, "next update"),
    (("remove", _A), 1, _A),
    (("update", "--profile", "dcip"), 2, "ib1-metadata"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "status", "said"), _REFUSED_COMMANDS)
def test_wrong_commands_are_refused_with_their_reason(
    arguments: tuple[str, ...], status: int, said: str, directory: _Directory
) -> None:
    directory.add(_B)
    directory.add(_GONE)
    directory.run("directory", "remove", _GONE)
    ran = directory.run("directory", *arguments)
    assert ran.status == status
    assert said in ran.err
    assert "secret" not in ran.err
    assert len(_REFUSED_COMMANDS) == 8


def test_no_request_goes_to_a_private_address(directory: _Directory) -> None:
    directory.add("https://127.0.0.1:1/catalog.ttl")
    assert directory.run("directory", "update").status == 1
    assert directory.errors() == {"H-01", "U-01"}


def _refused(change: object, error: DcipError) -> None:
    raise AssertionError(error)


def test_an_update_that_ends_half_way_leaves_catalog_and_report_as_they_were(store: Store) -> None:
    add_file(store.engine, _MEMBER, _A, None)
    directory = read_directory(store.engine)
    commit_update(store.engine, directory, [Put(dataset("a"), directory.files[0].source)], _refused, lambda _: {"n": 1})
    before = store.state()

    def broken() -> Iterator[Put]:
        yield from (Put(dataset(f"b{number}"), directory.files[0].source) for number in range(600))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        commit_update(store.engine, read_directory(store.engine), broken(), _refused, lambda _: {"n": 2})
    assert store.state() == before
    assert json.loads(find_last_report(store.engine) or "") == {"n": 1}


def test_of_two_updates_at_once_the_second_changes_nothing(store: Store) -> None:
    add_file(store.engine, _MEMBER, _A, None)
    directory = read_directory(store.engine)
    for number in (1, 2):
        changes = [Put(dataset(f"a{number}"), directory.files[0].source)]
        if number == 1:
            commit_update(store.engine, directory, changes, _refused, lambda _: {})
        else:
            with pytest.raises(CatalogError, match="another update"):
                commit_update(store.engine, directory, changes, _refused, lambda _: {})
    assert store.state().live_records == 1


def test_the_published_scenario_of_updates_ends_as_it_says(directory: _Directory) -> None:
    folder = REAL_CATALOGS.parent / "spec" / "ib1-examples"
    if not (folder / "update.json").exists():
        # The scenario is not part of the project; the cases above are.
        return
    scenario = json.loads((folder / "update.json").read_text())
    registered: set[str] = set()
    for step in scenario["steps"]:
        for url in set(step["register"]) - registered:
            directory.add(url, member=scenario["member"])
        for url in registered - set(step["register"]):
            directory.run("directory", "remove", url)
        registered = set(step["register"])
        directory.http = step["http"]
        for answer in directory.http.values():
            if "body" in answer:
                (directory.folder / answer["body"]).write_bytes((folder / answer["body"]).read_bytes())
        directory.update("--profile", scenario["profile"])
        assert directory.entries() == {
            url.rpartition("/")[2]: title for url, title in step["expect"]["entries"].items()
        }
        assert directory.errors() >= {rule.removeprefix("IB1-") for rule in step["expect"]["findings"]}


def test_an_update_every_so_often_goes_on_until_it_is_interrupted(directory: _Directory, sqlite_url: str) -> None:
    directory.add(_A)
    directory.publish(_A, _TREES)
    directory.update()
    context = str(directory.folder / "context.json")
    command = [sys.executable, "-m", "dcip_server", "--database", sqlite_url, "directory", "update", "--every", "1s"]
    with subprocess.Popen([*command, "--context", context], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            deadline = time.monotonic() + 60
            while directory.report()["number"] < 3 and time.monotonic() < deadline:
                time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert directory.report()["number"] >= 3
    assert out.decode().startswith("1 file: 0 created, 0 updated, 0 deleted, 1 unchanged\n" * 2)


@pytest.mark.parametrize("text", ["24", "0h", "1w", "-1h", "1.5h", "100000d", ""])
def test_a_period_that_is_none_is_wrong_usage(text: str, run: Callable[..., Ran]) -> None:
    ran = run("directory", "update", "--every", text)
    assert ran.status == 2
    assert "24h" in ran.err


def test_what_an_audit_withdrew_comes_back_once_its_file_keeps_the_rules(directory: _Directory) -> None:
    directory.add(_A)
    directory.publish(_A, _TREES, _entry("parks", "Parks", license=_CLOSED))
    # By these rules the license does not matter, by those of the audit it does.
    assert directory.update("--profile", "ib1-metadata").status == 1
    directory.publish(_A, _versioned(_TREES), _versioned(_entry("parks", "Parks", license=_CLOSED)))
    assert directory.update("--profile", "ib1-metadata").status == 0
    assert directory.entries() == {"trees": "Trees", "parks": "Parks"}
    directory.run("audit", "--profile", "ib1-open-data", "--withdraw")
    assert directory.entries() == {"trees": "Trees"}
    for _ in range(2):
        # The catalog is held to ib1-open-data, which goes for updates, too.
        assert directory.update().status == 1
        assert (directory.entries(), directory.errors()) == ({"trees": "Trees"}, {"L-02", "U-02"})
    directory.publish(_A, _versioned(_TREES), _versioned(_PARKS))
    assert directory.update().status == 0
    assert directory.entries() == {"trees": "Trees", "parks": "Parks"}
    with Store(directory.url) as store:
        history = store.find_history("dataset", "https://data.example.org/parks")
    assert history is not None
    assert [revision.change_type for revision in history.revisions] == ["create", "delete", "create"]
    assert "IB1-L-02" in str(history.revisions[1].reason)


def _versioned(entry: str) -> str:
    """The entry with what ib1-metadata wants beside."""
    return entry.replace("a dcat:Dataset ;", 'a dcat:Dataset ; dcat:version "1.0.0" ; dcat:versionNotes "First" ;', 1)
