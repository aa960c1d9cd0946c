"""Portals for one run: what is asked once, and what a rehearsal tells instead of writing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from dcip_server.publish.files import Upload
from dcip_server.publish.objects import API_PATH
from dcip_server.publish.portals import PortalClient, Reply


class OwnListKept:
    """A portal whose lists of the key's own datasets are asked for once while a run only adds to them."""

    def __init__(self, portal: PortalClient) -> None:
        self.site = portal.site
        self.has_key = portal.has_key
        self._portal = portal
        self._lists: dict[str, Reply] = {}

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, upload: Upload | None = None
    ) -> Reply:
        """See :class:`PortalClient`; a list that is known is not asked for again."""
        if method == "GET" and path in self._lists:
            return self._lists[path]
        reply = self._portal.ask(method, path, body, upload=upload)
        if method == "GET" and path.startswith("me/") and isinstance(reply.value, list):
            self._lists[path] = reply
        elif (method, path) == ("POST", "datasets/"):
            for kept in self._lists.values():
                if isinstance(kept.value, list):
                    kept.value.append(reply.value)
        elif method != "GET":
            self._lists.clear()
        return reply


class Rehearsal:
    """A portal that is read, and told what it would be asked to write."""

    def __init__(self, portal: PortalClient) -> None:
        self.site = portal.site
        self.has_key = portal.has_key
        self._portal = portal
        self._requests: list[str] = []

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, upload: Upload | None = None
    ) -> Reply:
        """See :class:`PortalClient`; what would write is kept for :meth:`told`, and answered with the id ``new``."""
        if method == "GET":
            return self._portal.ask(method, path)
        sent = "" if body is None else "\n" + json.dumps(body, ensure_ascii=False)
        if upload:
            sent = f"\nwith the file {upload.name}, {len(upload.stream.read())} bytes"
        self._requests.append(f"Would send {method} {self.site}{API_PATH}{path}{sent}")
        return Reply(HTTPStatus.OK, "", {"id": "new"})

    def told(self) -> str:
        """The requests since this was asked last."""
        told, self._requests = "\n".join(self._requests), []
        return told
