"""A catalog of the sample and of ids that servers stumble over, its export, and nginx over that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from dcip_server import settings
from dcip_server.app import create_app
from dcip_server.entities import Dataset, DatasetSeries
from dcip_server.export.run import Exported, export
from dcip_server.namespaces import DCAT, DCTERMS, RDF
from dcip_server.settings import Settings
from dcip_server.store import Delete, Put, Store
from dcip_server.store.api_keys import create_api_key
from tests import postgresql
from tests.export.nginx import Asked, serving
from tests.records import dataset

#: Ids that a file cannot be named after as they are, and their neighbours that must not be taken for them.
IDS: tuple[str | int, ...] = (
    "plain", "PLAIN", "Plain", "a.b", "a.json", "a.json/b", "trees", "trees/2026", "trees/2026/a", "a//b", "a/b", "/a", "a/",
    "a b", "a+b", "a%b", "a%2Fb", "a?b", "a#b", "a&b=c", "a\\b", "a\nb", "a\tb", "a;b", "a\"b'c", "$uri", "{x}", "~a", "été", "日本/語",
    "https://example.org/x/1", "https:/example.org/x/1", "https://example.org//x", "urn:x:1", "urn:/x", "x:///y", "https://example.org/x/",
    "a/./b", "a/../b", "x/..", "...", ".hidden", "..a", "a..", "a/...", "x", "x.ttl", "y.ttl", "y", "x.html", "x.rdf/z", "x.en.html/z",
    "n" * 199, "n" * 201, "n" * 300, "é" * 150, "é" * 400, "s/" * 300 + "s", "日" * 350, "-", "=a", "a+/=b", "_answers/x", 123,
)  # fmt: skip
#: Ids that nginx takes for the folder that they would be in, or for one above it.
UNPLACED = (".", "..", "../a")
_UNSAYABLE = "https://data.example/unsayable"
_VALUES = ("été", "a/b", "a//b", "..", "A/../b", "a.json/b", "50%", "t" * 250, "日" * 299, "x y", "x+y", "CSV, TSV")


def fill(store: Store, ids: Sequence[str | int]) -> None:
    """Ids, some of them deleted afterwards, with tags and names that are as odd."""
    store.revise([Put(dataset(id, tags=list(_VALUES), name=f"name of {id}"), source="test") for id in ids])
    store.revise([Put(dataset(id, description="More **text**.", maintainer="Ä & Söhne/GmbH")) for id in ids[:5]])
    gone = [*(f"gone{id}" for id in ids[:30]), "y.ttl"]
    store.revise([Put(dataset(id)) for id in gone if id not in ids])
    store.revise([Delete("dataset", id) for id in gone], allow_mass_delete=True)
    # RDF/XML has no way to say this one.
    said = (
        (f"<{_UNSAYABLE}>", RDF.type, DCAT.Dataset),
        (f"<{_UNSAYABLE}>", DCTERMS.title, '"T"'),
        (f"<{_UNSAYABLE}>", DCTERMS.identifier, '"unsayable"'),
        (f"<{_UNSAYABLE}>", "<https://data.example/1>", '"one"'),
    )
    store.revise([Put(Dataset(id="unsayable", title="T", iri=_UNSAYABLE, triples=said))])
    store.revise([Put(DatasetSeries(id="series/1", title="A series", iri="https://example.org/series"))])


@dataclass(frozen=True)
class Copy:
    """An export, the server that it is a copy of, and nginx that serves it."""

    settings: Settings
    folder: Path
    app: Flask
    exported: Exported
    asked: Asked
    url: str

    def again(self, folder: Path | None = None, **changed: Any) -> Exported:
        """Export once more, here or elsewhere."""
        return export(replace(self.settings, **changed), folder or self.folder, lambda _: None)


@contextmanager
def make_copy(folder: Path, ids: Sequence[str | int], site_path: str = "", **changed: Any) -> Iterator[Copy]:
    """Fill a catalog, export it and serve the export."""
    port = postgresql.free_port()
    url = f"http://127.0.0.1:{port}{site_path}"
    found = settings.load(
        {}, database_url=f"sqlite:///{folder}/catalog.db", site_url=url, list_folder=f"{folder}/lists", **changed
    )
    with Store(found.database_url, create=True) as store:
        fill(store, ids)
    exported = export(found, folder / "export", lambda _: None)
    app = create_app(replace(found, rate_limit=""), fast_paths=False)
    with serving(folder / "export", folder / "nginx", port, f"{site_path}/") as asked:
        yield Copy(found, folder / "export", app, exported, asked, url)
    app.extensions["dcip_store"].close()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """The whole, once for the tests of a module that change nothing."""
    with make_copy(tmp_path_factory.mktemp("copy"), (*IDS, *UNPLACED)) as made:
        yield made


@dataclass(frozen=True)
class Portal:
    """A site whose portal API is on, a publisher's key as headers, and where its export is to be served."""

    settings: Settings
    app: Flask
    key: dict[str, str]
    folder: Path
    port: int

    def export(self) -> None:
        export(self.settings, self.folder, lambda _: None)

    def serving(self) -> AbstractContextManager[Asked]:
        """nginx over the export."""
        return serving(self.folder, self.folder.parent / "nginx", self.port, "/")


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """A portal that nobody has published at."""
    port = postgresql.free_port()
    found = settings.load(
        {}, database_url=f"sqlite:///{tmp_path}/catalog.db", site_url=f"http://127.0.0.1:{port}", portal_api="on",
        list_folder=str(tmp_path / "lists"), upload_folder=str(tmp_path / "up"),
    )  # fmt: skip
    with Store(found.database_url, create=True) as store:
        key = {"X-API-KEY": create_api_key(store.engine, "misp", "publisher")}
    app = create_app(found, fast_paths=False)
    yield Portal(found, app, key, tmp_path / "export", port)
    app.extensions["dcip_store"].close()
