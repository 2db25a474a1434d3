"""What the bureau reads before it decides on a certification or a merger, and what the organisation
reads of its own. What the form alone tells is in `resemblances`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from market import rules
from market.db import row_or_none
from market.errors import NotFound
from market.models.attachments import Attachment
from market.models.certifications import Certification
from market.models.enums import CertificationState, OrganisationKind, Standing
from market.models.organisations import Organisation
from market.models.people import Person
from market.queries.desk import due_after
from market.queries.memberships import has_owner, inside
from market.queries.pages import QueuePage, count_of, turned_to
from market.queries.people import names
from market.queries.places import division_name
from market.queries.resemblances import Check, Twin, checks, twins
from market.roles import Viewer
from market.states import MOVES, Move, Situation, open_moves

NOUN = "certification"


@dataclass(frozen=True, slots=True)
class CertificationRow:
    """One request in the queue. `days` is how long it has waited, or waited until its decision."""

    id: int
    organisation_id: int
    organisation: str
    kind: OrganisationKind
    is_demo: bool
    state: CertificationState
    submitted_by: str
    submitted_at: datetime
    decided_at: datetime | None
    days: int

    @property
    def since(self) -> datetime:
        """Since when it waits."""
        return self.submitted_at

    @property
    def due(self) -> datetime:
        """By when the bureau means to decide."""
        return due_after(self.submitted_at)


@dataclass(frozen=True, slots=True)
class CertificationDetail:
    """All that lies before whoever decides."""

    row: Certification
    organisation: Organisation
    due: datetime
    division: str
    submitted_by: str
    decided_by: str
    is_claim: bool
    days: int
    papers: list[Attachment]
    checks: list[Check]
    twins: list[Twin]
    earlier: list[Certification]
    moves: list[Move]


def certification_page(
    session: Session, viewer: Viewer, now: datetime, *, is_open: bool = True, page: int = 1,
    per_page: int = 30,
) -> QueuePage[CertificationRow]:  # fmt: skip
    """A page of the bureau's queue."""
    rules.require(viewer, "queue.view")
    waits = col(Certification.state) == CertificationState.SUBMITTED
    decided = col(Certification.decided_by).is_not(None)
    waiting, done = (count_of(session, Certification, where) for where in (waits, decided))
    total = waiting if is_open else done
    page, pages, before = turned_to(page, total, per_page)
    order = col(Certification.submitted_at) if is_open else col(Certification.decided_at).desc()
    query = _rows().where(waits if is_open else decided).order_by(order, col(Certification.id))
    rows = session.execute(query.limit(per_page).offset(before))
    return QueuePage([_row(r, now) for r in rows], total, waiting, page, pages)


def certification_by_id(
    session: Session, id: int, viewer: Viewer, now: datetime
) -> CertificationDetail:
    """One request, for the bureau. Who may not read the queue is told as much."""
    rules.require(viewer, "queue.view")
    row = row_or_none(session, Certification, id)
    body = session.get(Organisation, row.organisation_id) if row else None
    if row is None or body is None:
        raise NotFound
    claimed, called = as_claimed(row, body), names(session, [row.submitted_by, row.decided_by])
    return CertificationDetail(
        row, claimed, due_after(row.submitted_at), division_name(session, body.division_code),
        called.get(row.submitted_by, ""), called.get(row.decided_by or 0, ""),
        row.state is CertificationState.SUBMITTED and not has_owner(session, row.organisation_id),
        _days(row, now), papers(session, row), list(checks(claimed)), twins(session, claimed),
        _earlier(session, row), moves_of(session, row, claimed, viewer, now),
    )  # fmt: skip


def moves_of(
    session: Session, row: Certification, body: Organisation, viewer: Viewer, now: datetime
) -> list[Move]:
    """What the viewer could do with it now; an old proof cannot be revoked."""
    found = open_moves(MOVES[NOUN], Situation(row, body, viewer, now))
    return [m for m in found if m.name != "revoke" or is_in_force(session, row, body)]


def is_in_force(session: Session, row: Certification, body: Organisation) -> bool:
    """Whether this is what the organisation's standing rests on."""
    last = select(func.max(col(Certification.id))).where(
        col(Certification.organisation_id) == body.id,
        col(Certification.state) == CertificationState.VERIFIED,
    )
    return body.standing is Standing.VERIFIED and session.execute(last).scalar() == row.id


def own_certifications(
    session: Session, organisation_id: int, viewer: Viewer
) -> list[Certification]:
    """What the organisation handed in, the latest first: to its members all of it, to somebody who
    claims it what they handed in themselves. NotFound for who has no part in it."""
    query = select(Certification).where(col(Certification.organisation_id) == organisation_id)
    if not rules.may(viewer, "organisation.open", organisation_id):
        query = query.where(col(Certification.submitted_by) == (viewer.person_id or 0))
        if has_owner(session, organisation_id):
            inside(session, organisation_id, viewer)
    return list(session.execute(query.order_by(col(Certification.id).desc())).scalars())


def papers(session: Session, row: Certification) -> list[Attachment]:
    """What was handed in with it."""
    query = select(Attachment).where(
        col(Attachment.noun) == NOUN,
        col(Attachment.noun_id) == row.id,
        col(Attachment.removed_at).is_(None),
    )
    return list(session.execute(query.order_by(col(Attachment.id))).scalars())


def as_claimed(row: Certification, body: Organisation) -> Organisation:
    """The organisation with the number that a claim names, where it has none; never stored."""
    values = body.model_dump()
    if row.state is CertificationState.SUBMITTED and not (
        body.credit_code or body.registration_number
    ):
        names = ("credit_code", "registration_type", "registration_number")
        values |= {name: getattr(row, name) for name in names}
    return Organisation(**values)


def _rows() -> Any:
    return (
        select(Certification, Organisation, col(Person.name))
        .join(Organisation, col(Organisation.id) == col(Certification.organisation_id))
        .join(Person, col(Person.id) == col(Certification.submitted_by))
    )


def _row(found: Any, now: datetime) -> CertificationRow:
    row, body, name = found
    return CertificationRow(
        row.id, body.id, body.name, body.kind, body.is_demo, row.state, name, row.submitted_at,
        row.decided_at, _days(row, now),
    )  # fmt: skip


def _days(row: Certification, now: datetime) -> int:
    return max(0, ((row.decided_at or now) - row.submitted_at).days)


def _earlier(session: Session, row: Certification) -> list[Certification]:
    query = select(Certification).where(
        col(Certification.organisation_id) == row.organisation_id,
        col(Certification.id) != row.id,
    )
    return list(session.execute(query.order_by(col(Certification.id).desc()).limit(20)).scalars())
