"""Uploads: files sent to the portal API, and ``opendata --upload``, which sends what a search of MISP gives."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from dcip_server.publish.files import file_name
from dcip_server.store import Delete, Store
from dcip_server.store.api_keys import create_api_key
from tests.conftest import Ran, Site
from tests.publish import fake_udata
from tests.publish.fake_udata import KEY, FakeUdata, Fault

#: werkzeug's checker wants a length of 0 with a 204; RFC 9110, section 8.6, forbids one.
pytestmark = pytest.mark.filterwarnings("ignore:204 responses must have an empty content length")

CSV = b"md5,seen\n0cc175b9c0f1b6a831c399e269772661,2026-11-25\n"
MISP_KEY = "misps-own-key-0123456789"


# --- the calls of the portal API ---


@dataclass
class Publisher:
    """Sends files with a key to a site whose uploads are in ``folder``."""

    site: Site
    key: str
    folder: Path

    def send(self, path: str, data: bytes = CSV, name: str = "Certificates 2026.CSV", **headers: str) -> TestResponse:
        form = {"file": (io.BytesIO(data), name)}
        return self.site.request("POST", f"/api/1/{path}", data=form, headers={"X-API-KEY": self.key, **headers})

    def ask(self, method: str, path: str, body: Any = None) -> TestResponse:
        headers = {"X-API-KEY": self.key, "Content-Type": "application/json"}
        return self.site.request(
            method, f"/api/1/{path}", headers=headers, data=b"" if body is None else json.dumps(body)
        )

    def create(self, **fields: Any) -> str:
        answer = self.ask("POST", "datasets/", {"title": "Certificates", "description": "From MISP.", **fields})
        return str(answer.get_json()["id"])

    def get(self, url: str, **headers: str) -> TestResponse:
        return self.site.get(url.removeprefix(self.site.url), headers=headers)

    def kept(self) -> list[bytes]:
        return sorted(path.read_bytes() for path in self.folder.iterdir())


@pytest.fixture
def publisher(store: Store, make_site: Callable[..., Site], tmp_path: Path) -> Publisher:
    site = make_site(store, portal_api="on", upload_folder=str(tmp_path / "up"), upload_max_bytes=100_000)
    return Publisher(site, create_api_key(store.engine, "misp", "publisher"), tmp_path / "up")


def test_a_file_becomes_a_resource_with_an_address_where_it_is_read(publisher: Publisher) -> None:
    id = publisher.create(license="cc-zero")
    answer = publisher.send(f"datasets/{id}/upload/")
    made = answer.get_json()
    assert (answer.status_code, made.pop("success")) == (201, True)
    assert made == publisher.ask("GET", f"datasets/{id}/resources/{made['id']}/").get_json()
    assert made["url"] == f"{publisher.site.url}/files/{made['id']}/certificates-2026.csv"
    assert {key: made[key] for key in ("title", "type", "filetype", "format", "mime", "filesize", "checksum")} == {
        "title": "certificates-2026.csv", "type": "main", "filetype": "file", "format": "csv", "mime": "text/csv",
        "filesize": len(CSV), "checksum": {"type": "sha256", "value": sha256(CSV).hexdigest()},
    }  # fmt: skip
    assert "file" not in made
    assert made["published"] == made["created_at"]

    read = publisher.get(made["url"])
    assert (read.status_code, read.data, read.mimetype) == (200, CSV, "text/csv")
    assert read.headers["Content-Disposition"] == "attachment; filename=certificates-2026.csv"
    assert (read.headers["X-Content-Type-Options"], read.headers["Access-Control-Allow-Origin"]) == ("nosniff", "*")
    assert read.headers["Content-Security-Policy"].startswith("sandbox")
    assert publisher.get(made["url"], **{"If-None-Match": read.headers["ETag"]}).status_code == 304
    part = publisher.get(made["url"], Range="bytes=4-7")
    assert (part.status_code, part.data) == (206, CSV[4:8])

    (resource,) = publisher.get(f"/rest/dataset/id/{id}.json").get_json()["resources"]
    assert (resource["resource_type"], resource["url"], resource["size"]) == ("file.upload", made["url"], len(CSV))
    assert f"<{made['url']}>" in publisher.get(f"/rest/dataset/id/{id}.dcat.N3").text
    assert publisher.ask("GET", f"datasets/r/{made['id']}").headers["Location"] == made["url"]
    assert made["url"] in publisher.get(f"/en/datasets/{id}/").text


def test_a_new_file_takes_the_place_of_the_old_one_at_the_same_address(publisher: Publisher) -> None:
    id = publisher.create()
    first = publisher.send(f"datasets/{id}/upload/").get_json()
    path = f"datasets/{id}/resources/{first['id']}/"
    named = publisher.ask(
        "PUT", path, {"title": "All", "url": "https://elsewhere.example/", "type": "update"}
    ).get_json()
    assert (named["title"], named["type"], named["url"]) == ("All", "update", first["url"])
    answer = publisher.send(f"{path}upload/", b"other\n", "new.csv")
    second = answer.get_json()
    assert (answer.status_code, second["title"], second["type"]) == (200, "All", "update")
    assert (second["url"], second["filesize"]) == (first["url"], 6)
    assert publisher.get(second["url"]).data == b"other\n"
    assert publisher.kept() == [b"other\n"]

    revision = publisher.get("/rest/dataset/id.json").get_json()
    assert publisher.send(f"{path}upload/", b"other\n", "new.csv").get_json() == second
    assert publisher.get("/rest/dataset/id.json").get_json() == revision
    assert publisher.kept() == [b"other\n"]


def test_an_upload_turns_a_link_into_a_file(publisher: Publisher) -> None:
    linked = {"title": "All", "type": "api", "url": "https://misp.example/events/restSearch/"}
    id = publisher.create(resources=[linked])
    (resource,) = publisher.ask("GET", f"datasets/{id}/").get_json()["resources"]
    made = publisher.send(f"datasets/{id}/resources/{resource['id']}/upload/").get_json()
    assert (made["title"], made["type"], made["filetype"]) == ("All", "api", "file")
    assert publisher.get(made["url"]).data == CSV


@pytest.mark.parametrize("way", ["dataset", "resource", "list", "operator"])
def test_what_is_deleted_is_read_no_more(publisher: Publisher, way: str) -> None:
    id = publisher.create()
    made = publisher.send(f"datasets/{id}/upload/").get_json()
    if way == "operator":
        publisher.site.store.revise([Delete("dataset", id)])
    elif way == "list":
        assert publisher.ask("PUT", f"datasets/{id}/", {"resources": []}).status_code == 200
    else:
        path = f"datasets/{id}/" + (f"resources/{made['id']}/" if way == "resource" else "")
        assert publisher.ask("DELETE", path).status_code == 204
    assert publisher.get(made["url"]).status_code == 404
    assert publisher.kept() == ([CSV] if way == "operator" else [])


def test_a_body_that_was_read_can_be_sent_back_and_the_file_stays(publisher: Publisher) -> None:
    id = publisher.create()
    made = publisher.send(f"datasets/{id}/upload/").get_json()
    whole = publisher.ask("GET", f"datasets/{id}/").get_json()
    assert publisher.ask("PUT", f"datasets/{id}/", whole).get_json() == whole
    assert publisher.get(made["url"]).data == CSV


def test_a_private_datasets_file_is_for_its_owner(publisher: Publisher) -> None:
    id = publisher.create(private=True)
    made = publisher.send(f"datasets/{id}/upload/").get_json()
    assert publisher.get(made["url"]).status_code == 404
    other = create_api_key(publisher.site.store.engine, "other", "publisher")
    assert publisher.get(made["url"], **{"X-API-KEY": other}).status_code == 404
    own = publisher.get(made["url"], **{"X-API-KEY": publisher.key})
    assert (own.data, own.headers["Cache-Control"]) == (CSV, "private, no-store")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": b"x" * 100_001}, 413),
        ({"data": b"x" * 300_000}, 413),
        ({"name": "page.html"}, 415),
        ({"name": "page.XHTML"}, 415),
        ({"X-API-KEY": "wrong"}, 401),
    ],
)
def test_what_is_not_taken_leaves_nothing(publisher: Publisher, sent: dict[str, Any], status: int) -> None:
    id = publisher.create()
    publisher.send(f"datasets/{id}/upload/", b"stays")
    answer = publisher.send(f"datasets/{id}/upload/", **sent)
    assert (answer.status_code, "message" in answer.get_json()) == (status, True)
    assert len(publisher.ask("GET", f"datasets/{id}/").get_json()["resources"]) == 1
    assert publisher.kept() == [b"stays"]


def test_an_upload_needs_a_place_a_right_and_a_file(publisher: Publisher) -> None:
    id = publisher.create()
    other = create_api_key(publisher.site.store.engine, "other", "publisher")
    assert publisher.send(f"datasets/{id}/upload/", **{"X-API-KEY": other}).status_code == 403
    assert publisher.send("datasets/none/upload/").status_code == 404
    path = f"datasets/{id}/resources/00000000-0000-4000-8000-000000000000/upload/"
    assert publisher.send(path).status_code == 404
    assert publisher.ask("POST", f"datasets/{id}/upload/", {}).status_code == 400
    empty = publisher.site.request(
        "POST", f"/api/1/datasets/{id}/upload/", data={}, headers={"X-API-KEY": publisher.key}
    )
    assert empty.status_code == 400
    assert publisher.ask("GET", f"datasets/{id}/").get_json()["resources"] == []
    assert not publisher.folder.exists()


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_published(publisher: Publisher) -> None:
    publisher.folder.write_bytes(b"")
    id = publisher.create()
    answer = publisher.send(f"datasets/{id}/upload/")
    assert (answer.status_code, "could not be stored" in answer.get_json()["message"]) == (507, True)
    assert publisher.ask("GET", f"datasets/{id}/").get_json()["resources"] == []


def test_uploads_at_once_to_one_resource_leave_one_whole_file(publisher: Publisher) -> None:
    id = publisher.create()
    made = publisher.send(f"datasets/{id}/upload/").get_json()
    bodies = [bytes([65 + number]) * 50_000 for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        path = f"datasets/{id}/resources/{made['id']}/upload/"
        answers = list(pool.map(lambda body: publisher.send(path, body).status_code, bodies))
    assert answers == [200] * 6
    assert publisher.kept() == [publisher.get(made["url"]).data]
    assert publisher.kept()[0] in bodies


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Certificates 2026.CSV", "certificates-2026.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\Été.json", "ete.json"),
        (".htaccess", "htaccess"),
        ("a.tar.gz", "a-tar.gz"),
        ("x.<script>", "x-script"),
        ("Straße", "strasse"),
        ("/", "file"),
    ],
)
def test_a_files_name_is_plain(name: str, kept: str) -> None:
    assert file_name(name) == kept


# --- the command ---


@dataclass
class FakeMisp:
    """What it answers, and what it was asked: paths and keys."""

    url: str = ""
    status: int = 200
    content_type: str = "application/json"
    body: bytes = b'{"response": {"Attribute": []}}'
    seen: list[tuple[str, str | None]] = field(default_factory=list)


@contextmanager
def _misp() -> Iterator[FakeMisp]:
    misp = FakeMisp()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            misp.seen.append((self.path, self.headers.get("Authorization")))
            self.send_response(misp.status)
            self.send_header("Content-Type", misp.content_type)
            self.send_header("Location", "http://127.0.0.1:1/users/login")
            self.send_header("Content-Length", str(len(misp.body)))
            self.end_headers()
            self.wfile.write(misp.body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        misp.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield misp
        server.shutdown()
        thread.join()


@pytest.fixture
def misp() -> Iterator[FakeMisp]:
    with _misp() as misp:
        yield misp


@pytest.fixture
def udata() -> Iterator[FakeUdata]:
    with fake_udata.running() as portal:
        yield portal


DATASET = {"title": "Certificates", "description": "From MISP."}
RESOURCE = {"title": "All certificates", "type": "main"}
Send = Callable[..., Ran]


@pytest.fixture
def send(run: Callable[..., Ran], misp: FakeMisp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Send:
    """Sends a query with ``--upload``; MISP's key is in a file."""
    (tmp_path / "misp.key").write_text(MISP_KEY + "\n")
    for name, value in {
        "MISP_URL": misp.url, "MISP_KEY_FILE": str(tmp_path / "misp.key"), "UPLOAD_MAX_BYTES": "5000",
        "UPLOAD_FOLDER": str(tmp_path / "up"),
    }.items():  # fmt: skip
        monkeypatch.setenv(f"DCIP_{name}", value)

    def send(portal: str, key: str, *resources: Any, options: tuple[str, ...] = ("--upload",), **members: Any) -> Ran:
        document = {
            "returnFormat": "opendata", "auth": key, "portal-url": portal, "type": "md5",
            "setup": {"dataset": DATASET, "resources": list(resources) or [RESOURCE]}, **members,
        }  # fmt: skip
        (tmp_path / "portals.json").write_text(json.dumps([portal if "://" in portal else "https://x.example"]))
        arguments = ("opendata", "--portals", str(tmp_path / "portals.json"), *options, "-")
        ran = run(*arguments, stdin=json.dumps(document).encode())
        assert not {key, MISP_KEY} & set((ran.out + ran.err).split())
        assert "Traceback" not in ran.err
        return ran

    return send


def test_the_search_result_is_fetched_and_sent_to_udata(send: Send, misp: FakeMisp, udata: FakeUdata) -> None:
    ran = send(udata.url, KEY)
    assert (ran.status, misp.seen) == (0, [("/events/restSearch/type:md5", MISP_KEY)])
    assert f"fetched {len(misp.body)} bytes from {misp.url}/events/restSearch/type:md5" in ran.err
    assert "dataset has been successfully created" in ran.out
    assert "resource has been successfully created" in ran.out
    assert udata.files == [("all-certificates.json", misp.body)]
    (dataset,) = udata.datasets.values()
    (resource,) = dataset["resources"]
    assert (resource["title"], resource["type"], resource["format"]) == ("All certificates", "main", "json")
    assert resource["url"].startswith(udata.url)

    misp.body = b'{"response": {"Attribute": [1]}}'
    again = send(udata.url, KEY)
    assert "resource has been successfully updated" in again.out
    assert [data for _, data in udata.files][1:] == [misp.body]
    assert [r["id"] for r in dataset["resources"]] == [resource["id"]]


def test_an_upload_cut_off_before_its_title_is_taken_up_again(send: Send, udata: FakeUdata) -> None:
    udata.add(**DATASET)
    udata.faults = [Fault("PUT", "datasets/", 500, times=1)]
    broken = send(udata.url, KEY)
    assert (broken.status, "500" in broken.err, broken.out) == (1, True, "")
    assert send(udata.url, KEY).status == 0
    (dataset,) = udata.datasets.values()
    assert [resource["title"] for resource in dataset["resources"]] == ["All certificates"]


def test_the_search_result_is_stored_in_the_own_catalog(
    send: Send, misp: FakeMisp, sqlite_url: str, make_site: Callable[..., Site], tmp_path: Path
) -> None:
    with Store(sqlite_url, create=True) as store:
        key = create_api_key(store.engine, "misp", "publisher")
    linked = {"title": "Manual", "type": "documentation", "url": "https://docs.example/manual"}
    ran = send("local", key, RESOURCE, linked)
    assert (ran.status, ran.out.count("created")) == (0, 2), ran.err
    with Store(sqlite_url) as store:
        site = make_site(store, upload_folder=str(tmp_path / "up"))
        (entry,) = site.get("/rest/dataset/id.json").get_json()
        resources = site.get(f"/rest/dataset/id/{entry['id']}.json").get_json()["resources"]
        assert [resource["title"] for resource in resources] == ["All certificates", "Manual"]
        assert resources[1]["url"] == linked["url"]
        assert site.get(resources[0]["url"].removeprefix("http://127.0.0.1:8000")).data == misp.body
        again = send("local", key, RESOURCE)
        assert "updated" in again.out
        assert site.get("/rest/dataset/id.json").get_json() == [entry]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 403}, "MISP answered 403"),
        ({"status": 302}, "MISP answered 302"),
        ({"content_type": "text/html"}, "text/html"),
        ({"body": b"x" * 5001}, "UPLOAD_MAX_BYTES"),
    ],
)
def test_nothing_is_sent_where_misp_does_not_give_the_data(
    send: Send, misp: FakeMisp, udata: FakeUdata, answer: dict[str, Any], words: str
) -> None:
    for name, value in answer.items():
        setattr(misp, name, value)
    ran = send(udata.url, KEY)
    assert (ran.status, ran.out, words in ran.err) == (1, "", True), ran.err
    assert (udata.seen, udata.datasets) == ([], {})


def test_misps_key_goes_to_the_configured_misp_alone(send: Send, udata: FakeUdata) -> None:
    with _misp() as another:
        another.status = 403
        ran = send(udata.url, KEY, **{"misp-url": another.url})
    assert another.seen == [("/events/restSearch/type:md5", None)]
    assert (ran.status, "MISP_EXTERNAL_URL" in ran.err) == (1, True)


@pytest.mark.parametrize("content", [b"", b"two words", "schlüssel".encode()])
def test_a_key_file_without_a_key_is_refused(send: Send, udata: FakeUdata, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "misp.key").write_bytes(content)
    ran = send(udata.url, KEY)
    assert (ran.status, "MISP_KEY_FILE" in ran.err, udata.seen) == (2, True, [])


def test_a_rehearsal_fetches_and_sends_nothing(send: Send, misp: FakeMisp, udata: FakeUdata) -> None:
    ran = send(udata.url, KEY, options=("--upload", "--dry-run"))
    assert ran.status == 0
    assert f"upload/\nwith the file all-certificates.json, {len(misp.body)} bytes" in ran.out
    assert ran.out.count("Would send PUT") == 1
    assert udata.datasets == {}


def test_a_query_is_refused_whole_where_one_of_its_datasets_cannot_be_made(send: Send, udata: FakeUdata) -> None:
    setups = [{"dataset": DATASET}, {"dataset": {"title": "Without description"}}]
    ran = send(udata.url, KEY, setup=setups, options=())
    assert (ran.status, ran.out, "description" in ran.err) == (2, "", True)
    assert udata.datasets == {}
