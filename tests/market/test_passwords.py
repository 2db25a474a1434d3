"""How a password is replaced, and what ends with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import select

from market import credentials
from market.actions import passwords, sign_ins
from market.db import writing
from market.errors import Invalid, NotAllowed, NotFresh
from market.models import Notice, OneTime, Person
from market.queries.people import viewer_of
from tests.market.accounts import (
    DOOR,
    EMAIL,
    KEYS,
    MINUTE,
    PASSWORD,
    SECOND,
    changes,
    enter,
    letters_to,
    registered,
    token_to,
)

HALF_HOUR = 30 * MINUTE


@pytest.fixture
def inside(session):
    return enter(session, registered(session))


def ask(session, now, target=EMAIL) -> str:
    passwords.ask_reset(session, target, DOOR, now, KEYS)
    return token_to(session, target)


def fields(refused) -> list[str]:
    return [problem.field for problem in refused.value.problems]


# through a link


def test_a_link_sets_a_new_password(session, inside, now):
    passwords.reset(session, ask(session, now), SECOND, DOOR, now)
    assert sign_ins.authenticate(session, EMAIL, PASSWORD) is None
    assert sign_ins.authenticate(session, EMAIL, SECOND) == inside.person


def test_a_link_works_once(session, inside, now):
    token = ask(session, now)
    passwords.reset(session, token, SECOND, DOOR, now)
    assert not passwords.may_reset(session, token, now)
    with pytest.raises(NotAllowed):
        passwords.reset(session, token, PASSWORD, DOOR, now)


def test_a_link_expires(session, inside, now):
    token = ask(session, now)
    assert passwords.may_reset(session, token, now + HALF_HOUR - MINUTE)
    assert not passwords.may_reset(session, token, now + HALF_HOUR)
    with pytest.raises(NotAllowed):
        passwords.reset(session, token, SECOND, DOOR, now + HALF_HOUR)


def test_concurrent_use_of_one_link_one_wins(engine_apart, now):
    with writing(engine_apart) as session:
        registered(session)
        token = ask(session, now)
    start = Barrier(6, timeout=20)

    def attempt(_: int) -> bool:
        start.wait()
        try:
            with writing(engine_apart) as session:
                passwords.reset(session, token, SECOND, DOOR, now)
        except NotAllowed:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(6))) == [False] * 5 + [True]


def test_a_new_link_kills_the_one_before(session, inside, now):
    first = ask(session, now)
    second = ask(session, now + MINUTE)
    assert not passwords.may_reset(session, first, now + MINUTE)
    assert passwords.may_reset(session, second, now + MINUTE)


def test_a_refused_password_does_not_use_up_the_link(session, inside, now):
    token = ask(session, now)
    with pytest.raises(Invalid) as refused:
        passwords.reset(session, token, "lin likes tea 71", DOOR, now)
    assert fields(refused) == ["password"]
    passwords.reset(session, token, SECOND, DOOR, now)


def test_a_reset_ends_every_session_and_token(session, inside, now):
    _, token = sign_ins.make_token(session, "x", 30, inside.viewer, now)
    passwords.reset(session, ask(session, now), SECOND, DOOR, now)
    assert inside.at(now) is None
    assert viewer_of(session, token, now) is None


def test_the_link_is_stored_as_a_digest_and_leaves_as_a_secret(session, inside, now):
    token = ask(session, now)
    assert token not in str([row.model_dump() for row in session.exec(select(OneTime))])
    letter = letters_to(session, EMAIL)[-1]
    assert letter.is_secret
    assert letter.expires_at == now + HALF_HOUR
    assert f"\n/reset/{token}\n" in letter.text


def test_the_password_and_the_link_are_not_in_the_ledger(session, inside, now):
    token = ask(session, now)
    passwords.reset(session, token, SECOND, DOOR, now)
    told = str([c.model_dump() for c in changes(session, "account.reset-password")])
    told += str([c.model_dump() for c in changes(session, "account.ask-reset")])
    assert [word for word in (token, SECOND, EMAIL) if word in told] == []
    assert "account.reset-password" in told


def test_asking_never_tells_whether_an_account_exists(session, inside, now, statements):
    statements.clear()
    known = passwords.ask_reset(session, EMAIL, DOOR, now, KEYS)
    for_known = list(statements)
    statements.clear()
    unknown = passwords.ask_reset(session, "new@example.com", DOOR, now, KEYS)
    assert (known, unknown) == (EMAIL, "new@example.com")
    assert statements == for_known


def test_whoever_has_no_account_is_told_so_by_letter_without_a_link(session, now):
    passwords.ask_reset(session, EMAIL, DOOR, now, KEYS)
    [letter] = letters_to(session, EMAIL)
    assert "/reset/" not in letter.text


@pytest.mark.parametrize("column", ["suspended_at", "erased_at"])
def test_a_closed_account_gets_no_link(session, inside, now, column):
    setattr(inside.person, column, now)
    session.flush()
    passwords.ask_reset(session, EMAIL, DOOR, now, KEYS)
    assert "/reset/" not in letters_to(session, EMAIL)[-1].text


def test_the_link_of_an_account_that_was_closed_meanwhile(session, inside, now):
    token = ask(session, now)
    inside.person.suspended_at = now
    session.flush()
    with pytest.raises(NotAllowed):
        passwords.reset(session, token, SECOND, DOOR, now)


@pytest.mark.parametrize("token", ["", "x", "é", "../etc"])
def test_what_is_no_link(session, now, token):
    assert not passwords.may_reset(session, token, now)
    with pytest.raises(NotAllowed):
        passwords.reset(session, token, SECOND, DOOR, now)


def test_a_code_for_something_else_is_no_link(session, now):
    registered(session)
    for row in session.exec(select(OneTime)).all():
        assert not passwords.may_reset(session, row.digest, now)


def test_a_reset_leaves_the_second_step_in_place(session, inside, now):
    inside.person.totp_secret = KEYS.seal("JBSWY3DPEHPK3PXP")
    session.flush()
    passwords.reset(session, ask(session, now), SECOND, DOOR, now)
    assert inside.person.totp_secret is not None


# by its owner


def test_the_owner_changes_it(session, inside, now):
    passwords.change(session, PASSWORD, SECOND, inside.viewer, now)
    assert sign_ins.authenticate(session, EMAIL, SECOND) == inside.person


def test_a_change_ends_the_other_sessions_and_keeps_this_one(session, inside, now):
    other = enter(session, inside.person)
    _, token = sign_ins.make_token(session, "x", 30, inside.viewer, now)
    passwords.change(session, PASSWORD, SECOND, inside.viewer, now)
    assert inside.at(now) is not None
    assert other.at(now) is None
    assert viewer_of(session, token, now) is None


def test_the_old_password_must_be_right(session, inside, now):
    with pytest.raises(Invalid) as refused:
        passwords.change(session, "wrong", SECOND, inside.viewer, now)
    assert fields(refused) == ["old"]


def test_the_new_password_must_be_good(session, inside, now):
    with pytest.raises(Invalid) as refused:
        passwords.change(session, PASSWORD, "password123", inside.viewer, now)
    assert fields(refused) == ["new"]
    assert sign_ins.authenticate(session, EMAIL, PASSWORD) == inside.person


def test_a_change_that_was_overtaken_is_refused(engine_apart, now, monkeypatch):
    """While the new password is hashed, another one is stored."""
    with writing(engine_apart) as session:
        person = registered(session)
        viewer = enter(session, person).viewer
    make = credentials.hashing.make

    def overtaken(password: str) -> str:
        with writing(engine_apart) as other:
            other.get(Person, person.key).password_hash = "set elsewhere"
        return make(password)

    monkeypatch.setattr(credentials.hashing, "make", overtaken)
    with pytest.raises(NotAllowed), writing(engine_apart) as session:
        passwords.change(session, PASSWORD, SECOND, viewer, now)


def test_somebody_without_a_password_sets_one_after_proving(session, make, now):
    inside = enter(session, make.person(email="oidc@example.com"))
    with pytest.raises(NotFresh):
        passwords.change(session, "", SECOND, inside.at(now + HALF_HOUR), now + HALF_HOUR)
    passwords.change(session, "", SECOND, inside.viewer, now)
    assert sign_ins.authenticate(session, "oidc@example.com", SECOND) == inside.person


def test_the_owner_is_told(session, inside, now):
    passwords.change(session, PASSWORD, SECOND, inside.viewer, now)
    [notice] = session.exec(select(Notice)).all()
    assert (notice.person_id, notice.subject) == (inside.person.id, "密码已修改")
