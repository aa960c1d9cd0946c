"""IB1's RDF: datasets, services and series with their terms under keys of their own, known by their IRIs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.formats.conftest import Catalog, comparable

_X = "https://data.example.org/"
_MEMBER = "https://directory.example.org/member/7"
_NAMESPACES = (
    "https://registry.trust.ib1.org/ns/1.0#",
    "https://registry.core.trust.ib1.org/ns/1.0#",
    "http://ib1.org/terms/",
)
_TURTLE = f"""
@prefix ib1: <NAMESPACE> . @prefix adms: <http://www.w3.org/ns/adms#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
<{_X}d> a dcat:Dataset ; dct:title "Vögel"@de, "Birds"@en, "Birds, untagged" ; dct:description "All birds." ;
    dct:identifier "another" ; dct:publisher <https://city.example.org/>, <{_MEMBER}> ;
    dct:license <https://creativecommons.org/licenses/by/4.0/> ; dct:conformsTo <{_X}standard> ;
    dcat:version "1.1" ; adms:versionNotes "A column more."@en ; dcat:inSeries <{_X}r> ;
    dcat:keyword "owl"@en, "bird"@en, "bird"@de ;
    ib1:sensitivityClass <https://registry.trust.ib1.org/sensitivity-class/IB1-O> ; ib1:scheme <{_X}scheme> ;
    ib1:trustFramework <{_X}framework> ; ib1:datasetAssurance <{_X}level> ; ib1:dataSchema <{_X}schema> ;
    dcat:distribution <{_X}d#1>, <{_X}d#2> .
<{_X}d#1> a dcat:Distribution ; dcat:downloadURL <{_X}1.csv> ; dcat:mediaType "text/csv"@en ; dcat:byteSize 5 ;
    dct:description "As a table." ; ib1:dataSchema <{_X}schema> .
<{_X}d#2> a dcat:Distribution ; dcat:downloadURL <{_X}2.geojson> ; dcat:mediaType "application/geo+json" .
<{_X}s> a dcat:DataService ; dct:title "API"@en-GB, "Schnittstelle" ; dct:publisher <{_MEMBER}> ;
    dcat:endpointURL <{_X}api> ; dcat:endpointDescription <{_X}api.json> ; dcat:servesDataset <{_X}d> ;
    ib1:sensitivityClass "IB1-SA" ; ib1:heartbeatDescription <{_X}heartbeat> ; ib1:oauthIssuer <{_X}oauth> .
<{_X}r> a dcat:DatasetSeries ; dct:title "Series"@en .
<{_X}record> a dcat:CatalogRecord ; foaf:primaryTopic <{_X}d> ; dct:issued "1999-01-01" ; dct:modified "1999-01-02" .
"""
_DUE: dict[tuple[str, str], dict[str, Any]] = {
    ("d", "dataset"): {
        "title": "Birds", "uri": _X + "d", "description": "All birds.", "version": "1.1",
        "version_notes": "A column more.", "maintainer": _MEMBER, "publishers": ["https://city.example.org/", _MEMBER],
        "license": "https://creativecommons.org/licenses/by/4.0/", "tags": ["bird", "owl"],
        "sensitivity_class": "https://registry.trust.ib1.org/sensitivity-class/IB1-O", "scheme": _X + "scheme",
        "trust_framework": _X + "framework", "assurance": _X + "level", "data_schema": _X + "schema",
        "conforms_to": [_X + "standard"], "in_series": [_X + "r"],
    },
    ("s", "dataservice"): {
        "title": "API", "uri": _X + "s", "maintainer": _MEMBER, "publishers": [_MEMBER],
        "sensitivity_class": "https://registry.trust.ib1.org/sensitivity-class/IB1-SA",
        "endpoint_url": _X + "api", "endpoint_description": _X + "api.json", "oauth_issuer": _X + "oauth",
        "heartbeat_description": _X + "heartbeat", "serves_dataset": [_X + "d"],
        "resources": [
            {"resource_type": "api", "url": _X + "api"}, {"resource_type": "doc", "url": _X + "api.json"},
        ],
    },
    ("r", "datasetseries"): {
        "title": "Series", "uri": _X + "r", "members": [_X + "d"], "resources": [],
        "license": "https://creativecommons.org/licenses/by/4.0/",
    },
}  # fmt: skip


@pytest.mark.parametrize("namespace", _NAMESPACES)
@pytest.mark.parametrize(("name", "entity"), _DUE)
def test_an_entry_is_served_under_its_iri_with_every_term(
    catalog: Catalog, name: str, entity: str, namespace: str
) -> None:
    assert catalog.take_turtle(_TURTLE.replace("NAMESPACE", namespace)).refused == []
    found = catalog.json(_X + name, entity)
    assert {key: found.get(key) for key in _DUE[name, entity]} == _DUE[name, entity]


def test_each_distribution_is_a_file_with_a_short_format(catalog: Catalog) -> None:
    catalog.take_turtle(_TURTLE.replace("NAMESPACE", _NAMESPACES[0]))
    first, second = catalog.json(_X + "d")["resources"]
    due = {"resource_type": "file", "url": _X + "1.csv", "mimetype": "text/csv", "format": "CSV", "size": 5}
    assert first | due | {"title": "As a table.", "schema": _X + "schema"} == first
    assert second["format"] == "GEO+JSON"


@pytest.mark.parametrize(
    ("published", "served"),
    [
        ("http://www.creativecommons.org/licenses/by/4.0/deed.fr", "https://creativecommons.org/licenses/by/4.0/"),
        (
            "http://www.creativecommons.org/licenses/by/4.0/deed.fr?x=1#y",
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        ("https://creativecommons.org/licenses/by/4.0/rdf", "https://creativecommons.org/licenses/by/4.0/"),
        (
            "http://www.creativecommons.org:80/licenses/BY/3.0/igo/deed.de",
            "https://creativecommons.org/licenses/by/3.0/igo/",
        ),
        # As IB1's list of open licenses has them.
        ("https://opendefinition.org/licenses/cc-by", "https://creativecommons.org/licenses/by/4.0/"),
        ("http://www.opendefinition.org/licenses/cc-by-sa/", "https://creativecommons.org/licenses/by-sa/4.0/"),
        ("https://opendefinition.org/licenses/gfdl", "https://www.gnu.org/licenses/fdl-1.3.html"),
        ("https://spdx.org/licenses/LAL-1.2", "https://artlibre.org/licence/lal/en/"),
        ("https://x.example.org/license?by=4.0", "https://x.example.org/license?by=4.0"),
        ("https://x.example.org/own-license", "https://x.example.org/own-license"),
    ],
)
def test_a_license_is_served_by_the_address_that_is_known_for_it(catalog: Catalog, published: str, served: str) -> None:
    text = _TURTLE.replace("NAMESPACE", _NAMESPACES[0])
    catalog.take_turtle(text.replace("https://creativecommons.org/licenses/by/4.0/", published))
    found = catalog.json(_X + "d")
    assert (found["license"], found.get("license_url", served)) == (served, served)
    # An address whose host nobody can read is text.
    written = f'"{published}"' if "\u2100" in published else f"<{published}>"
    assert written in catalog.objects(_X + "d", "http://purl.org/dc/terms/license")


@pytest.mark.parametrize(
    ("own", "other", "served"),
    [
        ("", "<https://creativecommons.org/licenses/by/4.0/>", "https://creativecommons.org/licenses/by/4.0/"),
        (
            "",
            "<http://www.creativecommons.org/licenses/by/4.0/deed.fr?x=1#y>",
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        (
            "",
            "<https://spdx.org/licenses/CC-BY-4.0>, <https://creativecommons.org/licenses/by/4.0/rdf>",
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        ("", "<https://opendatacommons.org/licenses/odbl/1-0/>", "notspecified"),
        ("", "<https://spdx.org/licenses/CC-BY-4.0>, <https://opendatacommons.org/licenses/odbl/1-0/>", "notspecified"),
        ("", '"CC BY 4.0"', "notspecified"),
        ("; dct:license <https://x.example.org/own>", '"CC BY 4.0"', "https://x.example.org/own"),
    ],
)
def test_a_series_has_the_license_that_its_members_agree_on(
    catalog: Catalog, own: str, other: str, served: str
) -> None:
    text = _TURTLE.replace("NAMESPACE", _NAMESPACES[0]).replace('"Series"@en', f'"Series"@en {own}')
    text += f"""<{_X}e> a dcat:Dataset ; dct:title "E" ; dcat:inSeries <{_X}r> ; dct:license {other} ;
        ib1:sensitivityClass "IB1-O" ."""
    assert catalog.take_turtle(text).refused == []
    assert catalog.json(_X + "r", "datasetseries")["license"] == served
    assert catalog.json(_X + "e")["sensitivity_class"] == "https://registry.trust.ib1.org/sensitivity-class/IB1-O"
    assert '"IB1-O"' in catalog.objects(_X + "e", "https://registry.trust.ib1.org/ns/1.0#sensitivityClass")


@pytest.mark.parametrize("given", ['[ dct:title "IB1-O" ]', "[]", '( "IB1-O" )', '""', "<x>", '"IB1-O", "IB1-SA"'])
def test_a_sensitivity_class_that_is_none_is_kept_and_stops_no_import(catalog: Catalog, given: str) -> None:
    predicate = f"{_NAMESPACES[0]}sensitivityClass"
    text = f"""<{_X}1> a dcat:Dataset ; dct:title "A" ; <{predicate}> {given} .
        <{_X}2> a dcat:Dataset ; dct:title "B" ."""
    assert catalog.take_turtle(text).refused == []
    assert catalog.ids() == [_X + "1", _X + "2"]
    assert catalog.objects(_X + "1", predicate)
    assert "dcat:Dataset" in catalog.page("/catalog.ttl").decode()


@pytest.mark.parametrize("series", ["dcat:Dataset, dcat:DatasetSeries", "dcat:DataSeries, dcat:Dataset"])
def test_a_series_that_is_typed_as_a_dataset_too_is_a_series(catalog: Catalog, series: str) -> None:
    text = _TURTLE.replace("NAMESPACE", _NAMESPACES[0]).replace("a dcat:DatasetSeries", f"a {series}")
    assert catalog.take_turtle(text).refused == []
    assert catalog.ids() == [_X + "d"]
    assert catalog.json(_X + "r", "datasetseries")["members"] == [_X + "d"]


def test_record_times_are_the_catalogs_and_not_the_files(catalog: Catalog) -> None:
    catalog.take_turtle(_TURTLE.replace("NAMESPACE", _NAMESPACES[0]))
    found = catalog.json(_X + "d")
    assert not found["metadata_created"].startswith("1999")
    assert not found["metadata_modified"].startswith("1999")


def test_a_dataset_without_ib1_terms_is_read_as_any_other(catalog: Catalog) -> None:
    catalog.take_turtle(f'<{_X}d> a dcat:Dataset ; dct:title "A"@de, "B" ; dct:identifier "7" .')
    assert catalog.ids() == ["7"]
    assert (catalog.json("7")["title"], catalog.json("7")["uri"]) == ("B", _X + "d")


_RECORDS = (("d", "dataset"), ("s", "dataservice"), ("r", "datasetseries"))


def _with_record_times(n3: bytes) -> bytes:
    """The document as it is when the catalog's own times are long past."""
    found = re.sub(rb'(dcterms:issued) "[^"]+Z"', rb'\1 "2001-02-03T04:05:06Z"', n3)
    return re.sub(rb'(dcterms:modified) "[^"]+Z"', rb'\1 "2002-02-03T04:05:06Z"', found)


@pytest.mark.parametrize("series", ["dcat:DatasetSeries", "dcat:Dataset, dcat:DatasetSeries", "dcat:DataSeries"])
@pytest.mark.parametrize(("name", "entity"), _RECORDS)
def test_an_entry_comes_back_from_its_n3_with_all_keys_and_the_times_of_the_catalog(
    new_catalog: Callable[[], Catalog], name: str, entity: str, series: str
) -> None:
    catalogs = [new_catalog() for _ in range(3)]
    text = _TURTLE.replace("NAMESPACE", _NAMESPACES[0]).replace("a dcat:DatasetSeries", f"a {series}")
    text = text.replace('dct:title "Series"@en', 'dct:title "Series"@en, "Untagged"')
    assert catalogs[0].take_turtle(text).refused == []
    due = catalogs[0].json(_X + name, entity)
    due |= {"metadata_created": "2001-02-03T04:05:06Z", "metadata_modified": "2002-02-03T04:05:06Z"}
    served = _with_record_times(catalogs[0].n3(_X + name, entity))
    for catalog in catalogs[1:]:
        assert catalog.take(served, "records.n3").refused == []
        assert comparable(catalog.json(_X + name, entity)) == comparable(due)
        served = catalog.n3(_X + name, entity)


def test_a_dataset_that_entries_are_in_as_in_a_series_comes_back_from_its_n3_with_its_members(
    new_catalog: Callable[[], Catalog],
) -> None:
    catalogs = [new_catalog() for _ in range(2)]
    text = _TURTLE.replace("NAMESPACE", _NAMESPACES[0]).replace("a dcat:DatasetSeries", "a dcat:Dataset")
    assert catalogs[0].take_turtle(text).refused == []
    due = catalogs[0].json(_X + "r")
    assert due["members"] == [_X + "d"]
    assert catalogs[1].take(catalogs[0].n3(_X + "r"), "records.n3").refused == []
    assert comparable(catalogs[1].json(_X + "r")) == comparable(due)


def test_a_series_has_the_same_members_in_a_catalog_that_took_the_feed(catalogs: tuple[Catalog, Catalog]) -> None:
    catalogs[0].take_turtle(_TURTLE.replace("NAMESPACE", _NAMESPACES[0]))
    assert catalogs[1].take(catalogs[0].page("/catalog.ttl"), "catalog.ttl").refused == []
    assert catalogs[1].json(_X + "r", "datasetseries") == catalogs[0].json(_X + "r", "datasetseries")


@pytest.mark.parametrize("identifier", ["", 'dct:identifier "B 1" ;'], ids=["none", "an identifier"])
@pytest.mark.parametrize("kind", ["dataset", "dataservice"])
def test_an_entry_without_an_iri_has_none_after_a_way_through_n3(
    new_catalog: Callable[[], Catalog], identifier: str, kind: str
) -> None:
    catalogs = [new_catalog() for _ in range(3)]
    rdf_class = {"dataset": "Dataset", "dataservice": "DataService"}[kind]
    assert catalogs[0].take_turtle(f"""
        [] a dcat:{rdf_class} ; dct:title "B" ; {identifier} dcat:endpointURL <{_X}api> ;
            <{_NAMESPACES[0]}sensitivityClass> "IB1-SA" ; dcat:inSeries <{_X}r> .
        <{_X}r> a dcat:DatasetSeries ; dct:title "Series" .
    """).refused == []  # fmt: skip
    (id,) = catalogs[0].ids(kind)
    due = catalogs[0].json(id, kind)
    assert catalogs[1].take(catalogs[0].n3(id, kind), "records.n3").refused == []
    assert catalogs[1].json(id, kind) == due
    assert catalogs[2].take(catalogs[0].page("/catalog.ttl"), "catalog.ttl").refused == []
    assert catalogs[2].json(id, kind).keys() == due.keys()
    assert "members" not in catalogs[2].json(_X + "r", "datasetseries")
