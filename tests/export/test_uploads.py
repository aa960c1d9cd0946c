"""Files that publishers uploaded, in an export."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import urlsplit

from dcip_server import settings
from dcip_server.app import create_app
from dcip_server.export.run import export
from dcip_server.store import Store
from dcip_server.store.api_keys import create_api_key
from tests import postgresql
from tests.export.nginx import serving

_CSV = b"md5,seen\n\x00\xff\xc3\xa4,2026-11-25\n"
_HEADERS = (
    "content-type", "content-length", "content-disposition", "content-security-policy", "x-content-type-options",
    "access-control-allow-origin",
)  # fmt: skip


def test_an_uploaded_file_is_served_as_the_server_does_until_it_is_deleted(tmp_path: Path) -> None:
    port = postgresql.free_port()
    found = settings.load(
        {}, database_url=f"sqlite:///{tmp_path}/catalog.db", site_url=f"http://127.0.0.1:{port}", portal_api="on",
        list_folder=str(tmp_path / "lists"), upload_folder=str(tmp_path / "up"),
    )  # fmt: skip
    with Store(found.database_url, create=True) as store:
        key = {"X-API-KEY": create_api_key(store.engine, "misp", "publisher")}
    folder = tmp_path / "export"
    app = create_app(found, fast_paths=False)
    client = app.test_client()
    made = client.post("/api/1/datasets/", json={"title": "Files", "description": "From MISP."}, headers=key).get_json()
    paths = {}
    for name in ("Certificates 2026.CSV", "more.json", "page.html"):
        form = {"file": (io.BytesIO(_CSV), name)}
        sent = client.post(f"/api/1/datasets/{made['id']}/upload/", data=form, headers=key)
        if sent.status_code == 201:
            paths[sent.get_json()["id"]] = urlsplit(sent.get_json()["url"]).path
    assert len(paths) >= 2
    export(found, folder, lambda _: None)
    with serving(folder, tmp_path / "nginx", port, "/") as asked:
        for path in paths.values():
            got = asked(path)
            with client.get(path) as due:
                assert (got.status, got.body) == (due.status_code, due.data) == (200, _CSV)
                assert {name: got.headers.get(name) for name in _HEADERS} == {
                    name: due.headers.get(name) for name in _HEADERS
                }
        gone, *kept = paths
        client.delete(f"/api/1/datasets/{made['id']}/resources/{gone}/", headers=key)
        export(found, folder, lambda _: None)
        assert asked(paths[gone]).status == client.get(paths[gone]).status_code == 404
        assert [path for path in folder.rglob("*") if gone in str(path) and path.is_file()] == []
        assert all(asked(paths[id]).body == _CSV for id in kept)
    app.extensions["dcip_store"].close()
