"""The profiles that a document can be checked against: one row each.

To add one: a module in this package with ``check(Submission) -> Report`` and a row here. A profile's
libraries are imported when it is first used, so that no other command waits for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Literal

from dcip_server.validation.context import Context
from dcip_server.validation.report import Report


@dataclass(frozen=True, slots=True)
class Submission:
    """A document to be checked: its bytes and what is known of their format.

    ``extension`` has no dot and is in lower case; ``content_type`` is empty where the document was not fetched.
    """

    data: bytes
    context: Context
    extension: str = ""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A set of rules with a name. ``checker`` is ``module:function``; ``rules`` (id to sentence) likewise.

    ``asks_network``: whether there are rules about how and where a document is published.
    ``warnings`` names the function that gives the ids of rules that refuse nothing (none: all rules refuse).
    ``representation`` is the one of a catalog's record that the profile is about: its ``json``, its ``rdf``, or the RDF
    that the catalog's ``feed`` has of it.
    """

    name: str
    title: str
    checker: str
    rules: str
    asks_network: bool = False
    warnings: str = ""
    representation: Literal["json", "rdf", "feed"] = "rdf"

    def check(self, submission: Submission) -> Report:
        """Check a document against the profile; whatever it holds, a report comes back."""
        check: Callable[[Submission], Report] = _load(self.checker)
        return check(submission)

    def list_rules(self) -> Mapping[str, str]:
        """Every rule of the profile by its id: the sentence that it stands for."""
        rules: Callable[[], Mapping[str, str]] = _load(self.rules)
        return rules()

    def list_warnings(self) -> Set[str]:
        """The ids of the rules that only warn."""
        if not self.warnings:
            return frozenset()
        warnings: Callable[[], Set[str]] = _load(self.warnings)
        return warnings()


@cache
def _load(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(import_module(f"dcip_server.validation.{module}"), function)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("dcip", "what a record needs to be served by this catalog", "dcip_records:check", "dcip_records:list_rules", warnings="dcip_records:list_warnings", representation="json"),
        Profile("dcat-ap", "DCAT-AP 3.0.1, the EU's profile of DCAT", "dcat_ap:check", "dcat_ap:list_rules", warnings="dcat_ap:list_warnings", representation="feed"),
        Profile("ib1-open-data", "IB1 Open Data Publication", "ib1.checks:check_open", "ib1.checks:open_rules", asks_network=True, warnings="ib1.checks:open_warnings"),
        Profile("ib1-metadata", "IB1 Dataset & Data Service Metadata", "ib1.checks:check_metadata", "ib1.checks:metadata_rules", asks_network=True, warnings="ib1.checks:metadata_warnings"),
    )
}  # fmt: skip
