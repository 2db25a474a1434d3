"""What a listing keeps back: asking for it, answering, appointing experts; one's own matters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market.actions import appointments, disclosures
from market.actions.disclosures import MOST_PURPOSE, Asking
from market.errors import NotFound, Problem
from market.models import Disclosure, Kind
from market.queries.details import listing_by_id
from market.queries.disclosures import disclosing, own_disclosures
from market.roles import Viewer
from web.deps import Db, Now, Posted, Reader, Tx, limited, may
from web.forms.accounts import Kept, number_of
from web.forms.organisations import entered
from web.refusals import form_page, told
from web.render import go, page
from web.sides import Side, both, path_to

router = APIRouter()
Member = Annotated[Viewer, Depends(may("account.use"))]
Asker = Annotated[Viewer, Depends(may("disclosure.request"))]
Appointer = Annotated[Viewer, Depends(may("disclosure.appoint"))]
WRITES = [Depends(limited("write"))]
ASKED = "申请已送达发布单位，答复后会通知您。"
SAID = {
    "grant": "已同意，对方现在可以查阅。", "refuse": "没有同意，对方会看到理由。",
    "end": "已终止，对方不能再查阅。",
}  # fmt: skip


@both(router, "GET", "/{id}/disclosures")
def show(request: Request, id: int, kind: Side, session: Db, viewer: Reader) -> HTMLResponse:
    return _show(request, session, kind, id, viewer)


@both(router, "POST", "/{id}/disclosures", dependencies=WRITES)
def ask(
    request: Request, id: int, kind: Side, given: Posted, session: Tx, viewer: Asker, now: Now
) -> Response:
    typed = entered(given, "purpose", "promise")
    asking = Asking(typed["purpose"], bool(typed["promise"]), number_of(given, "organisation"))
    with told(session) as problems:
        disclosures.request(session, kind, id, asking, viewer, now)
    if problems:
        return _show(request, session, kind, id, viewer, problems, typed)
    return go(request, f"{path_to(kind, id)}/disclosures", ASKED)


@both(router, "POST", "/{id}/appointments", dependencies=WRITES)
def appoint(
    request: Request, id: int, kind: Side, given: Posted, session: Tx, viewer: Appointer, now: Now
) -> Response:
    typed = entered(given, "person", "reason")
    with told(session) as problems:
        person = number_of(given, "person") or 0
        appointments.appoint(session, kind, id, person, typed["reason"], viewer, now)
    if problems:
        return _show(request, session, kind, id, viewer, problems, typed)
    return go(request, f"{path_to(kind, id)}/disclosures", "已指定，专家现在可以查阅。")


@router.get("/disclosures")
def mine(request: Request, session: Db, viewer: Member) -> HTMLResponse:
    found = own_disclosures(session, viewer)
    return page(request, "disclosures/index.html", found=found, problems=[])


@router.post("/disclosures/{id}", dependencies=WRITES)
def answer(
    request: Request, id: int, given: Posted, session: Tx, viewer: Member, now: Now
) -> Response:
    typed = entered(given, "name", "reason")
    with told(session) as problems:
        disclosures.answer(session, id, typed["name"], viewer, now, reason=typed["reason"])
    return _after(request, session, id, viewer, SAID.get(typed["name"], ""), problems, typed)


@router.post("/appointments/{id}", dependencies=WRITES)
def end(
    request: Request, id: int, given: Posted, session: Tx, viewer: Appointer, now: Now
) -> Response:
    typed = entered(given, "reason")
    with told(session) as problems:
        appointments.end_appointment(session, id, viewer, now, reason=typed["reason"])
    said = "已终止指定，专家不能再查阅。"
    return _after(request, session, id, viewer, said, problems, typed)


def _after(
    request: Request, session: Session, id: int, viewer: Viewer, said: str,
    problems: Sequence[Problem], typed: Kept,
) -> Response:  # fmt: skip
    """Back to the listing's page of disclosures, or that page with what was refused."""
    row = session.get(Disclosure, id)
    if row is None:
        raise NotFound
    if problems:
        typed["answered"] = str(id)
        return _show(request, session, row.kind, row.listing_id, viewer, problems, typed)
    return go(request, f"{path_to(row.kind, row.listing_id)}/disclosures", said)


def _show(
    request: Request, session: Session, kind: Kind, id: int, viewer: Viewer,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    listing = listing_by_id(session, kind, id, viewer)
    return form_page(
        request, "disclosures/show.html", problems, typed, listing=listing,
        found=disclosing(session, kind, id, viewer), most=MOST_PURPOSE,
    )  # fmt: skip
