"""Profiles ``ib1-open-data`` and ``ib1-metadata``: the numbered rules for IB1 metadata files."""
