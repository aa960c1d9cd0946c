"""Statistics as pictures: SVG without scripts, links and fonts of others, in light and dark.

A picture is drawn for 430 pixels and grows or shrinks with its place. Its numbers stand in the
table beneath it, so nothing in it needs a pointer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dcip_server.store import Statistic

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_WIDTH = 430
_HEIGHT = 280
_ROW_HEIGHT = 26
_MOST_LABEL = 26
_DATES_SHOWN = 4
#: What XML does not allow in a text.
_NO_TEXT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: The site's colours, and neighbours of theirs that differ in lightness, too.
_CSS = """
text { fill: #1d2329; }
.background { fill: none; }
.axis .line, .axis .guide.line, .axis .major.guide.line { stroke: #d9dde1; stroke-dasharray: none; fill: none; }
.color-0 { fill: #0b5e73; }
.color-1 { fill: #6ba7b8; }
.color-2 { fill: #b4532a; }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e8eb; }
  .axis .line, .axis .guide.line, .axis .major.guide.line { stroke: #3d464f; }
  .color-0 { fill: #7cc9db; }
  .color-1 { fill: #3d8496; }
  .color-2 { fill: #f0a27a; }
}
"""
_FONT = 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif'
_OPTIONS: dict[str, Any] = {
    "width": _WIDTH,
    "js": (),
    "css": ("file://graph.css", f"inline:{_CSS}"),
    "no_prefix": True,
    "explicit_size": True,
    "margin": 8,
    "truncate_label": -1,
    "truncate_legend": -1,
    "show_dots": False,
    "show_legend": False,
    "legend_at_bottom": True,
    "legend_at_bottom_columns": 3,
}


# All plots of two states of the catalog in every language of the interface.
@lru_cache(maxsize=64)
def draw(statistic: Statistic, title: str, heads: tuple[str, ...], labels: tuple[str, ...]) -> bytes:
    """The plot as SVG; ``title``, ``heads`` and ``labels`` are those of the statistic as people read them.

    The same statistic gives the same bytes.
    """
    # Only now: it takes a tenth of a second, which workers that are asked for no plot save.
    import pygal
    from pygal.style import Style

    options = _OPTIONS | {
        "style": Style(font_family=_FONT, label_font_size=14, major_label_font_size=14, legend_font_size=14)
    }
    columns = [list(column) for column in zip(*(row.numbers for row in statistic.rows), strict=True)]
    names = [_text(label) for label in labels]
    if statistic.facet or statistic.percent:
        height = 50 + _ROW_HEIGHT * len(names)
        chart = pygal.HorizontalBar(height=height, spacing=5, **options)
        # The last number of each row, the first row at the top.
        series = [(heads[-1], column[::-1]) for column in columns[-1:]]
        chart.x_labels = names[::-1]
        most = 100 if statistic.percent else max((row.numbers[-1] for row in statistic.rows), default=0)
    else:
        kind = pygal.Line if len(columns) == 1 else pygal.StackedBar
        chart = kind(height=_HEIGHT, fill=True, spacing=10, **options)
        chart.show_legend = len(columns) > 1
        chart.show_minor_x_labels = False
        series = list(zip(heads, columns, strict=True))
        chart.x_labels = names
        chart.x_labels_major = [
            names[(2 * number + 1) * len(names) // (2 * _DATES_SHOWN)] for number in range(_DATES_SHOWN)
        ]
        most = max((sum(row.numbers) for row in statistic.rows), default=0)
    chart.y_labels = _ticks(most)
    chart.range = (0, max(chart.y_labels))
    chart.value_formatter = "{:,.0f}".format
    for head, column in series:
        chart.add(_text(head), column)
    chart.add_xml_filter(lambda root: _reduced(root, title))
    drawn: bytes = chart.render()
    return drawn


def _text(label: str) -> str:
    label = _NO_TEXT.sub("\ufffd", label)
    return label if len(label) <= _MOST_LABEL else label[: _MOST_LABEL - 1] + "…"


def _ticks(most: int) -> list[int]:
    """Zero and some round numbers up to ``most`` or the next one above."""
    step = 1
    while step * 5 < most:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return list(range(0, max(most, 1) + step, step))


def _reduced(root: Element, title: str) -> Element:
    """The picture alone: no script, no hints for one, no date of the drawing."""
    root.attrib.pop("id", None)
    for element in list(root.iter()):
        for child in list(element):
            name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
            if name in ("", "script", "desc") or (name == "title" and element is not root):
                element.remove(child)
            elif name == "title":
                child.text = _NO_TEXT.sub("\ufffd", title)
    return root
