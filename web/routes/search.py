"""Search over needs and achievements at once, with the found words marked."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from market.errors import Invalid, Problem
from market.matchmaking import Matchmaker
from market.roles import Viewer
from web.deps import Asker, Db, Matching, Names
from web.errors import about
from web.forms import SearchForm, search_form
from web.holding import Groups, groups
from web.render import page

router = APIRouter()
LIMIT = 30


@router.get("/search")
def search(
    request: Request, session: Db, viewer: Asker, matchmaker: Matching, places: Names
) -> HTMLResponse:
    form = search_form(request.query_params, places)
    found, problems = _found(session, viewer, matchmaker, form)
    status = 422 if problems else 200
    return page(
        request,
        "search.html",
        status,
        {"HX-Push-Url": form.address()},
        form=form,
        groups=found,
        problems=problems,
    )


def _found(
    session: Session, viewer: Viewer, matchmaker: Matchmaker, form: SearchForm
) -> tuple[Groups | None, list[Problem]]:
    """What was found, or what is wrong with the question."""
    if form.problems or not form.q:
        return None, form.problems
    try:
        with about("q"):
            found = matchmaker.search(
                session, form.q, kinds=form.kinds, filters=form.filters, limit=LIMIT, viewer=viewer
            )
    except Invalid as error:
        return None, error.problems
    return groups(found, LIMIT), []
