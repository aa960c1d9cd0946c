"""YAML and JSON to plain values within limits, for files that strangers wrote: lists of IB1's older form, OpenAPI, schemas.

Numbers keep the text they are written as; dates stay text, so none can fail to load. Anchors, aliases and
merge keys of YAML are followed as far as :data:`MAX_NODES` goes; of tags only YAML's core ones are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

import yaml

from dcip_server.errors import SourceError

MAX_DEPTH = 64
#: Most nodes of a YAML document with its aliases expanded.
MAX_NODES = 200_000

What = Literal["malformed", "limits", "duplicate"]


class ValueRefusedError(SourceError):
    """A document is not read: ``what`` is wrong with it, at ``line`` where it is known."""

    def __init__(self, what: What, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.what = what
        self.line = line


class Number(float):
    """A number and the text that it is written as."""

    text: str

    def __new__(cls, text: str, value: float | None = None) -> Number:
        """The number that the text says."""
        number = super().__new__(cls, float(text) if value is None else value)
        number.text = text
        return number


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
                raise ValueRefusedError("limits", f"The JSON is nested too deeply, more than {MAX_DEPTH} levels.", line)
        elif mark in "]}":
            depth -= 1
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_json, parse_float=Number, parse_int=_int)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueRefusedError(
            "malformed", f"The file is not well-formed JSON: {place}: {error.msg}.", error.lineno
        ) from None
    except RecursionError:
        raise ValueRefusedError("limits", "The JSON is nested too deeply.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueRefusedError(
                    "duplicate", f"There is a duplicate key {key!r} in one mapping; keep one of them."
                )
            seen.add(key)
    return found


def _no_json(name: str) -> NoReturn:
    raise ValueRefusedError("malformed", f"The file is not well-formed JSON: {name} is no JSON value.")


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


def load_yaml(text: str, *, count_aliases_only: bool = False) -> Any:
    """The value of one YAML document of at most :data:`MAX_NODES`. Raises :class:`ValueRefusedError`.

    With ``count_aliases_only`` the document may be as large as it is; what its aliases add is bounded.
    """
    try:
        return _Builder(count_aliases_only).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        line = mark.line + 1 if mark else None
        problem = error.problem or "malformed"
        if "nesting depth" in problem:
            raise ValueRefusedError(
                "limits", f"The YAML is nested too deeply: {place.removesuffix(': ')}.", line
            ) from None
        what: What = "limits" if "undefined tag" in problem else "malformed"
        raise ValueRefusedError(what, f"The file is not well-formed YAML: {place}{problem}.", line) from None
    except (yaml.YAMLError, ValueError) as error:
        reason = str(error).replace("\n", " ")
        raise ValueRefusedError("malformed", f"The file is not well-formed YAML: {reason}.") from None
    except RecursionError:
        raise ValueRefusedError("limits", "The YAML is nested too deeply.") from None


class _Builder:
    """Puts the events of a parser together; the value of an alias is the very object of its anchor."""

    def __init__(self, count_aliases_only: bool) -> None:
        self._aliases_only = count_aliases_only
        self._nodes = 0
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._stack: list[_Open] = []
        self._root: Any = None

    def build(self, events: Iterator[Any]) -> Any:
        """The document's value, ``None`` where there is none."""
        documents = 0
        for event in events:
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise ValueRefusedError(
                        "limits", "The file holds more than one YAML document; write one list.", line
                    )
            elif isinstance(event, yaml.ScalarEvent):
                self._add_scalar(event, line)
            elif isinstance(event, yaml.AliasEvent):
                self._add_alias(event, line)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._open(event, line)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._close()
        return self._root

    def _add_scalar(self, event: Any, line: int) -> None:
        value = _scalar(event, line)
        self._count(1, line)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._put(value, 1, line, str(event.value))

    def _add_alias(self, event: Any, line: int) -> None:
        if event.anchor not in self._anchors:
            if any(open.anchor == event.anchor for open in self._stack):
                raise ValueRefusedError("limits", f"The YAML alias *{event.anchor} stands inside itself.", line)
            raise ValueRefusedError("malformed", f"The YAML alias *{event.anchor} has no anchor.", line)
        value, size = self._anchors[event.anchor]
        self._count(size, line, is_alias=True)
        self._put(value, size, line, text_of(value))

    def _open(self, event: Any, line: int) -> None:
        _check_tag(event.tag, line)
        self._count(1, line)
        if len(self._stack) >= MAX_DEPTH:
            raise ValueRefusedError("limits", f"The YAML is nested too deeply, more than {MAX_DEPTH} levels.", line)
        if self._stack and isinstance(self._stack[-1].value, dict) and not self._stack[-1].has_key:
            raise ValueRefusedError("malformed", "A key of a YAML mapping must be a plain value.", line)
        self._stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], event.anchor, line))

    def _close(self) -> None:
        done = self._stack.pop()
        for mapping in done.merged:
            for key, value in mapping.items():
                done.value.setdefault(key, value)
        if done.anchor:
            self._anchors[done.anchor] = (done.value, done.size)
        self._put(done.value, done.size, done.line, "")

    def _count(self, more: int, line: int, is_alias: bool = False) -> None:
        if is_alias or not self._aliases_only:
            self._nodes += more
            if self._nodes > MAX_NODES:
                raise ValueRefusedError(
                    "limits", f"The YAML's nodes or aliases expand beyond the limit of {MAX_NODES}.", line
                )

    def _put(self, value: Any, size: int, line: int, key: str) -> None:
        """Add a value to the innermost collection; ``key`` is its text where it is one."""
        if self._stack:
            _put(self._stack[-1], value, size, line, key)
        else:
            self._root = value


def _put(top: _Open, value: Any, size: int, line: int, key: str) -> None:
    top.size += size
    if isinstance(top.value, list):
        top.value.append(value)
    elif not top.has_key:
        if key in top.value or (key == "<<" and top.merged):
            raise ValueRefusedError(
                "duplicate", f"There is a duplicate key {key!r} in one mapping; keep one of them.", line
            )
        top.key, top.has_key = key, True
    elif top.key == "<<":
        top.merged = value if isinstance(value, list) else [value]
        top.has_key = False
        if not all(isinstance(mapping, dict) for mapping in top.merged):
            raise ValueRefusedError(
                "malformed", "The value of a merge key << must be a mapping or a list of mappings.", line
            )
    else:
        top.value[top.key] = value
        top.has_key = False


def _check_tag(tag: str | None, line: int) -> None:
    if tag is not None and tag not in _TAGS:
        raise ValueRefusedError("limits", f"The YAML tag {tag!r} is not allowed; only core tags are.", line)


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
    raise ValueRefusedError("malformed", f"The YAML value {text[:40]!r} is not of its tag !!{kind}.", line)


def _yaml_int(text: str) -> Number:
    try:
        return Number(text, float(int(text, 0)) if text.startswith(("0x", "0o")) else float(text))
    except OverflowError:
        # Beyond what a float holds: infinite, as so many decimal digits are.
        return Number(text, float("inf"))
