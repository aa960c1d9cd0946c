"""YAML and JSON to plain values within limits, for files that strangers wrote (rules IB1-F-03, F-07, F-08).

Numbers keep the text they are written as; dates stay text, so none can fail to load.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

MAX_DEPTH = 64
MAX_NODES = 200_000


class ValueRefusedError(Exception):
    """A document is not read: ``rule`` says by which rule, ``line`` where it is known."""

    def __init__(self, rule: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.line = line


class Number(float):
    """A number and the text that it is written as."""

    text: str

    def __new__(cls, text: str, value: float | None = None) -> Number:
        """The number that the text says."""
        number = super().__new__(cls, float(text) if value is None else value)
        number.text = text
        return number


def is_number(value: object) -> bool:
    """Whether a value is a number, ``True`` and ``False`` excluded."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def text_of(value: object) -> str:
    """A scalar as text: a number as it is written."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


# --- JSON ---

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


def load_json(text: str) -> Any:
    """One JSON value. Raises :class:`ValueRefusedError`."""
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                line = text.count("\n", 0, token.start()) + 1
                raise ValueRefusedError(
                    "IB1-F-07", f"The JSON is nested too deeply, more than {MAX_DEPTH} levels.", line
                )
        elif mark in "]}":
            depth -= 1
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_json, parse_float=Number, parse_int=_int)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueRefusedError(
            "IB1-F-03", f"The file is not well-formed JSON: {place}: {error.msg}.", error.lineno
        ) from None
    except RecursionError:
        raise ValueRefusedError("IB1-F-07", "The JSON is nested too deeply.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueRefusedError(
                    "IB1-F-08", f"There is a duplicate key {key!r} in one mapping; keep one of them."
                )
            seen.add(key)
    return found


def _no_json(name: str) -> NoReturn:
    raise ValueRefusedError("IB1-F-03", f"The file is not well-formed JSON: {name} is no JSON value.")


def _int(text: str) -> float:
    return int(text) if len(text) < 19 else Number(text)


# --- YAML ---

_CORE = "tag:yaml.org,2002:"
_TAGS = {_CORE + name for name in ("str", "int", "float", "bool", "null", "map", "seq")} | {"!"}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Open:
    """A collection under construction; ``size`` counts nodes with aliases expanded."""

    value: Any
    anchor: str | None
    line: int
    size: int = 1
    key: str | None = None
    has_key: bool = False
    merged: list[dict[str, Any]] = field(default_factory=list)


def load_yaml(text: str) -> Any:
    """The value of one YAML document. Raises :class:`ValueRefusedError`."""
    try:
        return _build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        line = mark.line + 1 if mark else None
        problem = error.problem or "malformed"
        rule = "IB1-F-07" if "nesting depth" in problem or "undefined tag" in problem else "IB1-F-03"
        raise ValueRefusedError(rule, f"The file is not well-formed YAML: {place}{problem}.", line) from None
    except (yaml.YAMLError, ValueError) as error:
        reason = str(error).replace("\n", " ")
        raise ValueRefusedError("IB1-F-03", f"The file is not well-formed YAML: {reason}.") from None
    except RecursionError:
        raise ValueRefusedError("IB1-F-07", "The YAML is nested too deeply.") from None


def _build(events: Iterator[Any]) -> Any:
    anchors: dict[str, tuple[Any, int]] = {}
    stack: list[_Open] = []
    root: Any = None
    documents = 0
    total = 0
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise ValueRefusedError("IB1-F-07", "The file holds more than one YAML document; write one list.", line)
        elif isinstance(event, yaml.ScalarEvent):
            value = _scalar(event, line)
            total = _count(total, 1, line)
            if event.anchor:
                anchors[event.anchor] = (value, 1)
            root = _put(stack, value, 1, line, _key_text(event)) if stack else value
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                enclosing = any(open.anchor == event.anchor for open in stack)
                rule = "IB1-F-07" if enclosing else "IB1-F-03"
                why = "stands inside itself" if enclosing else "has no anchor"
                raise ValueRefusedError(rule, f"The YAML alias *{event.anchor} {why}.", line)
            value, size = anchors[event.anchor]
            total = _count(total, size, line)
            if stack:
                _put(stack, value, size, line, value if isinstance(value, str) else text_of(value))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            _check_tag(event.tag, line)
            total = _count(total, 1, line)
            if len(stack) >= MAX_DEPTH:
                raise ValueRefusedError(
                    "IB1-F-07", f"The YAML is nested too deeply, more than {MAX_DEPTH} levels.", line
                )
            if stack and isinstance(stack[-1].value, dict) and not stack[-1].has_key:
                raise ValueRefusedError("IB1-F-03", "A key of a YAML mapping must be a plain value.", line)
            stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], event.anchor, line))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done = stack.pop()
            for mapping in done.merged:
                for key, value in mapping.items():
                    done.value.setdefault(key, value)
            if done.anchor:
                anchors[done.anchor] = (done.value, done.size)
            if stack:
                _put(stack, done.value, done.size, done.line, "")
            else:
                root = done.value
    return root


def _count(total: int, more: int, line: int) -> int:
    if total + more > MAX_NODES:
        raise ValueRefusedError(
            "IB1-F-07", f"The YAML's nodes or aliases expand beyond the limit of {MAX_NODES}.", line
        )
    return total + more


def _put(stack: list[_Open], value: Any, size: int, line: int, key: str) -> Any:
    """Add a value to the innermost collection."""
    top = stack[-1]
    top.size += size
    if isinstance(top.value, list):
        top.value.append(value)
    elif not top.has_key:
        if key in top.value or (key == "<<" and top.merged):
            raise ValueRefusedError(
                "IB1-F-08", f"There is a duplicate key {key!r} in one mapping; keep one of them.", line
            )
        top.key, top.has_key = key, True
    elif top.key == "<<":
        top.merged = value if isinstance(value, list) else [value]
        top.has_key = False
        if not all(isinstance(mapping, dict) for mapping in top.merged):
            raise ValueRefusedError(
                "IB1-F-03", "The value of a merge key << must be a mapping or a list of mappings.", line
            )
    else:
        top.value[top.key] = value
        top.has_key = False
    return None


def _key_text(event: Any) -> str:
    return str(event.value)


def _check_tag(tag: str | None, line: int) -> None:
    if tag is not None and tag not in _TAGS:
        raise ValueRefusedError("IB1-F-07", f"The YAML tag {tag!r} is not allowed; only core tags are.", line)


def _scalar(event: Any, line: int) -> Any:
    _check_tag(event.tag, line)
    text: str = event.value
    kind = (event.tag or "").removeprefix(_CORE)
    if kind == "str" or (not event.tag and not event.implicit[0]) or event.tag == "!":
        return text
    if kind in ("", "null") and text in ("", "~", "null", "Null", "NULL"):
        return None
    if (
        kind in ("", "bool")
        and text.lower() in ("true", "false")
        and text in (text.lower(), text.upper(), text.title())
    ):
        return text.lower() == "true"
    if kind in ("", "int", "float") and _INT.fullmatch(text):
        return _yaml_int(text)
    if kind in ("", "float") and _FLOAT.fullmatch(text):
        return Number(text, float(text.lower().replace(".inf", "inf").replace(".nan", "nan")))
    if kind in ("", "str"):
        return text
    raise ValueRefusedError("IB1-F-03", f"The YAML value {text[:40]!r} is not of its tag !!{kind}.", line)


def _yaml_int(text: str) -> Number:
    value = int(text, 0) if text.startswith(("0x", "0o")) else float(text)
    return Number(text, float(value))
