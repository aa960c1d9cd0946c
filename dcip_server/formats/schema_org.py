"""A record in schema.org's words, as search engines for datasets read it from the record's page."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Json
from dcip_server.formats.dcip import pruned

#: Search engines read no more of a text; the whole of it stands in the record itself.
_MOST_CHARACTERS = 5000
_TYPES = {"dataservice": "WebAPI"}


def render_page_data(value: Mapping[str, Json], page: str, catalog: str, site: str) -> str:
    """The JSON-LD that stands in a ``script`` element of the record's page, safe there whatever the record says."""
    license = value.get("license_url") or value["license"]
    data = {
        "@context": "https://schema.org/",
        "@type": _TYPES.get(value.get("entity_type", ""), "Dataset"),
        "@id": page,
        "url": page,
        "identifier": str(value["id"]),
        "name": value["title"],
        "description": value.get("description"),
        "license": None if license == LICENSE_NOT_SPECIFIED else license,
        "creator": _agent(value.get("author")),
        "publisher": _agent(value.get("maintainer")),
        "keywords": value.get("tags"),
        "version": value.get("version"),
        "temporalCoverage": value.get("temporal"),
        "dateModified": value.get("modified") or value["metadata_modified"],
        "datePublished": value.get("issued"),
        "sameAs": value.get("landing_page"),
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


def _agent(name: Json) -> Json:
    return {"@type": "Organization", "name": name} if name else None


def _download(resource: Mapping[str, Json]) -> Json:
    return {
        "@type": "DataDownload",
        "contentUrl": resource["url"],
        "encodingFormat": resource.get("mimetype") or resource.get("format"),
        "name": resource.get("title"),
        "dateModified": resource.get("last_modified"),
    }
