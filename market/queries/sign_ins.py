"""Where somebody is signed in, and the tokens of their programs: those that are open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from market import rules
from market.models.enums import SignInKind
from market.models.sign_ins import SignIn
from market.queries.people import open_ones
from market.roles import Viewer


def sign_ins_of(session: Session, viewer: Viewer, now: datetime) -> list[SignIn]:
    """The viewer's browsers that are signed in, the last used first."""
    return _open(session, SignInKind.BROWSER, viewer, now)


def tokens_of(session: Session, viewer: Viewer, now: datetime) -> list[SignIn]:
    """The viewer's tokens of the API that still work, the last used first."""
    return _open(session, SignInKind.TOKEN, viewer, now)


def _open(session: Session, kind: SignInKind, viewer: Viewer, now: datetime) -> list[SignIn]:
    rules.require(viewer, "account.use")
    query = (
        select(SignIn)
        .where(col(SignIn.person_id) == viewer.person_id, col(SignIn.kind) == kind, open_ones(now))
        .order_by(col(SignIn.seen_at).desc(), col(SignIn.id).desc())
    )
    return list(session.execute(query).scalars())
