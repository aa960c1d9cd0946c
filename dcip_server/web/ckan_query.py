"""The query language of ``fq`` and ``q`` of CKAN's ``package_search``, as far as it can be honoured.

Terms side by side must all hold, as CKAN has it; ``OR`` holds its neighbours together, since that is what harvesters
mean by ``organization:a OR organization:b metadata_modified:[… TO *]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from dcip_server.errors import RequestError
from dcip_server.store.orders import Order
from dcip_server.store.packages import Condition, Created, Either, Every, Has, Modified, Not, Words

#: Fields of packages that are attributes of our records.
_ATTRIBUTES = {
    "id": "id", "title": "title", "tags": "tags", "license_id": "license", "author": "author", "maintainer": "maintainer",
    "res_format": "format", "organization": "organization", "owner_org": "organization", "groups": "group",
}  # fmt: skip
#: Fields that have one value in all packages here.
_CONSTANTS = {
    "type": "dataset", "dataset_type": "dataset", "state": "active", "private": "false", "capacity": "public",
}  # fmt: skip
_TIMES: dict[str, type[Modified] | type[Created]] = {"metadata_modified": Modified, "metadata_created": Created}
FIELDS = ("name", *_ATTRIBUTES, *_TIMES, *_CONSTANTS)
#: What packages are sorted by, under CKAN's names; by their score they are as they come otherwise.
_SORTS = {"id": "id", "name": "id", "title": "title", "title_string": "title", "metadata_modified": "modified",
          "metadata_created": "created"}  # fmt: skip
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<open>\() | (?P<close>\)) | (?P<sign>[+\-!](?=\S)) | (?P<and>AND\b|&&) | (?P<or>OR\b|\|\|) | (?P<not>NOT\b)
      | (?P<field>[A-Za-z_]+):(?=\S)
      | (?P<range>[\[{][^\]}]*[\]}])
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | (?P<bare>[^\s()"\[\]{}:]+(?::[^\s()"\[\]{}]*)?)
    )""",
    re.VERBOSE,
)
_RANGE = re.compile(r'([\[{])\s*"?([^\s"]+)"?\s+TO\s+"?([^\s"]+)"?\s*([\]}])')
#: Nobody means more, and each level is a call.
_DEEPEST = 20
_LONGEST = 8000


def parse_query(name: str, text: str, find_id: Callable[[str], str | None]) -> Condition:
    """The condition that a parameter's text states; ``find_id`` gives the id of the package with a name.

    Raises :class:`RequestError` for what is not understood, since a shorter answer would mean that there is no more.
    """
    if len(text) > _LONGEST:
        raise RequestError(f"{name}: longer than {_LONGEST} characters")
    return _Parser(name, text, find_id).parse()


def parse_sort(text: str) -> list[Order]:
    """The order that ``sort`` states: fields with ``asc`` or ``desc``, separated by commas."""
    found: list[Order] = []
    for part in text.lower().split(","):
        field, _, direction = part.strip().partition(" ")
        if (field not in _SORTS and field != "score") or direction.strip() not in ("", "asc", "desc"):
            raise RequestError(f"sort={text!r}: one of {', '.join(_SORTS)} with asc or desc is due")
        if field in _SORTS:
            found.append((_SORTS[field], direction.strip() == "desc"))
    return found or [("modified", True)]


class _Parser:
    def __init__(self, name: str, text: str, find_id: Callable[[str], str | None]) -> None:
        self._name = name
        self._find_id = find_id
        self._tokens = list(self._tokenise(text))
        self._position = 0

    def parse(self) -> Condition:
        found = self._all("", 0)
        if self._kind():
            raise self._refusal(self._tokens[self._position][1])
        return found

    def _tokenise(self, text: str) -> list[tuple[str, str]]:
        position, found = 0, []
        end = len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise self._refusal(text[position:].strip())
            found.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        return found

    def _refusal(self, text: str) -> RequestError:
        return RequestError(
            f'{self._name}: {text[:100]!r} is not understood; terms are FIELD:value, FIELD:"a value" and'
            f" metadata_modified:[… TO …], with -, AND, OR and brackets; the fields are {', '.join(FIELDS)}"
        )

    def _kind(self) -> str:
        return self._tokens[self._position][0] if self._position < len(self._tokens) else ""

    def _take(self) -> str:
        self._position += 1
        return self._tokens[self._position - 1][1]

    def _all(self, field: str, depth: int) -> Condition:
        """Terms of which all must hold, up to a closing bracket or the end."""
        parts = []
        while self._kind() not in ("", "close"):
            parts.append(self._any(field, depth))
            if self._kind() == "and":
                self._take()
                if self._kind() in ("", "close", "and", "or"):
                    raise self._refusal("AND")
        words = [part for part in parts if isinstance(part, Words)]
        if len(words) > 1:
            # One search, whose last word may be a beginning.
            parts = [
                *(part for part in parts if not isinstance(part, Words)),
                Words(" ".join(word.text for word in words)),
            ]
        parts = [part for part in parts if part != Every()]
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _any(self, field: str, depth: int) -> Condition:
        parts = [self._one(field, depth)]
        while self._kind() == "or":
            self._take()
            parts.append(self._one(field, depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _one(self, field: str, depth: int) -> Condition:
        kind = self._kind()
        if kind in ("", "close", "and", "or") or depth > _DEEPEST:
            raise self._refusal(self._take() if kind else "the end")
        text = self._take()
        if kind == "sign" or kind == "not":
            part = self._one(field, depth + 1)
            return part if text == "+" else Not(part)
        if kind == "open":
            found = self._all(field, depth + 1)
            if self._kind() != "close":
                raise self._refusal("(")
            self._take()
            return found
        if kind == "field":
            if field or text not in FIELDS or self._kind() in ("", "field", "sign", "and", "or", "not", "close"):
                raise self._refusal(f"{text}:")
            return self._one(text, depth + 1)
        return self._term(field, kind, text)

    def _term(self, field: str, kind: str, text: str) -> Condition:
        if kind == "range":
            if field not in _TIMES or not (match := _RANGE.fullmatch(text)) or match[1] + match[4] != "[]":
                raise self._refusal(f"{field}:{text}")
            first, last = (None if bound == "*" else self._moment(bound) for bound in (match[2], match[3]))
            return _TIMES[field](first, last)
        if kind == "quoted":
            text = re.sub(r"\\(.)", r"\1", text)
        elif re.search(r"(?<!\\)[*?~^]", text):
            if (field, text) in (("", "*:*"), ("", "*")):
                return Every()
            raise self._refusal(f"{field}:{text}" if field else text)
        else:
            text = re.sub(r"\\(.)", r"\1", text)
        if field in _TIMES:
            raise self._refusal(f"{field}:{text}")
        if not field:
            if kind == "bare" and ":" in text:
                raise self._refusal(text)
            return Words(f'"{text}"' if kind == "quoted" else text)
        if field in _CONSTANTS:
            return Every() if text.lower() == _CONSTANTS[field] else Either()
        if field == "name":
            id = self._find_id(text)
            return Either() if id is None else Has("id", id)
        return Has(_ATTRIBUTES[field], text)

    def _moment(self, text: str) -> str:
        try:
            moment = datetime.fromisoformat(text)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise RequestError(f"{self._name}: {text!r}: an ISO 8601 date or time, or *, is due") from None
        # The catalog's times are whole seconds.
        return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + "Z"
