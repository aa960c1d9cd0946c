"""The link of a resource: the filters of MISP's search as the path of its URL."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcip_server.errors import UsageError
from dcip_server.publish.links import build_link

_CIRCL, _MISP = "https://mispriv.circl.lu", "https://misp.example.org"
_MD5, _SHA1 = "x509-fingerprint-md5", "x509-fingerprint-sha1"

LINKS = [
    ("attributes", _CIRCL, {"type": _MD5, "tags": "tlp:white"}, f"{_CIRCL}/attributes/restSearch/type:{_MD5}/tags:tlp:white"),
    ("attributes", f"{_CIRCL}/", {"type": [_MD5, _SHA1], "tags": "tlp:white"},
     f"{_CIRCL}/attributes/restSearch/type[]:{_MD5}/type[]:{_SHA1}/tags:tlp:white"),
    ("events", f"{_MISP}/misp/", {"tags": ["tlp:white", "!tlp:red"], "published": True, "page": None},
     f"{_MISP}/misp/events/restSearch/tags[]:tlp:white/tags[]:!tlp:red/published:1"),
    ("attributes", _MISP, {"category": "Network activity", "value": "100%+é?#"},
     f"{_MISP}/attributes/restSearch/category:Network%20activity/value:100%25%2B%C3%A9%3F%23"),
    ("attributes", _MISP, {"type": {"OR": ["ip-src", "ip-dst"]}, "tags": {"NOT": ["tlp:red"], "OR": ["tlp:%"]}},
     f"{_MISP}/attributes/restSearch/type[OR][]:ip-src/type[OR][]:ip-dst/tags[NOT][]:tlp:red/tags[OR][]:tlp:%25"),
    ("events", _MISP, {"tags": 'admiralty-scale:source-reliability="a"', "value": "10.0.0.0/8", "last": "30d", "to_ids": 1},
     f"{_MISP}/events/restSearch/tags:admiralty-scale:source-reliability=%22a%22/value:10.0.0.0%7C8/last:30d/to_ids:1"),
    ("events", _MISP, {"to_ids": False, "value": ["!10.0.0.0/8", "2001:db8::/32"], "tags": {"AND": "a b"}, "org": []},
     f"{_MISP}/events/restSearch/to_ids:0/value[]:!10.0.0.0%7C8/value[]:2001:db8::%7C32/tags[AND]:a%20b"),
    ("events", _MISP, {"a[]": "[x]", "from": 1.5, "limit": 1e3, "page": 2**70},
     f"{_MISP}/events/restSearch/a%5B%5D:%5Bx%5D/from:1.5/limit:1000/page:{2**70}"),
]  # fmt: skip


@pytest.mark.parametrize(("level", "misp_url", "filters", "link"), LINKS)
def test_filters_become_segments_in_their_order(level: str, misp_url: str, filters: dict[str, Any], link: str) -> None:
    warned: list[str] = []
    assert build_link(misp_url, level, filters, warned.append) == link
    assert warned == []


@pytest.mark.parametrize(
    ("filters", "named"),
    [
        ({"tags": ""}, "tags"),
        ({"tags": ["a", ""]}, "tags"),
        ({"tags": {"OR": ["a", ""]}}, "tags"),
        ({"tags": {"OR": {"NOT": "a"}}}, "tags"),
        ({"tags": [["a"]]}, "tags"),
        ({"tags": {"O R": "a"}}, "O R"),
        ({"tags": {"": "a"}}, "tags"),
        ({"": "a"}, "no name"),
        ({"value": "http://a.example/b"}, "value"),
        ({"value": "10.0.0.0/255.0.0.0"}, "value"),
        ({"value": "10.0.0.0/64"}, "value"),
        ({"uuid": "10.0.0.0/8"}, "uuid"),
        ({"a/b": "c"}, "a/b"),
    ],
)
def test_a_filter_that_misp_would_read_otherwise_is_refused_by_name(filters: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        build_link(_MISP, "events", filters, lambda _: None)


@pytest.mark.parametrize(
    ("filters", "warning"), [({}, "no filter"), ({"a": None, "b": []}, "no filter"), ({"a": "b;c"}, ";"), ({"a": "b||c"}, "||")]
)  # fmt: skip
def test_what_is_read_otherwise_is_told(filters: dict[str, Any], warning: str) -> None:
    warned: list[str] = []
    link = build_link(_MISP, "events", filters, warned.append)
    assert link.startswith(f"{_MISP}/events/restSearch/")
    assert warning in "".join(warned)


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1)


@given(st.dictionaries(_TEXTS.filter(lambda key: ":" not in key), st.lists(_TEXTS, min_size=1), min_size=1))
def test_every_filter_can_be_read_back_from_the_link(filters: dict[str, list[str]]) -> None:
    link = build_link(_MISP, "events", filters, lambda _: None)
    assert link.isascii()
    read: dict[str, list[str]] = {}
    for segment in link.removeprefix(f"{_MISP}/events/restSearch/").split("/"):
        key, _, value = segment.partition("[]:")
        read.setdefault(unquote(key), []).append(unquote(value))
    assert read == filters
