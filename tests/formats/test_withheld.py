"""Records that their source declares private, draft or deleted: refused by name, and gone after a sync."""

from __future__ import annotations

from typing import Any

import pytest

from tests.formats.conftest import Catalog

_CKAN = {"id": "1", "title": "A", "notes": "n", "license_id": "cc-by"}
_UDATA = {"id": "1", "title": "A", "slug": "a", "created_at": "2020-01-01"}
_DCIP = {"id": "1", "title": "A", "license": "l", "resources": []}

_WITHHELD: dict[str, tuple[dict[str, Any], str]] = {
    "CKAN private": ({**_CKAN, "private": True, "state": "active"}, "private is true"),
    "CKAN private in quotes": ({**_CKAN, "private": "True"}, "private is true"),
    "CKAN deleted": ({**_CKAN, "private": False, "state": "deleted"}, "state is 'deleted'"),
    "CKAN draft": ({**_CKAN, "state": "draft"}, "state is 'draft'"),
    "CKAN draft of old": ({**_CKAN, "state": "draft-complete"}, "state is 'draft-complete'"),
    "CKAN pending": ({**_CKAN, "state": "pending"}, "state is 'pending'"),
    "CKAN deleted, of which nothing else is left": ({"id": "1", "state": "deleted"}, "state is 'deleted'"),
    "udata private": ({**_UDATA, "private": True}, "private is true"),
    "udata deleted": ({**_UDATA, "deleted": "2024-01-01T00:00:00"}, "deleted is '2024-01-01T00:00:00'"),
    "the draft's JSON, private": ({**_DCIP, "private": True}, "private is true"),
}


@pytest.mark.parametrize("case", _WITHHELD)
def test_what_its_source_declares_not_public_is_refused_by_name(catalog: Catalog, case: str) -> None:
    record, reason = _WITHHELD[case]
    taken = catalog.take_json(record)
    assert (taken.counts, catalog.ids()) == ((0, 0, 0, 1), [])
    assert taken.refused[0].endswith(
        f"record 1: id '1' is not published: its source says that it is not public ({reason})"
    )


@pytest.mark.parametrize("case", _WITHHELD)
def test_what_becomes_private_stays_until_a_sync_drops_it(catalog: Catalog, case: str) -> None:
    record, _ = _WITHHELD[case]
    public = {key: item for key, item in record.items() if key not in ("private", "state", "deleted")} | {"title": "A"}
    other = {**public, "id": "2"}
    if len(public) == 2:
        public, other = {**_CKAN}, {**_CKAN, "id": "2"}
    assert catalog.take_json(public, other).counts == (2, 0, 0, 0)
    assert catalog.take_json(record, other).counts == (0, 0, 1, 1)
    assert catalog.ids() == ["1", "2"]
    assert catalog.take_json(record, other, sync=True).outcome.deleted == 1
    assert catalog.ids() == ["2"]


_PUBLIC: dict[str, dict[str, Any]] = {
    "CKAN active": {**_CKAN, "private": False, "state": "active"},
    "DKAN says private of what everybody sees": {**_CKAN, "private": True, "state": "Active"},
    "udata archived": {**_UDATA, "archived": "2024-01-01T00:00:00", "private": False, "deleted": None},
    "the draft's JSON with a state of its own": {**_DCIP, "state": "draft"},
}


@pytest.mark.parametrize("case", _PUBLIC)
def test_what_is_public_is_taken_and_keeps_what_says_so(catalog: Catalog, case: str) -> None:
    assert catalog.take_json(_PUBLIC[case]).counts == (1, 0, 0, 0)
    served = catalog.json("1")
    held = {**served, **served.get("ckan", {}), **served.get("udata", {})}
    assert all(held[key] == _PUBLIC[case][key] for key in ("state", "archived") if key in _PUBLIC[case])


def test_resources_that_are_deleted_or_draft_are_left_out_and_remarked(catalog: Catalog) -> None:
    resources = [{"url": f"http://x.example/{state}", "state": state} for state in ("active", "deleted", "draft")]
    taken = catalog.take_json({**_CKAN, "resources": resources})
    assert (taken.refused, len(taken.remarks)) == ([], 1)
    assert taken.remarks[0].endswith("left out, since their state says that they are not public: 2 resources")
    assert [resource["url"] for resource in catalog.json("1")["resources"]] == ["http://x.example/active"]
