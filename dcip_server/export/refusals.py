"""Pages that the server has no need of: why static files cannot answer what it could."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask

from dcip_server.export.places import FILES
from dcip_server.settings import Settings
from dcip_server.web.rendering import render
from dcip_server.web.translations import LANGUAGES

_WHY = (
    "These pages are a static copy of the catalog: it can be browsed, but not searched or narrowed down further."
    " Values of tags, publishers, licences and formats lead to their records."
)


def refusals(app: Flask) -> Iterator[tuple[str, bytes]]:
    """The page of a 400 in each language, with its place."""
    settings: Settings = app.extensions["dcip_settings"]
    for language in LANGUAGES:
        with app.test_request_context("/", base_url=settings.site_url + "/", headers={"Accept-Language": language}):
            page = render("error.html", status=400, name="Bad Request", explanation=_WHY)
        yield f"{FILES}/errors/400.{language}.html", page.get_data()
