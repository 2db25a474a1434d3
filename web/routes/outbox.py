"""The outbox as those see it who run it: what waits, what could not be delivered, another try."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from market.actions import deliveries
from market.queries.deliveries import delivery_counts, delivery_page
from market.roles import Viewer
from web.deps import Db, Now, Tx, may
from web.forms.inbox import outbox_form
from web.render import go, page

router = APIRouter(prefix="/bureau/outbox")
Keeper = Annotated[Viewer, Depends(may("delivery.manage"))]
OUTBOX = "/bureau/outbox"


@router.get("")
def show_outbox(request: Request, session: Db, viewer: Keeper) -> HTMLResponse:
    form = outbox_form(request.query_params)
    found = delivery_page(session, viewer, form.state, form.page)
    counts = delivery_counts(session, viewer)
    status = 422 if form.problems else 200
    return page(request, "bureau/outbox.html", status, form=form, found=found, counts=counts)


@router.post("/retry")
def retry_all(request: Request, session: Tx, viewer: Keeper, now: Now) -> Response:
    count = deliveries.retry_all(session, viewer, now)
    said = f"{count} 条已放回待发送。" if count else "没有可以重发的。"
    return go(request, OUTBOX, said)


@router.post("/{id}/retry")
def retry(request: Request, id: int, session: Tx, viewer: Keeper, now: Now) -> Response:
    deliveries.retry(session, id, viewer, now)
    return go(request, OUTBOX, "已放回待发送。")
