"""The rules that ask the network: all requests are announced first, so that they may go out at the same time."""

from __future__ import annotations

from collections.abc import Iterator

from dcip_server.addresses import is_public_url
from dcip_server.namespaces import DCAT, DCTERMS, IB1
from dcip_server.validation.context import Fetcher
from dcip_server.validation.ib1.checking import MAX_DOCUMENT_BYTES, Checking
from dcip_server.validation.ib1.downloads import check_download
from dcip_server.validation.ib1.requirements import check_scheme_document, check_standard
from dcip_server.validation.ib1.schemas import check_schema, schemas_to_check
from dcip_server.validation.ib1.services import check_api
from dcip_server.validation.ib1.terms import is_http, plain

#: Documents by the property that names them, what reads each, and whether data services alone have one.
_DOCUMENTS = (
    (IB1.scheme, check_scheme_document, False),
    (DCTERMS.conformsTo, check_standard, False),
    (DCAT.endpointDescription, check_api, True),
    (IB1.heartbeatDescription, check_api, True),
)


def check_online(c: Checking, fetcher: Fetcher) -> None:
    """Run all rules that ask the fetcher."""
    downloads = [
        (entry, node, url)
        for entry in c.datasets
        for node in c.distributions(entry)
        for url in _urls(c, fetcher, node, DCAT.downloadURL)
    ]
    schemas = [schema for schema in schemas_to_check(c) if may_ask(fetcher, schema.url)]
    documents = [
        (check, entry, predicate, url)
        for predicate, check, is_for_services in _DOCUMENTS
        for entry in (c.services if is_for_services else (*c.datasets, *c.services))
        for url in _urls(c, fetcher, entry, predicate)
    ]
    wanted = {schema.url for schema in schemas} | {url for _, _, _, url in documents}
    fetcher.warm([("HEAD", url, 0) for _, _, url in downloads])
    fetcher.warm([("GET", url, MAX_DOCUMENT_BYTES) for url in sorted(wanted)])
    for entry, node, url in downloads:
        check_download(c, fetcher, entry, node, url)
    for schema in schemas:
        check_schema(c, fetcher, schema)
    for check, entry, predicate, url in documents:
        check(c, fetcher, entry, predicate, url)


def _urls(c: Checking, fetcher: Fetcher, node: str, predicate: str) -> Iterator[str]:
    """The http(s) values of a property that may be asked."""
    return (plain(term) for term in c.values(node, predicate) if is_http(term) and may_ask(fetcher, plain(term)))


def may_ask(fetcher: Fetcher, url: str) -> bool:
    """Whether a request may be made: nothing goes out to a host that is not public (IB1-H-10)."""
    return is_public_url(url) or fetcher.allows_private
