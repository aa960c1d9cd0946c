"""The page of one record, and the record in formats that the endpoint does not have."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request
from flask_cors import CORS
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from dcip_server.errors import RecordError, RequestError
from dcip_server.formats.schema_org import render_page_data
from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.protocol.urls import Format
from dcip_server.representations import represent
from dcip_server.web.maps import coverage
from dcip_server.web.rendering import record_page, render
from dcip_server.web.site import endpoint_url, settings, site_url, store

_MEDIA_TYPES = {"ttl": "text/turtle; charset=utf-8", "rdf": "application/rdf+xml", "jsonld": "application/ld+json"}
#: What a page shows by itself; the rest of a record's keys stands in a table.
_SHOWN = frozenset(
    (
        "id", "title", "license", "resources", "author", "maintainer", "tags", "spatial", "temporal", "version",
        "metadata_modified", "metadata_created", "description", "translations",
    )
)  # fmt: skip
_LANGUAGES = {"eng": "en", "fra": "fr", "fre": "fr", "deu": "de", "ger": "de", "ita": "it", "spa": "es", "nld": "nl"}

blueprint = Blueprint("records", __name__)
CORS(blueprint, send_wildcard=True)


@blueprint.get(f"/<any({','.join(ENTITY_TYPES)}):entity>/<any_path:id>")
def record(entity: str, id: str) -> Response:
    """The record for people, or with ``?format=`` in RDF; 410 where it was deleted."""
    if format := request.args.get("format"):
        return _download(entity, id, format)
    found = store().find_representation(entity, id, Format.JSON)
    history = store().find_history(entity, id)
    if history is None:
        raise NotFound
    if found is None:
        return render("gone.html", status=410, history=history)
    value = json.loads(found.body)
    page = site_url() + record_page(entity, value["id"]).removeprefix(request.script_root)
    return render(
        "record.html",
        entity_type=ENTITY_TYPES[entity],
        record=value,
        further=_further(value),
        language=_language(value),
        history=history,
        map=coverage(value.get("spatial")),
        endpoint=endpoint_url(),
        page=page,
        page_data=Markup(render_page_data(value, page, settings().catalog.title, site_url())),  # noqa: S704 - made safe there
        other_formats=_MEDIA_TYPES,
    )


def _download(entity: str, id: str, format: str) -> Response:
    if format not in _MEDIA_TYPES:
        raise RequestError(f"format={format!r}: one of {', '.join(_MEDIA_TYPES)} is due")
    try:
        body = represent(store(), entity, id, format, endpoint_url())
    except RecordError as error:
        raise RequestError(str(error)) from None
    if body is None:
        raise NotFound
    return Response(body, content_type=_MEDIA_TYPES[format])


def _further(value: dict[str, object]) -> dict[str, str]:
    """What else the record says, as text: plain values as they are, others as JSON."""
    further = {key: item for key, item in value.items() if key not in _SHOWN}
    return {
        key: item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, indent=1)
        for key, item in further.items()
    }


def _language(value: dict[str, object]) -> str | None:
    """The language of the record's texts where it states exactly one, for ``lang``."""
    languages = value.get("languages")
    if not isinstance(languages, list) or len(languages) != 1 or not isinstance(languages[0], str):
        return None
    tag = languages[0].rstrip("/").rpartition("/")[2].lower()
    tag = _LANGUAGES.get(tag, tag)
    return tag if len(tag) in (2, 3) and tag.isascii() and tag.isalpha() else None
