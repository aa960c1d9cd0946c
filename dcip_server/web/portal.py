"""The portal API over HTTP (off unless PORTAL_API is on), and the page of a published dataset."""

from __future__ import annotations

import json

from flask import Blueprint, Response, current_app, redirect, render_template, request
from flask_cors import CORS
from werkzeug.exceptions import Gone, NotFound, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from dcip_server.errors import PortalRefusalError, RequestError
from dcip_server.publish import reading
from dcip_server.publish.objects import API_PATH, api_url, dataset_object
from dcip_server.publish.portal import Answer, Call, Portal
from dcip_server.web.site import settings, site_url, store

blueprint = Blueprint("portal", __name__, template_folder="templates")
pages = Blueprint("portal_pages", __name__, template_folder="templates")
CORS(blueprint, send_wildcard=True)


@blueprint.route(f"{API_PATH}<any_path:path>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
def answer(path: str) -> AnyResponse:
    """Answer any call of the API; a path is read whole, since titles are among its parts."""
    request.max_content_length = settings().portal_max_bytes
    try:
        call = Call(
            method=request.method,
            path=request.environ["PATH_INFO"].encode("latin-1").decode()[len(API_PATH) :],
            query=request.args.to_dict(),
            key=request.headers.get("X-API-KEY"),
            content_type=request.headers.get("Content-Type", ""),
            body=request.get_data(),
        )
        portal = Portal(store(), site_url(), allow_local=settings().portal_local_urls == "on")
    except RequestEntityTooLarge:
        return _json(Answer(413, {"message": f"At most {settings().portal_max_bytes} bytes are allowed."}))
    except UnicodeDecodeError:
        return _json(Answer(400, {"message": "The URL is not UTF-8."}))
    except RequestError as error:
        return _json(Answer(error.status, {"message": str(error)}))
    return _json(portal.answer(call))


def _json(answer: Answer) -> AnyResponse:
    if answer.location is not None:
        return redirect(answer.location, answer.status)
    if answer.value is None:
        return Response(status=answer.status)
    body = json.dumps(answer.value, ensure_ascii=False) + "\n"
    return Response(body, status=answer.status, content_type="application/json; charset=utf-8")


@pages.get("/en/datasets/<any_path:path>")
def show(path: str) -> str:
    """The page that a confirmation's link leads to; each resource has its anchor."""
    try:
        with store().publications() as view:
            found = reading.find(view, path.rstrip("/"), None)
    except PortalRefusalError as error:
        raise (Gone if error.status == 410 else NotFound)(str(error)) from None
    has_api = "portal" in current_app.blueprints
    shown = dataset_object(found, site_url())
    api = api_url(site_url(), found.id) if has_api else None
    return render_template("publication.html", dataset=shown, api=api, catalog=settings().catalog)
