"""Checks of the rules that hold for every answer under the endpoint, and of the way to find it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dcip_server.conformance.addresses import canonical, is_full_url, same, urls_in
from dcip_server.conformance.asking import Seen
from dcip_server.conformance.discovery import NAME, MetaTag
from dcip_server.conformance.evidence import Check, Evidence, Finding, free_of, or_else, shown, status_is
from dcip_server.conformance.observations import Observations
from dcip_server.protocol.answers import STATUSES
from dcip_server.protocol.urls import Format

#: The draft leaves the type of N3 open; these are its names and that of its subset.
_CODINGS = ("Transfer-Encoding", "Content-Encoding")
_N3_TYPES = ("text/n3", "text/rdf+n3", "text/turtle")


def home_page_names_endpoint(o: Observations) -> Iterator[Finding]:
    due = f'in the head: <meta content="{NAME}" value="{o.endpoint}">'
    found = [(page, tag) for page in o.pages for tag in page.tags]
    if not found:
        for page in o.pages:
            if page.seen.status == 200:
                yield Evidence(page.seen, due, "200, no such meta tag", False)
        yield "if the catalog's home page is elsewhere, give its URL"
        return
    faults = [(page, _tag_fault(tag, o.endpoint)) for page, tag in found]
    page, fault = min(faults, key=lambda pair: bool(pair[1]))
    yield free_of(page.seen, fault, due, "200, the meta tag is there")


def _tag_fault(tag: MetaTag, endpoint: str) -> str:
    if tag.fault:
        return f"the meta tag with {tag.value!r}: {tag.fault}"
    if not is_full_url(tag.value):
        return f"value {tag.value!r} is not a full URL"
    return "" if same(tag.value.rstrip("/"), endpoint) else f"value {tag.value!r} is another URL"


def no_double_slash(o: Observations) -> Iterator[Finding]:
    """The slash that an endpoint may be specified with shows up in no URL that the server makes."""
    due = f"no URL begins with {o.endpoint}//"
    beginning = canonical(o.endpoint) + "//"
    named: list[tuple[Seen, list[str]]] = []
    if o.entries:
        listed = [entry.get("url") for entry in o.entries if isinstance(entry, dict)]
        named.append((o.change_list, [url for url in listed if isinstance(url, str)]))
    named += [(seen, urls_in(seen.text[0])) for seen in (o.api_help, o.entity_help) if seen.status == 200]
    roots = (o.api_root, o.bare_api_root, o.entity_root, o.bare_entity_root)
    named += [(seen, seen.values("Location")) for seen in roots]
    evidence = []
    for seen, urls in named:
        if urls:
            wrong = [url for url in urls if is_full_url(url) and canonical(url).startswith(beginning)]
            fault = f"it names {wrong[0]}" if wrong else ""
            evidence.append(free_of(seen, fault, due, f"{len(urls)} URLs, none with it"))
    yield from or_else(evidence, "the server names no URLs")


def other_methods_refused(o: Observations) -> Iterator[Finding]:
    for seen in o.other_methods:
        yield status_is(seen, 400)
    if o.methods_not_sent:
        yield f"{', '.join(o.methods_not_sent)}: not sent to URLs that exist, the server does not seem to refuse it"


def content_types_exact(o: Observations) -> Iterator[Finding]:
    """Help texts of entities have a rule of their own."""
    for seen in o.successes:
        if seen.content_types and seen not in (o.entity_help, o.compressed_help):
            yield has_content_type(seen)


def has_content_type(seen: Seen) -> Evidence:
    """Whether a 200 has the one Content-Type that is due, to the letter."""
    due = seen.content_types
    sent = seen.values("Content-Type")
    ok = len(sent) == 1 and (sent[0] in due or _is_open(sent[0], due))
    came = f"Content-Type: {', '.join(sent)}" if sent else "no Content-Type"
    return Evidence(seen, f"Content-Type: {' or '.join(due)}", came, ok)


def _is_open(content_type: str, due: tuple[str, ...]) -> bool:
    return Format.N3.content_type in due and re.split("[;,]", content_type.lower())[0].strip() in _N3_TYPES


def lengths_exact(o: Observations) -> Iterator[Finding]:
    for seen in o.successes:
        lengths = seen.values("Content-Length")
        codings = [f"{name}: {value}" for name in _CODINGS for value in seen.values(name) if value != "identity"]
        came = [f"Content-Length: {length}" for length in lengths] or ["no Content-Length"]
        ok = lengths == [str(len(seen.body))] and not codings
        yield Evidence(seen, f"Content-Length: {len(seen.body)}, no coding", ", ".join(came + codings), ok)


def any_origin_allowed(o: Observations) -> Iterator[Finding]:
    name = "Access-Control-Allow-Origin"
    for seen in o.successes:
        sent = seen.values(name)
        yield Evidence(seen, f"{name}: *", f"{name}: {', '.join(sent)}" if sent else f"no {name}", sent == ["*"])


def only_defined_statuses(o: Observations) -> Iterator[Finding]:
    due = f"one of {', '.join(map(str, STATUSES))}"
    for seen in o.asked:
        if seen.exchange is not None:
            yield Evidence(seen, due, seen.describe(), seen.status in STATUSES)


def bodies_only_with_200(o: Observations) -> Iterator[Finding]:
    for seen in o.asked:
        if seen.exchange is not None and seen.status != 200:
            came = f"{seen.status}, {len(seen.body)} bytes: {shown(seen.body[:40].decode(errors='replace'))}"
            yield Evidence(seen, "no body", came if seen.body else f"{seen.status}, no body", not seen.body)


def http_1_0_answered(o: Observations) -> Iterator[Finding]:
    """The older version is asked in; the newer one was asked in all along."""
    seen = o.http_1_0
    spoken = f"HTTP/{seen.exchange.http_version / 10} " if seen.exchange else ""
    yield Evidence(seen, "200 to an HTTP/1.0 request", f"{spoken}{seen.describe()}", seen.status == 200)


def validators_are_information(o: Observations) -> Iterator[Finding]:
    conditional = [seen for seen in o.record_variants if any(name.startswith("If-") for name in seen.sent)]
    evidence = []
    for seen in conditional:
        validators = [f"{name}: {seen.header(name)}" for name in ("ETag", "Last-Modified") if seen.header(name)]
        if validators or seen.status != 200:
            came = ", ".join([seen.describe(), *validators])
            evidence.append(Evidence(seen, "200, with ETag or Last-Modified", came, seen.status == 200))
    yield from or_else(evidence, "no ETag or Last-Modified is sent" if conditional else "there is no record to ask for")


CHECKS: dict[str, Check] = {
    "DCIP-DISC-1": home_page_names_endpoint,
    "DCIP-URL-1": no_double_slash,
    "DCIP-URL-4": other_methods_refused,
    "DCIP-HEAD-1": content_types_exact,
    "DCIP-HEAD-2": lengths_exact,
    "DCIP-HEAD-3": any_origin_allowed,
    "DCIP-READ-6": only_defined_statuses,
    "DCIP-READ-7": bodies_only_with_200,
    "DCIP-READ-8": http_1_0_answered,
    "DCIP-CACHE-1": validators_are_information,
}
