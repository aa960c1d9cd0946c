"""The link of a resource: a search of MISP written as a URL that anyone can follow.

MISP reads the filters of ``restSearch`` from the path, as ``name:value`` between slashes.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from dcip_server.entities import Json
from dcip_server.errors import UsageError

LEVELS = ("events", "attributes")
_SAFE = "-._~!$&'()*,;=:@"
_OPERATOR = re.compile("[A-Za-z0-9_-]+")
_PREFIX_LENGTH = re.compile("[0-9]{1,3}")


def build_link(misp_url: str, level: str, filters: Mapping[str, Json], warn: Callable[[str], None]) -> str:
    """The URL of a search at ``level`` (one of :data:`LEVELS`), filters in their order.

    ``warn`` is told of what MISP will read otherwise than it is written. Raises :class:`UsageError`
    naming the filter that cannot be written so that MISP reads what was meant.
    """
    segments = [segment for key, value in filters.items() for segment in _segments(key, value, warn)]
    if not segments:
        warn(f"no filter is given: the link leads to all {level}")
    return f"{misp_url.rstrip('/')}/{level}/restSearch/{'/'.join(segments)}"


def _segments(key: str, value: Json, warn: Callable[[str], None]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield from _written(key, "", value, warn)
        return
    for operator, operand in value.items():
        if not _OPERATOR.fullmatch(operator):
            raise UsageError(f"filter {key!r}: {operator!r} is no operator; letters, digits, - and _ are allowed")
        yield from _written(key, f"[{operator}]", operand, warn)


def _written(key: str, operator: str, value: Json, warn: Callable[[str], None]) -> Iterator[str]:
    """One segment for a value, one for each item of a list; the brackets that we add stay as they are."""
    name = _quoted(key, key, warn) + operator
    if isinstance(value, list):
        name += "[]"
    for item in value if isinstance(value, list) else [value]:
        if item is not None:
            yield f"{name}:{_quoted(_text(key, item), key, warn)}"


def _text(key: str, item: Json) -> str:
    match item:
        case bool():
            return str(int(item))
        case float():
            return str(int(item)) if item.is_integer() else repr(item)
        case int():
            return str(item)
        case "":
            raise UsageError(f"filter {key!r} is empty, which would widen the search; leave it out or give a value")
        case str():
            return _with_misps_slash(item) if key == "value" else item
    raise UsageError(
        f"filter {key!r} is nested too deeply: texts and numbers, lists of them, or an object of these are due"
    )


def _with_misps_slash(value: str) -> str:
    """A network as MISP takes it in a path, ``10.0.0.0|8``; any other value as it is."""
    address, slash, length = value.removeprefix("!").partition("/")
    if not slash or not _PREFIX_LENGTH.fullmatch(length):
        return value
    try:
        ipaddress.ip_interface(f"{address}/{length}")
    except ValueError:
        return value
    return value.replace("/", "|")


def _quoted(text: str, key: str, warn: Callable[[str], None]) -> str:
    if not text:
        raise UsageError("a filter has no name")
    if "/" in text:
        raise UsageError(
            f"filter {key!r}: {text!r} holds a slash, where MISP ends a filter; the wildcard % can stand for it"
        )
    if ";" in text:
        warn(f"filter {key!r}: MISP reads ; as : in {text!r}")
    if "||" in text:
        warn(f"filter {key!r}: MISP reads || as a list in {text!r}")
    return quote(text, safe=_SAFE)
