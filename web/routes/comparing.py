"""Up to four achievements side by side: against one need, against a text that was matched, or just
beside each other."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from market.errors import Invalid
from market.matchmaking import Matchmaker, MatchRow
from market.models import Kind
from market.queries.comparison import MOST, comparison
from market.queries.details import listing_by_id
from market.queries.suggestions import suggestions_for
from market.roles import Viewer
from web.addresses import address, text_parameters
from web.answering import answering_of
from web.deps import Asker, Db, Matching, Names, Now, Reader, limited
from web.forms import MatchForm, match_form
from web.forms.reading import Reading
from web.render import page

router = APIRouter()
DEEPEST = 100
PRIVATE = {"X-Robots-Tag": "noindex"}


def asked_for(request: Request) -> list[int]:
    """The achievements that an address names; what is no number is no achievement."""
    given = Reading(request.query_params).many("achievement")
    return [int(id) if id.isascii() and id.isdecimal() and len(id) < 10 else 0 for id in given]


Asked = Annotated[list[int], Depends(asked_for)]


@router.get("/needs/{id}/compare")
def compare_for_need(
    request: Request, id: int, ids: Asked, session: Db, viewer: Reader, now: Now
) -> HTMLResponse:
    need = listing_by_id(session, Kind.NEED, id, viewer)
    found = comparison(session, ids, viewer, need=need)
    here = f"/needs/{id}/compare"
    answering = answering_of(
        request, session, Kind.NEED, id, found.ids, viewer, back=_here(here, found.ids)
    )
    choices = [] if found.ids else suggestions_for(session, Kind.NEED, id, viewer)
    return page(
        request, "compare/show.html", 200, PRIVATE, found=found, need=need, here=here, most=MOST,
        answering=answering, choices=choices, kept=(), matched={}, text="", now=now, back=need,
        without=lambda other: _here(here, [each for each in found.ids if each != other]),
    )  # fmt: skip


@router.get("/compare", dependencies=[Depends(limited("match"))])
def compare(
    request: Request, ids: Asked, session: Db, viewer: Asker, matchmaker: Matching, places: Names,
    now: Now,
) -> HTMLResponse:  # fmt: skip
    form = match_form(request.query_params, places)
    found = comparison(session, ids, viewer)
    text = "" if form.problems else form.text
    kept = text_parameters(text)
    answering = answering_of(request, session, Kind.NEED, 0, [], viewer)
    return page(
        request, "compare/show.html", 200, PRIVATE, found=found, need=None, here="/compare",
        most=MOST, answering=answering, choices=[], kept=list(kept.items()), text=text, now=now,
        matched=_matched(session, matchmaker, form, viewer) if text and found.ids else {},
        back=form if text else None,
        without=lambda other: _here(
            "/compare", [each for each in found.ids if each != other], **kept
        ),
    )  # fmt: skip


def _matched(
    session: Session, matchmaker: Matchmaker, form: MatchForm, viewer: Viewer
) -> dict[int, MatchRow]:
    """The best matches of the text by id: those that are compared were among them."""
    try:
        result = matchmaker.match_text(
            session, form.text, wanted=Kind.ACHIEVEMENT, viewer=viewer, limit=DEEPEST
        )
    except Invalid:
        return {}
    return {row.listing.id: row for row in result.rows}


def _here(path: str, ids: list[int] | tuple[int, ...], **more: str) -> str:
    return address(path, {"achievement": list(ids), **more})
