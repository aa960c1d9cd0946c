"""The place and the time covered, as RDF has them: kinds of values for ``fields.py``."""

from __future__ import annotations

from dcip_server.entities import Json
from dcip_server.formats import periods
from dcip_server.formats.geometry import is_geojson, is_place_name, read_geometry, together
from dcip_server.formats.json_value import geojson_text
from dcip_server.formats.kinds import LINKS_OR_TEXTS, TEXT, Kind, label, lexical, preferred
from dcip_server.formats.rdf.graph import Graph
from dcip_server.formats.rdf.terms import is_literal, literal, literal_language, literal_text, time_literal
from dcip_server.formats.rdf.write import Object, Said
from dcip_server.namespaces import DCAT, DCTERMS, GEOJSON_DATATYPE, GEOSPARQL, LOCN, RDF, SCHEMA, SCHEMA_HTTPS, TIME


def _write_geojson(value: Json) -> list[Object]:
    geometry = literal(geojson_text(value), GEOJSON_DATATYPE)
    return [{RDF.type: [DCTERMS.Location], LOCN.geometry: [geometry]}]


def _read_geojson(objects: list[str], graph: Graph) -> Json | None:
    return together(geometry for term in objects if (geometry := _geometry_of(term, graph)))


#: Where a place has its geometry, its outline first; and where a node that stands there says it.
_GEOMETRIES = (
    LOCN.geometry, GEOSPARQL.hasGeometry, GEOSPARQL.asGeoJSON, GEOSPARQL.asWKT, "<http://www.opengis.net/rdf#asWKT>", DCAT.bbox,
    DCAT.centroid,
)  # fmt: skip
_TEXTS_OF_GEOMETRIES = (GEOSPARQL.asGeoJSON, GEOSPARQL.asWKT)


def _geometry_of(place: str, graph: Graph) -> Json | None:
    if is_literal(place):
        return read_geometry(literal_text(place))
    for predicate in _GEOMETRIES:
        texts = [text for term in graph.objects(place, predicate) for text in _geometry_texts(term, graph)]
        # The source's own GeoJSON before what would be made of another text.
        texts.sort(key=lambda text: (not text.lstrip().startswith("{"), text))
        if found := next(filter(None, map(read_geometry, texts)), None):
            return found
    return None


def _geometry_texts(term: str, graph: Graph) -> list[str]:
    terms = [term] if is_literal(term) else [text for key in _TEXTS_OF_GEOMETRIES for text in graph.objects(term, key)]
    return [literal_text(text) for text in terms if is_literal(text)]


def _are_place_names(value: Json) -> bool:
    return LINKS_OR_TEXTS.fits(value) and all(map(is_place_name, value))


def _read_places(objects: list[str], graph: Graph) -> Json | None:
    names = {label(term, graph) for term in objects if not (is_literal(term) and literal_language(term))}
    # One name in several languages is one place.
    names.add(preferred([term for term in objects if is_literal(term) and literal_language(term)]))
    return sorted(name for name in names if name and is_place_name(name)) or None


def _write_temporal(value: str) -> list[Object]:
    # As it is where RDF takes that: a day may have a zone there.
    found = {text: periods.ends(text) or periods.ends(periods.normal(text)) for text in periods.several(value)}
    return [_write_period(*ends) if ends else literal(text) for text, ends in found.items()]


def _write_period(start: str, end: str) -> Object:
    period: Said = {RDF.type: [DCTERMS.PeriodOfTime]}
    if start:
        period[DCAT.startDate] = [time_literal(start)]
    if end:
        period[DCAT.endDate] = [time_literal(end)]
    return period


def _read_temporal(objects: list[str], graph: Graph) -> Json | None:
    texts = [_read_period(term, graph) for term in objects if not (is_literal(term) and literal_language(term))]
    # One text in several languages is one period.
    translated = preferred([term for term in objects if is_literal(term) and literal_language(term)])
    return periods.joined(map(periods.normal, filter(None, (*texts, translated))))


def _read_period(term: str, graph: Graph) -> str | None:
    if is_literal(term):
        return literal_text(term)
    start, end = (_read_end(term, name, instant, graph) for name, instant in _ENDS)
    return periods.interval(start, end) or label(term, graph)


#: What an end of a period is called, and the same as an instant of the Time Ontology.
_ENDS = (("startDate", TIME.hasBeginning), ("endDate", TIME.hasEnd))
_INSTANTS = (TIME.inXSDDate, TIME.inXSDDateTimeStamp, TIME.inXSDDateTime, TIME.inXSDgYearMonth, TIME.inXSDgYear)


def _read_end(period: str, name: str, instant: str, graph: Graph) -> str:
    if stated := _lexical_of(graph.objects(period, DCAT[name], SCHEMA[name], SCHEMA_HTTPS[name])):
        return stated
    nodes = [node for node in graph.objects(period, instant) if not is_literal(node)]
    return min(filter(None, (_lexical_of(graph.objects(node, *_INSTANTS)) for node in nodes)), default="")


def _lexical_of(objects: list[str]) -> str:
    return min(filter(None, map(lexical, objects)), default="")


GEOJSON = Kind(is_geojson, _write_geojson, _read_geojson)
PLACES = Kind(_are_place_names, LINKS_OR_TEXTS.write, _read_places, exact=LINKS_OR_TEXTS.exact)
TEMPORAL = Kind(
    lambda value: TEXT.fits(value) and value == value.strip(),
    _write_temporal,
    _read_temporal,
    exact=lambda value: periods.joined(map(periods.normal, periods.several(value))) == value,
    recurs=True,
)
