"""A read-only open-data catalog server for the Data Catalog Interoperability Protocol (DCIP)."""

__version__ = "0.1.0"
