"""What machines ask: does the process live, can it work, how much does it do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from market import rules
from market.queries.operations import figures, is_migrated
from market.roles import Viewer
from web.deps import Asker, Db, Matching, Now, get_viewer
from web.viewers import is_beside

log = logging.getLogger("kejie.web")
router = APIRouter()
FRESH = {"Cache-Control": "no-store"}


async def watcher(request: Request, viewer: Annotated[Viewer, Depends(get_viewer)]) -> Viewer:
    """Programs on this very machine may, and whoever holds the permission."""
    if not is_beside(request):
        rules.require(viewer, "metrics.view")
    return viewer


watcher.rule = "metrics.view"  # type: ignore[attr-defined]
Watcher = Annotated[Viewer, Depends(watcher)]


@router.get("/healthz")
def health(viewer: Asker) -> PlainTextResponse:
    return PlainTextResponse("ok\n", headers=FRESH)


@router.get("/readyz")
def readiness(session: Db, viewer: Asker, matchmaker: Matching) -> JSONResponse:
    found = {
        "database": _holds(lambda: is_migrated(session)),
        "index": _holds(lambda: matchmaker.reader() is not None),
    }
    return JSONResponse(found, 200 if all(found.values()) else 503, FRESH)


@router.get("/metrics")
def metrics(
    request: Request, session: Db, viewer: Watcher, matchmaker: Matching, now: Now
) -> Response:
    status = matchmaker.status
    counts = {
        **figures(session, now),
        "index-documents": status.documents,
        "index-pending": status.pending,
        "suggestions-pending": status.suggestions_pending,
    }
    text = request.app.state.metrics.text(counts)
    return Response(text, headers=FRESH, media_type="text/plain; version=0.0.4; charset=utf-8")


def _holds(check: Callable[[], bool]) -> bool:
    """What fails says so in the log; whoever asks learns only which part it is."""
    try:
        return check()
    except Exception as error:
        log.warning("not ready: %s", type(error).__name__)
        return False
