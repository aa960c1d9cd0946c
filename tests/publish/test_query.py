"""The query document: what is refused before anything is sent, and with which words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from dcip_server.errors import UsageError
from dcip_server.publish.query import read_query
from tests.conftest import Ran

KEY = "geheim-0123456789abcdef"
DATASET = {"title": "x509 certificates shared in MISP", "description": "From MISP."}
RESOURCE = {"title": "All x509 certificates shared with MISP", "type": "api", "format": "json"}
QUERY: dict[str, Any] = {
    "returnFormat": "opendata",
    "type": "x509-fingerprint-md5",
    "tags": "tlp:white",
    "auth": KEY,
    "setup": {"dataset": DATASET, "resources": RESOURCE},
    "misp-url": "https://mispriv.circl.lu",
    "portal-url": "data.public.lu",
}
LINK = "https://mispriv.circl.lu/events/restSearch/type:x509-fingerprint-md5/tags:tlp:white"
DELETE = {"returnFormat": "opendata", "auth": KEY, "delete": 1, "setup": {"dataset": DATASET["title"]}}


def query(**changes: Any) -> bytes:
    """The query with other members; ``...`` takes one away, ``_`` stands for ``-``."""
    changed = {**QUERY, **changes}
    return json.dumps({key: value for key, value in changed.items() if value is not ...}).encode()


def _setup(dataset: Any = DATASET, **members: Any) -> dict[str, Any]:
    return {"dataset": dataset, **members}


def _resources(*resources: Any) -> dict[str, Any]:
    return {"setup": _setup(resources=list(resources))}


def _in_two_setups() -> dict[str, Any]:
    return {"setup": [_setup(resources=RESOURCE), _setup({**DATASET, "title": "X509 Certificates, shared in MISP"}, resources=RESOURCE)]}  # fmt: skip


WRONG: list[tuple[str, bytes, str]] = [
    ("no JSON", b'{\n  "a": x}', "invalid JSON at line 2 column 8"),
    ("nothing", b"", "invalid JSON at line 1 column 1"),
    ("two values", b"{} {}", "invalid JSON at line 1 column 4"),
    ("a member twice", b'{"tags": "a", "tags": "b"}', "tags"),
    ("a member twice, deeper", b'{"setup": {"dataset": {"title": "a", "title": "b"}}}', "title"),
    ("NaN", b'{"a": NaN}', "NaN"),
    ("a number without end", b'{"a": 1e999}', "1e999"),
    ("a number of 5,000 digits", b'{"a": ' + b"1" * 5000 + b"}", "digits"),
    ("Latin-1", b'{\n"a": "\xe9"}', "UTF-8.*line 2"),
    ("half a character", b'{"a": "\\ud800"}', "Unicode"),
    ("a list", b"[]", "object"),
    ("a text", b'"x"', "object"),
    ("over 1 MiB", b'{"a": "' + b"x" * (1 << 20) + b'"}', "larger than 1048576 bytes"),
    ("100,000 lists in one another", b"[" * 100_000, "nested too deeply"),
    ("100 objects in one another", b'{"a": ' * 100 + b"1" + b"}" * 100, "nested too deeply"),
    ("no returnFormat", query(returnFormat=...), "returnFormat"),
    ("another returnFormat", query(returnFormat="json"), "returnFormat"),
    ("a misspelled returnFormat", query(returnformat="opendata"), "returnFormat"),
    ("no auth", query(auth=...), "auth"),
    ("empty auth", query(auth=""), "auth"),
    ("auth is a number", query(auth=5), "auth"),
    ("auth with a line feed", query(auth="geheim\r\nHost: a"), "auth"),
    ("auth in a filter", query(value=KEY), "auth"),
    ("auth in a filter that is wrong", query(value=f"{KEY}/x"), "auth"),
    ("auth in misp-url", query(**{"misp-url": f"ftp://{KEY}/"}), "auth"),
    ("auth, percent-encoded", query(value=KEY.replace("-", "%2d")), "auth"),
    ("auth with half a character", query(auth=KEY + "\ud800"), "Unicode"),
    ("auth in a description", query(setup=_setup({**DATASET, "description": f"key {KEY}"})), "auth"),
    ("no setup", query(setup=...), "setup"),
    ("an empty setup", query(setup=[]), "setup"),
    ("setup is a text", query(setup="x"), "setup"),
    ("ressources", query(setup=_setup(ressources=RESOURCE)), "ressources"),
    ("both resources and resource", query(setup=_setup(resources=RESOURCE, resource=RESOURCE)), "resources and resource"),
    ("no dataset", query(setup={"resources": RESOURCE}), "dataset"),
    ("a dataset as text", query(setup=_setup("x")), "dataset"),
    ("no title", query(setup=_setup({"description": "x"})), "title"),
    ("a blank title", query(setup=_setup({**DATASET, "title": " "})), "title"),
    ("a long title", query(setup=_setup({**DATASET, "title": "x" * 351})), "title.*350"),
    ("an empty description", query(setup=_setup({**DATASET, "description": ""})), "description"),
    ("an unknown field", query(setup=_setup({**DATASET, "licence": "x"})), "licence"),
    ("a wrong field", query(setup=_setup({**DATASET, "private": "yes"})), "private"),
    ("a resource as text", query(setup=_setup(resources="x")), "resources"),
    ("a resource without title", query(**_resources({"type": "api"})), "title"),
    ("a resource without type", query(**_resources({"title": "a"})), "type"),
    ("a resource of a wrong type", query(**_resources({**RESOURCE, "type": "file"})), "type"),
    ("a resource with a wrong level", query(**_resources({**RESOURCE, "level": "x"})), "level"),
    ("a resource with a wrong url", query(**_resources({**RESOURCE, "url": "javascript:1"})), "url"),
    ("filters of a resource as text", query(**_resources({**RESOURCE, "filters": "x"})), "filters"),
    ("auth in filters of a resource", query(**_resources({**RESOURCE, "filters": {"auth": "x"}})), "auth"),
    ("a resource twice", query(**_resources(RESOURCE, RESOURCE)), "twice"),
    ("a resource twice in two setups", query(**_in_two_setups()), "twice"),
    ("a dataset within a dataset's object", query(setup=_setup({**DATASET, "resources": []})), "resources"),
    ("delete is false as text", query(delete="false"), "delete"),
    ("delete is 2", query(delete=2), "delete"),
    ("delete is 1.5", query(delete=1.5), "delete"),
    ("search is a list", query(search=[]), "search"),
    ("misp-url without scheme", query(**{"misp-url": "misp.example"}), "misp-url"),
    ("misp-url with a password", query(**{"misp-url": "https://a:b@misp.example"}), "misp-url"),
    ("misp-url with a query", query(**{"misp-url": "https://misp.example?a"}), "misp-url"),
    ("misp-url is a number", query(**{"misp-url": 5}), "misp-url"),
    ("misp-url in two spellings", query(misp_url="https://other.example"), "misp-url"),
    ("mispUrl", query(mispUrl="https://other.example"), "misp-url"),
    ("Portal-URL", query(**{"Portal-URL": "x"}), "portal-url"),
    ("AUTH", query(AUTH="x"), "auth"),
    ("portal-url is a number", query(**{"portal-url": 5}), "portal-url"),
    ("no misp-url", query(**{"misp-url": ...}), "Missing url of the MISP instance, and baseurl is not set."),
    ("another level", query(level="objects"), "level"),
    ("a filter with a slash", query(value="a/b"), "value"),
    ("an empty list of resources in a delete", json.dumps({**DELETE, "setup": _setup("x", resources=[])}).encode(), "resources"),
    ("an empty text of resources in a delete", json.dumps({**DELETE, "setup": _setup("x", resource="")}).encode(), "resources"),
    ("null for resources in a delete", json.dumps({**DELETE, "setup": _setup("x", resources=None)}).encode(), "resources"),
    ("a number among the resources of a delete", json.dumps({**DELETE, "setup": _setup("x", resources=[5])}).encode(), "title"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_document_is_refused_with_the_place_or_the_member(document: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words) as raised:
        read_query(document)
    assert KEY not in str(raised.value)


_BLOG_DELETE = """{
    "returnFormat": "opendata",
    "auth": "_YOUR_OPENDATA_PORTAL_API_KEY_",
    "setup": {
        "dataset": "x509 certificates shared in MISP",
        "resources": [
            "x509 certificates (sha256) shared with MISP",
            "x509 certificates (sha1) shared with MISP",
            "x509 certificates (md5) shared with MISP"
        ],
    },
    "delete": 1,
    "portal-url": "data.public.lu"
}"""
_BLOG_SEARCH = """{
    "returnFormat": "opendata",
    "setup": {
        "dataset": "x509 certificates shared in MISP",
        "resources": "All x509 certificates shared with MISP"
    }
    "search": 1,
    "portal-url": "data.public.lu"
}"""


def test_misps_own_examples_are_refused_at_the_comma_and_taken_with_it(run: Callable[..., Ran]) -> None:
    for text, place in ((_BLOG_SEARCH, "line 7 column 5"), (_BLOG_DELETE, "line 1[01] column")):
        ran = run("opendata", "-", stdin=text.encode())
        assert (ran.status, ran.out) == (2, "")
        assert re.search(f"invalid JSON at {place}", ran.err), ran.err
    delete = read_query(_BLOG_DELETE.replace("],\n    }", "]\n    }").encode())
    assert (delete.action, delete.portal, len(delete.setups[0].resources)) == ("delete", "data.public.lu", 3)
    search = read_query(_BLOG_SEARCH.replace('}\n    "search', '},\n    "search').encode())
    assert (search.action, search.auth) == ("search", None)
    assert search.setups[0].resources[0].name == RESOURCE["title"]


def test_misps_example_of_a_publication_is_read_as_it_is_meant() -> None:
    read = read_query(query(), level="attributes")
    (setup,) = read.setups
    assert (read.action, read.portal, read.warnings) == ("publish", "data.public.lu", ())
    assert (setup.name, setup.fields) == (DATASET["title"], DATASET)
    link = LINK.replace("events", "attributes")
    assert [(r.name, r.fields) for r in setup.resources] == [(RESOURCE["title"], {**RESOURCE, "url": link})]
    assert KEY not in repr(read)


@pytest.mark.parametrize("given", [1, True, "1"])
def test_a_switch_is_on(given: Any) -> None:
    assert read_query(json.dumps({**DELETE, "delete": given}).encode()).action == "delete"


@pytest.mark.parametrize("given", [0, False, None, "", "0", ...])
def test_a_switch_is_off(given: Any) -> None:
    assert read_query(query(delete=given, search=given)).action == "publish"


def test_a_search_wins_over_a_delete_and_says_so() -> None:
    read = read_query(json.dumps({**DELETE, "search": 1}).encode())
    assert (read.action, read.auth) == ("search", None)
    assert "nothing is deleted" in read.warnings[0]


def test_both_spellings_and_a_byte_order_mark_are_fine() -> None:
    same = {"misp_url": QUERY["misp-url"], "portal_url": QUERY["portal-url"]}
    document = b"\xef\xbb\xbf" + query(**same, setup={"dataset": DATASET, "resource": RESOURCE, "resources": []})
    assert read_query(document).setups[0].resources[0].fields["url"] == LINK


def test_a_resource_has_filters_and_a_level_of_its_own() -> None:
    own = {**RESOURCE, "level": "attributes", "filters": {"tags": None, "type": ["md5"], "last": "1d"}}
    page = {"title": "How to", "type": "documentation", "url": "https://misp.example/doc"}
    (setup,) = read_query(query(**_resources(own, page))).setups
    first, second = (resource.fields for resource in setup.resources)
    assert first == {**RESOURCE, "url": "https://mispriv.circl.lu/attributes/restSearch/type[]:md5/last:1d"}
    assert second == page


def test_what_the_portal_decides_is_not_sent() -> None:
    theirs = {"id": "1", "slug": "x", "page": "y", "uri": "z", "created_at": "2020-01-01", "last_modified": None}
    (setup,) = read_query(query(setup=_setup({**DATASET, **theirs, "frequency": "daily"}))).setups
    assert setup.fields == {**DATASET, "frequency": "daily"}


def test_the_default_address_of_misp_is_for_queries_without_one() -> None:
    read = read_query(query(**{"misp-url": ...}), misp_url="https://misp.example")
    assert read.setups[0].resources[0].fields["url"].startswith("https://misp.example/events/")
    assert read_query(query(), misp_url="https://misp.example").setups[0].resources[0].fields["url"] == LINK
    # Nothing leads to MISP here, so its address is not needed.
    assert read_query(query(setup=_setup(), **{"misp-url": ...})).setups[0].resources == ()
