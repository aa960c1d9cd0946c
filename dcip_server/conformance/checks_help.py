"""Checks of the help texts and the redirects to them (draft, "Help Dataset API Call" and "API Help Call")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dcip_server.conformance.addresses import is_below, same, urls_in
from dcip_server.conformance.asking import Seen
from dcip_server.conformance.checks_endpoint import has_content_type
from dcip_server.conformance.evidence import Check, Evidence, Finding, free_of, or_else, shown, some_of
from dcip_server.conformance.observations import Observations, is_list
from dcip_server.protocol.entity_types import DATASET
from dcip_server.protocol.help import COLUMNS

#: A line with a URL may be longer where there is next to nothing else in it to break.
_MAX_BESIDE_URL = 20
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_CALL = re.compile(r"/(dataset/(id/.*)?|(dataset/)?help\.txt|catalog\.(json|dcat\.N3))$", re.IGNORECASE)
_MARKDOWN = re.compile(r"^(#{1,6} |    \S|\t\S|[=-]{3,}$)", re.MULTILINE)


def _goes_to(seen: Seen, *targets: str) -> Evidence:
    """Whether an answer is a 301 to the first of the targets, or to another that will do."""
    location = seen.header("Location")
    ok = seen.status == 301 and any(same(location, target) for target in targets)
    return Evidence(seen, f"301, Location: {targets[0]}", seen.describe(), ok)


def api_root_redirected(o: Observations) -> Iterator[Finding]:
    target = f"{o.endpoint}/help.txt"
    yield _goes_to(o.api_root, target)
    if o.bare_api_root.status == 301:
        yield _goes_to(o.bare_api_root, target, f"{o.endpoint}/")


def entity_root_redirected(o: Observations) -> Iterator[Finding]:
    yield from _to_entity_help(o, o.entity_root)


def bare_entity_root_redirected(o: Observations) -> Iterator[Finding]:
    yield from _to_entity_help(o, o.bare_entity_root)


def _to_entity_help(o: Observations, seen: Seen) -> Iterator[Finding]:
    if is_list(seen):
        yield f"{seen.url} is the list, as the draft's List Dataset API Call has it"
    else:
        yield _goes_to(seen, f"{o.endpoint}/{DATASET.name}/help.txt")


def _is_wrapped(seen: Seen) -> Evidence:
    due = f"200, UTF-8, lines of at most {COLUMNS} characters (a URL may be longer)"
    text, fault = seen.text
    if seen.status != 200:
        fault = seen.describe()
    elif not fault:
        long = [(number, line) for number, line in enumerate(text.splitlines(), 1) if _is_too_long(line)]
        faults = [f"line {number} has {len(line)} characters: {shown(line)}" for number, line in long]
        fault = some_of(faults, len(text.splitlines()))
    return free_of(seen, fault, due)


def _is_too_long(line: str) -> bool:
    if len(line.rstrip()) <= COLUMNS:
        return False
    url = _URL.search(line)
    return url is None or len(line.rstrip()) - len(url[0]) > _MAX_BESIDE_URL


def entity_help_wrapped(o: Observations) -> Iterator[Finding]:
    yield _is_wrapped(o.entity_help)


def api_help_wrapped(o: Observations) -> Iterator[Finding]:
    yield _is_wrapped(o.api_help)


def _names(seen: Seen, endpoint: str, path: str) -> bool:
    """Whether a text names the endpoint's URL with such a path; the entity name may be in capitals."""
    return re.search(re.escape(endpoint) + path, seen.text[0], re.IGNORECASE) is not None


def entity_help_names_own_urls(o: Observations) -> Iterator[Finding]:
    seen = o.entity_help
    read = f"{o.endpoint}/{DATASET.name}/id/ID.json"
    listed = f"{o.endpoint}/{DATASET.name}/id/"
    faults = [] if seen.status == 200 else [seen.describe()]
    if not _names(seen, o.endpoint, rf"/{DATASET.name}/id/\S+\.json"):
        faults.append(f"no URL like {read}")
    if o.entries is not None and not _names(seen, o.endpoint, rf"/{DATASET.name}(/id|/id\.json|/|/id/)?(?![\w./-])"):
        faults.append("no URL of the list")
    faults += [f"{url} is not below {o.endpoint}" for url in _foreign_calls(seen, o.endpoint)]
    yield free_of(seen, some_of(faults, len(faults)), f"it names {read} and {listed}")


def _foreign_calls(seen: Seen, endpoint: str) -> list[str]:
    """URLs of API calls, as in the draft's own text, that are another endpoint's."""
    return [url for url in urls_in(seen.text[0]) if _CALL.search(url) and not is_below(url, endpoint)]


def entity_help_content_type(o: Observations) -> Iterator[Finding]:
    if o.entity_help.status == 200:
        yield has_content_type(o.entity_help)
    else:
        yield "the help text was not answered 200"


def entity_help_is_markdown(o: Observations) -> Iterator[Finding]:
    """Every text is Markdown; one with a heading or indented code is meant to be."""
    if o.entity_help.status == 200 and (found := _MARKDOWN.search(o.entity_help.text[0])):
        yield free_of(o.entity_help, "", "Markdown", f"200, with {found[0].strip()!r} at the start of a line")
    else:
        yield "nothing in the text shows whether it is meant as Markdown"


def _names_if_there(o: Observations, there: Seen, path: str) -> Finding:
    """Whether the API's help text names a URL that the server has."""
    if there.status in (400, 404):
        return f"there is nothing to name: {there.url} was answered {there.status}"
    named = _names(o.api_help, o.endpoint, re.escape(path))
    return free_of(o.api_help, "" if named else f"{o.api_help.describe()}, without it", f"it names {o.endpoint}{path}")


def api_help_names_catalog(o: Observations) -> Iterator[Finding]:
    yield _names_if_there(o, o.catalog, "/catalog.json")


def api_help_names_entity_help(o: Observations) -> Iterator[Finding]:
    yield _names_if_there(o, o.entity_help, f"/{DATASET.name}/help.txt")


def api_help_describes_catalog(o: Observations) -> Iterator[Finding]:
    text = " ".join(o.api_help.text[0].split()) if o.api_help.status == 200 else ""
    value = o.catalog.json[0] if o.catalog.status == 200 else None
    due = "what the catalog is for and whom to contact"
    said = {key: value.get(key) for key in ("description", "contact")} if isinstance(value, dict) else {}
    evidence = [
        free_of(o.api_help, "", due, f"200, with the {key}")
        for key, words in said.items()
        if isinstance(words, str) and words.strip() and " ".join(words.split()) in text
    ]
    yield from or_else(evidence, "the text holds neither the description nor the contact that catalog.json states")


CHECKS: dict[str, Check] = {
    "DCIP-HELP-1": entity_root_redirected,
    "DCIP-HELP-2": bare_entity_root_redirected,
    "DCIP-HELP-3": entity_help_wrapped,
    "DCIP-HELP-4": entity_help_names_own_urls,
    "DCIP-HELP-5": entity_help_content_type,
    "DCIP-HELP-6": entity_help_is_markdown,
    "DCIP-API-1": api_root_redirected,
    "DCIP-API-2": api_help_wrapped,
    "DCIP-API-3": api_help_names_catalog,
    "DCIP-API-4": api_help_names_entity_help,
    "DCIP-API-5": api_help_describes_catalog,
}
