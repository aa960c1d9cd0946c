"""The languages of a record's own texts: as HTML's ``lang`` wants them (BCP 47), and the one that suits the reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dcip_server.entities import Json

#: Codes of three letters, as the EU's authority has them, for which there is one of two.
_TWO_LETTERS = {
    "bul": "bg", "ces": "cs", "cze": "cs", "dan": "da", "deu": "de", "ger": "de", "ell": "el", "gre": "el", "eng": "en",
    "spa": "es", "est": "et", "fin": "fi", "fra": "fr", "fre": "fr", "gle": "ga", "hrv": "hr", "hun": "hu", "ita": "it",
    "lit": "lt", "lav": "lv", "mlt": "mt", "nld": "nl", "dut": "nl", "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro",
    "slk": "sk", "slo": "sk", "slv": "sl", "swe": "sv",
}  # fmt: skip
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}", re.IGNORECASE)
_MOST_LANGUAGES = 40


@dataclass(frozen=True, slots=True)
class Text:
    """A text and its language, ``None`` where the record does not say."""

    text: str
    language: str | None


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


def text_for(value: Mapping[str, Json], key: str, reader: str) -> Text | None:
    """The title or description in the reader's language where there is one, else as the record has it."""
    translations = _translations(value, key)
    own = value.get(key)
    if not isinstance(own, str):
        return None
    for tag, text in translations.items():
        if tag.partition("-")[0].lower() == reader:
            return Text(text, tag)
    same = (tag for tag, text in translations.items() if text == own)
    return Text(own, next(same, language_of(value)))


def other_languages(value: Mapping[str, Json], shown: str | None) -> dict[str, tuple[str, str]]:
    """Title and description in each language but the one that is shown; ``""`` for what is missing."""
    titles, descriptions = _translations(value, "title"), _translations(value, "description")
    tags = [tag for tag in sorted({*titles, *descriptions}) if tag != shown]
    return {tag: (titles.get(tag, ""), descriptions.get(tag, "")) for tag in tags[:_MOST_LANGUAGES]}


def _translations(value: Mapping[str, Json], key: str) -> dict[str, str]:
    """The texts of a key by language, without what is no language's tag."""
    translations = value.get("translations")
    texts = translations.get(key) if isinstance(translations, dict) else None
    if not isinstance(texts, dict):
        return {}
    return {tag: text for tag, text in texts.items() if isinstance(text, str) and text and _TAG.fullmatch(tag)}
