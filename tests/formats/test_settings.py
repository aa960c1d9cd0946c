"""Settings: each with its table of what is allowed; and the commands that show them and look after the database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dcip_server.settings import SETTINGS
from tests.conftest import Ran

Run = Callable[..., Ran]

#: Name: values that are allowed, values that are not, and what the message has to say is allowed.
_TABLE: dict[str, tuple[list[str], list[str], str]] = {
    "DATABASE_URL": (
        ["sqlite:///x.db", "sqlite+pysqlite:///x.db", "postgresql+psycopg://u:p@127.0.0.1:1/x"],
        ["", "x.db", "sqlite://", "sqlite:///:memory:", "mysql://h/x", "postgresql://h/x", "postgresql+psycopg2://h/x", "://"],
        "SQL",
    ),
    "SITE_URL": (
        ["", "http://a.example", "https://a.example/", "https://a.example:8443/sub", "http://[::1]:8000"],
        ["a.example", "ftp://a.example", "http://", "http://a.example/?x", "http://a.example/#x", "http://u@a.example", "http://a b", "http://a:x/", "/sub"],
        "absolute http or https URL",
    ),
    "ENDPOINT_PATH": (
        ["/rest", "/rest/", "/api/v1.0", "/a_b-c~d"],
        ["", "/", "rest", "//rest", "/a//b", "/a/../b", "/.", "/a b", "/\xe9", "/a?b", "/a%20b"],
        "a path such as /rest",
    ),
    "DATASET_ROOT": (["help", "list"], ["", "HELP", "Help", "index"], "help, list"),
    "RATE_LIMIT": (["", "1000 per second", "10/minute", "5 per hour; 100 per day"], ["many", "10", "per second", "ten per second", "-1 per second"], "'1000 per second'"),
    "RATE_LIMIT_STORAGE": (["memory", "redis://127.0.0.1:6379/0", "rediss://h"], ["", "memcached://h", "redis", "disk"], "'memory'"),
    "TRUSTED_PROXIES": (["0", "1", "12"], ["", "-1", "1.5", "yes", "0x1"], "whole number, at least 0"),
    "CATALOG_ID": (["x", "http://a.example/"], ["", "  "], "not empty"),
    "CATALOG_TITLE": (["x"], ["", " "], "not empty"),
    "CATALOG_DESCRIPTION": (["x"], ["", "\t"], "not empty"),
    "CATALOG_CONTACT": (["x"], ["", " "], "not empty"),
    "LIST_FOLDER": (["", "/tmp/lists"], [], ""),
    "PORTAL_API": (["on", "off"], ["", "yes", "ON"], "off, on"),
    "PORTAL_MAX_BYTES": (["1", "1000000"], ["", "0", "2MB"], "whole number, at least 1"),
    "PORTAL_LOCAL_URLS": (["on", "off"], ["", "true"], "off, on"),
    "UPLOAD_FOLDER": (["uploads"], ["", " "], "not empty"),
    "UPLOAD_MAX_BYTES": (["1", "100000000"], ["", "0", "100MB"], "whole number, at least 1"),
    "OPENDATA_PORTALS": (["https://a.example", "https://a.example http://b.example:81/x"], ["", "a.example", "https://u@a.example"], "base URLs"),
    "MISP_EXTERNAL_URL": (["", "https://misp.example/"], ["misp.example", "ftp://misp.example"], "absolute http or https URL"),
    "MISP_URL": (["", "https://misp.example/"], ["misp.example", "ftp://misp.example"], "absolute http or https URL"),
    "MISP_KEY_FILE": (["", "/run/secrets/misp"], [], ""),
    "IMPORT_MAX_BYTES": (["1", "1000000"], ["", "0", "-5", "1 MB", "1e6"], "whole number, at least 1"),
    "VALIDATE_MAX_BYTES": (["256000"], ["", "255999", "10MB"], "whole number, at least 256000"),
    "OPEN_LICENSES": (["", "https://l.example/1.0/"], ["cc-by", "https://l.example/ x"], "http or https URLs"),
    "PRIVATE_ADDRESSES": (["on", "off"], ["", "yes"], "off, on"),
    "ENFORCED_PROFILE": (["dcip", "dcat-ap", "ib1-metadata"], ["", "all"], "dcip, dcat-ap, ib1-open-data, ib1-metadata"),
    "IMPORT_MAX_RECORD_BYTES": (["1", "1000000"], ["", "0", "many"], "whole number, at least 1"),
    "IMPORT_PROCESSES": (["0", "1", "16"], ["", "-1", "all"], "whole number, at least 0"),
}  # fmt: skip
_WRONG = [(name, value) for name, (_, wrong, _) in _TABLE.items() for value in wrong]
_ALLOWED = [(name, value) for name, (allowed, _, _) in _TABLE.items() for value in allowed]


def test_every_setting_is_in_the_table_of_these_tests() -> None:
    assert [setting.name for setting in SETTINGS] == list(_TABLE)
    assert (len(_ALLOWED), len(_WRONG)) == (63, 94)


@pytest.mark.parametrize(("name", "value"), _WRONG, ids=lambda text: repr(text))
def test_a_wrong_setting_stops_the_program_with_its_name_its_value_and_what_is_allowed(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"DCIP_{name}", value)
    ran = run("settings", database=value) if name == "DATABASE_URL" else run("settings")
    assert (ran.status, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert "Traceback" not in ran.err
    for part in (name, ascii(value)[1:-1], _TABLE[name][2]):
        assert part in ascii(ran.err)[1:-1].replace("\\'", "'"), ran.err


@pytest.mark.parametrize(
    "command",
    [["import", "a.json"], ["serve"], ["show", "1"], ["delete", "1"], ["db", "upgrade"], ["settings"]],
    ids=" ".join,
)
def test_a_wrong_setting_stops_every_command_before_it_does_anything(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: list[str]
) -> None:
    monkeypatch.setenv("DCIP_DATASET_ROOT", "index")
    assert run(*command).status == 2
    assert not (tmp_path / "catalog.db").exists()


@pytest.mark.parametrize(("name", "value"), _ALLOWED, ids=lambda text: repr(text))
def test_an_allowed_value_is_shown_by_the_command_settings(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"DCIP_{name}", value)
    ran = run("settings", database=value) if name == "DATABASE_URL" else run("settings")
    assert (ran.status, ran.err) == (0, "")
    (line,) = [line for line in ran.out.splitlines() if line.startswith(f"{name} = ")]
    assert value.rstrip("/").replace("u:p@", "u:***@") in line


def test_settings_come_from_a_file_and_the_environment_wins(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "dcip.toml").write_text('CATALOG_TITLE = "From the file"\nCATALOG_ID = "file"\nTRUSTED_PROXIES = 2\n')
    monkeypatch.setenv("DCIP_SETTINGS", str(tmp_path / "dcip.toml"))
    monkeypatch.setenv("DCIP_CATALOG_ID", "environment")
    lines = run("settings").out.splitlines()
    assert "CATALOG_TITLE = 'From the file'" in lines
    assert "CATALOG_ID = 'environment'" in lines
    assert "TRUSTED_PROXIES = 2" in lines


_FILES = {
    "an unknown name": ('CATALOG_TITEL = "x"', "CATALOG_TITEL"),
    "a name with its prefix": ('DCIP_CATALOG_TITLE = "x"', "DCIP_CATALOG_TITLE"),
    "no TOML": ("CATALOG_TITLE: x", "cannot be read"),
    "a value of the wrong type": ("CATALOG_TITLE = 5", "CATALOG_TITLE is 5"),
    "a truth value for a number": ("TRUSTED_PROXIES = true", "TRUSTED_PROXIES is True"),
    "a list": ('RATE_LIMIT = ["1 per second"]', "RATE_LIMIT"),
    "a table": ("[DATABASE_URL]\nx = 1", "DATABASE_URL"),
    "a number for an URL": ("SITE_URL = 1", "SITE_URL is 1"),
    "a number for a choice": ("DATASET_ROOT = 1", "DATASET_ROOT is 1"),
    "a list for a choice": ("DATASET_ROOT = []", "DATASET_ROOT is []"),
    "a fraction for a number": ("TRUSTED_PROXIES = 1.5", "TRUSTED_PROXIES is 1.5"),
    "a number for a folder": ("LIST_FOLDER = 1", "LIST_FOLDER is 1"),
    "a number for a storage": ("RATE_LIMIT_STORAGE = 1", "RATE_LIMIT_STORAGE is 1"),
    "no UTF-8": ("CATALOG_TITLE = '\udcff'", "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", _FILES)
def test_a_wrong_settings_file_stops_the_program_and_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str
) -> None:
    content, reason = _FILES[case]
    (tmp_path / "dcip.toml").write_text(content, errors="surrogateescape")
    monkeypatch.setenv("DCIP_SETTINGS", str(tmp_path / "dcip.toml"))
    # The option would win over the file's address of the database.
    monkeypatch.setattr("sys.argv", ["dcip-server"])
    ran = run("settings", database="") if "DATABASE_URL" in content else run("settings")
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert reason in ran.err


def test_a_settings_file_that_is_not_there_stops_the_program(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DCIP_SETTINGS", str(tmp_path / "missing.toml"))
    ran = run("settings")
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)
    assert "missing.toml" in ran.err


def test_settings_shows_no_password(run: Run) -> None:
    ran = run("settings", database="postgresql+psycopg://user:very-secret@db.example/x")
    assert "very-secret" not in ran.out
    assert "user" in ran.out


def test_settings_tells_name_value_default_and_meaning_of_each(run: Run) -> None:
    out = run("settings").out
    for setting in SETTINGS:
        assert f"{setting.name} = " in out
        assert setting.meaning in out
        assert repr(setting.default) in out


# --- db upgrade ---


def test_db_upgrade_creates_the_tables_and_does_nothing_the_second_time(run: Run) -> None:
    first, second = run("db", "upgrade"), run("db", "upgrade")
    assert (first.status, second.status) == (0, 0)
    assert first.out.endswith(", was empty\n")
    assert second.out.endswith(", nothing to do\n")
    assert run("show", "1").status == 1


@pytest.mark.parametrize("command", [["db", "upgrade"], ["import", "x"], ["show", "1"], ["delete", "1"]], ids=" ".join)
def test_what_is_no_database_is_one_line_that_names_it(run: Run, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "no.db").write_text("This is no database, but a text that is long enough to be taken for one. " * 20)
    ran = run(*command, database=f"sqlite:///{tmp_path}/no.db")
    assert (ran.status, len(ran.err.splitlines())) == (1, 1)
    assert "no.db" in ran.err


@pytest.mark.parametrize("url", ["sqlite:////no/such/folder/x.db", "postgresql+psycopg://u:very-secret@127.0.0.1:1/x"])
def test_a_database_that_cannot_be_opened_is_one_line_without_the_password(run: Run, url: str) -> None:
    ran = run("db", "upgrade", database=url)
    assert (ran.status, len(ran.err.splitlines())) == (1, 1)
    assert "very-secret" not in ran.err
