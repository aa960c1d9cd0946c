"""The schema.org data in a record's page."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from dcip_server.store import Put
from tests.conftest import Site
from tests.records import SPELLINGS_OF_CC_BY_4, dataset


def test_a_page_says_what_the_dataset_is_and_no_text_gets_out_of_the_element(site: Site) -> None:
    title = '</script><script>alert(1)</script><!-- & " Bäume'
    site.store.revise([Put(dataset("t/1", title=title, tags=["tree"], author="Town", license="notspecified"))])
    page = site.get("/dataset/t%2F1").text
    found = re.findall("<script[^>]*>(.*?)</script>", page)
    assert len(found) == 1
    data = json.loads(found[0])
    assert (data["@type"], data["name"], data["keywords"]) == ("Dataset", title, ["tree"])
    assert data["url"] == "http://catalog.example/dataset/t%2F1"
    assert data["distribution"][0]["contentUrl"] == "https://data.example/t/1.csv"
    assert data["creator"] == {"@type": "Organization", "name": "Town"}
    assert "license" not in data
    assert "description" not in data


_BOX = {"type": "Polygon", "coordinates": [[[5, 45.5], [6, 45.5], [6, 47], [5, 47], [5, 45.5]]]}
#: What a record says, and what its page says by it.
_TERMS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"spatial": _BOX}, {"spatialCoverage": {"@type": "Place", "geo": {"@type": "GeoShape", "box": "45.5 5 47 6"}}}),
    ({"spatial": {"type": "Point", "coordinates": [6.1, 49]}},
     {"spatialCoverage": {"@type": "Place", "geo": {"@type": "GeoCoordinates", "latitude": 49, "longitude": 6.1}}}),
    ({"spatial": {"type": "Point", "coordinates": [600, 49]}}, {"spatialCoverage": None}),
    ({"temporal": "2001-01-01/2002-12-31"}, {"temporalCoverage": "2001-01-01/2002-12-31"}),
    ({"temporal": "2001"}, {"temporalCoverage": "2001"}),
    ({"temporal": "2001-01-01T00:00:00Z/.."}, {"temporalCoverage": "2001-01-01T00:00:00Z/.."}),
    ({"temporal": "long ago"}, {"temporalCoverage": None}),
    ({"license": "cc-by"}, {"license": "https://opendefinition.org/licenses/cc-by/", "isAccessibleForFree": True}),
    ({"license": "CC-BY-NC-4.0"}, {"license": "https://creativecommons.org/licenses/by-nc/4.0/", "isAccessibleForFree": None}),
    *(({"license": spelled}, {"license": "https://creativecommons.org/licenses/by/4.0/"}) for spelled in SPELLINGS_OF_CC_BY_4),
    ({"license": "https://a.example/terms"}, {"license": "https://a.example/terms"}),
    ({"license": "Ask us"}, {"license": {"@type": "CreativeWork", "name": "Ask us"}, "isAccessibleForFree": None}),
    ({"maintainer": "Town", "contact_point": {"name": "Ann", "email": "ann@example.org"}},
     {"publisher": {"@type": "Organization", "name": "Town",
                    "contactPoint": {"@type": "ContactPoint", "name": "Ann", "email": "ann@example.org"}}}),
    ({"author": "https://a.example/town"},
     {"creator": {"@type": "Organization", "name": "https://a.example/town", "url": "https://a.example/town"}}),
    ({"author": "B; A", "authors": ["B", "A"], "maintainer": "P", "publishers": ["P"]},
     {"creator": [{"@type": "Organization", "name": "B"}, {"@type": "Organization", "name": "A"}],
      "publisher": {"@type": "Organization", "name": "P"}}),
    ({"maintainer": "https://a.example/p", "publishers": ["https://a.example/p", "Q"], "contact_point": {"name": "Ann"}},
     {"publisher": [{"@type": "Organization", "name": name, **url, "contactPoint": {"@type": "ContactPoint", "name": "Ann"}}
                    for name, url in (("https://a.example/p", {"url": "https://a.example/p"}), ("Q", {}))]}),
    ({"maintainer": "M", "publishers": ["P", "Q"], "author": "A; B", "authors": {"a": 1}},
     {"publisher": [{"@type": "Organization", "name": name} for name in "MPQ"], "creator": {"@type": "Organization", "name": "A; B"}}),
    ({"landing_page": "https://a.example/d"}, {"sameAs": "https://a.example/d"}),
    ({"landing_page": "somewhere"}, {"sameAs": None}),
    ({"id": "https://a.example/d", "landing_page": "https://a.example/p"}, {"sameAs": "https://a.example/d"}),
    ({"issued": "06/05/2009", "modified": "1. Januar 2012"}, {"datePublished": None, "dateModified": "2012-01-01"}),
    ({"issued": "2012-01-01 13:34"}, {"datePublished": "2012-01-01T13:34:00"}),
    ({"resources": [{"resource_type": "file", "url": "https://a.example/ä b.csv"}]},
     {"distribution": [{"@type": "DataDownload", "contentUrl": "https://a.example/ä%20b.csv"}]}),
    ({"resources": [{"resource_type": "file", "url": "http://[::1", "title": "F"}]},
     {"distribution": [{"@type": "DataDownload", "name": "F"}]}),
    ({"languages": ["fr", "http://publications.europa.eu/resource/authority/language/DEU"]}, {"inLanguage": ["fr", "deu"]}),
    ({"issued": "2020-01-02", "modified": "2021", "version": "2"},
     {"datePublished": "2020-01-02", "dateModified": "2021", "version": "2"}),
    ({"resources": [{"resource_type": "file", "url": "https://a.example/f", "format": "CSV", "size": 12, "title": "F"}]},
     {"distribution": [{"@type": "DataDownload", "contentUrl": "https://a.example/f", "encodingFormat": "CSV",
                        "contentSize": "12 B", "name": "F"}]}),
]  # fmt: skip


def test_a_page_says_what_the_record_says_in_the_forms_that_search_engines_take(site: Site) -> None:
    for number, (keys, due) in enumerate(_TERMS):
        id = keys.get("id", f"d{number}")
        site.store.revise([Put(dataset(**{"id": id, **keys}))])
        (script,) = re.findall("<script[^>]*>(.*?)</script>", site.get(f"/dataset/{quote(id, safe='')}").text)
        data = json.loads(script)
        assert {key: data.get(key) for key in due} == due
        assert data["includedInDataCatalog"]["url"] == "http://catalog.example/"
    assert len(_TERMS) == 31
