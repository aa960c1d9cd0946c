"""What a dataset's licence is where only its distributions state one: theirs, if it is one; never one that nobody stated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.formats.conftest import Catalog

_BY = "https://creativecommons.org/licenses/by/4.0/"
_BY_OTHERWISE = "http://creativecommons.org/licenses/by/4.0"
_ZERO = "http://creativecommons.org/publicdomain/zero/1.0/"


def _pod(catalog: Catalog, licenses: list[str | None], own: str | None) -> list[str]:
    urls = enumerate(licenses)
    distributions = [{"downloadURL": f"http://x.example/{number}", "license": text} for number, text in urls]
    return catalog.take_json({"identifier": "1", "title": "A", "license": own, "distribution": distributions}).refused


def _ckan(catalog: Catalog, licenses: list[str | None], own: str | None) -> list[str]:
    resources = [{"url": f"http://x.example/{number}", "license": text} for number, text in enumerate(licenses)]
    record = {"id": "1", "title": "A", "notes": "n", "license_id": own or "notspecified", "resources": resources}
    return catalog.take_json(record).refused


def _dcat(catalog: Catalog, licenses: list[str | None], own: str | None) -> list[str]:
    statement = f"dct:license <{own}> ;" if own else ""
    nodes = [
        f":d{number} a dcat:Distribution ; dcat:downloadURL <http://x.example/{number}> "
        for number in range(len(licenses))
    ]
    said = [node + (f"; dct:license <{text}> ." if text else ".") for node, text in zip(nodes, licenses, strict=True)]
    links = ", ".join(f":d{number}" for number in range(len(licenses)))
    text = f':a a dcat:Dataset ; dct:title "A" ; dct:identifier "1" ; {statement} dcat:distribution {links} . '
    return catalog.take_turtle(text + " ".join(said)).refused


_FORMATS = {"data.json": _pod, "CKAN": _ckan, "DCAT": _dcat}
_CASES: dict[str, tuple[list[str | None], str | None, str]] = {
    "one for all": ([_BY, _BY], None, _BY),
    "one in two spellings": ([_BY_OTHERWISE, _BY], None, "by"),
    "two": ([_BY, _ZERO], None, "notspecified"),
    "one that not all state": ([_BY, None], None, "notspecified"),
    "none": ([None, None], None, "notspecified"),
    "the dataset's own goes before": ([_BY, _BY], _ZERO, _ZERO),
}


@pytest.mark.parametrize("take", _FORMATS.values(), ids=_FORMATS)
@pytest.mark.parametrize("case", _CASES)
def test_the_licence_of_a_dataset_is_one_that_is_stated(
    catalogs: tuple[Catalog, Catalog], take: Callable[[Catalog, list[str | None], str | None], list[str]], case: str
) -> None:
    licenses, own, due = _CASES[case]
    catalog, other = catalogs
    assert take(catalog, licenses, own) == []
    found = catalog.json("1")
    assert found["license"] in ({_BY, _BY_OTHERWISE} if due == "by" else {due})
    assert ("license_id" in found) == (due != "notspecified")
    assert [resource.get("license") for resource in found["resources"]] == licenses
    # A reader of the N3 hears the same.
    assert other.take(catalog.n3("1"), "records.n3").refused == []
    assert other.json("1")["license"] == found["license"]


def test_a_package_keeps_that_it_had_no_licence_of_its_own(catalog: Catalog) -> None:
    resource: dict[str, Any] = {"url": "u", "license": _BY}
    catalog.take_json({"id": "1", "title": "A", "notes": "n", "license_id": "notspecified", "resources": [resource]})
    assert (catalog.json("1")["license"], catalog.json("1")["ckan"]) == (_BY, {"license_id": "notspecified"})
