"""``dcip-server import`` and ``delete``: what becomes of records, what is said, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcip_server.protocol.urls import Format
from dcip_server.store import Store
from tests.conftest import Ran
from tests.records import record

Run = Callable[..., Ran]


@pytest.fixture
def entries(sqlite_url: str, tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """The change list as it is now: ``entries()``."""

    def read() -> list[dict[str, Any]]:
        with Store(sqlite_url, list_folder=str(tmp_path / "lists"), create=True) as store:
            listed = store.change_list("dataset", Format.JSON, "http://catalog.example/rest")
            found: list[dict[str, Any]] = json.loads(b"".join(listed))
            listed.close()
            return found

    return read


@pytest.fixture
def live(entries: Callable[[], list[dict[str, Any]]]) -> Callable[[], set[str | int]]:
    """The ids of the live records: ``live()``."""
    return lambda: {entry["id"] for entry in entries() if entry["change_type"] != "delete"}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Writes records into a file and returns its path: ``write(record("1"), name="a.json")``."""

    def write(*records: Any, name: str = "a.json") -> str:
        path = tmp_path / name
        path.write_text(json.dumps(records))
        return str(path)

    return write


def counts(created: int = 0, updated: int = 0, deleted: int = 0, unchanged: int = 0, more: str = "") -> str:
    return f"{created} created, {updated} updated, {deleted} deleted, {unchanged} unchanged{more}\n"


# --- what is said, and the exit status ---


def test_a_sound_import_says_only_its_summary_on_stdout(run: Run, write: Callable[..., str]) -> None:
    assert run("import", write(record("1"), record("2"))) == Ran(0, counts(created=2), "")


def test_a_failure_is_one_line_with_file_place_and_reason_on_stderr(run: Run, write: Callable[..., str]) -> None:
    path = write(record("1"), record("2", title=""), record("3"))
    ran = run("import", path)
    assert ran.out == counts(created=2, more=", 1 refused")
    assert ran.err == f"{path}: record 2: id '2': title is missing or blank; every record needs one\n"
    assert ran.status == 1


_USAGE = {
    "no command": [],
    "an unknown command": ["imprt"],
    "no source": ["import"],
    "an unknown option": ["import", "--snyc", "a.json"],
    "an unknown format": ["import", "--format", "xml", "a.json"],
    "no id to delete": ["delete"],
    "no id to show": ["show"],
    "an unknown serialisation": ["show", "--format", "pdf", "1"],
    "an unknown entity type": ["delete", "--entity", "thing", "1"],
}  # fmt: skip


@pytest.mark.parametrize("case", _USAGE)
def test_wrong_usage_is_exit_status_2(run: Run, case: str) -> None:
    ran = run(*_USAGE[case])
    assert (ran.status, ran.out) == (2, "")
    assert ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("arguments", [["import", "no-such-file.json"], ["delete", "1"], ["show", "1"]], ids=" ".join)
def test_what_is_not_there_is_exit_status_1_and_one_line(run: Run, arguments: list[str]) -> None:
    run("db", "upgrade")
    ran = run(*arguments)
    assert ran.status == 1
    assert len(ran.err.splitlines()) == 1
    assert arguments[1] in ran.err


def test_quiet_says_only_what_was_refused(run: Run, write: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text(
        "@prefix d: <http://www.w3.org/ns/dcat#> . [] a d:Dataset ; <http://purl.org/dc/terms/title> 'A' ."
    )
    loud = run("import", str(tmp_path / "a.ttl"), "--dry-run")
    assert ": note: " in loud.err
    ran = run("import", str(tmp_path / "a.ttl"), write(record("1", title="")), "--quiet")
    assert len(ran.err.splitlines()) == 1
    assert "record 1: id '1': title is missing" in ran.err


def test_verbose_says_which_source_is_being_read(run: Run, write: Callable[..., str]) -> None:
    paths = [write(record("1")), write(record("2"), name="b.json")]
    assert run("import", "--verbose", *paths).err == f"reading {paths[0]}\nreading {paths[1]}\n"


# --- what becomes of records ---


def test_the_same_input_again_makes_no_revision(
    run: Run, write: Callable[..., str], entries: Callable[[], Any]
) -> None:
    path = write(record("1"), record(2))
    run("import", path)
    before = entries()
    assert run("import", path).out == counts(unchanged=2)
    assert entries() == before


def test_a_changed_record_is_updated_and_only_it(
    run: Run, write: Callable[..., str], entries: Callable[[], Any]
) -> None:
    run("import", write(record("1"), record("2")))
    assert run("import", write(record("1"), record("2", title="New"))).out == counts(updated=1, unchanged=1)
    assert [(entry["id"], entry["change_type"], entry["revision"]) for entry in entries()] == [
        ("1", "create", 1),
        ("2", "update", 3),
    ]


def test_without_sync_nothing_is_deleted(run: Run, write: Callable[..., str], live: Callable[[], set[Any]]) -> None:
    run("import", write(record("1"), record("2")))
    run("import", write(record("1")))
    assert live() == {"1", "2"}


def test_a_record_that_occurs_twice_with_the_same_content_is_taken_once(run: Run, write: Callable[..., str]) -> None:
    ran = run("import", write(record("1"), record("1")), write(record("1"), name="b.json"))
    assert ran == Ran(0, counts(created=1, more=", 2 repeated"), "")


def test_of_records_with_one_id_and_different_content_the_first_is_kept(run: Run, write: Callable[..., str]) -> None:
    second = write(record("1", title="C"), name="b.json")
    ran = run("import", write(record("1", title="A"), record("1", title="B")), second)
    assert ran.status == 1
    assert ran.out == counts(created=1, more=", 2 refused")
    assert len(ran.err.splitlines()) == 2
    assert f"{second}: record 1: the id '1' occurs more than once" in ran.err
    assert json.loads(run("show", "1").out)["title"] == "A"


def test_a_later_import_from_another_source_updates(run: Run, write: Callable[..., str]) -> None:
    run("import", write(record("1", title="A")))
    assert run("import", write(record("1", title="B"), name="b.json")).out == counts(updated=1)


def test_a_dry_run_says_what_would_happen_and_changes_nothing(
    run: Run, write: Callable[..., str], entries: Callable[[], Any]
) -> None:
    run("import", write(record("1"), record("2"), record("3")))
    before = entries()
    path = write(record("1"), record("2", title="New"), record("4"), record("5", title=""))
    ran = run("import", "--dry-run", "--sync", path)
    assert ran.out == "dry run: 1 created, 1 updated, 1 deleted, 1 unchanged, 1 refused; nothing was changed\n"
    assert ran.status == 1
    assert entries() == before
    assert run("import", "--sync", path).out == counts(1, 1, 1, 1, ", 1 refused")


# --- sync ---


def test_sync_deletes_what_the_source_no_longer_holds(
    run: Run, write: Callable[..., str], entries: Callable[[], Any]
) -> None:
    run("import", write(record("1"), record("2"), record("3")))
    assert run("import", "--sync", write(record("2"))).out == counts(deleted=2, unchanged=1)
    assert {(entry["id"], entry["change_type"]) for entry in entries()} == {
        ("1", "delete"),
        ("2", "create"),
        ("3", "delete"),
    }


def test_sync_deletes_nothing_that_came_from_elsewhere(
    run: Run, write: Callable[..., str], live: Callable[[], set[Any]]
) -> None:
    run("import", write(record("1"), name="b.json"))
    run("import", write(record("2")))
    run("import", "--sync", write(record("3")))
    assert live() == {"1", "3"}


def test_sync_keeps_what_another_source_still_holds(
    run: Run, write: Callable[..., str], live: Callable[[], set[Any]]
) -> None:
    run("import", write(record("1"), record("2")), write(record("1"), name="b.json"))
    run("import", "--sync", write())
    assert live() == {"1"}
    run("import", "--sync", write(name="b.json"))
    assert live() == set()


def test_a_record_that_moved_from_one_source_to_the_next_of_the_same_import_does_not_change(
    run: Run, write: Callable[..., str], entries: Callable[[], Any]
) -> None:
    run("import", write(record("1"), record("2")), write(record("3"), name="b.json"))
    before = entries()
    ran = run("import", "--sync", write(record("2")), write(record("1"), record("3"), name="b.json"))
    assert ran.out == counts(unchanged=3)
    assert entries() == before


def test_a_dataset_that_disappears_and_comes_back_is_deleted_then_created(
    run: Run, write: Callable[..., str], entries: Callable[[], Any]
) -> None:
    run("import", write(record("1"), record("2")))
    run("import", "--sync", write(record("2")))
    run("import", "--sync", write(record("1"), record("2")))
    assert [(entry["id"], entry["change_type"]) for entry in entries()] == [("2", "create"), ("1", "create")]


_FAILED_SOURCES = {
    "cut off": json.dumps([record("2"), record("3")])[:-5],
    "not JSON any more": "<html>503</html>",
    "empty": "",
    "a record without readable id": json.dumps([record("2"), {"title": "A", "license": "x"}]),
    "a failed CKAN answer": '{"success": false, "error": "down"}',
    "a data.json without datasets": '{"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": null}',
    "a data.json without services": '{"dataset": [], "service": null}',
    "a data.json without series": '{"dataset": [], "datasetSeries": null}',
    "a data.json without inner catalogs": '{"dataset": [], "catalog": null}',
    "a data.json with an inner catalog that is none": '{"dataset": [], "catalog": [null]}',
    "a data.json with an inner catalog without datasets": '{"dataset": [], "catalog": [{"dataset": null}]}',
    "a page of udata without datasets": '{"data": null, "page_size": 20, "page": 1}',
    "fixtures of udata without datasets": '{"datasets": null}',
    "a CKAN search without packages": '{"success": true, "result": {"count": 2, "results": null}}',
    "a CKAN answer without packages": '{"success": true, "result": null}',
    "a null": "null",
    "an array of null": "[null]",
}  # fmt: skip


@pytest.mark.parametrize("case", _FAILED_SOURCES)
def test_sync_of_a_source_that_failed_deletes_nothing(
    run: Run, write: Callable[..., str], live: Callable[[], set[Any]], case: str
) -> None:
    path = write(record("1"), record("2"))
    run("import", path)
    Path(path).write_text(_FAILED_SOURCES[case])
    assert run("import", "--sync", path).status == 1
    assert live() == {"1", "2"}


def test_sync_of_a_source_that_is_gone_deletes_nothing(
    run: Run, write: Callable[..., str], live: Callable[[], set[Any]]
) -> None:
    path = write(record("1"))
    run("import", path)
    Path(path).unlink()
    assert run("import", "--sync", path).status == 1
    assert live() == {"1"}


def test_sync_does_not_take_a_refused_record_for_one_that_is_gone(
    run: Run, write: Callable[..., str], live: Callable[[], set[Any]]
) -> None:
    run("import", write(record("1", title="A"), record("2"), record(3)))
    ran = run("import", "--sync", write(record("1", title=""), record("3", title=None)))
    assert ran.out == counts(deleted=1, more=", 2 refused")
    assert live() == {"1", 3}
    assert json.loads(run("show", "1").out)["title"] == "A"


def test_one_file_of_a_folder_that_failed_keeps_the_sync_of_the_folder_from_deleting(
    run: Run, tmp_path: Path, live: Callable[[], set[Any]]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps([record("1"), record("2")]))
    (folder / "b.json").write_text(json.dumps([record("3")]))
    run("import", str(folder))
    (folder / "a.json").write_text(json.dumps([record("1")]))
    (folder / "b.json").write_text("{")
    run("import", "--sync", str(folder))
    assert live() == {"1", "2", "3"}
    (folder / "b.json").write_text("[]")
    run("import", "--sync", str(folder))
    assert live() == {"1"}


def test_the_same_file_named_in_another_way_is_the_same_source(
    run: Run, write: Callable[..., str], live: Callable[[], set[Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run("import", write(record("1"), record("2")))
    write(record("2"))
    monkeypatch.chdir(tmp_path)
    run("import", "--sync", "./a.json")
    assert live() == {"2"}


# --- deleting most of the catalog ---


@pytest.fixture
def twenty(run: Run, write: Callable[..., str]) -> None:
    run("import", write(*(record(str(number)) for number in range(20))))


@pytest.mark.usefixtures("twenty")
def test_a_sync_that_would_delete_most_of_the_catalog_is_refused_whole(
    run: Run, write: Callable[..., str], entries: Callable[[], Any]
) -> None:
    before = entries()
    path = write(*(record(str(number), title="New") for number in range(5)), record("new"))
    ran = run("import", "--sync", path)
    assert (ran.status, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == 1
    assert "--allow-mass-delete" in ran.err
    assert entries() == before
    assert run("import", "--sync", "--allow-mass-delete", path).out == counts(created=1, updated=5, deleted=15)


@pytest.mark.usefixtures("twenty")
def test_a_sync_with_an_empty_array_is_refused(
    run: Run, write: Callable[..., str], live: Callable[[], set[Any]]
) -> None:
    assert run("import", "--sync", write()).status == 1
    assert len(live()) == 20


@pytest.mark.usefixtures("twenty")
def test_deleting_most_of_the_catalog_by_id_is_refused_too(run: Run, live: Callable[[], set[Any]]) -> None:
    ids = [str(number) for number in range(15)]
    assert run("delete", *ids).status == 1
    assert len(live()) == 20
    assert run("delete", "--allow-mass-delete", *ids) == Ran(0, "15 deleted\n", "")
    assert len(live()) == 5


@pytest.mark.usefixtures("twenty")
def test_deleting_less_than_half_needs_no_confirmation(run: Run, write: Callable[..., str]) -> None:
    path = write(*(record(str(number)) for number in range(11)))
    assert run("import", "--sync", path).out == counts(deleted=9, unchanged=11)


# --- delete ---


def test_a_deleted_dataset_stays_in_the_change_list_and_is_not_shown(
    run: Run, write: Callable[..., str], entries: Callable[[], Any]
) -> None:
    run("import", write(record("1"), record(2), record("a/b?c")))
    assert run("delete", "2", "a/b?c") == Ran(0, "2 deleted\n", "")
    assert {(entry["id"], entry["change_type"]) for entry in entries()} == {
        ("1", "create"),
        (2, "delete"),
        ("a/b?c", "delete"),
    }
    assert run("show", "2").status == 1


def test_deleting_what_is_not_there_is_reported_and_the_rest_is_deleted(
    run: Run, write: Callable[..., str], live: Callable[[], set[Any]]
) -> None:
    run("import", write(record("1"), record("2")))
    ran = run("delete", "1", "missing")
    assert ran.status == 1
    assert ran.out == "1 deleted\n"
    assert len(ran.err.splitlines()) == 1
    assert "missing" in ran.err
    assert live() == {"2"}


def test_deleting_twice_is_reported(run: Run, write: Callable[..., str]) -> None:
    run("import", write(record("1")))
    run("delete", "1")
    assert run("delete", "1").status == 1
