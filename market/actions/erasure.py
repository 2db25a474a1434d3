"""The end of an account (PIPL art. 47): how to reach somebody, their name, secrets, sessions,
identities, notices and letters go. Ids, the record of changes and what the bureau decided stay,
for the law wants them kept.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlmodel import Session, col

from market import ledger
from market.actions import consents, memberships
from market.actions.accounts import oneself
from market.actions.grants import refuse_last_administrator
from market.db import rows_changed
from market.errors import NotAllowed
from market.models.answers import Answer
from market.models.enums import DigestRhythm
from market.models.memberships import Invitation, Membership
from market.models.notices import Delivery, Notice
from market.models.organisations import Organisation
from market.models.people import Grant, Identity, Person
from market.models.replays import Replay
from market.models.reports import Report
from market.models.saved import SavedList
from market.models.sign_ins import OneTime, SignIn
from market.models.sketches import Sketch
from market.queries.memberships import CURRENT
from market.queries.people import NOBODY
from market.roles import Viewer


def erase(session: Session, viewer: Viewer, now: datetime) -> None:
    """Erase one's own account. Refused while an organisation would be left without an owner, or
    the platform without an administrator; the reason says what to do first."""
    person = oneself(session, viewer, now, "account.secure")
    refuse_last_administrator(session, person.key)
    _leave_all(session, person, viewer, now)
    targets = [target for target in (person.email, person.mobile) if target]
    _end_rights(session, person.key, now)
    _erase_mentions(session, person)
    _erase_traces(session, person.key, targets, now)
    _erase_person(session, person, now)
    ledger.note(session, viewer, now, "account.erase", "person", person.id)


def _leave_all(session: Session, person: Person, viewer: Viewer, now: datetime) -> None:
    query = (
        select(col(Organisation.id), col(Organisation.name))
        .join(Membership, col(Membership.organisation_id) == col(Organisation.id))
        .where(col(Membership.person_id) == person.id, col(Membership.state).in_(CURRENT))
    )
    for id, name in session.execute(query).all():
        try:
            memberships.leave(session, id, viewer, now)
        except NotAllowed as refusal:
            raise NotAllowed(f"“{name}”：{refusal.reason}") from None


def _end_rights(session: Session, person_id: int, now: datetime) -> None:
    held = (col(Grant.person_id) == person_id, col(Grant.ended_at).is_(None))
    rows_changed(session, update(Grant).where(*held).values(ended_at=now))
    consents.end_all(session, person_id, None, now)


def _erase_traces(session: Session, person_id: int, targets: list[str], now: datetime) -> None:
    """What was written to or about them, under their id or where they could be reached."""
    session.flush()
    for table in (SignIn, Identity, Notice, Sketch, SavedList, Replay):
        session.execute(delete(table).where(col(table.person_id) == person_id))
    for sent in (OneTime, Delivery):
        theirs = or_(col(sent.person_id) == person_id, col(sent.target).in_(targets))
        session.execute(delete(sent).where(theirs))
    to_them: ColumnElement[bool] = col(Invitation.target).in_(targets)
    is_open = to_them & col(Invitation.accepted_at).is_(None)
    is_open &= col(Invitation.revoked_at).is_(None)
    session.execute(update(Invitation).where(is_open).values(revoked_at=now))
    session.execute(update(Invitation).where(to_them).values(target=""))
    reported = or_(col(Report.reported_by) == person_id, col(Report.contact).in_(targets))
    session.execute(update(Report).where(reported).values(contact=""))
    answered = col(Answer.person_id) == person_id
    session.execute(update(Answer).where(answered).values(comment=""))
    noted = col(Membership.person_id) == person_id
    session.execute(update(Membership).where(noted).values(note=""))


def _erase_mentions(session: Session, person: Person) -> None:
    """Their name and what they wrote beside a request to join, where the owners of the
    organisations concerned were told of it."""
    session.flush()
    mine = (col(Membership.person_id) == person.key,)
    bodies = select(col(Membership.organisation_id)).where(*mine)
    fellows = select(col(Membership.person_id)).where(col(Membership.organisation_id).in_(bodies))
    notes = session.execute(select(col(Membership.note)).where(*mine)).scalars()
    for words, instead in [*((note, "") for note in notes if note), (person.name, NOBODY)]:
        for told in (Notice, Delivery):
            theirs = col(told.person_id).in_(fellows)
            for part in (col(told.subject), col(told.text)):
                has_it = part.contains(words, autoescape=True)
                scrubbed = {part: func.replace(part, words, instead)}
                session.execute(update(told).where(theirs, has_it).values(scrubbed))


def _erase_person(session: Session, person: Person, now: datetime) -> None:
    person.name, person.erased_at = NOBODY, now
    person.email = person.mobile = person.password_hash = None
    person.totp_secret = person.totp_step = person.acting_for = None
    person.visited_at = person.visited_before = None
    person.digest, person.digested_at = DigestRhythm.OFF, None
    session.add(person)
    session.flush()
