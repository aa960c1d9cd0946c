"""Texts that stand where an id should: what templates, spreadsheets and programs leave behind.

Short ids that a catalog may well have (``id``, ``...``, ``NA`` for Namibia) are none of these.
"""

from __future__ import annotations

_HOSTS = ("example.com", "example.org", "example.net", "www.example.com", "www.example.org")
_PLACEHOLDERS = frozenset(
    (
        "todo", "to do", "tbd", "tba", "tbc", "fixme", "changeme", "change me", "n/a", "n.a.", "#n/a", "not available", "not applicable",
        "null", "none", "nil", "nan", "undefined", "unknown", "empty", "missing", "placeholder", "identifier", "<id>", "{id}", "[id]",
        "your-id", "your_id", "uuid", "uri", "string", "xx", "xxx", "xxxx", "xxxxx", "-", "--", "---", "_", "?", "??", "???",
        "http://", "https://", "urn:uuid:", "00000000-0000-0000-0000-000000000000", "urn:uuid:00000000-0000-0000-0000-000000000000",
        *(f"{scheme}://{host}{end}" for scheme in ("http", "https") for host in _HOSTS for end in ("", "/")),
    )
)  # fmt: skip
_LONGEST = max(map(len, _PLACEHOLDERS))


def is_placeholder(id: str) -> bool:
    """Whether the text is one that people and programs write where they have no id."""
    return len(id) <= _LONGEST + 4 and id.strip().casefold() in _PLACEHOLDERS
