"""What every page has: the catalog's texts, the reader's language and safe headers."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, request
from jinja2 import Environment

from dcip_server.addresses import authority_of
from dcip_server.formats.facets import facet_value
from dcip_server.formats.rdf.rdfxml import NOT_IN_XML
from dcip_server.protocol.urls import Format, page_path, record_url
from dcip_server.store import MOST_VALUE
from dcip_server.web import markup
from dcip_server.web.every_language import EVERY, MARKED, WANTED, mark
from dcip_server.web.licenses import name_of, page_of
from dcip_server.web.site import settings
from dcip_server.web.translations import LANGUAGES, translate

#: Nothing of another site is loaded and no script runs, whatever a record says.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def render(template: str, status: int = 200, **values: Any) -> Response:
    """A page in the reader's language."""
    text = render_text(template, status=status, **values)
    return in_language(Response(text.encode("utf-8", MARKED if WANTED in request.environ else "strict"), status=status))


def render_text(template: str, **values: Any) -> str:
    """A template filled in, in the reader's language."""
    lang = EVERY if WANTED in request.environ else _preferred()
    environment: Environment = current_app.extensions["dcip_templates"][lang]
    # ``root``: url_for does not work where the Host header names no host.
    return environment.get_template(template).render(
        root=request.script_root, catalog=settings().catalog, lang=_LANG.get(lang, lang), **values
    )


def in_language(response: Response) -> Response:
    """The answer, said to be in the reader's language."""
    response.headers["Content-Language"] = EVERY if request.environ.get(WANTED) == EVERY else _preferred()
    response.vary.add("Accept-Language")
    return response


def language() -> str:
    """The language of the interface, for what depends on it beside words: such a page is made in each by itself."""
    if WANTED in request.environ:
        request.environ[WANTED] = ""
    return _preferred()


def _preferred() -> str:
    """The first of our languages among those that the reader prefers."""
    wanted = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((tag for tag in wanted if tag in LANGUAGES), LANGUAGES[0])


def record_page(entity: str, id: str | int) -> str:
    """The path of a record's page, below the site."""
    return f"{request.script_root}/{page_path(entity, id)}"


def value_page(facet: str, value: str) -> str:
    """The path of the page of a tag, a publisher, a licence or a format."""
    if value in (".", ".."):
        # Browsers take these for steps of the path, however they are written.
        return f"{request.script_root}/search?{facet}={value}"
    return f"{request.script_root}/{facet}/{quote(value, safe='')}"


def set_up(app: Flask) -> None:
    """Give all templates what they share, and all answers outside the endpoint their headers."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {
        "markdown": markup.to_html,
        "plain_text": markup.to_text,
        "web_link": markup.web_link,
        "format_name": lambda text: facet_value("format", text),
        "host": authority_of,
        "longitude": lambda degrees: f"{abs(degrees):.4g}° {'W' if degrees < 0 else 'E'}",
        "latitude": lambda degrees: f"{abs(degrees):.4g}° {'S' if degrees < 0 else 'N'}",
        "xml_text": lambda text: NOT_IN_XML.sub("\ufffd", text),
    }
    app.jinja_env.globals |= {
        "record_page": record_page,
        "value_page": value_page,
        "record_url": record_url,
        "MOST_VALUE": MOST_VALUE,
        "JSON": Format.JSON,
        "N3": Format.N3,
        "facet_value": facet_value,
        "license_page": page_of,
        "ENTITY_NAMES": _ENTITY_NAMES,
    }
    app.extensions["dcip_templates"] = {lang: _in_language(app.jinja_env, lang) for lang in (*LANGUAGES, EVERY)}

    @app.after_request
    def _secure(response: Response) -> Response:
        if request.blueprint != "endpoint":
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
        return response


def _in_language(environment: Environment, lang: str) -> Environment:
    """The environment with the filters of a language. Texts of ours are put in when a template is compiled, once."""
    found = environment.overlay()
    found.filters = {
        **environment.filters,
        "t": partial(_translated, lang),
        "value_name": partial(_value_name, lang),
        "bytes": partial(_bytes, lang),
        "number": partial(_number, lang),
    }
    return found


def _translated(lang: str, text: str, **values: Any) -> str:
    # Only texts of ours have places to fill in.
    return translate(lang, text).format(**values) if values else translate(lang, text)


#: What people call a record's type: one, and several.
_ENTITY_NAMES = {
    "dataset": ("Dataset", "Datasets"),
    "dataservice": ("Data service", "Data services"),
    "datasetseries": ("Dataset series", "Series"),
}
_MOST_NAME = 80
#: As many characters may be too many before a name is cut, as with ``truncate``.
_LEEWAY = 5


def _value_name(lang: str, value: str, facet: str) -> str:
    """What people call a value of a facet, at most so long."""
    if value == "notspecified":
        name = translate(lang, "not specified")
    elif facet == "license":
        name = name_of(value)
    elif facet == "entity" and value in _ENTITY_NAMES:
        name = translate(lang, _ENTITY_NAMES[value][0])
    else:
        name = facet_value(facet, value)
    return name if len(name) <= _MOST_NAME + _LEEWAY else name[: _MOST_NAME - 3] + "..."


#: Between thousands, before decimals, and units of 1, 1000, … bytes, as each language writes them.
_NUMBERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "en": (",", ".", ("B", "kB", "MB", "GB", "TB")),
    "fr": ("\u202f", ",", ("o", "ko", "Mo", "Go", "To")),
    "de": (".", ",", ("B", "kB", "MB", "GB", "TB")),
}


_SAID = [_NUMBERS[lang] for lang in LANGUAGES]
_NUMBERS[EVERY] = (
    mark([thousands for thousands, _, _ in _SAID]),
    mark([point for _, point, _ in _SAID]),
    tuple(mark(names) for names in zip(*(units for _, _, units in _SAID), strict=True)),
)
_LANG = {EVERY: mark(LANGUAGES)}


def _number(lang: str, number: int) -> str:
    """A whole number as the language writes it: 1,234 or 1.234."""
    return f"{number:,}".replace(",", _NUMBERS[lang][0])


def _bytes(lang: str, size: int) -> str:
    """A size as people read it: 999 B, 1.2 kB, 34 MB."""
    _, point, units = _NUMBERS[lang]
    amount = float(size)
    unit = 0
    while amount >= 1000 and unit < len(units) - 1:
        amount /= 1000
        unit += 1
    text = f"{amount:.0f}" if amount >= 10 or not unit else f"{amount:.1f}"
    return f"{text.replace('.', point)} {units[unit]}"
