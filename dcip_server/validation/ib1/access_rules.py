"""The grammar of access rules: ``[conditions] grants names [requires names]`` (rules A-01 to A-05)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(r" *(?:(?P<string>'[^']*')|(?P<mark><=|>=|==|[<>,\[\]])|(?P<word>[^ ,<>=\[\]']+))")
_NAME = re.compile(r"[a-z0-9_]+:[a-z0-9_.]+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_OPERATORS = ("is", "before", "after", "max_age_days", "in", "<", "<=", ">=", ">", "==")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")


class RuleError(Exception):
    """An access rule is malformed (``rule`` IB1-A-01) or an operand does not fit (IB1-A-02)."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


@dataclass(slots=True)
class AccessRule:
    """What a rule says; names keep their prefixes."""

    conditions: list[str] = field(default_factory=list)
    grants: list[str] = field(default_factory=list)
    requires: list[str] = field(default_factory=list)


class _Tokens:
    def __init__(self, text: str) -> None:
        self._found: list[tuple[str, int]] = []
        position = 0
        text = text.rstrip(" ")
        while position < len(text):
            token = _TOKEN.match(text, position)
            if token is None or "\n" in token[0] or "\t" in token[0]:
                raise RuleError("IB1-A-01", f"rule: unexpected {text[position]!r} at column {position + 1}")
            self._found.append((token[0].lstrip(" "), token.end() - len(token[0].lstrip(" ")) + 1))
            position = token.end()
        self._next = 0
        self._end = len(text) + 1

    def peek(self) -> str:
        return self._found[self._next][0] if self._next < len(self._found) else ""

    def take(self) -> str:
        token = self.peek()
        self._next += 1
        return token

    def fail(self, due: str) -> RuleError:
        column = self._found[self._next][1] if self._next < len(self._found) else self._end
        return RuleError("IB1-A-01", f"rule: expected {due} at column {column}, found {self.peek() or 'the end'!r}")

    def name(self) -> str:
        if not _NAME.fullmatch(self.peek()):
            raise self.fail("a name such as ib1:use_any")
        return self.take()


def parse_rule(text: str) -> AccessRule:
    """Read a rule. Raises :class:`RuleError`."""
    tokens = _Tokens(text)
    rule = AccessRule()
    while tokens.peek() != "grants":
        rule.conditions.append(tokens.name())
        if tokens.peek() in _OPERATORS:
            _check_operand(tokens, tokens.take())
        if tokens.peek() == ",":
            tokens.take()
            if tokens.peek() == "grants":
                raise tokens.fail("a condition")
        elif tokens.peek() != "grants":
            raise tokens.fail("'grants'")
    tokens.take()
    rule.grants = _names(tokens)
    if tokens.peek() == "requires":
        tokens.take()
        rule.requires = _names(tokens)
    if tokens.peek():
        raise tokens.fail("the end")
    return rule


def _names(tokens: _Tokens) -> list[str]:
    names = [tokens.name()]
    while tokens.peek() == ",":
        tokens.take()
        names.append(tokens.name())
    return names


def _kind(tokens: _Tokens) -> tuple[str, str]:
    token = tokens.peek()
    if token.startswith("'"):
        return "string", tokens.take()[1:-1]
    if _NUMBER.fullmatch(token):
        return "number", tokens.take()
    if re.fullmatch(r"\d\d/\d\d/\d{4}", token):
        try:
            datetime.datetime.strptime(token, "%d/%m/%Y")
        except ValueError:
            raise tokens.fail("a day that exists") from None
        return "date", tokens.take()
    raise tokens.fail("a number, a date dd/mm/yyyy or a 'string'")


def _check_operand(tokens: _Tokens, operator: str) -> None:
    if tokens.peek() == "[":
        tokens.take()
        kinds = {_kind(tokens)[0]}
        while tokens.peek() == ",":
            tokens.take()
            kinds.add(_kind(tokens)[0])
        if tokens.peek() != "]":
            raise tokens.fail("']'")
        tokens.take()
        if operator != "in" or len(kinds) > 1:
            raise RuleError(
                "IB1-A-02", f"{operator} needs {'a list of one type' if operator == 'in' else 'a single value'}"
            )
        return
    kind, text = _kind(tokens)
    if operator == "in":
        raise RuleError("IB1-A-02", "in needs a list")
    if operator in ("before", "after") and not (kind == "date" or (kind == "string" and _is_datetime(text))):
        raise RuleError("IB1-A-02", f"{operator} needs a date dd/mm/yyyy or a quoted RFC 3339 datetime")
    if operator == "max_age_days" and not (kind == "number" and text.isdigit()):
        raise RuleError("IB1-A-02", "max_age_days needs a whole number")
    if operator in ("<", "<=", ">=", ">", "==") and kind != "number":
        raise RuleError("IB1-A-02", f"{operator} needs a number")


def _is_datetime(text: str) -> bool:
    if not _DATETIME.fullmatch(text):
        return False
    try:
        datetime.datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
_OPEN = {
    "cc0",
    "gfdl_1.1",
    "gfdl_1.2",
    "gfdl_1.3",
    "fal_1.2",
    "fal_1.3",
    *(f"{n}_{v}" for n in ("cc_by", "cc_by_sa") for v in _VERSIONS),
}
_CAPABILITIES = {
    *(f"{verb}_{who}" for verb in ("use", "adapt") for who in ("any", "dev", "noncom")),
    *(f"combine_{what}" for what in ("any", "external", "internal")),
    *(f"redistribute_{what}" for what in ("original", "derived", "combined")),
}


def check_capabilities(rule: AccessRule, is_open: bool) -> Iterator[tuple[str, str]]:
    """Rule id and message of what is wrong with the names (A-03 to A-05)."""
    if any(name.startswith(("ib1oe:", "oe:")) for name in rule.conditions + rule.grants + rule.requires):
        yield "IB1-A-05", "Use ib1: instead of ib1oe: or oe:."
    opens = [name for name in rule.grants if name.startswith("open:")]
    if is_open and (rule.conditions or len(opens) < len(rule.grants)):
        yield "IB1-A-03", "Open data must not have conditions, and grants open: capabilities only."
    elif opens and len(opens) < len(rule.grants):
        yield "IB1-A-03", "open: capabilities must not be mixed with others."
    for name in opens:
        if name.removeprefix("open:") not in _OPEN:
            yield "IB1-A-03", f"{name} is not an open license such as open:cc_by_4.0."
    for names, known, what in (
        (rule.grants, _CAPABILITIES, "capability"),
        (rule.requires, {"ft", "by", "sa"}, "obligation"),
    ):
        for name in names:
            prefix, _, rest = name.partition(":")
            if prefix in ("ib1", "ib1oe", "oe") and rest not in known:
                yield "IB1-A-04", f"Unknown {what} {name}."
