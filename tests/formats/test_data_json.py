"""What a source says and DCAT-US 1.1 has no form for, in ``/data.json``: in place where it can stand, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.formats.conftest import Catalog

_URL = "https://x.example/f"
_LONG = "word " * 2100

#: What a distribution of a data.json says, and the distribution that is served.
_DISTRIBUTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a file whose kind nothing tells": ({"downloadURL": _URL}, {"accessURL": _URL}),
    "one whose format is no media type": ({"downloadURL": _URL, "format": "www"}, {"accessURL": _URL, "format": "www"}),
    "one with a media type that is none": (
        {"downloadURL": _URL, "mediaType": "a table"}, {"accessURL": _URL, "source_mediaType": "a table"},
    ),
    "one beside an address of access": (
        {"downloadURL": _URL, "accessURL": f"{_URL}/page"}, {"accessURL": f"{_URL}/page", "source_downloadURL": _URL},
    ),
    "one that is the address of access": ({"downloadURL": _URL, "accessURL": _URL}, {"accessURL": _URL}),
    "a file with a media type": (
        {"downloadURL": _URL, "mediaType": "text/csv"}, {"downloadURL": _URL, "mediaType": "text/csv"},
    ),
    "a file that is withheld": ({"downloadURL": "[[REDACTED-EX B6]]"}, {"accessURL": "[[REDACTED-EX B6]]"}),
    "a text for a URL": (
        {"downloadURL": "not a url", "mediaType": "text/csv"}, {"source_downloadURL": "not a url", "mediaType": "text/csv"},
    ),
    "a script for a URL": (
        {"downloadURL": "javascript:alert(1)", "mediaType": "text/csv"},
        {"source_downloadURL": "javascript:alert(1)", "mediaType": "text/csv"},
    ),
    "a script in capitals": ({"accessURL": " JavaScript:alert(1)"}, {"source_accessURL": " JavaScript:alert(1)"}),
    "a number for a URL": (
        {"downloadURL": 5, "mediaType": "text/csv"}, {"source_downloadURL": 5, "mediaType": "text/csv"},
    ),
    "the IRI of a media type": (
        {"downloadURL": _URL, "mediaType": "https://www.iana.org/assignments/media-types/text/csv"},
        {"downloadURL": _URL, "mediaType": "text/csv", "source_mediaType": "https://www.iana.org/assignments/media-types/text/csv"},
    ),
    "a text for the address of access": ({"accessURL": "see the library"}, {"source_accessURL": "see the library"}),
    "a URL without a host": ({"accessURL": "http://"}, {"source_accessURL": "http://"}),
    "a text for a URL beside one": (
        {"downloadURL": "not a url", "accessURL": _URL}, {"source_downloadURL": "not a url", "accessURL": _URL},
    ),
    "a URL with blanks and brackets": ({"accessURL": f"{_URL} [1]?q=50%"}, {"accessURL": f"{_URL}%20%5B1%5D?q=50%25"}),
    "URLs as JSON-LD has them": (
        {"downloadURL": {"@id": f"{_URL}.csv"}, "accessURL": [_URL]},
        {"downloadURL": f"{_URL}.csv", "mediaType": "text/csv", "accessURL": _URL, "source_downloadURL": {"@id": f"{_URL}.csv"}, "source_accessURL": [_URL]},
    ),
    "one of them that is no file's": ({"accessURL": {"@id": _URL}}, {"accessURL": _URL, "source_accessURL": {"@id": _URL}}),
    "several URLs of access": ({"accessURL": [_URL, f"{_URL}2"]}, {"source_accessURL": [_URL, f"{_URL}2"]}),
    "no URL": ({"title": "A table on paper"}, {"title": "A table on paper"}),
    "a URL of another kind": ({"accessURL": "ftp://x.example/f"}, {"accessURL": "ftp://x.example/f"}),
    "a description that is too long": (
        {"accessURL": _URL, "description": _LONG},
        {"accessURL": _URL, "description": _LONG[:9994] + " …", "source_description": _LONG},
    ),
}  # fmt: skip

#: The same of a dataset; ``None`` for a term that is not there.
_DATASETS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a text for the landing page": (
        {"landingPage": "not a url"}, {"landingPage": None, "source_landingPage": "not a url"},
    ),
    "a script for the landing page": (
        {"landingPage": "javascript:alert(1)"}, {"landingPage": None, "source_landingPage": "javascript:alert(1)"},
    ),
    "a number for the landing page": ({"landingPage": 5}, {"landingPage": None, "source_landingPage": 5}),
    "a description that is too long": (
        {"description": _LONG}, {"description": _LONG[:9994] + " …", "source_description": _LONG},
    ),
    "a long description without a blank": (
        {"description": "ä" * 10001}, {"description": "ä" * 9999 + "…", "source_description": "ä" * 10001},
    ),
    "a description that is not too long": (
        {"description": "a" * 10000}, {"description": "a" * 10000, "source_description": None},
    ),
    "a licence by name": ({"license": "my own terms"}, {"license": None, "source_license": "my own terms"}),
    "a script for a licence and for documents": (
        {"license": "javascript:alert(1)", "references": [" vbscript:x"], "describedBy": "http://#"},
        {"license": None, "references": None, "describedBy": None, "source_license": "javascript:alert(1)", "source_references": [" vbscript:x"],
         "source_describedBy": "http://#"},
    ),
    "rights that are too long": ({"rights": "x" * 256}, {"rights": None, "source_rights": "x" * 256}),
    "an access level of another list": ({"accessLevel": "ask us"}, {"accessLevel": None, "rights": "ask us"}),
    "an access level that is withheld": (
        {"accessLevel": "[[REDACTED-EX B6]]"}, {"accessLevel": None, "rights": "[[REDACTED-EX B6]]"},
    ),
    "such a level beside rights": (
        {"accessLevel": "ask us", "rights": "none"}, {"accessLevel": None, "rights": "none", "source_accessLevel": "ask us"},
    ),
    "languages of which one has no tag": (
        {"language": ["the French language", "de"]}, {"language": ["de"], "source_language": ["the French language", "de"]},
    ),
    "standards, of which there is room for one": (
        {"conformsTo": [_URL, f"{_URL}2"]}, {"conformsTo": None, "source_conformsTo": [_URL, f"{_URL}2"]},
    ),
    "a keyword that is no text": ({"keyword": ["k", 5]}, {"keyword": ["k"], "source_keyword": ["k", 5]}),
    "a keyword that is too long": (
        {"keyword": ["k", "x" * 1001]}, {"keyword": ["k"], "source_keyword": ["k", "x" * 1001]},
    ),
    "too many keywords": (
        {"keyword": [f"k{n}" for n in range(1001)]},
        {"keyword": [f"k{n}" for n in range(1000)], "source_keyword": [f"k{n}" for n in range(1001)]},
    ),
    "a date that cannot be read": ({"issued": "last week"}, {"issued": None, "source_issued": "last week"}),
    "a date in another form": ({"issued": "1. Januar 2012"}, {"issued": "2012-01-01", "source_issued": None}),
    "several statements of rights": ({"rights": ["r", "s"]}, {"rights": "r; s", "source_rights": ["r", "s"]}),
    "a level of DCAT-US 3": ({"accessRights": "Restricted"}, {"accessLevel": "restricted public", "source_accessLevel": None}),
    "a dictionary that is a distribution": (
        {"describedBy": {"title": "D", "accessURL": _URL}}, {"describedBy": _URL, "source_describedBy": {"title": "D", "accessURL": _URL}},
    ),
    "a licence that is a document": (
        {"license": {"@id": f"{_URL}/terms", "title": "Terms"}}, {"license": f"{_URL}/terms", "source_license": {"@id": f"{_URL}/terms", "title": "Terms"}},
    ),
    "an organization within one": (
        {"publisher": {"name": "P", "subOrganizationOf": {"name": "Q"}}}, {"publisher": {"name": "P", "subOrganizationOf": {"name": "Q"}}, "source_publisher": None},
    ),
    "an organization within several": (
        {"publisher": {"name": "P", "subOrganizationOf": [{"name": "Q"}, {"name": "R"}]}},
        {"publisher": {"@type": "org:Organization", "name": "P"}, "source_publisher": {"name": "P", "subOrganizationOf": [{"name": "Q"}, {"name": "R"}]}},
    ),
    "an organization within one in a list": (
        {"publisher": {"name": "P", "subOrganizationOf": [{"name": "Q"}]}}, {"publisher": {"name": "P", "subOrganizationOf": {"name": "Q"}}, "source_publisher": None},
    ),
    "an organization with names by language": (
        {"publisher": {"name": {"en": "P", "es": "Q"}}}, {"publisher": {"@type": "org:Organization", "name": "P"}, "source_publisher": {"name": {"en": "P", "es": "Q"}}},
    ),
    "an organization whose name is a number": (
        {"publisher": {"name": 5}}, {"publisher": {"@type": "org:Organization", "name": "5"}, "source_publisher": {"name": 5}},
    ),
    "distributions that are withheld": (
        {"distribution": ["[[REDACTED-EX B6]]", {"accessURL": _URL}]},
        {"distribution": [{"@type": "dcat:Distribution", "accessURL": _URL}, "[[REDACTED-EX B6]]"]},
    ),
    "all distributions withheld": ({"distribution": "[[REDACTED-EX B6]]"}, {"distribution": ["[[REDACTED-EX B6]]"]}),
    "a distribution by its IRI": ({"distribution": [_URL]}, {"distribution": None, "source_distribution": [_URL]}),
    "a term of whoever wrote it": ({"ours": {"a": 1}}, {"ours": {"a": 1}, "source_ours": None}),
}  # fmt: skip


@pytest.fixture(scope="module")
def imported(catalogs: tuple[Catalog, Catalog]) -> tuple[Catalog, Catalog]:
    """A catalog of all cases, each a dataset, and one that was filled from the ``/data.json`` of the first."""
    records = [{"distribution": [given]} for given, _ in _DISTRIBUTIONS.values()]
    records += [given for given, _ in _DATASETS.values()]
    source, other = catalogs
    for id, record in zip((*_DISTRIBUTIONS, *(f"dataset: {name}" for name in _DATASETS)), records, strict=True):
        assert (
            source.take_json({"identifier": id, "title": "T", "keyword": ["k"], **record}, format="pod").refused == []
        )
    assert other.take_json(*source.data_json().values(), format="pod").refused == []
    return source, other


@pytest.mark.parametrize("case", _DISTRIBUTIONS)
def test_a_distribution_says_all_that_its_source_does(imported: tuple[Catalog, Catalog], case: str) -> None:
    _, due = _DISTRIBUTIONS[case]
    for catalog in imported:
        (found,) = catalog.data_json()[case]["distribution"]
        assert found == {"@type": "dcat:Distribution", **due}


@pytest.mark.parametrize("case", _DATASETS)
def test_a_dataset_says_all_that_its_source_does(imported: tuple[Catalog, Catalog], case: str) -> None:
    _, due = _DATASETS[case]
    for catalog in imported:
        found = catalog.data_json()[f"dataset: {case}"]
        assert {term: found.get(term) for term in due} == due
