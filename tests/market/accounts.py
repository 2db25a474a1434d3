"""What the tests of accounts share: somebody who registers, signs in, and reads their letters."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from market.actions import accounts, sign_ins
from market.actions.accounts import Registration
from market.keys import Keys
from market.models import Change, Delivery, Person, SignIn
from market.queries.people import viewer_of
from market.roles import VISITOR_VIEWER, Viewer
from tests.conftest import NOW

PASSWORD = "九曲桥边 wild swan 71"
SECOND = "茶山 green kettle 48"
KEYS = Keys(b"k" * 32)
EMAIL = "lin@example.com"
MINUTE = timedelta(minutes=1)
DOOR = replace(VISITOR_VIEWER, origin="web 127.0.0.1")


@dataclass
class Inside:
    """Somebody who is signed in: their account, their session and its token."""

    session: Session
    person: Person
    sign_in: SignIn
    token: str

    @property
    def viewer(self) -> Viewer:
        """Who they are at the time of the tests."""
        found = self.at(NOW)
        assert found is not None
        return found

    def at(self, now: datetime) -> Viewer | None:
        """Who they are then, if they still are."""
        return viewer_of(self.session, self.token, now)


def letters_to(session: Session, target: str) -> list[Delivery]:
    """What was sent there, the oldest first."""
    query = select(Delivery).where(col(Delivery.target) == target).order_by(col(Delivery.id))
    return list(session.exec(query))


def code_to(session: Session, target: str) -> str:
    """The code in the last letter there."""
    return re.findall(r"\d{6}", letters_to(session, target)[-1].text)[0]


def wrong(code: str) -> str:
    """Another code than this."""
    return f"{(int(code) + 1) % 10**6:06}"


def token_to(session: Session, target: str) -> str:
    """The token of the link in the last letter there."""
    [token] = re.findall(r"/reset/(\S+)", letters_to(session, target)[-1].text)
    return token


def registration(target: str = EMAIL, code: str = "", **given: object) -> Registration:
    values = {"password": PASSWORD, "name": "林晓", "privacy": True, **given}
    return Registration(target, code, **values)  # type: ignore[arg-type]


def registered(session: Session, target: str = EMAIL, **given: object) -> Person:
    """Somebody who asked for a code, got it and registered."""
    stored = accounts.ask_code(session, target, DOOR, NOW, KEYS)
    form = registration(target, code_to(session, stored), **given)
    return accounts.register(session, form, DOOR, NOW, KEYS)


def enter(session: Session, person: Person, now: datetime = NOW, **given: str) -> Inside:
    """Somebody signs in now."""
    sign_in, token = sign_ins.open_session(session, person, DOOR, now, **given)  # type: ignore[arg-type]
    return Inside(session, person, sign_in, token)


def changes(session: Session, action: str) -> list[Change]:
    """What the ledger has of an action."""
    return list(session.exec(select(Change).where(col(Change.action) == action)))
