"""The project's shape: who imports whom, what is packaged, and how modules look."""

from __future__ import annotations

import ast
import configparser
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_FOLDERS = {
    "dcip_server": "dcip_server",
    "help_texts": "dcip_server.help_texts",
    "migrations": "dcip_server.migrations",
}
_MODULES = sorted(path for folder in _FOLDERS for path in (_ROOT / folder).rglob("*.py"))
_OURS = [path for path in _MODULES if path.is_relative_to(_ROOT / "dcip_server")]

#: What each part may import of ours. Parts stand in the order of the layout: imports go up in this table.
_MAY_IMPORT: dict[str, set[str]] = {
    "__init__": set(),
    "errors": set(),
    "processes": {"errors"},
    "namespaces": set(),
    "addresses": set(),
    "sample_catalog": set(),
    "entities": {"errors"},
    "protocol": {"errors", "entities", "namespaces"},
    "formats": {"errors", "addresses", "entities", "namespaces", "protocol"},
    "validation": {"errors", "addresses", "entities", "namespaces", "protocol", "formats"},
    "settings": {"errors", "entities"},
    "store": {"errors", "entities", "namespaces", "protocol", "formats"},
    "representations": {"errors", "entities", "namespaces", "protocol", "formats", "store"},
    "harvest": {"errors", "processes", "addresses", "entities", "namespaces", "protocol", "formats", "validation", "store"},
    "publish": {"errors", "addresses", "entities", "namespaces", "protocol", "formats", "validation", "store", "harvest.fetch"},
    "conformance": {"errors", "entities", "namespaces", "protocol", "formats", "harvest.fetch"},
    "web": {"errors", "addresses", "entities", "namespaces", "protocol", "formats", "validation", "settings", "store", "representations", "publish"},
    "app": {"errors", "settings", "store", "web"},
    "wsgi": {"settings", "app"},
    "export": {"errors", "processes", "formats", "protocol", "settings", "store", "publish", "web", "app"},
    "commands": {"errors", "processes", "entities", "namespaces", "protocol", "formats", "validation", "settings", "store",
                 "representations", "harvest", "publish", "conformance", "web", "app", "export"},
    "__main__": {"commands"},
}  # fmt: skip


def _at(path: Path, what: str | int) -> str:
    """A place in the project, for messages."""
    return f"{path.relative_to(_ROOT)}: {what}"


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _read_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, _at(path, f"line {node.lineno}: imports are absolute")
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


#: Every name that a module imports, in full, wherever in the module it does so.
_IMPORTS = {path: set(_read_imports(path)) for path in _MODULES}


def _part(path: Path) -> str:
    return path.relative_to(_ROOT / "dcip_server").with_suffix("").parts[0]


def _is_or_below(name: str, other: str) -> bool:
    return f"{name}.".startswith(f"{other}.")


# --- imports ---


def test_every_part_is_in_the_layout() -> None:
    assert {_part(path) for path in _OURS} <= _MAY_IMPORT.keys()
    assert len(_OURS) > 60


def test_the_layout_has_no_circles() -> None:
    above: set[str] = set()
    for part, allowed in _MAY_IMPORT.items():
        assert {name.split(".")[0] for name in allowed} <= above, part
        above.add(part)


def test_a_part_imports_only_parts_above_it() -> None:
    wrong = []
    for path in _OURS:
        allowed = {_part(path), "__version__", *_MAY_IMPORT.get(_part(path), set())}
        for name in _IMPORTS[path]:
            below = name.removeprefix("dcip_server.")
            if below != name and not any(_is_or_below(below, part) for part in allowed):
                wrong.append(_at(path, name))
    assert wrong == []


_NETWORK = ("socket", "ssl", "http.client", "urllib.request", "urllib3", "httpx", "requests", "aiohttp", "asyncio")


def test_only_harvest_fetch_opens_sockets() -> None:
    opening = {
        path for path, names in _IMPORTS.items() if any(_is_or_below(name, of) for name in names for of in _NETWORK)
    }
    assert opening == {_ROOT / "dcip_server/harvest/fetch.py"}


_DATABASES = ("sqlalchemy", "alembic", "sqlite3", "psycopg")
#: Reading a URL is no SQL.
_URLS = {"sqlalchemy.engine.make_url", "sqlalchemy.engine.URL", "sqlalchemy.exc.ArgumentError"}
#: The index of one document while it is read: a temporary file, no part of the catalog.
_OWN_DATABASES = {_ROOT / "dcip_server/formats/rdf/disk_index.py", _ROOT / "dcip_server/formats/rdf/disk_writer.py"}
_MAY_READ_URLS = {_ROOT / "dcip_server/settings.py", _ROOT / "dcip_server/commands/settings_.py"}


def test_only_the_store_speaks_sql() -> None:
    wrong = []
    for path in _OURS:
        found = {name for name in _IMPORTS[path] if any(_is_or_below(name, library) for library in _DATABASES)}
        if path in _MAY_READ_URLS:
            found -= _URLS
        if _part(path) != "store" and path not in _OWN_DATABASES:
            wrong += [_at(path, name) for name in found]
    assert wrong == []


# --- what a module looks like ---


def test_a_module_has_at_most_400_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _MODULES}
    assert [_at(path, length) for path, length in lengths.items() if length > 400] == []


def test_no_module_is_named_after_nothing() -> None:
    names = {path.stem.strip("_") for path in _MODULES} | {path.parent.name for path in _MODULES}
    assert names.isdisjoint(
        {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common", "tools", "lib"}
    )


def _statements(node: ast.AST) -> int:
    return sum(isinstance(inner, ast.stmt) for inner in ast.walk(node)) - 1


def _undocumented(body: list[ast.stmt]) -> Iterator[str]:
    """Public classes, and public functions of more than five statements, that have no docstring."""
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        is_class = isinstance(node, ast.ClassDef)
        if not ast.get_docstring(node) and (is_class or _statements(node) > 5):
            yield f"{node.name}, line {node.lineno}"
        if is_class:
            yield from _undocumented(node.body)


def _is_described_elsewhere(path: Path) -> bool:
    """A check's sentence is its rule's, a migration's that of its module."""
    return (path.parent.name, path.name[:7]) == ("conformance", "checks_") or path.parent.name == "versions"


def test_what_is_public_says_what_it_is_for() -> None:
    """A module, a class, and a function that cannot be read at a glance."""
    assert [_at(path, 1) for path in _MODULES if not ast.get_docstring(_tree(path))] == []
    paths = [path for path in _MODULES if not _is_described_elsewhere(path)]
    assert [_at(path, what) for path in paths for what in _undocumented(_tree(path).body)] == []


_PRINTING = {"print", "pprint", "pprint.pprint", "click.echo", "click.secho", "sys.stdout", "sys.stderr"}


def test_only_commands_print() -> None:
    wrong = []
    for path in _MODULES:
        nodes = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.Name | ast.Attribute)]
        printing = [node.lineno for node in nodes if ast.unparse(node) in _PRINTING]
        if path.parent == _ROOT / "dcip_server/commands" or path.name == "__main__.py":
            assert path.name not in ("output.py", "__main__.py") or printing
        else:
            wrong += [_at(path, line) for line in printing]
    assert wrong == []


# --- what is packaged ---


def _setup() -> configparser.ConfigParser:
    setup = configparser.ConfigParser()
    setup.read(_ROOT / "setup.cfg", encoding="utf-8")
    return setup


def _packages() -> dict[str, Path]:
    """Every package in the tree, by the name that it is imported with."""
    found = {}
    for folder, name in _FOLDERS.items():
        for path in (_ROOT / folder).rglob("__init__.py"):
            below = path.parent.relative_to(_ROOT / folder).parts
            found[".".join((name, *below))] = path.parent
    return found


def test_setup_cfg_lists_every_package_once_and_in_order() -> None:
    listed = _setup()["options"]["packages"].split()
    assert listed == sorted(set(listed))
    assert set(listed) == set(_packages())


def test_every_folder_with_modules_is_a_package() -> None:
    assert {path.parent for path in _MODULES} == set(_packages().values())


def test_setup_cfg_says_where_packages_outside_dcip_server_are() -> None:
    lines = (line.partition("=") for line in _setup()["options"]["package_dir"].strip().splitlines())
    assert {name.strip(): folder.strip() for name, _, folder in lines} == {
        name: folder for folder, name in _FOLDERS.items() if folder != name
    }


def test_every_file_beside_the_modules_is_in_the_wheel_and_every_pattern_finds_one() -> None:
    setup = _setup()["options.package_data"]
    patterns = {(package, pattern.strip()) for package in setup for pattern in setup[package].split(",")}
    packages = _packages()
    used = set()
    files = [
        path
        for folder in _FOLDERS
        for path in (_ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    ]
    assert len(files) >= 10
    for path in files:
        matching = {
            (package, pattern)
            for package, pattern in patterns
            if path.is_relative_to(packages[package]) and fnmatch(str(path.relative_to(packages[package])), pattern)
        }
        assert matching, path
        used |= matching
    assert used == patterns


def test_the_console_script_is_there() -> None:
    assert _setup()["options.entry_points"]["console_scripts"].split() == [
        "dcip-server",
        "=",
        "dcip_server.__main__:main",
    ]


def test_every_library_that_is_imported_is_required() -> None:
    """Names on the package index differ from those of modules only in dashes, here."""
    options = _setup()["options"]
    required = {
        line.split(" ")[0].lower().replace("-", "_") for line in options["install_requires"].strip().splitlines()
    }
    # Libraries that come with one of ours and are its public face, or that have another name there.
    with_others = {
        "werkzeug": "flask", "jinja2": "flask", "markupsafe": "flask", "yaml": "pyyaml", "markdown_it": "markdown_it_py",
    }  # fmt: skip
    standard = {"__future__", "dcip_server", "_typeshed"}
    imported = {name.split(".")[0] for names in _IMPORTS.values() for name in names}
    for name in sorted(imported - standard - sys.stdlib_module_names):
        assert with_others.get(name, name) in required, name
    assert len(imported & required) >= 8


_TESTS = sorted((_ROOT / "tests").rglob("test_*.py"))


_LACKING = ("PostgreSQL is not installed", "Chromium is not installed")


def test_a_test_skips_nothing_but_for_want_of_postgresql_or_chromium() -> None:
    skipping = {"pytest.skip", "pytest.importorskip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}
    wrong = []
    for path in _TESTS:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in skipping:
                wrong += [_at(path, node.lineno)] if not any(text in ast.unparse(node) for text in _LACKING) else []
    assert wrong == []
    assert len(_TESTS) > 20


def test_every_folder_of_tests_is_a_package() -> None:
    assert [path for path in _TESTS if not (path.parent / "__init__.py").exists()] == []
