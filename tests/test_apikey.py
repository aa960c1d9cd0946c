"""``dcip-server apikey``: made once, shown once, revocable, stored nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dcip_server.store import Store
from dcip_server.store.api_keys import find_api_key
from tests.conftest import Ran


def _key_of(run: Callable[..., Ran], *arguments: str) -> str:
    ran = run("apikey", "create", *arguments)
    assert (ran.status, ran.err) == (0, "")
    return ran.out.removesuffix("\n")


def test_a_key_is_alone_on_stdout_and_never_stored(run: Callable[..., Ran], tmp_path: Path) -> None:
    key = _key_of(run, "misp", "--role", "publisher")
    assert len(key) >= 40
    assert key.split() == [key]
    assert key not in run("apikey", "list").out
    files = list(tmp_path.glob("catalog.db*"))
    assert files
    assert all(key.encode() not in file.read_bytes() for file in files)


def test_a_revoked_key_is_nobodys_and_its_name_can_get_a_new_one(run: Callable[..., Ran], sqlite_url: str) -> None:
    old = _key_of(run, "misp")
    taken = run("apikey", "create", "misp")
    assert taken.status == 1
    assert "misp" in taken.err
    assert run("apikey", "revoke", "misp").status == 0
    assert run("apikey", "revoke", "misp").status == 1
    assert "revoked" in run("apikey", "list").out
    new = _key_of(run, "misp", "--role", "admin")
    with Store(sqlite_url) as store:
        assert find_api_key(store.engine, old) is None
        found = find_api_key(store.engine, new)
    assert found is not None
    assert (found.number, found.role) == (1, "admin")


def test_wrong_usage_is_one_line(run: Callable[..., Ran]) -> None:
    assert run("apikey", "create", "misp", "--role", "king").status == 2
    for name in ("", " ", "x" * 81, "a\nb"):
        ran = run("apikey", "create", name)
        assert ran.status == 1
        assert len(ran.err.splitlines()) == 1
