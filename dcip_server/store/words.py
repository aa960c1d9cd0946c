"""Words as the full-text index holds them and as people search for them: one folding for both.

Accents and case are folded away, so that every database finds the same; what is neither a letter nor
a digit separates words, so no operator of a database's query language is left. Scripts that
write no blanks between words are indexed character by character and found as phrases.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from dcip_server.errors import RequestError

#: Stands between texts that no phrase may span; no word, since it is no letter.
GAP = "¦"
#: Longer words are cut, in the index as in what is searched for.
_MOST_CHARACTERS = 60
_MOST_WORDS = 50

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
#: Letters and digits of ASCII, folded; all else there is a blank.
_ASCII = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else ord(" ") for code in range(256))
#: A control character, which no text has as a rule, for the gap where that is no byte of ASCII.
_MARK = "\x01"
_MARKED_GAP = f" {_MARK} "
_ASCII_AND_MARK = bytes(code if chr(code) == _MARK else folded for code, folded in enumerate(_ASCII))
#: Letters with a stroke and ligatures, which Unicode does not take apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
_QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”|„([^“”]*)[“”]|«([^»]*)»')


def fold(text: str) -> list[str]:
    """The words of a text in order, without accents and case."""
    if text.isascii():
        # A table of bytes is the fastest.
        words = text.encode("ascii").translate(_ASCII).decode("ascii").split()
    else:
        text = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(c for c in text if not unicodedata.combining(c) and unicodedata.category(c)[0] != "M")
        words = _WORD.findall(text.casefold().translate(_LETTERS))
    return _cut(words) if len(text) > _MOST_CHARACTERS else words


def _cut(words: list[str]) -> list[str]:
    if max(map(len, words), default=0) > _MOST_CHARACTERS:
        return [word[:_MOST_CHARACTERS] for word in words]
    return words


def fold_all(texts: Sequence[str]) -> list[str]:
    """The words of several texts, with a gap between one and the next, from the first that has any."""
    together = _MARKED_GAP.join(texts)
    if not together.isascii() or together.count(_MARK) != len(texts) - 1:
        words = fold(texts[0]) if texts else []
        for text in texts[1:]:
            words += (GAP, *fold(text))
    else:
        # As fold() does, but all of them at once.
        words = _cut(together.encode("ascii").translate(_ASCII_AND_MARK).decode("ascii").replace(_MARK, GAP).split())
    return list(dropwhile(GAP.__eq__, words)) if words[:1] == [GAP] else words


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must follow each other; with ``prefix`` the last one is the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool = False


def parse_words(text: str) -> tuple[Phrase, ...]:
    """What a search asks for: every phrase must occur. Empty where the text holds no letter or digit.

    Text in quotes is one phrase; the last word, unless it is quoted, is taken as a beginning.
    Raises :class:`RequestError` for more words than are worth a search.
    """
    parts = list(_parts(text))
    phrases = [
        Phrase(words, prefix=not quoted and number == len(parts))
        for number, (part, quoted) in enumerate(parts, 1)
        if (words := tuple(fold(part)))
    ]
    if sum(len(phrase.words) for phrase in phrases) > _MOST_WORDS:
        raise RequestError(f"a search for more than {_MOST_WORDS} words")
    return tuple(dict.fromkeys(phrases))


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Blank-separated words and quoted phrases in order, with whether they are quoted."""
    position = 0
    for match in _QUOTED.finditer(text):
        yield from ((word, False) for word in text[position : match.start()].split())
        yield next(group for group in match.groups() if group is not None), True
        position = match.end()
    yield from ((word, False) for word in text[position:].split())
