"""The catalog in figures: plots with their tables, and each plot by itself as SVG."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from dcip_server.store import Statistic
from dcip_server.web.licenses import name_of
from dcip_server.web.plots import draw
from dcip_server.web.rendering import in_language, language, render
from dcip_server.web.site import store
from dcip_server.web.translations import translate

#: A picture may style itself and do nothing else, even when it is opened by itself.
_PLOT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; sandbox"

blueprint = Blueprint("stats", __name__)


@blueprint.get("/stats")
def stats() -> Response:
    """All statistics."""
    return render("stats.html", statistics=store().statistics(), label=label)


@blueprint.get("/stats/<name>.svg")
def plot(name: str) -> Response:
    """One plot, in the reader's language; 404 where there is nothing to draw."""
    statistic = store().statistics().tables.get(name)
    if statistic is None or not statistic.rows:
        raise NotFound
    lang = language()
    response = Response(
        draw(
            statistic,
            translate(lang, statistic.title),
            tuple(translate(lang, head) for head in statistic.heads),
            tuple(label(statistic, row.label) for row in statistic.rows),
        ),
        content_type="image/svg+xml",
    )
    response.headers["Content-Security-Policy"] = _PLOT_POLICY
    return in_language(response)


def label(statistic: Statistic, text: str) -> str:
    """What people call a row of the statistic: only fields have names in the interface's languages."""
    if statistic.facet == "license":
        return translate(language(), "not specified") if text == "notspecified" else name_of(text)
    return text if statistic.facet else translate(language(), text)
