"""RDF beneath the DCAT mapping: terms, parsing, canonical blank nodes, writing N3.

Terms are N-Triples strings (``<iri>``, ``_:label``, ``"text"@en``): small, sortable, and already
in the form in which they are written. Bulk parsing goes through pyoxigraph.
"""
