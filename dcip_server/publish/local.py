"""Our own catalog as a portal: the calls of the portal API, without HTTP between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from dcip_server.publish.files import Upload, UploadFolder
from dcip_server.publish.portal import Call, Portal
from dcip_server.publish.portals import Reply
from dcip_server.store import Store


class LocalPortal:
    """Asks the catalog in ``store``, by the rules and with the keys that hold for everyone else."""

    def __init__(self, store: Store, site: str, key: str | None, files: UploadFolder, *, allow_local: bool) -> None:
        self.site = site
        self.has_key = key is not None
        self._key = key
        self._portal = Portal(store, site, files, allow_local=allow_local)

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, upload: Upload | None = None
    ) -> Reply:
        """See :class:`PortalClient`."""
        sent = b"" if body is None else json.dumps(body).encode()
        answer = self._portal.answer(
            Call(
                method=method,
                path=unquote(path),
                key=self._key,
                content_type="application/json",
                body=lambda: sent,
                upload=lambda: upload,
            )
        )
        # The text is for messages; a list of all of a publisher's datasets need not be one.
        text = json.dumps(answer.value, ensure_ascii=False) if answer.status >= HTTPStatus.BAD_REQUEST else ""
        return Reply(answer.status, text, answer.value)
