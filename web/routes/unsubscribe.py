"""The end of optional mails, from the link in each of them. The link is the proof: it works without
signing in, and mail programs post to it for their reader (RFC 8058), so the answer to the POST is a
page and no redirect."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from market.actions import inbox
from market.roles import Viewer
from web.deps import Db, Now, Tx, may
from web.gates import gate

router = APIRouter(prefix="/unsubscribe")
Holder = Annotated[Viewer, Depends(may("account.unsubscribe"))]


@router.get("/{token}")
def ask(request: Request, token: str, session: Db, viewer: Holder) -> HTMLResponse:
    inbox.require_link(session, token, viewer, request.app.state.keys)
    return gate(request, "unsubscribe", token=token, is_done=False)


@router.post("/{token}")
def unsubscribe(
    request: Request, token: str, session: Tx, viewer: Holder, now: Now
) -> HTMLResponse:
    inbox.unsubscribe(session, token, viewer, now, request.app.state.keys)
    return gate(request, "unsubscribe", token=token, is_done=True)
