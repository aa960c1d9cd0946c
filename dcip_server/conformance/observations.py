"""What a server showed of itself: everything that the checks look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dcip_server.conformance.asking import Seen
from dcip_server.conformance.discovery import Page
from dcip_server.entities import Json

Entry = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Sample:
    """A live entry of the list and its record.

    ``record`` is what the entry's ``url`` answers (where that is no URL of the endpoint: the
    draft's pattern), ``by_pattern`` what the URL of the draft's pattern answers; they are the same object
    where the two URLs are the same.
    """

    entry: Entry
    record: Seen
    by_pattern: Seen
    n3: Seen

    @property
    def id(self) -> str | int:
        found: str | int = self.entry["id"]
        return found

    @property
    def dataset(self) -> Mapping[str, Json] | None:
        """The Dataset object, or ``None`` where no such came."""
        value = self.record.json[0] if self.record.status == 200 else None
        return value if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class Observations:
    """``asked`` holds every request below the endpoint, in order; the other fields say what for."""

    endpoint: str
    pages: tuple[Page, ...]
    api_root: Seen
    bare_api_root: Seen
    entity_root: Seen
    bare_entity_root: Seen
    api_help: Seen
    entity_help: Seen
    compressed_help: Seen
    catalog: Seen
    catalog_n3: Seen
    list_tries: tuple[Seen, ...]
    lists_n3: tuple[Seen, ...]
    samples: tuple[Sample, ...]
    deleted: tuple[Seen, ...]
    unseen: Seen
    unseen_n3: Seen
    without_format: tuple[Seen, ...]
    not_understood: tuple[Seen, ...]
    other_methods: tuple[Seen, ...]
    methods_not_sent: tuple[str, ...]
    record_variants: tuple[Seen, ...]
    list_variants: tuple[Seen, ...]
    http_1_0: Seen
    look_up: Seen | None
    asked: tuple[Seen, ...]

    @property
    def change_list(self) -> Seen:
        """The answer that is the list in JSON, or else the answer where it is due."""
        return next((seen for seen in self.list_tries if is_list(seen)), self.list_tries[0])

    @property
    def entries(self) -> Sequence[Json] | None:
        """The list's entries, or ``None`` where there is no list in JSON."""
        return self.change_list.json[0] if is_list(self.change_list) else None

    @property
    def successes(self) -> tuple[Seen, ...]:
        """Every GET that was answered 200."""
        return tuple(seen for seen in self.asked if seen.method == "GET" and seen.status == 200)


def is_list(seen: Seen) -> bool:
    """Whether an answer is a JSON array."""
    return seen.status == 200 and isinstance(seen.json[0], list)
