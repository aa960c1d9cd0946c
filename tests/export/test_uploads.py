"""Files that publishers uploaded, in an export."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

from tests.export.conftest import Portal

_CSV = b"md5,seen\n\x00\xff\xc3\xa4,2026-11-25\n"
_HEADERS = (
    "content-type", "content-length", "content-disposition", "content-security-policy", "x-content-type-options",
    "access-control-allow-origin",
)  # fmt: skip


def test_an_uploaded_file_is_served_as_the_server_does_until_it_is_deleted(portal: Portal) -> None:
    client = portal.app.test_client()
    made = client.post(
        "/api/1/datasets/", json={"title": "Files", "description": "From MISP."}, headers=portal.key
    ).get_json()
    paths = {}
    for name in ("Certificates 2026.CSV", "more.json", "page.html"):
        form = {"file": (io.BytesIO(_CSV), name)}
        sent = client.post(f"/api/1/datasets/{made['id']}/upload/", data=form, headers=portal.key)
        if sent.status_code == 201:
            paths[sent.get_json()["id"]] = urlsplit(sent.get_json()["url"]).path
    assert len(paths) >= 2
    portal.export()
    with portal.serving() as asked:
        for path in paths.values():
            got = asked(path)
            with client.get(path) as due:
                assert (got.status, got.body) == (due.status_code, due.data) == (200, _CSV)
                assert {name: got.headers.get(name) for name in _HEADERS} == {
                    name: due.headers.get(name) for name in _HEADERS
                }
        gone, *kept = paths
        client.delete(f"/api/1/datasets/{made['id']}/resources/{gone}/", headers=portal.key)
        portal.export()
        assert asked(paths[gone]).status == client.get(paths[gone]).status_code == 404
        assert [path for path in portal.folder.rglob("*") if gone in str(path) and path.is_file()] == []
        assert all(asked(paths[id]).body == _CSV for id in kept)
