"""Makes the map's outlines of land: ``python docs/land.py land-110m.json > …/static/land.svg``.

The outlines are Natural Earth's (public domain) as the npm package ``world-atlas`` packs them in
TopoJSON (https://github.com/topojson/world-atlas, version 2.0.2, ``land-110m.json``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any


def _rings(topology: dict[str, Any]) -> Iterator[list[tuple[float, float]]]:
    (x_scale, y_scale), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        steps = list(accumulate(arc, lambda at, step: [at[0] + step[0], at[1] + step[1]]))
        arcs.append([(west + x * x_scale, south + y * y_scale) for x, y in steps])
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            for ring in polygon:
                points: list[tuple[float, float]] = []
                for number in ring:
                    points += (arcs[number] if number >= 0 else arcs[~number][::-1])[bool(points) :]
                yield points


def svg(topology: dict[str, Any]) -> str:
    """One path in degrees, north up."""
    path = "".join("M" + "L".join(f"{x:.1f} {-y:.1f}" for x, y in ring) + "Z" for ring in _rings(topology))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-180 -90 360 180">'
        "<!-- Natural Earth 1:110m land, public domain, from world-atlas 2.0.2; made by docs/land.py -->"
        f'<path fill="#8a979f" fill-opacity=".55" d="{path}"/></svg>\n'
    )


if __name__ == "__main__":
    sys.stdout.write(svg(json.loads(Path(sys.argv[1]).read_text())))
