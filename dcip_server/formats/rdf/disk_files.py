"""What a document on disk consists of: names of files, the form of a segment, filters."""

from __future__ import annotations

from struct import Struct

#: The files in the folder: segments, the index from nodes to segments, two filters, a byte for each node that is taken.
STATEMENTS, INDEX, FILTERS, TAKEN = "statements", "index.db", "filters", "taken"
#: In front of a segment: its length, the number of its first node, and how many nodes it has. Behind it a mapping in
#: ``marshal``'s form: by node, by property, the objects.
HEADER = Struct(">IQI")


class Filter:
    """Which keys were added, of any number, in a fixed size: says yes of all of them, and of a few others."""

    _BITS = 1 << 23

    def __init__(self, bits: bytes | None = None) -> None:
        self.bits = bytearray(self._BITS // 8) if bits is None else bits

    def add(self, key: int) -> None:
        for bit in (key & (self._BITS - 1), (key >> 23) & (self._BITS - 1)):
            self.bits[bit >> 3] |= 1 << (bit & 7)  # type: ignore[index]  # only a new one is added to

    def __contains__(self, key: int) -> bool:
        first, second = key & (self._BITS - 1), (key >> 23) & (self._BITS - 1)
        return bool(self.bits[first >> 3] >> (first & 7) & 1 and self.bits[second >> 3] >> (second & 7) & 1)
