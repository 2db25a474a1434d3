"""My workspace: how my organisation stands, what waits for me, what was found for my listings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from market.actions import visits
from market.db import writing
from market.policy import current
from market.queries.imports import running_imports
from market.queries.saved import saved_lists
from market.queries.shelves import path_of
from market.queries.views import LATELY
from market.queries.workspace import workspace
from market.roles import Viewer
from web.deps import Db, Now, may
from web.render import page

router = APIRouter()
Member = Annotated[Viewer, Depends(may("account.use"))]


@router.get("/desk")
def show_desk(request: Request, session: Db, viewer: Member, now: Now) -> HTMLResponse:
    found = workspace(session, viewer, now)
    data = request.app.state.settings.data
    answer = page(
        request, "desk/show.html", desk=found, path_of=path_of, now=now, lately=LATELY,
        remind_days=current().remind_days, imports=running_imports(session, viewer, now, data),
        lists=saved_lists(session, viewer),
    )  # fmt: skip
    if found.visit_is_due:
        with writing(request.app.state.engine) as written:
            visits.note_visit(written, viewer, now)
    return answer
