"""My workspace: how my organisation stands, what waits for me, what was found for my listings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from market.policy import current
from market.queries.shelves import path_of
from market.queries.workspace import workspace
from market.roles import Viewer
from web.deps import Db, Now, may
from web.render import page

router = APIRouter()
Member = Annotated[Viewer, Depends(may("account.use"))]


@router.get("/desk")
def show_desk(request: Request, session: Db, viewer: Member, now: Now) -> HTMLResponse:
    found = workspace(session, viewer, now)
    days = current().remind_days
    return page(request, "desk/show.html", desk=found, path_of=path_of, remind_days=days)
