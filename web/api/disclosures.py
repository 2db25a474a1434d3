"""Disclosures as JSON: asking for what a listing keeps back, answering, appointing experts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from market.actions import appointments, disclosures
from market.actions.disclosures import Asking
from market.models import Disclosure
from market.queries.disclosures import disclosing, own_disclosures
from market.roles import Viewer
from web.api.disclosure_models import (
    AnswerIn,
    AppointmentIn,
    AskingIn,
    DisclosedOut,
    DisclosingOut,
    EndIn,
    OwnDisclosuresOut,
    disclosing_out,
    row_out,
)
from web.api.once import Once
from web.deps import Db, Now, Reader, Tx, limited, may
from web.sides import Side, both

router = APIRouter(tags=["保密内容"], route_class=Once)
Member = Annotated[Viewer, Depends(may("account.use"))]
Asker = Annotated[Viewer, Depends(may("disclosure.request"))]
Appointer = Annotated[Viewer, Depends(may("disclosure.appoint"))]
WRITES = [Depends(limited("write"))]


@both(router, "GET", "/{id}/disclosures", summary="一条{}的保密内容和查阅申请")
def show(id: int, kind: Side, session: Db, viewer: Reader) -> DisclosingOut:
    return disclosing_out(disclosing(session, kind, id, viewer))


@both(router, "POST", "/{id}/disclosures", summary="申请查阅一条{}的保密内容", status_code=201,
      dependencies=WRITES)  # fmt: skip
def request(
    id: int, given: AskingIn, kind: Side, session: Tx, viewer: Asker, now: Now
) -> DisclosedOut:
    asking = Asking(given.purpose, given.promised, given.organisation)
    return _done(disclosures.request(session, kind, id, asking, viewer, now))


@both(router, "POST", "/{id}/appointments", summary="指定专家评审一条{}", status_code=201,
      dependencies=WRITES)  # fmt: skip
def appoint(
    id: int, given: AppointmentIn, kind: Side, session: Tx, viewer: Appointer, now: Now
) -> DisclosedOut:
    return _done(appointments.appoint(session, kind, id, given.person, given.reason, viewer, now))


@router.get("/disclosures", summary="与您有关的保密授权")
def mine(session: Db, viewer: Member) -> OwnDisclosuresOut:
    found = own_disclosures(session, viewer)
    return OwnDisclosuresOut(
        received=[row_out(row) for row in found.received],
        sent=[row_out(row) for row in found.sent],
        reviewing=[row_out(row) for row in found.reviewing],
    )


@router.post("/disclosures/{id}", summary="答复查阅申请，或终止授权", dependencies=WRITES)
def answer(id: int, given: AnswerIn, session: Tx, viewer: Member, now: Now) -> DisclosedOut:
    row = disclosures.answer(session, id, given.move, viewer, now, reason=given.reason)
    return _done(row)


@router.post("/appointments/{id}", summary="终止对专家的指定", dependencies=WRITES)
def end(id: int, given: EndIn, session: Tx, viewer: Appointer, now: Now) -> DisclosedOut:
    return _done(appointments.end_appointment(session, id, viewer, now, reason=given.reason))


def _done(row: Disclosure) -> DisclosedOut:
    return DisclosedOut(id=row.id or 0, state=row.state)
