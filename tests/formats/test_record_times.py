"""``metadata_created`` and ``metadata_modified``: the source's where it gives them, else the catalog's own."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dcip_server.store import Delete
from tests.formats.conftest import Catalog
from tests.records import record

CREATED, MODIFIED = "metadata_created", "metadata_modified"


def _times(catalog: Catalog) -> tuple[str, str]:
    found = catalog.json("1")
    return found[CREATED], found[MODIFIED]


@pytest.mark.parametrize(
    ("given", "served"),
    [
        ("2011-05-09T10:00:00Z", "2011-05-09T10:00:00Z"),
        ("2011-05-09T10:00:00", "2011-05-09T10:00:00Z"),
        ("2011-05-09 10:00", "2011-05-09T10:00:00Z"),
        ("2011-05-09T10:00:00.123456", "2011-05-09T10:00:00.123456Z"),
        ("2011-05-09T10:00:00.000000Z", "2011-05-09T10:00:00Z"),
        ("2011-05-09T10:00:00,5Z", "2011-05-09T10:00:00.5Z"),
        ("2011-05-09T00:30:00+02:00", "2011-05-08T22:30:00Z"),
        ("2011-05-09T10:00:00-0530", "2011-05-09T15:30:00Z"),
        ("2011-05-09", "2011-05-09"),
        ("2011-05", "2011-05"),
        ("2011", "2011"),
        (" 2011-05-09 ", "2011-05-09"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_a_time_is_served_in_one_form_with_the_precision_it_was_given_in(
    catalog: Catalog, given: str, served: str
) -> None:
    catalog.take_json(record("1", metadata_created=given, metadata_modified=given))
    assert _times(catalog) == (served, served)


@pytest.mark.parametrize(
    "given", ["2011-02-30", "2011-13", "2011-05-09T25:00:00Z", "9/5/2011", "2011-05-09T10:00:00 CET", "٢٠١١", "0000"]
)
def test_what_is_no_time_is_refused(catalog: Catalog, given: str) -> None:
    assert catalog.take_json(record("1", metadata_modified=given)).counts == (0, 0, 0, 1)


def test_missing_times_are_those_of_the_first_import_in_whole_seconds_of_utc(catalog: Catalog) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    catalog.take_json(record("1"))
    created, modified = _times(catalog)
    assert created == modified
    assert before <= datetime.fromisoformat(created) <= datetime.now(UTC)
    assert created.endswith("Z")
    assert len(created) == 20


@pytest.mark.parametrize(
    "given", [{}, {CREATED: "2001-01-01"}, {MODIFIED: "2001-01-01"}], ids=["none", "created", "modified"]
)
def test_a_re_import_moves_no_time(catalog: Catalog, given: dict[str, Any]) -> None:
    catalog.take_json(record("1", **given))
    before = catalog.json_bytes("1"), catalog.n3("1")
    time.sleep(1.1)
    assert catalog.take_json(record("1", **given)).counts == (0, 0, 1, 0)
    assert (catalog.json_bytes("1"), catalog.n3("1")) == before


def test_a_change_moves_the_time_of_modification_and_not_that_of_creation(catalog: Catalog) -> None:
    catalog.take_json(record("1"))
    created, _ = _times(catalog)
    time.sleep(1.1)
    catalog.take_json(record("1", title="New"))
    assert _times(catalog)[0] == created
    assert _times(catalog)[1] > created


def test_times_that_the_source_gives_are_not_replaced_by_ours(catalog: Catalog) -> None:
    catalog.take_json(record("1", metadata_created="2001", metadata_modified="2002"))
    catalog.take_json(record("1", title="New", metadata_created="2001", metadata_modified="2002"))
    assert _times(catalog) == ("2001", "2002")


def test_a_source_that_moves_its_time_of_modification_makes_a_revision(catalog: Catalog) -> None:
    catalog.take_json(record("1", metadata_modified="2002"))
    assert catalog.take_json(record("1", metadata_modified="2003")).counts == (0, 1, 0, 0)
    assert _times(catalog)[1] == "2003"


def test_a_dataset_that_comes_back_keeps_the_time_of_its_first_import(catalog: Catalog) -> None:
    catalog.take_json(record("1"))
    created, _ = _times(catalog)
    time.sleep(1.1)
    catalog.store.revise([Delete("dataset", "1")], allow_mass_delete=True)
    catalog.take_json(record("1"))
    assert _times(catalog)[0] == created
