"""Everything that can go wrong, sorted by whose fault it is.

A request is at fault, or the source of an import, or the catalog itself (its database, its
settings). Parsers and the store raise these; the command line prints them as one line, the
WSGI middleware turns them into a status.
"""

from collections.abc import Mapping


class DcipError(Exception):
    """The root: every error that this package raises on purpose."""


class RequestError(DcipError):
    """A client asked for something that the protocol does not define."""

    status = 400


class NotFoundError(RequestError):
    """No live record has the id that was asked for (draft, "Read Dataset API Call")."""

    status = 404


class PortalRefusalError(RequestError):
    """The portal API refuses a call; ``errors`` says field by field why, where fields are at fault."""

    def __init__(self, status: int, message: str, errors: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.errors = errors or {}


class PortalError(DcipError):
    """A portal refuses what it is asked to do, or has not what is looked for."""


class UsageError(DcipError):
    """The command line or a setting is wrong; the message names it and what is allowed."""


class ProcessError(DcipError):
    """A process that did a part of the work was ended before it was done."""


class SourceError(DcipError):
    """A source cannot be read, or not to its end: missing, cut off, malformed, too large."""


class NotPublicError(SourceError):
    """A host has an address that is not public, so nothing was sent to it."""


class CertificateError(SourceError):
    """A server's TLS certificate does not verify."""


class TimedOutError(SourceError):
    """No answer in time."""


class TooLargeError(SourceError):
    """An answer of more bytes than are taken."""


class RecordError(SourceError):
    """One record of a source is refused; the rest of the source goes on.

    ``id`` is the record's id where it could be read, and ``entity_type`` its type, so that a synchronising import does not
    take the refused record for one that the source dropped.
    """

    def __init__(self, message: str, id: str | int | None = None, entity_type: str = "dataset") -> None:
        super().__init__(message)
        self.id = id
        self.entity_type = entity_type


class WithheldError(RecordError):
    """A source says itself that a record is not, or no longer, public: to a synchronising import it is gone."""


class CatalogError(DcipError):
    """The catalog cannot do what was asked: unreadable, of another version, being written."""


class MassDeleteError(CatalogError):
    """A write would take away most of the live records, and nobody confirmed that it is meant."""
