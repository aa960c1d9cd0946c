"""The rule table and the tests about it agree."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

import tests.spec
from dcip_server.protocol.rules import ENFORCED, RULES, Level, Rule
from tests.spec import TESTS_OF_RULE

#: The draft's headings, in its order, down to the ones that hold sentences of their own.
HEADINGS = (
    "Abstract",
    "Status of This Document",
    "Goal",
    "Technology Choices",
    "JSONP vs JSON+CORS vs DCAT.N3+CORS",
    "Hash Algoritms",
    "Conformance",
    "REST API",
    "Purpose",
    "Glossary",
    "API Endpoint",
    "Entities",
    "URL Structure",
    "Response Headers",
    "Read Dataset API Call",
    "List Dataset API Call",
    "Response Format",
    "Example",
    "Help Dataset API Call",
    "API Help Call",
    "Extensions",
    "Caching",
    "Entity Schema",
    "Empty or Missing Values",
    "Dataset",
    "References",
    "Appendicies",
    "Proposals for changes to DCAT",
    "Dataset concept",
    "Distribution / Resources concept",
    "Potential Catalog Entity Attributes",
)

#: Those whose sentences a server can obey or break.
NORMATIVE = {
    "API Endpoint",
    "Entities",
    "URL Structure",
    "Response Headers",
    "Read Dataset API Call",
    "List Dataset API Call",
    "Response Format",
    "Help Dataset API Call",
    "API Help Call",
    "Extensions",
    "Caching",
    "Empty or Missing Values",
    "Dataset",
    "Potential Catalog Entity Attributes",
}


def recorded() -> dict[str, list[str]]:
    """Rule id to its tests, once every module of this package is imported."""
    for module in pkgutil.iter_modules(tests.spec.__path__, "tests.spec."):
        import_module(module.name)
    return TESTS_OF_RULE


def test_every_rule_has_a_test_and_every_test_names_a_rule_of_the_table() -> None:
    assert set(recorded()) == {rule.id for rule in RULES}
    assert len(RULES) == len(TESTS_OF_RULE) == 48


def test_what_is_recorded_are_tests_that_pytest_collects() -> None:
    for names in recorded().values():
        for name in names:
            module, _, function = name.rpartition(".")
            assert function.startswith("test_")
            assert module.rpartition(".")[2].startswith("test_")
            assert callable(getattr(import_module(module), function))


def test_rule_ids_are_unique_and_of_one_form() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert [id for id in ids if not re.fullmatch(r"DCIP-[A-Z]{3,6}-[1-9][0-9]?", id)] == []


def test_rules_of_one_name_are_numbered_without_gaps() -> None:
    numbers: dict[str, list[int]] = {}
    for rule in RULES:
        name, _, number = rule.id.rpartition("-")
        numbers.setdefault(name, []).append(int(number))
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def test_every_rule_stands_under_a_heading_of_the_draft() -> None:
    assert [rule.id for rule in RULES if rule.heading not in HEADINGS] == []


def test_every_heading_that_can_be_obeyed_has_a_rule() -> None:
    assert {rule.heading for rule in RULES} == NORMATIVE


def test_rules_stand_in_the_order_of_the_drafts_headings() -> None:
    first_seen = list(dict.fromkeys(rule.heading for rule in RULES))
    assert first_seen == sorted(first_seen, key=HEADINGS.index)


def test_every_row_says_what_is_due_and_what_we_do() -> None:
    def is_complete(rule: Rule) -> bool:
        return bool(rule.due.strip() and rule.what_we_do.strip()) and rule.level in Level

    assert [rule.id for rule in RULES if not is_complete(rule)] == []


def test_the_middleware_applies_every_row_that_can_be_enforced() -> None:
    assert tuple(rule for rule in RULES if rule.enforce is not None) == ENFORCED
    assert [rule.id for rule in ENFORCED] == [
        "DCIP-URL-4",
        "DCIP-HEAD-1",
        "DCIP-HEAD-2",
        "DCIP-HEAD-3",
        "DCIP-READ-5",
        "DCIP-READ-6",
        "DCIP-READ-7",
    ]
