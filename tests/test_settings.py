"""Settings: defaults, the environment, the TOML file, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcip_server import settings
from dcip_server.errors import UsageError
from dcip_server.settings import SETTINGS
from dcip_server.store import Store
from tests.conftest import Ran

#: Each setting with its default, and other values with what they are read as.
_VALUES: dict[str, tuple[Any, dict[Any, Any]]] = {
    "DATABASE_URL": (
        "sqlite:///dcip.db",
        {
            "sqlite:////var/lib/dcip/catalog.db": "sqlite:////var/lib/dcip/catalog.db",
            "postgresql+psycopg://user:pass@db.example:5433/catalog": "postgresql+psycopg://user:pass@db.example:5433/catalog",
            "postgresql+psycopg:///catalog?host=/run/postgresql": "postgresql+psycopg:///catalog?host=/run/postgresql",
        },
    ),
    "SITE_URL": (
        "",
        {
            "https://data.example": "https://data.example",
            "https://data.example/": "https://data.example",
            "http://127.0.0.1:8080": "http://127.0.0.1:8080",
            "http://[::1]:8080": "http://[::1]:8080",
            "https://data.example/open/data/": "https://data.example/open/data",
            "": "",
        },
    ),
    "ENDPOINT_PATH": ("/rest", {"/rest/": "/rest", "/api/dcip": "/api/dcip", "/~x/v1.0_b-c": "/~x/v1.0_b-c"}),
    "DATASET_ROOT": ("help", {"help": "help", "list": "list"}),
    "RATE_LIMIT": (
        "1000 per second",
        {"": "", "10/minute": "10/minute", "10 per second; 100 per hour": "10 per second; 100 per hour"},
    ),
    "RATE_LIMIT_STORAGE": (
        "memory",
        {"redis://localhost:6379/0": "redis://localhost:6379/0", "rediss://:secret@r.example": "rediss://:secret@r.example"},
    ),
    "TRUSTED_PROXIES": (0, {"2": 2, 1: 1, "0": 0}),
    "CATALOG_ID": ("catalog", {"zürich": "zürich", " trimmed ": "trimmed"}),
    "CATALOG_TITLE": ("Open data catalog", {"Offene Daten": "Offene Daten"}),
    "CATALOG_DESCRIPTION": (
        "Descriptions of open datasets: what they hold, under which licence, and where to get them.",
        {"All of it, <b>open</b>.": "All of it, <b>open</b>."},
    ),
    "CATALOG_CONTACT": ("the operator of this site", {"opendata@data.example": "opendata@data.example"}),
    "LIST_FOLDER": ("", {"/var/cache/dcip": "/var/cache/dcip", "": ""}),
    "PORTAL_API": ("off", {"on": "on", "off": "off"}),
    "PORTAL_MAX_BYTES": (2 << 20, {"1": 1, 10**9: 10**9}),
    "PORTAL_LOCAL_URLS": ("off", {"on": "on"}),
    "UPLOAD_FOLDER": ("uploads", {"/srv/dcip/uploads": "/srv/dcip/uploads"}),
    "UPLOAD_MAX_BYTES": (100 << 20, {"1": 1, 10**10: 10**10}),
    "OPENDATA_PORTALS": (
        "https://data.public.lu https://www.data.gouv.fr https://data.gouv.fr",
        {"https://a.example/ http://127.0.0.1:8000/x/": "https://a.example http://127.0.0.1:8000/x"},
    ),
    "MISP_EXTERNAL_URL": ("", {"https://misp.example/": "https://misp.example", "": ""}),
    "MISP_URL": ("", {"http://misp.internal:8080/misp": "http://misp.internal:8080/misp"}),
    "MISP_KEY_FILE": ("", {"/run/secrets/misp": "/run/secrets/misp", "": ""}),
    "IMPORT_MAX_BYTES": (4 << 30, {"1": 1, 10**12: 10**12}),
    "VALIDATE_MAX_BYTES": (10 << 20, {"256000": 256_000, 10**9: 10**9}),
    "OPEN_LICENSES": ("", {"https://l.example/a/  http://l.example/b": "https://l.example/a/ http://l.example/b", "": ""}),
    "PRIVATE_ADDRESSES": ("off", {"on": "on"}),
    "ENFORCED_PROFILE": ("dcip", {"ib1-open-data": "ib1-open-data", "ib1-metadata": "ib1-metadata"}),
    "IMPORT_MAX_RECORD_BYTES": (256 << 20, {"1000": 1000}),
    "IMPORT_PROCESSES": (0, {"0": 0, "1": 1, 16: 16}),
}  # fmt: skip
_GOOD = [(name, value, read) for name, (_, values) in _VALUES.items() for value, read in values.items()]


def _toml(folder: Path, **values: Any) -> dict[str, str]:
    """An environment that names a file with these settings."""
    file = folder / "settings.toml"
    file.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()), encoding="utf-8")
    return {"DCIP_SETTINGS": str(file)}


def test_this_table_has_every_setting() -> None:
    assert [setting.name for setting in SETTINGS] == list(_VALUES)
    assert len(_VALUES) == 28


@pytest.mark.parametrize("name", _VALUES)
def test_a_setting_has_its_default(name: str) -> None:
    assert getattr(settings.load({}), name.lower()) == _VALUES[name][0]


@pytest.mark.parametrize("name", _VALUES)
def test_a_setting_says_what_it_means_in_a_line(name: str) -> None:
    (setting,) = (setting for setting in SETTINGS if setting.name == name)
    assert len(setting.meaning.split()) >= 2
    assert "\n" not in setting.meaning


@pytest.mark.parametrize(("name", "value", "read"), _GOOD, ids=[f"{name}={value!r}" for name, value, _ in _GOOD])
def test_a_setting_is_read_from_the_environment_and_from_toml(name: str, value: Any, read: Any, tmp_path: Path) -> None:
    assert getattr(settings.load({"DCIP_" + name: str(value)}), name.lower()) == read
    assert getattr(settings.load(_toml(tmp_path, **{name: value})), name.lower()) == read
    assert getattr(settings.load({}, **{name.lower(): value}), name.lower()) == read


def test_the_environment_wins_over_the_file_and_an_argument_over_both(tmp_path: Path) -> None:
    environment = _toml(tmp_path, CATALOG_TITLE="of the file", CATALOG_ID="of-the-file")
    assert settings.load(environment).catalog_title == "of the file"
    environment["DCIP_CATALOG_TITLE"] = "of the environment"
    found = settings.load(environment)
    assert (found.catalog_title, found.catalog_id) == ("of the environment", "of-the-file")
    found = settings.load(environment, catalog_title="of an argument", catalog_id=None)
    assert (found.catalog_title, found.catalog_id) == ("of an argument", "of-the-file")


def test_what_is_wrong_in_the_file_does_not_matter_where_the_environment_wins(tmp_path: Path) -> None:
    environment = {**_toml(tmp_path, DATASET_ROOT="neither"), "DCIP_DATASET_ROOT": "list"}
    assert settings.load(environment).dataset_root == "list"


def test_settings_of_other_programs_are_none_of_ours() -> None:
    assert settings.load({"SITE_URL": "no URL", "DATABASE_URL": "x", "dcip_rate_limit": "x"}) == settings.load({})


def test_the_catalog_is_what_the_settings_say() -> None:
    found = settings.load({"DCIP_CATALOG_ID": "z", "DCIP_CATALOG_CONTACT": "z@data.example"}).catalog
    assert (found.id, found.title, found.contact) == ("z", "Open data catalog", "z@data.example")


#: Values that are refused, by what is then said to be allowed.
_WRONG: list[tuple[str, str, list[Any]]] = [
    (
        "DATABASE_URL",
        "SQL",
        ["", " ", "dcip.db", "mysql://localhost/x", "postgresql://localhost/x", "postgresql+asyncpg://localhost/x",
         "sqlite://", "sqlite:///:memory:", "postgresql+psycopg://host:port/x", 5, ["sqlite:///x"]],
    ),
    (
        "SITE_URL",
        "http",
        ["data.example", "//data.example", "ftp://data.example", "https://", "https://data.example/?a=b",
         "https://data.example/#top", "https://user:pass@data.example", "https://data.example:port", "https://da ta.example",
         "https://data.example/\nx", "https://data.example/<x>", "https://[::1", 5, None],
    ),
    (
        "ENDPOINT_PATH",
        "path",
        ["", "/", "//", "rest", "rest/", "/rest//x", "/rest/../x", "/rest/.", "/re st", "/r%65st", "/rést", "/rest?x", "/rest\n", 5],
    ),
    ("DATASET_ROOT", "help, list", ["", "Help", "both", "list ", 1, ["list"]]),
    ("RATE_LIMIT", "1000 per second", ["10", "ten per second", "10 per fortnight", "-1 per second", "per second", 10, ["1/day"]]),
    ("RATE_LIMIT_STORAGE", "redis", ["", "Memory", "memcached://localhost", "localhost:6379", 5]),
    ("TRUSTED_PROXIES", "whole number", ["", "-1", "1.5", "many", "0x1", True, 1.5, -1, [1]]),
    ("CATALOG_ID", "text", ["", "  ", 5, ["x"]]),
    ("CATALOG_TITLE", "text", ["", "\t", 5]),
    ("CATALOG_DESCRIPTION", "text", ["", 5]),
    ("CATALOG_CONTACT", "text", ["", 5]),
    ("LIST_FOLDER", "path", [5, ["x"]]),
    ("PORTAL_API", "off, on", ["", "yes", 1, True]),
    ("PORTAL_MAX_BYTES", "whole number", ["0", "2MB"]),
    ("PORTAL_LOCAL_URLS", "off, on", ["", "true", False]),
    ("UPLOAD_FOLDER", "text", ["", 5]),
    ("UPLOAD_MAX_BYTES", "whole number", ["0", "100MB"]),
    ("OPENDATA_PORTALS", "base URLs", ["", " ", "a.example", "https://a.example x", 5]),
    ("MISP_EXTERNAL_URL", "http", ["misp.example", "https://u:p@misp.example", 5]),
    ("MISP_URL", "http", ["misp.example", "https://misp.example/?a"]),
    ("MISP_KEY_FILE", "path", [5]),
    ("IMPORT_MAX_BYTES", "whole number", ["0", "-5", "4GB", "1e9", 0, 1e9, True]),
    ("VALIDATE_MAX_BYTES", "whole number", ["0", "255999", "10MB"]),
    ("OPEN_LICENSES", "URLs", ["cc-by", "https://l.example/ x", 5]),
    ("PRIVATE_ADDRESSES", "off, on", ["", "yes", True]),
    ("ENFORCED_PROFILE", "ib1-open-data", ["", "IB1", "dcip "]),
    ("IMPORT_MAX_RECORD_BYTES", "whole number", ["0", "", 0]),
    ("IMPORT_PROCESSES", "whole number", ["-1", "", "all", 1.5]),
]  # fmt: skip
_BAD = [(name, value, allowed) for name, allowed, values in _WRONG for value in values]


def test_every_setting_refuses_something() -> None:
    assert [name for name, _, _ in _WRONG] == list(_VALUES)
    assert len(_BAD) == 129


@pytest.mark.parametrize(("name", "value", "allowed"), _BAD, ids=[f"{name}={value!r}" for name, value, _ in _BAD])
def test_a_wrong_value_is_refused_with_its_name_and_what_is_allowed(
    name: str, value: Any, allowed: str, tmp_path: Path
) -> None:
    ways: list[Callable[[], object]] = []
    if isinstance(value, str):
        ways.append(lambda: settings.load({"DCIP_" + name: value}))
    if value is not None:
        ways.append(lambda: settings.load(_toml(tmp_path, **{name: value})))
    for way in ways:
        with pytest.raises(UsageError) as raised:
            way()
        message = str(raised.value)
        assert name in message
        assert repr(value) in message or "***" in message
        assert allowed in message.rpartition("allowed")[2]
        assert "\n" not in message


# --- the file ---


def test_a_name_in_the_file_that_is_no_setting_is_refused_with_all_there_are(tmp_path: Path) -> None:
    for name in ("DATABSE_URL", "database_url", "DCIP_SITE_URL", "SETTINGS"):
        with pytest.raises(UsageError) as raised:
            settings.load(_toml(tmp_path, **{name: "x", "CATALOG_ID": "x"}))
        message = str(raised.value)
        assert repr(name) in message
        assert str(tmp_path / "settings.toml") in message
        assert all(known in message for known in _VALUES)


def test_a_table_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[CATALOG_TITLE]\nde = "Katalog"\n')
    with pytest.raises(UsageError, match="CATALOG_TITLE"):
        settings.load({"DCIP_SETTINGS": str(tmp_path / "settings.toml")})


_FILES: dict[str, bytes | None] = {
    "missing": None,
    "malformed": b"SITE_URL = \n",
    "not UTF-8": b'CATALOG_TITLE = "\xe4"\n',
    "named twice": b'CATALOG_ID = "a"\nCATALOG_ID = "b"\n',
    "no TOML": b"<settings/>",
}


@pytest.mark.parametrize("content", _FILES.values(), ids=_FILES.keys())
def test_a_file_that_cannot_be_read_is_refused_by_its_name(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"settings\.toml"):
        settings.load({"DCIP_SETTINGS": str(path)})


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        settings.load({"DCIP_SETTINGS": str(tmp_path)})


def test_an_empty_file_name_is_no_file() -> None:
    assert settings.load({"DCIP_SETTINGS": ""}) == settings.load({})


# --- at the command line ---


def test_a_wrong_setting_stops_every_command_with_status_2(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCIP_DATASET_ROOT", "neither")
    for command in (["settings"], ["import", "-"], ["serve"], ["db", "upgrade"], ["show", "1"]):
        ran = run(*command)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err == "dcip-server: setting DATASET_ROOT is 'neither'; allowed is one of: help, list\n"


def test_the_option_wins_over_the_environment(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DCIP_DATABASE_URL", f"sqlite:///{tmp_path}/of-the-environment.db")
    url = f"sqlite:///{tmp_path}/of-the-option.db"
    assert url in run("settings", database=url).out


def test_the_settings_command_prints_every_setting_with_its_value_default_and_meaning(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCIP_SITE_URL", "https://data.example/")
    monkeypatch.setenv("DCIP_TRUSTED_PROXIES", "2")
    ran = run("settings")
    assert (ran.status, ran.err) == (0, "")
    for setting in SETTINGS:
        assert f"{setting.name} = " in ran.out
        assert setting.meaning in ran.out
        assert repr(setting.default) in ran.out
    assert "SITE_URL = 'https://data.example'" in ran.out
    assert "TRUSTED_PROXIES = 2" in ran.out


_TEXTS = [
    "Open data team <opendata@data.example>, https://data.example/",
    "https://data.example/@team",
    "see https://data.example or write to a@b.example: x",
    "x://@",
]


@pytest.mark.parametrize("text", _TEXTS)
def test_the_settings_command_prints_texts_as_they_are(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("DCIP_CATALOG_CONTACT", text)
    monkeypatch.setenv("DCIP_CATALOG_DESCRIPTION", text)
    ran = run("settings")
    assert ran.status == 0
    assert f"CATALOG_CONTACT = {text!r}" in ran.out
    assert f"CATALOG_DESCRIPTION = {text!r}" in ran.out


#: Settings that hold a password, good ones and wrong ones.
_SECRETS = [
    ("DATABASE_URL", "postgresql+psycopg://user:geheim@127.0.0.1:1/catalog"),
    ("DATABASE_URL", "postgresql+psycopg://user@127.0.0.1:1/catalog?password=geheim"),
    ("DATABASE_URL", "postgresql+psycopg://user:geheim%40x@127.0.0.1:1/catalog"),
    ("DATABASE_URL", "postgresql+psycopg://user:x/geheim@127.0.0.1:1/catalog"),
    ("DATABASE_URL", "postgresql+psycopg://user:x?geheim#y@127.0.0.1:1/catalog"),
    ("DATABASE_URL", "postgresql+psycopg://user:x geheim@127.0.0.1:1/catalog"),
    ("DATABASE_URL", "postgresql+psycopg://user@127.0.0.1:1/catalog?sslmode=prefer&sslpassword=geheim"),
    ("DATABASE_URL", "postgresql://user:geheim@127.0.0.1/catalog"),
    ("DATABASE_URL", " mysql://user:geheim@127.0.0.1/catalog "),
    ("DATABASE_URL", "postgresql+psycopg://user:geheim@127.0.0.1:port/catalog"),
    ("DATABASE_URL", "mysql://user:geheim@127.0.0.1/catalog"),
    ("RATE_LIMIT_STORAGE", "redis://:geheim@127.0.0.1:6379/0"),
    ("RATE_LIMIT_STORAGE", "redis://user:geheim@127.0.0.1:6379/0"),
    ("RATE_LIMIT_STORAGE", "redis+sentinel://:geheim@127.0.0.1:6379"),
    ("SITE_URL", "https://user:geheim@data.example"),
]


@pytest.mark.parametrize(("name", "value"), _SECRETS, ids=[f"{name} {value}" for name, value in _SECRETS])
def test_a_password_is_never_shown(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("DCIP_" + name, value)
    for command in (["settings"], ["show", "1"], ["db", "upgrade"]):
        ran = run(*command, database=value) if name == "DATABASE_URL" else run(*command)
        assert "geheim" not in ran.out + ran.err
        assert "Traceback" not in ran.err


def test_a_folder_for_lists_that_cannot_be_made_stops_the_server_at_start(
    run: Callable[..., Ran], sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DCIP_LIST_FOLDER", str(tmp_path / "file" / "lists"))
    ran = run("serve", "--port", "1")
    assert (ran.status, ran.out) == (2, "")
    assert "LIST_FOLDER" in ran.err
    assert "Traceback" not in ran.err


def test_the_server_for_any_wsgi_container_reads_the_environment(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    code = "from dcip_server.wsgi import app; print(app.extensions['dcip_settings'].catalog_id)"
    environment = {**os.environ, "DCIP_DATABASE_URL": url, "DCIP_CATALOG_ID": "mine"}
    subprocess.run(
        [sys.executable, "-m", "dcip_server", "db", "upgrade"], env=environment, check=True, capture_output=True
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "mine\n"
