"""Titles and descriptions in several languages, of whatever format: chosen, kept, and each with its language in the N3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.formats.conftest import Catalog, comparable

_POD = {"identifier": "1", "title": "A", "keyword": ["k"]}
_CKAN = {"id": "1", "title": "A", "notes": "N"}
_DCIP = {"id": "1", "title": "A", "license": "l", "resources": []}
_BOTH = {"fr": "Abeilles", "en": "Bees"}

#: A record, its title and description, its translations, and the titles in the N3.
_CASES: dict[str, tuple[dict[str, Any], tuple[str, str | None], Any, set[str]]] = {
    "pod title by language": ({**_POD, "title": _BOTH}, ("Bees", None), {"title": _BOTH}, {'"Bees"@en', '"Abeilles"@fr'}),
    "pod title in one language": ({**_POD, "title": {"en": "Bees"}}, ("Bees", None), {"title": {"en": "Bees"}}, {'"Bees"@en'}),
    "pod title with what is empty": (
        {**_POD, "title": {"de": "", "fr": "Abeilles", "it": None}}, ("Abeilles", None), {"title": {"fr": "Abeilles"}}, {'"Abeilles"@fr'},
    ),
    "pod description by language": ({**_POD, "description": _BOTH}, ("A", "Bees"), {"description": _BOTH}, {'"A"'}),
    "pod texts without languages": ({**_POD, "description": "D"}, ("A", "D"), None, {'"A"'}),
    "pod title in an object that is no language": ({**_POD, "description": {"value": "D"}}, ("A", None), None, {'"A"'}),
    "pod title with a region": (
        {**_POD, "title": {"pt_BR": "Abelhas", "sr-Latn": "Pčele"}}, ("Abelhas", None), {"title": {"pt-br": "Abelhas", "sr-latn": "Pčele"}},
        {'"Abelhas"@pt-br', '"Pčele"@sr-latn'},
    ),
    "ckan title beside its translations": (
        {**_CKAN, "title_translated": _BOTH, "notes_translated": {"fr": "N"}}, ("A", "N"),
        {"title": _BOTH, "description": {"fr": "N"}}, {'"A"', '"Bees"@en', '"Abeilles"@fr'},
    ),
    "ckan texts by language": ({**_CKAN, "title": _BOTH, "notes": _BOTH}, ("Bees", "Bees"), {"title": _BOTH, "description": _BOTH}, {'"Bees"@en', '"Abeilles"@fr'}),
    "the draft's title in another language than English": (
        {**_DCIP, "title": "Abeilles", "translations": {"title": _BOTH}}, ("Abeilles", None), {"title": _BOTH},
        {'"Abeilles"', '"Bees"@en', '"Abeilles"@fr'},
    ),
    "the draft's translations that are none": (
        {**_DCIP, "translations": {"title": {"en us": "A", "x-": "B", "de": 7, "fr": " ", "en-": "C"}, "description": {"en": "D"}}}, ("A", None),
        {"title": {"en us": "A", "x-": "B", "de": 7, "fr": " ", "en-": "C"}, "description": {"en": "D"}}, {'"A"'},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", _CASES)
def test_each_language_is_kept_and_said_in_the_n3(catalogs: tuple[Catalog, Catalog], case: str) -> None:
    record, (title, description), translations, due = _CASES[case]
    assert catalogs[0].take_json(record).refused == []
    found = catalogs[0].json("1")
    assert (found["title"], found.get("description"), found.get("translations")) == (title, description, translations)
    assert catalogs[0].objects("1", "http://purl.org/dc/terms/title") == due
    assert catalogs[1].take(catalogs[0].n3("1"), "records.n3").refused == []
    assert comparable(catalogs[1].json("1")) == comparable(found)
