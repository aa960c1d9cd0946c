"""The portal API: what udata's clients, MISP's script among them, send and get (over HTTP)."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from werkzeug.test import TestResponse

from dcip_server import formats
from dcip_server.errors import NotFoundError
from dcip_server.formats import ckan
from dcip_server.formats.document import Document
from dcip_server.store import Delete, Put, Store
from dcip_server.store.api_keys import create_api_key, revoke_api_key
from dcip_server.store.publications import Publications
from tests.conftest import Server, Site
from tests.records import dataset
from tests.store.reading import entries

#: werkzeug's checker wants a length of 0 with a 204; RFC 9110, section 8.6, forbids one.
pytestmark = pytest.mark.filterwarnings("ignore:204 responses must have an empty content length")

_RESOURCE = {
    "title": "All x509 certificates",
    "type": "api",
    "format": " JSON ",
    "url": "https://misp.example/events/a b",
}
_DATASET = {"title": "x509 certificates shared in MISP", "description": "From MISP.", "frequency": "weekly"}


class Publisher:
    """Asks the API with a key; a body is sent as the client sends it."""

    def __init__(self, site: Site, key: str | None) -> None:
        self.site = site
        self._key = key

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {"Content-Type": "application/json", **({"x-api-key": self._key} if self._key else {}), **headers}
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.site.request(method, f"/api/1/{path}", headers=sent, data=data)

    def create(self, **fields: Any) -> dict[str, Any]:
        answer = self("POST", "datasets/", {**_DATASET, **fields})
        assert answer.status_code == 201, answer.text
        return answer.get_json()  # type: ignore[no-any-return]


@pytest.fixture
def portal_site(store: Store, make_site: Callable[..., Site]) -> Site:
    return make_site(store, portal_api="on")


@pytest.fixture
def publisher(portal_site: Site) -> Publisher:
    return Publisher(portal_site, create_api_key(portal_site.store.engine, "misp", "publisher"))


@pytest.fixture
def other(portal_site: Site) -> Publisher:
    return Publisher(portal_site, create_api_key(portal_site.store.engine, "other", "publisher"))


@pytest.fixture
def admin(portal_site: Site) -> Publisher:
    return Publisher(portal_site, create_api_key(portal_site.store.engine, "admin", "admin"))


def _dcip(site: Site, id: str, extension: str = "json") -> TestResponse:
    return site.get(f"/rest/dataset/id/{id}.{extension}")


def test_the_api_is_off_by_default(site: Site) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert site.request(method, "/api/1/datasets/").status_code == 404


def test_a_published_dataset_is_at_once_in_every_part_of_the_catalog(publisher: Publisher) -> None:
    site = publisher.site
    made = publisher.create(resources=[_RESOURCE], license="cc-by", tags=["misp"], acronym="X5",
                            temporal_coverage={"start": "2020-01-01", "end": None})  # fmt: skip
    record = _dcip(site, made["id"]).get_json()
    assert record["title"] == _DATASET["title"]
    assert record["name"] == made["slug"] == "x509-certificates-shared-in-misp"
    assert (record["frequency"], record["license"], record["temporal"]) == ("weekly", "cc-by", "2020-01-01/..")
    assert record["resources"][0]["url"] == "https://misp.example/events/a%20b"
    assert (record["resources"][0]["resource_type"], record["resources"][0]["format"]) == ("api", "json")
    n3 = _dcip(site, made["id"], "dcat.N3").text
    assert "dcterms:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/WEEKLY>" in n3
    assert [(e["id"], e["change_type"]) for e in entries(site.store)] == [(made["id"], "create")]
    found = site.get(f"/rest/dataset/title/{quote(_DATASET['title'])}.json").get_json()
    assert [entry["id"] for entry in found] == [made["id"]]
    page = site.get(f"/en/datasets/{made['id']}/")
    assert page.status_code == 200
    assert f'id="resource-{made["resources"][0]["id"]}"' in page.text


def test_every_change_is_an_update_and_a_delete_leaves_a_tombstone(publisher: Publisher) -> None:
    site, id = publisher.site, publisher.create()["id"]
    revisions = [entries(site.store)[-1]["revision"]]
    resource = publisher("POST", f"datasets/{id}//resources/", _RESOURCE)
    assert resource.status_code == 201
    path = f"datasets/{id}/resources/{resource.get_json()['id']}/"
    for method, at, body in (
        ("PUT", path, {"filesize": 12}),
        ("PUT", f"datasets/{id}", {"acronym": "A"}),
        ("DELETE", path, None),
    ):
        answer = publisher(method, at, body)
        assert answer.status_code == (204 if method == "DELETE" else 200), answer.text
        revisions.append(entries(site.store)[-1]["revision"])
        assert entries(site.store)[-1]["change_type"] == "update"
    assert revisions == sorted(set(revisions))
    assert publisher("DELETE", f"datasets/{id}/").data == b""
    assert entries(site.store)[-1]["change_type"] == "delete"
    assert _dcip(site, id).status_code == 404
    assert publisher("GET", f"datasets/{id}/").status_code == 410
    assert publisher("PUT", f"datasets/{id}/", {"title": "x"}).status_code == 410
    assert site.get(f"/en/datasets/{id}/").status_code == 410
    again = publisher.create()
    assert again["slug"] == "x509-certificates-shared-in-misp"
    assert again["id"] != id


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    "ref",
    [
        "x509-certificates-shared-in-misp",
        "x509%20certificates%20shared%20in%20MISP",
        "X509 Certificates, shared in MISP!",
    ],
)
def test_a_dataset_is_found_by_slug_and_by_title(publisher: Publisher, ref: str, slash: str) -> None:
    made = publisher.create(resources=[_RESOURCE])
    assert publisher("GET", f"datasets/{ref}{slash}").get_json() == made
    assert publisher("GET", f"datasets/{made['id']}{slash}").get_json() == made
    resource = made["resources"][0]
    assert publisher("GET", f"datasets/{ref}/resources/{resource['id']}{slash}").get_json() == resource
    latest = publisher("GET", f"datasets/r/{resource['id']}")
    assert (latest.status_code, latest.headers["Location"]) == (302, resource["url"])
    assert publisher("DELETE", f"datasets/{ref}{slash}").status_code == 204


def test_a_title_may_hold_a_slash(publisher: Publisher) -> None:
    made = publisher.create(title="IP/domain lists")
    assert publisher("GET", "datasets/IP/domain lists").get_json()["id"] == made["id"]
    assert publisher("GET", "datasets/IP%2Fdomain%20lists/").get_json()["id"] == made["id"]
    resource = publisher("POST", "datasets/IP/domain lists/resources/", _RESOURCE)
    assert resource.status_code == 201
    path = f"datasets/IP/domain lists/resources/{resource.get_json()['id']}"
    assert publisher("PUT", path, {"filesize": 3}).get_json()["filesize"] == 3
    assert publisher("GET", path).get_json()["title"] == _RESOURCE["title"]
    assert publisher("DELETE", f"{path}/").status_code == 204
    assert publisher("PUT", "datasets/IP/domain lists/", {"acronym": "I"}).get_json()["acronym"] == "I"
    assert publisher("DELETE", "datasets/IP/domain lists").status_code == 204


def test_a_title_may_end_like_a_call(publisher: Publisher) -> None:
    made = publisher.create(title="Human/resources")
    assert publisher("GET", "datasets/Human/resources").get_json()["id"] == made["id"]
    assert publisher("PUT", "datasets/Human/resources/", {"acronym": "H"}).get_json()["acronym"] == "H"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Straße über Ærø", "strasse-uber-aero"),
        ("L’eau d'ici", "leau-dici"),
        ("Карта 2020", "2020-"),
        ("数据", ""),
        ("!!!", ""),
        ("x" * 350, "x" * 254),
    ],
)
def test_a_slug_is_the_title_in_ascii(publisher: Publisher, title: str, slug: str) -> None:
    made = publisher.create(title=title)
    assert made["title"] == title
    assert made["slug"].startswith(slug)
    assert made["slug"].isascii()
    assert len(made["slug"]) <= 255
    assert publisher.create(title=title)["slug"] == f"{made['slug'][:253]}-1"
    assert publisher("GET", f"datasets/{quote(title, safe='')}/").get_json()["id"] == made["id"]


def test_the_id_stays_and_the_slug_follows_the_title(publisher: Publisher) -> None:
    made = publisher.create()
    changed = publisher(
        "PUT", f"datasets/{made['id']}/", {"title": "Other title", "id": "1", "slug": "mine"}
    ).get_json()
    assert (changed["id"], changed["slug"]) == (made["id"], "other-title")
    assert publisher("GET", "datasets/x509-certificates-shared-in-misp/").status_code == 404


def test_a_body_that_was_read_can_be_sent_back_and_changes_nothing(publisher: Publisher) -> None:
    made = publisher.create(
        resources=[_RESOURCE, {**_RESOURCE, "title": "Second"}], tags=["a"], spatial={"zones": ["country:lu"]}
    )
    before = entries(publisher.site.store)
    assert publisher("PUT", f"datasets/{made['id']}/", made).get_json() == made
    assert entries(publisher.site.store) == before


def test_a_put_of_resources_replaces_the_list_by_id(publisher: Publisher) -> None:
    first, second = publisher.create(resources=[_RESOURCE, {**_RESOURCE, "title": "Second"}])["resources"]
    path = "datasets/x509-certificates-shared-in-misp/"
    changed = publisher("PUT", path, {"resources": [{"id": second["id"], "title": "New"}, _RESOURCE]}).get_json()
    assert [resource["title"] for resource in changed["resources"]] == ["New", _RESOURCE["title"]]
    assert changed["resources"][0]["id"] == second["id"]
    assert changed["resources"][1]["id"] != first["id"]


def test_null_clears_an_optional_field_alone(publisher: Publisher) -> None:
    id = publisher.create(acronym="A", license="cc-by")["id"]
    changed = publisher("PUT", f"datasets/{id}/", {"acronym": None}).get_json()
    assert (changed["acronym"], changed["license"]) == (None, "cc-by")
    assert publisher("PUT", f"datasets/{id}/", {"title": None}).status_code == 400


@pytest.mark.parametrize("title", ["  blanks  ", "e\u0301 is not é", "<b>&amp;</b>", "a\nb", r"C:\u0000"])
def test_titles_are_kept_byte_for_byte(publisher: Publisher, title: str) -> None:
    made = publisher.create(title=title, resources=[{**_RESOURCE, "title": title}])
    assert (made["title"], made["resources"][0]["title"]) == (title, title)
    assert _dcip(publisher.site, made["id"]).get_json()["title"] == title


_WITHOUT_URL = {key: value for key, value in _RESOURCE.items() if key != "url"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("", {"description": "d"}, "title"),
        ("", {"title": "t"}, "description"),
        ("", {**_DATASET, "title": " "}, "title"),
        ("", {**_DATASET, "title": "x" * 351}, "title"),
        ("", {**_DATASET, "title": 1}, "title"),
        ("", {**_DATASET, "frequency": "often"}, "frequency"),
        ("", {**_DATASET, "frequency": ["weekly"]}, "frequency"),
        ("", {**_DATASET, "resources": _RESOURCE}, "resources"),
        ("", {**_DATASET, "resources": [_WITHOUT_URL]}, "resources"),
        ("", {**_DATASET, "tags": "a"}, "tags"),
        ("", {**_DATASET, "private": "no"}, "private"),
        ("", {**_DATASET, "temporal_coverage": {"start": "soon"}}, "temporal_coverage"),
        ("", {**_DATASET, "spatial": {"geom": {"type": "Blob"}}}, "spatial"),
        ("resources/", {**_RESOURCE, "title": None}, "title"),
        ("resources/", {**_RESOURCE, "type": "film"}, "type"),
        ("resources/", _WITHOUT_URL, "url"),
        ("resources/", {**_RESOURCE, "url": "javascript:alert(1)"}, "url"),
        ("resources/", {**_RESOURCE, "url": "http://[::1]/x"}, "url"),
        ("resources/", {**_RESOURCE, "url": "http://localhost:80/"}, "url"),
        ("resources/", {**_RESOURCE, "url": "http://LOCALHOST./"}, "url"),
        ("resources/", {**_RESOURCE, "url": "http://a.localhost/"}, "url"),
        ("resources/", {**_RESOURCE, "url": "http://127.1/"}, "url"),
        ("resources/", {**_RESOURCE, "url": "http://2130706433/"}, "url"),
        ("resources/", {**_RESOURCE, "url": "http://[::ffff:127.0.0.1]/"}, "url"),
        ("resources/", {**_RESOURCE, "url": "http://0.0.0.0/"}, "url"),
        ("resources/", {**_RESOURCE, "url": "mailto:a@b.example"}, "url"),
        ("resources/", {**_RESOURCE, "url": "https:///x"}, "url"),
        ("", {**_DATASET, "resources": [{**_RESOURCE, "filetype": "file"}]}, "resources"),
        ("resources/", {**_RESOURCE, "url": "http://h:x/"}, "url"),
        ("resources/", {**_RESOURCE, "filetype": "file"}, "filetype"),
        ("resources/", {**_RESOURCE, "checksum": {"type": "none", "value": "1"}}, "checksum"),
        ("resources/", {**_RESOURCE, "filesize": -1}, "filesize"),
    ],
)
def test_what_is_not_valid_is_refused_by_field(publisher: Publisher, path: str, body: Any, field: str) -> None:
    at = "datasets/" + (f"{publisher.create(title='here')['id']}/{path}" if path else "")
    before = entries(publisher.site.store)
    answer = publisher("POST", at, body)
    assert answer.status_code == 400
    assert list(answer.get_json()) == ["message", "errors"]
    assert list(answer.get_json()["errors"]) == [field]
    assert entries(publisher.site.store) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b'{"title": NaN}',
        b"\xff",
        b'{"title": "\\ud800"}',
        b'{"title": "\\u0000"}',
        b"[" * 100_000,
        b'{"title": "t", "description": "d", "extras": {"a": %s}}' % (b"[" * 900 + b"]" * 900),
        b'{"title": "t", "description": "d", "extras": {"a": 1e999}}',
    ],
)
def test_a_body_that_is_no_json_object_is_refused(publisher: Publisher, body: bytes) -> None:
    answer = publisher("POST", "datasets/", body)
    assert (answer.status_code, list(answer.get_json())) == (400, ["message"])


def test_the_content_type_and_the_size_are_bounded(store: Store, make_site: Callable[..., Site]) -> None:
    site = make_site(store, portal_api="on", portal_max_bytes="500")
    publisher = Publisher(site, create_api_key(store.engine, "k", "publisher"))
    assert publisher("POST", "datasets/", _DATASET, **{"Content-Type": "text/plain"}).status_code == 400
    sent = {"Content-Type": "application/json; charset=utf-8"}
    assert publisher("POST", "datasets/", _DATASET, **sent).status_code == 201
    assert publisher("POST", "datasets/", {**_DATASET, "description": "x" * 600}).status_code == 413


def test_a_body_in_chunks_is_bounded_and_not_cut(
    sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]
) -> None:
    key = create_api_key(sqlite_store.engine, "k", "publisher")
    server = serve(sqlite_url, DCIP_PORTAL_API="on", DCIP_PORTAL_MAX_BYTES="500")
    body = json.dumps(_DATASET).encode()
    assert _sent_in_chunks(server, key, body.ljust(500)) == 201
    # What is cut off at the limit is blank here, so that the rest would be taken for the whole.
    assert _sent_in_chunks(server, key, body.ljust(501)) == 413
    assert _sent_in_chunks(server, key, body.ljust(100_000)) == 413


def test_a_body_that_was_cut_off_is_refused(sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]) -> None:
    key = create_api_key(sqlite_store.engine, "k", "publisher")
    server = serve(sqlite_url, DCIP_PORTAL_API="on")
    body = json.dumps(_DATASET).encode()
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    headers = {"Content-Type": "application/json", "X-API-KEY": key, "Content-Length": str(len(body) + 10)}
    connection.request("POST", "/api/1/datasets/", body, headers)
    connection.sock.shutdown(socket.SHUT_WR)
    answer = connection.getresponse()
    assert (answer.status, "cut off" in answer.read().decode()) == (400, True)
    connection.close()


def _sent_in_chunks(server: Server, key: str, body: bytes) -> int:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    headers = {"Content-Type": "application/json", "X-API-KEY": key}
    connection.request("POST", "/api/1/datasets/", iter([body]), headers, encode_chunked=True)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_bodies_that_never_end_hold_up_nobody(
    sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]
) -> None:
    key = create_api_key(sqlite_store.engine, "k", "publisher")
    server = serve(sqlite_url, DCIP_PORTAL_API="on")
    host, port = urlsplit(server.url).netloc.split(":")
    with ExitStack() as stack:

        def begin(method: str, target: str, sent_key: str) -> None:
            wire = stack.enter_context(socket.create_connection((host, int(port))))
            head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            wire.sendall(f"{head}X-API-KEY: {sent_key}\r\nContent-Length: 1000\r\n\r\n{{".encode())

        # More of each than the server has threads.
        for method, sent_key in (("POST", "wrong"), ("GET", key)):
            for _ in range(140):
                begin(method, "/api/1/datasets/", sent_key)
        time.sleep(0.5)
        # Who has no key, and who only reads, does not even keep others from writing.
        made = _http("POST", f"{server.url}/api/1/datasets/", key, _DATASET)
        for _ in range(140):
            begin("POST", "/api/1/datasets/", key)
        time.sleep(0.5)
        for target in (f"/rest/dataset/id/{made['id']}.json", "/rest/dataset/id/", "/", "/api/1/datasets/"):
            assert urllib.request.urlopen(server.url + target, timeout=10).status == 200
        with pytest.raises(urllib.error.HTTPError, match="429"):
            _http("POST", f"{server.url}/api/1/datasets/", key, _DATASET)
    time.sleep(0.5)
    assert _http("POST", f"{server.url}/api/1/datasets/", key, _DATASET)["slug"].endswith("-1")


@pytest.mark.parametrize(
    ("frequency", "stored"),
    [
        ("realtime", "continuous"),
        ("fortnighly", "biweekly"),
        ("biannual", "semiannual"),
        ("fourTimesAWeek", "other"),
        ("fourTimesADay", "severalTimesADay"),
        ("1min", "oneMinute"),
        ("12hours", "twelveHours"),
    ],
)
def test_an_old_frequency_is_mapped(publisher: Publisher, frequency: str, stored: str) -> None:
    assert publisher.create(frequency=frequency)["frequency"] == stored


_WRITES = [
    ("POST", "datasets/", _DATASET),
    ("PUT", "datasets/{id}/", {"acronym": "B"}),
    ("DELETE", "datasets/{id}/", None),
    ("POST", "datasets/{id}/resources/", _RESOURCE),
    ("PUT", "datasets/{id}/resources/{rid}/", {"filesize": 2}),
    ("DELETE", "datasets/{id}/resources/{rid}/", None),
]


@pytest.mark.parametrize(("method", "path", "body"), _WRITES)
def test_only_a_key_with_the_right_writes(publisher: Publisher, method: str, path: str, body: Any) -> None:
    site = publisher.site
    engine = site.store.engine
    made = publisher.create(resources=[_RESOURCE])
    at = path.format(id=made["id"], rid=made["resources"][0]["id"])
    revoked = create_api_key(engine, "revoked", "admin")
    revoke_api_key(engine, "revoked")
    before = entries(site.store)
    for key in (None, "wrong", "", revoked):
        answer = Publisher(site, key)(method, at, body)
        assert (answer.status_code, list(answer.get_json())) == (401, ["message"])
    reader = Publisher(site, create_api_key(engine, "reader", "reader"))(method, at, body)
    assert reader.status_code == 403
    if method != "POST" or "resources" in path:
        foreign = Publisher(site, create_api_key(engine, "foreign", "publisher"))(method, at, body)
        assert foreign.status_code == 403
        assert foreign.get_json() == {"message": "You do not have the permission to modify that object."}
    assert entries(site.store) == before
    assert Publisher(site, create_api_key(engine, "boss", "admin"))(method, at, body).status_code in (200, 201, 204)


def test_a_wrong_key_is_refused_where_none_is_needed(portal_site: Site) -> None:
    assert Publisher(portal_site, None)("GET", "datasets/").status_code == 200
    assert Publisher(portal_site, "wrong")("GET", "datasets/").status_code == 401


def test_me_and_my_datasets(publisher: Publisher, other: Publisher) -> None:
    mine = publisher.create(private=True)
    me = publisher("GET", "me/").get_json()
    assert mine["owner"] == {key: me[key] for key in ("class", "id", "first_name", "last_name", "slug")}
    assert publisher("GET", "me/datasets/").get_json() == [mine]
    assert publisher("GET", "me/org_datasets").get_json() == other("GET", "me/datasets").get_json() == []
    assert Publisher(publisher.site, None)("GET", "me/").status_code == 401


def test_a_private_dataset_is_seen_by_its_owner_alone(publisher: Publisher, other: Publisher) -> None:
    site, id = publisher.site, publisher.create(private=True)["id"]
    for ref in (id, "x509-certificates-shared-in-misp", quote(_DATASET["title"])):
        assert publisher("GET", f"datasets/{ref}/").status_code == 200
        assert other("GET", f"datasets/{ref}/").status_code == 404
    assert site.get(f"/en/datasets/{id}/").status_code == 404
    assert entries(site.store) == []
    public = other.create()
    assert other("GET", "datasets/x509-certificates-shared-in-misp/").get_json()["id"] == public["id"]
    assert publisher("GET", "datasets/x509-certificates-shared-in-misp/").get_json()["id"] == id
    assert other("DELETE", f"datasets/{public['id']}").status_code == 204
    publisher("PUT", f"datasets/{id}/", {"private": False})
    assert _dcip(site, id).status_code == 200
    publisher("PUT", f"datasets/{id}/", {"private": True})
    assert _dcip(site, id).status_code == 404
    assert publisher("DELETE", f"datasets/{id}/").status_code == 204


def test_datasets_are_listed_in_pages_newest_first(publisher: Publisher, other: Publisher) -> None:
    titles = [f"Dataset {number}" for number in range(5)]
    for title in titles:
        publisher.create(title=title, tags=["odd"] if int(title[-1]) % 2 else [])
    other.create(title="Of another")
    first = publisher("GET", "datasets/?page_size=4").get_json()
    assert [found["title"] for found in first["data"]] == ["Of another", "Dataset 4", "Dataset 3", "Dataset 2"]
    assert (first["page"], first["page_size"], first["total"], first["previous_page"]) == (1, 4, 6, None)
    second = publisher("GET", first["next_page"].partition("/api/1/")[2]).get_json()
    assert [found["title"] for found in second["data"]] == ["Dataset 1", "Dataset 0"]
    assert second["next_page"] is None

    def found(query: str) -> list[str]:
        return [dataset["title"] for dataset in publisher("GET", f"datasets/?{query}").get_json()["data"]]

    assert found("tag=odd") == ["Dataset 3", "Dataset 1"]
    assert found("q=dataset&sort=title") == titles
    assert found("owner=" + other("GET", "me/").get_json()["id"]) == ["Of another"]
    for wrong in ("owner=me", "page=0", "page=x", "page_size=0", "sort=size"):
        assert publisher("GET", f"datasets/?{wrong}").status_code == 400


def test_an_imported_dataset_is_read_and_only_an_admin_deletes_it(publisher: Publisher, admin: Publisher) -> None:
    store = publisher.site.store
    store.revise([Put(dataset("trees/2026", title="Street trees"))])
    (listed,) = publisher("GET", "datasets/").get_json()["data"]
    assert (listed["title"], listed["owner"], len(listed["id"])) == ("Street trees", None, 24)
    for ref in (listed["id"], listed["slug"], "Street%20trees"):
        assert publisher("GET", f"datasets/{ref}/").get_json() == listed
    assert publisher("DELETE", f"datasets/{listed['id']}/").status_code == 403
    assert publisher("PUT", f"datasets/{listed['id']}/", {"title": "x"}).status_code == 403
    assert publisher("POST", f"datasets/{listed['id']}/resources/", _RESOURCE).status_code == 403
    assert admin("DELETE", f"datasets/{listed['id']}/").status_code == 204
    assert _dcip(publisher.site, "trees%2F2026").status_code == 404
    # Its id is known as deleted, its title is free.
    assert publisher("GET", f"datasets/{listed['id']}/").status_code == 410
    assert admin("DELETE", f"datasets/{listed['id']}/").status_code == 410
    assert publisher("GET", "datasets/Street%20trees/").status_code == 404
    store.revise([Put(dataset("trees/2026", title="Street trees"))])
    assert publisher("GET", f"datasets/{listed['id']}/").get_json()["title"] == "Street trees"


_CKAN = {
    "id": "trees", "name": "trees", "title": "Street trees", "license_id": "cc-by", "notes": "All trees.",
    "organization": {"title": "City"}, "extras": [{"key": "theme", "value": "ENVI"}],
    "resources": [
        {"id": "0b3a3f1e-2f6b-4f0e-9a51-3f0f3d0f4a10", "url": "https://data.example/a.csv", "format": "CSV", "x": 1},
        {"id": "second", "url": "https://data.example/b.csv", "format": "CSV", "name": "B"},
    ],
}  # fmt: skip


def test_an_admin_changes_an_imported_dataset_and_all_else_stays(admin: Publisher) -> None:
    admin.site.store.revise([Put(ckan.parse_record(_CKAN), source="city")])
    before = _dcip(admin.site, "trees").get_json()
    (listed,) = admin("GET", "datasets/").get_json()["data"]
    path = f"datasets/{listed['id']}/"

    # What was read and sent back is no change.
    assert admin("PUT", path, listed).get_json() == listed
    assert _dcip(admin.site, "trees").get_json() == before

    changed = admin("PUT", path, {"title": "Trees", "license": "cc-zero", "frequency": "weekly", "acronym": "T"})
    assert (changed.status_code, changed.get_json()) == (200, admin("GET", path).get_json())
    after = _dcip(admin.site, "trees").get_json()
    said = {key: after.pop(key, None) for key in ("title", "license", "frequency", "acronym", "license_id")}
    assert said == {
        "title": "Trees",
        "license": "cc-zero",
        "frequency": "weekly",
        "acronym": "T",
        "license_id": "CC0-1.0",
    }
    kept = before.keys() - {"title", "license", "license_id", "license_title", "license_url", "metadata_modified"}
    assert {key: after.get(key) for key in kept} == {key: before[key] for key in kept}

    first, second = changed.get_json()["resources"]
    assert first["id"] == _CKAN["resources"][0]["id"]  # type: ignore[index]
    moved = admin("PUT", f"{path}resources/{second['id']}/", {"url": "https://data.example/c.csv", "filesize": 5})
    assert (moved.status_code, moved.get_json()["id"]) == (200, second["id"])
    added = admin("POST", f"{path}resources/", _RESOURCE)
    assert added.status_code == 201
    assert admin("DELETE", f"{path}resources/{first['id']}/").status_code == 204
    resources = _dcip(admin.site, "trees").get_json()["resources"]
    assert [(r.get("id"), r.get("ckan"), r["url"], r.get("size")) for r in resources] == [
        (added.get_json()["id"], None, "https://misp.example/events/a%20b", None),
        (None, {"id": "second"}, "https://data.example/c.csv", 5),
    ]
    # Of an imported resource the catalog knows no time of its creation, but that of the dataset.
    assert admin("GET", path).get_json()["resources"][0] == added.get_json()
    assert [entry["change_type"] for entry in admin.site.get("/rest/dataset/id.json").get_json()] == ["update"]


@pytest.mark.parametrize(("body", "words"), [({"private": True}, "private"), ({"title": ""}, "title")])
def test_what_an_imported_dataset_cannot_be_is_refused(admin: Publisher, body: Any, words: str) -> None:
    admin.site.store.revise([Put(dataset("trees", title="Street trees"))])
    (listed,) = admin("GET", "datasets/").get_json()["data"]
    answer = admin("PUT", f"datasets/{listed['id']}/", body)
    assert (answer.status_code, words in answer.get_json()["errors"]) == (400, True)


def test_what_came_as_rdf_is_changed_at_its_source_alone(admin: Publisher) -> None:
    turtle = (
        b"@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix d: <http://purl.org/dc/terms/> ."
        b' <https://data.example/t> a dcat:Dataset ; d:identifier "t" ; d:title "Trees" ; d:license <https://l.example/> .'
    )
    document = Document("x.ttl", io.BufferedReader(io.BytesIO(turtle)), "ttl")  # type: ignore[arg-type]
    entities = [item.entity for item in formats.parse(document, None, 1 << 20) if item.entity]
    admin.site.store.revise([Put(entity) for entity in entities])
    (listed,) = admin("GET", "datasets/").get_json()["data"]
    answer = admin("PUT", f"datasets/{listed['id']}/", {"title": "Other"})
    assert (answer.status_code, "came as RDF" in answer.get_json()["message"]) == (400, True)


def test_the_latest_address_of_an_imported_resource_leads_to_its_data(publisher: Publisher) -> None:
    publisher.site.store.revise([Put(dataset("trees/2026", title="Street trees"))])
    (listed,) = publisher("GET", "datasets/").get_json()["data"]
    (resource,) = listed["resources"]
    assert resource["latest"] == resource["url"]


def test_a_record_that_an_operator_deletes_takes_its_publication_with_it(publisher: Publisher) -> None:
    made = publisher.create(resources=[_RESOURCE])
    publisher.site.store.revise([Delete("dataset", made["id"])])
    assert publisher("GET", f"datasets/{made['id']}/").status_code == 410
    assert publisher("GET", f"datasets/r/{made['resources'][0]['id']}").status_code == 404
    assert publisher("GET", "me/datasets/").get_json() == []
    assert publisher.create()["slug"] == made["slug"]


@pytest.mark.parametrize("path", ["", "organizations/", "datasets/none/", "me/nothing/", "datasets/r/1"])
def test_what_is_not_there_is_404_with_a_message(publisher: Publisher, path: str) -> None:
    answer = publisher("GET", path)
    assert (answer.status_code, list(answer.get_json())) == (404, ["message"])


def test_another_method_is_405_with_a_message(publisher: Publisher) -> None:
    assert publisher("PATCH", "datasets/").status_code == 405
    assert "message" in publisher("POST", "me/").get_json()


def test_two_writers_of_one_title_get_two_slugs(publisher: Publisher) -> None:
    with ThreadPoolExecutor(4) as pool:
        slugs = list(pool.map(lambda _: publisher.create()["slug"], range(8)))
    assert len(set(slugs)) == 8


def test_the_endpoint_stays_read_only(publisher: Publisher) -> None:
    for method in ("POST", "PUT", "DELETE", "HEAD"):
        assert publisher.site.request(method, "/rest/dataset/id/x.json").status_code == 400


def test_a_write_that_fails_leaves_no_half_publication(publisher: Publisher) -> None:
    """The publication is written down before its record is refused."""
    made = publisher.create()

    def edit(view: Publications) -> tuple[None, list[Delete]]:
        found = view.find(made["id"])
        assert found is not None
        view.change(replace(found, slug="half"), "half")
        return None, [Delete("dataset", "there is none")]

    with pytest.raises(NotFoundError):
        publisher.site.store.publish(edit)
    assert publisher("GET", f"datasets/{made['id']}/").get_json() == made


def _http(method: str, url: str, key: str, body: Any = None) -> Any:
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), method=method)
    request.add_header("Content-Type", "application/json")
    request.add_header("X-API-KEY", key)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.url == url, "a redirect: the client builds its links from the final address"
        text = answer.read()
        return json.loads(text) if text else None


def test_publishers_write_through_a_real_server_while_readers_read(
    sqlite_store: Store, sqlite_url: str, serve: Callable[..., Server]
) -> None:
    key = create_api_key(sqlite_store.engine, "misp", "publisher")
    server = serve(sqlite_url, DCIP_PORTAL_API="on")
    root = f"{server.url}/api/1/datasets/"
    first = _http("POST", root, key, _DATASET)
    done = threading.Event()

    def read(_: int) -> int:
        count = 0
        while not done.is_set():
            for url in (f"{server.endpoint}/dataset/id/{first['id']}.json", f"{server.endpoint}/dataset/id/"):
                with urllib.request.urlopen(url, timeout=30) as answer:
                    assert answer.read()
                    count += 1
        return count

    with ThreadPoolExecutor(8) as pool:
        reading = [pool.submit(read, number) for number in range(8)]
        try:
            for number in range(30):
                made = _http("POST", root, key, {**_DATASET, "title": f"Dataset {number}", "resources": [_RESOURCE]})
                _http("PUT", f"{root}{made['id']}/resources/{made['resources'][0]['id']}/", key, {"filesize": number})
                if number % 3 == 0:
                    _http("DELETE", f"{root}{made['id']}/", key)
        finally:
            done.set()
        assert all(reader.result() > 0 for reader in reading)
    assert len(_http("GET", f"{server.url}/api/1/me/datasets/", key)) == 21
    assert key not in server.log
    assert "Traceback" not in server.log


#: Each field of a resource, sent through the API, as the endpoint has it: key, value sent, key and value read.
_MAPPED = [
    ("type", "api", "resource_type", "api"),
    ("type", "documentation", "resource_type", "doc"),
    ("type", "main", "resource_type", "file"),
    ("type", "update", "resource_type", "file"),
    ("type", "code", "resource_type", "code"),
    ("type", "other", "resource_type", "other"),
    ("format", " CSV ", "format", "csv"),
    ("filesize", 12, "size", 12),
    ("mime", "text/csv", "mimetype", "text/csv"),
    ("mime_type", "text/csv", "mimetype", "text/csv"),
    ("checksum", {"type": "md5", "value": "D41D8CD98F00B204E9800998ECF8427E"}, "hash", "d41d8cd98f00b204e9800998ecf8427e"),
    ("checksum", {"type": "sha1", "value": "AA"}, "hash", None),
    ("checksum", {"type": "sha1", "value": "AA"}, "checksum", {"type": "sha1", "value": "AA"}),
    ("description", "words", "description", "words"),
    ("url", "ftp://h.example/a|b\"<é>%zz%20[1]", "url", "ftp://h.example/a%7Cb%22%3C%C3%A9%3E%25zz%20[1]"),
]  # fmt: skip


def test_a_resource_at_the_endpoint_says_what_was_published(publisher: Publisher) -> None:
    made = publisher.create(resources=[{**_RESOURCE, "title": str(n), row[0]: row[1]} for n, row in enumerate(_MAPPED)])
    served = _dcip(publisher.site, made["id"]).get_json()["resources"]
    assert [resource["id"] for resource in served] == [resource["id"] for resource in made["resources"]]
    found = [(row[0], row[1], row[2], resource.get(row[2])) for row, resource in zip(_MAPPED, served, strict=True)]
    assert found == _MAPPED
    assert len(found) == 15


def test_size_format_and_checksum_are_in_n3(publisher: Publisher) -> None:
    checksum = {"type": "md5", "value": "d41d8cd98f00b204e9800998ecf8427e"}
    made = publisher.create(resources=[{**_RESOURCE, "filesize": 12, "checksum": checksum}])
    n3 = _dcip(publisher.site, made["id"], "dcat.N3").text
    for part in ('dcterms:description "From MISP."', 'dcterms:format "json"', 'dcat:byteSize "12"', "spdx:checksum"):
        assert part in n3, n3
