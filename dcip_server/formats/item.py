"""What a format module yields: one record of a source, understood or refused."""

from __future__ import annotations

from dataclasses import dataclass

from dcip_server.entities import Dataset
from dcip_server.errors import RecordError


@dataclass(frozen=True, slots=True)
class Item:
    """One record at its ``place`` in the source ("line 3", "record 7", an IRI).

    Either ``entity`` or ``error`` is set, or neither where ``remarks`` concern the source as a
    whole. Remarks are worth a line to the operator; they do not make an import fail.
    """

    place: str
    entity: Dataset | None = None
    error: RecordError | None = None
    remarks: tuple[str, ...] = ()
