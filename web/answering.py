"""What the suggestions on a page need so that they can be answered, compared and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from sqlmodel import Session

from market.errors import Problem
from market.models import AnswerReason, Kind, Verdict
from market.queries.answers import AnswerRow, own_answers
from market.queries.saved import saved_among
from market.queries.suggestions import SuggestionRow, standings
from market.roles import Viewer
from web.sides import path_to

REASONS = {
    verdict: [reason for reason in AnswerReason if reason.verdict is verdict] for verdict in Verdict
}


@dataclass(frozen=True)
class Wrong:
    """An answer that could not be taken, as it was entered."""

    other: int
    verdict: Verdict
    comment: str
    problems: Sequence[Problem]

    @property
    def told(self) -> list[Problem]:
        """The problems for a summary at the head of the page, each leading to the answer."""
        return [Problem(f"answer-{self.other}", problem.reason) for problem in self.problems]


@dataclass(frozen=True)
class Answering:
    """One listing's suggestions as the viewer may answer them.

    `given` are their words so far and `places` where this listing stands in the others' lists, both
    by the other's id; `saved` is None for a visitor. `back` is where the page of a comparison has
    its answers lead; `fresh` was answered just now.
    """

    request: Request
    kind: Kind
    id: int
    is_open: bool
    given: Mapping[int, AnswerRow] = field(default_factory=dict)
    places: Mapping[int, int] = field(default_factory=dict)
    saved: Mapping[int, int] | None = None
    wrong: Wrong | None = None
    back: str = ""
    fresh: int | None = None
    reasons = REASONS

    @property
    def path(self) -> str:
        """The page of the listing."""
        return path_to(self.kind, self.id)

    @property
    def compares(self) -> bool:
        """Whether these can be put side by side: achievements can, against a need."""
        return self.kind is Kind.NEED

    def shelves(self, matches: Sequence[SuggestionRow]) -> list[tuple[str, list[SuggestionRow]]]:
        """The suggestions that are likely, those that are weak, and those which the viewer put
        aside as irrelevant, unless that was just now."""
        shelves: dict[str, list[SuggestionRow]] = {"likely": [], "weak": [], "aside": []}
        for row in matches:
            answer = self.given.get(row.listing.id)
            is_aside = answer is not None and answer.is_irrelevant
            is_weak = row.label is not None and row.label.value == "weak"
            shelves["aside" if is_aside else "weak" if is_weak else "likely"].append(row)
        return list(shelves.items())


def answering_of(
    request: Request, session: Session, kind: Kind, id: int, ids: Sequence[int], viewer: Viewer,
    **more: Any,
) -> Answering:  # fmt: skip
    """For the page of a listing that shows these others; nothing is asked where it shows none."""
    if not ids:
        return Answering(request, kind, id, viewer.is_signed_in, **more)
    return Answering(
        request, kind, id, viewer.is_signed_in, own_answers(session, kind, id, viewer),
        standings(session, kind, id, viewer),
        saved_among(session, kind.other, ids, viewer), **more,
    )  # fmt: skip
