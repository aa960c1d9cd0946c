"""Every setting, its default and its meaning, in one table.

Read from environment variables ``DCIP_<NAME>`` or, without the prefix, from the TOML file that
``DCIP_SETTINGS`` names; the environment wins. A wrong value stops the program at start.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from dcip_server.entities import Catalog
from dcip_server.errors import UsageError


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    return value.strip()


def _database_url(value: Any) -> str:
    due = "a SQLAlchemy URL such as sqlite:///dcip.db or postgresql+psycopg://user@host/name"
    try:
        url = make_url(_text(value))
    except (ArgumentError, ValueError):
        raise ValueError(due) from None
    if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise ValueError(due)
    if url.drivername.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise ValueError("a SQLite file: a catalog in memory would be gone at the next start")
    return str(value).strip()


def _url_or(empty: str) -> Callable[[Any], str]:
    """Reads the address of a site, without final slash; ``empty`` says what none means."""
    return lambda value: _site_address(
        value, f"an absolute http or https URL without query or fragment, or empty: {empty}"
    )


def _site_address(value: Any, due: str) -> str:
    if value == "":
        return ""
    if not isinstance(value, str):
        raise ValueError(due)
    try:
        parts = urlsplit(value)
        well_formed = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        raise ValueError(due) from None
    unfit = not value.isprintable() or any(c in value for c in ' <>"{}|\\^`')
    if not well_formed or parts.query or parts.fragment or parts.username or unfit:
        raise ValueError(due)
    return value.rstrip("/")


def _portals(value: Any) -> str:
    due = "base URLs of portals, http or https, with blanks between"
    addresses = value.split() if isinstance(value, str) else []
    if not addresses:
        raise ValueError(due)
    return " ".join(_site_address(address, due) for address in addresses)


def _licenses(value: Any) -> str:
    due = "http or https URLs with blanks between, or empty"
    if not isinstance(value, str):
        raise ValueError(due)
    return " ".join(_site_address(url, due) and url for url in value.split())


def _endpoint_path(value: Any) -> str:
    due = "a path such as /rest: letters, digits and -._~ between slashes, not the root"
    if not isinstance(value, str) or not value.startswith("/") or "//" in value:
        raise ValueError(due)
    path = value.rstrip("/")
    allowed = all(c.isascii() and (c.isalnum() or c in "-._~/") for c in path)
    if not path or not allowed or {".", ".."} & set(path.split("/")):
        raise ValueError(due)
    return path


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError("one of: " + ", ".join(allowed))
        return str(value)

    return read


def _rate_limit(value: Any) -> str:
    if value == "":
        return ""
    # Here, since it takes a while to import.
    from limits import parse_many

    try:
        parse_many(_text(value))
    except ValueError:
        raise ValueError("a limit such as '1000 per second', or empty for none") from None
    return str(value).strip()


def _rate_limit_storage(value: Any) -> str:
    if not isinstance(value, str) or not (value == "memory" or value.startswith(("redis://", "rediss://", "unix://"))):
        raise ValueError("'memory', or a Redis URL such as redis://localhost:6379/0")
    return value


def _count(minimum: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        due = f"a whole number, at least {minimum}"
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError(due)
        try:
            number = int(value)
        except ValueError:
            raise ValueError(due) from None
        if number < minimum:
            raise ValueError(due)
        return number

    return read


def _path(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a path, or empty")
    return value.strip()


@dataclass(frozen=True, slots=True)
class Setting:
    """``read`` checks a value, from TOML or as text, and raises ValueError saying what is due."""

    name: str
    default: str | int
    read: Callable[[Any], Any]
    meaning: str


SETTINGS = (
    Setting("DATABASE_URL", "sqlite:///dcip.db", _database_url, "where the catalog is: a SQLite file, or PostgreSQL through psycopg"),
    Setting("SITE_URL", "", _url_or("taken from each request"), "public URL of the site; empty: scheme and host of each request"),
    Setting("ENDPOINT_PATH", "/rest", _endpoint_path, "path of the DCIP endpoint below the site"),
    Setting("DATASET_ROOT", "help", _one_of("help", "list"), "what a bare <endpoint>/dataset/ answers: help or list"),
    Setting("RATE_LIMIT", "1000 per second", _rate_limit, "requests allowed to one client address; empty: no limit"),
    Setting("RATE_LIMIT_STORAGE", "memory", _rate_limit_storage, "'memory' of this machine, or a Redis URL shared by several"),
    Setting("TRUSTED_PROXIES", 0, _count(0), "how many proxies in front set X-Forwarded-* headers"),
    Setting("CATALOG_ID", "catalog", _text, "id in catalog.json"),
    Setting("CATALOG_TITLE", "Open data catalog", _text, "title in catalog.json, on the home page and in the help"),
    Setting("CATALOG_DESCRIPTION", "Descriptions of open datasets: what they hold, under which licence, and where to get them.", _text, "description in catalog.json, on the home page and in the help"),
    Setting("CATALOG_CONTACT", "the operator of this site", _text, "contact in catalog.json and in the help: a name, a mail address or a URL"),
    Setting("LIST_FOLDER", "", _path, "where change lists are kept ready to send; empty: a folder of this user's below the system's temporary folder"),
    Setting("PORTAL_API", "off", _one_of("off", "on"), "whether publishers may write through the portal API at /api/1/"),
    Setting("PORTAL_MAX_BYTES", 2 << 20, _count(1), "most bytes of one request to the portal API"),
    Setting("PORTAL_LOCAL_URLS", "off", _one_of("off", "on"), "whether a published resource may lead to localhost or a loopback address"),
    Setting("UPLOAD_FOLDER", "uploads", _text, "where files that publishers upload are kept; made when the first one comes"),
    Setting("UPLOAD_MAX_BYTES", 100 << 20, _count(1), "most bytes of one uploaded file, and of one search that opendata --upload fetches"),
    Setting("OPENDATA_PORTALS", "https://data.public.lu https://www.data.gouv.fr https://data.gouv.fr", _portals, "portals that opendata may publish to: base URLs with blanks between; the first is the default"),
    Setting("MISP_EXTERNAL_URL", "", _url_or("none is known"), "public address of the MISP whose searches are published, for queries without misp-url"),
    Setting("MISP_URL", "", _url_or("none is known"), "address of that MISP where MISP_EXTERNAL_URL is empty"),
    Setting("MISP_KEY_FILE", "", _path, "file with the key for that MISP, which opendata --upload sends to these two addresses alone; empty: none is sent"),
    Setting("IMPORT_MAX_BYTES", 4 << 30, _count(1), "most bytes that one source may unpack to"),
    Setting("VALIDATE_MAX_BYTES", 10 << 20, _count(256_000), "largest metadata file that is validated, in bytes"),
    Setting("OPEN_LICENSES", "", _licenses, "URLs of licences, beyond those that IB1's rules list, that are taken for open ones, with blanks between"),
    Setting("PRIVATE_ADDRESSES", "off", _one_of("off", "on"), "whether requests that a validated file asks for, and those to a portal with a public name, may go to addresses that are not public"),
    Setting("ENFORCED_PROFILE", "dcip", _one_of("dcip", "dcat-ap", "ib1-open-data", "ib1-metadata"), "rules that the catalog is held to: what an audit checks, and what /policy shows"),
    Setting("IMPORT_MAX_RECORD_BYTES", 256 << 20, _count(1), "most bytes that must be in memory at once: a record, a JSON object, a document in JSON-LD or YAML"),
    Setting("IMPORT_PROCESSES", 0, _count(0), "processes that read the records of a large import; 0 is one for each processor, 1 none beside the import itself"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings with their values, each named as in the table but in lower case."""

    database_url: str
    site_url: str
    endpoint_path: str
    dataset_root: str
    rate_limit: str
    rate_limit_storage: str
    trusted_proxies: int
    catalog_id: str
    catalog_title: str
    catalog_description: str
    catalog_contact: str
    list_folder: str
    portal_api: str
    portal_max_bytes: int
    portal_local_urls: str
    upload_folder: str
    upload_max_bytes: int
    validate_max_bytes: int
    open_licenses: str
    private_addresses: str
    opendata_portals: str
    misp_external_url: str
    misp_url: str
    misp_key_file: str
    enforced_profile: str
    import_max_bytes: int
    import_max_record_bytes: int
    import_processes: int

    @property
    def catalog(self) -> Catalog:
        return Catalog(
            id=self.catalog_id,
            title=self.catalog_title,
            description=self.catalog_description,
            contact=self.catalog_contact,
        )


def load(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings; ``overrides`` (in lower case) win over everything, ``None`` is no override.

    Raises :class:`UsageError` naming the setting, its value and what is allowed.
    """
    environment = os.environ if environment is None else environment
    given: dict[str, Any] = _read_file(environment.get("DCIP_SETTINGS", ""))
    given |= {s.name: environment["DCIP_" + s.name] for s in SETTINGS if "DCIP_" + s.name in environment}
    given |= {name.upper(): value for name, value in overrides.items() if value is not None}
    values = {setting.name.lower(): _read(setting, given) for setting in SETTINGS}
    return Settings(**values)


def _read(setting: Setting, given: Mapping[str, Any]) -> Any:
    value = given.get(setting.name, setting.default)
    try:
        return setting.read(value)
    except ValueError as error:
        raise UsageError(f"setting {setting.name} is {masked(value)!r}; allowed is {error}") from None


def masked(value: Any) -> Any:
    """A setting's value for messages: a URL without its password, wherever in it that stands."""
    if not isinstance(value, str) or not _URL.match(value):
        return value
    return _PASSWORD.sub(r"\1***", _CREDENTIALS.sub(r"\1:***@", value, count=1))


_URL = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_CREDENTIALS = re.compile(r"^([^/]*//[^/?#:@]*):.*@", re.DOTALL)
_PASSWORD = re.compile(r"([?&][^=&]*password=)[^&#]*", re.IGNORECASE)


def _read_file(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        given = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"settings file {path} cannot be read: {error}") from None
    known = {setting.name for setting in SETTINGS}
    for name in given:
        if name not in known:
            raise UsageError(f"settings file {path}: {name!r} is no setting; there are: {', '.join(sorted(known))}")
    return given


assert {field.name.upper() for field in fields(Settings)} == {setting.name for setting in SETTINGS}  # noqa: S101 - one table
