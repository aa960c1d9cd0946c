"""Values of facets: every spelling of a format or a licence is the same value, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcip_server.formats.facets import facet_identity, facet_value

#: Facet, the value, and spellings of it.
_SAME = [
    ("format", "CSV", ["CSV", "csv", "Csv", " csv ", ".csv", "text/csv", "TEXT/CSV", "csv file",
        "http://publications.europa.eu/resource/authority/file-type/CSV", "https://www.iana.org/assignments/media-types/text/csv"]),
    ("format", "GeoJSON", ["geojson", "GEOJSON", "GeoJSON", "application/geo+json", "application/vnd.geo+json"]),
    ("format", "XLSX", ["xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"]),
    ("format", "HTML", ["html", "Web Page", "text/html"]),
    ("license", "CC-BY-4.0", ["cc-by-4.0", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "http://www.creativecommons.org/licenses/by/4.0/deed.fr"]),
    ("license", "CC0-1.0", ["cc-zero", "CC0", "https://creativecommons.org/publicdomain/zero/1.0"]),
    ("tag", "Water", ["Water"]),
]  # fmt: skip
_DIFFERENT = [
    ("format", "CSV", "TSV"), ("format", "XLS", "XLSX"), ("format", "JSON", "GeoJSON"), ("format", "a b", "ab"),
    ("license", "CC-BY-4.0", "CC-BY-3.0"), ("license", "my own", "my other"), ("tag", "water", "Water"), ("publisher", "A", "a"),
]  # fmt: skip


@pytest.mark.parametrize(("facet", "value", "spellings"), _SAME)
def test_every_spelling_is_the_same_value(facet: str, value: str, spellings: list[str]) -> None:
    assert {facet_value(facet, spelling) for spelling in spellings} == {value}
    assert len({facet_identity(facet, spelling) for spelling in [value, *spellings]}) == 1


@pytest.mark.parametrize(("facet", "one", "other"), _DIFFERENT)
def test_what_is_not_the_same_stays_apart(facet: str, one: str, other: str) -> None:
    assert facet_identity(facet, one) != facet_identity(facet, other)


def test_a_format_that_nobody_knows_is_one_in_every_case_and_is_called_as_its_source_calls_it() -> None:
    assert facet_value("format", "Zipped SAS") == "Zipped SAS"
    assert facet_identity("format", "Zipped SAS") == facet_identity("format", "zipped  sas")


@given(st.sampled_from(["format", "license", "tag", "publisher"]), st.text(max_size=400))
def test_the_value_of_a_value_is_itself(facet: str, text: str) -> None:
    value = facet_value(facet, text)
    assert facet_value(facet, value) == value
    assert facet_identity(facet, value) == facet_identity(facet, text)
