"""Search over needs and achievements at once, with the found words marked."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from market.errors import Invalid, Problem
from market.matchmaking import Matchmaker, MatchRow
from market.roles import Viewer
from web.deps import Asker, Db, Matching
from web.forms import SearchForm, search_form
from web.render import page

router = APIRouter()
LIMIT = 30
ALIKE = 5
Groups = tuple[list[MatchRow], list[MatchRow]]


@router.get("/search")
def search(request: Request, session: Db, viewer: Asker, matchmaker: Matching) -> HTMLResponse:
    form = search_form(request.query_params)
    groups, problems = _found(session, viewer, matchmaker, form)
    status = 422 if problems else 200
    return page(
        request,
        "search.html",
        status,
        {"HX-Push-Url": form.address()},
        form=form,
        groups=groups,
        problems=problems,
    )


def _found(
    session: Session, viewer: Viewer, matchmaker: Matchmaker, form: SearchForm
) -> tuple[Groups | None, list[Problem]]:
    """What was found, or what is wrong with the question."""
    if form.problems or not form.q:
        return None, form.problems
    try:
        found = matchmaker.search(session, form.q, kinds=form.kinds, limit=LIMIT, viewer=viewer)
    except Invalid as error:
        return None, error.problems
    return _groups(found.rows), []


def _groups(rows: list[MatchRow]) -> Groups:
    """Those that hold words of the question, and the first of those that only mean alike."""
    holding = [row for row in rows if row.reasons.terms]
    alike = [row for row in rows if not row.reasons.terms]
    return holding, alike[:ALIKE]
