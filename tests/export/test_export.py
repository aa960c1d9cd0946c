"""What an export writes, and what one writes that finds an export already there."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dcip_server import settings
from dcip_server.app import create_app
from dcip_server.entities import DataService, DatasetSeries
from dcip_server.errors import UsageError
from dcip_server.export.asking import ask
from dcip_server.export.run import Exported, export
from dcip_server.settings import Settings
from dcip_server.store import Delete, Put, Store
from dcip_server.store.database import freezing
from dcip_server.web.every_language import EVERY, in_each
from dcip_server.web.translations import LANGUAGES
from tests.conftest import Ran
from tests.records import dataset

Export = Callable[..., Exported]
_SITE = "https://data.example"
#: What a folder holds beside the files that are served.
_LISTS = ("SHA256SUMS", "parts.tsv", "export.json")


@pytest.fixture
def at(tmp_path: Path) -> Callable[[str], Settings]:
    """The settings of a site over a database."""

    def make(database: str) -> Settings:
        return settings.load({}, database_url=database, site_url=_SITE, list_folder=str(tmp_path / "lists"))

    return make


def _export(of: Settings, folder: Path, hear: Callable[[str], None] = lambda _: None) -> Exported:
    return export(of, folder, hear)


def _tree(folder: Path) -> dict[str, tuple[int, str]]:
    """Each file's time and digest."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in folder.rglob("*")
        if path.is_file()
    }


def _bytes(folder: Path) -> dict[str, str]:
    return {path: digest for path, (_, digest) in _tree(folder).items()}


def test_an_export_of_what_did_not_change_writes_nothing(
    store: Store, database_url: str, tmp_path: Path, at: Callable[[str], Settings]
) -> None:
    store.revise([Put(dataset(id, tags=["a/b", str(id)])) for id in ("a", "b/c", "d//e")])
    first = _export(at(database_url), tmp_path / "x")
    tree = _tree(tmp_path / "x")
    assert first.counts.written + len(_LISTS) == len(tree)
    assert json.loads((tmp_path / "x/_answers/rest/dataset/id/b/c.json").read_bytes())["id"] == "b/c"
    second = _export(at(database_url), tmp_path / "x")
    assert (second.counts.written, second.counts.removed, second.counts.unchanged) == (0, 0, first.counts.written)
    assert _tree(tmp_path / "x") == tree


def test_the_sums_are_those_of_the_files(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, at: Callable[[str], Settings]
) -> None:
    sqlite_store.revise([Put(dataset("https://example.org/x"))])
    _export(at(sqlite_url), tmp_path / "x")
    listed = dict(line.split("  ", 1)[::-1] for line in (tmp_path / "x/SHA256SUMS").read_text().splitlines())
    assert listed == {path: digest for path, digest in _bytes(tmp_path / "x").items() if path not in _LISTS}


def test_after_a_change_only_what_shows_it_is_written(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, at: Callable[[str], Settings]
) -> None:
    sqlite_store.revise([Put(dataset(id, tags=["all", id])) for id in ("a", "b", "c")])
    _export(at(sqlite_url), tmp_path / "x")
    before = _tree(tmp_path / "x")
    sqlite_store.revise([Put(dataset("b", tags=["all", "b"], title="Another title"))])
    found = _export(at(sqlite_url), tmp_path / "x")
    after = _tree(tmp_path / "x")
    changed = {path for path, state in after.items() if before.get(path) != state}
    assert found.counts.written == len(changed - set(_LISTS)) < 120
    assert {"_answers/rest/dataset/id/b.json", "_answers/dataset/b.fr.html", "_answers/tag/all.en.html"} <= changed
    others = [path for path in changed if "/dataset/a" in path or "/id/c" in path or path.endswith("tag/a.en.html")]
    assert others == []
    # What has the same bytes, and what is gone.
    assert "_answers/rest/dataset/title/Dataset b.json" not in after
    assert found.counts.removed == 2


def test_what_is_deleted_is_removed_with_its_folder(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, at: Callable[[str], Settings]
) -> None:
    sqlite_store.revise([Put(dataset(id)) for id in ("a", "b/c")])
    _export(at(sqlite_url), tmp_path / "x")
    sqlite_store.revise([Delete("dataset", "b/c")])
    _export(at(sqlite_url), tmp_path / "x")
    assert not (tmp_path / "x/_answers/rest/dataset/id/b").exists()
    assert not (tmp_path / "x/_answers/dataset/b").exists()
    assert (tmp_path / "x/_answers/gone/dataset/b/c.en.html").exists()
    _export(at(sqlite_url), tmp_path / "y")
    assert _bytes(tmp_path / "x") == _bytes(tmp_path / "y")


def test_pages_to_which_a_reader_may_be_on_the_way_stay_until_others_take_their_places(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, at: Callable[[str], Settings]
) -> None:
    """A walk that began before an export goes on after it."""
    sqlite_store.revise(Put(dataset(str(number))) for number in range(101))
    former: set[str] = set()
    for deleted, changed in (("100", "0"), ("99", "1")):
        _export(at(sqlite_url), tmp_path / "x")
        before = {name for name in _bytes(tmp_path / "x") if re.search(r"/(?:catalog|changes)[.]query/", name)} - former
        sqlite_store.revise([Delete("dataset", deleted), Put(dataset(changed, description="Changed."))])
        for _ in range(2):
            counts = _export(at(sqlite_url), tmp_path / "x").counts
            now = set(_bytes(tmp_path / "x"))
            assert before <= now
            assert not former & now
        assert (counts.written, counts.removed) == (0, 0)
        current = set(_bytes(_fresh(at(sqlite_url), tmp_path / deleted)))
        former = before - current
        assert {name.partition("=")[2].partition("=")[0] for name in former} >= {"before"}
        assert now - current == former
    # The second page of the walk had one record.
    assert "_answers/catalog.query/=page=2.ttl" not in now
    sums = (tmp_path / "x/SHA256SUMS").read_text().splitlines()
    assert len(sums) == len(set(sums))


def _fresh(of: Settings, folder: Path) -> Path:
    _export(of, folder)
    return folder


@pytest.mark.parametrize("answers", [0, 60], ids="interrupted after {} answers".format)
def test_an_interrupted_export_is_completed_by_the_next(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, at: Callable[[str], Settings], answers: int
) -> None:
    sqlite_store.revise([Put(dataset(id)) for id in ("a", "b")])
    left = [answers]

    def interrupt(_: str) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1

    with pytest.raises(KeyboardInterrupt):
        _export(at(sqlite_url), tmp_path / "x", interrupt)
    assert not (tmp_path / "x/export.json").exists()
    # What the interrupted one wrote of these is of nobody's any more.
    sqlite_store.revise([Delete("dataset", "a"), Put(dataset("c"))])
    left[0] = answers
    with pytest.raises(KeyboardInterrupt):
        _export(at(sqlite_url), tmp_path / "x", interrupt)
    _export(at(sqlite_url), tmp_path / "x")
    _export(at(sqlite_url), tmp_path / "y")
    assert _bytes(tmp_path / "x") == _bytes(tmp_path / "y")
    assert sorted(os.listdir(tmp_path / "x")) == sorted(os.listdir(tmp_path / "y"))


def test_what_is_written_meanwhile_is_left_for_the_next(
    store: Store, database_url: str, tmp_path: Path, at: Callable[[str], Settings]
) -> None:
    store.revise([Put(dataset(str(number), tags=["t"])) for number in range(5)])
    _export(at(database_url), tmp_path / "x")
    heard = [0]

    def write(_: str) -> None:
        heard[0] += 1
        if heard[0] in (10, 50, 90):
            store.revise([Put(dataset("0", title=f"Title {heard[0]}", tags=["t"])), Put(dataset(f"new {heard[0]}"))])

    found = _export(at(database_url), tmp_path / "y", write)
    assert heard[0] > 90
    assert found.revision == 5
    assert _bytes(tmp_path / "x") == _bytes(tmp_path / "y")
    assert _export(at(database_url), tmp_path / "y").revision == 11


_IDS = ("a", "a.ttl", "b/c", "b/c.html", "d")
_SERIES = "https://example.org/series"


def _changes(random: Random) -> Iterator[Put | Delete]:
    """A few of the changes that a record's page may show: its own, and those of what it leads to."""
    for id in random.sample(_IDS, random.randint(1, 3)):
        keys: dict[str, Any] = {"tags": random.sample(("x", "y", "z"), 2), "title": f"Title {random.randint(1, 3)}"}
        if random.random() < 0.5:
            keys["in_series"] = _SERIES
        entity = replace(dataset(id, **keys), iri=f"https://example.org/{id}")
        yield Put(entity, source=random.choice(("one", "two", None)))
    if random.random() < 0.5:
        yield Put(DatasetSeries(id="series", title=f"Series {random.randint(1, 3)}", iri=_SERIES))
    if random.random() < 0.5:
        served = {"serves_dataset": [f"https://example.org/{random.choice(_IDS)}"]}
        yield Put(DataService(id="service", title="Service", iri="https://example.org/service", extra=served))
    if random.random() < 0.3:
        yield Delete("datasetseries", "series")
    if random.random() < 0.5:
        yield Delete("dataset", random.choice(_IDS))


@pytest.mark.parametrize("seed", range(2))
def test_what_is_brought_up_to_date_is_what_would_be_written_anew(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, at: Callable[[str], Settings], seed: int
) -> None:
    random = Random(seed)
    # More than a page of those with a tag.
    sqlite_store.revise(Put(dataset(f"other {number}", tags=["x"])) for number in range(35))
    for _ in range(3):
        sqlite_store.revise(_changes(random), allow_mass_delete=True, refused=lambda *_: None)
        _export(at(sqlite_url), tmp_path / "x")
    found = _export(at(sqlite_url), tmp_path / "y")
    assert found.revision > 40
    assert _bytes(tmp_path / "x") == _bytes(tmp_path / "y")


def test_a_source_that_delivers_a_record_as_well_is_shown(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, at: Callable[[str], Settings]
) -> None:
    """That makes no revision."""
    sqlite_store.revise([Put(dataset("a"), source="https://one.example/")])
    _export(at(sqlite_url), tmp_path / "x")
    sqlite_store.revise([Put(dataset("a"), source="https://two.example/")])
    found = _export(at(sqlite_url), tmp_path / "x")
    assert (found.revision, found.counts.written) == (1, 3)
    assert b"https://two.example/" in (tmp_path / "x/_answers/dataset/a.en.html").read_bytes()


def test_only_what_may_have_changed_is_asked_for(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, at: Callable[[str], Settings]
) -> None:
    sqlite_store.revise([Put(dataset(id, tags=[id])) for id in ("a", "b")])
    _export(at(sqlite_url), tmp_path / "x")
    heard: list[str] = []
    _export(at(sqlite_url), tmp_path / "x", heard.append)
    assert not [path for path in heard if path.startswith(("/dataset", "/rest", "/catalog", "/tag", "/api"))]
    sqlite_store.revise([Put(dataset("b", tags=["b"], title="Another"))])
    _export(at(sqlite_url), tmp_path / "x", heard.append)
    assert {"/dataset/b", "/rest/dataset/id/b.json", "/catalog.ttl", "/tag/b"} <= set(heard)
    assert not [path for path in heard if path in ("/dataset/a", "/tag/a", "/rest/dataset/tags/a.json")]
    heard.clear()
    export(replace(at(sqlite_url), catalog_title="Another title"), tmp_path / "x", heard.append)
    assert "/dataset/a" in heard


def test_two_processes_write_the_same_bytes(sqlite_store: Store, sqlite_url: str, tmp_path: Path) -> None:
    sqlite_store.revise([Put(dataset(id, tags=["b", "a", id], keywords=["x"])) for id in ("a", "b", "c//d", "série")])
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "dcip_server", "--database", sqlite_url, "export", str(tmp_path / seed)]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "DCIP_SITE_URL": _SITE}
        subprocess.run(command, env=environment, check=True, capture_output=True)
    compared = subprocess.run(["diff", "-r", tmp_path / "1", tmp_path / "2"], capture_output=True, check=False)
    assert (compared.returncode, compared.stdout) == (0, b"")
    assert len(_bytes(tmp_path / "1")) > 150


def test_a_file_that_somebody_changed_is_put_right(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, at: Callable[[str], Settings]
) -> None:
    sqlite_store.revise([Put(dataset("a"))])
    _export(at(sqlite_url), tmp_path / "x")
    due = _bytes(tmp_path / "x")
    (tmp_path / "x/_answers/rest/dataset/id/a.json").write_text("{}")
    (tmp_path / "x/_answers/data.json").unlink()
    (tmp_path / "x/_answers/more.txt").write_text("not ours")
    found = export(at(sqlite_url), tmp_path / "x", lambda _: None, whole=True)
    assert (found.counts.written, found.counts.removed) == (2, 1)
    assert _bytes(tmp_path / "x") == due


def test_validators_of_a_changed_file_differ(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, at: Callable[[str], Settings]
) -> None:
    """nginx makes them of time and length: a change of neither would be no change to a client."""
    sqlite_store.revise([Put(dataset("a", metadata_modified="2026-01-01T00:00:00Z"))])
    _export(at(sqlite_url), tmp_path / "x")
    file = tmp_path / "x/_answers/rest/dataset/id/a.json"
    before = file.stat()
    file.write_bytes(file.read_bytes().replace(b"Dataset", b"datasET"))
    os.utime(file, (before.st_atime, before.st_mtime))
    export(at(sqlite_url), tmp_path / "x", lambda _: None, whole=True)
    after = file.stat()
    assert after.st_size == before.st_size
    assert int(after.st_mtime) != int(before.st_mtime)


def test_two_exports_do_not_write_one_folder_at_once(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, at: Callable[[str], Settings]
) -> None:
    sqlite_store.revise([Put(dataset("a"))])
    refused: list[str] = []

    def meanwhile(_: str) -> None:
        if not refused:
            with pytest.raises(UsageError) as error:
                _export(at(sqlite_url), tmp_path / "x")
            refused.append(str(error.value))

    assert _export(at(sqlite_url), tmp_path / "x", meanwhile).counts.written > 100
    assert refused == [f"another export is writing {tmp_path / 'x'}"]


# --- the command ---


def test_the_command_tells_what_it_did(
    run: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCIP_SITE_URL", _SITE)
    assert run("sample").status == 0
    ran = run("export", "--quiet", str(tmp_path / "x"))
    count = len(_bytes(tmp_path / "x")) - len(_LISTS)
    assert (ran.status, ran.out, ran.err) == (0, f"revision 13: {count:,} files written, 0 unchanged, 0 removed\n", "")
    assert f"0 files written, {count:,} unchanged" in run("export", str(tmp_path / "x")).out


def test_what_has_no_place_is_named(
    run: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_store: Store
) -> None:
    monkeypatch.setenv("DCIP_SITE_URL", _SITE)
    sqlite_store.revise([Put(dataset("..")), Put(dataset("é" * 3000))])
    ran = run("export", "--quiet", str(tmp_path / "x"))
    assert ran.status == 1
    assert "/dataset/..: left out" in ran.err
    assert "/rest/dataset/title/Dataset éé" in ran.err


_WRONG = ("somebody's folder", "a file", "another catalog", "no SITE_URL", "no catalog")


@pytest.mark.parametrize("case", _WRONG)
def test_a_folder_of_anything_else_is_refused(
    run: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    folder = tmp_path / "x"
    monkeypatch.setenv("DCIP_SITE_URL", "" if case == "no SITE_URL" else _SITE)
    if case != "no catalog":
        run("sample")
    if case == "a file":
        folder.write_text("mine")
    if case == "somebody's folder":
        (folder / "photos").mkdir(parents=True)
    if case == "another catalog":
        other = f"sqlite:///{tmp_path}/other.db"
        run("sample", database=other)
        assert run("export", str(folder), database=other).status == 0
    before = _bytes(tmp_path) if case != "no catalog" else {}
    ran = run("export", str(folder))
    assert ran.status == (1 if case == "no catalog" else 2)
    assert ran.err.count("\n") <= 4
    assert {"somebody's folder": "is not empty and no export", "a file": "is a file", "another catalog": "another catalog",
            "no SITE_URL": "SITE_URL must be set", "no catalog": "there is no catalog"}[case] in ran.err  # fmt: skip
    assert {path: digest for path, digest in _bytes(tmp_path).items() if path in before and "catalog" not in path} == {
        path: digest for path, digest in before.items() if "catalog" not in path
    }


# --- every route is in the copy, or said not to be ---

#: What needs the server: words, times and filters of a client's own, and all that writes.
_NOT_STATIC = {"portal.answer"}
_STATIC = {
    "endpoint.call", "pages.static", "pages.home", "pages.changes", "pages.feed", "pages.about", "search.search",
    "search.search_json", "search.opensearch", "search.browse", "records.record", "portal_pages.show", "portal_pages.download",
    "ckan_api.call", "directory.directory", "directory.directory_json", "discovery.robots", "discovery.index", "discovery.part",
    "catalog_feed.page", "feeds.data_json", "feeds.dcip_json", "feeds.in_rdf", "stats.stats", "stats.plot", "policy.policy",
}  # fmt: skip


def test_every_route_of_the_site_is_in_the_copy_or_known_to_need_the_server(
    sqlite_store: Store, sqlite_url: str, at: Callable[[str], Settings]
) -> None:
    """Whoever adds a route adds it to ``export/surface.py`` and ``export/locations.conf``, too."""
    app = create_app(replace(at(sqlite_url), portal_api="on"))
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == _STATIC | _NOT_STATIC
    app.extensions["dcip_store"].close()


# --- a page that is made once for all languages ---


def test_a_page_made_for_all_languages_is_that_of_each(
    sqlite_store: Store, sqlite_url: str, at: Callable[[str], Settings]
) -> None:
    resource = {
        "url": "https://e.example/{x}",
        "title": "{count} & 'co'",
        "size": 1_234_567,
        "last_modified": "2026-01-02",
    }
    sqlite_store.revise(
        [Put(dataset("a", license="notspecified", maintainer="{date}", description="{count} <b>x</b>"))]
    )
    sqlite_store.revise([Put(dataset("b", in_series=_SERIES, resources=[resource]))])
    sqlite_store.revise([Put(dataset(f"m{number}", tags=["a < b", "Search", "kB"])) for number in range(1100)])
    sqlite_store.revise([Put(dataset("t", translations={"title": {"de": "Ein Titel", "fr": "Un titre"}}))])
    sqlite_store.revise([Put(DatasetSeries(id="series", title="Series", iri=_SERIES)), Delete("dataset", "m1")])
    app = create_app(at(sqlite_url))
    paths = ("/", "/about", "/policy", "/stats", "/directory", "/changes", "/tag/", "/tag/kB", "/tag/a < b", "/search",
             "/dataset/a", "/dataset/b", "/dataset/t", "/dataset/m1", "/datasetseries/series", "/nowhere", "/license/notspecified")  # fmt: skip
    alone = set()
    for path in paths:
        with ask(app, path, language=EVERY) as answer:
            body, said = b"".join(answer.body), answer.headers["content-language"]
        for language, page in zip(LANGUAGES, in_each(body), strict=True):
            with ask(app, path, language=language) as due:
                assert due.headers["content-language"] == language
                if said == EVERY:
                    assert page.encode() == b"".join(due.body), path
                else:
                    alone.add(path)
    assert alone == {"/dataset/t", "/stats"}
    app.extensions["dcip_store"].close()


# --- one moment ---


def test_a_frozen_store_sees_one_moment(store: Store, database_url: str) -> None:
    store.revise([Put(dataset("a"))])
    with Store(database_url) as reader:
        with freezing(reader.engine):
            store.revise([Put(dataset("b")), Delete("dataset", "a")])
            assert reader.state().revision == 1
            assert [entry.id for entry in reader.newest(10)] == ["a"]
        assert reader.state().revision == 3
        assert sorted(str(entry.id) for entry in reader.newest(10)) == ["a", "b"]
