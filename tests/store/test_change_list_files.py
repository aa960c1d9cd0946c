"""The change list as a file: brought up to date step by step, it is what making it anew gives."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dcip_server.errors import CatalogError
from dcip_server.protocol.urls import FORMATS, Format
from dcip_server.store import Change, Delete, Put, Store
from tests.records import dataset
from tests.store.reading import ENDPOINT, entries, entries_since, list_bytes, whole

_FORMATS = list(FORMATS.values())
Anew = Callable[[], Store]


@pytest.fixture
def anew(store: Store, database_url: str, tmp_path: Path) -> Iterator[Anew]:
    """Opens the same catalog with a folder of lists that is empty."""
    opened: list[Store] = []

    def open() -> Store:
        opened.append(Store(database_url, list_folder=str(tmp_path / f"anew-{len(opened)}")))
        return opened[-1]

    yield open
    for other in opened:
        other.close()


def _put(*ids: int, title: str = "New") -> list[Change]:
    return [Put(dataset(id, title=title)) for id in ids]


def _delete(*ids: int) -> list[Change]:
    return [Delete("dataset", id) for id in ids]


#: Writes to a catalog of the records 0 to 4.
_WRITES: dict[str, list[list[Change]]] = {
    "nothing": [[]],
    "the first": [_put(0)],
    "the last": [_put(4)],
    "one in the middle": [_put(2)],
    "the first and the last": [_put(0, 4)],
    "neighbours": [_put(1, 2)],
    "all": [_put(0, 1, 2, 3, 4)],
    "all in another order": [_put(4, 2, 0, 3, 1)],
    "a new one": [_put(5)],
    "a new one and the first": [_put(5, 0)],
    "one deleted": [_delete(2)],
    "the first deleted": [_delete(0)],
    "the last deleted": [_delete(4)],
    "all deleted": [_delete(0, 1, 2, 3, 4)],
    "all deleted and created again": [[*_delete(0, 1, 2, 3, 4), *_put(0, 1, 2, 3, 4)]],
    "one twice before the list is asked for": [_put(2, title="One"), _put(2, title="Two")],
    "one again after another": [_put(2, title="One"), _put(3), _put(2, title="Two")],
}


@pytest.mark.parametrize("writes", _WRITES.values(), ids=_WRITES.keys())
def test_a_list_brought_up_to_date_is_the_list_made_anew(store: Store, anew: Anew, writes: list[list[Change]]) -> None:
    store.revise(_put(*range(5), title="Old"))
    for format in _FORMATS:
        list_bytes(store, format)
    for write in writes:
        store.revise(write)
    for format in _FORMATS:
        assert list_bytes(store, format) == list_bytes(anew(), format)
    ids = [entry["id"] for entry in entries(store)]
    assert len(ids) == len(set(ids)) >= 5


def test_the_first_records_of_a_catalog_come_into_the_empty_list(store: Store, anew: Anew) -> None:
    assert list_bytes(store) == b"[\n]\n"
    assert b"dcat:Catalog" in list_bytes(store, Format.N3)
    store.revise(_put(1))
    assert [entry["id"] for entry in entries(store)] == [1]
    store.revise(_put(2))
    for format in _FORMATS:
        assert list_bytes(store, format) == list_bytes(anew(), format)


def test_a_list_of_one_record_follows_it(store: Store, anew: Anew) -> None:
    for write in (_put(1), _put(1, title="Other"), _delete(1), _put(1)):
        store.revise(write)
        for format in _FORMATS:
            assert list_bytes(store, format) == list_bytes(anew(), format)
        assert len(entries(store)) == 1


def test_the_list_of_another_entity_type_is_its_own(store: Store) -> None:
    store.revise(_put(1, 2))
    entries(store)
    for format in _FORMATS:
        before = list_bytes(store, format, "dataservice")
        store.revise(_put(3, title=format.extension))
        assert list_bytes(store, format, "dataservice") == before
    assert json.loads(list_bytes(store, entity="dataservice")) == []
    assert len(entries(store)) == 3


def test_each_public_address_has_its_own_list(store: Store) -> None:
    store.revise(_put(1))
    addresses = [f"https://{number}.example/rest" for number in range(20)]
    for _ in range(2):
        for address in addresses:
            (entry,) = json.loads(whole(store.change_list("dataset", Format.JSON, address)))
            assert entry["url"] == f"{address}/dataset/id/1.json"


def test_clients_that_ask_for_many_addresses_at_once_all_get_their_list(sqlite_store: Store) -> None:
    sqlite_store.revise(_put(1))
    faults: list[BaseException] = []

    def ask(first: int) -> None:
        try:
            for number in range(first, first + 40):
                address = f"https://{number % 23}.example/rest"
                (entry,) = json.loads(whole(sqlite_store.change_list("dataset", Format.JSON, address)))
                assert entry["url"] == f"{address}/dataset/id/1.json"
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the test tells it
            faults.append(fault)

    threads = [threading.Thread(target=ask, args=(7 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_lists_for_invented_addresses_do_not_pile_up(store: Store, tmp_path: Path) -> None:
    store.revise(_put(1))
    for number in range(50):
        whole(store.change_list("dataset", Format.JSON, f"https://{number}.example/rest"))
    lists = [path for path in (tmp_path / "lists").rglob("dataset.json.*") if not path.name.endswith(".lock")]
    assert 1 <= len(lists) <= 10


def test_lists_of_old_revisions_do_not_pile_up(store: Store, tmp_path: Path) -> None:
    for number in range(20):
        store.revise(_put(number))
        for format in _FORMATS:
            list_bytes(store, format)
    lists = [path for path in (tmp_path / "lists").rglob("dataset.*") if not path.name.endswith(".lock")]
    assert len(lists) == 2


@pytest.mark.parametrize("format", _FORMATS, ids=[format.name for format in _FORMATS])
def test_a_list_can_be_read_to_its_end_while_new_ones_are_made(store: Store, format: Format) -> None:
    store.revise(_put(*range(2000), title="Old"))
    due = list_bytes(store, format)
    slow = store.change_list("dataset", format, ENDPOINT)
    assert slow.size == len(due) > 256 * 1024
    chunks = iter(slow)
    read = next(chunks)
    for number in range(2):
        store.revise(_put(*range(number, 2000, 2), title=f"New {number}"))
        assert list_bytes(store, format) != due
    assert read + b"".join(chunks) == due
    slow.close()


def test_a_list_is_made_anew_where_a_backup_took_the_place_of_the_catalog(sqlite_store: Store, tmp_path: Path) -> None:
    """The same catalog at an earlier revision, which then goes another way."""
    store, path = sqlite_store, tmp_path / "catalog.db"
    store.revise(_put(1, 2, title="Old"))
    store.close()
    backup = path.read_bytes()
    store.revise(_put(1, title="Lost"))
    store.revise(_put(3, title="Lost"))
    assert [entry["id"] for entry in entries(store)] == [2, 1, 3]
    store.close()
    path.write_bytes(backup)
    assert [entry["id"] for entry in entries(store)] == [1, 2]
    store.revise(_put(2, title="Found"))
    store.revise(_put(4, title="Found"))
    assert [entry["id"] for entry in entries(store)] == [1, 2, 4]
    assert [entry["change_type"] for entry in entries(store)] == ["create", "update", "create"]


@pytest.mark.parametrize("after", [0, 1, 2, 3, 10**18, 2**62], ids=str)
def test_what_is_later_than_any_revision_is_an_empty_list(store: Store, after: int) -> None:
    store.revise(_put(1, 2))
    found = [entry["revision"] for entry in entries_since(store, after)]
    assert found == [revision for revision in (1, 2) if revision > after]


#: Titles and ids that look like what a list's lines are searched for.
_LOOKALIKES = [
    '","revision":99}', '"change_type":"create","modified":"2999-01-01T00:00:00Z","url":"', "\n", "\r\n", "]\n", '\\"',
    ' ; dcat:version "99" ; foaf:primaryTopic <x> .\n', ' ; dcterms:modified "2999-01-01T00:00:00Z"^^xsd:dateTime ; adms:status ',
    "\u2028", "\x85",
]  # fmt: skip


def test_ids_that_look_like_a_list_do_not_confuse_it(store: Store, anew: Anew) -> None:
    assert len(_LOOKALIKES) == 10
    store.revise([Put(dataset(id, title=id.strip() or "blank")) for id in _LOOKALIKES])
    for format in _FORMATS:
        list_bytes(store, format)
    for number, id in enumerate(_LOOKALIKES):
        store.revise([Put(dataset(id, title=f"New {number}"))])
        for format in _FORMATS:
            assert list_bytes(store, format) == list_bytes(anew(), format)
        assert [entry["id"] for entry in entries(store)] == _LOOKALIKES[number + 1 :] + _LOOKALIKES[: number + 1]
        assert [entry["id"] for entry in entries_since(store, 10)] == _LOOKALIKES[: number + 1]
        assert entries_since(store, "2998-01-01T00:00:00Z") == []


_DAMAGES: dict[str, Callable[[Path], object]] = {
    "removed": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "cut in half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "cut by a byte": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "a byte too long": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "noise": lambda path: path.write_bytes(b"noise" * 1000),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "its folder removed": lambda path: shutil.rmtree(path.parent, ignore_errors=True),
}


@pytest.mark.parametrize("damage", _DAMAGES.values(), ids=_DAMAGES.keys())
@pytest.mark.parametrize("write_between", [False, True], ids=["no write", "a write"])
def test_a_list_that_was_damaged_on_disk_is_made_anew(
    sqlite_store: Store, tmp_path: Path, damage: Callable[[Path], object], write_between: bool
) -> None:
    sqlite_store.revise(_put(*range(20)))
    due = {format: list_bytes(sqlite_store, format) for format in _FORMATS}
    lists = [path for path in (tmp_path / "lists").rglob("dataset.*") if not path.name.endswith(".lock")]
    assert len(lists) == 2
    for path in lists:
        if path.exists():
            damage(path)
    if write_between:
        sqlite_store.revise(_put(7, title="Other"))
        assert [entry["revision"] for entry in entries(sqlite_store)] == [*range(1, 8), *range(9, 22)]
        sqlite_store.revise(_put(7))
        assert entries_since(sqlite_store, 20)[-1]["revision"] == 22
    else:
        assert entries_since(sqlite_store, 0) == entries(sqlite_store)
        assert {format: list_bytes(sqlite_store, format) for format in _FORMATS} == due


# --- the folder of lists, where no setting names one ---


def _in_the_temporary_folder(url: str) -> bytes:
    with Store(url) as store:
        return list_bytes(store)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, as far as a store knows."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_by_default_lists_are_kept_where_only_this_user_can_look(
    sqlite_store: Store, sqlite_url: str, temporary: Path
) -> None:
    sqlite_store.revise(_put(1))
    for _ in range(2):
        assert _in_the_temporary_folder(sqlite_url) == list_bytes(sqlite_store)
    (own,) = temporary.iterdir()
    assert own.stat().st_mode & 0o777 == 0o700


def _folder(path: Path, mode: int) -> None:
    path.mkdir()
    path.chmod(mode)


_OTHERS: dict[str, Callable[[Path], object]] = {
    "open to all": lambda path: _folder(path, 0o777),
    "open to read": lambda path: _folder(path, 0o755),
    "a link": lambda path: path.symlink_to(path.parent.parent),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a file": lambda path: path.touch(),
}


@pytest.mark.parametrize("make", _OTHERS.values(), ids=_OTHERS.keys())
def test_a_folder_that_somebody_else_may_have_made_is_not_used(
    sqlite_store: Store, sqlite_url: str, temporary: Path, make: Callable[[Path], object]
) -> None:
    sqlite_store.revise(_put(1))
    _in_the_temporary_folder(sqlite_url)
    (own,) = temporary.iterdir()
    shutil.rmtree(own)
    make(own)
    with pytest.raises(CatalogError, match="LIST_FOLDER"):
        _in_the_temporary_folder(sqlite_url)
