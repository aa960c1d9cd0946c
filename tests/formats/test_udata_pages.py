"""udata's API of version 2, and its lists: what stands on another page is told, and what is no dataset is none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.formats.conftest import Catalog

_API = "https://udata.example/api"


def _link(path: str, total: int) -> dict[str, Any]:
    return {"rel": "subsection", "href": f"{_API}/{path}?page=1&page_size=50", "type": "GET", "total": total}


_RESOURCES = _link("2/datasets/6001/resources/", 8)
_COMMUNITY = _link("1/datasets/community_resources/", 2)
#: As version 2 answers it, and as it does where ``X-Fields`` asks for some members alone.
_WHOLE = {
    "id": "6001", "title": "Trees", "slug": "trees", "created_at": "2019-07-23T11:02:29+00:00", "license": "lov2", "tags": ["trees"],
    "resources": _RESOURCES, "community_resources": _COMMUNITY,
}  # fmt: skip
_SHORT = {key: _WHOLE[key] for key in ("id", "title", "license", "resources", "community_resources")}
_ONLY_COMMUNITY = {"id": "6001", "title": "Trees", "community_resources": _COMMUNITY}


@pytest.mark.parametrize(
    "record",
    [_WHOLE, _SHORT, {**_SHORT, "community_resources": []}, _ONLY_COMMUNITY],
    ids=["all", "some", "one", "other"],
)
def test_resources_on_another_page_are_remarked_and_the_link_is_kept(catalog: Catalog, record: dict[str, Any]) -> None:
    taken = catalog.take_json(record)
    assert taken.refused == []
    found = catalog.json("6001")
    assert found["resources"] == []
    links = {key: record[key] for key in ("resources", "community_resources") if record.get(key)}
    assert {key: found["udata"].get(key) for key in links} == links
    said = [f"{link['total']} {key.replace('_', ' ')} at {link['href']}" for key, link in links.items()]
    (line,) = taken.remarks
    assert line.partition("record 1: ")[2] == f"not in this document, and not fetched: {', '.join(said)}"


def test_a_dataset_that_has_no_resources_on_another_page_is_not_remarked(catalog: Catalog) -> None:
    none = {"resources": _link("2/datasets/6001/resources/", 0), "community_resources": _link("1/x", 0)}
    taken = catalog.take_json({**_SHORT, **none})
    assert (taken.refused, taken.remarks, catalog.ids()) == ([], [], ["6001"])


@pytest.mark.parametrize("format", [None, "udata"])
@pytest.mark.parametrize("is_page", [True, False])
def test_a_page_of_resources_holds_no_datasets(catalog: Catalog, format: str | None, is_page: bool) -> None:
    resource = {
        "id": "r1", "title": "Trees as CSV", "url": "https://udata.example/trees.csv", "type": "main", "filetype": "remote",
        "created_at": "2019-07-23T11:02:29+00:00",
    }  # fmt: skip
    page = {"data": [resource], "page": 1, "page_size": 50, "total": 1, "next_page": None}
    (line,) = catalog.take_json(*([page] if is_page else [resource]), format=format).refused
    assert "a resource of udata, not a dataset" in line
    assert catalog.ids() == []
