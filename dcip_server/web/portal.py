"""The portal API over HTTP (off unless PORTAL_API is on), and the page of a published dataset."""

from __future__ import annotations

import json
from datetime import datetime
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, request, send_file
from flask_cors import CORS
from werkzeug.exceptions import Gone, NotFound, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from dcip_server.errors import PortalRefusalError, RequestError
from dcip_server.publish import reading
from dcip_server.publish.files import FILES_PATH, Upload, UploadFolder, media_type
from dcip_server.publish.objects import API_PATH, api_url, dataset_object
from dcip_server.publish.portal import Answer, Call, Portal
from dcip_server.store.api_keys import ApiKey, find_api_key
from dcip_server.web.rendering import render
from dcip_server.web.site import settings, site_url, store

blueprint = Blueprint("portal", __name__, template_folder="templates")
pages = Blueprint("portal_pages", __name__, template_folder="templates")
CORS(blueprint, send_wildcard=True)
#: What a form may have around its file.
_FORM_BYTES = 1 << 16


@blueprint.route(f"{API_PATH}<any_path:path>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
def answer(path: str) -> AnyResponse:
    """Answer any call of the API; a path is read whole, since titles are among its parts."""
    try:
        call = Call(
            method=request.method,
            path=request.environ["PATH_INFO"].encode("latin-1").decode()[len(API_PATH) :],
            query=request.args.to_dict(),
            key=request.headers.get("X-API-KEY"),
            content_type=request.headers.get("Content-Type", ""),
            body=_body,
            upload=_upload,
        )
        portal = Portal(store(), site_url(), uploads(), allow_local=settings().portal_local_urls == "on")
        return _json(portal.answer(call))
    except RequestEntityTooLarge:
        limit = settings().upload_max_bytes if _is_form() else settings().portal_max_bytes
        return _json(Answer(413, {"message": f"At most {limit} bytes are allowed."}))
    except UnicodeDecodeError:
        return _json(Answer(400, {"message": "The URL is not UTF-8."}))
    except RequestError as error:
        return _json(Answer(error.status, {"message": str(error)}))


def _is_form() -> bool:
    return request.mimetype == "multipart/form-data"


def _body() -> bytes:
    if _is_form():
        return b""
    # One byte more than allowed: what comes in chunks and ends at the limit may have been cut there.
    request.max_content_length = settings().portal_max_bytes + 1
    body = request.get_data()
    if len(body) > settings().portal_max_bytes:
        raise RequestEntityTooLarge
    if len(body) < (request.content_length or 0):
        raise PortalRefusalError(400, "The body is cut off.")
    return body


def _upload() -> Upload | None:
    """The file of a form, written to disk while it comes where it is no small one."""
    if not _is_form():
        return None
    request.max_content_length = settings().upload_max_bytes + _FORM_BYTES
    sent = request.files.get("file")
    return Upload(sent.filename or "file", cast(BinaryIO, sent.stream)) if sent else None


def uploads() -> UploadFolder:
    """Where the site's uploads are."""
    return UploadFolder(settings().upload_folder, settings().upload_max_bytes)


def _json(answer: Answer) -> AnyResponse:
    if answer.location is not None:
        return redirect(answer.location, answer.status)
    if answer.value is None:
        return Response(status=answer.status)
    body = json.dumps(answer.value, ensure_ascii=False) + "\n"
    return Response(body, status=answer.status, content_type="application/json; charset=utf-8")


@pages.get("/en/datasets/<any_path:path>")
def show(path: str) -> Response:
    """The page that a confirmation's link leads to; each resource has its anchor."""
    try:
        with store().publications() as view:
            found = reading.find(view, path.rstrip("/"), None)
    except PortalRefusalError as error:
        raise (Gone if error.status == 410 else NotFound)(str(error)) from None
    has_api = "portal" in current_app.blueprints
    shown = dataset_object(found, site_url())
    api = api_url(site_url(), found.id) if has_api else None
    return render("publication.html", dataset=shown, api=api)


@pages.get(f"{FILES_PATH}<uuid:resource_id>/<name>")
def download(resource_id: UUID, **_: str) -> AnyResponse:
    """An uploaded file, under any name: the id says which one, so that an address once given stays good."""
    with store().publications() as view:
        holder = view.find_resource(str(resource_id))
        if holder is None or not reading.is_shown(holder, _key()):
            raise NotFound
        resource = reading.find_resource(holder, str(resource_id))
    if not resource.get("file"):
        raise NotFound
    own_name = resource["url"].rpartition("/")[2]
    try:
        sent = send_file(
            uploads().find(resource["file"]),
            mimetype=media_type(own_name),
            as_attachment=True,
            download_name=own_name,
            etag=resource["file"].partition("-")[0],
            last_modified=datetime.fromisoformat(resource["last_modified"]),
        )
    except FileNotFoundError:
        raise NotFound("The file is not where the catalog kept it.") from None
    # What publishers send is theirs: it must not act in the name of this site.
    sent.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    sent.headers["X-Content-Type-Options"] = "nosniff"
    sent.headers["Access-Control-Allow-Origin"] = "*"
    if holder.private:
        sent.headers["Cache-Control"] = "private, no-store"
    return sent


def _key() -> ApiKey | None:
    sent = request.headers.get("X-API-KEY")
    return find_api_key(store().engine, sent) if sent else None
