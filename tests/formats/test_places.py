"""The place covered, as sources write it: in the record, in the N3, in data.json and for search engines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dcip_server.formats import dcat_us
from dcip_server.formats.schema_org import render_page_data
from tests.formats.conftest import Catalog

_GEO = (
    "@prefix locn: <http://www.w3.org/ns/locn#> . @prefix gsp: <http://www.opengis.net/ont/geosparql#> . "
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . "
)
_BOX = {"type": "Polygon", "coordinates": [[[4, 51], [5, 51], [5, 52.5], [4, 52.5], [4, 51]]]}
_POINT = {"type": "Point", "coordinates": [4.35, 50.85]}
_OTHER = {"type": "Point", "coordinates": [-1, 2]}
_CRS = "http://www.opengis.net/def/crs"

#: A text for a place, and the GeoJSON that it says.
_GEOMETRIES: list[tuple[str, Any]] = [
    ("POLYGON((4 51, 5 51, 5 52.5, 4 52.5, 4 51))", _BOX),
    (" Polygon (( 4 51 ,5 51 ,\n5 52.50 , 4. 52.5 , 4e0 51.0 )) ", _BOX),
    ("POLYGON((4 51, 5 51, 5 52.5, 4 52.5))", _BOX),
    ("POINT(4.35 50.85)", _POINT),
    ("Point Z (4.35 50.85 12)", {"type": "Point", "coordinates": [4.35, 50.85, 12]}),
    ("SRID=4326;POINT(4.35 50.85)", _POINT),
    (f"<{_CRS}/OGC/1.3/CRS84> POINT(4.35 50.85)", _POINT),
    (f"<{_CRS}/EPSG/0/4326> POINT(50.85 4.35)", _POINT),
    (f"<{_CRS}/EPSG/0/4258>POINT(50.85 4.35)", _POINT),
    ("LINESTRING(1 2,3 4)", {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}),
    ("MULTIPOINT((1 2),(3 4))", {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}),
    ("MULTIPOINT(1 2,3 4)", {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}),
    ("MULTILINESTRING((1 2,3 4),(5 6,7 8))", {"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]}),
    ("MULTIPOLYGON(((4 51,5 51,5 52.5,4 52.5,4 51)))", {"type": "MultiPolygon", "coordinates": [_BOX["coordinates"]]}),
    ("ENVELOPE(4, 5, 52.5, 51)", _BOX),
    ("4,51,5,52.5", _BOX),
    (" 4.0, 51, +5 ,52.5 ", _BOX),
    ("4.35,50.85,4.35,50.85", _POINT),
    ("4,51,5,51", {"type": "LineString", "coordinates": [[4, 51], [5, 51]]}),
    (json.dumps(_POINT), _POINT),
    # What is not on the Earth, not in degrees, in a system that is not known here, not whole, or may mean several things.
    ("POINT(120749.725 487589.422)", None),
    ("POINT(50.85 400)", None),
    (f"<{_CRS}/EPSG/0/28992> POINT(12.5 48.4)", None),
    ("SRID=28992;POINT(12.5 48.4)", None),
    ("POLYGON((4 51, 5 51", None),
    ("POLYGON(4 51, 5 51, 5 52)", None),
    ("POINT(4)", None),
    ("POINT EMPTY", None),
    ("POINT M (1 2 3)", None),
    ("GEOMETRYCOLLECTION(POINT(1 2))", None),
    ("POINT" + "(" * 5000 + "1 2" + ")" * 5000, None),
    ("5,51,4,52", None),
    ("4,51,5", None),
    ("1e999,1,1e999,2", None),
    ("170,51,190,52", None),
    ('{"type": "Point", "coordinates": [4, NaN]}', None),
    ('{"type": "Place"}', None),
]  # fmt: skip


def _page(found: dict[str, Any]) -> Any:
    return json.loads(render_page_data(found, "http://p.example/", "C", "http://p.example")).get("spatialCoverage")


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@pytest.mark.parametrize(("text", "due"), _GEOMETRIES, ids=[case[0][:50] for case in _GEOMETRIES])
def test_a_text_that_says_where_is_the_place_of_the_record_wherever_it_stands(
    catalogs: tuple[Catalog, Catalog], text: str, due: Any
) -> None:
    catalog, other = catalogs
    quoted = _literal(text)
    stated = [
        quoted, f"[ locn:geometry {quoted}^^gsp:wktLiteral ]", f"[ dcat:bbox {quoted} ]", f"[ dcat:centroid {quoted} ]",
        f"[ gsp:asWKT {quoted} ]", f"[ gsp:hasGeometry [ gsp:asWKT {quoted} ] ]", f"[ locn:geometry [ gsp:asGeoJSON {quoted} ] ]",
    ]  # fmt: skip
    turtle = "".join(f':d{n} a dcat:Dataset ; dct:title "A" ; dct:spatial {place} . ' for n, place in enumerate(stated))
    assert catalog.take_turtle(_GEO + turtle).refused == []
    pods = [text, {"@type": "Location", "bbox": text}, [{"centroid": text}]]
    for n, spatial in enumerate(pods):
        assert (
            catalog.take_json({"identifier": f"p{n}", "title": "A", "keyword": ["k"], "spatial": spatial}).refused == []
        )
    packages = [{"spatial": text}, {"extras": {"spatial": text}}, {"extras": [{"key": "spatial", "value": text}]}]
    for n, package in enumerate(packages):
        record = {"id": f"c{n}", "name": f"c{n}", "title": "A", **package}
        assert catalog.take_json(record, format="ckan").refused == []
    content = {
        "@context": {"dct": "http://purl.org/dc/terms/"},
        "@id": "https://a.example/1",
        "dct:title": "A",
        "dct:spatial": text,
    }
    assert catalog.take_json({"content": content, "access": []}).refused == []

    ids = [*(f"http://data.example/d{n}" for n in range(len(stated))), *(f"p{n}" for n in range(len(pods)))]
    ids += [*(f"c{n}" for n in range(len(packages))), "https://a.example/1"]
    for id in ids:
        found = catalog.json(id)
        assert (found.get("spatial"), (_page(found) is None)) == (due, due is None), id
        assert other.take(catalog.n3(id), "records.n3").refused == []
        assert other.json(id).get("spatial") == due, id
        assert "places" not in found


#: dcterms:spatial in Turtle, the same in data.json or DCAT-US 3, our keys, and what data.json and search engines read.
_NAMES: list[tuple[str, Any, dict[str, Any], Any, Any]] = [
    ('"Schweiz"', "Schweiz", {"places": ["Schweiz"]}, "Schweiz", {"@type": "Place", "name": "Schweiz"}),
    ('"Uri", "Zug"', ["Uri", "Zug"], {"places": ["Uri", "Zug"]}, "Uri; Zug", [{"@type": "Place", "name": "Uri"}, {"@type": "Place", "name": "Zug"}]),
    ("<https://sws.geonames.org/2673730/>", {"@id": "https://sws.geonames.org/2673730/"}, {"places": ["https://sws.geonames.org/2673730/"]},
     "https://sws.geonames.org/2673730/", {"@type": "Place", "sameAs": "https://sws.geonames.org/2673730/"}),
    ('[ skos:prefLabel "Stockholm" ]', [{"@type": "Location", "prefLabel": "Stockholm"}], {"places": ["Stockholm"]},
     "Stockholm", {"@type": "Place", "name": "Stockholm"}),
    ('[ locn:geographicName "Stockholm" ; dcat:bbox "4,51,5,52.5" ]', {"prefLabel": "Stockholm", "bbox": "4,51,5,52.5"},
     {"places": ["Stockholm"], "spatial": _BOX}, _BOX,
     [{"@type": "Place", "geo": {"@type": "GeoShape", "box": "51 4 52.5 5"}}, {"@type": "Place", "name": "Stockholm"}]),
    # The outline before the box before the centre; of several places all.
    ('[ dcat:centroid "POINT(0 0)" ; dcat:bbox "POINT(1 1)" ; locn:geometry "POINT(4.35 50.85)" ]',
     {"centroid": "POINT(0 0)", "bbox": "POINT(1 1)", "geometry": "POINT(4.35 50.85)"}, {"spatial": _POINT},
     _POINT, {"@type": "Place", "geo": {"@type": "GeoCoordinates", "latitude": 50.85, "longitude": 4.35}}),
    ('"POINT(4.35 50.85)", [ dcat:bbox "POINT(-1 2)" ], "POINT(-1 2)"', ["POINT(4.35 50.85)", {"bbox": "POINT(-1 2)"}, "POINT(-1 2)"],
     {"spatial": {"type": "GeometryCollection", "geometries": [_OTHER, _POINT]}}, ...,
     {"@type": "Place", "geo": {"@type": "GeoShape", "box": "2 -1 50.85 4.35"}}),
    ('"12"', "12", {}, "12", None),
    ('[ locn:geometry "POINT(4.35" ]', {"geometry": "POINT(4.35"}, {}, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("turtle", "us_3", "ours", "plain", "page"), _NAMES, ids=[case[0] for case in _NAMES])
def test_names_and_geometries_of_places_are_the_same_from_rdf_and_from_data_json(
    catalogs: tuple[Catalog, Catalog], turtle: str, us_3: Any, ours: dict[str, Any], plain: Any, page: Any
) -> None:
    catalog, other = catalogs
    assert catalog.take_turtle(f'{_GEO} :d a dcat:Dataset ; dct:title "A" ; dct:spatial {turtle} .').refused == []
    assert catalog.take_json({"identifier": "1", "title": "A", "keyword": ["k"], "spatial": us_3}).refused == []
    for id in ("http://data.example/d", "1"):
        found = catalog.json(id)
        assert {key: found[key] for key in ("spatial", "places") if key in found} == ours
        assert _page(found) == page
        written = dcat_us.render_dataset(found).get("spatial")
        # What is no place to us is still what its source says.
        if isinstance(plain, dict):
            written = json.loads(written)
        assert plain is ... or written == (plain if ours or id == "1" else None)
        assert other.take(catalog.n3(id), "records.n3").refused == []
        assert {key: item for key, item in other.json(id).items() if key in ("spatial", "places")} == ours


def test_a_name_in_several_languages_is_one_place(catalog: Catalog) -> None:
    text = ':d a dcat:Dataset ; dct:title "A" ; dct:spatial "Schweiz"@de, "Switzerland"@en, "Uri" .'
    assert catalog.take_turtle(text).refused == []
    assert catalog.json("http://data.example/d")["places"] == ["Switzerland", "Uri"]


def test_a_package_of_ckan_that_names_a_place_is_there(catalog: Catalog) -> None:
    extra = {"key": "spatial", "value": "Puerto Rico"}
    package = {"id": "c", "name": "c", "title": "A", "tags": [{"name": "k"}], "extras": [extra]}
    assert catalog.take_json(package, format="ckan").refused == []
    found = catalog.json("c")
    assert (found["places"], found["ckan"]["extras"]) == (["Puerto Rico"], [extra])


@pytest.mark.parametrize("places", [["Zug", "Uri"], ["Uri", "Uri"], ["Uri"], ["POINT(1 2)", "Uri"], "Uri", []])
def test_places_of_the_draft_s_json_come_back_from_the_n3_in_their_order(
    catalogs: tuple[Catalog, Catalog], places: Any
) -> None:
    record = {"id": "order", "title": "A", "license": "l", "resources": [], "spatial": _POINT, "places": places}
    assert catalogs[0].take_json(record).refused == []
    assert catalogs[1].take(catalogs[0].n3("order"), "records.n3").refused == []
    assert [catalog.json("order").get("places") for catalog in catalogs] == [places or None] * 2
