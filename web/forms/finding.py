"""What narrows the directory of organisations, and what is searched for."""

from __future__ import annotations

from dataclasses import dataclass

from market.errors import Problem
from market.matchmaking import MatchFilter
from market.models import Kind, OrganisationKind
from market.queries.organisations import LISTED
from web.addresses import address
from web.forms.conditions import WORDS, conditions
from web.forms.reading import Codes, Given, Paged, Reading


@dataclass(frozen=True)
class DirectoryForm(Paged):
    """What narrows the directory of organisations."""

    q: str
    kind: OrganisationKind | None
    page: int
    problems: list[Problem]
    notes: list[str]

    def address(self, **changes: object) -> str:
        """The address of the directory with some parameters changed."""
        now = {"q": self.q, "kind": self.kind.value if self.kind else None}
        return address("/organisations", {**now, **changes})


def directory_form(given: Given) -> DirectoryForm:
    """The filters that an address of the directory carries."""
    read = Reading(given)
    kind = read.choice("kind", LISTED, "", "单位类别")
    chosen = OrganisationKind(kind) if kind else None
    return DirectoryForm(read.question(), chosen, read.page(), read.problems, read.notes)


@dataclass(frozen=True)
class SearchForm:
    """Words to look for in both kinds of listings, or in one. Its page offers no conditions, but
    an address of the API's can bring some."""

    q: str
    kind: Kind | None
    filters: MatchFilter
    entered: dict[str, object]
    problems: list[Problem]
    notes: list[str]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds to search."""
        return (self.kind,) if self.kind else tuple(Kind)

    @property
    def conditions(self) -> list[str]:
        """What the conditions are about that narrow this search."""
        return [word for word, names in WORDS.items() if any(self.entered[n] for n in names)]

    @property
    def without_conditions(self) -> str:
        """The same words with no condition."""
        return self.address(**dict.fromkeys(self.entered))

    def address(self, **changes: object) -> str:
        """The address of this search with some parameters changed."""
        now = {"q": self.q, "kind": self.kind.value if self.kind else None}
        return address("/search", {**now, **self.entered, **changes})


def search_form(given: Given, known: Codes) -> SearchForm:
    """What an address of the search page carries."""
    read = Reading(given)
    kind = read.choice("kind", Kind, "", "检索范围")
    q = read.question()
    chosen, entered = conditions(read, known)
    return SearchForm(q, Kind(kind) if kind else None, chosen, entered, read.problems, read.notes)
