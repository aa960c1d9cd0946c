"""A SQLite file that is damaged, gone or replaced: an error or the new content, never an empty catalog."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dcip_server.errors import CatalogError
from dcip_server.protocol.urls import Format
from dcip_server.store import Put, Store
from tests.conftest import Site
from tests.records import dataset
from tests.store.reading import body, changes, entries, entries_since, found_ids, list_bytes, read

_RECORDS = 300
_PAGE = 16_384


def _fill(path: Path, prefix: str, records: int = _RECORDS) -> None:
    with Store(f"sqlite:///{path}", list_folder=str(path.parent / "filling"), create=True) as store:
        store.revise([Put(dataset(f"{prefix}{number}", tags=["all"])) for number in range(records)])


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """The file of a catalog with 300 records, closed."""
    path = tmp_path / "catalog.db"
    _fill(path, "a")
    assert path.stat().st_size > 20 * _PAGE
    assert not Path(f"{path}-wal").exists()
    return path


def _overwrite(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


def _remove(path: Path) -> None:
    path.unlink()


def _folder_in_its_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _broken_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere.db")


_DAMAGES: dict[str, Callable[[Path], object]] = {
    "gone": _remove,
    "a folder": _folder_in_its_place,
    "a broken link": _broken_link,
    "no byte left": lambda path: os.truncate(path, 0),
    "a few bytes left": lambda path: os.truncate(path, 50),
    "one page left": lambda path: os.truncate(path, _PAGE),
    "half of it left": lambda path: os.truncate(path, path.stat().st_size // 2 // _PAGE * _PAGE),
    "half of a page left": lambda path: os.truncate(path, 10 * _PAGE + _PAGE // 2),
    "a text": lambda path: path.write_text("This is not a database.\n" * 5000),
    "a head of noise": lambda path: _overwrite(path, 0, b"noise" * 20),
    "pages of zeros": lambda path: _overwrite(path, _PAGE, bytes(path.stat().st_size - _PAGE)),
    "pages of noise": lambda path: _overwrite(path, _PAGE, b"noise!!!" * ((path.stat().st_size - _PAGE) // 8)),
}
_damaged = pytest.mark.parametrize("damage", _DAMAGES.values(), ids=_DAMAGES.keys())


def _reads(store: Store) -> list[Callable[[], object]]:
    return [
        store.state,
        lambda: body(store, "a7"),
        lambda: body(store, f"a{_RECORDS - 1}", Format.N3),
        lambda: list_bytes(store),
        lambda: entries_since(store, 5),
        lambda: found_ids(store, "tags", "all"),
        lambda: store.newest(20),
    ]


@_damaged
def test_a_damaged_catalog_is_an_error_and_never_an_empty_one(catalog: Path, damage: Callable[[Path], object]) -> None:
    damage(catalog)
    errors = 0
    try:
        store = Store(f"sqlite:///{catalog}", list_folder=str(catalog.parent / "lists"))
    except CatalogError:
        return
    with store:
        for read_something in _reads(store):
            try:
                found = read_something()
            except CatalogError:
                errors += 1
            else:
                assert found
        assert errors > 0


@_damaged
def test_a_catalog_damaged_while_it_is_open_is_an_error(
    catalog: Path, damage: Callable[[Path], object], tmp_path: Path
) -> None:
    """In a process of its own, which must not die of it either."""
    with Store(f"sqlite:///{catalog}", list_folder=str(tmp_path / "lists")) as store:
        for read_something in _reads(store):
            assert read_something()
        damage(catalog)
        (tmp_path / "lists").rename(tmp_path / "lists away")
        errors = 0
        for read_something in _reads(store):
            try:
                found = read_something()
            except CatalogError:
                errors += 1
            else:
                assert found
        assert errors > 0


@_damaged
def test_a_damaged_catalog_is_not_taken_for_a_new_one_to_fill(catalog: Path, damage: Callable[[Path], object]) -> None:
    """Only where there is nothing at all a write may begin a new catalog."""
    damage(catalog)
    nothing_there = not catalog.exists() or (catalog.is_file() and catalog.stat().st_size == 0)
    try:
        with Store(f"sqlite:///{catalog}", list_folder=str(catalog.parent / "lists"), create=True) as store:
            store.revise([Put(dataset("new"))])
            assert nothing_there
    except CatalogError:
        pass


@pytest.mark.parametrize("damage", ["gone", "one page left", "a text", "pages of zeros"])
def test_the_endpoint_of_a_damaged_catalog_answers_500(
    catalog: Path, make_site: Callable[..., Site], tmp_path: Path, damage: str
) -> None:
    with Store(f"sqlite:///{catalog}", list_folder=str(tmp_path / "lists")) as store:
        site = make_site(store)
        # An answer that is kept from before is right, and is sent whatever became of the file.
        site.ask_once()
        assert site.get("/rest/dataset/id/a7.json").status_code == 200
        _DAMAGES[damage](catalog)
        for path in (
            "/rest/dataset/id/a7.json",
            "/rest/dataset/id/never-seen.json",
            "/rest/dataset/id/",
            "/rest/dataset/id.dcat.N3",
            "/rest/dataset/since/0.json",
            "/rest/dataset/tags/all.json",
            "/rest/catalog.json",
        ):
            answer = site.get(path)
            assert (path, answer.status_code, answer.data) == (path, 500, b"")


def test_a_new_catalog_file_is_served_as_soon_as_it_is_in_place(catalog: Path, tmp_path: Path) -> None:
    _fill(tmp_path / "next.db", "b", 5)
    with Store(f"sqlite:///{catalog}", list_folder=str(tmp_path / "lists")) as store:
        assert len(entries(store)) == _RECORDS
        os.replace(tmp_path / "next.db", catalog)
        _expect_next(store)


def test_a_new_catalog_file_is_served_although_the_old_one_was_just_written_to(catalog: Path, tmp_path: Path) -> None:
    """A writer that is done leaves nothing beside the file that would be taken for a part of the next one."""
    _fill(tmp_path / "next.db", "b", 5)
    with Store(f"sqlite:///{catalog}", list_folder=str(tmp_path / "lists")) as store:
        assert len(entries(store)) == _RECORDS
        with Store(f"sqlite:///{catalog}", list_folder=str(tmp_path / "lists"), create=True) as writer:
            writer.revise([Put(dataset("a0", title="Just written"))])
        assert store.state().revision == _RECORDS + 1
        os.replace(tmp_path / "next.db", catalog)
        _expect_next(store)


def _expect_next(store: Store) -> None:
    assert store.state().revision == 5
    assert changes(store) == [(f"b{number}", "create") for number in range(5)]
    assert read(store, "a7") is None
    assert read(store, "b4") is not None
    assert found_ids(store, "tags", "all") == [f"b{number}" for number in range(5)]
    assert store.revise([Put(dataset("c"))]).created == 1
    assert changes(store)[-1] == ("c", "create")


def test_a_catalog_that_was_away_is_served_again(catalog: Path, tmp_path: Path) -> None:
    with Store(f"sqlite:///{catalog}", list_folder=str(tmp_path / "lists")) as store:
        before = list_bytes(store)
        away = catalog.rename(tmp_path / "away.db")
        for read_something in _reads(store):
            with pytest.raises(CatalogError):
                read_something()
        shutil.copyfile(away, catalog)
        assert list_bytes(store) == before
        assert read(store, "a7") is not None


def test_a_missing_catalog_is_not_created_by_reading(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="db upgrade"):
        Store(f"sqlite:///{tmp_path}/nothing.db")
    assert not (tmp_path / "nothing.db").exists()


def test_a_catalog_in_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    for create in (False, True):
        with pytest.raises(CatalogError):
            Store(f"sqlite:///{tmp_path}/no/such/folder/catalog.db", create=create)


_READ_AND_WRITE = """
import sys
from dcip_server.errors import CatalogError
from dcip_server.protocol.urls import Format
from dcip_server.store import Put, Store
from tests.records import dataset
try:
    with Store(sys.argv[1], list_folder=sys.argv[2]) as store:
        print(store.state().live_records, store.find_representation("dataset", "a7", Format.JSON) is not None)
        store.revise([Put(dataset("new"))])
except CatalogError as error:
    print("CatalogError", error)
"""


def _bound_by_permissions() -> None:
    """Also the superuser may only do what a file's permissions say."""
    drop_capability, may_override_permissions = 24, 1
    ctypes.CDLL(None).prctl(drop_capability, may_override_permissions, 0, 0, 0)


def test_a_catalog_that_may_only_be_read_is_served_or_says_why_not(catalog: Path, tmp_path: Path) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir()
    moved = catalog.rename(folder / "catalog.db")
    moved.chmod(0o444)
    folder.chmod(0o555)
    command = [sys.executable, "-c", _READ_AND_WRITE, f"sqlite:///{moved}", str(tmp_path / "lists")]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, preexec_fn=_bound_by_permissions)
    folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    assert first.startswith("CatalogError") or first == f"{_RECORDS} True"
    # The write is an error in any case.
    assert (rest or [first])[-1].startswith("CatalogError")
