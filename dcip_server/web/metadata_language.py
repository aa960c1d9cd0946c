"""The language that a record's own texts are in, as HTML's ``lang`` wants it (BCP 47)."""

from __future__ import annotations

from collections.abc import Mapping

from dcip_server.entities import Json

#: Codes of three letters, as the EU's authority has them, for which there is one of two.
_TWO_LETTERS = {
    "bul": "bg", "ces": "cs", "cze": "cs", "dan": "da", "deu": "de", "ger": "de", "ell": "el", "gre": "el", "eng": "en",
    "spa": "es", "est": "et", "fin": "fi", "fra": "fr", "fre": "fr", "gle": "ga", "hrv": "hr", "hun": "hu", "ita": "it",
    "lit": "lt", "lav": "lv", "mlt": "mt", "nld": "nl", "dut": "nl", "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro",
    "slk": "sk", "slo": "sk", "slv": "sl", "swe": "sv",
}  # fmt: skip


def language_of(value: Mapping[str, Json]) -> str | None:
    """The language where the record states exactly one, as a code or as the IRI of one."""
    stated = value.get("languages") or value.get("language")
    if isinstance(stated, list):
        stated = stated[0] if len(stated) == 1 else None
    if not isinstance(stated, str):
        return None
    tag = stated.rstrip("/").rpartition("/")[2].lower()
    tag = _TWO_LETTERS.get(tag, tag)
    return tag if len(tag) in (2, 3) and tag.isascii() and tag.isalpha() else None
