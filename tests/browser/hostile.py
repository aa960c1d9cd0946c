"""What sources write to take over a page: each text goes into every field that is shown."""

from __future__ import annotations

from typing import Any

from tests.records import record

#: What each text would run if a browser took it for more than text: tests look for the mark that it leaves.
_RUN = "window.taken=1"

TEXTS: dict[str, str] = {
    "script": f"<script>{_RUN}</script>",
    "end-of-data": f"</script></title></textarea></style><script>{_RUN}</script>",
    "attribute": f"\"><img src=x onerror={_RUN}>' onmouseover='{_RUN}' autofocus onfocus='{_RUN}",
    "svg": f'<svg onload="{_RUN}"><animate onbegin="{_RUN}" attributeName=x dur=1s></svg><math><mi xlink:href="javascript:{_RUN}">',
    "markdown": f"[a](javascript:{_RUN}) [b](JaVaScRiPt&colon;{_RUN}) ![c](x \"onerror={_RUN}\") <javascript:{_RUN}> [d]: data:text/html,x [e](//evil.example/e) [f](/search?f)",
    "html": f"<a href='data:text/html,<script>{_RUN}</script>' onclick='{_RUN}'>a</a><iframe srcdoc='<script>{_RUN}</script>'></iframe>",
    "layout": "</main></div><style>*{display:none}</style><h1 style='position:fixed;inset:0'>Taken over</h1><base href=//evil.example/>",
    "elsewhere": "<img src=//evil.example/i.png><link rel=stylesheet href=//evil.example/s.css><form action=//evil.example><button>",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
    "bidi": "\u202e\u2066\u202dgnihtyna\u2067 \u200f\u061c\u202b" + "e\u0301\u0302\u0303" * 300,
    "override": "\u202eturned \u202e\u202eround",
    "wide": "W" * 4000 + "\u3000" + "﷽" * 300,
    "long": "a title of a megabyte " * 48_000,
}  # fmt: skip
_LINKS = ("javascript:" + _RUN, f"data:text/html,<script>{_RUN}</script>", "java\tscript:" + _RUN, "//evil.example/x")
_SHOWN = 999


def hostile_record(name: str) -> dict[str, Any]:
    """A record of which every field says the text, in the draft's JSON."""
    text = TEXTS[name]
    short = text[:_SHOWN]
    resources = [
        {
            "resource_type": short,
            "url": link,
            "format": short,
            "mimetype": short,
            "title": text,
            "name": short,
            "description": text,
            "last_modified": "2026-01-01",
        }
        for link in (*_LINKS, f"https://data.example/{short}")
    ]
    fields = ("title", "description", "author", "maintainer", "version", "name", "landing_page", "more", "rights")
    return record(
        f"hostile/{name}",
        **dict.fromkeys(fields, text),
        license=short,
        tags=[text, short[:290], "hostile"],
        temporal="2020-01-01/2021-01-01",
        in_series=[short, _LINKS[0]],
        extras={short: [short, {short: text}]},
        translations={"title": {"fr": text}, "description": {"fr": text}},
        resources=resources,
    )
