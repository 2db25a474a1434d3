"""Advice while writing: matches so far, hints with their effect, fields, near-duplicates."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from market.advising import advise
from web.deps import Asker, Db, Matching, Now, Posted, limited
from web.render import page
from web.sides import Side, both
from web.writing.advice import draft_of, seen_of, told, written

router = APIRouter()
PRIVATE = {"X-Robots-Tag": "noindex"}


@both(router, "POST", "/advice", dependencies=[Depends(limited("match"))])
def show_advice(
    request: Request, kind: Side, given: Posted, session: Db, viewer: Asker, matchmaker: Matching,
    now: Now,
) -> HTMLResponse:  # fmt: skip
    form = written(request, given, kind, session, viewer)
    advice = advise(
        session, matchmaker, kind, draft_of(form, kind), viewer, now, listing_id=form.listing_id,
        seen=seen_of(given),
    )  # fmt: skip
    return page(
        request, "listings/advised.html", headers=PRIVATE, kind=kind, advice=advice, form=form,
        advice_seen=told(advice),
    )  # fmt: skip
