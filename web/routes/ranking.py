"""How the ranking works and how good it is, in plain words; and what this site keeps."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web.deps import Asker, Matching
from web.render import page

router = APIRouter()


@router.get("/ranking")
def ranking(request: Request, viewer: Asker, matchmaker: Matching) -> HTMLResponse:
    card, status = matchmaker.ranking_card(), matchmaker.status
    return page(request, "ranking.html", card=card, matcher=status)


@router.get("/about")
def about(request: Request, viewer: Asker) -> HTMLResponse:
    return page(request, "about.html")
