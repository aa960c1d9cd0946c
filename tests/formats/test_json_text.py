"""JSON text is what Python's own encoder makes of a value, byte for byte, whichever way it is made."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dcip_server.formats.json_value import canonical_json, json_bytes

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None))
_VALUES = st.recursive(
    _SCALARS, lambda below: st.lists(below) | st.dictionaries(st.text(st.characters(codec=None)), below), max_leaves=20
)


def _due(value: Any, sort_keys: bool) -> bytes | type[Exception]:
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, sort_keys=sort_keys, separators=(",", ":")
        ).encode()
    except (ValueError, RecursionError) as error:
        return type(error)


def _made(encode: Callable[[Any], bytes], value: Any) -> bytes | type[Exception]:
    try:
        return encode(value)
    except (ValueError, RecursionError) as error:
        return type(error)


@given(_VALUES)
@example(1e-7)
@example([5e-05, 2.5e-5, -1e-5, 9.99999e-05, 1e-4, 0.00012, 1e-6])
@example({"a": [-1.5e-9, 1e-10, 5e-324, 1e16, 1e22, -0.0, 123456789012345680.0]})
@example([2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**400])
@example({"b": None, "a": [None, "null", math.inf], "c": math.nan})
@example("\x00\x1f\x7f\u2028\ud800\udc80\U0001f6b2 e-7 null")
@example({"\ud800": 1})
def test_it_is_what_pythons_own_encoder_makes(value: Any) -> None:
    assert _made(json_bytes, value) == _due(value, sort_keys=False)
    assert _made(lambda value: canonical_json(value).encode(), value) == _due(value, sort_keys=True)


@given(st.builds(lambda digits, exponent: float(f"{digits}e{exponent}"), st.integers(), st.integers(-30, 30)))
def test_numbers_of_every_size_are_written_as_python_writes_them(number: float) -> None:
    assert json_bytes([number]) == _due([number], sort_keys=False)
    assert canonical_json({"spatial": [number, None]}).encode() == _due({"spatial": [number, None]}, sort_keys=True)


@pytest.mark.parametrize("depth", [10, 300, 100_000])
def test_it_is_so_at_any_depth(depth: int) -> None:
    value: Any = "e"
    for level in range(depth):
        value = [value] if level % 2 else {"é": value}
    made, due = _made(json_bytes, value), _due(value, sort_keys=False)
    # Not compared by the assertion itself, which could not show what is so deep.
    assert made is due or hash(made) == hash(due)
    assert isinstance(due, bytes) == (depth < 1000)


@pytest.mark.parametrize(
    "value", ["text e-7", "nullify", {"a": "null", "b": "1e-7", "c": "0.00001"}], ids=["small", "null", "in an object"]
)
def test_text_that_looks_like_what_is_made_in_another_way_is_text(value: Any) -> None:
    assert json.loads(json_bytes(value)) == json.loads(canonical_json(value)) == value
