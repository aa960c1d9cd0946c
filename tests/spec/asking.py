"""Asks as a server does, and says what every answer under the endpoint has to be."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from rdflib import Graph
from werkzeug.test import TestResponse

from tests.conftest import Site

JSON = "application/json; charset=utf8"
N3 = "text/n3; charset=utf8"
TEXT = "text/plain; charset=utf8"

STATUS_LINES = {
    200: "200 OK",
    301: "301 Moved Permanently",
    400: "400 Bad Request",
    404: "404 Not Found",
    429: "429 Too Many Requests",
    500: "500 Internal Server Error",
}

#: One URL for each call that answers 200, with the Content-Type of its answer.
CALLS = {
    "read JSON": ("/rest/dataset/id/123.json", JSON),
    "read N3": ("/rest/dataset/id/123.dcat.N3", N3),
    "list": ("/rest/dataset/id/", JSON),
    "list without slash": ("/rest/dataset/id", JSON),
    "list JSON": ("/rest/dataset/id.json", JSON),
    "list N3": ("/rest/dataset/id.dcat.N3", N3),
    "since JSON": ("/rest/dataset/since/1.json", JSON),
    "since N3": ("/rest/dataset/since/1.dcat.N3", N3),
    "look-up JSON": ("/rest/dataset/tags/water.json", JSON),
    "look-up N3": ("/rest/dataset/tags/water.dcat.N3", N3),
    "search JSON": ("/rest/dataset/search/water.json", JSON),
    "search N3": ("/rest/dataset/search/water.dcat.N3", N3),
    "catalog JSON": ("/rest/catalog.json", JSON),
    "catalog N3": ("/rest/catalog.dcat.N3", N3),
    "API help": ("/rest/help.txt", TEXT),
    "dataset help": ("/rest/dataset/help.txt", TEXT),
}

#: URLs that the protocol does not define: 400.
NOT_UNDERSTOOD = {
    "no extension": "/rest/dataset/id/123",
    "unknown extension": "/rest/dataset/id/123.xml",
    "extension .n3": "/rest/dataset/id/123.n3",
    "extension .dcat": "/rest/dataset/id/123.dcat",
    "extension .N3": "/rest/dataset/id/123.N3",
    "extension in capitals": "/rest/dataset/id/123.JSON",
    "extension in lower case": "/rest/dataset/id/123.dcat.n3",
    "dot without extension": "/rest/dataset/id/123.",
    "extension without dot": "/rest/dataset/id/json",
    "slash after the extension": "/rest/dataset/id/123.json/",
    "blank after the extension": "/rest/dataset/id/123.json%20",
    "empty id in JSON": "/rest/dataset/id/.json",
    "empty id in N3": "/rest/dataset/id/.dcat.N3",
    "two slashes after the attribute": "/rest/dataset/id//",
    "two slashes after the entity": "/rest/dataset//id/123.json",
    "two slashes after the endpoint": "/rest//dataset/id/123.json",
    "only two slashes": "/rest//",
    "attribute in capitals": "/rest/dataset/ID/123.json",
    "list attribute in capitals": "/rest/dataset/ID/",
    "list with unknown extension": "/rest/dataset/id.xml",
    "list with extension in capitals": "/rest/dataset/id.JSON",
    "entity with extension": "/rest/dataset.json",
    "unknown entity": "/rest/person/id/1.json",
    "unknown entity alone": "/rest/person/",
    "entity in the plural": "/rest/datasets/id/123.json",
    "unknown attribute": "/rest/dataset/colour/red.json",
    "unknown attribute alone": "/rest/dataset/colour/",
    "attribute without value": "/rest/dataset/tags/",
    "attribute with empty value": "/rest/dataset/tags/.json",
    "attribute without extension": "/rest/dataset/tags/water",
    "search without value": "/rest/dataset/search/",
    "search with empty value": "/rest/dataset/search/.json",
    "search without extension": "/rest/dataset/search/water",
    "since without value": "/rest/dataset/since/",
    "since without extension": "/rest/dataset/since/1",
    "catalog without extension": "/rest/catalog",
    "catalog with unknown extension": "/rest/catalog.xml",
    "catalog as a folder": "/rest/catalog/",
    "catalog in capitals": "/rest/catalog.JSON",
    "help in capitals": "/rest/HELP.TXT",
    "help as a folder": "/rest/help.txt/",
    "help without extension": "/rest/help",
    "dataset help in capitals": "/rest/dataset/HELP.txt",
    "dataset help as a folder": "/rest/dataset/help.txt/",
    "help of an unknown entity": "/rest/person/help.txt",
    "index page": "/rest/index.html",
    "invalid UTF-8": "/rest/dataset/id/%FF.json",
    "invalid UTF-8 in the entity": "/rest/%C3%28/id/1.json",
    "overlong UTF-8": "/rest/dataset/id/%C0%AF.json",
    "surrogate in UTF-8": "/rest/dataset/id/%ED%A0%80.json",
}


def ask(site: Site, url: str, method: str = "GET", **arguments: Any) -> TestResponse:
    """Ask for a URL, or a path with its query, percent-decoded as WSGI wants it: bytes as Latin-1."""
    if url.startswith("http"):
        parts = urlsplit(url)
        url = f"{parts.path}?{parts.query}"
    path, _, query = url.partition("?")
    path_info = unquote_to_bytes(path).decode("latin-1")
    overrides = {"PATH_INFO": path_info, **arguments.pop("environ_overrides", {})}
    return site.request(method, "/", query_string=query, environ_overrides=overrides, **arguments)


def assert_ok(answer: TestResponse, content_type: str) -> None:
    """A 200 with its four headers exactly as they are due."""
    assert answer.status == "200 OK"
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Length"] == str(len(answer.data))
    _assert_due_headers(answer)


def assert_bare(answer: TestResponse, status: int) -> None:
    """Any other status: no body, and scripts of other sites may see it."""
    assert answer.status == STATUS_LINES[status]
    assert answer.data == b""
    assert answer.headers["Content-Length"] == "0"
    _assert_due_headers(answer)


def _assert_due_headers(answer: TestResponse) -> None:
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    names = [name.lower() for name, _ in answer.headers]
    assert len(names) == len(set(names))
    assert not {"transfer-encoding", "content-encoding", "set-cookie", "allow"} & set(names)


def read_json(site: Site, url: str, **arguments: Any) -> Any:
    """The value that a URL answers in JSON."""
    answer = ask(site, url, **arguments)
    assert_ok(answer, JSON)
    return json.loads(answer.data.decode("utf-8"))


def read_graph(site: Site, url: str, **arguments: Any) -> Graph:
    """The graph that a URL answers in N3."""
    answer = ask(site, url, **arguments)
    assert_ok(answer, N3)
    return Graph().parse(data=answer.data.decode("utf-8"), format="n3")


def ids(entries: Iterable[dict[str, Any]]) -> list[str | int]:
    """The ids of a list in its order."""
    return [entry["id"] for entry in entries]
