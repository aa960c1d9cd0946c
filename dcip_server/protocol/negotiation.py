"""What ``Accept`` prefers, where a URL leaves the format open (surface 1).

Only ``application/json`` and ``text/n3`` count as named: ``*/*``, ``application/*`` and
``text/html`` name nothing. JSON wins a tie.
"""

from __future__ import annotations

from werkzeug.http import parse_accept_header

from dcip_server.protocol.urls import Format

_MEDIA_TYPES = {"application/json": Format.JSON, "text/n3": Format.N3}


def named_format(accept: str) -> Format | None:
    """The format that the header names with the highest quality, or ``None``."""
    quality: dict[Format, float] = {}
    for media_type, q in parse_accept_header(accept):
        format = _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower())
        if format and q > 0:
            quality[format] = max(q, quality.get(format, 0.0))
    if not quality:
        return None
    return max(quality, key=lambda named: (quality[named], named is Format.JSON))
