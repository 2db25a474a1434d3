"""What was said of suggestions: one's own words on a page, and how often a listing was found
useful, which its owner sees as a number. Nobody reads another person's word here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from market.models.answers import Answer
from market.models.enums import AnswerReason, Kind, Verdict
from market.models.tables import TABLES
from market.queries.suggestions import sides
from market.roles import Viewer


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """The viewer's own word on a pair."""

    verdict: Verdict
    reason: AnswerReason
    comment: str
    at: datetime

    @property
    def is_irrelevant(self) -> bool:
        """Whether the answerer need not see the pair again."""
        return self.verdict is Verdict.IRRELEVANT


def own_answers(session: Session, kind: Kind, id: int, viewer: Viewer) -> dict[int, AnswerRow]:
    """The viewer's words on the pairs of one listing, by the id of the other one."""
    if not viewer.is_signed_in:
        return {}
    ours, theirs = (col(getattr(Answer, name)) for name in sides(kind))
    columns = (theirs, col(Answer.verdict), col(Answer.reason), col(Answer.comment), col(Answer.at))
    mine = select(*columns).where(ours == id, col(Answer.person_id) == viewer.person_id)
    return {other: AnswerRow(*told) for other, *told in session.execute(mine)}


def useful_counts(session: Session, kind: Kind, owner_id: int) -> dict[int, int]:
    """How often others found each listing of an owner useful. What members of the owner say
    themselves is not counted."""
    ours, table = col(getattr(Answer, sides(kind)[0])), TABLES[kind].listing
    others = col(Answer.organisation_id).is_distinct_from(col(table.owner_id))
    query = (
        select(ours, func.count())
        .join(table, col(table.id) == ours)
        .where(col(table.owner_id) == owner_id, col(Answer.verdict) == Verdict.USEFUL, others)
        .group_by(ours)
    )
    return {id: int(count) for id, count in session.execute(query)}
