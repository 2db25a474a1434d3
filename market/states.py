"""Where a listing stands: the one table of moves. Buttons, the record of changes and the tests
read it; `market.workflow` applies it. A guard carries the sentence that is shown when it fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from market.models.enums import ListingState, OrganisationKind
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.roles import Role, Viewer
from market.texts import MAX_CHARACTERS, has_words

DRAFT, PUBLISHED = ListingState.DRAFT, ListingState.PUBLISHED
CLOSED, WITHDRAWN = ListingState.CLOSED, ListingState.WITHDRAWN
OPERATOR = frozenset({Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a guard may look at."""

    listing: Listing
    owner: Organisation
    viewer: Viewer
    now: datetime


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition on a move, and the sentence that helps when it fails."""

    name: str
    holds: Callable[[Situation], bool]
    reason: str


@dataclass(frozen=True, slots=True)
class Move:
    """From, to, who and on what condition."""

    name: str
    source: ListingState
    target: ListingState
    text: str
    by: frozenset[Role]
    needs: tuple[Guard, ...] = ()


has_title = Guard(
    "has_title", lambda it: has_words(it.listing.title), "标题里还没有文字，补上后再发布。"
)
fits_the_matcher = Guard(
    "fits_the_matcher",
    lambda it: len(it.listing.title) + len(it.listing.text) <= MAX_CHARACTERS,
    f"标题、摘要和正文合计最多 {MAX_CHARACTERS:,} 个字符，请删减后再发布。",
)
demo_stays_apart = Guard(
    "demo_stays_apart",
    lambda it: it.listing.is_demo == it.owner.is_demo,
    "示例内容只能属于示例单位，真实单位也不能挂示例内容。",
)
is_not_from_the_future = Guard(
    "is_not_from_the_future",
    lambda it: it.listing.published_at is None or it.listing.published_at <= it.now,
    "发布日期不能晚于今天。",
)
owner_is_a_body = Guard(
    "owner_is_a_body",
    lambda it: it.owner.kind is not OrganisationKind.SOURCE or it.listing.source is not None,
    "没有写明单位的内容只能随文件导入，请先补上单位。",
)
FIT_TO_SHOW = (
    has_title, fits_the_matcher, demo_stays_apart, is_not_from_the_future, owner_is_a_body
)  # fmt: skip

LISTING_MOVES = (
    Move("publish", DRAFT, PUBLISHED, "发布", OPERATOR, FIT_TO_SHOW),
    Move("change", DRAFT, DRAFT, "修改", OPERATOR),
    Move("change", PUBLISHED, PUBLISHED, "修改", OPERATOR, FIT_TO_SHOW),
    Move("close", PUBLISHED, CLOSED, "关闭", OPERATOR),
    Move("withdraw", DRAFT, WITHDRAWN, "撤回", OPERATOR),
    Move("withdraw", PUBLISHED, WITHDRAWN, "撤回", OPERATOR),
    Move("reopen", CLOSED, PUBLISHED, "重新开放", OPERATOR, FIT_TO_SHOW),
    Move("reopen", WITHDRAWN, DRAFT, "重新编辑", OPERATOR),
)


def find_move(name: str, state: ListingState) -> Move | None:
    """The move of this name that leads on from a state."""
    return next((m for m in LISTING_MOVES if m.name == name and m.source is state), None)


def open_moves(situation: Situation) -> list[Move]:
    """The moves that would be accepted now: what a page may offer."""
    here = (m for m in LISTING_MOVES if m.source is situation.listing.state)
    return [m for m in here if refusal(m, situation) is None]


def refusal(move: Move, situation: Situation) -> str | None:
    """Why the move is refused now, or None."""
    if move.by.isdisjoint(situation.viewer.roles):
        return f"只有{'、'.join(sorted(role.text for role in move.by))}可以{move.text}。"
    return next((guard.reason for guard in move.needs if not guard.holds(situation)), None)
