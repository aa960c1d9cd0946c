"""Pages of what publishers published, in an export."""

from __future__ import annotations

import itertools

from dcip_server.store import Delete, Put, Store
from tests.export.conftest import Portal
from tests.records import dataset

_HEADERS = ("content-type", "content-length", "content-language", "content-security-policy", "referrer-policy")
#: What is sent in the end, and the statuses of its id's and its slug's page; a slug is free once its dataset is deleted.
_KINDS = {"public": (200, 200), "private": (404, 404), "deleted": (410, 404), "deleted in private": (410, 404)}


def test_the_page_of_a_publication_is_what_the_server_has_and_says_that_it_was_deleted(portal: Portal) -> None:
    client = portal.app.test_client()
    made = {}
    for kind in _KINDS:
        sent = {"title": f"The {kind} one", "description": "From MISP.", "private": "private" in kind}
        made[kind] = client.post("/api/1/datasets/", json=sent, headers=portal.key).get_json()
    portal.export()
    with portal.serving() as asked:
        before = {kind: asked(f"/en/datasets/{dataset['id']}/").status for kind, dataset in made.items()}
        assert before == {kind: 404 if "private" in kind else 200 for kind in _KINDS}
        for kind in ("deleted", "deleted in private"):
            assert client.delete(f"/api/1/datasets/{made[kind]['id']}/", headers=portal.key).status_code == 204
        portal.export()
        for kind, statuses in _KINDS.items():
            for name, status in zip((made[kind]["id"], made[kind]["slug"]), statuses, strict=True):
                for end, language in (("/", "en"), ("", "fr"), ("/", "de")):
                    target = f"/en/datasets/{name}{end}"
                    got = asked(target, Accept_Language=language)
                    due = client.get(target, headers={"Accept-Language": language})
                    assert (target, got.status, got.body) == (target, due.status_code, due.data)
                    assert got.status == status
                    assert {header: got.headers.get(header) for header in _HEADERS} == {
                        header: due.headers.get(header) for header in _HEADERS
                    }
                    assert asked(target, "HEAD").status == status


def test_an_imported_dataset_has_the_page_that_the_portal_names_and_it_says_that_it_was_deleted(portal: Portal) -> None:
    store: Store = portal.app.extensions["dcip_store"]
    store.revise([Put(dataset(id, description="From **afar**.")) for id in ("stays", "goes")])
    client = portal.app.test_client()
    pages = {
        found["title"]: f"/en/datasets/{found['id']}/" for found in client.get("/api/1/datasets/").get_json()["data"]
    }
    assert len(pages) == 2
    statuses = []
    portal.export()
    with portal.serving() as asked:
        for goes in (False, True):
            if goes:
                store.revise([Delete("dataset", "goes")], allow_mass_delete=True)
                portal.export()
            for target, language in itertools.product(pages.values(), ("en", "de")):
                got = asked(target, Accept_Language=language)
                due = client.get(target, headers={"Accept-Language": language})
                assert (got.status, got.body) == (due.status_code, due.data)
                assert {header: got.headers.get(header) for header in _HEADERS} == {
                    header: due.headers.get(header) for header in _HEADERS
                }
                statuses.append(got.status)
    assert sorted(statuses) == [200, 200, 200, 200, 200, 200, 410, 410]
