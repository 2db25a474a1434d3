"""The versions of a listing, what differs between two of them, and bringing one back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market.actions.restoring import restore
from market.errors import NotFound, Problem
from market.models import Kind
from market.queries.history import comparison, history
from market.roles import Viewer
from web.deps import Db, Now, Posted, Reader, Tx, limited, may
from web.forms.fields import whole
from web.forms.organisations import entered
from web.refusals import told
from web.render import go, page
from web.sides import Side, both, path_to

router = APIRouter()
Writer = Annotated[Viewer, Depends(may("listing.write"))]
WRITES = [Depends(limited("write"))]


@both(router, "GET", "/{id}/history")
def versions(request: Request, id: int, kind: Side, session: Db, viewer: Reader) -> Response:
    asked = request.query_params
    older, newer = whole(asked.get("from", "")), whole(asked.get("to", ""))
    found = history(session, kind, id, viewer, whole(asked.get("before", "")) or None)
    if older and newer and older != newer:
        return go(request, f"{path_to(kind, id)}/history/{min(older, newer)}/{max(older, newer)}")
    problems = [Problem("versions", "请选两个不同的版本。")] if older and newer else []
    return page(
        request, "listings/history.html", 422 if problems else 200, kind=kind, found=found,
        problems=problems,
    )  # fmt: skip


@both(router, "GET", "/{id}/history/{older}/{newer}")
def differences(
    request: Request, id: int, older: int, newer: int, kind: Side, session: Db, viewer: Reader
) -> HTMLResponse:
    return _compared(request, session, kind, id, (older, newer), viewer)


@both(router, "POST", "/{id}/history/{version}/restore", dependencies=WRITES)
def bring_back(
    request: Request, id: int, version: int, kind: Side, given: Posted, session: Tx,
    viewer: Writer, now: Now,
) -> Response:  # fmt: skip
    current = whole(entered(given, "current")["current"])
    with told(session) as problems:
        row = restore(session, kind, id, version, current, viewer, now)
    if problems:
        return _compared(request, session, kind, id, (version, None), viewer, problems)
    return go(request, path_to(kind, id), f"已恢复第 {version} 版的内容，现为第 {row.version} 版。")


def _compared(
    request: Request, session: Session, kind: Kind, id: int, versions: tuple[int, int | None],
    viewer: Viewer, problems: list[Problem] | None = None,
) -> HTMLResponse:  # fmt: skip
    if versions[0] == versions[1] or not all(0 < (each or 1) < 2**31 for each in versions):
        raise NotFound
    found = comparison(session, kind, id, versions, viewer)
    return page(
        request, "listings/differences.html", 422 if problems else 200, kind=kind, found=found,
        problems=problems or (),
    )  # fmt: skip
