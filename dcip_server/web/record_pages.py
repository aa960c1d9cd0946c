"""One record at one address: its page, and the record in each format, by ``Accept`` or by extension.

An id may itself end like an extension. Then the whole is an id first: ``/dataset/lakes.ttl`` is the page of the
record ``lakes.ttl`` where there is one, and the Turtle of ``lakes`` is at ``/dataset/lakes?format=ttl``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from flask import Blueprint, Response, request
from flask_cors import CORS
from markupsafe import Markup
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotFound

from dcip_server.errors import RecordError, RequestError
from dcip_server.formats.rdf.serialise import CONTENT_TYPES as RDF_TYPES
from dcip_server.formats.schema_org import render_page_data
from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.protocol.urls import Format, Place
from dcip_server.representations import represent
from dcip_server.web.further import further
from dcip_server.web.maps import coverage
from dcip_server.web.metadata_language import language_of, other_languages, text_for
from dcip_server.web.ordinary_http import say_when_modified
from dcip_server.web.related import name_source, related
from dcip_server.web.rendering import language, record_page, render
from dcip_server.web.site import endpoint_url, settings, site_url, store

_HTML = "html"
#: In the order in which a tie is settled.
CONTENT_TYPES = {_HTML: "text/html; charset=utf-8", "json": "application/json; charset=utf-8", **RDF_TYPES}
_EXTENSIONS = {content_type.partition(";")[0]: extension for extension, content_type in CONTENT_TYPES.items()}
#: Proxies take only so long a header.
LONGEST_LINKED = 500

blueprint = Blueprint("records", __name__)
CORS(blueprint, send_wildcard=True)


@blueprint.get(f"/<any({','.join(ENTITY_TYPES)}):entity>/<any_path:id>")
def record(entity: str, id: str) -> Response:
    """The record as ``?format=``, an extension or ``Accept`` has it, else for people; 410 where it was deleted."""
    if format := request.args.get("format"):
        if format not in CONTENT_TYPES:
            raise RequestError(f"format={format!r}: one of {', '.join(CONTENT_TYPES)} is due")
        return _in_format(entity, id, format)
    stem, _, extension = id.rpartition(".")
    if extension in CONTENT_TYPES and store().live_ids(entity, (id, stem)) == {stem}:
        return _in_format(entity, stem, extension)
    if store().find_representation(entity, id, Format.JSON) is None:
        return _gone(entity, id, *([stem] if extension in CONTENT_TYPES else []))
    accepted = _without_parameters(request.accept_mimetypes).best_match(_EXTENSIONS, default="text/html")
    response = _in_format(entity, id, _EXTENSIONS[accepted])
    response.vary.add("Accept")
    return response


def _without_parameters(accepted: MIMEAccept) -> MIMEAccept:
    """What a client accepts, by the media types alone: a charset or profile that it names with them is not refused for that."""
    return MIMEAccept([(value.partition(";")[0].strip(), quality) for value, quality in accepted])


def _in_format(entity: str, id: str, format: str) -> Response:
    if format == _HTML:
        return _page(entity, id)
    found = store().find_representation(entity, id, Format.JSON)
    if found is None:
        return _gone(entity, id)
    try:
        body = represent(store(), entity, id, format, Place(site_url(), endpoint_url()))
    except RecordError as error:
        raise RequestError(str(error)) from None
    if body is None:
        # It was deleted between the two reads.
        return _gone(entity, id)
    response = Response(body, content_type=CONTENT_TYPES[format])
    _link(response, entity, id, _addresses(entity, id))
    return say_when_modified(response, found.modified)


def _page(entity: str, id: str) -> Response:
    found = store().find_representation(entity, id, Format.JSON)
    history = store().find_history(entity, id)
    if found is None or history is None:
        return _gone(entity, id)
    value = json.loads(found.body)
    addresses = _addresses(entity, id)
    page = site_url() + record_page(entity, value["id"]).removeprefix(request.script_root)
    reader = language() if value.get("translations") else ""
    title = text_for(value, "title", reader)
    response = render(
        "record.html",
        entity_type=ENTITY_TYPES[entity],
        record=value,
        further=further(value),
        related=related(store(), entity, value, history.iri),
        sources=[name_source(source) for source in history.sources],
        title=title,
        description=text_for(value, "description", reader),
        other_languages=other_languages(value, title.language if title else None),
        language=language_of(value),
        history=history,
        map=coverage(value.get("spatial")),
        endpoint=endpoint_url(),
        page=page,
        page_data=Markup(render_page_data(value, page, settings().catalog.title, site_url(), history.iri)),  # noqa: S704 - made safe there
        other_formats=addresses,
    )
    _link(response, entity, id, addresses)
    # Of the whole catalog: other records lead here and are named here.
    return say_when_modified(response, store().state().modified)


def _gone(entity: str, *ids: str) -> Response:
    """What is left of the first of these records that there ever was, in any format."""
    for id in ids:
        if history := store().find_history(entity, id):
            return render("gone.html", status=410, history=history)
    raise NotFound


_Addresses = list[tuple[str, str, str]]


def _addresses(entity: str, id: str) -> _Addresses:
    """Extension, media type and public address of the record in each format but HTML."""
    page = site_url() + record_page(entity, id).removeprefix(request.script_root)
    taken = store().live_ids(entity, [f"{id}.{extension}" for extension in CONTENT_TYPES])
    return [
        (
            extension,
            content_type.partition(";")[0],
            f"{page}?format={extension}" if f"{id}.{extension}" in taken else f"{page}.{extension}",
        )
        for extension, content_type in CONTENT_TYPES.items()
        if extension != _HTML
    ]


def _link(response: Response, entity: str, id: str, addresses: _Addresses) -> None:
    """Say where the record is in other formats (RFC 8288), and which address is its own."""
    page = site_url() + record_page(entity, id).removeprefix(request.script_root)
    if len(page) <= LONGEST_LINKED:
        response.headers["Link"] = links(page, ((media_type, url) for _, media_type, url in addresses))


def links(page: str, alternates: Iterable[tuple[str, str]]) -> str:
    """The ``Link`` of a record with that page; ``alternates`` are media types and the addresses that have them."""
    canonical = f'<{page}>; rel="canonical"'
    return ", ".join([canonical, *(f'<{url}>; rel="alternate"; type="{type}"' for type, url in alternates)])
