"""What the last update from IB1's metadata files found, for people and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from flask import Blueprint, Response
from flask_cors import CORS
from werkzeug.exceptions import NotFound

from dcip_server.store.directory import find_last_report
from dcip_server.web.rendering import render
from dcip_server.web.site import store

#: Findings of one file that the page shows, errors first; the report has all.
_FINDINGS = 50

blueprint = Blueprint("directory", __name__)
CORS(blueprint, send_wildcard=True)


@blueprint.get("/directory")
def directory() -> Response:
    """Every file with its verdict, and the findings of those that have any."""
    text = find_last_report(store().engine)
    report = None if text is None else json.loads(text)
    files = [] if report is None else [_shown(number, file) for number, file in enumerate(report["files"], 1)]
    return render("directory.html", report=report, files=files)


@blueprint.get("/directory.json")
def directory_json() -> Response:
    """The report as it is stored."""
    text = find_last_report(store().engine)
    if text is None:
        raise NotFound
    return Response(text + "\n", content_type="application/json; charset=utf-8")


def _shown(number: int, file: dict[str, Any]) -> dict[str, Any]:
    """A file of the report with what the page says of it."""
    findings = sorted(file["findings"], key=lambda finding: finding["severity"] != "E")
    counts = Counter(entry["result"] for entry in file["entries"])
    counts["removed"] = len(file["removed"])
    return {
        "number": number,
        "url": file["file_url"],
        "member": file["member_url"],
        "verdict": {"yes": "valid", "partial": "partly valid"}.get(file["valid"], "not valid"),
        "counts": [(name, counts[name]) for name in ("accepted", "kept", "left out", "removed")],
        "findings": findings[:_FINDINGS],
        "further": max(0, len(findings) - _FINDINGS),
    }
