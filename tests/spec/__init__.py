"""The draft as tests: one module for each of its headings, and some for what a heading implies.

``@rule("DCIP-URL-4")`` says which rows of the rule table a test is about; ``test_conformance_table``
compares what was said with the table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

# Their assertions shall show their values, as those of tests do.
pytest.register_assert_rewrite("tests.spec.asking", "tests.spec.wire")

Test = TypeVar("Test", bound=Callable[..., Any])

#: Rule id to the tests about it, ``module.function``; complete once all modules here are imported.
TESTS_OF_RULE: dict[str, list[str]] = defaultdict(list)


def rule(*ids: str) -> Callable[[Test], Test]:
    """Record which rules a test is about."""

    def mark(test: Test) -> Test:
        for id in ids:
            TESTS_OF_RULE[id].append(f"{test.__module__}.{test.__name__}")
        return test

    return mark
