"""Values that results are narrowed down to: one for all spellings of the same format or licence.

Records keep what their source says; only where values are counted, compared and shown in lists do spellings fall together.
"""

from __future__ import annotations

from functools import lru_cache

from dcip_server.formats.licenses import known
from dcip_server.namespaces import MEDIA_TYPE_BASE

_FORMAT = "format"
_LICENSE = "license"
#: Longer texts are not the name of a format.
_LONGEST = 100
#: What stands before the name where a format is an IRI: of media types, and of the EU's and the USA's file types.
_BASES = (
    MEDIA_TYPE_BASE, "http://www.iana.org/assignments/media-types/",
    "http://publications.europa.eu/resource/authority/file-type/", "https://resources.data.gov/vocab/file-type/todo/",
)  # fmt: skip
#: What people call a format, and what else sources call it, without regard to case.
_FORMATS = {
    "API": (),
    "Atom": ("application/atom+xml",),
    "CSV": ("text/csv", "application/csv", "text/comma-separated-values", "csv file", "type/csv"),
    "DOC": ("application/msword",),
    "DOCX": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    "ESRI REST": ("arcgis geoservices rest api", "arcgis rest", "esri_rest"),
    "GeoJSON": ("application/geo+json", "application/vnd.geo+json", "geo+json", "geo json"),
    "GeoPackage": ("gpkg", "application/geopackage+sqlite3"),
    "GeoTIFF": ("image/tiff;application=geotiff",),
    "GML": ("application/gml+xml",),
    "GPX": ("application/gpx+xml",),
    "GTFS": (),
    "GZIP": ("application/gzip", "application/x-gzip", "gz"),
    "HTML": ("text/html", "web page", "webpage", "page web", "htm"),
    "iCalendar": ("text/calendar", "ical", "ics"),
    "JPEG": ("image/jpeg", "jpg"),
    "JSON": ("application/json", "text/json"),
    "JSON-LD": ("application/ld+json", "json_ld", "jsonld"),
    "KML": ("application/vnd.google-earth.kml+xml",),
    "KMZ": ("application/vnd.google-earth.kmz", "application/vnd.google-earth.kmz+xml"),
    "NetCDF": ("application/x-netcdf", "application/netcdf"),
    "N-Triples": ("application/n-triples", "rdf_n_triples", "nt"),
    "ODS": ("application/vnd.oasis.opendocument.spreadsheet",),
    "ODT": ("application/vnd.oasis.opendocument.text",),
    "Parquet": ("application/vnd.apache.parquet",),
    "PDF": ("application/pdf",),
    "PNG": ("image/png",),
    "RDF/XML": ("application/rdf+xml", "rdf_xml"),
    "RSS": ("application/rss+xml", "rss+xml"),
    "SHP": ("shapefile", "esri shapefile", "application/x-shapefile", "shape"),
    "TIFF": ("image/tiff", "tif"),
    "TSV": ("text/tab-separated-values", "text/tsv"),
    "Turtle": ("text/turtle", "rdf_turtle", "ttl"),
    "TXT": ("text/plain", "text"),
    "WFS": ("ogc wfs", "ogc:wfs", "wfs_srvc", "application/vnd.ogc.wfs_xml"),
    "WMS": ("ogc wms", "ogc:wms", "wms_srvc", "application/vnd.ogc.wms_xml"),
    "XLS": ("application/vnd.ms-excel", "excel", "excel file"),
    "XLSX": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    "XML": ("application/xml", "text/xml"),
    "ZIP": ("application/zip", "application/x-zip-compressed", "application/x-zip"),
}  # fmt: skip
_NAMES = {spelling.casefold(): name for name, others in _FORMATS.items() for spelling in (name, *others)}


def facet_value(facet: str, text: str) -> str:
    """The value that a text means: what the catalog calls a format or licence that it knows, else the text itself."""
    if facet == _FORMAT:
        return _format(text)
    if facet == _LICENSE:
        found = known(text)
        return found.id if found else text
    return text


def facet_identity(facet: str, text: str) -> str:
    """What is the same for all spellings of a value, and tells it from all others of the facet."""
    value = facet_value(facet, text)
    return " ".join(value.casefold().split()) if facet in (_FORMAT, _LICENSE) else value


@lru_cache(maxsize=4096)
def _format(text: str) -> str:
    if len(text) > _LONGEST:
        return text
    name = " ".join(text.casefold().split())
    for base in _BASES:
        name = name.removeprefix(base)
    return _NAMES.get(name) or _NAMES.get(name.lstrip(".")) or text
