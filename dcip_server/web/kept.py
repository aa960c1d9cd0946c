"""Complete answers to recent reads, sent again as they are while the catalog stays as it is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from dcip_server.protocol.answers import Sent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: For one worker process; when it is full it is emptied, which costs a read of each record again.
_MOST_BYTES = 8 << 20
_LARGEST_BYTES = 1 << 16
_MOST_ASKED_ONCE = 4096
#: About what key and headers of an answer take.
_OVERHEAD_BYTES = 2048

Key = tuple[str, ...]


class KeptAnswers:
    """Answers, each with the store's generation from before it was made (see ``Store.generation``)."""

    def __init__(self) -> None:
        self._answers: dict[Key, tuple[object, Sent]] = {}
        self._bytes = 0
        self._asked_once: set[Key] = set()
        self._lock = threading.Lock()

    def find(self, key: Key, generation: object) -> Sent | None:
        """The answer to the same request, if nothing was written since it was made."""
        made, sent = self._answers.get(key, _NOTHING)
        return sent if made is generation else None

    def keep(self, key: Key, generation: object, sent: Sent) -> None:
        """Remember an answer that depends on what is in the key alone.

        Only when it is asked for again: a harvest, which asks for each record once, costs no memory.
        """
        if key not in self._asked_once:
            if len(self._asked_once) >= _MOST_ASKED_ONCE:
                self._asked_once.clear()
            self._asked_once.add(key)
            return
        body = sent[2]
        size = sum(map(len, body)) if isinstance(body, list) else _LARGEST_BYTES + 1
        if size > _LARGEST_BYTES:
            return
        with self._lock:
            # An answer is counted again when it is made again: the bound holds all the same.
            self._bytes += size + _OVERHEAD_BYTES
            if self._bytes > _MOST_BYTES:
                self._answers.clear()
                self._bytes = size + _OVERHEAD_BYTES
            self._answers[key] = (generation, sent)


_NOTHING: tuple[object, None] = (object(), None)


def key_of(environ: WSGIEnvironment) -> Key:
    """What an answer depends on: the request's path and the address at which the site was asked."""
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return environ["PATH_INFO"], host, environ["wsgi.url_scheme"], environ.get("SCRIPT_NAME", "")
