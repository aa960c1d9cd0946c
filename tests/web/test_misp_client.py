"""MISP's own script as a witness: the requests that it makes, in its order, and what it reads of the answers."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

from dcip_server.store import Store
from dcip_server.store.api_keys import create_api_key
from tests.conftest import Server

_TITLE = "x509 certificates shared in MISP"


class Script:
    """Sends as the script does: a raw title in the path, no slash at the end of some calls, its own Content-type."""

    def __init__(self, site: str, key: str) -> None:
        self.api = f"{site}/api/1/"
        self._key = key

    def __call__(self, method: str, path: str, body: Any = None, *, with_key: bool = True) -> tuple[int, str, Any]:
        """Status, final address and JSON; requests encodes blanks as this does."""
        headers = {"X-API-KEY": self._key, "Content-type": "application/json"} if with_key else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.api + quote(path, safe="/"), data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                text = answer.read()
                return answer.status, answer.url, json.loads(text) if text else None
        except HTTPError as error:
            with error:
                return error.code, error.url, json.loads(error.read())


def _resource(title: str) -> dict[str, str]:
    url = "https://mispriv.circl.lu/attributes/restSearch/type[]:x509-fingerprint-md5/tags:tlp:white"
    return {"title": title, "type": "api", "filetype": "remote", "format": "opendata", "url": url}


def test_the_script_creates_updates_and_deletes(sqlite_url: str, serve: Callable[..., Server]) -> None:
    with Store(sqlite_url, create=True) as store:
        key = create_api_key(store.engine, "misp", "publisher")
    server = serve(sqlite_url, DCIP_PORTAL_API="on")
    script = Script(server.url, key)
    slug = "-".join(_TITLE.lower().split(" "))
    now = "2026-11-25T07:00:00.123456"

    assert script("GET", f"datasets/{slug}/", with_key=False)[0] == 404
    status, url, made = script("POST", "datasets/", {
        "title": _TITLE, "description": "From MISP.", "frequency": "unknown", "slug": slug,
        "created_at": now, "last_modified": now, "last_updated": now,
        "page": f"{server.url}/en/datasets/{slug}/", "uri": f"{server.url}/en/datasets/datasets/{slug}/",
        "resources": [_resource("All")],
    })  # fmt: skip
    assert (status, url) == (201, f"{script.api}datasets/")
    # The link that it shows is made of the final address and the id.
    assert script("GET", f"datasets/{made['id']}/", with_key=False)[2] == made

    status, _, found = script("GET", f"datasets/{slug}/", with_key=False)
    assert (status, [r["title"] for r in found["resources"]]) == (200, ["All"])
    path = f"datasets/{found['id']}/resources/"
    status, url, updated = script("PUT", f"{path}{found['resources'][0]['id']}/", _resource("All"))
    assert (status, url.split("/")[-4:-1]) == (200, [found["id"], "resources", updated["id"]])
    status, url, second = script("POST", path, _resource("Second"))
    assert (status, url.split("/")[-3]) == (201, found["id"])
    status, _, changed = script("PUT", f"datasets/{found['id']}/", {"title": _TITLE, "description": "New"})
    assert (status, changed["description"], len(changed["resources"])) == (200, "New", 2)

    # Deletions: the dataset by its raw title, without a final slash; first one resource.
    found = script("GET", f"datasets/{_TITLE}", with_key=False)[2]
    assert script("DELETE", f"datasets/{found['id']}/resources/{second['id']}")[0] == 204
    assert script("DELETE", f"datasets/{_TITLE}")[0] == 204
    assert script("DELETE", f"datasets/{_TITLE}")[0] == 404
    with urllib.request.urlopen(f"{server.endpoint}/dataset/id.json", timeout=20) as answer:
        (entry,) = json.load(answer)
    assert (entry["id"], entry["change_type"]) == (found["id"], "delete")
    assert key not in server.log


def test_the_scripts_beside_it_find_their_own(sqlite_url: str, serve: Callable[..., Server]) -> None:
    with Store(sqlite_url, create=True) as store:
        key = create_api_key(store.engine, "misp", "publisher")
    server = serve(sqlite_url, DCIP_PORTAL_API="on")
    script = Script(server.url, key)
    made = script("POST", "datasets/", {"title": _TITLE, "description": "From MISP."})[2]
    me = script("GET", "me")[2]
    assert [d["id"] for d in script("GET", "me/datasets/")[2]] == [made["id"]]
    with urllib.request.urlopen(f"{script.api}datasets/?owner={me['id']}", timeout=20) as answer:
        assert [d["slug"] for d in json.load(answer)["data"]] == [made["slug"]]
    # A slash too many is the script's own.
    assert script("GET", f"datasets/{made['id']}//", with_key=False)[2] == made
    checksum = {"type": "sha256", "value": "ab"}
    sent = {
        **_resource("File"),
        "filesize": 3,
        "mime_type": "text/csv",
        "published": "2026-01-02",
        "checksum": checksum,
    }
    _, _, resource = script("POST", f"datasets/{made['id']}/resources/", sent)
    path = f"datasets/{made['id']}/resources/{resource['id']}/"
    read = script("GET", path, with_key=False)[2]
    assert (read["mime"], read["filesize"], read["checksum"]) == ("text/csv", 3, checksum)
    assert script("PUT", path, {**read, "format": "csv"})[2]["format"] == "csv"
    wrong = Script(server.url, "wrong")("GET", "me")
    assert (wrong[0], list(wrong[2])) == (401, ["message"])
