"""What can happen to an account: somebody registers, changes their name, chooses whom they act for.

Whether an account exists for an address is never told to whoever asks: the answer and the work are
the same, and what differs is written to the address itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from market import credentials, ledger, rules
from market.account_letters import adopt, send_letter
from market.actions import consents, one_time
from market.contacts import channel_of, checked_target, is_abroad
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.keys import Keys
from market.models.enums import Channel, ConsentTopic, OneTimePurpose
from market.models.people import Person
from market.policy import current
from market.queries.people import person_by_target
from market.roles import Viewer
from market.texts import has_words, is_binary

NAME = 60
REGISTER = OneTimePurpose.REGISTER
NOT_IN_IT = "您不在这个单位里，不能代表它。"


@dataclass(frozen=True, slots=True)
class Registration:
    """What somebody enters who registers. The three last are consents: to the privacy notice (must
    be given), to reaching a number of Hong Kong or Macau (must be given for one), to digests."""

    target: str
    code: str
    password: str
    name: str
    privacy: bool = False
    cross_border: bool = False
    digest: bool = False


def ask_code(session: Session, target: str, viewer: Viewer, now: datetime, keys: Keys) -> str:
    """Send a code to an address or a number, whose stored form is returned; or, if it has an
    account, a letter that says so. Raises Invalid, and TooMany when one was just sent."""
    rules.require(viewer, "account.register")
    target = checked_target(target)
    known = session.execute(person_by_target(target)).scalar()
    period = current().period("code_minutes")
    code = one_time.issue_code(session, REGISTER, target, now, period, keys)
    if known is None:
        send_letter(session, "register", target, now, code=code, period=period)
    else:
        send_letter(session, "has-account", target, now, period=period, person_id=known.key)
    ledger.note(session, viewer, now, "account.ask-code", "one-time", None)
    return target


def register(
    session: Session, given: Registration, viewer: Viewer, now: datetime, keys: Keys
) -> Person:
    """A new account, once the code has come back. Raises Invalid with every problem at once.

    Asked before anything else is written, so that a wrong code stays counted.
    """
    rules.require(viewer, "account.register")
    target = checked_target(given.target)
    problems = registration_problems(given, target)
    hashed = "" if problems else credentials.hash_password(given.password)
    try:
        row = one_time.check_code(session, REGISTER, target, given.code, now, keys)
    except one_time.WrongTry as wrong:
        raise one_time.WrongTry([*wrong.problems, *problems]) from None
    if problems:
        raise Invalid(problems)
    if session.execute(person_by_target(target)).scalar() is not None:
        raise one_time.WrongTry([Problem("code", one_time.WRONG_CODE)])
    one_time.use_up(session, row, now)
    by_mail = channel_of(target) is Channel.EMAIL
    person = Person(
        name=one_line(given.name), password_hash=hashed, created_at=now,
        email=target if by_mail else None, mobile=None if by_mail else target,
    )  # fmt: skip
    return stored(session, person, topics_of(given), viewer, now, channel_of(target).value)


def stored(
    session: Session, person: Person, topics: list[ConsentTopic], viewer: Viewer, now: datetime,
    way: str,
) -> Person:  # fmt: skip
    """Store a new account and its consents; `way` is how it was proven who they are."""
    session.add(person)
    session.flush()
    for target in (person.email, person.mobile):
        if target is not None:
            adopt(session, target, person.key)
    oneself = replace(viewer, person_id=person.key, name=person.name)
    ledger.note(session, oneself, now, "account.register", "person", person.id, after={"way": way})
    for topic in topics:
        consents.store(session, person.key, topic, oneself, now)
    return person


def registration_problems(given: Registration, target: str = "") -> list[Problem]:
    """What is wrong with a registration, the code aside. `target` in its stored form."""
    problems = name_problems(given.name)
    problems += credentials.password_problems(given.password, (given.name, target))
    return problems + consent_problems(given, target)


def consent_problems(given: Registration, target: str) -> list[Problem]:
    """The consents that are missing."""
    problems = []
    if not given.privacy:
        problems.append(Problem("privacy", "请阅读隐私政策；同意后才能建立账号。"))
    if is_abroad(target) and not given.cross_border:
        reason = "向港澳号码发送短信会把号码提供到境外，请单独同意，或改用邮箱注册。"
        problems.append(Problem("cross_border", reason))
    return problems


def topics_of(given: Registration) -> list[ConsentTopic]:
    """What somebody agreed to."""
    asked = {
        ConsentTopic.PRIVACY: given.privacy,
        ConsentTopic.CROSS_BORDER: given.cross_border,
        ConsentTopic.DIGEST: given.digest,
    }
    return [topic for topic, is_given in asked.items() if is_given]


def name_problems(name: str) -> list[Problem]:
    """What is wrong with a person's name."""
    if not has_words(name) or is_binary(name) or len(one_line(name)) > NAME:
        return [Problem("name", f"请填写姓名，最多 {NAME} 个字符。")]
    return []


def one_line(name: str) -> str:
    """A name as it is stored: no line ends, no spaces around."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())


def rename(session: Session, name: str, viewer: Viewer, now: datetime) -> None:
    """Change one's name. The record of changes says that, not the names."""
    person = oneself(session, viewer, now)
    if problems := name_problems(name):
        raise Invalid(problems)
    if person.name != one_line(name):
        person.name = one_line(name)
        session.add(person)
        ledger.note(session, viewer, now, "account.rename", "person", person.id)


def switch_personalised(session: Session, is_on: bool, viewer: Viewer, now: datetime) -> None:
    """Have matches ranked with or without what is known of oneself."""
    person = oneself(session, viewer, now)
    if person.personalised is not is_on:
        person.personalised = is_on
        session.add(person)
        after = {"personalised": is_on}
        ledger.note(
            session, viewer, now, "account.personalise", "person", person.id,
            before={"personalised": not is_on}, after=after,
        )  # fmt: skip


def act_for(session: Session, organisation_id: int, viewer: Viewer, now: datetime) -> None:
    """Choose the organisation that new things are written for. No right comes or goes by it."""
    person = oneself(session, viewer, now)
    if organisation_id not in viewer.memberships:
        raise NotAllowed(NOT_IN_IT)
    if person.acting_for != organisation_id:
        before, person.acting_for = person.acting_for, organisation_id
        session.add(person)
        ledger.note(
            session, viewer, now, "account.act-for", "person", person.id,
            before={"acting_for": before}, after={"acting_for": organisation_id},
        )  # fmt: skip


def oneself(session: Session, viewer: Viewer, now: datetime, action: str = "account.use") -> Person:
    """The viewer's own account, once the rule lets them."""
    rules.require(viewer, action, now=now)
    person = session.get(Person, viewer.person_id) if viewer.person_id else None
    if person is None:
        raise NotFound
    return person
