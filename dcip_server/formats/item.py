"""What a format module yields: one record of a source, understood or refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from dcip_server.entities import Dataset
from dcip_server.errors import RecordError, SourceError

_TRIPLE_BYTES = 200
_RECORD_BYTES = 1 << 12


class Piece(Protocol):
    """A part of a document that is read by itself, perhaps in another process, so it can be pickled.

    ``size_bytes`` says about how much of the document it is, ``records`` about how many. One that is ``alone`` is read
    when all before it were, and before the next one is asked for.
    """

    @property
    def size_bytes(self) -> int: ...
    @property
    def records(self) -> int: ...
    @property
    def alone(self) -> bool: ...

    def items(self) -> Iterable[Item]:
        """Its records in order. Raises :class:`SourceError` where the document cannot be read any further."""


class Item(NamedTuple):
    """One record at its ``place`` in the source ("line 3", "record 7", an IRI).

    Either ``entity`` or ``error`` is set, or neither where ``remarks`` concern the source as a
    whole. Remarks are worth a line to the operator; they do not make an import fail.
    """

    place: str
    entity: Dataset | None = None
    error: RecordError | None = None
    remarks: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """As :class:`Piece` has it: an item is a piece that was read already."""
        return _RECORD_BYTES + (len(self.entity.triples) * _TRIPLE_BYTES if self.entity else 0)

    @property
    def records(self) -> int:
        """One at most."""
        return 1

    @property
    def alone(self) -> bool:
        """Never: an item depends on no other."""
        return False

    def items(self) -> Iterable[Item]:
        """The item itself."""
        return (self,)


def items_of(piece: Piece) -> Iterator[Item]:
    """The piece's items; what keeps it from being read to its end comes as an item without a place."""
    try:
        yield from piece.items()
    except SourceError as error:
        yield Item("", error=RecordError(str(error)))
    except MemoryError:
        yield Item("", error=RecordError(OUT_OF_MEMORY))


OUT_OF_MEMORY = "needs more memory than there is; see IMPORT_MAX_RECORD_BYTES"
