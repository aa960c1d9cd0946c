"""An object of JSON that has a key twice: JSON leaves open what it means, so an import says what it took."""

from __future__ import annotations

import pytest

from tests.formats.conftest import Catalog

_TWICE = '{"id": "a", "title": "First", "title": "Last", "license": "cc0-1.0", "resources": []}'
_WITHIN = '{"id": "b", "title": "B", "license": "cc0-1.0", "resources": [{"url": "http://a.example/", "url": "http://b.example/"}]}'
_ONCE = '{"id": "c", "title": "C", "license": "cc0-1.0", "resources": []}'
_BROKEN = '{"id": "d", "title": "D", "title": "E" "license"'
_SAID = "more than once in one object: {}; the last value is taken"

#: File name, content, and what is remarked.
_CASES = {
    "one record": ("one.json", _TWICE, ["document: " + _SAID.format('"title"')]),
    "an array": ("many.json", f"[{_ONCE}, {_TWICE}, {_WITHIN}]",
                 ["record 2: " + _SAID.format('"title"'), "record 3: " + _SAID.format('"url"')]),
    "lines": ("many.ndjson", f"{_TWICE}\n{_ONCE}\n{_WITHIN}\n",
              ["line 1: " + _SAID.format('"title"'), "line 3: " + _SAID.format('"url"')]),
    "a line behind one that is malformed": ("many.ndjson", f"{_ONCE}\n{_BROKEN}\n{_ONCE.replace('c', 'e', 1)}\n", []),
    "an envelope": ("data.json", '{"dataset": [{"identifier": "a", "title": "T", "title": "T"}]}', ["document: " + _SAID.format('"title"')]),
    "none twice": ("many.json", f"[{_ONCE}]", []),
}  # fmt: skip


@pytest.mark.parametrize("case", _CASES)
def test_a_key_that_an_object_has_twice_is_remarked_with_its_record(catalog: Catalog, case: str) -> None:
    name, text, due = _CASES[case]
    taken = catalog.take(text.encode(), name)
    assert [remark.partition(": ")[2] for remark in taken.remarks] == due


def test_the_last_of_the_values_is_taken(catalog: Catalog) -> None:
    catalog.take(_TWICE.encode(), "one.json")
    assert catalog.json("a")["title"] == "Last"


def test_values_of_a_large_import_that_other_processes_read_are_remarked_too(catalog: Catalog) -> None:
    lines = [_ONCE.replace('"c"', f'"{number}"') for number in range(2_000)] + [_TWICE]
    taken = catalog.take("\n".join(lines).encode(), "many.ndjson")
    assert [remark.partition(": ")[2] for remark in taken.remarks] == ["line 2001: " + _SAID.format('"title"')]
    assert taken.outcome.created == 2_001
