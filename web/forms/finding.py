"""What narrows the directory of organisations, and what is searched for."""

from __future__ import annotations

from dataclasses import dataclass

from market.errors import Problem
from market.models import Kind, OrganisationKind
from web.addresses import address
from web.forms.reading import Given, Reading


@dataclass(frozen=True)
class DirectoryForm:
    """What narrows the directory of organisations."""

    q: str
    kind: OrganisationKind | None
    page: int
    problems: list[Problem]

    def address(self, **changes: object) -> str:
        """The address of the directory with some parameters changed."""
        now = {"q": self.q, "kind": self.kind.value if self.kind else None}
        return address("/organisations", {**now, **changes})


def directory_form(given: Given) -> DirectoryForm:
    """The filters that an address of the directory carries."""
    read = Reading(given)
    kind = read.choice("kind", OrganisationKind, "")
    return DirectoryForm(
        read.question(), OrganisationKind(kind) if kind else None, read.page(), read.problems
    )


@dataclass(frozen=True)
class SearchForm:
    """Words to look for in both kinds of listings, or in one."""

    q: str
    kind: Kind | None
    problems: list[Problem]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds to search."""
        return (self.kind,) if self.kind else tuple(Kind)

    def address(self, **changes: object) -> str:
        """The address of this search with some parameters changed."""
        now = {"q": self.q, "kind": self.kind.value if self.kind else None}
        return address("/search", {**now, **changes})


def search_form(given: Given) -> SearchForm:
    """What an address of the search page carries."""
    read = Reading(given)
    kind = read.choice("kind", Kind, "")
    return SearchForm(read.question(), Kind(kind) if kind else None, read.problems)
