"""The match page: paste a text, read what suits it and why."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from market.errors import Invalid, Problem
from market.matchmaking import Matchmaker, MatchResult
from market.queries.listings import newest
from market.roles import Viewer
from web.deps import Asker, Db, Matching, Names, Places, Posted, limited
from web.forms import MatchForm, match_form
from web.render import page, wants_fragment

router = APIRouter()
LIMIT = 20
EXAMPLES = 4
PRIVATE = {"X-Robots-Tag": "noindex"}
"""People's texts stand in these addresses: no search engine may keep them."""
COUNTED = [Depends(limited("match"))]


@router.get("/match", dependencies=COUNTED)
def show_match(
    request: Request, session: Db, viewer: Asker, matchmaker: Matching, places: Names
) -> HTMLResponse:
    form = match_form(request.query_params, places)
    return _show(request, session, viewer, matchmaker, places, form)


@router.post("/match", dependencies=COUNTED)
def match(
    request: Request,
    given: Posted,
    session: Db,
    viewer: Asker,
    matchmaker: Matching,
    places: Names,
) -> Response:
    form = match_form(given, places)
    is_movable = form.is_shareable and form.fits_header and not form.problems
    if not wants_fragment(request) and form.text and is_movable:
        return RedirectResponse(form.address, 303)
    return _show(request, session, viewer, matchmaker, places, form)


@router.get("/match/warming")
def warming(request: Request, viewer: Asker, matchmaker: Matching, places: Names) -> Response:
    form = match_form(request.query_params, places)
    if not wants_fragment(request):
        return RedirectResponse(form.address, 303)
    return page(request, "match/warming.html", form=form, matcher=matchmaker.status)


def _show(
    request: Request,
    session: Db,
    viewer: Viewer,
    matchmaker: Matchmaker,
    places: Places,
    form: MatchForm,
) -> HTMLResponse:
    """The page or its results, with what was wrong in what was entered."""
    problems, result = list(form.problems), None
    is_asked = request.method == "POST" and (form.is_asked or not wants_fragment(request))
    if is_asked and not form.text and not problems:
        problems = [Problem("text", "请先写下或粘贴一段文字，再查看匹配。")]
    if form.text and not problems:
        result, problems = _matches(session, viewer, matchmaker, form)
    return page(
        request,
        "match/show.html",
        422 if problems else 200,
        {**PRIVATE, "HX-Replace-Url": form.place} if form.fits_header else PRIVATE,
        form=form,
        problems=problems,
        result=result,
        places=places,
        now=datetime.now(UTC),
        matcher=matchmaker.status,
        examples=lambda: newest(session, form.wanted.other, viewer, EXAMPLES),
    )


def _matches(
    session: Session, viewer: Viewer, matchmaker: Matchmaker, form: MatchForm
) -> tuple[MatchResult | None, list[Problem]]:
    """The matches, or why the text cannot be matched."""
    try:
        result = matchmaker.match_text(
            session,
            form.text,
            wanted=form.wanted,
            filters=form.filters,
            limit=LIMIT,
            viewer=viewer,
        )
    except Invalid as error:
        return None, error.problems
    return result, []
