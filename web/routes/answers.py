"""Answering a suggestion: useful or irrelevant, and why; changed and taken back the same way."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData

from market.actions import answers
from market.actions.answers import AnswerDraft
from market.models import AnswerReason, Kind, Verdict
from market.queries.details import listing_by_id
from market.queries.suggestions import suggestions_for
from market.roles import Viewer
from web.answering import Wrong, answering_of
from web.deps import Now, Posted, Tx, attempt, limited, may
from web.forms.accounts import next_of
from web.forms.reading import Reading
from web.render import go, page, wants_fragment
from web.showing import listing_shown
from web.sides import Side, both, path_to

router = APIRouter()
Answerer = Annotated[Viewer, Depends(may("answer.give"))]
COUNTED = [Depends(limited("write"))]
REASONS = {reason.value: reason for reason in AnswerReason}


@both(router, "POST", "/{id}/answers/{other}", dependencies=COUNTED)
def give_answer(
    request: Request, id: int, other: int, side: Side, given: Posted, session: Tx,
    viewer: Answerer, now: Now,
) -> Response:  # fmt: skip
    read = Reading(given)
    draft = AnswerDraft(side, id, other, REASONS.get(read.raw("reason")), read.raw("comment"))
    with attempt(session) as problems:
        answers.give(session, draft, viewer, now)
    if not problems:
        return _answered(request, session, side, id, other, given, viewer, "反馈已记下。")
    wrong = Wrong(other, _verdict(read), draft.comment[: answers.MAX_COMMENT * 2], problems)
    if wants_fragment(request):
        return _in_place(request, session, side, id, viewer, wrong)
    return listing_shown(request, session, side, id, viewer, now, wrong.told, wrong=wrong)


@both(router, "POST", "/{id}/answers/{other}/withdraw", dependencies=COUNTED)
def withdraw_answer(
    request: Request, id: int, other: int, side: Side, given: Posted, session: Tx,
    viewer: Answerer, now: Now,
) -> Response:  # fmt: skip
    answers.withdraw(session, side, id, other, viewer, now)
    return _answered(request, session, side, id, other, given, viewer, "反馈已撤回。")


def _verdict(read: Reading) -> Verdict:
    is_useful = read.raw("verdict") != Verdict.IRRELEVANT.value
    return Verdict.USEFUL if is_useful else Verdict.IRRELEVANT


def _answered(
    request: Request, session: Session, side: Kind, id: int, other: int, given: FormData,
    viewer: Viewer, said: str,
) -> Response:  # fmt: skip
    """The suggestion in its place, or back to the page on which it stands."""
    if wants_fragment(request):
        return _in_place(request, session, side, id, viewer, other)
    there = f"{path_to(side, id)}#match-{side.other.value}-{other}"
    return go(request, next_of(given, there), said)


def _in_place(
    request: Request, session: Session, side: Kind, id: int, viewer: Viewer, about: int | Wrong
) -> Response:
    """One row of the list, as it is after `about` was answered, or could not be."""
    wrong = about if isinstance(about, Wrong) else None
    other = about.other if isinstance(about, Wrong) else about
    rows = {row.listing.id: row for row in suggestions_for(session, side, id, viewer)}
    if other not in rows:  # the list was made anew meanwhile
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    answering = answering_of(
        request, session, side, id, [other], viewer, wrong=wrong, fresh=None if wrong else other
    )
    return page(
        request, "match/answered.html", 422 if wrong else 200, block="answered",
        listing=listing_by_id(session, side, id, viewer), row=rows[other], answering=answering,
    )  # fmt: skip
