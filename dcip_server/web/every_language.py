"""Pages in no language yet, of which those in every language are made: who wants them all has them made once.

A mark stands for each text of ours. Marks are surrogates, which no text of a record has: it could not be sent. Where
a page depends on its language otherwise than by such texts, it is not made so (``rendering.language``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import Formatter

from markupsafe import escape

#: What is said of a page's language as long as it has marks.
EVERY = "*"
#: In a request's environ, where nothing gets that a client sends: :data:`EVERY` where the page is wanted so.
WANTED = "dcip.every_language"

#: How such a page is written as UTF-8.
MARKED = "surrogatepass"

_NEXT, _END = "\ud800", "\ud801"
_FIRST = 0xD802
_SPLIT = re.compile("([\ud800-\udbff])")
#: By mark: the names of its values, and the text as HTML in each language.
_TEXTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}


def mark(texts: Sequence[str]) -> str:
    """What stands for a text in each of the languages. Where it has values, they are put in as into the text itself."""
    if len(set(texts)) == 1:
        return texts[0]
    names = tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(texts[0]) if name))
    found = chr(_FIRST + len(_TEXTS))
    _TEXTS[found] = names, tuple(str(escape(text)) for text in texts)
    return found + (_NEXT.join(f"{{{name}}}" for name in names) + _END if names else "")


def in_each(page: bytes) -> list[str]:
    """A page that was made with marks as it is in each language."""
    parts = _SPLIT.split(page.decode("utf-8", MARKED))
    [(_, texts), *_] = _TEXTS.values()
    return [_in_one(parts, number) for number in range(len(texts))]


def _in_one(parts: Sequence[str], number: int) -> str:
    said: list[str] = []
    #: Texts whose values are being read: what was said before, the mark, and the values so far.
    begun: list[tuple[list[str], str, list[str]]] = []
    for place, part in enumerate(parts):
        if not place % 2:
            said.append(part)
        elif part in (_NEXT, _END):
            begun[-1][2].append("".join(said))
            said = []
            if part == _END:
                said, whole, values = begun.pop()
                names, texts = _TEXTS[whole]
                said.append(texts[number].format(**dict(zip(names, values, strict=True))))
        elif _TEXTS[part][0]:
            begun.append((said, part, []))
            said = []
        else:
            said.append(_TEXTS[part][1][number])
    return "".join(said)
