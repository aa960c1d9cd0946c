"""What tells the names of licences from each other."""

from __future__ import annotations

import re
import unicodedata

#: Words of titles that are written in several ways.
_SPELLINGS = {
    "licence": "license",
    "share alike": "sharealike",
    "non commercial": "noncommercial",
    "no derivatives": "noderivatives",
    "no derivs": "noderivatives",
    "no derivative works": "noderivatives",
    "noderivs": "noderivatives",
}
_SPELLING = re.compile(rf"\b({'|'.join(_SPELLINGS)})\b")
#: "v3.0" and "version 3.0" are "3.0".
_VERSION = re.compile(r"\bv(er(sion)?)?\W*(?=\d)")
#: In SPDX's earlier ids: a later version of the licence will do, too.
_OR_LATER = re.compile(r"(?<=\d)\+")


def folded(name: str) -> str:
    """The words of a name, without case and punctuation, each in one spelling, with blanks between."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = _VERSION.sub(" ", _OR_LATER.sub(" or later", text))
    return _SPELLING.sub(lambda match: _SPELLINGS[match[0]], " ".join(re.findall(r"[^\W_]+", text)))
