"""What narrows and sorts a list of needs or achievements."""

from __future__ import annotations

from dataclasses import dataclass

from market.errors import Problem
from market.models import Kind
from market.queries.exports import MOST_ROWS
from market.queries.listings import SORTS, Facet, ListingFilter
from web import trees
from web.addresses import address
from web.forms.reading import Codes, Given, Reading

BANDS = {"1-3": (1, 3), "4-6": (4, 6), "7-9": (7, 9)}


@dataclass(frozen=True)
class ListingForm:
    """The filters of a list, as they were entered and as the market takes them."""

    filter: ListingFilter
    path: str
    entered: dict[str, object]
    problems: list[Problem]
    notes: list[str]

    def address(self, **changes: object) -> str:
        """The address of this list with some parameters changed; another filter means page one."""
        return address(self.path, {**self.entered, "page": None, **changes})

    def feed(self, **changes: object) -> str:
        """The address of the same list as a feed, which has an order of its own."""
        given = {**self.entered, "sort": None, "page": None, **changes}
        return address(f"{self.path}/feed.atom", given)

    def export(self, format: str) -> str:
        """The address of the whole list as a file."""
        return address(f"{self.path}/export.{format}", {**self.entered, "page": None})

    sorts = SORTS
    most_exported = MOST_ROWS

    def page_beyond(self, pages: int) -> bool:
        """Whether a page was asked for that lies beyond the last."""
        return self.filter.page > pages

    def unfolded(self, name: str, choices: list[Facet]) -> list[tuple[Facet, int]]:
        """The choices of a facet that are shown, with their depth."""
        return trees.unfolded(choices, always=2 if name == "divisions" else 1)

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return any(value for name, value in self.entered.items() if name not in ("sort", "page"))


def listing_form(kind: Kind, path: str, given: Given, known: Codes) -> ListingForm:
    """The filters that an address of a list carries."""
    read = Reading(given)
    fields, divisions, modes = read.fields(known), read.divisions(known), read.modes()
    band = read.choice("readiness", BANDS, "", "成熟度范围")
    low, high = BANDS.get(band, (None, None))
    money = read.money("amount_min"), read.money("amount_max")
    read.ordered("amount_min", "amount_max", money)
    chosen = ListingFilter(
        kind=kind,
        q=read.question(),
        fields=trees.narrowest(fields),
        divisions=trees.narrowest(divisions),
        modes=modes,
        readiness_min=low,
        readiness_max=high,
        amount_min=money[0],
        amount_max=money[1],
        sort=read.choice("sort", SORTS, "newest", "排序方式"),
        page=read.page(),
    )
    entered: dict[str, object] = {"field": fields, "division": divisions, "mode": modes}
    entered |= {**read.kept("q"), "readiness": band, **read.kept("amount_min", "amount_max")}
    entered |= {"sort": None if chosen.sort == "newest" else chosen.sort, "page": None}
    return ListingForm(chosen, path, entered, read.problems, read.notes)
