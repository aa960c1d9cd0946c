"""Two kinds of answers, so that a server can give those that take no time in few threads, and all others elsewhere.

A server that puts :data:`BRIEFLY` into a request's environment wants an answer only if that can be given at once: nothing
is waited for, neither a client nor a writer nor Flask. Else :class:`NotBriefly` is raised, and the server asks again,
in a thread that may take its time, with the exception's :attr:`~NotBriefly.known` instead. Other servers know nothing of this
and need not.
"""

from __future__ import annotations

BRIEFLY = "dcip_server.briefly"
#: The rate limit was asked already and has counted this request.
ALLOWED = "dcip_server.allowed"


class NotBriefly(Exception):  # noqa: N818 - nothing is wrong
    """The answer takes its time; ``known`` is what else to put into the environment when asking again."""

    def __init__(self, *known: str) -> None:
        super().__init__()
        self.known = dict.fromkeys(known, True)
