"""A record in schema.org's words, as search engines for datasets read it from the record's page.

What Google's documentation of structured data for datasets names, as far as the record says it. Values that its
readers take in one form only (times as ISO 8601, places by latitude first) are left out where they have no such form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from dcip_server.addresses import authority_of
from dcip_server.entities import LICENSE_NOT_SPECIFIED, Json
from dcip_server.formats import licenses, periods
from dcip_server.formats.agents import AGENTS, is_named_among
from dcip_server.formats.dates import read_date
from dcip_server.formats.dcip import pruned
from dcip_server.formats.extent import extent
from dcip_server.formats.rdf.terms import iri as iri_term
from dcip_server.formats.rdf.terms import iri_text, is_web_iri

#: Search engines read no more of a text; the whole of it stands in the record itself.
_MOST_CHARACTERS = 5000
_TYPES = {"dataservice": "WebAPI"}
#: Licences of the table whose terms make the data free of charge for everybody, by the Open Definition.
_FREE = re.compile(
    r"CC0-|CC-PDM-|cc-by$|cc-by-sa$|CC-BY-(SA-)?\d|ODbL-|ODC-By-|PDDL-|etalab-|fr-lo$|OGL-|uk-ogl$|DL-DE-(BY|ZERO)-\d|IODL-2|NLOD-"
)
_TIME = r"\d{4}(-\d\d(-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?)?)?"
_INTERVAL = re.compile(rf"({_TIME})(/({_TIME}|\.\.)?)?|\.\./{_TIME}")
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)


def render_page_data(value: Mapping[str, Json], page: str, catalog: str, site: str, iri: str | None = None) -> str:
    """The JSON-LD that stands in a ``script`` element of the record's page, safe there whatever the record says.

    ``iri`` is the record's own, where its source gave it one.
    """
    free = licenses.known(str(value.get("license_id") or value["license"]))
    data = {
        "@context": "https://schema.org/",
        "@type": _TYPES.get(value.get("entity_type", ""), "Dataset"),
        "@id": page,
        "url": page,
        "identifier": str(value["id"]),
        "name": value["title"],
        "description": value.get("description"),
        "license": _license(value),
        "isAccessibleForFree": True if free and _FREE.match(free.id) else None,
        "creator": _only([_agent(name) for name in _names(value, "author", "authors")]),
        "publisher": _only(
            [_agent(name, value.get("contact_point")) for name in _names(value, "maintainer", "publishers")]
        ),
        "keywords": value.get("tags"),
        "version": value.get("version"),
        "temporalCoverage": _intervals(value.get("temporal")),
        "spatialCoverage": _places(value),
        "inLanguage": [_language(text) for text in _texts(value.get("languages"))],
        "dateModified": _date(value.get("modified")) or value["metadata_modified"],
        "datePublished": _date(value.get("issued")),
        "sameAs": _address(iri) or _address(value.get("landing_page")),
        "isPartOf": _alone([text for text in _texts(value.get("in_series")) if _WEB.fullmatch(text)]),
        "includedInDataCatalog": {"@type": "DataCatalog", "name": catalog, "url": f"{site}/"},
        "distribution": [_download(resource) for resource in value["resources"]],
    }
    text = json.dumps(_shortened(pruned(data)), ensure_ascii=False, separators=(",", ":"))
    # No end of the element and no beginning of a comment can stand in it.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _shortened(value: Json) -> Json:
    if isinstance(value, str):
        return value[:_MOST_CHARACTERS]
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    return {key: _shortened(item) for key, item in value.items()} if isinstance(value, dict) else value


def _texts(value: Json) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _alone(texts: list[str]) -> Json:
    """A single value without a list around it, each once."""
    return _only(list(dict.fromkeys(texts)))


def _only(values: list[Json]) -> Json:
    return values[0] if len(values) == 1 else values


def _license(value: Mapping[str, Json]) -> Json:
    """The one URI of a licence that is known in whatever spelling, else the address that is given, or a work that is called so."""
    license = value.get("license_url") or value["license"]
    if license == LICENSE_NOT_SPECIFIED:
        return None
    if isinstance(license, str):
        return licenses.uri_of(license) or (
            license if _WEB.fullmatch(license) else {"@type": "CreativeWork", "name": license}
        )
    return license


def _names(value: Mapping[str, Json], key: str, several: str) -> list[str]:
    """Who is named under one key, or one by one under the other; a text that names them all is none of them."""
    name, names = value.get(key), value.get(several)
    if not isinstance(names, list) or not AGENTS.fits(names):
        names = []
    stated = [] if not isinstance(name, str) or is_named_among(name, names) else [name]
    return list(dict.fromkeys(filter(None, (*stated, *names))))


def _agent(name: str, contact: Json = None) -> dict[str, Json]:
    """Who is called so; an address stands for its own name."""
    known = (
        {key: contact[key] for key in ("name", "email", "url") if isinstance(contact.get(key), str)}
        if isinstance(contact, dict)
        else {}
    )
    return {
        "@type": "Organization",
        "name": name,
        "url": name if _WEB.fullmatch(name) else None,
        "contactPoint": {"@type": "ContactPoint", **known} if known else None,
    }


def _date(text: Json) -> str | None:
    return read_date(text) if isinstance(text, str) else None


def _address(text: Json) -> str | None:
    """An address of the web; what no URL may hold is percent-encoded, which leads to the same."""
    if not isinstance(text, str) or not authority_of(text.strip()):
        return None
    url = iri_text(iri_term(text.strip()))
    return url if is_web_iri(url) else None


def _intervals(text: Json) -> Json:
    """One interval or a list of them; what has no form that readers take is left out."""
    return (
        _alone([part for part in map(periods.normal, periods.several(text)) if _INTERVAL.fullmatch(part)])
        if isinstance(text, str)
        else None
    )


def _language(text: str) -> str:
    """The code at the end where an authority's IRI is given."""
    return text.rstrip("/").rpartition("/")[2].lower() if _WEB.fullmatch(text) else text


def _places(value: Mapping[str, Json]) -> Json:
    """Where the data are about: one place, or a list."""
    named = [
        {"@type": "Place", "sameAs" if _WEB.fullmatch(name) else "name": name} for name in _texts(value.get("places"))
    ]
    return _only([place for place in (_place(value.get("spatial")), *named) if place])


def _place(spatial: Json) -> dict[str, Json] | None:
    """A point, or the box around what a GeoJSON object covers: latitude before longitude."""
    found = extent(spatial)
    if found is None:
        return None
    west, south, east, north = map(_degrees, found)
    if (west, south) == (east, north):
        geometry: dict[str, Json] = {"@type": "GeoCoordinates", "latitude": south, "longitude": west}
    else:
        geometry = {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}
    return {"@type": "Place", "geo": geometry}


def _degrees(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _download(resource: Mapping[str, Json]) -> Json:
    size = resource.get("size")
    return {
        "@type": "DataDownload",
        "contentUrl": _address(resource["url"]),
        "encodingFormat": resource.get("mimetype") or resource.get("format"),
        "contentSize": f"{size} B" if isinstance(size, int) else None,
        "name": resource.get("title"),
        "description": resource.get("description"),
        "dateModified": _date(resource.get("last_modified")),
    }
