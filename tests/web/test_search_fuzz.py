"""Whatever is typed into a search is answered: with results, with none, or with why it is refused; never with a failure."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dcip_server.store import Put, Store
from tests.conftest import Site
from tests.records import dataset

#: What the databases' own query languages and patterns are made of.
_OPERATORS = [
    '"', "'", "*", "(", ")", "AND", "OR", "NOT", "NEAR(a b, 2)", "{title} : x", "title:", "^a", "a-b", "+", "-", "!", "&", "|",
    "<->", "<2>", ":*", ":AB", "%", "_", "\\", ";", "--", "/*", "\x00", "$1", ":this", "?", "🌊", "ﬁ", "İ", "ß", "\u202e", "\ud800",
]  # fmt: skip
_WORDS = st.lists(st.sampled_from([*_OPERATORS, "water", "eau", "wäs"]) | st.text(max_size=12), max_size=8).map(
    " ".join
)
_VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NAMES = (
    "tag",
    "license",
    "format",
    "publisher",
    "entity",
    "source",
    "since",
    "until",
    "bbox",
    "sort",
    "limit",
    "offset",
    "after",
)
_FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def shelf(store: Store, make_site: Callable[..., Site]) -> Site:
    """A few records in each kind of database."""
    site = make_site(store)
    site.ask_once()
    texts = ["Water levels", 'A "quoted" title', "It's AND OR NOT", "Eau", "100% _", "ﬁsh İstanbul Straße"]
    site.store.revise([Put(dataset(text, title=text, tags=[text])) for text in texts])
    return site


def _typed(words: str) -> str:
    """The words as a browser sends them; a lone surrogate becomes what it becomes there."""
    return words.encode("utf-8", "replace").decode()


@_FUZZ
@example('"water')
@example("x" * 5000)
@example(" ".join(map(str, range(300))))
@given(words=_WORDS)
def test_any_words_are_answered_in_every_way_to_ask(shelf: Site, words: str) -> None:
    text = quote(_typed(words), safe="")
    page = shelf.get(f"/search?q={text}")
    assert page.status_code in (200, 400), words
    assert shelf.get(f"/search.json?q={text}").status_code == page.status_code
    for extension in ("json", "dcat.N3"):
        assert shelf.get(f"/rest/dataset/search/{text}.{extension}").status_code in (200, 400, 404), words


@_FUZZ
@given(words=_WORDS, name=st.sampled_from(_NAMES), value=_VALUES)
def test_any_value_of_any_parameter_is_answered(shelf: Site, words: str, name: str, value: str) -> None:
    query = urlencode({"q": _typed(words), name: value})
    assert shelf.get(f"/search?{query}").status_code == shelf.get(f"/search.json?{query}").status_code
    assert shelf.get(f"/search?{query}").status_code in (200, 400), query


@_FUZZ
@given(bytes=st.binary(max_size=30))
def test_bytes_that_are_no_text_are_answered_too(shelf: Site, bytes: bytes) -> None:
    text = quote_from_bytes(bytes, safe="")
    assert shelf.get(f"/search?q={text}").status_code in (200, 400)
    assert shelf.get(f"/search.json?{text}={text}").status_code in (200, 400)
    assert shelf.get(f"/rest/dataset/search/{text}.json").status_code in (200, 400, 404)


def test_every_record_is_found_by_its_own_title_whatever_is_in_it(shelf: Site) -> None:
    for title in ('A "quoted" title', "It's AND OR NOT", "100% _", "ﬁsh İstanbul Straße"):
        found = shelf.get(f"/search.json?q={quote(title)}").json
        assert [result["title"] for result in found["results"]] == [title]
