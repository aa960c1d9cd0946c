"""The sample catalog: thirteen well-known open datasets, described in three formats (see ``SOURCES.rst``)."""
