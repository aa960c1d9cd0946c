"""How often a dataset is updated: udata's ids in JSON, the EU's authority in N3."""

from __future__ import annotations

import pytest

from dcip_server.formats.frequencies import EU_FREQUENCIES, FREQUENCIES
from tests.formats.conftest import Catalog
from tests.records import record

_PREDICATE = "http://purl.org/dc/terms/accrualPeriodicity"
_AUTHORITY = "http://publications.europa.eu/resource/authority/frequency/"


@pytest.mark.parametrize(
    ("frequency", "object"),
    [
        ("weekly", f"<{_AUTHORITY}WEEKLY>"),
        ("semiannual", f"<{_AUTHORITY}ANNUAL_2>"),
        ("continuous", f"<{_AUTHORITY}UPDATE_CONT>"),
        (f"{_AUTHORITY}DAILY", f"<{_AUTHORITY}DAILY>"),
        ("punctual", f"<{_AUTHORITY}AS_NEEDED>"),
        ("severalTimesADay", f"<{_AUTHORITY}CONT>"),
        ("threeTimesADay", f"<{_AUTHORITY}DAILY_3>"),
        ("fiveTimesAWeek", f"<{_AUTHORITY}WEEKLY_5>"),
        ("when it rains", '"when it rains"'),
    ],
)
def test_a_known_frequency_is_an_iri_in_n3_and_the_same_text_when_it_is_read_back(
    catalogs: tuple[Catalog, Catalog], frequency: str, object: str
) -> None:
    id = f"f/{frequency}"
    assert catalogs[0].take_json(record(id, frequency=frequency)).refused == []
    assert catalogs[0].json(id)["frequency"] == frequency
    assert catalogs[0].objects(id, _PREDICATE) == {object}
    assert catalogs[1].take(catalogs[0].n3(id), "records.n3").refused == []
    assert catalogs[1].json(id)["frequency"] == frequency


def test_no_two_frequencies_have_one_iri() -> None:
    assert len(set(EU_FREQUENCIES.values())) == len(EU_FREQUENCIES) == len(FREQUENCIES) == 40
