"""Where in the folder an answer lies, so that nginx finds it by the URL that is asked for.

Most answers lie in ``_answers/`` at the decoded path of their URL: nginx decodes paths itself, so every spelling of a
URL leads there. What no file can be named after (``a/../b``, ``a//b``, long names, a folder named like a file) lies in
``_spelled/`` under the URL's own spelling, in pieces: such an answer is found at the URL that lists and pages give, and
at no other spelling of it. The rules here and the maps of ``site.conf`` say the same; tests ask nginx for all of them.
"""

from __future__ import annotations

import re
from urllib.parse import quote

FILES = "_answers"
SPELLED = "_spelled"
#: nginx looks for so many pieces of that length; with them a path stays below the 4096 bytes that systems allow.
PIECE = 240
MOST_PIECES = 14
#: With its extension a name has at most 255 bytes.
_LONGEST_NAME = 200
_LONGEST_PATH = 2000
#: How names of files end: no folder may be called like that.
_ENDINGS = re.compile(r"\.(?:json|dcat\.N3|n3|ttl|rdf|jsonld|html)/")
_DOTS = re.compile(r"(?:^|/)\.{1,2}(?:/|$)")
#: An empty step: a file system does not see it. After a colon, as in IRIs, it must be there.
_STEPS = re.compile(r"^/|[^:]//|:/(?!/)|///")
_UNFIT = re.compile(r"[\x00-\x1f\x7f\\]")


def place_of(folder: str, value: str, ending: str, *, shown: str = "") -> str | None:
    """The place for a value, percent-encoded in the last step of its URL below ``folder``, where ``shown`` follows it.

    ``ending`` is that of the file. ``None`` where no request for it reaches nginx's files: it is too long, or its
    steps lead out of the folder.
    """
    path = value + ending
    if _DOTS.search(value + shown):
        if _leads_out(value + shown):
            return None
    # nginx sees no extension where it is all that a name has.
    elif not _is_odd(path) and (shown or not value.endswith("/")):
        # A file system takes several slashes for one, and nginx may.
        return f"{FILES}/{folder}/{path.replace('://', ':/')}"
    pieces = pieces_of(quote(value, safe=""))
    return None if pieces is None else f"{SPELLED}/{folder}/{pieces}{ending}"


def place_of_query(path: str, query: str, ending: str) -> str | None:
    """The place of the answer to a path with a query, spelled as the site's own links spell it; else as above."""
    if not query:
        return f"{FILES}/{path}{ending}"
    pieces = pieces_of(query)
    return None if pieces is None else f"{FILES}/{path}.query/{pieces}{ending}"


def pieces_of(spelled: str) -> str | None:
    """A spelling cut into folders ``…+`` and a file ``=…``: characters that no spelling has, so that none is another's."""
    parts = [spelled[start : start + PIECE] for start in range(0, len(spelled), PIECE)]
    if not parts or len(parts) > MOST_PIECES:
        return None
    return "".join(f"{part}+/" for part in parts[:-1]) + "=" + parts[-1]


def _is_odd(path: str) -> bool:
    return bool(
        _STEPS.search(path)
        or _ENDINGS.search(path)
        or _UNFIT.search(path)
        or len(path.encode()) > _LONGEST_PATH
        or any(len(step.encode()) > _LONGEST_NAME for step in path.split("/"))
    )


def _leads_out(path: str) -> bool:
    """Whether nginx, which takes the steps of a path, comes to its folder or above it on the way or at the end."""
    depth = 0
    for step in path.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(step, 1)
        if depth < 0:
            return True
    return depth == 0
