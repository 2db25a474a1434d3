"""What a person agreed to, in which version, and how they take it back: as easily as they gave it.

A new version of a text is a new consent; the one before it stays on record.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from market import ledger, rules
from market.contacts import is_abroad
from market.db import rows_changed
from market.errors import NotAllowed
from market.models.enums import ConsentTopic, DigestRhythm
from market.models.people import Consent, Person
from market.roles import Viewer

PRIVACY_VERSION = "2026-11"
VERSIONS = {
    ConsentTopic.PRIVACY: PRIVACY_VERSION,
    ConsentTopic.CROSS_BORDER: "2026-11",
    ConsentTopic.EXPERT_NAME: "2026-11",
    ConsentTopic.DIGEST: "2026-11",
}
"""The text of each that is shown today."""
KEEPS_ACCOUNT = "没有对隐私政策的同意就不能保留账号：请在“注销账号”中撤回，并删除您的信息。"
KEEPS_NUMBER = "账号的手机号是港澳号码，请先在“联系方式”里换成邮箱或内地号码，再撤回这项同意。"


def give(session: Session, topic: ConsentTopic, viewer: Viewer, now: datetime) -> None:
    """Agree to the text of today."""
    rules.require(viewer, "account.use")
    store(session, viewer.person_id or 0, topic, viewer, now)


def withdraw(session: Session, topic: ConsentTopic, viewer: Viewer, now: datetime) -> None:
    """Take a consent back. What was done before stays lawful, so the row is kept."""
    rules.require(viewer, "account.use")
    person = session.get(Person, viewer.person_id)
    if topic is ConsentTopic.PRIVACY:
        raise NotAllowed(KEEPS_ACCOUNT)
    if topic is ConsentTopic.CROSS_BORDER and person and is_abroad(person.mobile or ""):
        raise NotAllowed(KEEPS_NUMBER)
    if end_all(session, viewer.person_id or 0, topic, now) == 0:
        return
    if topic is ConsentTopic.DIGEST and person is not None:
        person.digest = DigestRhythm.OFF
        session.add(person)
    after = {"topic": topic}
    ledger.note(session, viewer, now, "consent.withdraw", "person", viewer.person_id, after=after)


def store(
    session: Session, person_id: int, topic: ConsentTopic, viewer: Viewer, now: datetime
) -> None:
    """Record that somebody agreed to the text of today, unless they have."""
    if stands(session, person_id, topic):
        return
    session.add(Consent(person_id=person_id, topic=topic, version=VERSIONS[topic], given_at=now))
    session.flush()
    after = {"topic": topic, "version": VERSIONS[topic]}
    ledger.note(session, viewer, now, "consent.give", "person", person_id, after=after)


def stands(session: Session, person_id: int, topic: ConsentTopic) -> bool:
    """Whether somebody agreed to the text of today and did not take it back."""
    query = select(Consent).where(
        col(Consent.person_id) == person_id, col(Consent.topic) == topic,
        col(Consent.version) == VERSIONS[topic], col(Consent.withdrawn_at).is_(None),
    )  # fmt: skip
    return session.execute(query).first() is not None


def end_all(session: Session, person_id: int, topic: ConsentTopic | None, now: datetime) -> int:
    """End the consents of a person, to one topic or to all; how many."""
    theirs = (col(Consent.person_id) == person_id) & col(Consent.withdrawn_at).is_(None)
    if topic is not None:
        theirs &= col(Consent.topic) == topic
    session.flush()
    return rows_changed(session, update(Consent).where(theirs).values(withdrawn_at=now))
