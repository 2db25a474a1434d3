"""Who may do what: the tables of roles and moves, for everybody to read."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web import permissions
from web.deps import Reader
from web.render import page

router = APIRouter()


@router.get("/roles")
def show_roles(request: Request, viewer: Reader) -> HTMLResponse:
    return page(
        request, "roles.html", groups=permissions.cards(), nouns=permissions.tables(),
        conditions=permissions.conditions(),
    )  # fmt: skip
