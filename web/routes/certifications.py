"""Certification: an organisation hands in its papers, the bureau decides on them at its desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from market import rules
from market.actions import certifications
from market.errors import NotFound, Problem
from market.models import Certification, CertificationState, RegistrationType, Tier
from market.policy import current
from market.queries.certifications import (
    certification_by_id,
    certification_page,
    own_certifications,
    papers,
)
from market.queries.memberships import has_owner, own_membership
from market.queries.organisations import organisation_by_id
from market.roles import Viewer
from web.deps import Db, Now, Posted, Tx, limited, may
from web.errors import about
from web.forms.accounts import Kept
from web.forms.bureau import queue_form
from web.forms.organisations import entered, files_of, organisation_draft, whole
from web.refusals import form_page, told
from web.render import go, page
from web.routes.organisations import Member

router = APIRouter()
Queue = Annotated[Viewer, Depends(may("queue.view"))]
FIELDS = ("statement", "credit_code", "registration_type", "registration_number")
HOME, DESK = "/organisations/{id}/certification", "/bureau/certifications"
SAID = {
    "verify": "认证已通过，单位会收到通知。", "refuse": "已退回，单位会看到理由。",
    "revoke": "认证已撤销，单位会看到理由。",
}  # fmt: skip


@router.get(HOME)
def show_certification(request: Request, id: int, session: Db, viewer: Member) -> HTMLResponse:
    return _own(request, session, id, viewer)


@router.post(HOME, dependencies=[Depends(limited("upload"))])
def submit(
    request: Request, id: int, given: Posted, session: Tx, viewer: Member, now: Now
) -> Response:
    typed, files = entered(given, *FIELDS), files_of(given, "proof")
    papers_of = _attacher(request, session, files, viewer, now)
    with told(session) as problems:
        certifications.submit(
            session, id, typed["statement"], viewer, now, attach=papers_of,
            numbers=organisation_draft(typed),
        )  # fmt: skip
    if problems:
        return _own(request, session, id, viewer, problems, typed)
    return go(request, f"/organisations/{id}/certification", "认证申请已提交。")


@router.post(HOME + "/withdrawal")
def withdraw(
    request: Request, id: int, given: Posted, session: Tx, viewer: Member, now: Now
) -> Response:
    with told(session) as problems:
        row = certifications.withdraw(session, whole(entered(given, "id")["id"]), viewer, now)
        if row.organisation_id != id:
            raise NotFound
    if problems:
        return _own(request, session, id, viewer, problems)
    return go(request, f"/organisations/{id}/certification", "认证申请已撤回。")


@router.get(DESK)
def show_queue(request: Request, session: Db, viewer: Queue, now: Now) -> HTMLResponse:
    is_open, number = queue_form(request.query_params)
    found = certification_page(session, viewer, now, is_open=is_open, page=number)
    return page(
        request, "bureau/certifications.html", found=found, is_open=is_open, now=now,
        review_days=current().review_days,
    )  # fmt: skip


@router.get(DESK + "/{id}")
def show_request(request: Request, id: int, session: Db, viewer: Queue, now: Now) -> HTMLResponse:
    return _request(request, session, id, viewer, now)


@router.post(DESK + "/{id}")
def decide(
    request: Request, id: int, given: Posted, session: Tx, viewer: Queue, now: Now
) -> Response:
    typed = entered(given, "move", "reason")
    name = typed["move"] if typed["move"] in SAID else "verify"
    with told(session) as problems:
        certifications.decide(session, id, name, viewer, now, typed["reason"])
    if problems:
        return _request(request, session, id, viewer, now, problems, typed)
    return go(request, f"{DESK}/{id}", SAID[name])


def _attacher(
    request: Request, session: Session, files: list[tuple[str, bytes]], viewer: Viewer, now: Now
) -> Callable[[Certification], None]:
    """Stores what was uploaded as the papers of a certification; for the bureau alone."""

    def attach(row: Certification) -> None:
        from market.actions.attachments import add

        data = request.app.state.settings.data
        with about("proof"):
            for name, content in files:
                id, tier = row.id or 0, Tier.BUREAU
                add(session, certifications.NOUN, id, name, content, tier, viewer, now, data)

    return attach


def _own(
    request: Request, session: Session, id: int, viewer: Viewer,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    """For members, and for whoever may claim an organisation without an owner."""
    organisation, is_owned = organisation_by_id(session, id, viewer), has_owner(session, id)
    mine, rows = own_membership(session, id, viewer), own_certifications(session, id, viewer)
    waiting = next((row for row in rows if row.state is CertificationState.SUBMITTED), None)
    manages = rules.may(viewer, "certification.submit", id)
    return form_page(
        request, "organisations/certification.html", problems, typed, organisation=organisation,
        is_claim=not is_owned and not manages, mine=mine, rows=rows, waiting=waiting,
        papers=papers(session, waiting) if waiting else [], manages=manages,
        most=certifications.MAX_STATEMENT,
        review_days=current().review_days, registrations=list(RegistrationType),
    )  # fmt: skip


def _request(
    request: Request, session: Session, id: int, viewer: Viewer, now: Now,
    problems: Sequence[Problem] = (), typed: Kept | None = None,
) -> HTMLResponse:  # fmt: skip
    return form_page(
        request, "bureau/certification.html", problems, typed, now=now,
        found=certification_by_id(session, id, viewer, now),
        may_merge=rules.may(viewer, "merge.prepare"),
    )  # fmt: skip
