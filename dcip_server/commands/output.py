"""What commands say: messages on stderr, one line each, safe for any terminal."""

from __future__ import annotations

import re
import sys

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """The text with control characters spelled out, so a source cannot write to the terminal."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def say(text: str) -> None:
    """One line on stderr."""
    encoding = sys.stderr.encoding or "utf-8"
    line = one_line(text).encode(encoding, "backslashreplace").decode(encoding)
    print(line, file=sys.stderr, flush=True)
