"""What people say of suggestions: useful or irrelevant, and why. One word a person and pair, which
can be changed and taken back; taken together they are judgements, see `market.judgements`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from market import ledger, rules
from market.errors import Invalid, NotFound, Problem
from market.models.answers import Answer
from market.models.enums import AnswerReason, Kind
from market.models.listings import Listing
from market.queries.suggestions import shown_pair
from market.queries.visibility import listing_seen
from market.roles import Permission, Viewer
from market.texts import has_script, is_binary

MAX_COMMENT = 500


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """A word on the pair of the listing `id` of kind `side`, on whose page it was said, and
    `other`."""

    side: Kind
    id: int
    other: int
    reason: AnswerReason | None
    comment: str = ""


def give(session: Session, draft: AnswerDraft, viewer: Viewer, now: datetime) -> Answer:
    """Keep the viewer's word on a pair in place of an earlier one. Raises Invalid."""
    rules.require(viewer, "answer.give")
    need, achievement = _pair(session, draft.side, draft.id, draft.other, viewer)
    reason, comment = _checked(draft)
    held = _held(session, need, achievement, viewer)
    if held is not None and (held.reason, held.comment) == (reason, comment):
        return held
    before = _told(held) if held else None
    values = {
        **_as_shown(session, draft.side, need, achievement, viewer), "side": draft.side, "at": now,
        "verdict": reason.verdict, "reason": reason, "comment": comment,
    }  # fmt: skip
    answer = held or Answer(**_of(need, achievement, viewer), **values)
    for name, value in values.items():
        setattr(answer, name, value)
    session.add(answer)
    session.flush()
    after = _told(answer) | {"need_id": need.key, "achievement_id": achievement.key}
    ledger.note(
        session, viewer, now, "answer.give", "answer", answer.id, before=before, after=after
    )
    return answer


def withdraw(
    session: Session, side: Kind, id: int, other: int, viewer: Viewer, now: datetime
) -> None:
    """Take one's word on a pair back. NotFound where there is none."""
    rules.require(viewer, "answer.give")
    need, achievement = _pair(session, side, id, other, viewer)
    held = _held(session, need, achievement, viewer)
    if held is None:
        raise NotFound
    session.delete(held)
    session.flush()
    before = _told(held) | {"need_id": need.key, "achievement_id": achievement.key}
    ledger.note(session, viewer, now, "answer.withdraw", "answer", held.id, before=before)


def _pair(
    session: Session, side: Kind, id: int, other: int, viewer: Viewer
) -> tuple[Listing, Listing]:
    """(need, achievement), both seen by the viewer."""
    ours = listing_seen(session, side, id, viewer)
    theirs = listing_seen(session, side.other, other, viewer)
    return (ours, theirs) if side is Kind.NEED else (theirs, ours)


def _checked(draft: AnswerDraft) -> tuple[AnswerReason, str]:
    problems, comment = [], draft.comment.strip()
    if draft.reason is None:
        problems.append(Problem("reason", "请选一个理由，例如“能解决”或“指标达不到”。"))
    if len(comment) > MAX_COMMENT:
        problems.append(
            Problem("comment", f"说明有 {len(comment)} 个字符，最多 {MAX_COMMENT}，请删减。")
        )
    elif is_binary(comment) or has_script(comment):
        problems.append(Problem("comment", "说明里有网页脚本或不是文字的内容，请只保留文字。"))
    if problems or draft.reason is None:
        raise Invalid(problems)
    return draft.reason, comment


def _held(session: Session, need: Listing, achievement: Listing, viewer: Viewer) -> Answer | None:
    mine = select(Answer).where(
        col(Answer.person_id) == viewer.person_id,
        col(Answer.need_id) == need.key,
        col(Answer.achievement_id) == achievement.key,
    )
    return session.exec(mine.with_for_update()).first()


def _of(need: Listing, achievement: Listing, viewer: Viewer) -> dict[str, Any]:
    return {
        "person_id": viewer.person_id, "need_id": need.key, "achievement_id": achievement.key
    }  # fmt: skip


def _as_shown(
    session: Session, side: Kind, need: Listing, achievement: Listing, viewer: Viewer
) -> dict[str, Any]:
    """What the answerer had before them: the place, the score and the versions of the texts."""
    shown = shown_pair(session, side, need.key, achievement.key, viewer)
    return {
        "rank": shown.rank if shown else None, "score": shown.score if shown else None,
        "label": shown.label if shown else None, "model": shown.model if shown else "",
        "need_version": need.version + need.files_version,
        "achievement_version": achievement.version + achievement.files_version,
        "organisation_id": _acting_for(viewer, need.owner_id, achievement.owner_id),
    }  # fmt: skip


def _acting_for(viewer: Viewer, *owners: int) -> int | None:
    """Whom the word is said for: an owner of one of the two whose member the viewer is, else
    whomever they act for."""
    mine = viewer.organisations_with(Permission.LISTING_OWN)
    for id in (viewer.acting_for, *owners):
        if id in mine and id in owners:
            return id
    return viewer.acting_for if viewer.acting_for in mine else None


def _told(answer: Answer) -> dict[str, str]:
    """What the record of changes keeps: never the comment."""
    return {"verdict": answer.verdict.value, "answer_reason": answer.reason.value}
