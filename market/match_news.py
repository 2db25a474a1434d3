"""News of strong matches for those who write an organisation's listings, each pair told once.

Whoever switched personal ranking off is not told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, cast, exists, literal, select
from sqlmodel import Session, col

from market.models.enums import Kind, ListingState, MembershipState, NoticeKind
from market.models.memberships import Membership
from market.models.notices import Notice
from market.models.people import Person
from market.models.suggestions import Suggestion
from market.models.tables import TABLES
from market.notices import Posting, post_all
from market.roles import Permission, holders

BEST = 3
"""Of each listing only so many of its best matches are news."""
AT_ONCE = 500
WRITERS = holders(Permission.LISTING_WRITE)
PUBLISHED = ListingState.PUBLISHED


def tell_matches(session: Session, now: datetime) -> int:
    """Tell the writers of published listings of strong matches that they were not told of yet;
    how many notices."""
    postings = [
        _posting(side, *row)
        for side in Kind
        for row in session.execute(_untold(side).limit(AT_ONCE)).all()
    ]
    post_all(session, postings, now)
    return len(postings)


def _posting(side: Kind, person_id: int, id: int, title: str, other: int, found: str) -> Posting:
    link = f"/{'needs' if side is Kind.NEED else 'achievements'}/{id}"
    return Posting(
        [person_id],
        NoticeKind.MATCH,
        f"{side.text}“{title}”有新的强相关{side.other.text}：{found}",
        f"您单位的{side.text}“{title}”，与{side.other.text}“{found}”强相关。匹配理由见页面上的匹配推荐。",
        link,
        f"{_key(side)}:{id}:{other}",
    )


def _key(side: Kind) -> str:
    return f"match:{side.value}"


def _untold(side: Kind) -> Select[Any]:
    """Whom to tell, the listing of theirs and the one that it matches."""
    mine, other = TABLES[side].listing, TABLES[side.other].listing
    is_need = side is Kind.NEED
    ours = col(Suggestion.need_id if is_need else Suggestion.achievement_id)
    theirs = col(Suggestion.achievement_id if is_need else Suggestion.need_id)
    parts = (ours, theirs, col(Person.id))
    key: Any = literal(_key(side))
    for part in parts:
        key = key.concat(":").concat(cast(part, String))
    query: Any = (
        select(col(Person.id), col(mine.id), col(mine.title), col(other.id), col(other.title))
        .select_from(Suggestion)
        .join(mine, col(mine.id) == ours)
        .join(other, col(other.id) == theirs)
        .join(Membership, col(Membership.organisation_id) == col(mine.owner_id))
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            col(Suggestion.side) == side,
            col(Suggestion.label) == "strong",
            col(Suggestion.rank) <= BEST,
            col(mine.state) == PUBLISHED,
            col(other.state) == PUBLISHED,
            col(mine.owner_id) != col(other.owner_id),
            col(Membership.state) == MembershipState.ACTIVE,
            col(Membership.role).in_(WRITERS),
            col(Person.personalised).is_(True),
            col(Person.erased_at).is_(None),
            ~exists().where(col(Notice.key) == key),
        )
        .order_by(col(mine.id), col(Suggestion.rank), col(Person.id))
    )
    return query  # type: ignore[no-any-return]
